"""Payouts: what they hold, and which line of the bank's statement they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pandas as pd

from campaign.books.ledger import Books

# Statements are late by a weekend with a holiday, and early by a time zone.
EARLY_DAYS, SOON_DAYS, LATE_DAYS = 2, 3, 7


@dataclass
class BankTie:
    """Which bank lines are which payouts, and what is left on either side."""

    lines_of: dict[str, list[int]] = field(default_factory=dict)  # payout → bank lines
    returned: dict[str, int] = field(default_factory=dict)  # failed payout → the line back
    missing: list[str] = field(default_factory=list)
    in_transit: list[str] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    not_ours: list[int] = field(default_factory=list)


def contents_net(books: Books) -> pd.Series:
    """Return the sum of what each payout holds, its own row apart; absent where it is not known.

    A payout that failed comes back with the next one: as a row of that one's contents.
    """
    rows = books.contents.merge(books.ledger, left_on="row", right_on="id")
    return rows[rows["source"] != rows["payout_id"]].groupby("payout_id")["net"].sum()


def can_be_opened(payouts: pd.DataFrame) -> pd.Series:
    """Return which payouts Stripe can take apart: automatic ones, once they are complete."""
    status = payouts["reconciliation_status"].fillna("completed")
    is_standard = payouts["method"].fillna("standard") != "instant"
    return payouts["is_automatic"].astype(bool) & is_standard & (status == "completed")


def tie_bank(books: Books) -> BankTie:
    """Find each payout's line: same amount, about its day; a reference goes before a guess."""
    tie = BankTie()
    bank = books.bank
    free: dict[int, int] = dict(enumerate(bank["cents"].tolist()))
    texts, days = bank["text"].tolist(), bank["day"].tolist()
    last_line = int(bank["day"].max()) if len(bank) else -1
    payouts = books.payouts[books.payouts["status"] != "canceled"]
    # What failed is looked for last: the same amount is often sent again.
    order = payouts.assign(failed=payouts["status"] == "failed")
    order = order.sort_values(["failed", "arrives", "id"])
    waiting = [_Payout.of(payout) for payout in order.itertuples(index=False)]
    lines = _Lines(free, texts, days)
    # What came on its day is taken first: equal amounts may follow each other.
    late = [payout for payout in waiting if not _tie_one(payout, lines, tie, SOON_DAYS)]
    for payout in late:
        if not _tie_one(payout, lines, tie, LATE_DAYS) and not payout.is_failed:
            is_late = payout.arrives + LATE_DAYS <= last_line
            (tie.missing if is_late else tie.in_transit).append(payout.identity)
    known = set(books.payouts["cents"].tolist())
    for line, cents in free.items():
        if "stripe" not in texts[line] and not any(name in texts[line] for name in tie.lines_of):
            tie.not_ours.append(line)
        elif cents in known:
            tie.doubled.append(line)
        else:
            tie.unknown.append(line)
    return tie


@dataclass(frozen=True, slots=True)
class _Payout:
    identity: str
    cents: int
    arrives: int
    is_failed: bool

    @classmethod
    def of(cls, row: Any) -> _Payout:
        return cls(str(row.id), int(row.cents), int(row.arrives), row.status == "failed")


@dataclass(frozen=True, slots=True)
class _Lines:
    """The bank's lines that are nobody's yet, with their cents; texts and days of all lines."""

    free: dict[int, int]
    texts: list[str]
    days: list[int]


def _tie_one(payout: _Payout, bank: _Lines, tie: BankTie, late: int) -> bool:
    """Tie a payout to its line, if it is there; a failed one to the line back, too."""
    lines = _find(payout.identity, payout.cents, payout.arrives, bank, late)
    if not lines:
        return False
    if payout.is_failed:
        back = _find(payout.identity, -payout.cents, payout.arrives, bank, LATE_DAYS * 2)
        if not back:  # it never reached the bank, as Stripe says: the line is another's
            return False
        tie.returned[payout.identity] = back[0]
        del bank.free[back[0]]
    tie.lines_of[payout.identity] = lines
    for line in lines:
        del bank.free[line]
    return True


def _find(identity: str, cents: int, arrives: int, bank: _Lines, late: int) -> list[int]:
    """Return the free line that names the payout or fits it; two lines where it was split."""
    first, last = arrives - EARLY_DAYS, arrives + late
    near = [line for line in bank.free if first <= bank.days[line] <= last]
    named = [line for line in near if identity.lower() in bank.texts[line]]
    for choice in (named, near):
        exact = [line for line in choice if bank.free[line] == cents]
        if exact:
            return [min(exact, key=lambda line: (abs(bank.days[line] - arrives), line))]
    parts = [line for line in near if 0 < bank.free[line] < cents and "stripe" in bank.texts[line]]
    return next(_splits(cents, parts[:40], bank.free), [])


def _splits(cents: int, lines: list[int], free: dict[int, int]) -> Iterator[list[int]]:
    """Yield pairs of lines from Stripe that sum to a payout."""
    for one, two in combinations(lines, 2):
        if free[one] + free[two] == cents:
            yield [one, two]
