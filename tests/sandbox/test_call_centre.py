"""Call centres answer by the person, whatever the order, within what the law leaves."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.call_centre import COLUMNS, CallCentre, agreed_cents
from sandbox.population import Population

START = datetime(2026, 9, 8, 15, tzinfo=UTC)
END = datetime(2026, 9, 9, 1, tzinfo=UTC)


def rows_of(people: Population) -> list[dict[str, Any]]:
    """A row a person; a father and a son of one name at one phone cannot be told apart."""
    distinct = people.people.drop_duplicates(["phone_e164", "first_name"])
    return [
        {
            "packet_row_id": f"R{number}",
            "phone_e164": person.phone_e164,
            "first_name": person.first_name,
            "asks_cents": [50_000, 25_000, 10_000, 5_000],
            "headroom_cents": 20_000,
        }
        for number, person in enumerate(distinct.itertuples())
    ]


def test_the_order_of_the_rows_changes_nothing(people: Population) -> None:
    centre, rows = CallCentre(people, "NORTH"), rows_of(people)
    shuffled = random.Random(1).sample(rows, len(rows))
    assert centre.results(rows, START, END) == centre.results(shuffled, START, END)


def test_the_packets_own_numbers_change_nothing(people: Population) -> None:
    rows = rows_of(people)[:200]
    other = [row | {"packet_row_id": f"X{number}"} for number, row in enumerate(rows)]
    first, again = (CallCentre(people).results(one, START, END) for one in (rows, other))
    assert [one.call_id for one in first] == [one.call_id for one in again]


def test_another_attempt_may_end_otherwise(people: Population) -> None:
    centre, rows = CallCentre(people), rows_of(people)[:300]
    first = {r.packet_row_id: r.disposition for r in centre.results(rows, START, END)}
    second = {r.packet_row_id: r.disposition for r in centre.results(rows, START, END, attempt=2)}
    assert first.keys() == second.keys()
    assert first != second


def test_calls_stay_in_the_window_and_pledges_within_the_law(people: Population) -> None:
    rows = rows_of(people)
    results = CallCentre(people).results(rows + rows[:50], START, END)
    assert len(results) == len(rows) + 50
    assert len({r.call_id for r in results}) == len(results)
    assert all(START <= r.started_at < END for r in results)
    pledged = [r for r in results if r.disposition == "pledged"]
    assert len(pledged) > 100
    assert {r.pledge_cents for r in pledged} <= {10_000, 5_000}
    assert all(r.pledge_due_on and r.pledge_due_on > START.date() for r in pledged)
    assert all(r.pledge_cents is None for r in results if r.disposition != "pledged")


def test_a_row_outside_the_shift_is_not_called(people: Population) -> None:
    row = rows_of(people)[0] | {
        "call_from": "2026-09-10T15:00:00+00:00", "call_until": "2026-09-10T20:00:00+00:00",
    }  # fmt: skip
    assert CallCentre(people).results([row], START, END) == []


def test_the_results_file_has_the_agreed_columns(people: Population, tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    made = CallCentre(people).write_results(rows_of(people)[:50], path, START, END)
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert tuple(read[0]) == COLUMNS
    assert [row["call_id"] for row in read] == [result.call_id for result in made]
    assert all(datetime.fromisoformat(row["started_at"]).tzinfo for row in read)


def test_a_number_of_nobody_is_disconnected(people: Population) -> None:
    row = {"packet_row_id": "1", "phone": "(202) 555-0000"}
    assert CallCentre(people).call(row, START).disposition == "disconnected"


@pytest.mark.parametrize("asks", ["$500; $250; $100", "500.00, 250.00, 100.00"])
def test_asks_are_read_from_text(people: Population, asks: str) -> None:
    rows = [{**row, "asks": asks, "asks_cents": None} for row in rows_of(people)]
    pledges = {r.pledge_cents for r in CallCentre(people).results(rows, START, END)}
    assert pledges == {None, 10_000}  # 250 and 500 are above the headroom


@settings(max_examples=200, deadline=None)
@given(
    usual=st.integers(500, 500_000),
    stretch=st.floats(0.5, 3),
    asks=st.lists(st.integers(500, 500_000), max_size=5),
    headroom=st.none() | st.integers(0, 500_000),
)
def test_nobody_agrees_to_more_than_asked_or_allowed(
    usual: int, stretch: float, asks: list[int], headroom: int | None
) -> None:
    agreed = agreed_cents(usual, stretch, asks, headroom)
    if agreed is not None:
        assert agreed > 0
        assert headroom is None or agreed <= headroom
        assert not asks or agreed in asks
