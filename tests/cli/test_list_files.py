"""List files from the command line: what is seen in them, and what is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.list_files import (
    HEADER,
    ROWS,
    Import,
    counts,
    read_rows,
    state,
    write_list,
)


def test_inspect_shows_the_mapping_and_hides_the_people(cli: Any, tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", ROWS)
    found = json.loads(cli("lists", "inspect", path, "--json").stdout)
    fields = {column["header"]: column["field"] for column in found["columns"]}
    assert fields["Zip"] == "postal_code"
    assert [problem["row"] for problem in found["problems"]] == [4, 5]
    assert sum(told["rows"] for told in found["reasons"]) == 2
    assert "of the first" in cli("lists", "inspect", path).stdout.lower()
    assert "Smith" not in json.dumps(found)


def test_blank_rows_below_a_list_do_not_stop_it(bring: Import, tmp_path: Path) -> None:
    rows = [["Ann", f"Family{n}", f"617-555-01{n:02}"] for n in range(10)] + [["", "", ""]] * 200
    account = bring(write_list(tmp_path / "list.csv", rows, ["First", "Last", "Phone"]))
    assert counts(account) == (10, 0, 0, 200)
    assert account["quality"]["reasons"] == {"the row is empty": 200}


def test_the_line_of_totals_is_nobody(bring: Import, tmp_path: Path) -> None:
    rows = [["Jane", "Doe", "6175550142", "5"], ["Max", "Total", "", "7"], ["Total", "", "", "12"]]
    account = bring(write_list(tmp_path / "sums.csv", rows, ["First", "Last", "Phone", "Gift"]))
    assert counts(account) == (2, 0, 0, 1)
    assert "total" in read_rows(Path(account["rejects_file"]))[0]["Pledgeline reason"]


def test_a_mapping_file_has_the_last_word(cli: Any, bring: Import, tmp_path: Path) -> None:
    path = write_list(tmp_path / "odd.csv", [["Jane", "Doe", "6175550142"]], ["a", "b", "c"])
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\na = "first_name"\nb = "last_name"\nc = "phone"\n')
    assert counts(bring(path, "ODD", "--mapping", str(mapping))) == (1, 0, 0, 0)
    mapping.write_text('[columns]\na = "nonsense"\n')
    assert cli("lists", "import", path, "--source", "O", "--mapping", mapping).exit_code == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("import", "none.csv", "--source", "X"), "no file", id="missing file"),
        pytest.param(
            ("import", "x.csv", "--source", "X", "--campaign", "NO"), "campaign", id="code"
        ),
        pytest.param(("import", "x.csv", "--source", "X", "--format", "no"), "format", id="format"),
        pytest.param(("import", "x.csv", "--source", "two words"), "source", id="bad code"),
        pytest.param(("undo", "99"), "batch", id="unknown batch"),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(
    cli: Any, database: Engine, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    write_list(tmp_path / "x.csv", ROWS)
    done = cli("lists", *[tmp_path / word if word.endswith(".csv") else word for word in words])
    assert done.exit_code == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not state(database)["batch"]


def _archive(path: Path, lists: dict[str, list[list[str]]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "Two lists.")
        for name, rows in lists.items():
            archive.write(write_list(path.with_name("packed.csv"), rows), name)
    return path


def test_an_archive_of_several_lists_is_a_batch_for_each(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    path = _archive(tmp_path / "fall.zip", {"2024.csv": ROWS[:2], "old/2023.csv": ROWS[1:5]})
    account = bring(path)
    assert [one["file"] for one in account["lists"]] == ["2024.csv", "2023.csv"]
    assert [counts(one) for one in account["lists"]] == [(2, 0, 0, 0), (0, 1, 1, 2)]
    assert counts(account) == (2, 1, 1, 2)
    assert counts(bring(path)) == (0, 0, 4, 2)
    assert state(database)["batch"][1]["file_name"] == "fall.zip/old/2023.csv"
    assert cli("lists", "undo", account["lists"][0]["batch_id"]).exit_code == 0
    refused = cli("lists", "inspect", path)
    assert (refused.exit_code, "fall.zip/old/2023.csv" in refused.stderr) == (2, True)
    assert cli("lists", "inspect", path / "old" / "2023.csv").exit_code == 0
    assert cli("lists", "inspect", path / "gone.csv").exit_code == 2


def test_nothing_of_an_archive_comes_in_where_one_list_is_none(
    cli: Any, database: Engine, tmp_path: Path
) -> None:
    path = _archive(tmp_path / "fall.zip", {"a.csv": ROWS[:2], "b.csv": []})
    done = cli("lists", "import", path, "--source", "WEB")
    assert done.exit_code == 2
    assert "no rows" in done.stderr
    assert not state(database)["batch"]


def test_what_went_back_counts_though_it_bears_the_number_of_the_gift(
    bring: Import, cli: Any, tmp_path: Path
) -> None:
    header = ["Gift ID", "Name", "Email", "Amount", "Date", "Type"]
    rows = [
        ["G1", "Ann Roe", "ann@example.org", "50", "01/02/2026", "Donation"],
        ["G1", "Ann Roe", "ann@example.org", "50", "01/05/2026", "Refund"],
        ["G2", "Ann Roe", "ann@example.org", "20", "01/06/2026", "Donation"],
        ["G3", "Ann Roe", "ann@example.org", "70", "01/07/2026", "Pledge"],
    ]
    bring(write_list(tmp_path / "gifts.csv", rows, header))
    cli("donors", "export", tmp_path / "donors.csv")
    (donor,) = read_rows(tmp_path / "donors.csv")
    assert (donor["gifts"], donor["total_cents"]) == ("2", "2000")


def test_a_broken_row_changes_nothing_of_the_rows_beside_it(
    bring: Import, cli: Any, tmp_path: Path
) -> None:
    """Gifts without a number are known by their row: read in another way, they count once."""
    path = write_list(tmp_path / "list.csv", [row[1:] for row in ROWS[:3]], HEADER[1:])
    assert counts(bring(path)) == (2, 1, 0, 0)
    path.write_text(path.read_text(encoding="utf-8") + "one,cell too few\n", encoding="utf-8")
    assert counts(bring(path)) == (0, 0, 3, 1)
    cli("donors", "export", tmp_path / "donors.csv")
    assert sorted(row["gifts"] for row in read_rows(tmp_path / "donors.csv")) == ["1", "2"]


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ('colums = 1\n[columns]\nName = "full_name"\n', "unknown keys: colums"),
        ('[columns]\nNam = "full_name"\n', "the file lacks: Nam"),
        ('[columns]\nName = "last_name"\nEmail = "last_name"\n', "2 columns for last_name"),
        ('[columns]\nName = "lastname"\n', "unknown fields: lastname"),
        ('region = "XX"\n', "two letters of a country"),
        ('date_order = "mdyy"\n', "date_order is ymd"),
        ("[columns\n", "is not TOML"),
        pytest.param("[columns]\nName = [[1]]\n", "unknown fields: [[1]]", id="a list"),
        pytest.param("[columns]\nName = {a = {b = 1}}\n", "unknown fields: {'a'", id="a table"),
        pytest.param('[columns]\nName = "a\\r\\nb"\n', "unknown fields: a b", id="two lines"),
        pytest.param('[columns]\nName = ""\n', "unknown fields: a blank", id="blank"),
        pytest.param("format = [1]\n", "format is a code", id="a format of numbers"),
        pytest.param("region = '''a\nb'''\n", "two letters", id="a region of two lines"),
    ],
)
def test_a_mapping_that_is_wrong_is_one_sentence(
    cli: Any, tmp_path: Path, mapping: str, says: str
) -> None:
    path = write_list(tmp_path / "list.csv", [["Ann Roe", "ann@example.org"]], ["Name", "Email"])
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    done = cli("lists", "inspect", path, "--mapping", tmp_path / "map.toml")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert says in done.stderr


def test_inspect_says_what_a_list_lacks_and_what_to_do_next(cli: Any, tmp_path: Path) -> None:
    rows = [["ROE, ANN", "Roe for Congress", "MA", "01/02/2026", "50"]]
    header = ["Contributor name", "Recipient", "State", "Receipt date", "Amount"]
    report = write_list(tmp_path / "fec.csv", rows, header)
    told = json.loads(cli("lists", "inspect", report, "--json").stdout)
    assert "30111" in told["refusal"]
    assert "It would be stopped" in cli("lists", "inspect", report).stdout
    undated = write_list(
        tmp_path / "gifts.csv", [["Ann Roe", "617-555-0134", "50"]], ["Name", "Phone", "Amount"]
    )
    told = json.loads(cli("lists", "inspect", undated, "--json").stdout)
    assert (told["refusal"], len(told["notes"])) == (None, 1)
    assert "count as no gift" in told["notes"][0]
    assert "lists import gifts.csv --source" in cli("lists", "inspect", undated).stdout
