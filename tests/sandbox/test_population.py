"""The invented donors: the same for a seed, plausible, and known to the last row."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import phonenumbers
import pytest
import zipcodes

from sandbox.donor_lists import HANDMADE_COLUMNS
from sandbox.population import Population, make_population


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    first = make_population(3, 400).write_lists(tmp_path / "a")
    again = make_population(3, 400).write_lists(tmp_path / "b")
    other = make_population(4, 400).write_lists(tmp_path / "c")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    assert all(a.read_bytes() != c.read_bytes() for a, c in zip(first, other, strict=True))


def test_phones_are_dialable_and_plainly_invented(people: Population) -> None:
    for phone in people.people["phone_e164"]:
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone)), phone
        assert phone[5:8] == "555"


def test_zip_codes_stand_with_their_state(people: Population) -> None:
    state_of = {row["zip_code"]: row["state"] for row in zipcodes.list_all()}
    assert (people.people["zip"].map(state_of) == people.people["state"]).all()


def test_households_are_as_households_are(people: Population) -> None:
    everyone = people.people
    married = everyone[everyone["spouse_id"] >= 0]
    spouses = everyone.loc[married["spouse_id"]]
    assert (spouses["spouse_id"].to_numpy() == married.index).all()
    assert (spouses["street"].to_numpy() == married["street"].to_numpy()).all()
    assert (spouses["first_name"].to_numpy() != married["first_name"].to_numpy()).all()
    sons, fathers = everyone[everyone["suffix"] == "Jr"], everyone[everyone["suffix"] == "Sr"]
    assert len(sons) == len(fathers) > 0
    assert (everyone.loc[sons["household"], "first_name"].to_numpy() == sons["first_name"]).all()
    assert (everyone.loc[sons["household"], "birth_year"].to_numpy() < sons["birth_year"]).all()


def test_strangers_share_names(people: Population) -> None:
    names = people.people.groupby(["first_name", "last_name"])["household"].nunique()
    assert (names > 1).sum() >= 10


def test_everyone_stands_on_one_to_three_lists(people: Population) -> None:
    truth = people.truth
    on_lists = truth[truth["person_id"] >= 0].groupby("person_id")["list"].nunique()
    assert set(on_lists.index) == set(people.people.index)
    assert set(on_lists) == {1, 2, 3}
    assert set(truth["defect"]) >= {"", "no phone", "junk phone", "bad amount", "no person"}


@pytest.fixture(scope="module")
def paths(people: Population, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return people.write_lists(tmp_path_factory.mktemp("lists"))


def test_the_actblue_file_has_a_row_a_gift(people: Population, paths: list[Path]) -> None:
    with paths[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    header, records = rows[0], rows[1:]
    assert header[:3] == ["Receipt ID", "Date", "Amount"]
    assert header.count("Reserved") == 7
    assert len(records) == people.gifts["is_online"].sum()
    keys = [record[header.index("Lineitem ID")] for record in records]
    assert len(set(keys)) == len(keys)
    datetime.strptime(records[0][1], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 (the file has no zone)


def test_the_van_file_is_utf16_with_tabs(paths: list[Path]) -> None:
    assert paths[1].read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    frame = pd.read_csv(paths[1], sep="\t", encoding="utf-16", dtype=str)
    assert "Pref Phone " in frame.columns
    assert frame["Voter File VANID"].is_unique


def test_the_workbook_has_titles_above_its_header(people: Population, paths: list[Path]) -> None:
    rows = list(openpyxl.load_workbook(paths[2]).active.iter_rows(values_only=True))
    assert rows[3] == HANDMADE_COLUMNS
    truth = people.truth[people.truth["list"] == "handmade"]
    assert len(rows) - 4 == len(truth)
    person = people.person(truth["person_id"].iloc[0])
    assert person["city"] == rows[4][4]


def test_truth_knows_whose_row_it_is(people: Population, paths: list[Path]) -> None:
    frame = pd.read_csv(paths[0], dtype=str, keep_default_na=False)
    truth = people.truth[people.truth["list"] == "actblue"].reset_index(drop=True)
    written = frame["Donor ZIP"]
    assert (written == people.people.loc[truth["person_id"], "zip"].to_numpy()).all()


def test_a_person_is_found_by_what_a_letter_shows(people: Population) -> None:
    person = people.person(11)
    assert people.find(phone=person["phone_e164"], first_name=person["first_name"]) is not None
    assert people.find(email=person["work_email"].upper()) == 11
    assert people.find(phone="+12025550000") is None
