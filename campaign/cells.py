"""Cells of the files that leave: no spreadsheet takes a text for a formula."""

from __future__ import annotations

import re

# What a spreadsheet would reckon; numbers and phones may begin with a sign.
FORMULA = (
    r"^[=@\t\r]|^[-+](?:[^0-9]|[-+0-9. ();]*[^-+0-9. ();])"
    r"|^\+[^+;]*\+|^-[0-9. ]*[-+]"  # sums of figures alone, not several phones
)
_IS_FORMULA = re.compile(FORMULA)


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    >>> neutral("=1+1"), neutral("Jane"), neutral("+1 617-555-0142"), neutral("-2+3+cmd|x")
    ("'=1+1", 'Jane', '+1 617-555-0142', "'-2+3+cmd|x")
    >>> neutral("+1+1"), neutral("-1-1"), neutral("-50.00")
    ("'+1+1", "'-1-1", '-50.00')
    >>> neutral("+16175550142; +16175550143"), neutral("+1;A1")
    ('+16175550142; +16175550143', "'+1;A1")
    """
    return f"'{cell}" if _IS_FORMULA.match(cell) else cell
