"""How the command line speaks: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(stderr=True, soft_wrap=True, highlight=False)
out = Console(soft_wrap=True, highlight=False)


def emit_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on stdout."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
    sys.stdout.flush()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; columns whose cells are all numbers stand to the right."""
    drawn = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for index, column in enumerate(columns):
        cells = [str(row[index]) for row in rows]
        numeric = bool(cells) and all(_looks_numeric(cell) for cell in cells)
        # On a narrow terminal texts go on below; a figure stays whole, or it would be another one.
        drawn.add_column(
            column,
            justify="right" if numeric else "left",
            overflow="fold",
            min_width=max(map(len, cells)) if numeric else None,
        )
    for row in rows:
        drawn.add_row(*(str(cell) for cell in row))
    out.print(drawn)


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
