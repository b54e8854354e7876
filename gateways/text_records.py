"""Records of a text file: in blocks where it is well formed, and one by one where it is not."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from campaign.lists.columns import text_bytes
from campaign.lists.fields import PROBLEM, RAW, ROW
from gateways.file_bytes import Plain
from gateways.second_tables import Record, holds_second_table, under_their_headers

_BLOCK_BYTES = 8 << 20
_MOST_LINES = 100  # a cell of more lines is a quote that nobody closed

# One quote around all of a line: "Ann","Roe" is two, whatever stands between them.
_ONE_QUOTE = re.compile(r'"(?:[^"]|"")*"')

csv.field_size_limit(2**31 - 1)


def fast_tables(
    plain: Plain, delimiter: str, headers: Sequence[str], skipped: int, size: int
) -> Iterator[pa.Table]:
    """Yield the records in tables; pyarrow.ArrowInvalid where a row is broken."""
    reader = pa_csv.open_csv(
        plain.path,
        pa_csv.ReadOptions(column_names=list(headers), skip_rows=skipped, block_size=_BLOCK_BYTES),
        pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=plain.has_quotes),
        pa_csv.ConvertOptions(
            column_types=dict.fromkeys(headers, pa.string()), strings_can_be_null=False
        ),
    )
    waiting: list[pa.RecordBatch] = []
    first, count = 1, 0
    last: pa.RecordBatch | None = None
    for batch in reader:
        if holds_second_table(batch, headers):
            raise pa.ArrowInvalid("a second table")
        if plain.has_quotes and _swallows_rows(batch, delimiter):
            raise pa.ArrowInvalid("a quote that holds whole rows")
        last = batch
        waiting.append(batch)
        count += batch.num_rows
        if count >= size:
            yield _numbered(waiting, first)
            first, count, waiting = first + count, 0, []
    if last is not None and plain.has_quotes and _ends_open(last):
        raise pa.ArrowInvalid("a quote that may not be closed")
    if count:
        yield _numbered(waiting, first)


def _swallows_rows(batch: pa.RecordBatch, delimiter: str) -> bool:
    """Whether a cell holds lines that are rows: what two stray quotes take between them."""
    for column in batch.columns:
        if not (text_bytes(column)[0] == ord("\n")).any():
            continue
        texts = column.filter(pc.greater(pc.count_substring(column, "\n"), 2)).to_pylist()
        if any(are_rows(text.split("\n")[1:], delimiter, batch.num_columns) for text in texts):
            return True
    return False


def are_rows(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether the further lines of a cell are rows of the table: each has its number of cells.

    >>> are_rows(["Bob,Poe,5", "Cy,Vee,6"], ",", 3), are_rows(["Dear Ann,", "thanks"], ",", 3)
    (True, False)
    """
    return len(lines) > 1 < width and all(line.count(delimiter) == width - 1 for line in lines)


def _ends_open(batch: pa.RecordBatch) -> bool:
    """Whether the last row goes over lines: a quote that nobody closes swallows the file's end."""
    row = batch.num_rows - 1
    return row >= 0 and any("\n" in str(column[row].as_py()) for column in batch.columns)


def _numbered(batches: list[pa.RecordBatch], first: int) -> pa.Table:
    table = pa.Table.from_batches(batches)
    rows = table.num_rows
    table = table.append_column(ROW, pa.array(range(first, first + rows), pa.int64()))
    return table.append_column(PROBLEM, pa.nulls(rows, pa.string()))


def slow_tables(
    plain: Plain, delimiter: str, headers: Sequence[str], skipped: int, size: int
) -> Iterator[pa.Table]:
    """Yield the same tables record by record, with the problem of each broken one."""
    waiting: list[Record] = []
    first = 1
    records = (one for one in iter_records(plain, delimiter) if one.line > skipped)
    for record in under_their_headers(records, headers):
        waiting.append(_fitted(record, len(headers)))
        if len(waiting) == size:
            yield table_of(headers, waiting, first)
            first, waiting = first + size, []
    if waiting:
        yield table_of(headers, waiting, first)


def without_outer_quotes(plain: Plain, workspace: Path) -> Plain:
    """Return a file whose whole lines were put in quotes without these: "Name,Phone"."""
    lines = [line.strip() for line in plain.first_lines(20)]
    if not all(map(_ONE_QUOTE.fullmatch, lines)):
        return plain
    cells = [next(csv.reader([line]), []) for line in lines]
    if not any(all(sign in row[0] for row in cells) for sign in ",;\t|"):
        return plain
    target = workspace / f"{plain.path.name}.unquoted"
    with plain.text() as file, target.open("w", encoding="utf-8", newline="") as out:
        for row in csv.reader(file):
            out.write(",".join(row) + "\n")
    return Plain(target, plain.encoding, plain.has_quotes)


def _fitted(record: Record, width: int) -> Record:
    cells = record.cells
    if record.problem or len(cells) == width:
        return record
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return Record(cells[:width], record.line)
    problem = f"the row has {len(cells):,} cells, the header {width:,}"
    # Spreadsheets leave the last empty cells of a row out: whether its cells fit is told later.
    lacking = cells + ("",) * (width - len(cells)) if 1 < len(cells) < width else ()
    return Record(lacking, record.line, problem, record.raw)


def table_of(headers: Sequence[str], records: Sequence[Record], first: int) -> pa.Table:
    """Return records as a table of text, with the number and the problem of each."""
    empty = ("",) * len(headers)
    columns = zip(
        *(record.cells or empty if record.problem else record.cells for record in records),
        strict=True,
    )
    table = {
        name: pa.array(cells, pa.string()) for name, cells in zip(headers, columns, strict=True)
    }
    table[ROW] = pa.array(range(first, first + len(records)), pa.int64())
    table[PROBLEM] = pa.array([record.problem for record in records], pa.string())
    table[RAW] = pa.array(
        [record.raw if record.problem else None for record in records], pa.string()
    )
    return pa.table(table)


def iter_records(plain: Plain, delimiter: str) -> Iterator[Record]:
    """Yield each record that is not blank; an open quote costs its own line only."""
    with plain.text() as file:
        ahead: deque[str] = deque()
        line_number, width = 0, 0
        while line := (ahead.popleft() if ahead else file.readline()):
            line_number += 1
            if not line.strip("\n"):
                continue
            width = width or len(_parse(line, delimiter, 0).cells)
            if line.count('"') % 2 and _quoting(line, delimiter) == "open":
                text, extra = _closed(line, ahead, file, delimiter, width)
                if text is None:
                    yield Record((), line_number, "a quote is not closed", line.rstrip("\n"))
                    continue
                line_number += extra
                line = text
            yield _parse(line, delimiter, line_number)


def _closed(
    line: str, ahead: deque[str], file: IO[str], delimiter: str, width: int
) -> tuple[str | None, int]:
    """Return the record with the lines that close its quote; or nothing, and all lines wait."""
    taken: list[str] = []
    text = line
    while len(taken) < _MOST_LINES:
        more = ahead.popleft() if ahead else file.readline()
        if not more:
            break
        taken.append(more)
        text += more
        if more.count('"') % 2 and _quoting(text, delimiter) == "closed":
            if are_rows(taken, delimiter, width):
                break
            return text, len(taken)
    ahead.extendleft(reversed(taken))
    return None, 0


def _quoting(text: str, delimiter: str) -> str:
    """Return whether the quotes of a record are closed, still open, or make no sense."""
    try:
        list(csv.reader([text.rstrip("\n")], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "open" if "end of data" in str(error) else "broken"
    return "closed"


def _parse(text: str, delimiter: str, line: int) -> Record:
    try:
        rows = list(csv.reader([text.rstrip("\n")], delimiter=delimiter))
    except csv.Error:
        return Record((), line, "the row cannot be cut into cells", text.rstrip("\n"))
    return Record(tuple(rows[0]) if rows else (), line, None, text.rstrip("\n"))
