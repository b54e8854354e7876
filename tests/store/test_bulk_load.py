"""What lays indexes and checks aside leaves what a small load or removal leaves."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from campaign.requests import ImportRequest
from flows.import_donors import import_donors
from store import bulk_load
from tasks.list_desk import undo_batch

_SHAPE = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
    from pg_constraint union all
    select tablename, indexname, indexdef, true from pg_indexes where schemaname = 'public'
    union all select table_name, column_name, column_default, true
    from information_schema.columns where table_schema = 'public' order by 1, 2, 3
"""
_ROWS = {
    "donor": "select to_jsonb(d) - 'updated_at' from donor d order by id",
    "gift": "select to_jsonb(g) from gift g order by id",
    "staged_row": "select to_jsonb(r) from staged_row r order by batch_id, source_row",
    "row_end": "select to_jsonb(r) from row_end r order by batch_id, source_row",
    "donor_email": "select to_jsonb(p) from donor_email p order by donor_id, email",
    "donor_external_id": "select to_jsonb(i) from donor_external_id i order by 1",
}


def _list(path: Path, first: int, count: int) -> ImportRequest:
    """Write people with gifts, two of them under one number and one with two e-mails."""
    names = ["Contact ID", "First Name", "Last Name", "Phone", "Email", "Gift ID", "Amount", "Date"]
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(names)
        for number in range(first, first + count):
            email = f"p{number}@example.org" + (";second@example.org" if number == 3 else "")
            name = 'O\'Neil, the "younger"' if number == 5 else f"Family{number}"
            gift = ("G1" if number == 2 else f"G{number}", "5", "2024-01-02")
            out.writerow([number, "Ann", name, f"617-555-{number:04}", email, *gift])
    return ImportRequest(path=str(path), source="WEB", format="plain")


def _state(database: Engine) -> dict[str, Any]:
    with database.connect() as connection:
        return {name: connection.scalars(text(query)).all() for name, query in _ROWS.items()}


def _shape(database: Engine) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text(_SHAPE)).all())


@pytest.mark.parametrize("smallest", [1, 50_000], ids=["laid aside", "as they are"])
def test_two_lists_leave_the_same_people_and_the_same_tables(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smallest: int
) -> None:
    before = _shape(database)
    monkeypatch.setattr(bulk_load, "WORTH_IT", smallest)
    one = import_donors.fn(_list(tmp_path / "one.csv", 1, 30))
    two = import_donors.fn(_list(tmp_path / "two.csv", 21, 30))
    assert (one["imported"], two["imported"], two["unchanged"]) == (30, 20, 10)
    assert _shape(database) == before
    state = _state(database)
    assert [row["id"] for row in state["donor"]] == list(range(1, 51))
    assert {row["status"] for row in state["donor"]} == {"active"}
    assert {tuple(row["provenance"]) for row in state["donor"][:30]} == {("own_donors",)}
    assert [row["first_batch_id"] for row in state["donor"]] == [1] * 30 + [2] * 20
    assert state["donor"][4]["last_name"] == 'O\'Neil the "younger"'
    assert len({row["external_id"] for row in state["gift"]}) == len(state["gift"]) == 49
    assert [row["batch_id"] for row in state["staged_row"]] == [1] * 30 + [2] * 30
    assert [row["donor_id"] for row in state["staged_row"]] == [*range(1, 31), *range(21, 51)]
    told = [(row["batch_id"], row["source_row"], row["donor_id"]) for row in state["row_end"]]
    assert told == [(2, row, 20 + row) for row in range(1, 11)]  # of the others a person tells
    assert [row["email"] for row in state["donor_email"]] == ["second@example.org"]
    assert len(state["donor_external_id"]) == 50
    undo_batch(one["batch_id"])
    assert _shape(database) == before
    after = _state(database)
    assert [row["id"] for row in after["donor"]] == list(range(21, 51))
    assert {row["batch_id"] for row in after["staged_row"]} == {2}
    assert [row["donor_id"] for row in after["staged_row"]] == list(range(21, 51))
