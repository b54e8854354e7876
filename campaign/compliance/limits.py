"""How much a person may still give: limits by date of effect, and the room that is left.

The limit on a day is a row of `rules/contribution_limits.csv`. Where no row holds on that day,
the answer says so and carries the last known figure as a cautious cap; a treasurer adds the new
row in `rules/contribution_limits.csv` of the installation's home.

>>> elections = (Election("P2026", date(2026, 6, 2)), Election("G2026", date(2026, 11, 3)))
>>> basis = limit_basis("candidate", date(2026, 9, 1), elections)
>>> basis.election_code, basis.amount_cents, basis.is_known
('G2026', 350000, True)
>>> headroom(300000, basis)
50000
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from campaign.compliance.rule_tables import Limit, contribution_limits
from campaign.days import short_day

# What stands for "no limit" among whole cents.
NO_LIMIT = int(np.iinfo(np.int64).max)

RECIPIENT_OF_KIND = {
    "candidate": "candidate",
    "pac": "pac",
    "party": "state_party",  # the lower of the two party limits: cautious
    "nonprofit": "nonprofit",
}


@dataclass(frozen=True, slots=True)
class Election:
    """An election with a limit of its own."""

    code: str
    held_on: date


@dataclass(frozen=True, slots=True)
class LimitBasis:
    """The limit on a day, what it counts, and where it is written."""

    amount_cents: int | None
    per: str
    label: str
    election_code: str | None
    first_day: date
    last_day: date
    is_known: bool
    citation: str
    confidence: str
    warning: str | None

    @property
    def cap_cents(self) -> int:
        """The cap as a number, also where there is none."""
        return NO_LIMIT if self.amount_cents is None else self.amount_cents


def limit_basis(
    recipient: str,
    day: date,
    elections: Sequence[Election] = (),
    *,
    election_code: str | None = None,
    contributor: str = "individual",
    limits: Sequence[Limit] | None = None,
) -> LimitBasis:
    """Return the limit that a gift of that day counts against.

    A gift to a candidate counts against the election it is designated for, else against the next
    one (11 CFR 110.1(b)(2)). A committee's `kind` is also understood as the recipient.
    """
    recipient = RECIPIENT_OF_KIND.get(recipient, recipient)
    row, is_known = _row_on(recipient, day, contributor, limits or contribution_limits())
    first_day, last_day, label, code = _window(row.per, day, elections, election_code)
    return LimitBasis(
        amount_cents=row.amount_cents,
        per=row.per,
        label=label,
        election_code=code,
        first_day=first_day,
        last_day=last_day,
        is_known=is_known,
        citation=row.citation,
        confidence=row.confidence,
        warning=None if is_known else _unknown(row, day),
    )


def _row_on(
    recipient: str, day: date, contributor: str, limits: Sequence[Limit]
) -> tuple[Limit, bool]:
    rows = [row for row in limits if (row.contributor, row.recipient) == (contributor, recipient)]
    if not rows:
        raise ValueError(f"no limit is known from {contributor} to {recipient}")
    # A row that a treasurer adds comes last and counts first.
    for row in reversed(rows):
        if row.holds(day):
            return row, True
    past = [row for row in rows if (row.effective_to or date.max) < day]
    if past:
        return max(past, key=lambda row: row.effective_to or date.max), False
    # Before all of them the first is nearest; limits only rise.
    return min(rows, key=lambda row: row.effective_to or date.max), False


def _unknown(row: Limit, day: date) -> str:
    until = f"until {short_day(row.effective_to)}" if row.effective_to else "from a later day on"
    return (
        f"The limit is not known for {short_day(day)}: the last known figure ({until}) is used as "
        "a cautious cap; add the new row to contribution_limits.csv when it is published."
    )


def _window(
    per: str, day: date, elections: Sequence[Election], election_code: str | None
) -> tuple[date, date, str, str | None]:
    if per == "calendar_year":
        return date(day.year, 1, 1), date(day.year, 12, 31), f"year {day.year}", None
    if per == "none":
        return date.min, date.max, "no limit", None
    code = election_code or counting_election(day, elections)
    if code is None:
        first, last = cycle_of(day)
        return first, last, f"cycle to {last}: no election is on file", None
    return date.min, date.max, f"election {code}", code


def counting_election(
    day: date, elections: Sequence[Election], designated: str | None = None
) -> str | None:
    """Return the election a gift counts against: the designated one, else the next one."""
    if designated:
        return designated
    later = [election for election in elections if election.held_on >= day]
    return min(later, key=lambda election: election.held_on).code if later else None


def with_generals(
    elections: Sequence[Election], first_day: date, last_day: date
) -> tuple[Election, ...]:
    """Return the elections on file, and the general ones of every cycle that the days touch.

    The law sets their day, so that a gift always has an election that it may count for.
    """
    found = {election.code: election for election in elections}
    day = first_day
    while True:
        held_on = cycle_of(day)[1]
        found.setdefault(f"G{held_on.year}", Election(f"G{held_on.year}", held_on))
        if held_on >= last_day:
            return tuple(sorted(found.values(), key=lambda election: election.held_on))
        day = held_on + timedelta(days=1)


def general_election_day(year: int) -> date:
    """Return the Tuesday after the first Monday of November (2 USC 7)."""
    first = date(year, 11, 1)
    return first + timedelta(days=(7 - first.weekday()) % 7 + 1)


def cycle_of(day: date) -> tuple[date, date]:
    """Return the two-year cycle of a day: from the day after a general election to the next.

    >>> cycle_of(date(2026, 11, 3)), cycle_of(date(2026, 11, 4))[0]
    ((datetime.date(2024, 11, 6), datetime.date(2026, 11, 3)), datetime.date(2026, 11, 4))
    """
    year = day.year + day.year % 2
    if day > general_election_day(year):
        year += 2
    return general_election_day(year - 2) + timedelta(days=1), general_election_day(year)


def headroom(given_cents: int, basis: LimitBasis) -> int | None:
    """Return what may still be given, never below zero; None where there is no limit."""
    return None if basis.amount_cents is None else max(0, basis.amount_cents - given_cents)


def headrooms(given_cents: npt.NDArray[np.int64], basis: LimitBasis) -> npt.NDArray[np.int64]:
    """Return the same for many donors at once; `NO_LIMIT` where there is no limit."""
    if basis.amount_cents is None:
        return np.full(len(given_cents), NO_LIMIT, dtype=np.int64)
    return np.maximum(basis.amount_cents - given_cents.astype(np.int64), 0)


def elections_of(gifts: pd.DataFrame, elections: Sequence[Election]) -> pd.Series[str]:
    """Return the election that each gift counts against; empty where none follows."""
    ordered = sorted(elections, key=lambda election: election.held_on)
    codes = np.array([*(election.code for election in ordered), ""], dtype=object)
    held = np.array([election.held_on for election in ordered], dtype="datetime64[D]")
    given = pd.to_datetime(gifts["given_on"]).to_numpy().astype("datetime64[D]")
    following = pd.Series(codes[np.searchsorted(held, given, side="left")], index=gifts.index)
    designated = gifts["election_code"].fillna("").astype(object)
    return designated.where(designated != "", following)
