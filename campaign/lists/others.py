"""Columns of a second person in a row: a spouse, a partner, a table that stands beside the first.

They are kept and never taken for the first person's: nobody is called at another one's number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from campaign.lists.fields import NAMES, REPEATABLE
from campaign.lists.headers import read_header

_NUMBER = re.compile(r" ?\(?([2-9])\)?$")
_AGAIN = re.compile(r" \(\d+\)$")  # a name of a column that stands there twice


def of_second_person(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return the columns that are not about the first person of a row.

    Where a second "First Name" stands, "Email 2" is that person's; where a whole table stands
    right of the first, so is all that follows.

    >>> sorted(of_second_person(["First Name", "First Name 2", "Email", "Email 2"], []))
    ['Email 2', 'First Name 2']
    """
    named = {header: found[1] for header in headers if (found := _second_name(header))}
    again = [one for one in named if _AGAIN.search(one) and _AGAIN.sub("", one) in headers]
    if again and _same(headers, rows, again[0]):  # one table joined to itself
        named = {header: number for header, number in named.items() if header not in again}
        again = []
    others = set(named)
    for header in headers:
        found = _NUMBER.search(header)
        if found and found.group(1) in named.values() and _is_reach(header):
            others.add(header)
    if again:
        place = headers.index(again[0])
        has_own = any(map(_is_reach, headers[:place]))
        others.update(one for one in headers[place:] if has_own or not _is_reach(one))
    return frozenset(others)


def _second_name(header: str) -> re.Match[str] | None:
    found = _NUMBER.search(header)
    return found if found and read_header(header[: found.start()]).field in NAMES else None


def _is_reach(header: str) -> bool:
    return read_header(header).field in REPEATABLE


def _same(headers: Sequence[str], rows: Sequence[Sequence[str]], header: str) -> bool:
    """Whether a column repeats what the first of its name says."""
    first, place = headers.index(_AGAIN.sub("", header)), headers.index(header)
    pairs = [(row[first], row[place]) for row in rows if len(row) > max(first, place)]
    return bool(pairs) and sum(one == other for one, other in pairs) * 2 > len(pairs)
