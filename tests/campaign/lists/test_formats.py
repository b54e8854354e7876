"""What a file is and what its columns hold: by header, by name, by what is in them."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from campaign.lists.fields import PROBLEM, ROW
from campaign.lists.normalise import Decisions, normalise
from campaign.lists.recognise import recognise


def _fields(headers: list[str], *rows: list[str]) -> dict[str, str]:
    mapping = recognise(headers, rows, None)
    return {column.header: column.field for column in mapping.columns if column.field}


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        pytest.param(
            ["Vorname", "Nachname", "Telefon", "Straße", "PLZ", "Spende", "Datum"],
            ["first_name", "last_name", "phone", "street", "postal_code", "amount", "given_on"],
            id="German",
        ),
        pytest.param(
            ["Nombre", "Apellido", "Teléfono", "Correo electrónico", "Dirección"],
            ["first_name", "last_name", "phone", "email", "street"],
            id="Spanish",
        ),
        pytest.param(
            ["FName", "LName", "Phone", "Phone (2)", "Phone (3)", "Email4"],
            ["first_name", "last_name", "phone", "phone", "phone", "email"],
            id="several of a kind",
        ),
        pytest.param(
            ["given_name", "surname", "address_1", "suburb", "postcode", "soc_sec_id"],
            ["first_name", "last_name", "street", "city", "postal_code", "person_number"],
            id="a research file",
        ),
    ],
)
def test_columns_are_known_by_their_names(headers: list[str], fields: list[str]) -> None:
    assert list(_fields(headers).values()) == fields


def test_names_without_a_header_are_known_by_what_they_are() -> None:
    headers = ["Column 1", "Column 2", "Column 3"]
    rows = [["Roe", "Ann", "617-555-0142"], ["Poe", "Bob", "617-555-0143"]]
    assert _fields(headers, *rows) == {
        "Column 1": "last_name",
        "Column 2": "first_name",
        "Column 3": "phone",
    }


_ANN = ["Ann", "Roe"]


@pytest.mark.parametrize(
    ("headers", "rows", "fields"),
    [
        pytest.param(
            ["Name", "Last gift", "Last gift amount"],
            [["Ann Roe", "05/12/2025", "$1,000"], ["Bob Poe", "05/13/2025", "$5.00"]],
            ["full_name", "given_on", "amount"],
            id="days in a column that is called a gift",
        ),
        pytest.param(
            ["Name", "Gift", "When"],
            [["Ann Roe", "5", "05/12/2025"]],
            ["full_name", "amount", "given_on"],
            id="whole dollars are no days",
        ),
        pytest.param(
            ["Name", "Address"],
            [["Ann Roe", "ann@example.org"], ["Bob Poe", "bob@example.org"]],
            ["full_name", "email"],
            id="e-mails in a column of addresses",
        ),
        pytest.param(["Vorname", "Name"], [_ANN], ["first_name", "last_name"], id="last name"),
        pytest.param(["Name", "Surname"], [_ANN], ["first_name", "last_name"], id="first name"),
        pytest.param(
            ["First name", "Name"],
            [["Ann", "Ann Roe"], ["Bob", "Poe, Bob"]],
            ["first_name", "full_name"],
            id="whole name",
        ),
    ],
)
def test_the_name_of_a_column_is_held_against_what_is_in_it(
    headers: list[str], rows: list[list[str]], fields: list[str]
) -> None:
    assert list(_fields(headers, *rows).values()) == fields


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param(["Contact1 First Name", "Contact1 Last Name"], "npsp_labels", id="NPSP"),
        pytest.param(["Donation ID", "WinRed Page", "Donor First Name"], "winred", id="WinRed"),
        pytest.param(["id", "Amount", "Amount Refunded", "Customer Email"], "stripe_payments"),
    ],
)
def test_systems_are_known_by_their_header_line(headers: list[str], code: str) -> None:
    assert recognise(headers, [], None).format == code


@pytest.mark.parametrize(
    "headers",
    [
        ["committee_id", "contributor_name", "contribution_receipt_date",
         "contribution_receipt_amount"],
        ["CMTE_ID", "NAME", "CITY", "TRANSACTION_AMT"],
    ],
)  # fmt: skip
def test_names_from_reports_to_the_fec_are_known_as_such(headers: list[str]) -> None:
    assert recognise(headers, [], None).kind == "fec_report"


def test_rows_that_name_a_committee_each_are_of_a_report_whatever_was_cut_off() -> None:
    rows = [["SA11AI", f"C0012345{figure}", "ROE", "ANN", "DENVER", "CO"] for figure in range(9)]
    headers = [f"Column {place}" for place in range(1, 7)]
    assert recognise(headers, rows, None).kind == "fec_report"


@pytest.mark.parametrize(
    ("status", "cents"),
    [("Paid", 2500), ("Failed", None), ("Refunded", None), ("", 2500), ("requires_action", None)],
)
def test_a_payment_that_came_to_nothing_is_no_gift(status: str, cents: int | None) -> None:
    headers = ["id", "Amount", "Amount Refunded", "Customer Email", "Status", "Created (UTC)"]
    row = ["ch_1", "25.00", "0", "ann@example.org", status, "2026-01-05 10:00"]
    raw = pa.table(
        {
            **{name: pa.array([cell]) for name, cell in zip(headers, row, strict=True)},
            ROW: pa.array([1], pa.int64()),
            PROBLEM: pa.nulls(1, pa.string()),
        }
    )
    decisions = Decisions({"given_on": "ymd"}, ".")
    found = normalise(raw, recognise(headers, [row], None), decisions, date(2026, 2, 1))
    assert found["amount_cents"].to_pylist() == [cents]
    assert found["reason"].to_pylist() == [None]
