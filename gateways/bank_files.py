"""Bank statements as files: which format it is, and who reads it.

CSV of common banks, OFX and QFX, camt.053, BAI2. Amounts become signed whole minor units here;
nothing else is decided.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from campaign.books.statements import BankStatement
from campaign.errors import FileError
from gateways.bank_bai2 import looks_like_bai2, read_bai2
from gateways.bank_camt import looks_like_camt, read_camt
from gateways.bank_csv import read_csv
from gateways.bank_ofx import looks_like_ofx, read_ofx

_Reader = Callable[[Path, bytes], list[BankStatement]]
_FORMATS: tuple[tuple[Callable[[bytes], bool], _Reader], ...] = (
    (looks_like_camt, read_camt),
    (looks_like_ofx, read_ofx),
    (looks_like_bai2, read_bai2),
)
_MOST_BYTES = 256 * 1024 * 1024


def read_statements(path: Path, currency: str = "usd") -> list[BankStatement]:
    """Return the file's statements in its order; FileError says what is wrong, and where.

    `currency` is that of a table that does not name one.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileError(f"{path.name} is larger than any statement (256 MB).")
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or 'no such file'}.") from error
    if not content.strip():
        raise FileError(f"{path.name} is empty.")
    head = _in_ascii(content[:4000])
    read = next((read for looks, read in _FORMATS if looks(head)), None)
    statements = read(path, content) if read else read_csv(path, content, currency)
    if not any(statement.rows or statement.days() for statement in statements):
        raise FileError(f"{path.name} holds no transaction.")
    return statements


def _in_ascii(head: bytes) -> bytes:
    """Return the beginning without the zeros of UTF-16, so that its words can be found."""
    return head.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf")
