"""Tables that systems save as .xls and write as a web page or as a spreadsheet's XML."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from campaign.errors import FileError

_BEGINS = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<?xml", b"<workbook")
_MOST_BYTES = 64 << 20
_TABLE, _ROW, _CELL = ("table", "worksheet"), ("tr", "row"), ("td", "th", "cell")


def is_markup(path: Path) -> bool:
    """Whether a file begins as a web page or as XML, whatever it is called."""
    with path.open("rb") as file:
        head = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith(_BEGINS)


def read_markup(path: Path, _workspace: Path, name: str) -> list[tuple[str, ...]]:
    """Return the rows of the largest table of a page; FileError where there is none."""
    if path.stat().st_size > _MOST_BYTES:
        raise FileError(f"{name} is too large a web page: save it as CSV.")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    page = _Tables()
    page.feed(text)
    rows = max(page.tables, key=len, default=[])
    if not rows:
        raise FileError(f"{name} is a web page without a table: save the list as CSV or .xlsx.")
    return [tuple(row) for row in rows]


class _Tables(HTMLParser):
    """The rows of each table, a text a cell; what is not in a cell is passed over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in (*_ROW, *_CELL, *_TABLE):
            self._end_cell()  # a page may leave the end of a cell out
        if tag in _TABLE:
            self.tables.append([])
        elif tag in _ROW and self.tables:
            self.tables[-1].append([])
        elif tag in _CELL and self.tables and self.tables[-1]:
            self._leave_out(dict(attrs))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def _leave_out(self, attributes: dict[str, str | None]) -> None:
        """Fill the cells that a spreadsheet's XML leaves out: the next one tells its place."""
        place = attributes.get("ss:index") or ""
        row = self.tables[-1][-1]
        if place.isdecimal():
            row.extend([""] * min(int(place) - 1 - len(row), 10_000))

    def handle_endtag(self, tag: str) -> None:
        if tag in (*_ROW, *_CELL, *_TABLE):
            self._end_cell()

    def _end_cell(self) -> None:
        if self._cell is not None:
            self.tables[-1][-1].append("".join(self._cell).replace("\0", "\ufffd").strip())
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
