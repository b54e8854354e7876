"""The sandbox's bank: it receives payouts, gives some back, and writes statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sandbox.bank_formats import BankLine, Statement, as_bai2, as_camt, as_csv, as_ofx

FORMATS = {"csv": as_csv, "ofx": as_ofx, "camt": as_camt, "bai2": as_bai2}


@dataclass
class Bank:
    """One account at the bank, an account number a currency."""

    lines: list[BankLine] = field(default_factory=list)

    def book(
        self, day: date, amount: int, description: str, reference: str, currency: str = "usd"
    ) -> None:
        """Write a line."""
        self.lines.append(BankLine(day, amount, currency, description, reference))

    def between(
        self, first: date | None = None, last: date | None = None, currency: str = "usd"
    ) -> list[BankLine]:
        """Return the lines of these days, both included, in the order of the days."""
        wanted = (
            line
            for line in self.lines
            if line.currency == currency
            and (first is None or line.booked_on >= first)
            and (last is None or line.booked_on <= last)
        )
        return sorted(wanted, key=lambda line: line.booked_on)

    def statement(
        self, first: date | None = None, last: date | None = None, currency: str = "usd"
    ) -> Statement:
        """Return the account of these days, with what it held before them."""
        mine = self.between(None, None, currency)
        before = sum(line.amount for line in mine if first is not None and line.booked_on < first)
        return Statement(self.between(first, last, currency), before, currency)

    def write(
        self, path: Path, form: str = "csv", first: date | None = None, last: date | None = None
    ) -> int:
        """Write a statement in a format of FORMATS; return how many lines."""
        statement = self.statement(first, last)
        path.write_text(FORMATS[form](statement), encoding="utf-8", newline="")
        return len(statement.lines)

    def write_csv(self, path: Path, first: date | None = None, last: date | None = None) -> int:
        """Write a statement as `date, amount, description, reference`; return how many lines."""
        return self.write(path, "csv", first, last)
