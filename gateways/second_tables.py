"""Tables that stand below another in one file: each row is read under the header above it.

The same header once more changes nothing; the same columns in another order are put in place; what
stands below any other header is set aside, for its cells are not what the first header says.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.fields import NAMES
from campaign.lists.headers import known_names, plain_header, read_header

_REACH = frozenset({"phone", "email"})
_PAGE = re.compile(r"(?i)^\s*page\W*\d+(?:\s*(?:of|/)\s*\d+)?\s*$")
_MOST_TITLES = 5
_TITLE = "the row is a title: it names nobody"
_AGAIN = "the row repeats the header"
_OTHER = "another table begins here: bring it in as a file of its own"
_SHORT = "the row has fewer cells than the header above it"
_BELOW = "the row stands under another header than the first"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its cells, or what is wrong with it and how it stood in the file."""

    cells: tuple[str, ...]
    line: int
    problem: str | None = None
    raw: str | None = None


def names_columns(cells: Sequence[str]) -> bool:
    """Whether a row is a header: nearly all its cells are names of columns, one a person's.

    >>> names_columns(["Phone", "Last Name", "First Name"]), names_columns(["Don", "Street", "x"])
    (True, False)
    """
    told = [cell for cell in cells if cell.strip()]
    if len(told) < 2 or not any(_plain(cell) in known_names() for cell in told[:3]):
        return False
    fields = {field for cell in told if (field := _field(cell))}
    who, reach = bool(fields & NAMES), bool(fields & _REACH)
    enough = (who and reach) if len(told) == 2 else len(fields) > 1 and (who or reach)
    return enough and len(fields) * 3 >= len(told) * 2


@lru_cache(maxsize=4096)
def _field(cell: str) -> str | None:
    return read_header(_bare(cell)).field if len(cell) < 40 else None


def _plain(cell: str) -> str:
    return _bare(cell).lower().replace("_", " ")


def _bare(cell: str) -> str:
    return cell.strip("\ufeff \"'")


def under_their_headers(records: Iterator[Record], headers: Sequence[str]) -> Iterator[Record]:
    """Yield the records, those of a second table in their place or set aside."""
    below = _Below(headers)
    held: deque[Record] = deque()  # rows that are titles if a header follows
    for record in records:
        begins = record.problem is None and names_columns(record.cells)
        if begins:
            yield from (replace(title, cells=(), problem=_TITLE) for title in held)
            held.clear()
            yield below.header(record)
            continue
        placed = below.row(record)
        if placed.problem is None and _is_title(placed.cells):
            held.append(placed)
        else:
            yield from (*held, placed)
            held.clear()
        if len(held) > _MOST_TITLES:
            yield held.popleft()
    yield from held


def _is_title(cells: Sequence[str]) -> bool:
    """Whether a row holds one cell only, or says which page it heads.

    >>> _is_title(["Donors", "", ""]), _is_title(["Report", "", "Page 2 of 3"])
    (True, True)
    """
    told = [cell for cell in cells if cell.strip()]
    return len(told) == 1 or any(map(_PAGE.match, told))


class _Below:
    """Under which header the next row stands."""

    def __init__(self, headers: Sequence[str]) -> None:
        self._own = [plain_header(header) for header in headers]
        self._order: list[int] | None = None
        self._is_other = False

    def header(self, record: Record) -> Record:
        """Take a row of names for what follows."""
        cells = list(record.cells)
        while cells and not cells[-1].strip():
            cells.pop()
        # A column without a name was given its place for one.
        names = [
            plain_header(_bare(cell)) or f"column {place}" for place, cell in enumerate(cells, 1)
        ]
        own = self._own[: len(names)]
        self._is_other, self._order = False, None
        if names == own:
            return record
        if sorted(names) == sorted(self._own) and len(set(names)) == len(names):
            self._order = [names.index(name) for name in self._own]
            return replace(record, cells=(), problem=_AGAIN)
        self._is_other = True
        return replace(record, cells=(), problem=_OTHER)

    def row(self, record: Record) -> Record:
        """Put a row's cells in their place, or say that it has none."""
        if record.problem is not None or not any(cell.strip() for cell in record.cells):
            return record
        if self._is_other:
            return replace(record, cells=(), problem=_BELOW)
        if self._order is None:
            return record
        if len(record.cells) <= max(self._order):
            return replace(record, cells=(), problem=_SHORT)
        return replace(record, cells=tuple(record.cells[place] for place in self._order))


def holds_second_table(batch: pa.RecordBatch, headers: Sequence[str]) -> bool:
    """Whether a header stands among the rows that is not the first once more.

    Two columns are looked at as a whole; a row is read only where both hold names of columns.
    """
    if batch.num_columns < 2:
        return False
    found = pc.and_(*(pc.is_in(batch.column(place), _names()) for place in (0, 1)))
    own = [plain_header(header) for header in headers]
    return any(
        _is_foreign(batch, place, own) for place in np.flatnonzero(np.asarray(found)).tolist()
    )


def _is_foreign(batch: pa.RecordBatch, place: int, own: list[str]) -> bool:
    cells = [str(column[place].as_py() or "") for column in batch.columns]
    if not names_columns(cells):
        return False
    before = [str(column[place - 1].as_py() or "") for column in batch.columns] if place else []
    return _is_title(before) or [plain_header(_bare(cell)) for cell in cells] != own


@lru_cache(maxsize=1)
def _names() -> pa.Array:
    """Return the names of columns that are known, as headers are written."""
    ways = (str, str.title, str.upper, str.capitalize)
    told = {way(name) for name in known_names() for way in ways}
    told |= {name.replace(" ", sign) for name in told for sign in ("_", "")}
    return pa.array(sorted(told))
