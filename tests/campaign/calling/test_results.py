"""Results files: every row is a result or a finding, and a file that is none is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.calling.results import DISPOSITIONS, ResultsFileError, read_results

NOW = datetime(2026, 9, 9, 20, tzinfo=UTC)
HEADER = "packet_row_id,call_id,started_at,disposition,pledge_amount,volunteer\n"


def read(tmp_path: Path, text: str) -> tuple[list[str], list[str]]:
    path = tmp_path / "r.csv"
    path.write_text(text, encoding="utf-8")
    good, findings = read_results(path, NOW, ["volunteer"])
    return [result.disposition for result in good], [finding.kind for finding in findings]


@pytest.mark.parametrize("code", DISPOSITIONS)
def test_every_code_is_understood(tmp_path: Path, code: str) -> None:
    row = f"R1,c1,2026-09-09T15:00:00-04:00,{code.upper().replace('_', ' ')},,\n"
    assert read(tmp_path, HEADER + row) == ([code], [])


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("R1,c,2026-09-09T15:00:00-04:00,hung up,,", "unknown_code"),
        ("R1,c,2026-09-09T15:00:00-04:00,,,", "unknown_code"),
        ("R1,c,2026-09-09T15:00:00,refused,,", "bad_time"),
        ("R1,c,yesterday,refused,,", "bad_time"),
        ("R1,c,,refused,,", "bad_time"),
        ("R1,c,2026-09-10T15:00:00-04:00,refused,,", "bad_time"),
        ("R1,c,2026-09-09T15:00:00-04:00,pledged,lots,", "bad_amount"),
        ("R1,c,2026-09-09T15:00:00-04:00,pledged,-5,", "bad_amount"),
        ("R1,c,2026-09-09T15:00:00-04:00,refused,5,", "contradiction"),
        (",c,2026-09-09T15:00:00-04:00,refused,,", "foreign_row"),
    ],
)
def test_a_row_that_cannot_be_used_is_a_finding(tmp_path: Path, row: str, kind: str) -> None:
    fine = "R2,c2,2026-09-09T15:00:00-04:00,no_answer,,\n"
    assert read(tmp_path, HEADER + fine + row + "\n") == (["no_answer"], [kind])


def test_answers_stand_in_columns_of_the_questions(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(HEADER + "R1,c,2026-09-09T15:00:00Z,pledged,$1 250.50,yes\n")
    ((result,), _) = read_results(path, NOW, ["volunteer"])
    assert dict(result.answers) == {"volunteer": "yes"}
    assert result.pledge_cents == 125_050


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b\n1,2\n", "lacks packet_row_id, started_at, disposition"),
        (HEADER.encode(), "a header and no results"),
        (b"\xff\xfe\xff\xfe\xff", "no text file"),
        (HEADER.encode() + b"R1,\x81,x,y,z,\n", "no text file"),
        (HEADER.encode() + b"R1,\x00,x,y,z,\n", "no text file"),
        (b"%PDF-1.7\n%\xe2\xe3", "lacks packet_row_id"),
        (HEADER.encode() + b'"R1,c', "not a CSV file"),
    ],
)
def test_what_is_no_results_file_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    with pytest.raises(ResultsFileError, match=told):
        read_results(path, NOW)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_results_are_read_as_spreadsheets_save_them(
    tmp_path: Path, encoding: str, sign: str
) -> None:
    path = tmp_path / "r.csv"
    row = "R1,c,2026-09-09T15:00:00Z,pledged,50,yes,José rings back\n"
    path.write_bytes(f"{HEADER.strip()},notes\n{row}".replace(",", sign).encode(encoding))
    ((result,), findings) = read_results(path, NOW, ["volunteer"])
    assert (result.notes, findings) == ("José rings back", [])


@given(cells=st.lists(st.lists(st.text(max_size=12), max_size=9), max_size=8))
def test_whatever_stands_in_the_cells_each_row_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]
) -> None:
    import csv

    path = tmp_path_factory.mktemp("fuzz") / "r.csv"
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.strip().split(","))
        writer.writerows([["R0", "c0", (NOW - timedelta(hours=1)).isoformat(), "busy"], *cells])
    try:
        good, findings = read_results(path, NOW)
    except ResultsFileError:
        return
    rows = sum(any(cell.strip() for cell in row[:6]) for row in cells)
    assert len(good) + len(findings) == 1 + rows
