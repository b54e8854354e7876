"""How the command line speaks: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(stderr=True, soft_wrap=True, highlight=False)
out = Console(soft_wrap=True, highlight=False)


def emit_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on stdout."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
    sys.stdout.flush()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; columns whose cells are all numbers stand to the right.

    Without a row it says so in one line.
    """
    if not rows:
        out.print(Text.assemble((title, "bold"), ": none"))
        return
    drawn = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    cells_of = [[str(row[index]) for row in rows] for index in range(len(columns))]
    least, most = _widths(columns, cells_of)
    for index, (column, cells) in enumerate(zip(columns, cells_of, strict=True)):
        drawn.add_column(
            column,
            justify="right" if _is_numeric(cells) else "left",
            overflow="fold",
            min_width=least.get(index),
            max_width=most.get(index),
        )
    for row in rows:
        drawn.add_row(*(str(cell) for cell in row))
    out.print(drawn)


def _is_numeric(cells: Sequence[str]) -> bool:
    return bool(cells) and all(_looks_numeric(cell) for cell in cells)


_FOLDED = range(10, 3, -1)  # to so many letters a text may be folded


def _widths(
    columns: Sequence[str], cells_of: Sequence[Sequence[str]]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the least and the most width of columns that a narrow terminal would break.

    Texts go on below; a figure stays whole, or it would be another one; so does a code while
    there is room.
    """
    lines = [_lines(column, cells) for column, cells in zip(columns, cells_of, strict=True)]
    full = [max((len(line) for line in found), default=0) for found in lines]
    texts = [index for index, cells in enumerate(cells_of) if not _is_numeric(cells)]
    least = {index: width for index, width in enumerate(full) if index not in texts}
    room = out.width - 2 * len(columns) + 2 - sum(least.values())
    if sum(full[index] for index in texts) <= room:
        return least, {}
    folded = _FOLDED[-1]
    for folded in _FOLDED:
        if sum(min(folded, full[index]) for index in texts) <= room:
            break
    short = {index: min(folded, full[index]) for index in texts}
    room -= sum(short.values())
    words = {index: max(map(len, " ".join(lines[index]).split() or [""])) for index in texts}
    for index in sorted(texts, key=words.__getitem__):
        wanted = max(0, words[index] - short[index])
        if wanted <= room:
            least[index], room = short[index] + wanted, room - wanted
    shrunk = [index for index in texts if full[index] > least.get(index, 0)]
    share = max(0, room) // max(1, len(shrunk))
    most = {index: least.get(index, short[index]) + share for index in shrunk}
    return least, least | most


def _lines(column: str, cells: Sequence[str]) -> list[str]:
    """Return what a column may break between: the words of its head, the lines of its cells."""
    plain = [Text.from_markup(cell).plain for cell in cells]
    return [*column.split(), *(line for cell in plain for line in cell.split("\n"))]


def _looks_numeric(cell: str) -> bool:
    return (
        bool(cell) and cell.lstrip("-$").replace(",", "").replace(".", "").rstrip("%s ").isdigit()
    )


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show on a terminal what is being done, and how long it took when that was long."""
    started = time.monotonic()
    if not console.is_terminal:
        yield
        return
    with console.status(f"{what} …"):
        yield
    seconds = time.monotonic() - started
    if seconds > 2:
        console.print(f"[dim]{what}: {seconds:.1f} s[/dim]")


def several(number: int, one: str) -> str:
    """Return a number with what it counts, as people say it: 1 row, 2,000 rows."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"
