"""Did it come as it was foretold? Each call is held against what was known on the day before.

The chances are learned anew for each day from the calls of earlier days alone, as the plan does,
so that nothing is graded on what it was taught with. Whether a pledge was kept is what the books
say now: a pledge that was paid late counts as kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t

from campaign.calling.chances import Chances, Made, expected_gift, interval, learn_from
from campaign.calling.segments import SEGMENTS

Floats = npt.NDArray[np.float64]
RATES = ("contact", "pledge", "fulfil")
STEPS = ("contact", "pledge", "amount", "fulfil")
_TENTHS = 10
_COUNTED = ("dials", "is_contact", "is_pledge", "is_due", "is_paid")  # as Made has them


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the cases, from the least to the most expected, and what came of it."""

    step: str
    number: int
    cases: int
    expected: float
    observed: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether what was expected lies within the uncertainty of what came."""
        return self.low <= self.expected <= self.high


def calibration(calls: pd.DataFrame) -> dict[str, list[Tenth]]:
    """Return expected and observed by tenths, and the whole as number 0, for each step.

    `calls` is `store.calibration.calls_made`: on_day, team_id, segment, tries, is_contact,
    is_pledge, amount_cents, due_on, is_kept, gifts, total_cents, last_cents.
    """
    if calls.empty:
        return {step: [] for step in STEPS}
    foretold = pd.concat([_of_day(calls, day) for day in sorted(calls["on_day"].unique())])
    last_day = calls["on_day"].max()
    asked = {
        "contact": (foretold, "is_contact"),
        "pledge": (foretold[foretold["is_contact"]], "is_pledge"),
        "amount": (foretold[foretold["is_pledge"]], "amount_cents"),
        "fulfil": (
            foretold[foretold["is_pledge"] & (foretold["due_on"] < last_day)],
            "is_kept",
        ),
    }
    return {
        step: list(_tenths(step, rows[step].to_numpy(float), rows[seen].to_numpy(float)))
        for step, (rows, seen) in asked.items()
    }


def _of_day(calls: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return the day's calls with what the days before foretold of them."""
    today = calls[calls["on_day"] == day]
    known = learned(calls[calls["on_day"] < day], day)
    segment = today["segment"].map(SEGMENTS.index).to_numpy(dtype=np.int8)
    mean = {
        step: np.array([known.of_segment[name][step].mean for name in SEGMENTS])[segment]
        for step in RATES
    }
    factor = today["team_id"].map(known.team_factor).fillna(1.0).to_numpy(dtype=float)
    history = [
        today[name].to_numpy(dtype=np.int64) for name in ("gifts", "total_cents", "last_cents")
    ]
    return today.assign(
        contact=mean["contact"] * known.weariness(today["tries"].to_numpy(dtype=float)),
        pledge=np.minimum(1.0, mean["pledge"] * factor),
        fulfil=mean["fulfil"],
        amount=expected_gift(segment, history[0], history[1], history[2]),
    )


def learned(calls: pd.DataFrame, day: date) -> Chances:
    """Return what these calls teach about segments and teams, as far as a day knows it."""
    counted = calls.assign(
        dials=1,
        is_due=calls["is_pledge"] & (calls["due_on"] < day),
        is_paid=calls["is_kept"] & (calls["due_on"] < day),
    )
    keys = ["segment", "team_id", "tries"]
    sums = counted.groupby(keys, as_index=False)[[*_COUNTED]].sum()
    return learn_from([Made(*row) for row in sums[[*keys, *_COUNTED]].to_numpy().tolist()])


def _tenths(step: str, expected: Floats, observed: Floats) -> Iterator[Tenth]:
    if not len(expected):
        return
    yield _tenth(step, 0, expected, observed)
    # Like expectations stay together, so that there may be fewer than ten.
    edges = np.unique(np.quantile(expected, np.arange(1, _TENTHS) / _TENTHS))
    groups = np.searchsorted(edges, expected, side="right")
    for number, group in enumerate(np.unique(groups), start=1):
        here = groups == group
        yield _tenth(step, number, expected[here], observed[here])


def _tenth(step: str, number: int, expected: Floats, observed: Floats) -> Tenth:
    cases, mean = len(observed), float(observed.mean())
    if step in RATES:
        low, high = interval(int(observed.sum()), cases)
    elif cases > 1:
        reach = float(t.ppf(0.975, cases - 1) * observed.std(ddof=1) / np.sqrt(cases))
        low, high = mean - reach, mean + reach
    else:
        low, high = 0.0, float("inf")
    return Tenth(step, number, cases, float(expected.mean()), mean, low, high)


def as_json(found: dict[str, list[Tenth]]) -> dict[str, Any]:
    """Return the table as one document; amounts are in cents."""
    return {
        step: [
            {
                "tenth": row.number or "all",
                "cases": row.cases,
                "expected": round(row.expected, 4),
                "observed": round(row.observed, 4),
                "low": round(row.low, 4),
                "high": round(row.high, 4) if np.isfinite(row.high) else None,
                "holds": row.holds,
            }
            for row in rows
        ]
        for step, rows in found.items()
    }
