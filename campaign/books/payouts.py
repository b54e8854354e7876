"""Payouts: what they hold, and which line of the bank's statement they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, groupby
from typing import Any

import pandas as pd

from campaign.books.ledger import Books

# Statements are late by a weekend with a holiday, and early by a time zone.
EARLY_DAYS, SOON_DAYS, LATE_DAYS = 2, 3, 7
# More payouts of one day than this are not added up: their sums meet by chance.
_MOST_IN_A_LINE = 8
_PAYOUT_ID = re.compile(r"po_\w+")


@dataclass
class BankTie:
    """Which bank lines are which payouts, and what is left on either side."""

    # payout → bank lines, with how much of each is the payout's
    lines_of: dict[str, dict[int, int]] = field(default_factory=dict)
    returned: dict[str, int] = field(default_factory=dict)  # failed payout → the line back
    missing: list[str] = field(default_factory=list)
    in_transit: list[str] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    other_currency: list[int] = field(default_factory=list)
    not_ours: list[int] = field(default_factory=list)

    @property
    def shared(self) -> dict[int, list[str]]:
        """Return the lines that are several payouts, with those payouts."""
        payouts_in: dict[int, list[str]] = {}
        for payout, lines in self.lines_of.items():
            for line in lines:
                payouts_in.setdefault(line, []).append(payout)
        return {line: payouts for line, payouts in payouts_in.items() if len(payouts) > 1}


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
    """Find each payout's line: same amount, about its day; a reference goes before a guess.

    A bank may book a payout in two lines, and the payouts of one day in one.
    """
    tie = BankTie()
    bank = books.bank
    free: dict[int, int] = dict(enumerate(bank["cents"].tolist()))
    texts, days, currencies = (bank[name].tolist() for name in ("text", "day", "currency"))
    last_line = int(bank["day"].max()) if len(bank) else -1
    payouts = books.payouts[books.payouts["status"] != "canceled"]
    # What failed is looked for last: the same amount is often sent again.
    order = payouts.assign(failed=payouts["status"] == "failed")
    order = order.sort_values(["failed", "arrives", "id"])
    waiting = [_Payout.of(payout) for payout in order.itertuples(index=False)]
    lines = _Lines(free, texts, days, currencies)
    # What came on its day is taken first: equal amounts may follow each other.
    for within in (SOON_DAYS, LATE_DAYS):
        waiting = [payout for payout in waiting if not _tie_one(payout, lines, tie, within)]
        waiting = _tie_sums(waiting, lines, tie, within)
    for payout in waiting:
        if not payout.is_failed:
            is_late = payout.arrives + LATE_DAYS <= last_line
            (tie.missing if is_late else tie.in_transit).append(payout.identity)
    _name_the_rest(books, lines, tie)
    return tie


def _name_the_rest(books: Books, bank: _Lines, tie: BankTie) -> None:
    """Say what each line is that no payout has."""
    payouts = books.payouts
    known = set(zip(payouts["cents"].tolist(), payouts["currency"].tolist(), strict=True))
    names = {str(name).lower(): code for name, code in zip(payouts["id"], payouts["currency"],
                                                           strict=True)}  # fmt: skip
    for line, cents in bank.free.items():
        words, currency = bank.texts[line], bank.currencies[line]
        named = next((name for name in _PAYOUT_ID.findall(words) if name in names), None)
        if named is not None and names[named] != currency:
            tie.other_currency.append(line)
        elif "stripe" not in words and named is None:
            tie.not_ours.append(line)
        elif (cents, currency) in known:
            tie.doubled.append(line)
        else:
            tie.unknown.append(line)


@dataclass(frozen=True, slots=True)
class _Payout:
    identity: str
    cents: int
    currency: str
    arrives: int
    is_failed: bool

    @classmethod
    def of(cls, row: Any) -> _Payout:
        is_failed = row.status == "failed"
        return cls(str(row.id), int(row.cents), str(row.currency), int(row.arrives), is_failed)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The bank's lines that are nobody's yet, with their cents; texts and days of all lines."""

    free: dict[int, int]
    texts: list[str]
    days: list[int]
    currencies: list[str]


def _tie_one(payout: _Payout, bank: _Lines, tie: BankTie, late: int) -> bool:
    """Tie a payout to its line, if it is there; a failed one to the line back, too."""
    lines = _find(payout, payout.cents, bank, late)
    if not lines:
        return False
    if not _tie_back((payout,), bank, tie):
        return False
    tie.lines_of[payout.identity] = {line: bank.free.pop(line) for line in lines}
    return True


def _tie_back(payouts: Sequence[_Payout], bank: _Lines, tie: BankTie) -> bool:
    """Tie what failed to its line back; False where one never reached the bank, as Stripe says."""
    found: dict[str, int] = {}
    for payout in payouts:
        if payout.is_failed:
            back = _find(payout, -payout.cents, bank, LATE_DAYS * 2)
            if not back or back[0] in found.values():
                return False
            found[payout.identity] = back[0]
    tie.returned |= found
    for line in found.values():
        del bank.free[line]
    return True


def _tie_sums(waiting: list[_Payout], bank: _Lines, tie: BankTie, late: int) -> list[_Payout]:
    """Tie lines that are the sum of one day's payouts; return the payouts that still wait.

    A line is tied only where exactly one choice of payouts makes its sum.
    """
    came = [p for p in waiting if not p.is_failed or _find(p, -p.cents, bank, LATE_DAYS * 2)]
    came.sort(key=lambda p: (p.arrives, p.currency, p.identity))
    days = [list(same) for _, same in groupby(came, key=lambda p: (p.arrives, p.currency))]
    for line in [line for line in bank.free if _is_of_stripe(bank.texts[line])]:
        near = [
            [payout for payout in payouts if payout.identity not in tie.lines_of]
            for payouts in days
            if payouts[0].currency == bank.currencies[line]
            and -EARLY_DAYS <= bank.days[line] - payouts[0].arrives <= late
        ]
        choices = _choices(line, near, bank) if line in bank.free else []
        if len(choices) == 1 and _tie_back(choices[0], bank, tie):
            del bank.free[line]
            tie.lines_of |= {payout.identity: {line: payout.cents} for payout in choices[0]}
    return [payout for payout in waiting if payout.identity not in tie.lines_of]


def _choices(line: int, days: list[list[_Payout]], bank: _Lines) -> list[tuple[_Payout, ...]]:
    """Return the payouts that a line may be the sum of: those of its own day before others."""
    named = set(_PAYOUT_ID.findall(bank.texts[line]))
    found = [
        choice
        for payouts in days
        for choice in _sums(bank.free[line], payouts)
        if named <= {payout.identity.lower() for payout in choice}
    ]
    return [choice for choice in found if choice[0].arrives == bank.days[line]] or found


def _sums(cents: int, payouts: list[_Payout]) -> Iterator[tuple[_Payout, ...]]:
    """Yield every choice of two or more payouts that sums to a line."""
    likely = [p for p in payouts if 0 < p.cents < cents]
    if len(likely) <= _MOST_IN_A_LINE:
        sizes = range(2, len(likely) + 1)
        choices = chain.from_iterable(combinations(likely, size) for size in sizes)
        yield from (choice for choice in choices if sum(p.cents for p in choice) == cents)


def _is_of_stripe(text: str) -> bool:
    return "stripe" in text or _PAYOUT_ID.search(text) is not None


def _find(payout: _Payout, cents: int, bank: _Lines, late: int) -> list[int]:
    """Return the free line that names the payout or fits it; two lines where it was split."""
    arrives = payout.arrives
    near = [
        line
        for line in bank.free
        if arrives - EARLY_DAYS <= bank.days[line] <= arrives + late
        and bank.currencies[line] == payout.currency
    ]
    named = [line for line in near if payout.identity.lower() in bank.texts[line]]
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
