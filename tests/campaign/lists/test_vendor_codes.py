"""What vendors' own codes and layouts mean: each documented value lands where its vendor says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.list_reading import read_list, told

PEOPLE = ("Ann", "Bob", "Cyd", "Dee", "Eve", "Fay", "Gus", "Hal", "Ivy", "Jon", "Kim", "Lou")


def gifts(tmp_path: Path, header: str, kinds: dict[str, int | None]) -> dict[str, int | None]:
    """Return what a list of one row a kind of gift, each of 50 dollars, says was given."""
    lines = [
        f"{PEOPLE[place % 12]},Roe,r{place}@x.example,g{place},2026-01-05,50.00,{kind}"
        for place, kind in enumerate(kinds)
    ]
    head = f"First Name,Last Name,Email,Gift ID,Gift Date,Gift Amount,{header}"
    rows = read_list(tmp_path, "\n".join([head, *lines]) + "\n")
    assert [row["reason"] for row in rows] == [None] * len(kinds)
    return {kind: row["amount_cents"] for kind, row in zip(kinds, rows, strict=True)}


@pytest.mark.parametrize(
    ("header", "kinds"),
    [
        pytest.param(
            "Gift Type",
            {
                "Cash": 5000, "Pay-Cash": 5000, "Pledge": None, "MG Pledge": None,
                "MG Pay-Cash": 5000, "Stock/Property": 5000, "Gift-in-Kind": 5000, "Other": 5000,
                "Recurring Gift": None, "Recurring Gift Pay-Cash": 5000, "Write Off": None,
                "MG Write Off": None, "Planned Gift": None, "Adjustment": None,
                "GL Reversal": None,
            },
            id="Raiser's Edge",
        ),
        pytest.param(
            "Gift Type",
            {
                "Donation": 5000, "Pledge": None, "PledgePayment": 5000, "RecurringGift": None,
                "RecurringGiftPayment": 5000, "MatchingGiftPledge": None, "PlannedGift": None,
            },
            id="Raiser's Edge NXT",
        ),
        pytest.param(
            "Transaction Type",
            {
                "Donation": 5000, "Pledge": None, "PledgePayment": 5000,
                "RecurringDonation": None, "RecurringDonationPayment": 5000,
            },
            id="Bloomerang",
        ),
        pytest.param("Record Type", {"G": 5000, "P": None, "M": None}, id="DonorPerfect"),
        pytest.param(
            "Type",
            {"One-time": 5000, "Recurring Gift": 5000, "Pledge": None},
            id="all but the pledge are payments",
        ),
    ],
)  # fmt: skip
def test_what_is_promised_only_is_no_gift(
    tmp_path: Path, header: str, kinds: dict[str, int | None]
) -> None:
    assert gifts(tmp_path, header, kinds) == kinds


def test_a_ledger_of_income_tells_what_came_in_and_what_went_back(tmp_path: Path) -> None:
    head = "First Name,Last Name,Email,Date,Amount\n"
    rows = read_list(
        tmp_path,
        f'{head}Ann,Roe,a@x.example,2026-01-05,"$1,000.00 CR"\n'
        "Bob,Poe,b@x.example,2026-01-05,50 DR\n",
    )
    assert [row["amount_cents"] for row in rows] == [100_000, -5_000]
    some = read_list(
        tmp_path, f"{head}Ann,Roe,a@x.example,2026-01-05,5 CR\nBob,Poe,b@x.example,2026-01-05,6\n"
    )
    assert some[0]["reason"] == "the amount is not an amount"


WASHINGTON = (
    "StateVoterID|FName|MName|LName|NameSuffix|Birthyear|Gender|RegStNum|RegStFrac|RegStName"
    "|RegStType|RegUnitType|RegStPreDirection|RegStPostDirection|RegStUnitNum|RegCity|RegState"
    "|RegZipCode|CountyCode|PrecinctCode|Registrationdate|LastVoted|StatusCode\n"
    "WA0001|ANN||ROE||1961|F|12||PINE|ST|APT|N|E|5|SEATTLE|WA|98101|KI|12|2001-02-03||Inactive\n"
)


def test_washingtons_register_writes_a_street_in_pieces(tmp_path: Path) -> None:
    row = read_list(tmp_path, WASHINGTON)[0]
    assert (row["street"], row["city"], row["birth_year"]) == (
        "12 N PINE ST E APT 5",
        "SEATTLE",
        1961,
    )


def test_pennsylvanias_export_comes_without_a_header(tmp_path: Path) -> None:
    begin = [
        "012345678-41",
        "",
        "ROE",
        "ANN",
        "",
        "",
        "F",
        "04/05/1961",
        "10/01/1990",
        "A",
        "",
        "D",
    ]
    place = ["12", "", "ELM ST", "3", "", "ALTOONA", "PA", "16601"]
    row = [*begin, *place, *[""] * 10, *["XX"] * 40, *["AP", "D"] * 40, "8145550142", "BLAIR", ""]
    line = "\t".join(f'"{cell}"' for cell in row)
    rows = read_list(tmp_path, f"{line}\n{line.replace('ANN', 'BOB')}\n")
    assert told(rows, "first_name", "last_name", "street", "phone_e164", "birth_year") == [
        (name, "Roe", "12 ELM ST 3", "+18145550142", 1961) for name in ("Ann", "Bob")
    ]


def test_floridas_register_withholds_an_address_with_a_star(tmp_path: Path) -> None:
    said = [
        "LEO",
        "123456789",
        "Roe",
        "",
        "Ann",
        "",
        "N",
        "12 Palm Ave",
        "",
        "Tampa",
        "FL",
        "33601",
    ]
    rest = [*[""] * 7, "F", "5", "04/05/1961", "10/01/1990", "DEM", "12", "", "", "", "ACT"]
    open_row = [*said, *rest, "2", "9", "3", "1", "1", "813", "5550142", "", ""]
    stars = ["LEO", "123456780", "Poe", "", "Bob", "", "Y", *["*"] * 12, *rest[7:], *["*"] * 9]
    rows = read_list(tmp_path, "\t".join(open_row) + "\n" + "\t".join(stars) + "\n")
    assert told(rows, "street", "city", "phone_e164") == [
        ("12 Palm Ave", "Tampa", "+18135550142"),
        (None, None, None),
    ]


def test_north_carolinas_register_says_who_died(tmp_path: Path) -> None:
    head = (
        "county_id\tvoter_reg_num\tncid\tlast_name\tfirst_name\tstatus_cd\tvoter_status_desc"
        "\treason_cd\tvoter_status_reason_desc\tfull_phone_number"
    )
    whys = ["VERIFIED", "DECEASED", "MOVED OUT OF STATE", "FELONY CONVICTION"]
    lines = [
        f"92\t000{n}\tEH{n}\tROE\t{PEOPLE[n]}\tR\tREMOVED\tXX\t{why}\t919555014{n}"
        for n, why in enumerate(whys)
    ]
    rows = read_list(tmp_path, "\n".join([head, *lines]) + "\n")
    assert [row["deceased"] for row in rows] == [None, True, None, None]


def test_given_may_be_the_day_of_a_gift(tmp_path: Path) -> None:
    ann, bob = "Ann Roe,617-555-0142,2025-03-01,25", "Bob Poe,617-555-0143,2025-03-02,5"
    rows = read_list(tmp_path, f"Name,Phone,Given,Gift\n{ann}\n{bob}\n")
    assert told(rows, "first_name", "last_name") == [("Ann", "Roe"), ("Bob", "Poe")]
    assert str(rows[0]["given_on"]) == "2025-03-01"


def test_a_cell_of_a_million_signs_costs_its_row_alone(tmp_path: Path) -> None:
    text = f"First Name,Email\nAnn,{'x' * 1_000_000}\nBob,b@x.example\n"
    rows = read_list(tmp_path, text)
    assert [row["reason"] for row in rows] == ["a cell is longer than 32,767 characters", None]


def test_two_numbers_on_two_lines_of_a_cell_are_two(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        'First Name,Last Name,Phone\nAnn,Roe,"617-555-0142\n617-555-0199"\n'
        "Bob,Poe,6175550143 6175550198\n",
    )
    assert told(rows, "phone_e164", "more_phones") == [
        ("+16175550142", "+16175550199:fixed_line_or_mobile"),
        ("+16175550143", "+16175550198:fixed_line_or_mobile"),
    ]


def test_a_row_may_lack_its_last_cells_where_the_others_fit(tmp_path: Path) -> None:
    head = "First Name,Last Name,Email,Phone,Note,Team\n"
    whole = "Ann,Roe,a@x.example,617-555-0142,x,Red\n"
    lacking = "Bob,Poe,b@x.example,617-555-0143\nCyd,Vee,617-555-0144\nBoston office,\n"
    rows = read_list(tmp_path, head + whole + lacking)
    assert [row["reason"] for row in rows] == [
        None,
        None,
        "the row has 3 cells, the header 6",
        "the row has 2 cells, the header 6",
    ]
    assert rows[1]["phone_e164"] == "+16175550143"


def test_the_header_once_more_may_have_a_column_without_a_name(tmp_path: Path) -> None:
    head = "First Name,,Last Name,Phone\n"
    text = f"{head}Ann,,Roe,617-555-0142\n{head}Bob,,Poe,617-555-0143\n"
    rows = read_list(tmp_path, text)
    assert [row["reason"] for row in rows] == [None, "the row repeats the header", None]


@pytest.mark.parametrize(
    ("header", "marks", "refused", "wrong"),
    [
        pytest.param(
            "Disposition",
            ["ANSWER", "DNC", "Opt Out", "Invalid number", "Wrong Number", "Fax", "NO_ANSWER"],
            {"DNC", "Opt Out"},
            {"Invalid number", "Wrong Number", "Fax"},
            id="CallHub",
        ),
        pytest.param(
            "Result",
            ["Remove number from list", "Disconnected", "Not Home", "Do Not Call", "Refused"],
            {"Remove number from list", "Do Not Call"},
            {"Disconnected"},
            id="ThruTalk and VAN",
        ),
        pytest.param(
            "Phone Status",
            ["Good", "Bad", "Wrong", "Unknown"],
            set(),
            {"Bad", "Wrong"},
            id="phones",
        ),
        pytest.param(
            "Solicit Code",
            ["Mail Only", "No Telemarketing", "Do Not Mail", "Do Not Solicit"],
            {"Mail Only", "No Telemarketing", "Do Not Solicit"},
            set(),
            id="Raiser's Edge",
        ),
        pytest.param("Member Status", ["Active", "Bad", "Invalid"], set(), set(), id="of no phone"),
    ],
)
def test_marks_say_who_refused_and_which_number_is_wrong(
    tmp_path: Path, header: str, marks: list[str], refused: set[str], wrong: set[str]
) -> None:
    lines = [
        f"{PEOPLE[n]},Roe,p{n}@x.example,617-555-01{n:02d},{mark}" for n, mark in enumerate(marks)
    ]
    head = f"First Name,Last Name,Email,Phone,{header}"
    rows = read_list(tmp_path, "\n".join([head, *lines]) + "\n")
    by_mark = dict(zip(marks, rows, strict=True))
    assert {mark for mark, row in by_mark.items() if row["do_not_call"]} == refused
    assert {mark for mark, row in by_mark.items() if row["phone_e164"] is None} == wrong


def test_a_file_of_quoted_cells_cut_by_semicolons_keeps_its_quotes(tmp_path: Path) -> None:
    head = '"Notes";"First Name";"Last Name";"Phone"\n'
    rows = read_list(tmp_path, f'{head}"see; me";"Ann";"Roe";"617-555-0142"\n')
    assert told(rows, "first_name", "last_name", "phone_e164") == [("Ann", "Roe", "+16175550142")]
