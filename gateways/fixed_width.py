"""Tables whose columns stand at fixed places, with blanks between: printed, or from old machines.

Where each column begins is told by the header and proven by the lines below it, or by a person: in
a file without a header, or without blanks between, nothing else tells where one column ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gateways.file_bytes import Plain

_RULING = re.compile(r"^\s*(?=[^-=]*[-=]{3})[-=+|: ]+\s*$")
_ENOUGH = 10  # lines that prove a gap of one blank
_LOOK = 400


def as_delimited(plain: Plain, workspace: Path, header_line: str) -> Plain | None:
    """Return the file with tabs between its columns, or nothing where it has no such columns."""
    lines = [line.rstrip("\n") for line in plain.first_lines(_LOOK)]
    header = header_line.rstrip("\n")
    if header not in lines:
        return None
    starts = column_starts(header, lines[lines.index(header) + 1 :])
    if len(starts) < 2:
        return None
    return cut_at(plain, workspace, list(zip(starts, [*starts[1:], None], strict=True)))


def cut_at(plain: Plain, workspace: Path, places: Sequence[tuple[int, int | None]]) -> Plain:
    """Return the file with tabs between the columns that begin and end before these signs."""
    target = workspace / f"{plain.path.name}.columns"
    with plain.text() as file, target.open("w", encoding="utf-8") as out:
        for line in file:
            signs = "" if is_ruling(line) else line.rstrip("\n").replace("\t", " ")
            cells = [signs[begin:end].strip() for begin, end in places]
            out.write("\t".join(cells) + "\n" if any(cells) else "\n")
    return replace(plain, path=target, has_quotes=False)


def column_starts(header: str, rows: Sequence[str]) -> list[int]:
    """Return where each column begins: at a word of the header with blanks before it in all rows.

    Two blanks stand before it in the header, or one in every line of many.

    >>> column_starts("Name  Zip", ["----- ---", "Roe   1"])
    [0, 6]
    >>> column_starts("Last Name   First  ZIP", ["Roe         Ann    02139", "Poe         Bob"])
    [0, 12, 19]
    """
    rows = [row for row in rows if row.strip()]
    if not rows:
        return []
    if is_ruling(rows[0]):  # as databases print: a line of dashes under each name
        return [0] + [at for at in range(1, len(rows[0])) if rows[0][at - 1] == " " != rows[0][at]]
    words = (at for at in range(1, len(header)) if header[at - 1] == " " != header[at])
    first = len(header) - len(header.lstrip())
    return sorted({first, *(at for at in words if _is_gap(at, header, rows))})


def is_ruling(line: str) -> bool:
    """Whether a line is only drawn, as databases and typed tables do between header and rows.

    >>> is_ruling("+------+-----+"), is_ruling("---- ----"), is_ruling("Roe - Poe"), is_ruling("-")
    (True, True, False, False)
    """
    return bool(_RULING.match(line))


def _is_gap(place: int, header: str, rows: Sequence[str]) -> bool:
    wide = header[max(place - 2, 0) : place] == "  "
    clear = all(row[place - 1 : place] in ("", " ") for row in rows)
    return clear and (wide or len(rows) >= _ENOUGH)
