"""The text of a small file as banks and spreadsheets write it: UTF-8, UTF-16 or Windows-1252.

Donor lists, which may be large or in more encodings, are read in `gateways/file_bytes`.
"""

from __future__ import annotations

import re

_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decoded(content: bytes) -> str | None:
    r"""Return the text of the bytes, or None where they are none.

    >>> decoded("Zoë".encode()), decoded("Zoë".encode("cp1252")), decoded(b"PK\x03\x04")
    ('Zoë', 'Zoë', None)
    """
    is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _NOT_TEXT.search(text) else text
    return None
