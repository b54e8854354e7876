"""What is looked at to judge a list: shares and amounts, never a person's values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from campaign.errors import InputError
from campaign.lists.addresses import STATES
from campaign.lists.fields import EMPTY

_CALLABLE_TYPES = pa.array(["fixed_line", "mobile", "fixed_line_or_mobile", "voip"])
_FIRST_YEAR = 1990  # of gifts that a list may tell of
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


_NUMBERS = ("largest_gift_cents", "suppression_days")  # the others are shares


def checked_thresholds(told: dict[str, Any]) -> dict[str, Any]:
    """Return the thresholds that a campaign file sets; ValueError says which cannot be used."""
    known = Gate.__dataclass_fields__
    for name, value in told.items():
        if name not in known:
            raise ValueError(f"there is no threshold {name!r} (known: {', '.join(known)})")
        if name == "stops":
            _check_stops(value)
        elif isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ValueError(f"{name} must be a number")
        elif name not in _NUMBERS and value > 1:
            raise ValueError(f"{name} must be a share from 0 to 1")
    return told


def _check_stops(value: Any) -> None:
    names = [name for name in Gate.__dataclass_fields__ if name not in ("stops", _NUMBERS[0])]
    if not isinstance(value, list | tuple):
        raise ValueError('stops must be names in brackets, such as ["usable_rows"]')
    for name in value:
        if name not in names:
            raise ValueError(f"stops cannot hold {name!r} (known: {', '.join(names)})")


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


_COUNTED = (
    "usable_rows", "named", "callable_phones", "reachable", "consent", "known_states",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tally:
    """A list, or a part of one, in a few counts: they add up, and tell of nobody."""

    rows: int = 0
    met: Mapping[str, int] = field(default_factory=dict)  # by expectation: the rows that meet it
    gifts: int = 0
    plausible_gifts: int = 0
    days: int = 0
    plausible_days: int = 0
    given: Mapping[str, int] = field(default_factory=dict)  # by column: the rows that have it

    def __add__(self, other: Tally) -> Tally:
        """Return the counts of both."""
        return Tally(
            self.rows + other.rows,
            Counter(self.met) + Counter(other.met),
            self.gifts + other.gifts,
            self.plausible_gifts + other.plausible_gifts,
            self.days + other.days,
            self.plausible_days + other.plausible_days,
            Counter(self.given) + Counter(other.given),
        )

    def shares(self) -> dict[str, float]:
        """Return by expectation the share of rows, gifts and days that meet it."""
        found = {name: self.met.get(name, 0) / max(self.rows, 1) for name in _COUNTED}
        if self.gifts:
            found["plausible_gifts"] = self.plausible_gifts / self.gifts
            found["plausible_days"] = self.plausible_days / self.days if self.days else 1.0
        return found

    def profile(self, distinct_phones: int) -> dict[str, float]:
        """Return the list in a few shares, to set beside the last one from the same source."""
        rows = max(self.rows, 1)
        phones = self.given.get("phone_e164", 0)
        return {
            "rows": float(rows),
            "usable": self.met.get("usable_rows", 0) / rows,
            "distinct_phones": distinct_phones / phones if phones else 1.0,
            **{name: self.given.get(name, 0) / rows for name in ("phone_e164", "email", "state")},
        }


def tally(part: pa.Table, largest_gift_cents: int) -> Tally:
    """Return the counts of a normalised part; rows of nothing but delimiters are no part of it."""
    is_empty = pc.fill_null(pc.equal(part["reason"], EMPTY), False)
    if pc.any(is_empty).as_py():
        part = part.filter(pc.invert(is_empty))
    at_home = pc.fill_null(pc.equal(part["country"], "US"), True)
    abroad = pc.or_(part["state"].is_null(), pc.invert(at_home))
    cents, years = pc.abs(part["amount_cents"]), pc.year(part["given_on"])
    met = {
        "usable_rows": part["reason"].is_null(),
        "named": pc.or_(part["first_name"].is_valid(), part["last_name"].is_valid()),
        "callable_phones": pc.is_in(part["line_type"], _CALLABLE_TYPES),
        "reachable": pc.or_(part["phone_e164"].is_valid(), part["email"].is_valid()),
        "consent": part["consent_call"].is_valid(),
        "known_states": pc.or_(abroad, pc.is_in(part["state"], pa.array(list(STATES)))),
    }
    likely = pc.and_(pc.greater_equal(cents, 1), pc.less_equal(cents, largest_gift_cents))
    return Tally(
        part.num_rows,
        {name: _count(flag) for name, flag in met.items()},
        part.num_rows - cents.null_count,
        _count(likely),
        part.num_rows - years.null_count,
        _count(pc.greater_equal(years, _FIRST_YEAR)),
        {name: part.num_rows - part[name].null_count for name in ("phone_e164", "email", "state")},
    )


def reasons(part: pa.Table) -> dict[str, int]:
    """Return for what reasons rows of a part are set aside, with how many."""
    counted = pc.value_counts(part["reason"].drop_null())
    return {each["values"]: each["counts"] for each in counted.to_pylist()}


def _count(flag: pa.ChunkedArray) -> int:
    return int(pc.sum(flag).as_py() or 0)
