"""Tables stranger than those of `test_odd_tables`: signs, stamps, scraps and delimiters."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from campaign.errors import FileError
from tests.support.list_reading import read_list, told

_PEOPLE = [("Ann", "Roe", "+16175550134", "02139"), ("Bob", "Poe", "+13055550135", "33130")]
_ROWS = (
    ("Name", "Phone", "Zip"),
    ("Ann Roe", "617-555-0134", "02139"),
    ("Bob Poe", "305-555-0135", "33130"),
)


def _cut(sign: str) -> str:
    return "".join(sign.join(row) + "\n" for row in _ROWS)


def _zipped(name: str, data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, data)
    return packed.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        *(pytest.param(_cut(sign).encode(), id=f"cut by {sign!r}") for sign in "^~\x1f\x1c\x01"),
        pytest.param(_cut("||").encode(), id="cut by two strokes"),
        pytest.param("".join(f'"{line}"\n' for line in _cut(",").splitlines()).encode(),
                     id="whole lines in quotes"),
        pytest.param(_cut(",").encode("utf-32"), id="utf-32"),
        pytest.param(_cut(",").encode("utf-32-be"), id="utf-32 without a mark"),
        pytest.param(_zipped("a.csv.gz", gzip.compress(_cut(",").encode())), id="gzip in zip"),
        pytest.param(gzip.compress(_zipped("a.csv", _cut(";").encode())), id="zip in gzip"),
        pytest.param(f"sep=;\n{_cut(';')}".encode(), id="a line for Excel"),
    ],
)  # fmt: skip
def test_however_it_is_cut_and_packed_the_same_people_come_in(tmp_path: Path, data: bytes) -> None:
    rows = read_list(tmp_path, data)
    assert told(rows, "first_name", "last_name", "phone_e164", "postal_code") == _PEOPLE


def test_a_long_list_that_a_machine_cut_is_no_binary_file(tmp_path: Path) -> None:
    lines = [f"Ann\x01Roe\x01617-555-{line:04}\n" for line in range(200)]
    assert len(read_list(tmp_path, "First\x01Last\x01Phone\n" + "".join(lines))) == 200


def test_sheets_whose_columns_are_exchanged_are_put_in_order(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        for name, rows in (
            ("2025", [["Name", "Home Phone", "Cell"], ["Ann Roe", "617-555-0134", ""],
                      ["Bob Poe", "305-555-0135", "617-555-0136"]]),
            ("2026", [["Cell", "Name", "Home Phone"], ["", "Cy Vee", "212-555-0137"]]),
        ):  # fmt: skip
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    found = read_list(tmp_path, packed.getvalue(), "two.xlsx")
    assert told(found, "first_name", "phone_e164") == [
        ("Ann", "+16175550134"), ("Bob", "+13055550135"), ("Cy", "+12125550137")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "cell", "consent", "refused"),
    [
        ("Solicit?", "N", False, True),
        ("Solicit?", "Y", True, None),
        ("OK to solicit", "no", False, True),
        ("Do Not Solicit", "Y", None, True),
        ("Opt in", "0", False, True),
        ("Opt out", "N", None, False),
        ("Global Opted Out", "true", None, True),
        ("Unsubscribed at", "2025-01-02 10:00:00", None, True),
        ("Unsubscribed at", "", None, None),
        ("SMS opt out", "true", None, None),
        ("No Bulk Emails (User Opt Out)", "Yes", None, None),
        ("Email Opt-Out", "Yes", None, None),
        ("Communication Restrictions", "Do Not Call; Do Not Mail", None, True),
        ("Consent to call", "✗", False, True),
        ("Consent to call", "☐", False, True),
        ("Consent to call", "✔️", True, None),
        ("Consent to call", "sí", True, None),
        ("Do not call", "☐", None, False),
        ("Do not call", "☑", None, True),
        ("Best time to call", "never", None, None),
        ("Wants calls?", "No", False, True),
        ("Would you like a call?", "no thanks", False, True),
        ("Call?", "Yes", True, None),
        ("DNC_IND", "Y", None, True),
        ("Remove from list", "x", None, True),
        ("Do not call before 9am", "Y", None, None),
    ],
)
def test_who_may_be_called_in_whatever_signs(
    tmp_path: Path, header: str, cell: str, consent: bool | None, refused: bool | None
) -> None:
    rows = read_list(tmp_path, f"Name,Phone,{header}\nAnn Roe,617-555-0134,{cell}\n")
    assert told(rows, "consent_call", "do_not_call") == [(consent, refused)]


@pytest.mark.parametrize(
    ("table", "numbers"),
    [
        (
            "Name,Phone,Wrong number\nAnn,617-555-0134,x\nBob,617-555-0135,\n",
            [None, "+16175550135"],
        ),
        ("Name,Phone,Disconnected?\nAnn,617-555-0134,N\n", ["+16175550134"]),
        ("Name,Cell,Home Phone,Bad phone\nAnn,617-555-0134,617-555-0136,x\n", ["+16175550134"]),
    ],
)
def test_a_number_that_is_marked_as_wrong_is_not_dialled(
    tmp_path: Path, table: str, numbers: list[str | None]
) -> None:
    rows = read_list(tmp_path, table)
    assert [row["phone_e164"] for row in rows] == numbers
    assert numbers[0] is not None or rows[0]["extra:Phone"] == "617-555-0134"


@pytest.mark.parametrize(
    ("header", "person"),
    [
        ("Voornaam,Achternaam,Telefoon", "Ann,Roe,617-555-0134"),
        ("Nome,Cognome,Cellulare", "Ann,Roe,617-555-0134"),
        ("Sobrenome,Nome,Celular", "Roe,Ann,617-555-0134"),
        ("姓,名,电话", "Roe,Ann,617-555-0134"),
    ],
)
def test_headers_in_other_languages_name_people(tmp_path: Path, header: str, person: str) -> None:
    rows = read_list(tmp_path, f"{header}\n{person}\n")
    assert told(rows, "first_name", "last_name", "phone_e164") == [("Ann", "Roe", "+16175550134")]


def test_where_two_columns_of_consent_differ_no_is_no(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Phone,Phone opt in,OK to call\nAnn Roe,617-555-0134,Y,N\nBob Poe,305-555-0135,,Y\n",
    )
    assert told(rows, "consent_call", "do_not_call") == [(False, True), (True, None)]


@pytest.mark.parametrize("header", ["Deceased date", "Date of passing", "Passed away", "Died on"])
def test_whoever_has_a_day_of_death_died(tmp_path: Path, header: str) -> None:
    rows = read_list(tmp_path, f"Name,Phone,{header}\nAnn Roe,617-555-0134,1/2/2025\nBob,,\n")
    assert told(rows, "deceased") == [(True,), (None,)]


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        ("12 Elm St,4B,Boston,Massachusetts,021391234", ("12 Elm St 4B", "MA", "02139", "US")),
        ("1 A St,,Albany,Nueva York,12207.0", ("1 A St", "NY", "12207", "US")),
        ("Calle 1 #2,,Ponce,Puerto Rico,717", ("Calle 1 #2", "PR", "00717", "US")),
        ("PSC 3 Box 1,,APO,AE,09096", ("PSC 3 Box 1", "AE", "09096", "US")),
        ("4 D St,,Toronto,Ontario,m5v2t6", ("4 D St", "ON", "M5V 2T6", "CA")),
        ("9 Oak,,Montréal,Québec,H2X 1Y4", ("9 Oak", "QC", "H2X 1Y4", "CA")),
        ("10 Downing St,,London,,SW1A 2AA", ("10 Downing St", None, "SW1A 2AA", "GB")),
    ],
)
def test_states_and_codes_are_read_in_their_own_words(
    tmp_path: Path, cells: str, place: tuple[str | None, ...]
) -> None:
    rows = read_list(tmp_path, f"Name,Street,Unit,City,State,Zip\nAnn Roe,{cells}\n")
    assert told(rows, "street", "state", "postal_code", "country") == [place]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("45292", date(2024, 1, 1)),
        ("2024-01-05T23:00:00-05:00", date(2024, 1, 5)),
        ("1704499200", date(2024, 1, 6)),
        ("1704499200000", date(2024, 1, 6)),
        ("20240105230000", date(2024, 1, 5)),
        ("Q3 2024", None),
        ("FY24", None),
        ("Dec-24", None),
    ],
)
def test_a_stamp_is_a_day_and_a_season_is_none(tmp_path: Path, text: str, day: date | None) -> None:
    rows = read_list(tmp_path, f"Name,Email,Amount,Gift Date\nAnn Roe,a@x.example,5,{text}\n")
    (row,) = rows
    assert row["given_on"] == day
    assert row["amount_cents"] == 500
    assert day is not None or row["reason"] == "the date cannot be read for certain"


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1.5k", 150_000), ("(50.00)", -5_000), ("50-", -5_000), ("USD 50", 5_000),
        ("1\u2009000", 100_000), ("1\u00a0000\u202f000.50", 100_000_050), ("$-50.00", -5_000),
        ("25 dollars", 2_500), ("$1,000.00 CR", None), ("2.5M", 250_000_000), ("twenty", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_exactly_or_set_aside(
    tmp_path: Path, text: str, cents: int | None
) -> None:
    others = "".join(f"B{n} Poe,b{n}@x.example,25.00\n" for n in range(5))
    rows = read_list(tmp_path, f'Name,Email,Amount\nAnn Roe,a@x.example,"{text}"\n{others}')
    assert rows[0]["amount_cents"] == cents
    assert (rows[0]["reason"] is None) is (cents is not None)


def test_what_stands_below_a_list_is_nobody(tmp_path: Path) -> None:
    scraps = ("Total,,11", "Grand total:,,$11.00", "Prepared by Sam,,", "Signed: ________,,",
              '"Count: 2",,', "2 records,,")  # fmt: skip
    rows = read_list(
        tmp_path, "Name,Phone,Amount\nAnn Roe,617-555-0134,5\n,,\n" + "\n".join(scraps) + "\n"
    )
    assert [row["reason"] is None for row in rows] == [True] + [False] * (len(scraps) + 1)


def test_columns_called_alike_are_all_read(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "First,Last,Phone,Phone.1,Phone,Email,Email.1\n"
        "Ann,Roe,617-555-0134,617-555-0135,617-555-0136,a@x.example,b@x.example\n",
    )
    (row,) = rows
    assert (row["phone_e164"], row["email"]) == ("+16175550134", "a@x.example")
    assert (row["more_phones"].count("+1617"), row["more_emails"]) == (2, "b@x.example")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<!DOCTYPE html><html><body>Please sign in</body></html>", "without a table"),
        (b"Field,Person 1,Person 2\nFirst Name,Ann,Bob\nLast Name,Roe,Poe\nPhone,1,2\n", "side"),
        (b"HDR\x1cFEC\x1c8.4\x1cX\nSA11AI\x1cC00123456\x1cA1\x1cIND\x1cRoe\x1cAnn\n", "30111"),
    ],
)
def test_what_is_no_list_is_said_in_a_sentence(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(FileError, match=says):
        read_list(tmp_path, data)


@pytest.mark.parametrize("strict", [True, False])
def test_two_stray_quotes_swallow_no_rows_between_them(tmp_path: Path, strict: bool) -> None:
    between = "".join(f"Bob{n} Poe,305-555-01{n:02},x\n" for n in range(8))
    text = f'Name,Phone,Note\nAnn Roe,617-555-0134,"tall\n{between}Cy Vee,212-555-0135,short"\n'
    rows = read_list(tmp_path, text, strict=strict)
    assert [row["reason"] for row in rows] == ["a quote is not closed", *[None] * 9]
    letter = (
        'Name,Phone,Note\nAnn Roe,617-555-0134,"Dear all,\nmany, many thanks,\nand, so, on\nX"\n'
    )
    assert [row["reason"] for row in read_list(tmp_path, letter, strict=strict)] == [None]


@pytest.mark.parametrize(
    ("first", "last"),
    [("Anonymous", ""), ("", "ANONYMOUS"), ("Anonymous", "Donor"), ("Cash", "Donor"),
     ("Not shared by donor", "Not shared by donor"), ("No", "Name")],
)  # fmt: skip
def test_a_name_that_stands_for_nobody_is_none(tmp_path: Path, first: str, last: str) -> None:
    whole = first if first == last else f"{first} {last}".strip()
    rows = read_list(
        tmp_path,
        "First Name,Last Name,Email,City\n"
        f"{first},{last},a@example.org,Not shared by donor\n"
        f"{first},{last},Not shared by donor,Dover\n"
        "Johnny,Cash,c@example.org,Dover\n",
    )
    assert told(rows, "first_name", "last_name", "email", "city") == [
        (None, None, "a@example.org", None),
        (None, None, None, "Dover"),
        ("Johnny", "Cash", "c@example.org", "Dover"),
    ]
    assert [bool(row["reason"]) for row in rows] == [False, True, False]
    (row,) = read_list(tmp_path, f"Name,Email\n{whole},a@example.org\n", "whole.csv")
    assert (row["first_name"], row["last_name"]) == (None, None)
