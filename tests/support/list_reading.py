"""A file of people, opened and normalised as an import would, without a database."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from campaign.lists.normalise import decide, looks_american, normalise
from campaign.lists.recognise import recognise, require_people
from gateways.donor_files import ListFile, open_list, read_parts
from tasks.lists import distinct_values


def read_list(
    tmp_path: Path, text: str | bytes, name: str = "list.csv", *, strict: bool = False
) -> list[dict[str, Any]]:
    """Return the normalised rows of a file of this content, read as an import would or slowly."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    file = open_list(path, tmp_path)
    try:
        return rows_of(file, strict=strict)
    except pa.ArrowInvalid:
        return rows_of(file)


def rows_of(file: ListFile, *, strict: bool = False) -> list[dict[str, Any]]:
    """Return the normalised rows of a file that was opened."""
    mapping = recognise(file.headers, file.sample, None)
    require_people(mapping)
    part = next(iter(read_parts(file, strict=strict)))
    american = looks_american(part, mapping)
    decisions = decide(mapping, distinct_values(part, mapping), looks_american=american)
    found: list[dict[str, Any]] = normalise(
        part, mapping, decisions, date(2026, 11, 22)
    ).to_pylist()
    return found


def told(rows: list[dict[str, Any]], *fields: str) -> list[tuple[Any, ...]]:
    """Return some fields of each row."""
    return [tuple(row[field] for field in fields) for row in rows]
