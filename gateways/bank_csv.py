"""Statements as CSV, as common banks export them; a column may hold the running balance."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

from campaign.books.statements import BankRow, BankStatement, account_key, running_balances
from campaign.decoding import decoded
from campaign.errors import FileError
from campaign.money import AmountError, parse_minor

# Names of columns that banks use, lower case. Read in the help pages of large US banks.
_DATE = ("date", "posting date", "posted date", "transaction date", "booked on", "booking date",
         "post date", "effective date")  # fmt: skip
_AMOUNT = ("amount", "amount (usd)", "transaction amount")
_IN = ("credit", "credit amount", "deposits", "deposit", "credits", "amount credit")
_OUT = ("debit", "debit amount", "withdrawals", "withdrawal", "debits", "amount debit")
_TEXT = ("description", "details", "memo", "payee", "name", "narrative", "transaction description")
_REFERENCE = ("reference", "reference number", "bank reference", "transaction id", "fitid", "id",
              "check or slip #", "bank rtn")  # fmt: skip
_BALANCE = ("balance", "running balance", "running bal.", "ledger balance", "closing balance")
_ACCOUNT = ("account", "account number", "account no", "iban")
_CURRENCY = ("currency", "currency code")
_OF_PEOPLE = re.compile(r"\b(e-?mail|phone|first[ _]?name|last[ _]?name|surname)")
_DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%Y%m%d", "%d.%m.%Y", "%d-%b-%Y", "%b %d, %Y")


def read_csv(path: Path, content: bytes, currency: str = "usd") -> list[BankStatement]:
    """Return the file's lines as one statement an account; FileError when it is no statement."""
    text = decoded(content)
    if text is None:
        raise FileError(f"{path.name} is neither OFX, camt.053, BAI2 nor a text file.")
    lines = text.splitlines()
    start, columns = _find_header(lines, path)
    separator = max(",;\t", key=lines[start].count)
    told: dict[tuple[str, str], list[_Told]] = {}
    try:
        for number, record in enumerate(
            csv.DictReader(lines[start:], delimiter=separator), start=start + 2
        ):
            values = {str(key).strip().lower(): (value or "") for key, value in record.items()
                      if isinstance(value, str | None)}  # fmt: skip
            if "".join(values.values()).strip():
                line = _line(values, columns, currency, f"{path.name}, line {number}")
                told.setdefault((line.account, line.row.currency), []).append(line)
    except csv.Error as error:
        raise FileError(f"{path.name} is not a CSV table that can be read.") from error
    if not told:
        raise FileError(f"{path.name} holds a header and no line.")
    # Another bank, or another of its exports, tells the same line in other words.
    layout = hashlib.sha256(lines[start].strip().lower().encode()).hexdigest()[:8]
    return [
        _statement(f"csv:{layout}", account, code, found) for (account, code), found in told.items()
    ]


@dataclass(frozen=True, slots=True)
class _Told:
    row: BankRow
    account: str
    balance: int | None


def _statement(form: str, account: str, currency: str, told: list[_Told]) -> BankStatement:
    rows = [line.row for line in told]
    known = [(line.row.amount_cents, line.balance) for line in told if line.balance is not None]
    steps = [(cents, balance) for cents, balance in known if balance is not None]
    if len(steps) < len(rows):
        return BankStatement(form, account, currency, rows)
    wrong = running_balances(steps)
    if wrong is not None:
        return BankStatement(form, account, currency, rows, findings=[wrong])
    (first, opened), (_, closed) = _in_order(steps)
    return BankStatement(
        form, account, currency, rows, opening_cents=opened - first, closing_cents=closed
    )


def _in_order(steps: list[tuple[int, int]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the earliest and the latest line: many banks list the newest first."""
    is_forward = all(one[1] + two[0] == two[1] for one, two in pairwise(steps))
    return (steps[0], steps[-1]) if is_forward else (steps[-1], steps[0])


def _find_header(lines: list[str], path: Path) -> tuple[int, Mapping[str, str]]:
    """Return the header's line, below whatever the bank wrote above it, and our columns."""
    for place, line in enumerate(lines[:30]):
        separator = max(",;\t", key=line.count)
        names = {name.strip().strip('"').lower() for name in line.split(separator)}
        columns = dict(_columns(names))
        if "date" in columns and ("amount" in columns or "in" in columns):
            if any(map(_OF_PEOPLE.search, names)):
                raise FileError(f"{path.name} names people: it is no bank's statement.")
            return place, columns
    raise FileError(f"{path.name} needs the columns date, amount, description, reference.")


def _columns(names: set[str]) -> Iterator[tuple[str, str]]:
    for ours, theirs in (
        ("date", _DATE),
        ("amount", _AMOUNT),
        ("in", _IN),
        ("out", _OUT),
        ("text", _TEXT),
        ("reference", _REFERENCE),
        ("currency", _CURRENCY),
        ("balance", _BALANCE),
        ("account", _ACCOUNT),
    ):
        found = next((name for name in theirs if name in names), None)
        if found:
            yield ours, found


def _line(values: Mapping[str, str], columns: Mapping[str, str], usual: str, place: str) -> _Told:
    def of(name: str) -> str:
        return values.get(columns.get(name, ""), "").strip()

    currency = of("currency").lower() or usual
    try:
        cents = _cents(of, currency, "amount" in columns)
        balance = parse_minor(of("balance"), currency) if of("balance") else None
    except AmountError as error:
        raise FileError(f"{place}: the amount cannot be read.") from error
    booked_on = _day(of("date"))
    if booked_on is None:
        raise FileError(f"{place}: the date cannot be read; write it like 2026-09-30.")
    row = BankRow(booked_on, cents, currency, of("text"), of("reference") or None)
    return _Told(row, account_key(of("account")), balance)


def _cents(of: Callable[[str], str], currency: str, has_one_column: bool) -> int:
    if has_one_column:
        return parse_minor(of("amount"), currency)
    credit = parse_minor(of("in") or "0", currency)
    return credit - abs(parse_minor(of("out") or "0", currency))


def _day(text: str) -> date | None:
    for form in _DAYS:
        try:
            return datetime.strptime(text[:19].split("T")[0].strip(), form).date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return None
