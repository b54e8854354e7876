"""The text of a small file as banks and spreadsheets write it: UTF-8, UTF-16 or Windows-1252.

Donor lists, which may be large or in more encodings, are read in `gateways/file_bytes`.
"""

from __future__ import annotations

import re
from contextlib import suppress

_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decoded(content: bytes) -> str | None:
    r"""Return the text of the bytes, or None where they are none.

    >>> decoded("Zoë".encode()), decoded("Zoë".encode("cp1252")), decoded(b"PK\x03\x04")
    ('Zoë', 'Zoë', None)
    """
    text = signs(content)
    return None if text is None or _NOT_TEXT.search(text) else text


def signs(content: bytes) -> str | None:
    r"""Return what the bytes write, be it no text, or None where no encoding fits.

    >>> signs("Zo\a".encode()), signs(b"\x81")
    ('Zo\x07', None)
    """
    is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return None
