"""Tables of no system: other words, no header, whole addresses, marks of yes and no."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from gateways.donor_files import open_list
from tests.support.list_reading import read_list, rows_of, told


def test_short_names_of_columns_are_understood(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Contributor Name,Cell,Home Ph,Addr1,St,Zip+4,D.O.B.,$,Gift Dt,OK to call,DNC Y/N,"
        "Deceased?\n"
        '"Roe, Ann Q.",617.555.0100,,12 Elm,MA,021391234,1/5/61,"$1,250",3/4/24,Y,N,N\n'
        '"Poe, Bob",,(305) 555-0101 x12,3 Oak,FL,33130-4321,12/25/1955,(50.00),12/30/24,N,,no\n'
        "Carl Smith,,212/555-0102,9 Oak,ny,10001,,USD 25,,,DNC,Y\n",
    )
    assert told(rows, "first_name", "last_name", "phone_e164", "state", "postal_code") == [
        ("Ann", "Roe", "+16175550100", "MA", "02139"),
        ("Bob", "Poe", "+13055550101", "FL", "33130"),
        ("Carl", "Smith", "+12125550102", "NY", "10001"),
    ]
    assert told(rows, "amount_cents", "given_on", "birth_date") == [
        (125_000, date(2024, 3, 4), date(1961, 1, 5)),
        (-5000, date(2024, 12, 30), date(1955, 12, 25)),
        (2500, None, None),
    ]
    assert told(rows, "consent_call", "do_not_call", "deceased") == [
        (True, False, False),
        (False, True, False),
        (None, True, True),
    ]


@pytest.mark.parametrize(
    ("mark", "consent", "refused"),
    [
        ("yes", True, None), ("opted in", True, None), ("X", True, None), ("1", True, None),
        ("withdrawn", False, True), ("STOP", False, True), ("0", False, True),
        ("perhaps", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_whoever_takes_a_yes_back_is_not_called(
    tmp_path: Path, mark: str, consent: bool | None, refused: bool | None
) -> None:
    rows = read_list(tmp_path, f"Name,Phone,Opt in?\nAnn Roe,617-555-0100,{mark}\nBob Poe,,yes\n")
    assert (rows[0]["consent_call"], rows[0]["do_not_call"]) == (consent, refused)


def test_a_table_without_a_header_keeps_its_first_row(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Ann,Street,617-555-0100,ann@example.org,12 Elm St,Boston,MA,02139\n"
        "Bob,Poe,305-555-0101,bob@example.org,3 Oak Ave,Miami,FL,33130\n",
    )
    assert told(rows, "first_name", "last_name", "street", "city", "state", "postal_code") == [
        ("Ann", "Street", "12 Elm St", "Boston", "MA", "02139"),
        ("Bob", "Poe", "3 Oak Ave", "Miami", "FL", "33130"),
    ]


@pytest.mark.parametrize(
    ("header", "cell", "place"),
    [
        pytest.param(
            "Address",
            '"12 Elm St, Apt B, Boston, MA 02139"',
            ("12 Elm St, Apt B", "Boston", "MA", "02139"),
            id="commas",
        ),
        pytest.param(
            "Address",
            "12 Elm St  Boston  MA  02139  US",
            ("12 Elm St", "Boston", "MA", "02139"),
            id="two blanks",
        ),
        pytest.param(
            "Address",
            "3 Oak Ave Miami FL 33130",
            ("3 Oak Ave Miami FL 33130", None, "FL", "33130"),
            id="no telling where the city begins",
        ),
        pytest.param("City/State/Zip", "New York NY 10001", (None, "New York", "NY", "10001")),
    ],
)
def test_an_address_in_one_cell_comes_apart(
    tmp_path: Path, header: str, cell: str, place: tuple[str | None, ...]
) -> None:
    rows = read_list(tmp_path, f"Name,Phone,{header}\nAnn Roe,617-555-0100,{cell}\n")
    assert told(rows, "street", "city", "state", "postal_code") == [place]


def test_one_address_is_taken_whole_where_there_are_several(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Business Street,Business City,Business Zip,Home Street,Home City,Home State,"
        "Home Zip\n"
        "Ann Roe,1 Office Park,Dover,19901,12 Elm St,Boston,MA,02139\n",
    )
    assert told(rows, "street", "city", "postal_code") == [("12 Elm St", "Boston", "02139")]


def test_what_is_somebody_elses_is_kept_and_not_taken(tmp_path: Path) -> None:
    people = "".join(
        f"Ann{n},Roe,p{n}@example.org,c{n}@call.example,617-555-0199\n" for n in range(12)
    )
    rows = read_list(tmp_path, f"First,Last,Email,Caller email,Desk\n{people}")
    assert {row["more_emails"] for row in rows} == {None}
    assert {row["phone_e164"] for row in rows} == {None}
    assert rows[0]["extra:Caller email"] == "c0@call.example"


def test_a_list_from_abroad_is_not_taken_for_americas(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Vorname;Name;PLZ;Ort;Telefon;Spendenbetrag;Spende am\n"
        "Jana;Müller;10115;Berlin;030 901820;1.000,50;13.02.2026\n",
    )
    assert told(rows, "phone_e164", "state", "country", "amount_cents", "given_on") == [
        ("+4930901820", None, "DE", 100_050, date(2026, 2, 13))
    ]


def test_a_column_of_days_that_contradicts_itself_is_not_guessed(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Phone,Amount,Date\nAnn Roe,617-555-0100,5,3/4/24\nBob Poe,617-555-0101,5,13/6/24\n"
        "Cal Vee,617-555-0102,5,6/14/24\n",
    )
    assert told(rows, "given_on", "reason") == [
        (None, "the date cannot be read for certain"),
        (date(2024, 6, 13), None),
        (date(2024, 6, 14), None),
    ]


def test_numbers_among_words_are_found(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path, "Name,Phone\nAnn Roe,H: 212-555-0102 C: 917-555-0103\nBob Poe,none\n"
    )
    assert (rows[0]["phone_e164"], rows[0]["more_phones"][:12]) == ("+12125550102", "+19175550103")


def test_headers_in_the_middle_and_lines_below_are_nobody(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "First Name,Last Name,Phone\nAnn,Roe,617-555-0100\nFirst Name,Last Name,Phone\n"
        "Bob,Poe,305-555-0101\nGrand Total,,\nReport run 1/5/2026,,\n",
    )
    assert [row["reason"] for row in rows] == [
        None,
        "the row repeats the header",
        None,
        "the row is a total or a remark and names nobody",
        "the row is a total or a remark and names nobody",
    ]


def _board(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    cover = book.add_worksheet("Cover")
    cover.write(0, 0, "Roe for Congress")
    header = ["First Name", "Last Name", "Cell", "Zip", "DOB"]
    for year in (2025, 2026):
        sheet = book.add_worksheet(str(year))
        if year == 2025:
            sheet.merge_range(0, 0, 0, 4, "DONORS")
        top = 4 if year == 2025 else 0
        sheet.write_row(top, 0, header)
        for row in range(1, 4 if year == 2025 else 3):
            number = 6_175_550_100 + row + year - 2025
            sheet.write_row(top + row, 0, ["Ann", f"Roe{year}", number, 2139, 20_000])
    book.get_worksheet_by_name("2025").write(5, 6, "left early")
    book.close()
    return path


def test_a_sheet_of_codes_is_no_list_though_it_is_longer(tmp_path: Path) -> None:
    path = tmp_path / "board.xls"  # as many are called that are newer inside
    book = xlsxwriter.Workbook(str(path))
    codes, people = book.add_worksheet("Codes"), book.add_worksheet("Donors")
    codes.write_row(0, 0, ["Fund ID", "Fund Name"])
    for row in range(1, 9):
        codes.write_row(row, 0, [row, f"Fund {row}"])
    people.write_row(0, 0, ["First Name", "Last Name", "Cell"])
    people.write_row(1, 0, ["Ann", "Roe", "617-555-0134"])
    book.close()
    file = open_list(path, tmp_path)
    assert told(rows_of(file), "first_name", "phone_e164") == [("Ann", "+16175550134")]
    assert [sheet.name for sheet in file.sheets] == ["Donors", "Codes"]


def test_sheets_of_one_kind_are_one_list(tmp_path: Path) -> None:
    file = open_list(_board(tmp_path / "board.xlsx"), tmp_path)
    rows = rows_of(file)
    assert [row["last_name"] for row in rows] == ["Roe2025"] * 3 + ["Roe2026"] * 2
    assert told(rows[:1], "phone_e164", "postal_code", "birth_date") == [
        ("+16175550101", "02139", date(1954, 10, 3))
    ]
    assert file.skipped == 5
    assert rows[0]["extra:Column 7"] == "left early"
    assert file.sheets == (
        ("2025", 5, True, False),
        ("2026", 3, True, False),
        ("Cover", 1, False, False),
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "<html><body><table><tr><th>First Name<th>Phone</tr><tr><td>Ann &amp; Bob</td>"
            "<td>617-555-0100</td></tr></table></body></html>",
            id="web page",
        ),
        pytest.param(
            "<html><table><tr><td><table><tr><td>a layout</table></table><table><tr><th>First Name"
            "<th>Phone<tr><td>Ann &amp; Bob<td>617-555-0100</table><table><tr><td>x<table>",
            id="tables in tables",
        ),
        pytest.param(
            '<?xml version="1.0"?><Workbook><Worksheet><Table><Row><Cell><Data>First Name</Data>'
            "</Cell><Cell><Data>Last Name</Data></Cell><Cell><Data>Phone</Data></Cell></Row><Row>"
            '<Cell><Data>Ann &amp; Bob</Data></Cell><Cell ss:Index="3"><Data>617-555-0100</Data>'
            "</Cell></Row></Table></Worksheet></Workbook>",
            id="XML",
        ),
    ],
)
def test_a_page_that_is_called_a_workbook_is_read(tmp_path: Path, text: str) -> None:
    rows = read_list(tmp_path, text, "list.xls")
    assert told(rows, "first_name", "partner", "phone_e164") == [("Ann", "Bob", "+16175550100")]


def test_what_cannot_be_read_is_kept(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Phone,Email,DOB,Age,Zip\nAnn Roe,555-0100,ann(at)example.org,1/5/1961,65,2139\n"
        "Bob Poe,\u202a617-555-0100\u202c,bob@example.org,spring 1960,,02139\n",
    )
    kept = [{k: v for k, v in row.items() if k.startswith("extra:") and v} for row in rows]
    assert kept == [
        {"extra:Phone": "555-0100", "extra:Email": "ann(at)example.org", "extra:Age": "65"},
        {"extra:DOB": "spring 1960"},
    ]
    assert rows[1]["phone_e164"] == "+16175550100"


@pytest.mark.parametrize(
    ("table", "given"),
    [
        pytest.param(
            "Gift ID,Name,Amount,Created At\nG1,Ann Roe,5,2026-01-02 10:00\n",
            date(2026, 1, 2),
            id="a table of gifts",
        ),
        pytest.param(
            "Name,Last Gift Amount,Created At\nAnn Roe,5,2020-01-02 10:00\n",
            None,
            id="a table of people",
        ),
    ],
)
def test_a_name_for_many_things_counts_where_it_can_mean_one(
    tmp_path: Path, table: str, given: date | None
) -> None:
    assert read_list(tmp_path, table)[0]["given_on"] == given


def test_what_became_of_a_payment_is_no_word_for_a_donor(tmp_path: Path) -> None:
    donors = read_list(tmp_path, "Name,Last Gift,Status\nAnn Roe,5,Lapsed\nBob Poe,5,Active\n")
    gifts = read_list(
        tmp_path, "Gift ID,Name,Amount,Status\nG1,Ann Roe,5,Failed\nG2,Bob Poe,5,Paid\n"
    )
    assert told(donors, "amount_cents") == [(500,), (500,)]
    assert told(gifts, "amount_cents") == [(None,), (500,)]


def test_the_number_of_a_person_is_not_that_of_the_row(tmp_path: Path) -> None:
    rows = read_list(tmp_path, "ID,Donor ID,Name\n1,D7,Ann Roe\n2,D7,Ann Roe\n")
    assert told(rows, "external_id") == [("D7",), ("D7",)]
