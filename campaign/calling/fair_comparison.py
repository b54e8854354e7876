"""Teams compared on the donors that chance gave them, fair to small numbers.

Only donors drawn by lot count, since the plan gives a good team the donors it is good with. Each
team is held against the others together, within groups of donors whom the same teams may call.
The test shuffles who called whom: it assumes nothing of how money is spread, so that one large
gift makes no winner. Several teams are several chances to be fooled: p-values are Holm's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, t

from campaign.calling.chances import interval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEAST_DONORS = 20  # below, on either side, nothing is said
LEAST_PLEDGES = 5  # together
SURE = 0.05
_DRAWS = 1_999
_EXACT_TO = 2_000  # donors; for more the normal law is as good as shuffling
_SEED = 20_260_909


@dataclass(frozen=True, slots=True)
class LotDonor:
    """A donor whom chance gave to a team, and what all calls brought net of their cost."""

    team: str
    group: str  # donors whom the same teams may call
    calls: int
    has_pledged: bool
    net_cents: int


def compare(donors: Sequence[LotDonor]) -> list[dict[str, Any]]:
    """Return each team against the others together, the surest difference first."""
    teams = sorted({donor.team for donor in donors})
    team = np.array([donor.team for donor in donors], dtype=object)
    cents = np.array([donor.net_cents for donor in donors], dtype=float)
    pledged = np.array([donor.has_pledged for donor in donors], dtype=bool)
    _, group = np.unique([donor.group for donor in donors], return_inverse=True)
    found = [
        _against_others(one, team == one, cents, pledged, group.astype(np.int64)) for one in teams
    ]
    tested = sorted((row for row in found if row["p_value"] is not None), key=_p_value)
    least = 0.0
    for number, row in enumerate(tested):  # Holm: the surest is held to the strictest
        least = max(least, min(1.0, row["p_value"] * (len(tested) - number)))
        row["p_value"] = round(least, 4)
    for row in found:
        row["verdict"] = _verdict(row)
    return tested + [row for row in found if row["p_value"] is None]


def _p_value(row: dict[str, Any]) -> float:
    return float(row["p_value"])


def _against_others(
    name: str, is_own: npt.NDArray[np.bool_], cents: Floats, pledged: npt.NDArray[np.bool_],
    group: Ints,
) -> dict[str, Any]:  # fmt: skip
    """Return one team's figures and the difference, where both sides have enough donors."""
    own, hits = int(is_own.sum()), int(pledged[is_own].sum())
    low, high = interval(hits, own)
    row: dict[str, Any] = {
        "team": name,
        "donors": own,
        "pledge_rate": {"rate": hits / own, "low": round(low, 4), "high": round(high, 4)},
        "net_cents_a_donor": round(float(cents[is_own].mean())),
        "others": len(cents) - own,
        "difference_cents": None,
        "low_cents": None,
        "high_cents": None,
        "p_value": None,
    }
    shared = _shared(is_own, group)
    mine = is_own[shared]
    if min(mine.sum(), (~mine).sum()) < LEAST_DONORS or pledged[shared].sum() < LEAST_PLEDGES:
        return row
    difference, spread, freedom = _difference(mine, cents[shared], group[shared])
    reach = float(t.ppf(0.975, freedom)) * spread
    return row | {
        "difference_cents": round(difference),
        "low_cents": round(difference - reach),
        "high_cents": round(difference + reach),
        "p_value": _chance(mine, cents[shared], group[shared], difference, spread),
    }


def _shared(is_own: npt.NDArray[np.bool_], group: Ints) -> npt.NDArray[np.bool_]:
    """Return the donors of groups in which both sides have some."""
    own = np.bincount(group, weights=is_own)
    others = np.bincount(group, weights=~is_own)
    return np.asarray(((own > 0) & (others > 0))[group], dtype=np.bool_)


def _difference(
    mine: npt.NDArray[np.bool_], cents: Floats, group: Ints
) -> tuple[float, float, float]:
    """Return the difference of means within groups, its standard error and degrees of freedom."""
    means = spread = weight = 0.0
    groups = np.unique(group)
    for number in groups:
        a, b = cents[(group == number) & mine], cents[(group == number) & ~mine]
        share = len(a) * len(b) / (len(a) + len(b))
        both = len(a) + len(b) - 2
        pooled = (a.var() * len(a) + b.var() * len(b)) / both if both > 0 else 0.0
        means += share * float(a.mean() - b.mean())
        spread += share**2 * pooled * (1 / len(a) + 1 / len(b))
        weight += share
    return means / weight, float(np.sqrt(spread)) / weight, max(1.0, len(cents) - 2 * len(groups))


def _chance(
    mine: npt.NDArray[np.bool_], cents: Floats, group: Ints, difference: float, spread: float
) -> float:
    """Return how often chance alone would show a difference as large."""
    if len(cents) > _EXACT_TO:
        return float(2 * norm.sf(abs(difference) / spread)) if spread else 1.0
    # Sums within groups decide the weighted difference: shuffling moves only who is in them.
    dice = np.random.default_rng(_SEED)
    sums = np.zeros(_DRAWS)
    weight = 0.0
    for number in np.unique(group):
        there = cents[group == number]
        own = int(mine[group == number].sum())
        order = dice.random((_DRAWS, len(there))).argsort(axis=1)[:, :own]
        # n1 n2 / n · (mean1 − mean2) is the own sum less its share of the whole.
        sums += there[order].sum(axis=1) - own * there.mean()
        weight += own * (len(there) - own) / len(there)
    seen = abs(difference) * weight
    as_large = int((np.abs(sums) >= seen - 1e-9 * max(1.0, seen)).sum())
    return (1 + as_large) / (1 + _DRAWS)


def _verdict(row: dict[str, Any]) -> str:
    if row["p_value"] is None:
        return "too few donors by lot to tell"
    if row["p_value"] >= SURE:
        return "no difference is shown"
    return f"brings {'more' if row['difference_cents'] > 0 else 'less'} than the others"
