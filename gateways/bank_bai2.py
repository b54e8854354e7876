"""Statements as BAI2: by `bai2`.

The layout: Cash Management Balance Reporting Specifications, Version 2 (BAI, 2005).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bai2 import bai2
from bai2.constants import GroupStatus, TypeCodeTransaction
from bai2.exceptions import IntegrityException, NotSupportedYetException, ParsingException

from campaign.books.statements import BankRow, BankStatement, account_key, one_text
from campaign.errors import FileError

_OPENING, _CLOSING = "010", "015"
_CONTINUED, _TRAILER = "88", "99"
_NOT_REPEATED = (GroupStatus.deletion, GroupStatus.test_only)


def looks_like_bai2(head: bytes) -> bool:
    """Whether the beginning of a file is BAI2: a file header of nine fields."""
    first = head.lstrip().split(b"\n", 1)[0]
    return first.startswith(b"01,") and first.count(b",") >= 8


def read_bai2(path: Path, content: bytes) -> list[BankStatement]:
    """Return the file's statements; FileError when it is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if not _is_whole(text):
        raise FileError(f"{path.name} breaks off: a BAI2 file ends with its trailer, record 99.")
    try:
        parsed, findings = _parse(text)
        return [
            _statement(group, account, findings)
            for group in parsed.children
            if group.header.group_status not in _NOT_REPEATED
            for account in group.children
        ]
    except NotSupportedYetException as error:
        raise FileError(f"{path.name} holds BAI2 that is not known: {error}") from error
    except (ParsingException, ValueError, LookupError, TypeError, RuntimeError) as error:
        raise FileError(f"{path.name} is not a BAI2 file that can be read.") from error


def _is_whole(text: str) -> bool:
    """Whether the last record is the file's trailer: the library waits for it without end."""
    records = [line[:2] for line in map(str.strip, text.splitlines()) if line]
    return next((code for code in reversed(records) if code != _CONTINUED), "") == _TRAILER


def _parse(text: str) -> tuple[Any, list[str]]:
    """Return the file, and what its control totals say against its lines."""
    try:
        return bai2.parse_from_string(text), []
    except IntegrityException:
        # Read all the same: what does not add up is a finding for a person, not a lost statement.
        return bai2.parse_from_string(text, check_integrity=False), [
            "the file's control totals are not those of its records"
        ]


def _statement(group: Any, account: Any, findings: list[str]) -> BankStatement:
    day = group.header.as_of_date
    currency = str(account.header.currency or group.header.currency or "USD").lower()
    balances = {
        item.type_code.code: item.amount
        for item in account.header.summary_items
        if item.type_code is not None and item.amount is not None
    }
    rows = []
    for line in account.children:
        text = one_text(line.type_code.description, (line.text or "").rstrip("/"))
        reference = line.customer_reference or line.bank_reference
        rows.append(BankRow(day, _signed(line), currency, text, reference or None))
    return BankStatement(
        "bai2",
        account_key(account.header.customer_account_number),
        currency,
        rows,
        opening_cents=balances.get(_OPENING),
        closing_cents=balances.get(_CLOSING),
        number=str(group.header.as_of_time or ""),
        first_day=day,
        last_day=day,
        findings=list(findings),
    )


def _signed(line: Any) -> int:
    """Return the line's amount in minor units: its code, not a sign, says which way it went."""
    kind = line.type_code.transaction
    if kind is TypeCodeTransaction.debit:
        return -int(line.amount or 0)
    if kind is TypeCodeTransaction.credit:
        return int(line.amount or 0)
    raise ValueError("a line is neither a credit nor a debit")
