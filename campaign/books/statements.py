"""Bank statements: lines and balances in whole minor units, and whether they prove each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from campaign.money import format_minor


@dataclass(frozen=True, slots=True)
class BankRow:
    """One line of a statement."""

    booked_on: date
    amount_cents: int
    currency: str
    description: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class BankStatement:
    """The lines of one account, with its balances where the file tells them."""

    format: str
    account: str
    currency: str
    rows: list[BankRow]
    opening_cents: int | None = None
    closing_cents: int | None = None
    number: str = ""
    first_day: date | None = None
    last_day: date | None = None
    findings: list[str] = field(default_factory=list)

    def days(self) -> tuple[date, date] | None:
        """Return the days that the statement covers: as it says, else those of its lines."""
        booked = [row.booked_on for row in self.rows]
        first = self.first_day or min(booked, default=self.last_day)
        last = self.last_day or max(booked, default=self.first_day)
        return (first, last) if first and last else None


def account_key(number: str | None) -> str:
    """Return the last four signs of an account's number: files mask the others differently.

    >>> account_key("US12 0001-2345 6789"), account_key("****6789"), account_key(None)
    ('6789', '6789', '')
    """
    return re.sub(r"[^0-9A-Za-z]", "", number or "")[-4:].upper()


def one_text(*parts: object) -> str:
    """Return what a line says as one line, each part once.

    >>> one_text("STRIPE", None, "TRANSFER ", "STRIPE")
    'STRIPE TRANSFER'
    """
    said = [" ".join(str(part).split()) for part in parts if part]
    return " ".join(dict.fromkeys(filter(None, said)))


def running_balances(steps: Iterable[tuple[int, int]]) -> str | None:
    """Return what is wrong with (amount, balance after it) of lines, in either order; else None.

    >>> running_balances([(5, 5), (2, 7)]), running_balances([(2, 7), (5, 5)])
    (None, None)
    >>> running_balances([(5, 5), (2, 8), (1, 9)])
    'the running balance does not follow from the amounts at line 2'
    """
    lines = list(steps)
    forward = _first_break(lines)
    if forward is None or _first_break(lines[::-1]) is None:
        return None
    return f"the running balance does not follow from the amounts at line {forward + 1}"


def _first_break(lines: list[tuple[int, int]]) -> int | None:
    for place in range(1, len(lines)):
        amount, balance = lines[place]
        if lines[place - 1][1] + amount != balance:
            return place
    return None


def statement_findings(statements: pd.DataFrame) -> Iterator[tuple[str, Any, int, str]]:
    """Yield what does not add up: kind, the statement, by how much, and why.

    Columns: id, account, currency, first_day, last_day, number, opening, closing, lines, finding.
    """
    for row in statements[statements["finding"].notna()].itertuples(index=False):
        yield "bank_statement_wrong", row, 0, f"The bank's statement is off: {row.finding}."
    known = statements[statements["opening"].notna() & statements["closing"].notna()]
    known = known.astype({"opening": "int64", "closing": "int64"})
    for row in known.itertuples(index=False):
        off = _int(row.closing) - _int(row.opening) - _int(row.lines)
        if off:
            missing = format_minor(off, str(row.currency))
            reason = f"The statement's opening balance and lines miss its closing one by {missing}."
            yield "bank_balance_differs", row, off, reason
    yield from _gaps(known)


def _gaps(known: pd.DataFrame) -> Iterator[tuple[str, Any, int, str]]:
    order = known.sort_values(["first_day", "last_day", "number", "id"])
    for _, mine in order.groupby(["account", "currency", "format"], sort=True):
        for before, after in pairwise(mine.itertuples(index=False)):
            off = _int(after.opening) - _int(before.closing)
            # Statements that overlap tell the same days twice: nothing lies between them.
            if off and _int(after.first_day) > _int(before.last_day):
                reason = "The statement does not begin where the one before it ended."
                yield "bank_statement_missing", after, off, reason


def _int(value: Any) -> int:
    return int(value)
