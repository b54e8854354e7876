"""Bank statements as files: CSV of common banks, OFX and QFX.

Amounts become signed whole cents here; nothing else is decided.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ofxtools.Parser import OFXTree

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
_CURRENCY = ("currency", "currency code")
_DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%Y%m%d", "%d.%m.%Y", "%d-%b-%Y", "%b %d, %Y")


@dataclass(frozen=True, slots=True)
class BankRow:
    """One line of a statement."""

    booked_on: date
    amount_cents: int
    currency: str
    description: str
    reference: str | None


def read_statement(path: Path) -> list[BankRow]:
    """Return the statement's lines in the file's order; FileError says what is wrong, and where."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or 'no such file'}.") from error
    if not content.strip():
        raise FileError(f"{path.name} is empty.")
    head = content[:4000].upper()
    if b"<OFX" in head or b"OFXHEADER" in head:
        return _read_ofx(path, content)
    return _read_csv(path, content)


def _read_ofx(path: Path, content: bytes) -> list[BankRow]:
    tree = OFXTree()
    try:
        tree.parse(io.BytesIO(content))
        statements = tree.convert().statements
    except Exception as error:  # ofxtools raises whatever its parts raise
        raise FileError(f"{path.name} is not an OFX file that can be read.") from error
    rows = []
    for statement in statements:
        currency = str(getattr(statement, "curdef", "USD")).lower()
        for line in statement.transactions or []:
            text = " ".join(str(part) for part in (line.name, line.memo) if part)
            cents = parse_minor(str(line.trnamt), currency)
            rows.append(BankRow(line.dtposted.date(), cents, currency, text, str(line.fitid)))
    if not rows:
        raise FileError(f"{path.name} holds no transaction.")
    return rows


def _read_csv(path: Path, content: bytes) -> list[BankRow]:
    try:
        is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{path.name} is neither OFX nor UTF-8 text.") from error
    lines = text.splitlines()
    start, columns = _find_header(lines, path)
    separator = max(",;\t", key=lines[start].count)
    reader = csv.DictReader(lines[start:], fieldnames=None, delimiter=separator)
    rows = []
    for number, record in enumerate(reader, start=start + 2):
        values = {str(key).strip().lower(): (value or "") for key, value in record.items()
                  if isinstance(value, str | None)}  # fmt: skip
        if not "".join(values.values()).strip():
            continue
        rows.append(_row(values, columns, f"{path.name}, line {number}"))
    if not rows:
        raise FileError(f"{path.name} holds a header and no line.")
    return rows


def _find_header(lines: list[str], path: Path) -> tuple[int, Mapping[str, str]]:
    """Return the header's line, below whatever the bank wrote above it, and our columns."""
    for place, line in enumerate(lines[:30]):
        separator = max(",;\t", key=line.count)
        names = {name.strip().strip('"').lower() for name in line.split(separator)}
        columns = dict(_columns(names))
        if "date" in columns and ("amount" in columns or "in" in columns):
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
    ):
        found = next((name for name in theirs if name in names), None)
        if found:
            yield ours, found


def _row(values: Mapping[str, str], columns: Mapping[str, str], place: str) -> BankRow:
    def of(name: str) -> str:
        return values.get(columns.get(name, ""), "").strip()

    currency = of("currency").lower() or "usd"
    try:
        if "amount" in columns:
            cents = parse_minor(of("amount"), currency)
        else:
            credit = parse_minor(of("in") or "0", currency)
            cents = credit - abs(parse_minor(of("out") or "0", currency))
    except AmountError as error:
        raise FileError(f"{place}: the amount cannot be read.") from error
    booked_on = _day(of("date"))
    if booked_on is None:
        raise FileError(f"{place}: the date cannot be read; write it like 2026-09-30.")
    return BankRow(booked_on, cents, currency, of("text"), of("reference") or None)


def _day(text: str) -> date | None:
    for form in _DAYS:
        try:
            return datetime.strptime(text[:19].split("T")[0].strip(), form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None
