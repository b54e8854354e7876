"""Whom a list of refusals names without a phone or e-mail, now and later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.list_files import Import, read_rows, story_of_all, write_list

HEAD = ["First Name", "Last Name", "Suffix", "Street", "ZIP", "Date of Birth", "Phone"]


def people(*rows: str) -> list[list[str]]:
    return [row.split("|") for row in rows]


def test_a_person_is_known_by_home_or_birth_now_and_in_later_lists(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    refusals = people(
        "Otto|Person||12 High St.|43004||",
        "Ida|O'Neil|||43004|04/25/1950|",
        "Max|Moritz|Sr|5 Low Rd|43005-1234||",
        "Only|Named|||||",
    )
    there = people(
        "OTTO|PERSON||12 HIGH STREET APT 3|43004||614-555-0101",
        "Otto|Person||99 Far Ave|43004||614-555-0102",
        "Only|Named||1 Elm St|43004||614-555-0103",
    )
    later = people(
        "Ida|ONeil||7 New St|85001|04/25/1950|614-555-0104",
        "Max|Moritz|Jr|5 Low Rd|43005||614-555-0105",
        "Max|Moritz|Sr|5 Low Rd|43005||614-555-0106",
    )
    bring(write_list(tmp_path / "there.csv", there, HEAD))
    path = write_list(tmp_path / "dead.csv", refusals, HEAD)
    done = cli("suppress", path, "--kind", "deceased", "--json")
    assert done.exit_code == 0, done.stderr
    effect = json.loads(done.stdout)
    assert (effect["people"], effect["donors"], effect["unread"]) == (3, 1, 1)
    account = bring(write_list(tmp_path / "later.csv", later, HEAD))
    cli("donors", "export", tmp_path / "donors.csv")
    reached = {
        one["phone_e164"][-3:] for one in read_rows(tmp_path / "donors.csv") if one["reason"]
    }
    assert reached == {"101", "104", "106"}
    assert "deceased by person" in cli("donors", "why", 1).stdout
    again = json.loads(cli("suppress", path, "--kind", "deceased", "--json").stdout)
    assert (again["new"], again["donors"]) == (0, 0)
    assert cli("lists", "undo", account["batch_id"]).exit_code == 0
    bring(write_list(tmp_path / "later.csv", later[:1], HEAD))
    cli("donors", "export", tmp_path / "donors.csv")
    assert len([one for one in read_rows(tmp_path / "donors.csv") if one["reason"]]) == 2


def test_a_refusal_reaches_a_further_home_and_says_of_nobody_what_another_list_said(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    header = [*HEAD, "Email"]
    homes = people(
        "Ida|ONeil||7 New St|85001||614-555-0104|ida@example.org",
        "Otto|Person||12 High St|43004||614-555-0101|",
    )
    bring(write_list(tmp_path / "a.csv", homes, header))
    moved = people("Ida|ONeil||9 Oak Ave|60614||614-555-0104|ida@example.org")
    bring(write_list(tmp_path / "b.csv", moved, header), "BOARD")
    for name, who in (
        ("deceased", "Otto|Person||12 High St|43004||"),
        ("opt_out", "Ida|ONeil||9 Oak Ave|60614||"),
    ):
        path = write_list(tmp_path / f"{name}.csv", people(who), HEAD)
        assert cli("suppress", path, "--kind", name).exit_code == 0
    found = [(row["donor_id"], row["kind"]) for row in story_of_all(database)["suppression"]]
    assert found == [(2, "deceased"), (1, "opt_out")]


def test_who_is_named_as_they_were_before_a_merge_is_refused_and_stays_so_apart(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    both = people(
        "Ida|ONeil||7 New St|85001||614-555-0104", "Ida|Person||12 High St|43004||614-555-0101"
    )
    bring(write_list(tmp_path / "a.csv", both, HEAD))
    assert cli("donors", "merge", 1, 2).exit_code == 0
    path = write_list(tmp_path / "dead.csv", people("Ida|Person||12 High St|43004||"), HEAD)
    done = cli("suppress", path, "--kind", "deceased", "--json")
    assert json.loads(done.stdout)["donors"] == 1
    assert [row["status"] for row in story_of_all(database)["donor"]] == ["deceased", "merged"]
    assert cli("donors", "unmerge", 2).exit_code == 0
    assert story_of_all(database)["donor"][1]["status"] == "deceased"


def held(cli: Any, folder: Path) -> set[str]:
    """The last digits of who is not called."""
    cli("donors", "export", folder / "donors.csv")
    return {one["phone_e164"][-3:] for one in read_rows(folder / "donors.csv") if one["reason"]}


def test_a_file_given_by_mistake_is_taken_back_and_what_others_told_stays(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    there = people(
        "Otto|Person||12 High St|43004||614-555-0101",
        "Ida|ONeil||7 New St|85001||614-555-0102",
        "Max|Moritz||5 Low Rd|43005||614-555-0103",
    )
    bring(write_list(tmp_path / "there.csv", there, HEAD))
    wrong = write_list(
        tmp_path / "wrong.csv",
        people(*("|".join(row) for row in there), "Eva|Later||1 Elm St|43004||"),
        HEAD,
    )
    right = write_list(tmp_path / "right.csv", people("||||||614-555-0102"), HEAD)
    home = write_list(tmp_path / "home.csv", people("Max|Moritz||5 Low Rd|43005||"), HEAD)
    for path in (wrong, right, home, wrong):
        assert cli("suppress", path, "--kind", "do_not_call").exit_code == 0
    assert held(cli, tmp_path) == {"101", "102", "103"}
    back = ("suppress", wrong, "--take-back", "--because", "these are our donors", "--json")
    done = cli(*back)
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["donors"] == 1
    assert held(cli, tmp_path) == {"102", "103"}
    later = people("Eva|Later||1 Elm St|43004||614-555-0104")
    bring(write_list(tmp_path / "later.csv", later, HEAD))
    assert held(cli, tmp_path) == {"102", "103"}
    again = cli(*back)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "no such file came in as refusals" in again.stderr
    assert cli("audit", "verify").exit_code == 0


def test_nothing_is_taken_back_without_a_reason(cli: Any, bring: Import, tmp_path: Path) -> None:
    bring(write_list(tmp_path / "there.csv", people("Otto|Person||||| 614-555-0101"), HEAD))
    path = write_list(tmp_path / "dnc.csv", people("||||||614-555-0101"), HEAD)
    assert cli("suppress", path).exit_code == 0
    refused = cli("suppress", path, "--take-back")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Say why" in refused.stderr
    assert held(cli, tmp_path) == {"101"}


def test_what_a_merge_brought_together_stays_suppressed_by_the_other_file(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    both = people(
        "Ida|ONeil||7 New St|85001||614-555-0104", "Ida|Person||12 High St|43004||614-555-0101"
    )
    bring(write_list(tmp_path / "a.csv", both, HEAD))
    files = [
        write_list(tmp_path / f"{number}.csv", people(who), HEAD)
        for number, who in enumerate(
            ("Ida|ONeil||7 New St|85001||", "Ida|Person||12 High St|43004||")
        )
    ]
    for path in files:
        assert cli("suppress", path).exit_code == 0
    assert cli("donors", "merge", 1, 2).exit_code == 0
    for path, still in zip(files, ({"104"}, set()), strict=True):
        assert cli("suppress", path, "--take-back", "--because", "wrong").exit_code == 0
        assert held(cli, tmp_path) == still


_NUMBERS = [f"61755501{figure}" for figure in (30, 31, 32)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("617,5550130\n617,5550131\n", {0, 1}, id="as the registry writes them"),
        pytest.param("Phone,Litigator\n{0},Y\n{1},N\n{2},\n", {0, 2}, id="who is none"),
        pytest.param("Phone,Result\n{0},Litigator\n{1},Clean\n{2},DNC\n", {0, 2}, id="checked"),
        pytest.param("phone,status\n{0},opted_out\n{1},active\n", {0}, id="active"),
        pytest.param("Phone,Reason,DNC\n{0},opt out,N\n{1},,N\n{2},,Y\n", {0, 2}, id="either"),
        pytest.param("Phone,Deceased\n{0},N\n{1},Y\n", {0, 1}, id="alive and refusing"),
    ],
)
def test_whoever_a_file_says_may_be_called_is_not_suppressed_by_it(
    cli: Any, bring: Import, tmp_path: Path, text: str, named: set[int]
) -> None:
    rows = [[f"Ann{place}", "Roe", number] for place, number in enumerate(_NUMBERS)]
    bring(write_list(tmp_path / "list.csv", rows, ["First Name", "Last Name", "Phone"]))
    path = tmp_path / "checked.csv"
    path.write_text(text.format(*_NUMBERS))
    effect = json.loads(cli("suppress", path, "--json").stdout)
    assert effect["spared"] == effect["rows_read"] - len(named)
    cli("donors", "export", tmp_path / "donors.csv")
    found = read_rows(tmp_path / "donors.csv")
    assert {one["phone_e164"][2:] for one in found if one["reason"]} == {
        _NUMBERS[place] for place in named
    }


def test_a_file_of_nobody_who_refuses_is_told_so(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "clean.csv"
    path.write_text("Phone,DNC\n6175550130,N\n6175550131,No\n")
    done = cli("suppress", path)
    assert (done.exit_code, "may be called" in done.stderr) == (2, True)
