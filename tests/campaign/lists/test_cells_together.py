"""Cells in which several things stand together: names with numbers, cities with ZIP codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.list_reading import read_list, told

_WHO = ("first_name", "last_name", "phone_e164", "email")
_ANN, _BOB = "+16175550134", "+13055550135"


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(
            "Contact,City\nAnn Roe 617-555-0134 ann@example.org,Boston\n"
            '"Poe, Bob (305) 555-0135, bob@example.org",Miami\n',
            id="in a column that may mean much",
        ),
        pytest.param(
            "Name,City\nAnn Roe - 617-555-0134 <ann@example.org>,Boston\n"
            "Bob Poe; bob@example.org; 305.555.0135,Miami\n",
            id="in a column of names",
        ),
        pytest.param(
            "Attendee,Phone\nAnn Roe <ann@example.org>,617-555-0134\n"
            '"Poe, Bob <bob@example.org>",305-555-0135\n',
            id="with an e-mail as letters write it",
        ),
        pytest.param(
            "Name,Contact info\nAnn Roe,617-555-0134 / ann@example.org\n"
            "Bob Poe,bob@example.org 305-555-0135\n",
            id="in a column of phones and e-mails",
        ),
    ],
)
def test_a_name_and_how_to_reach_it_come_apart(tmp_path: Path, table: str) -> None:
    assert told(read_list(tmp_path, table), *_WHO) == [
        ("Ann", "Roe", _ANN, "ann@example.org"),
        ("Bob", "Poe", _BOB, "bob@example.org"),
    ]


def test_a_row_a_contact_reaches_its_person_and_keeps_what_is_neither(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Person ID,Name,Contact Type,Contact Value\n"
        "1,Ann Roe,Mobile,617-555-0134\n1,Ann Roe,E-mail,ann@example.org\n"
        "1,Ann Roe,Fax,617-555-0199\n1,Ann Roe,Twitter,@annroe\n",
    )
    assert told(rows, "external_id", "last_name", "phone_e164", "email") == [
        ("1", "Roe", _ANN, None),
        ("1", "Roe", None, "ann@example.org"),
        ("1", "Roe", None, None),
        ("1", "Roe", None, None),
    ]
    assert rows[3]["extra:Contact Value"] == "@annroe"


@given(
    names=st.lists(
        st.tuples(st.sampled_from(["Ann", "Mary", "José"]), st.sampled_from(["Roe", "O'Brien"])),
        min_size=1,
        max_size=5,
    ),
    between=st.sampled_from([" ", ", ", " - ", ": ", " (", "\t"]),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_between_nothing_of_a_cell_is_lost(
    tmp_path: Path, names: list[tuple[str, str]], between: str
) -> None:
    cells = [f'"{first} {last}{between}212-555-01{n:02}"' for n, (first, last) in enumerate(names)]
    rows = read_list(tmp_path, "Name,Zip\n" + "".join(f"{cell},10001\n" for cell in cells))
    assert told(rows, "first_name", "last_name", "phone_e164") == [
        (first, last, f"+121255501{n:02}") for n, (first, last) in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("City & Zip", ("Boston 02139", "New York, 10001-1234")),
        ("City/Zip", ("Boston, 02139", "New York 10001")),
        ("Zip and City", ("02139 Boston", "10001 New York")),
    ],
)
def test_a_city_and_a_zip_code_tell_the_state(
    tmp_path: Path, header: str, cells: tuple[str, str]
) -> None:
    rows = read_list(tmp_path, f'Name,{header}\nAnn Roe,"{cells[0]}"\nBob Poe,"{cells[1]}"\n')
    assert told(rows, "city", "postal_code", "state") == [
        ("Boston", "02139", "MA"), ("New York", "10001", "NY")
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["617-555-0134 x12 / 617-555-0136 x13",
                                  "617-555-0134 ext. 12; 617-555-0136 ext. 13"])  # fmt: skip
def test_of_two_numbers_each_keeps_its_extension(tmp_path: Path, cell: str) -> None:
    rows = read_list(tmp_path, f'Name,Phone\nAnn Roe,"{cell}"\n')
    assert told(rows, "phone_e164", "phone_extension") == [(_ANN, "12")]
    assert str(rows[0]["more_phones"]).startswith("+16175550136")


@pytest.mark.parametrize(
    "header",
    [
        "Phone Type,Phone",
        "Phone,Phone Type",
        "Phone 1 - Label,Phone 1 - Value",
        "Phone 1 Type,Phone 1 Full Number (F)",
        "Phone Type 2,Phone Number 2",
    ],
)
def test_a_number_whose_kind_is_a_fax_is_nobodys_phone(tmp_path: Path, header: str) -> None:
    kinds = header.startswith("Phone,")
    pairs = [("Home Fax", "617-555-0134"), ("Home", "305-555-0135")]
    cells = [",".join(reversed(pair) if kinds else pair) for pair in pairs]
    table = f"Name,{header}\nAnn Roe,{cells[0]}\nBob Poe,{cells[1]}\n"
    assert told(read_list(tmp_path, table), "phone_e164") == [(None,), (_BOB,)]
