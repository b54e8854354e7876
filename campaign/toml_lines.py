"""On which line of a TOML file a thing stands, so that a mistake is told with its place."""

from __future__ import annotations

import re

Location = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-]+)(?:\s*\.\s*([A-Za-z0-9_\-]+))?\s*=")


def line_of(text: str) -> dict[Location, int]:
    r"""Return the line of each table and key, named as pydantic names a place.

    >>> line_of("[a]\nb = 1\n[[c]]\nd = 2\n[[c]]\nd = 3")[("c", 1, "d")]
    6
    """
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    table: Location = ()
    in_string = False
    for number, line in enumerate(text.splitlines(), start=1):
        quotes = line.count('"""') + line.count("'''")
        if not in_string:
            if header := _HEADER.match(line):
                table = _table_location(header[2], header[1] == "[[", counts)
                lines.setdefault(table, number)
            elif key := _KEY.match(line):
                lines.setdefault((*table, *(part for part in key.groups() if part)), number)
        in_string ^= quotes % 2 == 1
    return lines


def _table_location(name: str, is_array: bool, counts: dict[Location, int]) -> Location:
    location: Location = ()
    parts = [part.strip(" \"'") for part in name.split(".")]
    for depth, part in enumerate(parts, start=1):
        location = (*location, part)
        if is_array and depth == len(parts):
            counts[location] = counts.get(location, -1) + 1
        if location in counts:
            location = (*location, counts[location])
    return location


def line_at(lines: dict[Location, int], location: Location) -> int | None:
    """Return the line of the place, or of the nearest table around it."""
    while location:
        if location in lines:
            return lines[location]
        location = location[:-1]
    return None
