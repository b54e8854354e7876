"""Cells of several numbers: "617-555-0142 or 0143". Not here: what a number is (`phones`)."""

from __future__ import annotations

import re

from campaign.lists.phones import to_e164

# Where there is a word between, the library takes the first number and drops the rest.
BETWEEN_WORDS = r"(?i)\d\D{0,20}\b(?:or|and)\b.*\d{4}"
_SEVERAL = re.compile(r"\s*(?:[;,|\n&]|\s/\s|\bor\b|\band\b)\s*", re.IGNORECASE)
_END_OF_NUMBER = re.compile(r"^(?:\d{3}[-. ]?)?\d{4}$")


def split_several(text: str) -> list[str]:
    """Return the texts of a cell that holds several numbers.

    >>> split_several("415-555-2671; 415-555-2672 or 415 555 2673")
    ['415-555-2671', '415-555-2672', '415 555 2673']
    >>> split_several("617-555-0142 or 0143"), split_several("617-555-0142/555-0143")
    (['617-555-0142', '617-555-0143'], ['617-555-0142', '617-555-0143'])
    """
    told = [part for part in _SEVERAL.split(text) if any(map(str.isdigit, part))]
    found: list[str] = []
    for part in told:
        before, stroke, after = part.partition("/")
        is_two = stroke and to_e164(before) and any(map(str.isdigit, after))
        for one in (before, after) if is_two else (part,):
            found.append(_with_beginning(one.strip(), found[0] if found else ""))
    return found


def _with_beginning(part: str, first: str) -> str:
    """Return the end of a number with what the number before it begins with.

    >>> _with_beginning("0143", "(617) 555-0142"), _with_beginning("12", "617-555-0142")
    ('(617) 555-0143', '12')
    """
    digits = sum(map(str.isdigit, part))
    if digits not in (4, 7) or not _END_OF_NUMBER.match(part) or not to_e164(first):
        return part
    left, begin = digits, first
    while begin and left:
        left -= begin[-1].isdigit()
        begin = begin[:-1]
    return begin + part
