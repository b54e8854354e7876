"""Lists as the tests write them, and rows as they come back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

HEADER = ["Id", "First Name", "Last Name", "Phone", "Email", "Address", "Zip", "Amount", "Date"]
_GIVEN, _LATER = ("25", "01/31/2026"), ("$50.00", "02/01/2026")
ROWS = [
    ["1", "John", "Smith", "(617) 555-0142", "john@example.org", "12 Main St", "2139", *_GIVEN],
    ["2", "Jane", "Smith", "617.555.0142", "jane@example.org", "12 Main St", "02139", *_LATER],
    ["3", "JOHN", "SMITH", "+1 617 555 0142", "john@example.org", "", "", "100", "02/02/2026"],
    ["4", "", "", "", "", "", "", "", ""],
    ["5", "Bob", "Roe", "212-555-0143", "", "", "", "lots", "02/02/2026"],
    ["6", "=HYPERLINK(1)", "Null", "212-555-0144", "n/a", "", "", "", ""],
]

# Brings a list in and returns its account.
Import = Callable[..., dict[str, Any]]


def write_list(path: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    """Write a list; return where it is."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a file that was given out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# How a table is read so that two states can be compared: without when it was touched, and without
# where a person's rows are told of: `staged_row` has them all.
_STORY = {
    "donor": "select to_jsonb(d) - 'updated_at' - 'first_row' from donor d order by id",
    "household": "select to_jsonb(h) from household h order by id",
    "staged_row": "select to_jsonb(r) from staged_row r order by batch_id, source_row",
    "list_part": "select to_jsonb(p) - 'data' from list_part p order by batch_id, number",
    "list_batch": "select to_jsonb(b) - 'created_at' - 'admitted_at' - 'quality' - 'rejects_file'"
    " from list_batch b order by id",
    "suppression": "select to_jsonb(s) from suppression s order by id",
} | {
    kind: f"select to_jsonb(t) from {kind} t order by 1"
    for kind in ("gift", "donor_phone", "donor_email", "donor_address", "donor_external_id")
}


def story_of_all(database: Engine) -> dict[str, Any]:
    """Return what everybody has and where it came from: rows, by table."""
    with database.connect() as connection:
        return {name: connection.scalars(text(query)).all() for name, query in _STORY.items()}


def counts(account: dict[str, Any]) -> tuple[int, ...]:
    """Return what became of the rows: imported, merged, unchanged, quarantined."""
    return tuple(account[name] for name in ("imported", "merged", "unchanged", "quarantined"))


def state(database: Engine) -> dict[str, Any]:
    """Return everything that a list changes, moments left out."""
    tables = {
        "donor": "select to_jsonb(d) - 'updated_at' from donor d order by id",
        "gift": "select to_jsonb(g) from gift g order by id",
        "row": "select to_jsonb(r) from staged_row r order by batch_id, source_row",
        "batch": "select to_jsonb(b) - 'created_at' - 'admitted_at' - 'quality'"
        " - 'rejects_file' from list_batch b order by id",
        "phone": "select to_jsonb(p) from donor_phone p order by donor_id, phone_e164",
        "audit": "select to_jsonb(a.action) from audit_entry a order by id",
        "household": "select to_jsonb(h) from household h order by id",
    }
    with database.connect() as connection:
        return {
            name: [row[0] for row in connection.execute(text(query))]
            for name, query in tables.items()
        }
