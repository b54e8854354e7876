"""What is looked at to judge a list: shares and amounts, never a person's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from campaign.errors import InputError
from campaign.lists.addresses import STATES

_CALLABLE_TYPES = pa.array(["fixed_line", "mobile", "fixed_line_or_mobile", "voip"])
# Columns of a normalised part that the judgement needs.
JUDGED = (
    "reason", "first_name", "last_name", "phone_e164", "line_type", "email", "state", "country",
    "amount_cents", "given_on", "consent_call",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gate:
    """What a list must reach; a campaign file may set each of them in [quality]."""

    usable_rows: float = 0.1  # below it the list stops: it was read wrongly, or is no list
    named: float = 0.9
    callable_phones: float = 0.5
    reachable: float = 0.8
    distinct_phones: float = 0.5
    known_states: float = 0.95
    plausible_gifts: float = 0.999
    largest_gift_cents: int = 100_000_000
    consent: float = 0.0
    suppression_days: int = 31
    drift: float = 0.25
    stops: tuple[str, ...] = field(default=("usable_rows",))

    @classmethod
    def of(cls, thresholds: Mapping[str, Any]) -> Gate:
        """Return the gate with a campaign's thresholds; InputError for one that is unknown."""
        own = {name: thresholds[name] for name in thresholds if name in cls.__dataclass_fields__}
        try:
            gate = replace(cls(), **own)
            return replace(gate, stops=tuple(gate.stops))
        except TypeError as error:
            raise InputError("The campaign's quality thresholds cannot be used.") from error


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation and whether the list met it."""

    name: str
    says: str
    severity: str
    met: bool
    observed: str | None


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What was expected of a list, and what it met."""

    findings: tuple[Finding, ...]

    @property
    def stops(self) -> bool:
        """Whether the list may not come in."""
        return any(not found.met and found.severity == "stop" for found in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return counts, each expectation that was not met, and all of them as they were judged."""
        failed = [found for found in self.findings if not found.met]
        return {
            "expectations": len(self.findings),
            "passed": len(self.findings) - len(failed),
            "failed": len(failed),
            "gate": "stopped" if self.stops else "admitted",
            "unmet": [_told(found) for found in failed],
            "checks": [{**_told(found), "met": found.met} for found in self.findings],
        }


def _told(found: Finding) -> dict[str, Any]:
    return {
        "name": found.name,
        "severity": found.severity,
        "says": found.says,
        "observed": found.observed,
    }


def judged_frame(normal: pa.Table) -> pd.DataFrame:
    """Return a row a row of the list, without anything that tells who it is."""
    phone, kind = normal["phone_e164"], normal["line_type"]
    named = pc.or_(normal["first_name"].is_valid(), normal["last_name"].is_valid())
    callable_ = pc.fill_null(pc.is_in(kind, _CALLABLE_TYPES), False)
    reachable = pc.or_(phone.is_valid(), normal["email"].is_valid())
    at_home = pc.fill_null(pc.equal(normal["country"], "US"), True)
    state = pc.if_else(at_home, normal["state"], pa.scalar(None, pa.string()))
    known = pc.is_in(state, pa.array(list(STATES)))
    days = normal["given_on"]
    return pd.DataFrame(
        {
            "usable": _one_or_nothing(normal["reason"].is_null()),
            "named": _one_or_nothing(named),
            "callable_phone": _one_or_nothing(callable_),
            "reachable": _one_or_nothing(reachable),
            "consent": _one_or_nothing(normal["consent_call"].is_valid()),
            "known_state": _one_or_nothing(pc.or_(state.is_null(), known)),
            "gift_cents": normal["amount_cents"].to_pandas().abs(),
            "gift_year": pc.year(days).to_pandas(),
        }
    )


def _one_or_nothing(flag: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.where(np.asarray(flag), 1.0, np.nan)


def profile(normal: pa.Table) -> dict[str, float]:
    """Return the list in a few shares, to set beside the last one from the same source."""
    rows = max(normal.num_rows, 1)
    phone = normal["phone_e164"]
    phones = max(len(phone) - phone.null_count, 1)
    distinct = pc.count_distinct(phone, mode="only_valid").as_py()
    shares = {name: 1 - normal[name].null_count / rows for name in ("phone_e164", "email", "state")}
    return {
        "rows": float(rows),
        "usable": 1 - (rows - normal["reason"].null_count) / rows,
        "distinct_phones": distinct / phones if phone.null_count < len(phone) else 1.0,
        **shares,
    }
