"""Files of pledges at the command line: workbooks, and what a signature keeps as it was."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import Engine, text

from config.clock import now
from store import reports
from store.committees import the_committee
from store.session import unit_of_work
from tests.conftest import Cli

HEADER = ["Pledge Ref", "first_name", "last_name", "amount", "pledged_on", "postal_code"]


def write_book(path: Path, rows: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        book.add_worksheet("Notes").write(0, 0, "made by hand")
        sheet = book.add_worksheet("Pledges")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif value is not None:
                    sheet.write(number, column, value)
    return path


def pledges(database: Engine) -> list[tuple[object, ...]]:
    query = "select ref, first_name, amount_cents, pledged_on, postal_code from pledge order by ref"
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_workbook_of_pledges_is_taken_in_like_its_csv(
    cli: Cli, database: Engine, tmp_path: Path
) -> None:
    rows: list[list[object]] = [
        ["Pledges of September"],
        [None],
        [*HEADER],
        [17, "Pat", "Invented", 125.5, date(2026, 9, 7), "10001"],
        ["B-2", "Kim", "Example", 50, date(2026, 9, 8), 501],
        ["B-3", "Ann", "Example", "much", date(2026, 9, 8), None],
    ]
    book = write_book(tmp_path / "pledges.xlsx", rows)
    answer = cli("pledges", "import", book, "--json")
    assert answer.exit_code == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert (found["rows_read"], found["imported"], found["quarantined"]) == (3, 2, 1)
    assert pledges(database) == [
        ("17", "Pat", 12_550, date(2026, 9, 7), "10001"),
        ("B-2", "Kim", 5_000, date(2026, 9, 8), "00501"),
    ]
    assert "much" in Path(found["rejects_file"]).read_text(encoding="utf-8")
    plain = tmp_path / "pledges.csv"
    plain.write_text(
        "pledge_ref,first_name,last_name,amount,pledged_on,postal_code\n"
        "17,Pat,Invented,125.50,2026-09-07,10001\nB-2,Kim,Example,50.00,2026-09-08,00501\n",
        encoding="utf-8",
    )
    again = json.loads(cli("pledges", "import", plain, "--json").stdout)
    assert (again["imported"], again["changed"], again["unchanged"]) == (0, 0, 2)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        pytest.param([["ref", "sum"], [1, 2]], "has the columns", id="no sheet of pledges"),
        pytest.param([HEADER], "holds a header", id="a header alone"),
        pytest.param([[*HEADER, "amount"], [1, "A", "B", 5, date(2026, 9, 1), None, 6]],
                     "names a column twice", id="a column twice"),
        pytest.param([[*HEADER, None], [1, "A", "B", 5, date(2026, 9, 1), None, "x"]],
                     "under no heading", id="values under no heading"),
    ],
)  # fmt: skip
def test_a_workbook_without_pledges_is_refused_in_a_sentence(
    cli: Cli, tmp_path: Path, rows: list[list[object]], words: str
) -> None:
    answer = cli("pledges", "import", write_book(tmp_path / "p.xlsx", rows))
    assert answer.exit_code == 2
    assert words in " ".join(answer.stderr.split())


def test_pledges_of_signed_days_stay_as_they_were_signed(
    cli: Cli, database: Engine, tmp_path: Path
) -> None:
    """A newer file changes an open pledge, but none that a signature vouches for."""
    path = tmp_path / "pledges.csv"

    def bring(amount: str) -> dict[str, int]:
        path.write_text(
            "pledge_ref,first_name,last_name,amount,pledged_on\n"
            f"S-1,Pat,Invented,{amount},2026-08-30\nS-2,Kim,Example,{amount},2026-09-02\n",
            encoding="utf-8",
        )
        answer = cli("pledges", "import", path, "--json")
        assert answer.exit_code == 0, answer.stderr
        found: dict[str, int] = json.loads(answer.stdout)
        return found

    assert bring("50")["imported"] == 2
    with unit_of_work() as session:
        the_committee(session)
        reports.add(
            session,
            reports.Report(
                code="TR-SIGNED", kind="treasurer", first_day=date(2026, 8, 1),
                last_day=date(2026, 8, 31), edition=1, folder="/nowhere", files=[], figures={},
                input_hash="0", status="draft", prepared_by="a", prepared_at=now(),
                submitted_by=None, submitted_at=None, signed_by=None, signed_at=None,
                signature=None, detail={},
            ),
        )  # fmt: skip
        reports.submit(session, "TR-SIGNED", "a", now())
        reports.sign(session, "TR-SIGNED", "b", now(), "signature")
    found = bring("75")
    assert (found["changed"], found["unchanged"]) == (1, 1)
    assert [(row[0], row[2]) for row in pledges(database)] == [("S-1", 5_000), ("S-2", 7_500)]
