"""The rows behind a report's figures, as its package holds them.

Belongs here: reading a section's rows, once their file is what was drawn up. Does not belong here:
what a figure is (`campaign/compliance/figures`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from campaign.errors import StateError
from gateways.report_files import sha256_of


def section_rows(
    code: str, folder: Path, files: Sequence[Mapping[str, Any]], section: str
) -> list[dict[str, str]]:
    """Return a section's rows; StateError when the file is not what was drawn up."""
    name = f"rows/{section}.csv"
    path = folder / name
    known = {file["name"]: file["sha256"] for file in files}
    if not path.is_file() or sha256_of(path) != known.get(name):
        raise StateError(f"{name} of {code} is missing or was changed.")
    text = path.read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def rows_of_figure(
    code: str, folder: Path, files: Sequence[Mapping[str, Any]], fact: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Return the rows of a section that make a figure; those that add nothing say nothing."""
    rows = section_rows(code, folder, files, fact["section"])
    if fact["column"]:
        rows = [row for row in rows if row[fact["column"]] not in ("", "0")]
    return [
        row for row in rows if all(row[name] in values for name, values in fact["where"].items())
    ]
