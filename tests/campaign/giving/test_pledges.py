"""The laws of references, instalments and ageing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.errors import FileError
from campaign.giving.pledge_file import read_pledges
from campaign.giving.pledges import (
    default_due,
    is_slip,
    ref_key,
    reference,
    reminders_due,
    schedule,
)

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(number=st.integers(1, 10**9), other=st.integers(1, 10**9))
def test_references_are_unique_and_guarded(number: int, other: int) -> None:
    assert (reference(number) == reference(other)) == (number == other)
    assert not is_slip(reference(number).lower())


@given(number=st.integers(1, 10**6), place=st.integers(3, 7), sign=st.sampled_from(SIGNS))
def test_one_wrong_sign_is_noticed(number: int, place: int, sign: str) -> None:
    ref = reference(number)
    wrong = ref[:place] + sign + ref[place + 1 :]
    assert is_slip(wrong) == (wrong != ref)


@given(number=st.integers(1, 10**6), place=st.integers(3, 6))
def test_two_swapped_signs_are_noticed(number: int, place: int) -> None:
    ref = reference(number)
    swapped = ref[:place] + ref[place + 1] + ref[place] + ref[place + 2 :]
    if {ref[place], ref[place + 1]} != {"0", "Z"}:  # the one pair that Luhn's rule cannot tell
        assert is_slip(swapped) == (swapped != ref)


@given(cents=st.integers(1, 10**9), count=st.integers(1, 60), first=DAYS)
def test_instalments_sum_to_the_pledge(cents: int, count: int, first: date) -> None:
    if count > cents:
        with pytest.raises(ValueError, match="at least one cent"):
            schedule(cents, count, first)
        return
    parts = schedule(cents, count, first)
    assert sum(part.amount_cents for part in parts) == cents
    assert [part.number for part in parts] == list(range(1, count + 1))
    assert parts[0].due_on == first
    assert sorted(part.due_on for part in parts) == [part.due_on for part in parts]


def test_a_pledge_without_a_day_is_expected_in_thirty() -> None:
    assert default_due(date(2026, 1, 31)) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("days", "reminders"),
    [(2, 0), (3, 1), (9, 1), (10, 2), (20, 2), (21, 3), (44, 3), (45, 4), (365, 4)],
)
def test_a_reminder_is_due_from_its_day_on(days: int, reminders: int) -> None:
    due_on = date(2026, 1, 1)
    assert reminders_due(due_on, due_on + timedelta(days=days)) == reminders


def write(path: Path, *rows: str, header: str = "") -> Path:
    header = header or "pledge_ref,first_name,last_name,email,amount,pledged_on,instalments"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_rows_are_read_exactly_and_bad_ones_say_why(tmp_path: Path) -> None:
    path = write(
        tmp_path / "p.csv",
        "A-1,Ana,Peña,Ana@X.org,100,2026-09-01,",
        'A-2,Bo,Li,,"1,250.50",09/02/2026,3',
        "A-3,Cy,Ray,,0,2026-09-01,1",
        "A-4,,,,10,2026-09-01,1",
        "A-5,Di,Fox,,10,soon,1",
        "A-6,Ed,Fox,,10.005,2026-09-01,1",
        "A-7,Flo,Fox,,10,2026-09-01,1",
        "a-7 ,Flo,Fox,,11,2026-09-01,1",
        "A-8,Gus,Fox,,10,2026-09-01,200",
    )
    read = read_pledges(path)
    assert read.pledges["ref"].tolist() == ["A-1", "A-2"]
    assert read.pledges["amount_cents"].tolist() == [10_000, 125_050]
    assert read.pledges["email"].tolist() == ["ana@x.org", None]
    assert read.pledges["pledged_on"].tolist() == [date(2026, 9, 1), date(2026, 9, 2)]
    assert [
        (finding.row, finding.column) for finding in sorted(read.findings, key=lambda f: f.row)
    ] == [
        (3, "amount"),
        (4, "email"),
        (5, "pledged_on"),
        (6, "amount"),
        (7, "pledge_ref"),
        (8, "pledge_ref"),
        (9, "instalments"),
    ]
    assert read.rows_read == len(read.pledges) + len(read.rejects())
    assert "pledged_on" in str(read.rejects().loc[4, "problem"])


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        pytest.param("60", "eur", 6_000, id="only another currency"),
        pytest.param("5000", "JPY", 5_000, id="no decimals"),
        pytest.param("10.50", "jpy", None, id="finer than the currency"),
        pytest.param("$1,234.50", "", 123_450, id="no plain amount in the file"),
        pytest.param("(5)", "", None, id="negative"),
        pytest.param("999999999999999999", "", None, id="beyond a column"),
        pytest.param("9" * 40, "", None, id="beyond anything"),
    ],
)
def test_a_file_of_one_amount_is_read_whatever_it_is(
    tmp_path: Path, amount: str, currency: str, minor: int | None
) -> None:
    header = "pledge_ref,first_name,amount,currency,pledged_on"
    path = write(tmp_path / "p.csv", f'A-1,Zoë,"{amount}",{currency},2026-09-01', header=header)
    read = read_pledges(path)
    assert read.pledges["amount_cents"].tolist() == ([] if minor is None else [minor])
    assert [finding.column for finding in read.findings] == (["amount"] if minor is None else [])


def test_what_a_spreadsheet_saved_on_windows_keeps_its_accents(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    text = "pledge_ref,first_name,last_name,amount,pledged_on\nA-1,José,Muñoz,10,2026-09-01\n"
    path.write_bytes(text.encode("cp1252"))
    assert read_pledges(path).pledges["last_name"].tolist() == ["Muñoz"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"pledge_ref,amount,email\nA,1,a@b.org\n", "pledged_on", id="no day"),
        pytest.param(b"pledge_ref,amount,pledged_on\nA,1,2026-01-01\n", "name", id="nobody"),
        pytest.param(b"pledge_ref,amount,pledged_on,email\n", "no pledge", id="header only"),
        pytest.param(b"\x80\x81\xff", "no text file", id="not text"),
        pytest.param(b"PK\x03\x04\x00\x00", "no text file", id="a workbook"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=says):
        read_pledges(path)


@given(ref=st.text("ABCdef0123-", min_size=1, max_size=12))
def test_case_and_blanks_do_not_change_a_reference(ref: str) -> None:
    assert ref_key(f"  {ref.lower()} ") == ref_key(ref.upper())
