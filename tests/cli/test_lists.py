"""Lists from the command line: what comes in, what stays out, and the way back."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import Engine, text

from config.settings import settings
from gateways.donor_files import read_parts
from tasks import lists
from tests.support.list_files import (
    ROWS,
    Import,
    counts,
    read_rows,
    state,
    story_of_all,
    write_list,
)


def test_every_row_has_its_account_and_its_values(cli: Any, bring: Import, tmp_path: Path) -> None:
    account = bring(write_list(tmp_path / "list.csv", ROWS))
    assert counts(account) == (3, 1, 0, 2)
    assert account["quality"]["expectations"] == (
        account["quality"]["passed"] + account["quality"]["failed"]
    )
    assert cli("donors", "export", tmp_path / "rows.csv", "--rows").exit_code == 0
    rows = read_rows(tmp_path / "rows.csv")
    assert [row["disposition"] for row in rows] == [
        "imported", "imported", "merged", "quarantined", "quarantined", "imported"
    ]  # fmt: skip
    assert rows[0]["donor_id"] == rows[2]["donor_id"] != rows[1]["donor_id"]
    assert rows[0]["phone_e164"] == rows[1]["phone_e164"] == "+16175550142"
    assert (rows[0]["postal_code"], rows[0]["state"]) == ("02139", "MA")
    assert rows[0]["timezone"] == "America/New_York"
    assert [row["amount_cents"] for row in rows[:3]] == ["2500", "5000", "10000"]
    assert rows[5]["first_name"].startswith("'=")
    assert rows[5]["last_name"] == "Null"


def test_columns_that_nobody_knows_are_kept_and_shown(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    header = ["First Name", "Last Name", "Phone", "T-shirt", "Notes"]
    rows = [
        ["Ann", "Roe", "617-555-0142", "L", 'says "hi"'],
        ["Bob", "Poe", "212-555-0143", "", ""],
        ["Cat", "Doe", "212-555-0144", "M", ""],
    ]
    bring(write_list(tmp_path / "list.csv", rows, header))
    cli("donors", "export", tmp_path / "rows.csv", "--rows")
    kept = [row["kept"] for row in read_rows(tmp_path / "rows.csv")]
    assert json.loads(kept[0]) == {"T-shirt": "L", "Notes": 'says "hi"'}
    assert kept[1] == ""
    told = cli("donors", "why", 1).stdout
    assert '    T-shirt: L\n    Notes: says "hi"\n' in told
    assert [
        row["kept"] for row in json.loads(cli("donors", "why", 3, "--json").stdout)["rows"]
    ] == [{"T-shirt": "M"}]
    mapping = tmp_path / "mapping.toml"
    cli("lists", "inspect", tmp_path / "list.csv", "--save-mapping", mapping)
    mapping.write_text(mapping.read_text().replace('"Notes" = "keep"', '"Notes" = "ignore"'))
    bring(tmp_path / "list.csv", "LESS", "--mapping", str(mapping))
    cli("donors", "export", tmp_path / "rows.csv", "--rows")
    assert json.loads(read_rows(tmp_path / "rows.csv")[3]["kept"]) == {"T-shirt": "L"}


def test_a_list_of_which_nothing_is_known_comes_in_once_its_columns_are_named(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    path = tmp_path / "rolls.txt"
    path.write_text("060|XQROE|ANNQ|17\n060|XQPOE|BOBQ|18\n")
    mapping = tmp_path / "mapping.toml"
    told = cli("lists", "inspect", path, "--save-mapping", mapping)
    assert (told.exit_code, "Column 3" in told.stdout) == (2, True)
    assert f"Say in {mapping} which do" in told.stderr
    assert "--save-mapping" in cli("lists", "import", path, "--source", "ROLL").stderr
    text = mapping.read_text()
    for column, field in (("Column 2", "last_name"), ("Column 3", "first_name")):
        text = text.replace(f'"{column}" = "keep"', f'"{column}" = "{field}"')
    mapping.write_text(text)
    assert bring(path, "ROLL", "--mapping", str(mapping))["imported"] == 2
    cli("donors", "export", tmp_path / "out.csv")
    assert {row["last_name"] for row in read_rows(tmp_path / "out.csv")} == {"Xqroe", "Xqpoe"}


def test_columns_at_fixed_places_come_in_once_a_mapping_says_where_they_stand(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    path = tmp_path / "qvf.txt"
    path.write_text("ROE         ANN    6175550142MI48201\nPOEDEXTERSONBOB    6175550143MI48912\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[places]\n"Last" = "1-12"\n"First" = "13-19"\n"Phone" = "20-29"\n"ZIP" = "32-36"\n'
    )
    again = tmp_path / "again.toml"
    cli("lists", "inspect", path, "--mapping", mapping, "--save-mapping", again)
    assert bring(path, "QVF", "--mapping", str(again))["imported"] == 2
    cli("donors", "export", tmp_path / "out.csv")
    assert {
        (row["first_name"], row["last_name"], row["phone_e164"], row["postal_code"])
        for row in read_rows(tmp_path / "out.csv")
    } == {("Ann", "Roe", "+16175550142", "48201"), ("Bob", "Poedexterson", "+16175550143", "48912")}
    for place in ("12-1", "0-4", "twelve"):
        mapping.write_text(f'[places]\n"Last" = "{place}"\n')
        said = cli("lists", "inspect", path, "--mapping", mapping).stderr
        assert "its first and its last sign" in said


def test_names_in_another_encoding_come_in_right_once_a_mapping_says_which(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    path = tmp_path / "rolls.csv"
    path.write_bytes("First Name,Last Name,Phone\n芳,李,617-555-0142\n".encode("gb18030"))
    mapping, again = tmp_path / "mapping.toml", tmp_path / "again.toml"
    mapping.write_text('encoding = "gb18030"\n')
    told = cli("lists", "inspect", path, "--mapping", mapping, "--save-mapping", again).stdout
    assert "gb18030" in told.splitlines()[0]
    assert bring(path, "ROLL", "--mapping", str(again))["imported"] == 1
    cli("donors", "export", tmp_path / "out.csv")
    assert [(row["first_name"], row["last_name"]) for row in read_rows(tmp_path / "out.csv")] == [
        ("芳", "李")
    ]
    for wrong in ('"klingon"', '"hex"', "3"):
        mapping.write_text(f"encoding = {wrong}\n")
        said = cli("lists", "inspect", path, "--mapping", mapping).stderr
        assert "encoding is the name of one" in said


def test_several_phones_are_told_as_they_are_dialled(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    header = ["First Name", "Last Name", "Home Phone", "Cell Phone", "Work Phone"]
    numbers = ["617-555-0142", "617-555-0143", "617-555-0144"]
    bring(write_list(tmp_path / "list.csv", [["Ann", "Roe", *numbers]], header))
    for column, rows in (("other_phones", ()), ("more_phones", ("--rows",))):
        assert cli("donors", "export", tmp_path / "out.csv", *rows).stderr.startswith("1 row in")
        (row,) = read_rows(tmp_path / "out.csv")
        told = {row["phone_e164"], *row[column].split("; ")}
        assert told == {f"+1{number.replace('-', '')}" for number in numbers}


@pytest.mark.parametrize(("cell", "is_said"), [("Ann Roe", True), ("Ann Roe 617-555-0142", False)])
def test_that_nobody_can_be_called_is_said_where_no_number_stands_anywhere(
    cli: Any, tmp_path: Path, cell: str, *, is_said: bool
) -> None:
    path = write_list(tmp_path / "list.csv", [[cell, "Boston"]] * 3, ["Name", "City"])
    said = cli("lists", "inspect", path).stdout
    assert ("nobody can be called" in said) is is_said


@pytest.mark.parametrize("words", [("lists", "inspect"), ("suppress",)], ids=" ".join)
def test_no_row_of_a_list_leaves_the_home_on_its_way(
    cli: Any, home: Path, database: Engine, tmp_path: Path, monkeypatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(b"First Name,Last Name,Phone\nAnn,Roe,617-555-0142\n"))
    scratch = home / "files" / "scratch"
    for name, hours in (("left by one that was killed", 25), ("at work", 1)):
        (scratch / name).mkdir(parents=True)
        os.utime(scratch / name, (time.time() - hours * 3600,) * 2)
    result = cli(*words, path)
    assert result.exit_code == 0, result.stderr
    assert [each.name for each in scratch.iterdir()] == ["at work"]


def test_people_of_one_home_are_a_household_of_two(cli: Any, bring: Import, tmp_path: Path) -> None:
    bring(write_list(tmp_path / "list.csv", ROWS))
    cli("donors", "export", tmp_path / "donors.csv")
    donors = read_rows(tmp_path / "donors.csv")
    assert donors[0]["household_id"] == donors[1]["household_id"] != ""
    assert donors[2]["household_id"] == ""
    assert [donor["source_rows"] for donor in donors] == ["2", "1", "1"]


def test_the_same_file_again_changes_nothing(
    bring: Import, tmp_path: Path, database: Engine
) -> None:
    path = write_list(tmp_path / "list.csv", ROWS)
    first = bring(path)
    before = state(database)
    again = bring(path)
    assert counts(again) == (0, 0, 4, 2)
    assert again["batch_id"] == first["batch_id"]
    assert state(database) == before


def test_a_longer_export_of_the_same_source_adds_only_what_is_new(
    bring: Import, tmp_path: Path
) -> None:
    bring(write_list(tmp_path / "one.csv", ROWS[:3]))
    new = ["7", "Ann", "Poe", "212-555-0145", "", "", "", "10", "02/14/2026"]
    account = bring(write_list(tmp_path / "two.csv", [*ROWS[:3], new]))
    assert counts(account) == (1, 0, 3, 0)


def test_mended_rows_come_in_as_a_continuation(
    bring: Import, tmp_path: Path, database: Engine
) -> None:
    account = bring(write_list(tmp_path / "list.csv", ROWS))
    rejects = read_rows(Path(account["rejects_file"]))
    assert [row["Pledgeline reason"] for row in rejects][1] == "the amount is not an amount"
    rejects[1]["Amount"] = "12.50"
    mended = [list(rejects[1].values())]
    second = bring(write_list(tmp_path / "mended.csv", mended, list(rejects[1])))
    assert counts(second) == (1, 0, 0, 0)
    with database.connect() as connection:
        query = text("select continues_batch_id from list_batch where id = :id")
        assert connection.scalar(query, {"id": second["batch_id"]}) == account["batch_id"]


def test_rejected_rows_are_found_where_the_home_was_moved_to(
    bring: Import, cli: Any, database: Engine, home: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    account = bring(write_list(tmp_path / "list.csv", ROWS))
    assert Path(account["rejects_file"]).is_absolute()
    monkeypatch.setenv("PLEDGELINE_HOME", str(home.rename(home.with_name("restored"))))
    settings.cache_clear()
    again = bring(tmp_path / "list.csv")
    assert again["rejects_file"] == account["rejects_file"].replace("/home/", "/restored/")
    assert len(read_rows(Path(again["rejects_file"]))) == account["quarantined"]


def test_a_file_that_grows_while_it_is_read_leaves_nothing(
    cli: Any, bring: Import, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(write_list(tmp_path / "first.csv", ROWS[:1]))
    path = write_list(tmp_path / "list.csv", ROWS)
    before, read = state(database), read_parts

    def read_while_it_grows(*given: Any, **options: Any) -> Any:
        with path.open("a", encoding="utf-8") as file:
            file.write("9,Ann,Poe,212-555-0149,,,,,\n")
        return read(*given, **options)

    monkeypatch.setattr(lists, "read_parts", read_while_it_grows)
    done = cli("lists", "import", path, "--source", "WEB")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "changed while it was read" in done.stderr
    assert state(database) == before


def _as_excel_saves_it(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as a spreadsheet keeps a CSV that was opened in it: numbers and days are told."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("batch")
    day = book.add_format({"num_format": "m/d/yyyy"})
    sheet.write_row(0, 0, list(rows[0]))
    for place, row in enumerate(rows, start=1):
        for column, (name, cell) in enumerate(row.items()):
            if name == "Date" and cell:
                month, of_month, year = map(int, cell.split("/"))
                sheet.write_datetime(place, column, date(year, month, of_month), day)
            elif cell.isdecimal():
                sheet.write_number(place, column, int(cell))
            else:
                sheet.write_string(place, column, cell)
    book.close()
    return path


def test_mended_rows_come_back_from_a_spreadsheet(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    bad = ["7", "+Zoë", "Roe", "+1 617-555-0149", "", "1 Main St", "02139", "lots", "01/31/2026"]
    first = bring(write_list(tmp_path / "list.csv", [*ROWS[:2], bad]))
    rejects = read_rows(Path(first["rejects_file"]))
    assert [row["First Name"] for row in rejects] == ["'+Zoë"]
    mended = [{**row, "Amount": "25"} for row in rejects]
    again = bring(_as_excel_saves_it(tmp_path / "mended.xlsx", mended))
    assert counts(again) == (1, 0, 0, 0)
    assert state(database)["batch"][1]["continues_batch_id"] == first["batch_id"]
    cli("donors", "export", tmp_path / "rows.csv", "--rows")
    row = read_rows(tmp_path / "rows.csv")[-1]
    assert (row["phone_e164"], row["postal_code"]) == ("+16175550149", "02139")
    assert (row["given_on"], row["amount_cents"]) == ("2026-01-31", "2500")
    assert row["first_name"] == "'+Zoë"
    undone = cli("lists", "undo", first["batch_id"])
    assert undone.exit_code == 0
    assert counts(bring(tmp_path / "list.csv"))[:2] == (2, 0)


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        pytest.param("617-555-0142\n", {"opt_out": 1}, id="one number"),
        pytest.param("6175550142\n2125550143\n", {"opt_out": 2}, id="numbers without a header"),
        pytest.param("bob@example.org\n", {"opt_out": 1}, id="one e-mail"),
        pytest.param("Name,Phone\nAnn Roe,(617) 555-0142\n", {"opt_out": 1}, id="with names"),
        pytest.param(
            "Phone,Type\n6175550142,Deceased\n2125550143,DNC\n9,DNC\n",
            {"deceased": 1, "do_not_call": 1},
            id="with kinds",
        ),
        pytest.param("First,Last\nAnn,Roe\n", None, id="names alone"),
        pytest.param(
            "Please do not call:\n\nWho;Number;Why\nAnn;617.555.0142 (home);asked us to stop\n"
            "Bob;see bob@example.org;deceased\nEd;?;DNC\n",
            {"opt_out": 1, "deceased": 1},
            id="in whatever words",
        ),
    ],
)
def test_whoever_is_on_a_list_of_any_shape_is_not_called(
    cli: Any, bring: Import, tmp_path: Path, text: str, reached: dict[str, int] | None
) -> None:
    rows = [
        ["1", "Ann", "Roe", "617-555-0142", "", "", "", "", ""],
        ["2", "Bob", "Poe", "212-555-0143", "bob@example.org", "", "", "", ""],
    ]
    path = tmp_path / "no.csv"
    path.write_text(text, encoding="utf-8")
    before = cli("suppress", path, "--json")  # of those who come later
    bring(write_list(tmp_path / "list.csv", rows))
    after = cli("suppress", path, "--json")
    if reached is None:
        assert (before.exit_code, after.exit_code) == (2, 2)
        assert "a name alone" in after.stderr
        return
    assert json.loads(before.stdout)["new"] == sum(reached.values())
    assert json.loads(after.stdout)["new"] == 0
    cli("donors", "export", tmp_path / "donors.csv")
    told = Counter(row["reason"] for row in read_rows(tmp_path / "donors.csv") if row["reason"])
    assert told == {f"suppression: {kind}": count for kind, count in reached.items()}


def test_a_batch_is_taken_back_entirely(
    cli: Any, bring: Import, tmp_path: Path, database: Engine
) -> None:
    kept = write_list(tmp_path / "kept.csv", ROWS[:1])
    bring(kept, "BOARD")
    before = state(database)
    account = bring(write_list(tmp_path / "list.csv", ROWS))
    assert cli("lists", "undo", account["batch_id"]).exit_code == 0
    after = state(database)
    for table in ("gift", "row", "phone"):
        assert after[table] == before[table]
    assert [d["id"] for d in after["donor"]] == [d["id"] for d in before["donor"]]
    assert cli("lists", "undo", account["batch_id"]).exit_code == 2
    assert counts(bring(tmp_path / "list.csv"))[3] == 2


def test_what_a_batch_told_of_those_who_stay_goes_with_it(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    first = [["1", "J", "Smith", "", "john@example.org", "", "", "", ""]]
    bring(write_list(tmp_path / "a.csv", first))
    before = story_of_all(database)
    more = [["9", "John", "Smith", "617-555-0142", "john@example.org", "1 Oak St", "02139", "", ""]]
    account = bring(write_list(tmp_path / "b.csv", more), "OTHER")
    assert counts(account) == (0, 1, 0, 0)
    assert story_of_all(database)["donor"][0]["phone_e164"] == "+16175550142"
    done = cli("lists", "undo", account["batch_id"], "--json")
    assert json.loads(done.stdout)["changed"] == 1
    after = story_of_all(database)
    assert [batch["status"] for batch in after.pop("list_batch")] == ["admitted", "undone"]
    assert after == {name: rows for name, rows in before.items() if name in after}


def test_a_batch_that_money_rests_on_stays(
    cli: Any, bring: Import, tmp_path: Path, database: Engine
) -> None:
    account = bring(write_list(tmp_path / "list.csv", ROWS))
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into pledge (ref, donor_id, source, amount_cents, currency, pledged_on,"
                " status, created_at) values ('P1', 1, 'call', 500, 'usd', '2026-01-01', 'open',"
                " now())"
            )
        )
    refused = cli("lists", "undo", account["batch_id"])
    assert refused.exit_code == 2
    assert "pledges" in refused.stderr


def test_suppression_reaches_those_who_are_there_and_those_who_come(
    cli: Any, bring: Import, tmp_path: Path
) -> None:
    bring(write_list(tmp_path / "list.csv", ROWS[:1]))
    names = write_list(
        tmp_path / "stop.csv", [["617-555-0142", ""], ["", "N@example.org"]], ["Phone", "Email"]
    )
    effect = json.loads(cli("suppress", names, "--json").stdout)
    assert (effect["new"], effect["donors"]) == (2, 1)
    assert json.loads(cli("suppress", names, "--json").stdout)["new"] == 0
    late = ["9", "Nora", "Late", "212-555-0149", "n@example.org", "", "", "", ""]
    bring(write_list(tmp_path / "more.csv", [late]))
    cli("donors", "export", tmp_path / "donors.csv")
    donors = read_rows(tmp_path / "donors.csv")
    assert [donor["status"] for donor in donors] == ["suppressed", "suppressed"]
    story = cli("donors", "why", 1)
    assert "not called: opt_out by phone" in story.stdout


SOURCES = """
[[sources]]
code = "RENTED-7"
kind = "rented"
supplied_by = "Acme Lists"
received_on = 2026-01-15
consent = { call = "published number" }
not_to = ["outsourced"]

[[sources]]
code = "PANEL"
kind = "exchange"
uses = ["survey"]
"""


def _campaign(tmp_path: Path, sources: str) -> Path:
    path = tmp_path / "campaign.toml"
    example = Path(__file__).parents[2] / "examples" / "nonprofit.toml"
    path.write_text(example.read_text(encoding="utf-8") + sources, encoding="utf-8")
    return path


def test_a_source_is_declared_or_refused(
    cli: Any, bring: Import, database: Engine, tmp_path: Path
) -> None:
    assert cli("campaign", "apply", _campaign(tmp_path, SOURCES)).exit_code == 0
    path = write_list(tmp_path / "a.csv", ROWS[:2])
    done = cli("lists", "import", path, "--source", "ELSEWHERE")
    assert done.exit_code == 2
    assert "RENTED-7" in done.stderr
    bring(path, "RENTED-7")
    with database.connect() as connection:
        terms = connection.scalars(text("select distinct provenance from donor")).all()
        batch = connection.scalar(text("select provenance from list_batch"))
    assert terms == [["rented", "not:offshore", "not:outsourced"]]
    assert batch["consent"] == {"call": "published number"}
    told = cli("donors", "why", 1).stdout
    assert "may not go to offshore, outsourced" in told
    account = bring(write_list(tmp_path / "b.csv", ROWS[4:]), "PANEL", code=1)
    assert account["quality"]["gate"] == "stopped"
    assert sum(account["quality"]["reasons"].values()) == account["rows_read"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param('kind = "fec_report"\nuses = ["solicit"]', "30111", id="against the law"),
        pytest.param('kind = "rented"\nnot_to = ["MARS"]', "no place 'MARS'", id="no such place"),
        pytest.param('kind = "found"', "allowed", id="no such kind"),
    ],
)
def test_a_source_that_cannot_be_is_refused_with_its_line(
    cli: Any, database: Engine, tmp_path: Path, words: str, says: str
) -> None:
    path = _campaign(tmp_path, f'\n[[sources]]\ncode = "X"\n{words}\n')
    done = cli("campaign", "apply", path)
    assert done.exit_code == 2
    assert says in done.stderr
    assert "line" in done.stderr


def test_names_from_fec_reports_are_stopped_with_the_rule(bring: Import, tmp_path: Path) -> None:
    header = ["CMTE_ID", "TRANSACTION_TP", "NAME", "CITY", "STATE", "ZIP_CODE", "SUB_ID"]
    rows = [["C00000001", "15", "SMITH, JOHN", "BOSTON", "MA", "02139", "1"]]
    account = bring(write_list(tmp_path / "itcont.csv", rows, header), code=1)
    assert account["status"] == "stopped"
    assert account["quarantined"] == 1
