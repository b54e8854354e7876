"""What the names of columns and the marks in their cells say, as strangers' files write them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.support.list_reading import read_list, told


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("Gift Date (dd/mm/yyyy)", date(2026, 3, 2), date(2026, 5, 4)),
        ("Gift Date (DD-MM-YY)", date(2026, 3, 2), date(2026, 5, 4)),
        ("Gift Date [day/month/year]", date(2026, 3, 2), date(2026, 5, 4)),
        ("Gift Date (mm/dd/yyyy)", date(2026, 2, 3), date(2026, 4, 5)),
        ("Gift Date", date(2026, 2, 3), date(2026, 4, 5)),
    ],
)
def test_days_are_read_in_the_order_that_their_header_tells(
    tmp_path: Path, header: str, first: date, second: date
) -> None:
    rows = read_list(
        tmp_path,
        f"Name,Zip,{header},Amount\nAnn Roe,02139,02/03/2026,5\nBob Poe,33130,04/05/2026,6\n",
    )
    assert told(rows, "given_on") == [(first,), (second,)]


def test_what_the_days_show_is_surer_than_their_header(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Phone,Gift Date (dd/mm/yyyy),Amount\n"
        "Ann Roe,617-555-0134,02/25/2026,5\nBob Poe,305-555-0135,04/05/2026,6\n",
    )
    assert told(rows, "given_on") == [(date(2026, 2, 25),), (date(2026, 4, 5),)]


@pytest.mark.parametrize(
    ("header", "cents", "currency"),
    [
        ("Amount", 2500, None),
        ("Amount ($)", 2500, None),
        ("Amount (EUR)", 2500, "eur"),
        ("Gift Amount £", 2500, "gbp"),
        ("Amount (cents)", 25, None),
        ("donationAmountCents", 25, None),
        ("amount_cents", 25, None),
        ("Gift Amount ($000s)", None, None),
    ],
)
def test_an_amount_is_in_the_unit_that_its_header_tells_or_none(
    tmp_path: Path, header: str, cents: int | None, currency: str | None
) -> None:
    rows = read_list(tmp_path, f"Name,Phone,{header}\nAnn Roe,617-555-0134,25\n")
    assert told(rows, "amount_cents", "currency") == [(cents, currency)]


@pytest.mark.parametrize(
    "header",
    ["Currency", "Amount Currency", "Gift Currency", "CurrencyIsoCode", "Payment Currency"],
)
def test_the_currency_beside_an_amount_is_its_own(tmp_path: Path, header: str) -> None:
    rows = read_list(
        tmp_path,
        f"Name,Email,Date,{header},Amount\nAnn Roe,ann@example.org,2026-01-02,CAD,50\n"
        "Bob Poe,bob@example.org,2026-01-13,USD,20\n",
    )
    assert told(rows, "amount_cents", "currency") == [(5000, "cad"), (2000, "usd")]


def test_a_street_name_is_no_persons_name(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "First,Last,Suf,House Number,Street Name,Zip\nAnn,Roe,Jr,12,Main St,02139\n"
        "Bob,Poe,,14,Elm Ave,33130\n",
    )
    assert told(rows, "first_name", "last_name", "suffix", "street") == [
        ("Ann", "Roe", "Jr", "12 Main St"),
        ("Bob", "Poe", None, "14 Elm Ave"),
    ]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Imię;Nazwisko;Numer telefonu;Miasto;Kod pocztowy;Kwota;Data wpłaty",
                     id="Polish"),
        pytest.param("Tên;Họ;Số điện thoại;Thành phố;Mã bưu điện;Số tiền;Ngày", id="Vietnamese"),
    ],
)  # fmt: skip
def test_letters_with_a_stroke_are_read(tmp_path: Path, header: str) -> None:
    rows = read_list(tmp_path, f"{header}\nAn;Ro;773-555-0141;Chicago;60647;50,00;2026-04-01\n")
    assert told(
        rows, "first_name", "last_name", "phone_e164", "city", "amount_cents", "given_on"
    ) == [("An", "Ro", "+17735550141", "Chicago", 5000, date(2026, 4, 1))]


def test_what_marks_text_in_a_sheet_is_no_part_of_it(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        'Name,Zip,Phone\n"=""Ann Roe""","=""02139""","=""6175550134"""\n'
        'Bob Poe,="01002",="4135550135"\nCy Doe,MA 02139,617-555-0136\n',
    )
    assert told(rows, "first_name", "postal_code", "phone_e164") == [
        ("Ann", "02139", "+16175550134"),
        ("Bob", "01002", "+14135550135"),
        ("Cy", "02139", "+16175550136"),
    ]


def test_a_mark_in_quotes_is_one(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        'Name,Phone,Tags\nAnn Roe,617-555-0134,"""Donor"",""DNC"""\n'
        'Bob Poe,305-555-0135,"""Donor"""\n',
    )
    assert told(rows, "do_not_call") == [(True,), (None,)]


def test_a_footnote_is_nobody(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path, "Name,Phone\nAnn Roe,617-555-0134\n* unaudited; prepared by accounting,\n"
    )
    assert [row["reason"] is None for row in rows] == [True, False]


def test_an_address_that_nearly_nobody_has_is_not_taken_for_everybodys(tmp_path: Path) -> None:
    homes = "".join(f"Ann R{place},{place} Elm St,Austin,78751,,,,\n" for place in range(1, 9))
    rows = read_list(
        tmp_path,
        "Name,Perm Street,Perm City,Perm Zip,"
        "Mailing Street,Mailing City,Mailing State,Mailing Zip\n"
        f"{homes}Bob Poe,9 Elm St,Austin,78751,PO Box 5,Waco,TX,76701\n",
    )
    assert {row["postal_code"] for row in rows} == {"78751"}
    assert rows[8]["street"] == "9 Elm St"


def test_the_number_of_an_order_is_no_name(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Email,Billing Name,Billing Phone\n#1001,a@x.example,Ann Roe,617-555-0134\n"
        "#1002,b@x.example,Bob Poe,305-555-0135\n",
    )
    assert told(rows, "first_name", "last_name") == [("Ann", "Roe"), ("Bob", "Poe")]


@pytest.mark.parametrize("header", ["Donor", "Prospect", "Received from"])
def test_a_column_of_donors_holds_their_names(tmp_path: Path, header: str) -> None:
    rows = read_list(
        tmp_path,
        f"{header},Phone,Gift\nAnn Roe,617-555-0134,5\nDover County Friends,617-555-0135,6\n"
        "Smith & Co LLC,617-555-0136,7\n",
    )
    assert told(rows[:1], "first_name", "last_name") == [("Ann", "Roe")]


def test_a_column_of_donors_that_says_yes_or_no_holds_none(tmp_path: Path) -> None:
    rows = read_list(tmp_path, "Donor,Phone\nYes,617-555-0134\nNo,305-555-0135\n")
    assert told(rows, "first_name", "last_name") == [(None, None)] * 2


@pytest.mark.parametrize("strict", [True, False])
def test_the_titles_of_a_printed_page_are_nobody(tmp_path: Path, *, strict: bool) -> None:
    titles = "Friends of Roe,,\nDonors,,Page 2 of 2\n"
    header = "Name,Phone,Zip\n"
    rows = read_list(
        tmp_path,
        f"{header}Ann Roe,617-555-0134,02139\n{titles}{header}Bob Poe,305-555-0135,33130\n",
        strict=strict,
    )
    assert [row["reason"] is None for row in rows] == [True, False, False, False, True]


def test_a_county_is_nobody_and_frank_church_is_somebody(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Phone\nHarbor County,617-555-0134\nSmith Family Foundation,617-555-0135\n"
        'Harbor Jennings,617-555-0136\nFrank Church,617-555-0137\n"CHURCH, DR FRANK",617-555-0138\n'
        "The Henderson Family,617-555-0139\n",
    )
    assert told(rows, "first_name", "last_name") == [
        (None, "Harbor County"),
        (None, "Smith Family Foundation"),
        ("Harbor", "Jennings"),
        ("Frank", "Church"),
        ("Frank", "Church"),
        (None, "The Henderson Family"),
    ]


def test_short_words_of_databases_are_read(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "FIRST_NM,LAST_NM,ADDR_LN_1,ADDR_LN_2,CITY_NM,ST_CD,ZIP_CD,PHN_NBR,DOB_MM,DOB_DD,DOB_YYYY\n"
        "Ann,Roe,1 Oak St,Apt 2,Boise,ID,83702,2085550141,3,14,1961\n",
    )
    fields = ("first_name", "street", "city", "state", "phone_e164", "birth_date")
    assert told(rows, *fields) == [
        ("Ann", "1 Oak St Apt 2", "Boise", "ID", "+12085550141", date(1961, 3, 14))
    ]


def test_state_and_zip_stand_in_one_column(tmp_path: Path) -> None:
    rows = read_list(tmp_path, "Name,Phone,City,State Zip\nAnn Roe,208-555-0141,Boise,ID 83702\n")
    assert told(rows, "city", "state", "postal_code") == [("Boise", "ID", "83702")]


def test_whoever_raised_a_gift_is_not_called_for_it(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Donor Name,Amount,Raised By,Raiser Phone,Donor Phone\n"
        "Ann Roe,5,Sue Pratt,208-555-0199,208-555-0141\nBob Poe,6,Sue Pratt,208-555-0199,\n",
    )
    assert told(rows, "phone_e164", "more_phones") == [("+12085550141", None), (None, None)]


@pytest.mark.parametrize("cell", ["204", "x204", "Ext. 204"])
def test_an_extension_is_read_however_it_is_marked(tmp_path: Path, cell: str) -> None:
    rows = read_list(tmp_path, f"Name,Work Phone,Work Ext\nAnn Roe,208-555-0141,{cell}\n")
    assert told(rows, "phone_e164", "phone_extension") == [("+12085550141", "204")]


def test_what_was_paid_of_a_pledge_is_the_gift(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Phone,Pledged,Pledge Date,Paid,Paid Date,Balance\n"
        "Ann Roe,208-555-0141,$500,1/15/2026,$200,2/15/2026,$300\n"
        "Bob Poe,208-555-0142,$100,1/16/2026,,,$100\n",
    )
    assert told(rows, "amount_cents", "given_on") == [(20000, date(2026, 2, 15)), (None, None)]


def test_a_refusal_or_a_death_beside_a_name_counts_and_is_no_name(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Phone\nAnn Roe DNC,208-555-0141\nBob Poe - DO NOT CALL,208-555-0142\n"
        "Cy Doe (deceased),208-555-0143\n*DECEASED* Di Ray,208-555-0144\nEd Lee,208-555-0145\n",
    )
    assert told(rows, "first_name", "last_name", "do_not_call", "deceased") == [
        ("Ann", "Roe", True, None),
        ("Bob", "Poe", True, None),
        ("Cy", "Doe", None, True),
        ("Di", "Ray", None, True),
        ("Ed", "Lee", None, None),
    ]


def test_ok2call_is_an_answer_and_no_contact_a_refusal(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Phone,OK2Call,Preferred contact method\nAnn Roe,208-555-0141,Y,Phone\n"
        "Bob Poe,208-555-0142,N,Phone\nCy Doe,208-555-0143,,No contact\n",
    )
    assert told(rows, "do_not_call") == [(None,), (True,), (True,)]


@pytest.mark.parametrize("below", ["Average,,,15", "Count,2,,", "Subtotal,,,30", "Sum,$30.00,,"])
def test_what_sums_up_a_list_is_nobody(tmp_path: Path, below: str) -> None:
    rows = read_list(
        tmp_path,
        "First,Last,Phone,Gift\nAnn,Roe,208-555-0141,10\nBob,Poe,208-555-0142,20\n"
        f"{below}\nCy,Count,208-555-0143,30\n",
    )
    assert [row["reason"] is None for row in rows] == [True, True, False, True]


@pytest.mark.parametrize("header", ["Phone Call Opt In", "Opt In Phone", "Telephone opt-in"])
def test_a_yes_to_calls_is_one_however_its_words_stand(tmp_path: Path, header: str) -> None:
    rows = read_list(
        tmp_path,
        f"Name,Phone,{header}\nAnn Roe,208-555-0141,Y\nBob Poe,208-555-0142,N\n",
    )
    assert told(rows, "consent_call", "do_not_call") == [(True, None), (False, True)]


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        ("Timestamp (EST)", "amount"),
        ("Most Recent Contribution Date", "Most Recent Contribution Amount"),
        ("Ck Date", "Amt"),
        ("Gift Date", "Fund Split Amount"),
        ("Contributed On", "Amount Charged"),
        ("Submission Date", "Amount"),
    ],
)
def test_a_gift_has_its_day_and_amount_however_they_are_called(
    tmp_path: Path, day: str, amount: str
) -> None:
    rows = read_list(
        tmp_path,
        f"Name,Email,{day},{amount}\nAnn Roe,ann@example.org,2/1/2026,$50.00\n",
    )
    assert told(rows, "given_on", "amount_cents") == [(date(2026, 2, 1), 5000)]


def test_a_gift_that_comes_again_is_told_by_its_interval(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Email,Amount,Date,Donation Interval\nAnn Roe,ann@example.org,5,2/1/2026,Monthly\n"
        "Bob Poe,bob@example.org,5,2/1/2026,One-time\n",
    )
    assert told(rows, "is_recurring") == [(True,), (False,)]
