"""Exports of the systems that campaigns use: each value of a person lands in its own field."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from campaign.lists.fields import PROBLEM, ROW
from campaign.lists.normalise import decide, normalise
from campaign.lists.recognise import recognise
from tasks.lists import distinct_values

_EXPORTS: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[2] / "support" / "list_exports.toml").read_text(encoding="utf-8")
)
_WHO = (("Ann", "Roe", "F", "Ms."), ("Bob", "Null", "M", "Mr."), ("Zoë", "O'Brien", "F", "Mrs."))
_WHERE = (("Cambridge", "MA", "02139"), ("Hartford", "CT", "06103"), ("Seattle", "WA", "98101"))


def _person(number: int) -> dict[str, str]:
    first, last, gender, title = _WHO[number % 3]
    city, state, postal_code = _WHERE[number % 3]
    day = 13 + number
    return {
        "first": first, "last": last, "gender": gender, "title": title, "middle": "Q",
        "gender_word": "Female" if gender == "F" else "Male",
        "suffix": "Jr", "ten": f"617555{100 + number:04}", "phone": f"(617) 555-{100 + number:04}",
        "email": f"p{number}@example.org", "street": f"{number + 3} Elm St", "street_2": "Apt 4",
        "house": f"{number + 3}", "line": f"{100 + number:04}",
        "city": city, "state": state, "zip": postal_code, "employer": f"Acme Works {number}",
        "occupation": ("Teacher", "Nurse", "Farmer")[number % 3], "amount": f"{number + 1}250.50",
        "day": f"2026-02-{day}", "day_us": f"2/{day}/2026", "born": f"1961-03-{day}",
        "born_us": f"03/{day}/1961", "born_packed": f"196103{day}", "born_day": f"{day}",
        "id": f"{100_200 + number}",
        "gift": f"G{number}",
    }  # fmt: skip


def _told(person: dict[str, str], cells: dict[str, str]) -> dict[str, object]:
    """Return what a row tells of a person, by field."""
    apart = any("{street_2}" in cell for cell in cells.values())
    number = next((cell for cell in cells.values() if cell.endswith("{id}")), "{id}")
    return {
        "first_name": person["first"], "last_name": person["last"], "middle_name": "Q",
        "suffix": "Jr", "gender": person["gender"].lower(), "phone_e164": f"+1{person['ten']}",
        "email": person["email"], "city": person["city"], "state": person["state"],
        "street": person["street"] + (" Apt 4" if apart else ""), "postal_code": person["zip"],
        "employer": person["employer"], "occupation": person["occupation"],
        "amount_cents": int(person["amount"].replace(".", "")), "gift_id": person["gift"],
        "given_on": date.fromisoformat(person["day"]), "external_id": number.format(**person),
        "birth_date": date.fromisoformat(person["born"]),
    }  # fmt: skip


@pytest.mark.parametrize("name", _EXPORTS)
def test_every_value_of_an_export_lands_in_its_field(name: str) -> None:
    export = _EXPORTS[name]
    cells: dict[str, str] = export["cells"]
    people = [_person(number) for number in range(12)]
    rows = [[cell.format(**person) for cell in cells.values()] for person in people]
    mapping = recognise(list(cells), rows, None)
    assert (mapping.format, mapping.kind) == (export["format"], export["kind"])
    columns = zip(cells, zip(*rows, strict=True), strict=True)
    raw = pa.table({header: pa.array(column, pa.string()) for header, column in columns})
    part = raw.append_column(ROW, pa.array(range(1, 13), pa.int64()))
    part = part.append_column(PROBLEM, pa.nulls(12, pa.string()))
    decisions = decide(mapping, distinct_values(raw, mapping), looks_american=True)
    found = normalise(part, mapping, decisions, date(2026, 11, 22)).to_pylist()
    for person, row in zip(people, found, strict=True):
        told = _told(person, cells)
        wanted = {field: told[field] if field in export["holds"] else None for field in told}
        free = {"middle_name", "suffix", "gender", "street", "state"} - set(export["holds"])
        assert {f: row[f] for f in told if f not in free} == {
            f: value for f, value in wanted.items() if f not in free
        }
        assert row["reason"] is None
