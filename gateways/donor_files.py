"""Files of people, whatever they are: opened, decompressed, decoded and cut into parts.

Cells leave here as text in Arrow tables, each row with its number and, where the row itself is
broken, with the problem. What the cells mean is for `campaign/lists` to say.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from campaign.errors import FileError
from campaign.lists.fields import Places
from campaign.lists.formats import header_score, headerless_format
from campaign.lists.headers import read_header
from campaign.lists.recognise import recognise
from gateways.contact_cards import are_cards, read_cards
from gateways.file_bytes import Plain, open_plain, taken_out, unpacked
from gateways.fixed_width import as_delimited, cut_at, is_ruling
from gateways.json_records import is_json, read_json
from gateways.markup import is_markup, read_markup
from gateways.second_tables import Record, under_their_headers
from gateways.text_records import (
    fast_tables,
    iter_records,
    slow_tables,
    table_of,
    without_outer_quotes,
)
from gateways.workbooks import Sheet, is_workbook, read_workbook

PART_ROWS = 50_000
MOST_COLUMNS = 2_000
_DELIMITERS = (",", "\t", ";", "|", "^", "~", "\x1f", "\x1c", "\x01")
_LOOK_FOR_HEADER = 25
_SAMPLE = 400
_NO_HEADER = 5_000  # characters of a cell


class SheetNote(NamedTuple):
    """What became of a sheet of a workbook."""

    name: str
    rows: int
    is_read: bool
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file that was opened: how it is written, its columns and its first rows."""

    path: Path
    name: str
    sha256: str
    encoding: str
    delimiter: str | None
    skipped: int
    headers: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    plain: Plain | None
    rows: tuple[tuple[str, ...], ...] | None
    sheets: tuple[SheetNote, ...] = ()  # of a workbook
    stamp: tuple[int, ...] = ()
    places: Places | None = None  # of its columns, where a person said them
    told_encoding: str | None = None  # by a person

    @property
    def kind(self) -> str:
        """What a person calls it."""
        return "workbook" if self.rows is not None else "text"

    def require_unchanged(self) -> None:
        """Refuse a file that was written to, or put in another one's place, while it was read."""
        if self.stamp and self.stamp != _stamp(_on_disk(self.path)):
            raise FileError(
                f"{self.name} changed while it was read: wait until it is whole, and try again."
            )


def open_list(
    path: Path,
    workspace: Path,
    code: str | None = None,
    places: Places | None = None,
    encoding: str | None = None,
) -> ListFile:
    """Return what the file is; FileError says in one sentence why it is no list.

    With places its columns stand there, and have these names: of text alone, without a header.
    The encoding is that of a text which is not UTF-8.
    The workspace takes copies that are decompressed or decoded; the caller removes it.
    """
    stamp = _stamp(_on_disk(path))
    inner = taken_out(path, workspace)
    if not inner.exists():
        raise FileError(f"There is no file {path}.")
    if not inner.is_file():
        raise FileError(f"{path} is not a file.")
    try:
        file = replace(
            _opened(inner, workspace, code, places, encoding), stamp=stamp, told_encoding=encoding
        )
    except PermissionError as error:
        raise FileError(f"{path.name} may not be read (permission).") from error
    if inner is not path:
        named = path.relative_to(_on_disk(path).parent).as_posix()
        file = replace(file, path=path, name=named)
    file.require_unchanged()
    return file


def _on_disk(path: Path) -> Path:
    """Return a file, or the archive that it is in."""
    return next((parent for parent in path.parents if parent.is_file()), path)


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes with a file: its size, when it was written, and which one it is."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_size, about.st_mtime_ns, about.st_ino


def _opened(
    path: Path, workspace: Path, code: str | None, places: Places | None, encoding: str | None
) -> ListFile:
    digest = _digest(path)
    inner = path if is_workbook(path) else unpacked(path, workspace)
    if places:
        plain = open_plain(inner, workspace, path.name, encoding)
        return _from_places(path, digest, plain, workspace, places)
    if is_workbook(inner):
        return _from_workbook(path, digest, read_workbook(inner, workspace), code)
    for kind, is_one, read in _TABLES:
        if is_one(inner):
            rows = [row for row in read(inner, workspace, path.name) if any(row)]
            _require_rows(bool(rows), path.name)
            sheet = Sheet(kind, rows, list(range(1, len(rows) + 1)))
            return replace(_from_workbook(path, digest, [sheet], code), encoding=kind)
    plain = open_plain(inner, workspace, path.name, encoding)
    return _from_text(path, digest, plain, workspace, code)


# Files that are no text to cut, and no workbook: what each is, how it is known, how it is read.
_TABLES: tuple[tuple[str, Callable[[Path], bool], Callable[..., list[tuple[str, ...]]]], ...] = (
    ("web page", is_markup, read_markup),
    ("contact cards", are_cards, read_cards),
    ("JSON", is_json, read_json),
)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_workbook(path: Path, digest: str, sheets: list[Sheet], code: str | None) -> ListFile:
    """Read the sheet of people that holds most, and after it those that have the same header."""
    if not sheets:
        raise FileError(f"{path.name} holds no rows.")
    if len(sheets) > 1:
        sheets = sorted(sheets, key=lambda sheet: (sheet.is_hidden, not _reaches_people(sheet)))
    rows = sheets[0].rows
    at, headers = _header(rows, path.name, code)
    body, read = rows[at + 1 :], [sheets[0].name]
    for sheet in sheets[1:] if at >= 0 else ():
        if sheet.is_hidden:
            continue
        if (same := _place_of(rows[at], sheet.rows)) is not None:
            body += _in_order(rows[at], sheet.rows[same:])
            read.append(sheet.name)
    _require_rows(bool(body), path.name)
    headers = _with_nameless(headers, body)
    width = len(headers)
    fitted = tuple((*row, *("",) * width)[:width] for row in body)
    return ListFile(
        path=path,
        name=path.name,
        sha256=digest,
        encoding="workbook",
        delimiter=None,
        skipped=sheets[0].numbers[at] if at >= 0 else 0,
        headers=headers,
        sample=_whole([Record(row, 0) for row in fitted[:_SAMPLE]], headers),
        plain=None,
        rows=fitted,
        sheets=tuple(
            SheetNote(sheet.name, len(sheet.rows), sheet.name in read, sheet.is_hidden)
            for sheet in sheets
        ),
    )


def _reaches_people(sheet: Sheet) -> bool:
    """Whether a sheet tells where people are reached: one of codes or hints may be longer."""
    try:
        at, headers = _header(sheet.rows, sheet.name, None)
    except FileError:
        return False
    columns = recognise(headers, sheet.rows[at + 1 :][:_SAMPLE], None).columns
    return bool({"phone", "email", "contact", "street"} & {column.field for column in columns})


def _with_nameless(headers: tuple[str, ...], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the names of all columns; what stands right of the header has none, and is kept."""
    width = len(headers)
    last = max((_filled(row) for row in rows if len(row) > width), default=0)
    return headers + tuple(f"Column {place}" for place in range(width + 1, last + 1))


def _as_wide_as_rows(
    headers: tuple[str, ...], width: int, rows: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """Return names for the empty cells at a header's end, too, where rows have those columns."""
    if sum(len(row) == width for row in rows) * 2 <= len(rows):
        return headers
    return headers + tuple(f"Column {place}" for place in range(len(headers) + 1, width + 1))


def _filled(row: Sequence[str]) -> int:
    return next((place for place in range(len(row), 0, -1) if row[place - 1]), 0)


def _place_of(header: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """Return where a sheet repeats another one's header, its columns in whatever order."""
    wanted = sorted(_as_named(header))
    looked = map(_as_named, rows[:_LOOK_FOR_HEADER])
    return next((place for place, row in enumerate(looked) if sorted(row) == wanted), None)


def _in_order(header: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
    """Return the rows below a header with the same names, their cells where another has them."""
    own, wanted = _as_named(rows[0]), _as_named(header)
    if own == wanted or len(set(own)) < len(own):
        return rows[1:]
    order = [own.index(name) for name in wanted]
    return [tuple(row[place] if place < len(row) else "" for place in order) for row in rows[1:]]


def _as_named(row: Sequence[str]) -> list[str]:
    return [cell.strip().casefold() for cell in row[: _filled(row)]]


def _from_text(
    path: Path, digest: str, plain: Plain, workspace: Path, code: str | None
) -> ListFile:
    plain = without_outer_quotes(plain, workspace)
    line = _header_of_places(plain)
    plain = (as_delimited(plain, workspace, line) if line else None) or plain
    delimiter = _delimiter(plain)
    records = _first_records(plain, delimiter)
    if not records:
        raise FileError(f"{path.name} holds no rows.")
    rows = [record.cells for record in records]
    form = headerless_format(rows[0])
    at, headers = (-1, form.headerless) if form else _header(rows, path.name, code)
    _require_rows(len(rows) > at + 1, path.name)
    skipped = records[at].line if at >= 0 else 0
    sample = _whole(records[at + 1 :], headers)
    if at >= 0:
        headers = _as_wide_as_rows(headers, len(rows[at]), sample)
    return ListFile(
        path, path.name, digest, plain.encoding, delimiter, skipped, headers, sample, plain, None
    )


def _from_places(
    path: Path, digest: str, plain: Plain, workspace: Path, places: Places
) -> ListFile:
    signs = [(first - 1, last) for first, last in places.values()]
    cut = cut_at(plain, workspace, signs)
    headers = unique_names(list(places))
    sample = _whole(_first_records(cut, "\t"), headers)
    _require_rows(bool(sample), path.name)
    return ListFile(
        path, path.name, digest, plain.encoding, "\t", 0, headers, sample, cut, None, places=places
    )


def _header_of_places(plain: Plain) -> str | None:
    """Return the line that names columns with blanks between and no other sign, if there is one."""
    for line in plain.first_lines(_LOOK_FOR_HEADER):
        named = re.split(r" {2,}", line.strip())
        if not any(sign in line for sign in _DELIMITERS) and header_score(named) > 1:
            return line
    return None


def _whole(records: Sequence[Record], headers: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the first rows that stand under the header, to be looked at."""
    told = under_their_headers(iter(records[:_SAMPLE]), headers)
    return tuple(record.cells for record in told if record.problem is None)


def _require_rows(found: bool, name: str) -> None:
    if not found:
        raise FileError(f"{name} has a header and no rows.")


def _first_records(plain: Plain, delimiter: str) -> list[Record]:
    records: list[Record] = []
    for record in iter_records(plain, delimiter):
        if record.problem is None and any(cell.strip() for cell in record.cells):
            records.append(record)
        if len(records) >= _SAMPLE + _LOOK_FOR_HEADER:
            break
    return records


def _delimiter(plain: Plain) -> str:
    """Return the sign that cuts the first lines into the most even rows."""
    lines = [line for line in plain.first_lines(_LOOK_FOR_HEADER * 2) if not is_ruling(line)]
    best, best_score = ",", 0.0
    for sign in _DELIMITERS:
        widths = [len(row) for row in _tolerant(lines, sign) if row]
        if not widths or max(widths) < 2:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        score = widths.count(usual) / len(widths) * min(usual, 12) if usual > 1 else 0
        if score > best_score:
            best, best_score = sign, score
    return best


def _tolerant(lines: Sequence[str], sign: str) -> list[list[str]]:
    csv.field_size_limit(2**31 - 1)
    try:
        return list(csv.reader(lines, delimiter=sign))
    except csv.Error:
        return []


def _header(
    rows: Sequence[Sequence[str]], name: str, code: str | None
) -> tuple[int, tuple[str, ...]]:
    """Return where the header is and its names, each once; title rows come before it."""
    rows = [[cell[:_NO_HEADER] for cell in row] for row in rows[:_LOOK_FOR_HEADER]]
    if max(map(len, rows)) > MOST_COLUMNS:
        widest = max(map(len, rows))
        raise FileError(
            f"{name} has {widest:,} columns, and a list at most {MOST_COLUMNS:,}: keep those that"
            " tell of people and gifts."
        )
    if any(len(cell) == _NO_HEADER for cell in rows[0]):
        raise FileError(f"{name} begins with a line that is no row of a list: it is far too long.")
    is_wide = max(map(_told, rows)) > 1
    scores = [header_score(row, code) if _told(row) > is_wide else 0 for row in rows]
    at = max(range(len(rows)), key=lambda place: (scores[place], -place))
    if scores[at] <= 1:  # one word may be a name of a column, and stand in a row
        last = at if scores[at] else len(rows)
        words = (
            place
            for place, row in enumerate(rows[:last])
            if _looks_like_header(row) or _heads_contacts(row, rows[place + 1 :])
        )
        at = next(words, at if scores[at] else -1)
        if at < 0:
            width = max(map(len, rows))
            return -1, tuple(f"Column {place}" for place in range(1, width + 1))
    _refuse_sideways(rows[at:], name)
    return at, unique_names(rows[at])


def _refuse_sideways(rows: Sequence[Sequence[str]], name: str) -> None:
    """Refuse a table whose people are columns: the names of its columns stand below each other."""
    first = [read_header(row[0]).field for row in rows if row and row[0].strip()]
    if len(set(first) - {None}) > 2 and len(first) == len(rows) and None not in first:
        raise FileError(f"{name} lies on its side, a person a column: transpose it first.")


def _told(row: Sequence[str]) -> int:
    """Return how many cells of a row say something: a title is one cell."""
    return sum(bool(cell.strip()) for cell in row)


def _looks_like_header(row: Sequence[str]) -> bool:
    return len(row) > 1 and all(
        cell and not any(map(str.isdigit, cell)) and "@" not in cell for cell in row
    )


def _heads_contacts(row: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a word alone stands above a single column of e-mails or phones.

    >>> _heads_contacts(["To"], [["ann@example.org"], ["Bob <bob@example.org>"], ["617-555-0134"]])
    True
    """
    if len(row) != 1 or not row[0].isalpha() or len(rows) < 3:
        return False
    return all("@" in cell or sum(map(str.isdigit, cell)) > 6 for below in rows for cell in below)


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the header's names, each once: the second `Reserved` is `Reserved (2)`."""
    names: dict[str, None] = {}
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"Column {place}"
        others = (f"{name} ({number})" for number in count(2))
        names[next(one for one in chain([name], others) if one not in names)] = None
    while len(names) > 1 and not cells[len(names) - 1].strip():
        names.popitem()  # empty columns at the end of a sheet
    return tuple(names)


def read_parts(file: ListFile, *, strict: bool, rows: int = PART_ROWS) -> Iterator[pa.Table]:
    """Yield the records as tables of text, with the row's number and problem.

    Strict reading is fast and raises pyarrow.ArrowInvalid at the first broken row; the other
    goes row by row and says what is wrong with each.
    """
    if file.plain is None:
        yield from _sheet_parts(file, rows)
        return
    read = fast_tables if strict else slow_tables
    yield from read(file.plain, file.delimiter or ",", file.headers, file.skipped, rows)


def _sheet_parts(file: ListFile, size: int) -> Iterator[pa.Table]:
    rows = (Record(row, place, raw=_as_line(row)) for place, row in enumerate(file.rows or (), 1))
    records = under_their_headers(rows, file.headers)
    first = 1
    while part := list(islice(records, size)):
        yield table_of(file.headers, part, first)
        first += len(part)


def _as_line(row: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(row)
    return line.getvalue().rstrip()
