"""Cells as people and other programs write them: marks, pictures, short words, drawn lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from campaign.errors import FileError
from tests.support.list_reading import read_list, told

_PEOPLE = [("Ann", "Roe", "+16175550134"), ("Bob", "Poe", "+13055550135")]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Okla.", "OK"), ("W. Va.", "WV"), ("N. Dak.", "ND"), ("Miss.", "MS"), ("P.R.", "PR"),
        ("N.H.", "NH"), ("Nebr", "NE"), ("Mont.", "MT"), ("Kans.", "KS"), ("Ark", "AR"),
    ],
)  # fmt: skip
def test_states_are_known_by_their_old_short_words(tmp_path: Path, word: str, state: str) -> None:
    rows = read_list(tmp_path, f"Name,Phone,State\nAnn Roe,617-555-0134,{word}\n")
    assert told(rows, "state") == [(state,)]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Ann 🎉 Roe ❤️", ("Ann", "Roe")),
        ("Ann Roe & family", ("Ann", "Roe")),
        ("A. Roe", ("A", "Roe")),
        ("Ann O&amp;#39;Brien", ("Ann", "O'Brien")),
        ("The Fox Family", (None, "The Fox Family")),
    ],
)
def test_a_name_comes_in_without_what_is_none_of_it(
    tmp_path: Path, cell: str, name: tuple[str | None, str]
) -> None:
    rows = read_list(tmp_path, f"Name,Phone\n{cell},617-555-0134\n")
    assert told(rows, "first_name", "last_name") == [name]


@pytest.mark.parametrize(
    ("cell", "last"), [("The Late Ann Roe", "Roe"), ("Estate of Ann Roe", "Estate of Ann Roe")]
)
def test_whoever_is_called_late_or_an_estate_is_not_called(
    tmp_path: Path, cell: str, last: str
) -> None:
    rows = read_list(tmp_path, f"Name,Phone\n{cell},617-555-0134\n")
    assert told(rows, "last_name", "deceased") == [(last, True)]


def test_the_second_of_a_name_in_figures_is_no_last_name(tmp_path: Path) -> None:
    rows = read_list(tmp_path, "Name,Phone\nAl Roe 2nd,617-555-0134\n")
    assert told(rows, "first_name", "last_name", "suffix") == [("Al", "Roe", "II")]


@pytest.mark.parametrize("day", ["1899-12-30", "1900-01-01", "01/01/1900"])
def test_a_day_that_stands_for_none_is_nobodys_birthday(tmp_path: Path, day: str) -> None:
    rows = read_list(tmp_path, f"Name,Phone,DOB\nAnn Roe,617-555-0134,{day}\n")
    assert told(rows, "birth_date", "birth_year") == [(None, None)]


def test_a_day_of_the_week_before_figures_is_passed_over(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path, "Name,Amount,Gift Date\nAnn Roe,5,Thu 1/15/2026\nBob Poe,6,Wed 2/3/2026\n"
    )
    assert told(rows, "given_on") == [(date(2026, 1, 15),), (date(2026, 2, 3),)]


@pytest.mark.parametrize(
    ("cell", "told_of"),
    [("50 euros", (5000, "eur")), ("USD50", (5000, None)), ("50USD", (5000, None))],
)
def test_amounts_name_their_currency_in_words(
    tmp_path: Path, cell: str, told_of: tuple[int, str | None]
) -> None:
    rows = read_list(tmp_path, f"Name,Email,Amount\nAnn Roe,a@example.org,{cell}\n")
    assert told(rows, "amount_cents", "currency") == [told_of]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(
            "Name      Phone          Zip\n--------- -------------- -----\n"
            "Ann Roe   617-555-0134   02139\nBob Poe   305-555-0135   33130\n",
            id="a database's line of dashes",
        ),
        pytest.param(
            "+------+------+--------------+\n| name | last | phone        |\n"
            "+------+------+--------------+\n| Ann  | Roe  | 617-555-0134 |\n"
            "| Bob  | Poe  | 305-555-0135 |\n+------+------+--------------+\n"
            "2 rows in set (0.00 sec)\n",
            id="a database's box",
        ),
        pytest.param(
            "| Name | Phone |\n|------|:-----:|\n| Ann Roe | 617-555-0134 |\n"
            "| Bob Poe | 305-555-0135 |\n",
            id="a table as it is typed on web pages",
        ),
        pytest.param(
            "Name,Phone\nrequired,optional\nAnn Roe,617-555-0134\nBob Poe,305-555-0135\n",
            id="what must be filled in, below the header",
        ),
        pytest.param(
            "Name,Phone\nAnn Roe,617-555-0134\nBob Poe,305-555-0135\n*** End of list ***,\n"
            "(2 rows affected),\n",
            id="remarks below the list",
        ),
    ],
)
def test_lines_that_are_drawn_or_explain_are_no_people(tmp_path: Path, table: str) -> None:
    rows = [row for row in read_list(tmp_path, table) if row["reason"] is None]
    assert told(rows, "first_name", "last_name", "phone_e164") == _PEOPLE


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("dn: cn=Ann Roe,dc=example\ncn: Ann Roe\nmail: a@example.org\n", "LDIF"),
        ("INSERT INTO donors VALUES ('Ann Roe', '617-555-0134');\n", "SQL"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Ann Roe\nEND:VEVENT\nEND:VCALENDAR\n", "calendar"),
    ],
)
def test_text_that_is_no_table_is_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(FileError, match=what):
        read_list(tmp_path, text)


def test_an_empty_column_of_ids_does_not_hide_a_full_one(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path, "LGL Constituent ID,External ID,Name,Phone\n7,,Ann Roe,617-555-0134\n"
    )
    assert told(rows, "external_id") == [("7",)]


def test_the_home_is_taken_though_it_names_no_state(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Residence Street Name,Residence City,Residence Zipcode,Mailing Street Name,"
        "Mailing City,Mailing State,Mailing Zipcode\n"
        "Ann Roe,3 Elm St,Atlanta,30303,PO Box 9,Boston,MA,02139\n",
    )
    assert told(rows, "street", "city", "state") == [("3 Elm St", "Atlanta", "GA")]


def test_a_word_above_a_single_column_of_e_mails_is_nobody(tmp_path: Path) -> None:
    people = ["Ann Roe <ann@example.org>", "Bob Poe <bob@example.org>", "Cy Vee <cy@example.org>"]
    rows = read_list(tmp_path, "\n".join(["To", *people, ""]))
    assert told(rows, "first_name", "email") == [
        ("Ann", "ann@example.org"), ("Bob", "bob@example.org"), ("Cy", "cy@example.org")
    ]  # fmt: skip


def test_a_sale_that_was_lost_is_no_gift(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Deal Stage,Amount,Close Date\nAnn Roe,Closed Won,250,2026-01-13\n"
        "Bob Poe,Closed Lost,350,2026-01-14\n",
    )
    assert told(rows, "amount_cents") == [(25_000,), (None,)]


@pytest.mark.parametrize(
    ("header", "cells", "street"),
    [
        ("Street Type,Street Suffix", "St,W", "4 Oak St W"),
        ("Street Type,Extension", "St,Apt 2", "4 Oak St Apt 2"),
    ],
)
def test_the_cells_say_which_piece_of_a_street_a_column_is(
    tmp_path: Path, header: str, cells: str, street: str
) -> None:
    table = (
        f"Name,Street Number,Street Name,{header},City,Zip\nAnn Roe,4,Oak,{cells},Boston,02108\n"
    )
    assert told(read_list(tmp_path, table), "street") == [(street,)]


@pytest.mark.parametrize(
    ("first", "second", "days"),
    [
        pytest.param("7/21/2026 23:58", "7/3/2026 8:01", [(7, 21), (7, 3)], id="month first"),
        pytest.param("21.7.2026 23:58", "3.7.2026 8:01", [(7, 21), (7, 3)], id="day first"),
        pytest.param("7/6/2026 23:58", "2026-07-03 08:01", [(7, 6), (7, 3)], id="only some anew"),
        pytest.param("2026-07-21 23:58", "2026-07-03 8:01", [(7, 21), (7, 3)], id="as they came"),
    ],
)
def test_a_systems_days_are_read_when_a_spreadsheet_wrote_them_anew(
    tmp_path: Path, first: str, second: str, days: list[tuple[int, int]]
) -> None:
    rows = read_list(
        tmp_path,
        "Receipt ID,Lineitem ID,Date,Amount,Donor First Name,Donor Last Name,Donor State\n"
        f"AB1,1,{first},25,Ann,Roe,OH\nAB2,2,{second},50,Bob,Poe,OH\n",
    )
    assert told(rows, "given_on") == [(date(2026, month, day),) for month, day in days]
