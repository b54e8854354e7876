"""Workbooks (.xlsx, .xls, .ods): the sheet that holds the list, each cell as text."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from campaign.errors import FileError

_MOST_CELLS_BYTES = 2 * 1024**3
_BOMB_RATIO = 500
_OLD = b"\xd0\xcf\x11\xe0"


def is_workbook(path: Path) -> bool:
    """Whether the bytes are a workbook's, whatever the file is called."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == _OLD:
        return True
    if magic != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return any(name.startswith("xl/") or name == "content.xml" for name in names)


def read_workbook(path: Path) -> list[tuple[str, ...]]:
    """Return the rows of the sheet that holds most, as text; blank rows are left out."""
    _refuse_bomb(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    except (CalamineError, OSError, ValueError) as error:
        raise FileError(f"{path.name} is a damaged or locked workbook.") from error
    rows = max(sheets, key=lambda sheet: sum(map(len, sheet)), default=[])
    texts = [tuple(map(cell_text, row)) for row in rows]
    return [row for row in texts if any(row)]


def _refuse_bomb(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
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
