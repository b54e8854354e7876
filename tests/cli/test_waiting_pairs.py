"""Pairs that wait, by kind: shown, answered all at once, or joined as the campaign file says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from tests.support.list_files import Import, read_rows, story_of_all, write_list

_HEADER = ["Id", "First Name", "Last Name", "Phone", "Email", "Address", "Zip", "Birth Date"]
_FILE = Path(__file__).parents[2] / "examples" / "federal-candidate.toml"
_HOMES = ["12 Main St", "02139"], ["9 Elm St", "02108"], ["7 Oak Ave", "60601"]


def _men(first: int, name: str, home: list[str], *born: str) -> list[list[str]]:
    """Return records of men of one name in one home, each with an e-mail of his own."""
    return [
        [str(place), *name.split(), "", f"{name.split()[1].lower()}{place}@example.org", *home, day]
        for place, day in enumerate(born or ("", ""), start=first)
    ]


_PAIRS = [*_men(1, "John Smith", _HOMES[0]), *_men(3, "Mark Roe", _HOMES[1])]
_ON_ONE_PHONE = [
    ["5", "Paul", "Poe", "617-555-0142", "p5@example.org", "", "", ""],
    ["6", "Paul", "Poe", "617-555-0142", "p6@example.org", "", "", ""],
]


def _apply(cli: Any, tmp_path: Path, says: str) -> Any:
    told = f'[campaign.duplicates]\nsame_name_same_home = "{says}"\n\n[campaign.policy]'
    path = tmp_path / "campaign.toml"
    path.write_text(_FILE.read_text(encoding="utf-8").replace("[campaign.policy]", told))
    return cli("campaign", "apply", path)


def _kinds(cli: Any) -> dict[str, int]:
    found = json.loads(cli("donors", "pairs", "--json").stdout)
    assert sum(kind["pairs"] for kind in found["kinds"]) == len(found["pairs"])
    return {kind["kind"]: kind["pairs"] for kind in found["kinds"]}


def _living(cli: Any, tmp_path: Path) -> set[str]:
    cli("donors", "export", tmp_path / "out.csv")
    return {row["donor_id"] for row in read_rows(tmp_path / "out.csv")}


def test_pairs_are_shown_by_why_they_wait(cli: Any, bring: Import, tmp_path: Path) -> None:
    bring(write_list(tmp_path / "a.csv", [*_PAIRS, *_ON_ONE_PHONE], _HEADER))
    assert _kinds(cli) == {"one-home": 2, "one-phone": 1}
    shown = cli("donors", "pairs").stdout
    assert "one-home: 2 pairs; of one name in one home, perhaps of two generations" in shown
    assert "98% of such pairs are one person" in shown
    assert "Mark Roe" not in cli("donors", "pairs", "--kind", "one-phone").stdout
    cli("donors", "pairs", "--kind", "one-home", "--out", tmp_path / "pairs.csv")
    assert [pair["kind"] for pair in read_rows(tmp_path / "pairs.csv")] == ["one-home"] * 2
    unknown = cli("donors", "pairs", "--kind", "twins")
    assert unknown.exit_code == 2
    assert "one-home, one-phone" in unknown.stderr


def test_the_pair_that_most_rows_are_about_is_asked_first(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    bring(write_list(tmp_path / "a.csv", _PAIRS, _HEADER))
    bring(write_list(tmp_path / "b.csv", [row[:5] + [""] * 3 for row in _PAIRS[2:]], _HEADER))
    pairs = json.loads(cli("donors", "pairs", "--json").stdout)["pairs"]
    assert [pair["first"]["name"] for pair in pairs] == ["Mark Roe", "John Smith"]


def test_a_kind_is_answered_once_it_was_said_how_many(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    bring(write_list(tmp_path / "a.csv", [*_PAIRS, *_ON_ONE_PHONE], _HEADER))
    looked = cli("donors", "decide", "--kind", "one-home", "--same")
    assert "2 pairs of the kind one-home" in looked.stderr
    assert "Nothing was kept" in looked.stdout
    assert _kinds(cli) == {"one-home": 2, "one-phone": 1}
    kept = cli("donors", "decide", "--kind", "one-home", "--same", "--yes", "--json")
    counts = json.loads(kept.stdout)
    assert (counts["asked"], counts["merged"], counts["left"]) == (2, 2, 0)
    assert _kinds(cli) == {"one-phone": 1}
    assert _living(cli, tmp_path) == {"1", "3", "5", "6"}
    again = json.loads(
        cli("donors", "decide", "--kind", "one-home", "--same", "--yes", "--json").stdout
    )
    assert (again["asked"], again["merged"]) == (0, 0)
    cli("donors", "decide", "--kind", "one-phone", "--not-same", "--yes")
    assert "No pair waits" in cli("donors", "pairs").stdout
    assert "is another person than donor 6" in cli("donors", "why", 5).stdout
    assert cli("audit", "verify").exit_code == 0


def test_each_of_many_decisions_is_taken_back_alone(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    bring(write_list(tmp_path / "a.csv", _PAIRS, _HEADER))
    before = story_of_all(database)
    cli("donors", "decide", "--kind", "one-home", "--same", "--yes")
    told = cli("donors", "why", 1).stdout
    assert "donor 2 is 1" in told
    assert "of one name in one home, perhaps of two generations" in told
    assert cli("donors", "unmerge", 2).exit_code == 0
    assert _living(cli, tmp_path) == {"1", "2", "3"}
    assert cli("donors", "unmerge", 4).exit_code == 0
    assert story_of_all(database) == before


def test_an_answer_that_cannot_be_meant_is_refused(cli: Any, bring: Import, tmp_path: Path) -> None:
    bring(write_list(tmp_path / "a.csv", _PAIRS, _HEADER))
    for words in (
        ["--kind", "one-home"],
        ["--kind", "one-home", "--same", "pairs.csv"],
        ["--kind", "twins", "--same", "--yes"],
        ["--same"],
        [],
    ):
        done = cli("donors", "decide", *words)
        assert done.exit_code == 2, words
        assert len(done.stderr.strip().splitlines()) == 1
    assert _kinds(cli) == {"one-home": 2}


def test_three_of_one_name_become_one(cli: Any, bring: Import, tmp_path: Path) -> None:
    bring(write_list(tmp_path / "a.csv", _men(1, "John Smith", _HOMES[0], "", "", ""), _HEADER))
    assert _kinds(cli) == {"one-home": 3}
    cli("donors", "decide", "--kind", "one-home", "--same", "--yes")
    assert _living(cli, tmp_path) == {"1"}
    kept = read_rows(tmp_path / "out.csv")[0]
    assert kept["other_emails"].split() == ["smith2@example.org", "smith3@example.org"]


def test_a_file_may_make_three_one_in_any_order_of_its_lines(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    bring(write_list(tmp_path / "a.csv", _men(1, "John Smith", _HOMES[0], "", "", ""), _HEADER))
    decided = tmp_path / "decided.csv"
    decided.write_text("donor_a,donor_b,verdict\n2,3,same\n1,3,same\n1,2,same\n")
    done = cli("donors", "decide", decided)
    assert done.exit_code == 0, done.stderr
    assert _living(cli, tmp_path) == {"1"}


def test_whoever_fits_two_who_are_apart_waits_on(cli: Any, bring: Import, tmp_path: Path) -> None:
    """Told apart by a person, after they were asked about."""
    bring(write_list(tmp_path / "a.csv", _men(1, "John Smith", _HOMES[0], "", "", ""), _HEADER))
    cli("donors", "not-same", 1, 3)
    done = cli("donors", "decide", "--kind", "one-home", "--same", "--yes", "--json")
    counts = json.loads(done.stdout)
    assert (counts["asked"], counts["merged"], counts["left"]) == (2, 0, 2)
    assert _living(cli, tmp_path) == {"1", "2", "3"}


def test_two_are_not_asked_about_whom_another_record_of_either_tells_apart(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    """What says nothing of a day of birth might be either's, until it is one's by his phone."""
    records = [
        ["1", "John", "Drummond", "617-555-0142", "jd@example.org", *_HOMES[0], "1950-03-04"],
        ["2", "John", "Drummond", "", "jd85@example.org", *_HOMES[0], "1985-07-21"],
        ["3", "John", "Drummond", "617-555-0142", "jd@example.org", *_HOMES[0], ""],
    ]
    bring(write_list(tmp_path / "a.csv", records, _HEADER))
    assert _living(cli, tmp_path) == {"1", "2"}
    assert _kinds(cli) == {}


def test_what_a_later_list_told_speaks_against(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    """The question is old: since then one has a day of birth, and the other another."""
    bring(write_list(tmp_path / "a.csv", _PAIRS, _HEADER))
    with database.begin() as connection:
        for donor, day in ((1, "1950-03-04"), (2, "1981-05-06")):
            connection.execute(
                text("update donor set birth_date = :day, birth_year = :year where id = :id"),
                {"day": day, "year": int(day[:4]), "id": donor},
            )
    done = cli("donors", "decide", "--kind", "one-home", "--same", "--yes", "--json")
    counts = json.loads(done.stdout)
    assert (counts["merged"], counts["left"]) == (1, 1)
    assert _living(cli, tmp_path) == {"1", "2", "3"}


def test_a_campaign_file_joins_men_of_one_name_in_one_home(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    assert _apply(cli, tmp_path, "join").exit_code == 0
    bring(write_list(tmp_path / "a.csv", [*_PAIRS[:2], *_ON_ONE_PHONE], _HEADER))
    assert _kinds(cli) == {}
    assert "of one name in one home" in cli("donors", "why", 1).stdout
    assert "the campaign file says join" in cli("donors", "why", 1).stdout
    assert "the campaign file said so" in cli("donors", "why", 3).stdout
    bring(write_list(tmp_path / "b.csv", _men(7, "John Smith", _HOMES[0], ""), _HEADER), "LATER")
    assert len(_living(cli, tmp_path)) == 2
    assert cli("donors", "unmerge", 2).exit_code == 0
    assert "is another person than donor 1" in cli("donors", "why", 2).stdout
    bring(write_list(tmp_path / "c.csv", _men(8, "John Smith", _HOMES[0], ""), _HEADER), "LAST")
    assert _kinds(cli) == {"fits-two": 2}, "whom a person told apart"


def test_nothing_is_joined_that_anything_speaks_against(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    """Two of one name in each home, and a third who fits both and is neither."""
    assert _apply(cli, tmp_path, "join").exit_code == 0
    told = (
        [("1950-03-04", ""), ("1981-05-06", "")],
        [("", ""), ("", "Jr")],
        [("", "Sr"), ("", "Jr")],
    )
    rows = [
        [*man[:7], *said]
        for place, (home, two) in enumerate(zip(_HOMES, told, strict=True))
        for man, said in zip(
            _men(place * 3 + 1, "John Smith", home, "", "", ""), [*two, ("", "")], strict=True
        )
    ]
    bring(write_list(tmp_path / "a.csv", rows, [*_HEADER, "Suffix"]))
    assert len(_living(cli, tmp_path)) == 9


def test_a_list_that_was_joined_is_taken_back_whole(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    _apply(cli, tmp_path, "join")
    bring(write_list(tmp_path / "a.csv", _PAIRS[:1], _HEADER))
    before = story_of_all(database)
    bring(write_list(tmp_path / "b.csv", [*_PAIRS[1:], *_ON_ONE_PHONE], _HEADER), "LATER")
    assert len(_living(cli, tmp_path)) == 3
    assert cli("lists", "undo", 2).exit_code == 0
    after = story_of_all(database)
    assert [batch["status"] for batch in after.pop("list_batch")] == ["admitted", "undone"]
    assert after == {name: rows for name, rows in before.items() if name != "list_batch"}
    with database.connect() as connection:
        for table in ("donor_merge", "donor_pair"):
            assert connection.scalar(text(f"select count(*) from {table}")) == 0


def test_what_waits_is_joined_later_only_when_told(cli: Any, bring: Import, tmp_path: Path) -> None:
    bring(write_list(tmp_path / "a.csv", _PAIRS, _HEADER))
    _apply(cli, tmp_path, "join")
    bring(write_list(tmp_path / "b.csv", _men(7, "Ray Doe", _HOMES[2]), _HEADER), "LATER")
    assert _kinds(cli) == {"one-home": 2}
    cli("donors", "decide", "--kind", "one-home", "--same", "--yes")
    assert _kinds(cli) == {}


def test_a_word_that_says_neither_is_refused(cli: Any, tmp_path: Path) -> None:
    done = _apply(cli, tmp_path, "merge")
    assert done.exit_code == 2
    assert "same_name_same_home: 'merge' is not allowed; allowed: 'ask' or 'join'" in done.stderr


def test_two_who_wait_are_not_joined_by_a_list_that_says_nothing_new(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    home = _HOMES[0]
    at_home = [["1", "Paul", "Lee", "617-555-0142", "", *home, ""],
               ["2", "Paul", "Lee", "617-555-0143", "", *home, ""],
               ["3", "Ann", "Lee", "617-555-0142", "", *home, ""]]  # fmt: skip
    bring(write_list(tmp_path / "a.csv", at_home, _HEADER))
    assert _living(cli, tmp_path) == {"1", "2", "3"}
    more = [["Ann", "Lee", "", "ann@example.org", *home, ""],
            ["Paul", "Lee", "", "", *home, ""]]  # fmt: skip
    bring(write_list(tmp_path / "b.csv", more, _HEADER[1:]), "OTHER")
    assert {"1", "2", "3"} <= _living(cli, tmp_path)
    assert _kinds(cli)["one-home"] >= 1
    found = json.loads(cli("donors", "pairs", "--json").stdout)
    assert {(1, 2)} <= {(pair["first_id"], pair["second_id"]) for pair in found["pairs"]}
