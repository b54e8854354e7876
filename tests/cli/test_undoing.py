"""A batch taken back leaves what others told, too, and nothing that rests on it alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.conftest import Clock
from tests.support.calling import EXAMPLE, NOON
from tests.support.list_files import Import, read_rows, story_of_all, write_list

_HEADER = [
    *("First Name", "Last Name", "Phone", "Phone 2", "Email", "Address", "Zip"),
    *("Gift ID", "Amount", "Date", "OK to call", "Deceased"),
]
_JOHN = [
    *("John", "Smith", "617-555-0142", "212-555-0143", "john@example.org", "12 Main St", "02139"),
    *("G1", "25", "01/31/2026", "yes", "x"),
]
_TOLD = ("donor", "gift", "donor_phone", "donor_email", "donor_address", "donor_external_id")


def _plain(story: dict[str, Any]) -> dict[str, Any]:
    """Return what a home tells of people, without the numbers of batches and of rows."""
    numbers = ("id", "batch_id", "first_batch_id")
    return {
        name: sorted(
            json.dumps({key: value for key, value in row.items() if key not in numbers})
            for row in story[name]
        )
        for name in _TOLD
    }


@pytest.mark.parametrize("gone", [1, 2], ids=["the first goes", "the second goes"])
def test_what_two_lists_tell_stays_until_both_are_gone(
    cli: Any, bring: Import, database: Engine, tmp_path: Path, gone: int
) -> None:
    more = ["John", "Smith", "646-555-0144", "", "j.smith@example.com", "", "", "G2", *_JOHN[8:]]
    bring(write_list(tmp_path / "a.csv", [_JOHN, more], _HEADER), "BOARD")
    alone = _plain(story_of_all(database))
    account = bring(write_list(tmp_path / "b.csv", [_JOHN, more, more], _HEADER), "BOARD")
    assert account["unchanged"] == 3
    done = cli("lists", "undo", gone)
    assert done.exit_code == 0, done.stderr
    assert _plain(story_of_all(database)) == alone
    assert {row["kind"] for row in story_of_all(database)["suppression"]} == {"deceased"}
    cli("lists", "undo", 3 - gone)
    story = story_of_all(database)
    assert not any(story[name] for name in (*_TOLD, "suppression", "staged_row"))


def test_a_list_that_goes_takes_its_word_on_calls_along(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    known = ["Jane", "Roe", "617-555-0145", "", "jane@example.org", *[""] * 5, "no", ""]
    bring(write_list(tmp_path / "a.csv", [known], _HEADER), "BOARD")
    before = story_of_all(database)
    told = [
        "Jane",
        "Roe",
        "617-555-0145",
        "646-555-0146",
        "jane@example.org",
        *[""] * 5,
        "yes",
        "x",
    ]
    bring(write_list(tmp_path / "b.csv", [told], _HEADER), "RENTED")
    (jane,) = story_of_all(database)["donor"]
    assert (jane["status"], jane["consent"]) == ("deceased", {"call": True})
    cli("lists", "undo", 2)
    after = story_of_all(database)
    assert {name: after[name] for name in before if name != "list_batch"} == {
        name: rows for name, rows in before.items() if name != "list_batch"
    }


def test_people_whom_a_list_made_one_are_two_when_it_goes(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    rows = [
        ["Ann", "Poe", "617-555-0147", *[""] * 9],
        ["Ann", "Poe", "", "", "ann@example.org", *[""] * 7],
    ]
    bring(write_list(tmp_path / "a.csv", rows, _HEADER), "BOARD")
    before = story_of_all(database)
    bridge = ["Ann", "Poe", "617-555-0147", "", "ann@example.org", *[""] * 7]
    bring(write_list(tmp_path / "b.csv", [bridge], _HEADER), "RENTED")
    assert sorted(row["status"] for row in story_of_all(database)["donor"]) == ["active", "merged"]
    cli("lists", "undo", 2)
    after = story_of_all(database)
    assert {name: after[name] for name in _TOLD} == {name: before[name] for name in _TOLD}
    assert after["staged_row"] == before["staged_row"]


def test_whoever_went_into_another_goes_with_their_only_list(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    for name, phone, source in (("Al", "617-555-0148", "BOARD"), ("Bea", "617-555-0149", "RENTED")):
        row = [name, "Moe", phone, *[""] * 9]
        bring(write_list(tmp_path / f"{name}.csv", [row], _HEADER), source)
    cli("donors", "merge", 1, 2)
    cli("lists", "undo", 1)
    assert [row["status"] for row in story_of_all(database)["donor"]] == ["active", "merged"]
    cli("lists", "undo", 2)
    assert story_of_all(database)["donor"] == []
    cli("donors", "export", tmp_path / "out.csv")
    assert read_rows(tmp_path / "out.csv") == []


def test_who_shares_a_phone_with_somebody_forgotten_is_not_called_there(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    rows = [["Al", "Moe", "617-555-0148", *[""] * 9], ["Bea", "Moe", "617-555-0148", *[""] * 9]]
    bring(write_list(tmp_path / "a.csv", rows, _HEADER))
    assert cli("audit", "forget", 1, "--because", "a letter").exit_code == 0
    told = {row["id"]: row["status_reason"] for row in story_of_all(database)["donor"]}
    assert told == {1: "forgotten on request", 2: "suppression: opt_out"}


def test_what_the_law_keeps_of_somebody_forgotten_outlives_a_later_list(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    bring(write_list(tmp_path / "a.csv", [[*_JOHN[:-1], ""]], _HEADER))
    assert cli("audit", "forget", 1, "--because", "a letter").exit_code == 0
    before = _plain(story_of_all(database))
    again = ["John", "Smith", "617-555-0149", "", "", "12 Main St", "02139", *[""] * 5]
    assert bring(write_list(tmp_path / "b.csv", [again], _HEADER), "BOARD")["merged"] == 1
    assert cli("lists", "undo", 2).exit_code == 0
    assert story_of_all(database)["donor"][0]["last_name"] == "Smith"
    assert _plain(story_of_all(database)) == before


def test_another_number_of_somebody_known_is_kept_and_held_against_refusals(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    known = ["Ann", "Poe", "617-555-0147", "", "ann@example.org", "12 Main St", "02139", *[""] * 5]
    bring(write_list(tmp_path / "a.csv", [known], _HEADER), "BOARD")
    other = ["Ann", "Poe", "646-555-0144", "", "ann@example.org", "9 Oak St", "60614", *[""] * 5]
    bring(write_list(tmp_path / "b.csv", [other], _HEADER), "RENTED")
    third = ["Ann", "Poe", "646-555-0144", "", "poe@example.com", "", "", *[""] * 5]
    bring(write_list(tmp_path / "c.csv", [third], _HEADER), "RENTED")
    story = story_of_all(database)
    assert [row["phone_e164"] for row in story["donor_phone"]] == ["+16465550144"]
    assert [row["email"] for row in story["donor_email"]] == ["poe@example.com"]
    assert [row["street"] for row in story["donor_address"]] == ["9 Oak St"]
    cli("suppress", write_list(tmp_path / "no.csv", [["646-555-0144"]], ["Phone"]))
    (ann,) = story_of_all(database)["donor"]
    assert ann["status_reason"] == "suppression: opt_out"


def test_an_unmerged_pair_has_what_lists_told_of_each_since(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    ann = ["Ann", "Poe", "617-555-0147", "", "", "12 Main St", "02139", *[""] * 5]
    other = ["Anna", "Roe", "", "", "ann@example.org", "9 Oak St", "60614", *[""] * 5]
    bring(write_list(tmp_path / "a.csv", [ann], _HEADER), "BOARD")
    bring(write_list(tmp_path / "b.csv", [other], _HEADER), "RENTED")
    cli("donors", "merge", 1, 2)
    (home,) = story_of_all(database)["donor_address"]
    assert (home["donor_id"], home["street"]) == (1, "9 Oak St")
    since = ["Ann", "Poe", "617-555-0147", "", "ann@example.org", "", "", *[""] * 5]
    bring(write_list(tmp_path / "c.csv", [since], _HEADER), "BOARD")
    cli("lists", "undo", 2)
    assert cli("donors", "unmerge", 2).exit_code == 2  # nobody is left of the other
    cli("donors", "export", tmp_path / "out.csv")
    (ann_now,) = read_rows(tmp_path / "out.csv")
    assert (ann_now["email"], ann_now["street"]) == ("ann@example.org", "12 Main St")


def test_whoever_is_parted_keeps_no_e_mail_that_only_the_other_has(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    ann = ["Ann", "Poe", "617-555-0147", "", "ann@example.org", "12 Main St", "02139", *[""] * 5]
    bea = ["Bea", "Roe", "617-555-0149", "", "bea@example.org", "9 Oak St", "60614", *[""] * 5]
    bring(write_list(tmp_path / "a.csv", [ann], _HEADER))
    bring(write_list(tmp_path / "b.csv", [bea], _HEADER), "BOARD")
    again = ["Ann", "Poe", "617-555-0147", *[""] * 9]
    bring(write_list(tmp_path / "c.csv", [again], _HEADER), "RENTED")
    cli("donors", "merge", 1, 2)
    cli("lists", "undo", 1)
    assert story_of_all(database)["donor"][0]["email"] == "bea@example.org"
    assert cli("donors", "unmerge", 2).exit_code == 0
    told = [(row["email"], row["street"]) for row in story_of_all(database)["donor"]]
    assert told == [(None, None), ("bea@example.org", "9 Oak St")]


def test_whoever_is_parted_from_somebody_who_is_not_called_may_be_called_again(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    home = ["Ann", "Poe", "", "", "", "12 Main St", "02139", *[""] * 5]
    other = ["Bea", "Roe", "617-555-0149", *[""] * 9]
    bring(write_list(tmp_path / "a.csv", [home, other], _HEADER))
    cli("suppress", write_list(tmp_path / "no.csv", [["617-555-0149"]], ["Phone"]))
    told = [row["status"] for row in story_of_all(database)["donor"]]
    assert cli("donors", "merge", 1, 2).exit_code == 0
    assert story_of_all(database)["donor"][0]["status"] == "suppressed"
    assert cli("donors", "unmerge", 2).exit_code == 0
    assert [row["status"] for row in story_of_all(database)["donor"]] == told
    assert told == ["active", "suppressed"]


@pytest.mark.parametrize(
    ("evidence", "people"),
    [
        pytest.param({"agree": ["first name", "last name", "ZIP code"]}, 1, id="a name alone"),
        pytest.param(
            {"agree": ["last name"], "but": "perhaps of two generations"}, 2, id="a doubt"
        ),
    ],
)
def test_who_waits_for_a_name_alone_is_joined_by_a_list_that_tells_of_both(
    cli: Any,
    bring: Import,
    database: Engine,
    tmp_path: Path,
    evidence: dict[str, Any],
    people: int,
) -> None:
    home = ["Zelda", "Quackenbush", "", "", "", "12 Main St", "02139", *[""] * 5]
    sheet = ["Zelda", "Quackenbush", "617-555-0147", "", "", "", "02139", *[""] * 5]
    both = ["Zelda", "Quackenbush", "617-555-0147", "", "", "12 Main St", "02139", *[""] * 5]
    bring(write_list(tmp_path / "a.csv", [home], _HEADER), "REGISTER")
    bring(write_list(tmp_path / "b.csv", [sheet], _HEADER), "SHEET")
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into donor_pair (first_id, second_id, status, probability, evidence)"
                " values (1, 2, 'waiting', 0.9, cast(:told as jsonb))"
            ),
            {"told": json.dumps(evidence)},
        )
    bring(write_list(tmp_path / "c.csv", [both], _HEADER), "HOUSE")
    cli("donors", "export", tmp_path / "out.csv")
    assert len(read_rows(tmp_path / "out.csv")) == people


@pytest.mark.parametrize("told", ["somebody new", "where somebody lives"])
def test_a_home_that_a_list_told_of_goes_with_it(
    cli: Any, bring: Import, database: Engine, tmp_path: Path, told: str
) -> None:
    ann = ["Ann", "Poe", "617-555-0147", "", "", "12 Main St", "02139", *[""] * 5]
    homeless = ["Bob", "Poe", "617-555-0148", "", "bob@example.org", *[""] * 7]
    eve, dan = (
        [name, "Roe", "617-555-0150", "", "", "9 Oak St", "60614", *[""] * 5]
        for name in ("Evelyn", "Daniel")
    )
    known = [ann, eve, dan] if told == "somebody new" else [ann, eve, dan, homeless]
    bring(write_list(tmp_path / "a.csv", known, _HEADER))
    before = _plain(story_of_all(database))
    bob = [*homeless[:5], "12 Main Street", "02139", *[""] * 5]
    bring(write_list(tmp_path / "b.csv", [bob, eve], _HEADER), "BOARD")
    homes = {row["last_name"]: row["household_id"] for row in story_of_all(database)["donor"]}
    assert homes["Poe"]
    assert cli("lists", "undo", 2).exit_code == 0
    assert _plain(story_of_all(database)) == before
    with database.connect() as connection:
        assert connection.scalar(text("select count(*) from household")) == 1


def test_who_was_held_back_by_a_list_that_goes_is_called_by_the_next_plan(
    cli: Any, bring: Import, database: Engine, clock: Clock, tmp_path: Path
) -> None:
    clock.set(NOON)
    assert cli("campaign", "apply", EXAMPLE).exit_code == 0
    bring(write_list(tmp_path / "a.csv", [[*_JOHN[:-1], ""]], _HEADER))

    def plan() -> list[str]:
        assert cli("calls", "allocate", "--campaign", "FALL-26").exit_code == 0
        with database.connect() as connection:
            return list(connection.scalars(text("select status from assignment order by id")))

    assert plan() == ["open"]
    bring(write_list(tmp_path / "b.csv", [_JOHN], _HEADER), "RENTED")
    assert cli("lists", "undo", 2).exit_code == 0
    assert plan() == ["withdrawn", "open"]


def test_a_refusal_that_an_earlier_list_of_the_source_told_keeps_its_day(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    bring(write_list(tmp_path / "a.csv", [_JOHN], _HEADER))
    before = story_of_all(database)["suppression"]
    jane = ["Jane", "Roe", "617-555-0145", *[""] * 8, "x"]
    bring(write_list(tmp_path / "b.csv", [_JOHN, jane], _HEADER))
    assert len(story_of_all(database)["suppression"]) == 2
    assert cli("lists", "undo", 2).exit_code == 0
    assert story_of_all(database)["suppression"] == before


@pytest.mark.parametrize("email", ["", "poe@example.org"], ids=["no e-mail", "an e-mail"])
def test_a_pair_that_shares_a_number_no_more_is_asked_about_for_its_e_mail(
    cli: Any, bring: Import, database: Engine, tmp_path: Path, email: str
) -> None:
    ann = ["Ann", "Poe", "617-555-0142", "", email, *[""] * 7]
    bea = ["Beatrice", "Poe", "617-555-0143", "", email, *[""] * 7]
    bring(write_list(tmp_path / "a.csv", [ann, bea], _HEADER))
    told = ["Beatrice", "Poe", "617-555-0143", "617-555-0142", *[""] * 8]
    bring(write_list(tmp_path / "b.csv", [told], _HEADER), "BOARD")
    agree = ["last name", "phone", *(["e-mail"] if email else [])]
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into donor_pair (first_id, second_id, status, probability, evidence)"
                " values (1, 2, 'waiting', 0.9, jsonb_build_object('agree', cast(:agree as jsonb)))"
                " on conflict (first_id, second_id) do update set evidence = excluded.evidence"
            ),
            {"agree": json.dumps(agree)},
        )
    assert cli("lists", "undo", 2).exit_code == 0
    with database.connect() as connection:
        asked = connection.scalars(text("select evidence -> 'agree' from donor_pair")).all()
    assert asked == ([["last name", "e-mail"]] if email else [])


def test_who_was_asked_about_for_a_number_that_a_list_told_is_asked_about_no_more(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    def of(first: str, phone: str, email: str) -> list[str]:
        return [first, "Poe", phone, "", email, *[""] * 7]

    known = [
        of("Paul", "617-555-0142", "p5@example.org"),
        of("Paul", "", "p6@example.org"),
        of("Mark", "617-555-0143", "m5@example.org"),
        of("Mark", "617-555-0143", "m6@example.org"),
    ]
    bring(write_list(tmp_path / "a.csv", known, _HEADER))
    told = [of("Paul", "617-555-0142", "p6@example.org"), known[2]]
    bring(write_list(tmp_path / "b.csv", told, _HEADER), "BOARD")

    def asked() -> set[str]:
        pairs = json.loads(cli("donors", "pairs", "--json").stdout)["pairs"]
        return {pair["first"]["name"] for pair in pairs}

    assert asked() == {"Paul Poe", "Mark Poe"}
    assert cli("lists", "undo", 2).exit_code == 0
    assert asked() == {"Mark Poe"}
