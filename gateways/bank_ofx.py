"""Statements as OFX and QFX: by `ofxtools`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ofxtools.Parser import OFXTree

from campaign.books.statements import BankRow, BankStatement, account_key, one_text
from campaign.errors import FileError
from campaign.money import AmountError, parse_minor


def looks_like_ofx(head: bytes) -> bool:
    """Whether the beginning of a file is OFX."""
    return b"<OFX" in head.upper() or b"OFXHEADER" in head.upper()


def read_ofx(path: Path, content: bytes) -> list[BankStatement]:
    """Return the file's statements; FileError when it is none."""
    tree = OFXTree()
    try:
        tree.parse(io.BytesIO(content))
        statements = tree.convert().statements
        # The bank's own day: ofxtools turns moments into UTC, where the evening is tomorrow.
        lines = tree.iter("STMTTRN")
        days = iter([_day(line.findtext("DTPOSTED")) for line in lines])
        return [_statement(statement, days) for statement in statements]
    except AmountError as error:
        raise FileError(f"{path.name}: an amount cannot be read.") from error
    except Exception as error:  # ofxtools raises whatever its parts raise
        raise FileError(f"{path.name} is not an OFX file that can be read.") from error


def _day(text: str | None) -> date:
    return datetime.strptime((text or "")[:8], "%Y%m%d").date()  # noqa: DTZ007 (a day has no zone)


def _statement(statement: Any, days: Iterator[date]) -> BankStatement:
    currency = str(getattr(statement, "curdef", "USD")).lower()
    rows = []
    for line in statement.transactions or []:
        cents = parse_minor(str(line.trnamt), currency)
        text = one_text(line.name, line.memo)
        rows.append(BankRow(next(days), cents, currency, text, str(line.fitid)))
    # Its LEDGERBAL is of the moment of the download, not of the last line: it proves nothing.
    source = getattr(statement, "account", None)
    return BankStatement("ofx", account_key(getattr(source, "acctid", None)), currency, rows)
