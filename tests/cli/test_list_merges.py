"""Who is one person: said, taken back, remembered, and decided in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tests.support.list_files import HEADER, ROWS, Import, read_rows, story_of_all, write_list


def test_people_say_who_is_the_same_and_it_holds(cli: Any, bring: Import, tmp_path: Path) -> None:
    two = [
        ["1", "Robert", "Doe", "617-555-0142", "", "", "", "5", "01/31/2026"],
        ["2", "Alan", "Poe", "212-555-0142", "", "", "", "5", "01/31/2026"],
    ]
    bring(write_list(tmp_path / "list.csv", two))
    assert cli("donors", "not-same", 1, 2).exit_code == 0
    assert cli("donors", "merge", 2, 1).exit_code == 0
    cli("donors", "export", tmp_path / "rows.csv", "--rows")
    assert {row["donor_id"] for row in read_rows(tmp_path / "rows.csv")} == {"1"}
    assert "donor 2 is 1" in cli("donors", "why", 1).stdout
    assert cli("donors", "merge", 1, 2).exit_code == 2
    assert cli("donors", "merge", 1, 77).exit_code == 2


def test_a_merge_taken_back_gives_each_what_was_theirs(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    bring(write_list(tmp_path / "a.csv", ROWS[:2]))
    cli("suppress", write_list(tmp_path / "no.csv", [["jane@example.org"]], ["Email"]))
    before = story_of_all(database)
    cli("donors", "merge", 1, 2)
    assert story_of_all(database) != before
    done = cli("donors", "unmerge", 2)
    assert done.exit_code == 0, done.stderr
    assert story_of_all(database) == before
    told = json.loads(cli("donors", "why", 2, "--json").stdout)
    assert told["pairs"][0]["status"] == "not_same"
    again = cli("donors", "unmerge", 2)
    assert again.exit_code == 2
    assert "is not merged" in again.stderr


def test_whom_a_person_told_apart_no_merge_brings_together(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    rows = [
        ["1", "John", "Smith", "", "a@example.org", "", "", "", ""],
        ["2", "John", "Smith", "617-555-0142", "", "", "", "", ""],
        ["3", "Ann", "Roe", "", "c@example.org", "", "", "", ""],
    ]
    bring(write_list(tmp_path / "a.csv", rows))
    cli("donors", "not-same", 2, 3)
    cli("donors", "merge", 1, 2)
    bridge = [["9", "Ann", "Roe", "617-555-0142", "c@example.org", "", "", "", ""]]
    bring(write_list(tmp_path / "b.csv", bridge), "OTHER")
    told = json.loads(cli("donors", "why", 1, "--json").stdout)
    assert [(pair["other"], pair["status"]) for pair in told["pairs"] if pair["other"] == 3] == [
        (3, "not_same")
    ]


def test_pairs_are_decided_by_a_file_or_not_at_all(cli: Any, bring: Import, tmp_path: Path) -> None:
    home = ["617-555-0142", "", "12 Main St", "02139", "", ""]
    rows = [
        ["1", "John", "Smith", *home],
        ["2", "John", "Smith", *home],
        ["3", "Maxwell", "Roe", "212-555-0143", "", "9 Elm St", "02139", "", ""],
        ["4", "Maxwell", "Roe", "212-555-0143", "", "9 Elm St", "02139", "", ""],
    ]
    header = [*HEADER, "Suffix"]
    suffixes = ["", "Jr", "", "Jr"]
    lines = [[*row, suffix] for row, suffix in zip(rows, suffixes, strict=True)]
    bring(write_list(tmp_path / "a.csv", lines, header))
    path = tmp_path / "pairs.csv"
    assert cli("donors", "pairs", "--out", path).exit_code == 0
    waiting = read_rows(path)
    assert len(waiting) == 2
    assert waiting[0]["agree_on"] == "first name, last name, phone, address"
    shown = cli("donors", "pairs").stdout
    assert "John Smith Jr" in shown
    for pair, verdict in zip(waiting, ("not_same", "perhaps"), strict=True):
        pair["verdict"] = verdict
    write_list(path, [list(pair.values()) for pair in waiting], list(waiting[0]))
    assert cli("donors", "decide", path).exit_code == 2
    assert len(json.loads(cli("donors", "pairs", "--json").stdout)["pairs"]) == 2
    waiting[1]["verdict"] = "same"
    write_list(path, [list(pair.values()) for pair in waiting], list(waiting[0]))
    assert json.loads(cli("donors", "decide", path, "--json").stdout) == {
        "merged": 1,
        "not_same": 1,
    }
    assert "No pair waits" in cli("donors", "pairs").stdout
