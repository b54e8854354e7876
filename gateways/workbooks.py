"""Workbooks (.xlsx, .xls, .ods): the sheet that holds the list, each cell as text."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from campaign.errors import FileError
from gateways.file_bytes import is_book, opened_archive
from gateways.workers import Worker, limit_memory, serve

_MOST_CELLS_BYTES = 2 * 1024**3
_BOMB_RATIO = 500
_MOST_MEMORY = 8 * 1024**3
_OLD = b"\xd0\xcf\x11\xe0"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")


def is_workbook(path: Path) -> bool:
    """Whether the bytes are a workbook's, whatever the file is called."""
    with path.open("rb") as file:
        magic = file.read(4)
    return magic == _OLD or (magic == b"PK\x03\x04" and is_book(path))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet that are not blank, as text, and their numbers as a person sees them."""

    name: str
    rows: list[tuple[str, ...]]
    numbers: list[int]
    is_hidden: bool = False


def read_workbook(path: Path, workspace: Path) -> list[Sheet]:
    """Return the sheets that hold anything: those that can be seen first, the longest before.

    A process of its own reads it: one cell far right and far below makes the library ask for more
    memory than there is, and that ends the process.
    """
    _refuse_bomb(path)
    out = workspace / f"{path.name}.cells"
    reader = Worker("gateways.workbooks")
    try:
        rows = reader.ask({"path": str(path), "out": str(out)})
    finally:
        reader.dismiss()
    if rows is None:
        raise FileError(
            f"{path.name} is too large a workbook, or has a cell far from all others: save it as"
            " CSV."
        )
    if rows < 0:
        with path.open("rb") as file:
            locked = _PASSWORD in file.read()
        why = "locked with a password: save it without one" if locked else "a damaged workbook"
        raise FileError(f"{path.name} is {why}.")
    table = feather.read_table(out, memory_map=False)
    sheets = [
        Sheet(
            name,
            [tuple(row) for row in part["row"].to_pylist()],
            part["number"].to_pylist(),
            part["hidden"][0].as_py(),
        )
        for name in dict.fromkeys(table["sheet"].to_pylist())
        for part in (table.filter(pc.equal(table["sheet"], name)),)
    ]
    return sorted(sheets, key=lambda sheet: (sheet.is_hidden, -len(sheet.rows)))


def _write_rows(job: dict[str, Any]) -> int:
    """Write the rows of a workbook as Arrow; return how many, or -1 where it cannot be read."""
    try:
        seen = SheetVisibleEnum.Visible
        with Path(job["path"]).open("rb") as file:  # by its name it may be held for another kind
            book = CalamineWorkbook.from_filelike(file)
            told = [
                (about.name, number, cells, about.visible != seen)
                for about in book.sheets_metadata
                if about.typ == SheetTypeEnum.WorkSheet
                for number, cells in _rows_of(book.get_sheet_by_name(about.name))
            ]
    except (CalamineError, OSError, ValueError):
        return -1
    names, numbers, rows, hidden = zip(*told, strict=True) if told else ((), (), (), ())
    table = pa.table(
        {
            "sheet": pa.array(names, pa.string()),
            "number": pa.array(numbers, pa.int64()),
            "row": pa.array(rows, pa.list_(pa.string())),
            "hidden": pa.array(hidden, pa.bool_()),
        }
    )
    feather.write_feather(table, job["out"], "uncompressed")
    return len(told)


def _rows_of(sheet: CalamineSheet) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the rows that are not blank with their numbers; cells merged downwards say it in each.

    What is merged to the right stays in its first column: a title is no name of several columns.
    """
    top, left = sheet.start or (0, 0)
    rows = [list(map(cell_text, row)) for row in sheet.to_python()]
    for (first, column), (last, right) in sheet.merged_cell_ranges or ():
        if column == right and last - first < len(rows):
            for row in rows[max(first - top, 0) : last - top + 1]:
                row[column - left] = rows[first - top][column - left]
    for number, row in enumerate(rows, top + 1):
        if any(row):
            yield number, tuple(row)


def _refuse_bomb(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with opened_archive(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    limit = min(_MOST_CELLS_BYTES, max(path.stat().st_size * _BOMB_RATIO, 256 << 20))
    if size > limit:
        raise FileError(f"{path.name} unpacks to {size >> 20:,} MB: save it as CSV.")


def cell_text(cell: object) -> str:
    """Return what a person sees in a cell: whole numbers without a point, days as ISO days.

    >>> cell_text(2139.0), cell_text(12.5), cell_text(date(2026, 9, 1)), cell_text(True)
    ('2139', '12.5', '2026-09-01', 'true')
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        whole = cell.time() == time()
        return cell.date().isoformat() if whole else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, timedelta | time):
        return str(cell)
    return str(cell).replace("\0", "\ufffd").strip()


if __name__ == "__main__":
    limit_memory(_MOST_MEMORY)
    serve(lambda job: [_write_rows(job)])
