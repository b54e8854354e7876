"""Tables as people put them together: whose number, whose name, who said no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.list_reading import read_list, told


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param(
            "First,Home Area Code,Home Phone,Cell Area Code,Cell Phone\n"
            "Ann,617,555-0134,508,555-0135\nBob,305,5550136,,\n",
            [{"+16175550134", "+15085550135"}, {"+13055550136"}],
            id="each number has an area code of its own",
        ),
        pytest.param(
            "First,Area,Prefix,Line,Ext\nAnn,617,555,0134,12\nBob,305,555,0135,\n",
            [{"+16175550134"}, {"+13055550135"}],
            id="a number in three columns",
        ),
        pytest.param(
            "First,Country Code,Phone,Phone 2\nAnn,1,6175550134,\nBob,44,2079460018,02079460019\n"
            "Cy,+61,0291234567,\n",
            [{"+16175550134"}, {"+442079460018", "+442079460019"}, {"+61291234567"}],
            id="figures in a column of countries are dialled first",
        ),
        pytest.param(
            "First,Country Code,Phone\nAnn,1,6175550134\nBob,+1,3055550135\n",
            [{"+16175550134"}, {"+13055550135"}],
            id="all of them the list's own",
        ),
        pytest.param(
            "First Name,Last Name,Phone,,First Name,Last Name,Phone\n"
            "Ann,Roe,617-555-0134,,Di,Ray,617-555-0138\n",
            [{"+16175550134"}],
            id="a table that stands right of another",
        ),
        pytest.param(
            "First Name 1,First Name 2,Phone,Phone 2\nAnn,Bob,617-555-0134,617-555-0135\n",
            [{"+16175550134"}],
            id="a second person",
        ),
        pytest.param(
            "First,Last,Phone,First,Last,Phone\nAnn,Roe,617-555-0134,Ann,Roe,617-555-0135\n",
            [{"+16175550134", "+16175550135"}],
            id="a table joined to itself",
        ),
        pytest.param(
            "First,Phone\nAnn,617-555-0134 or 0135\nBob,617-555-0136/0137\nCy,617-555-0138 or 12\n",
            [{"+16175550134", "+16175550135"}, {"+16175550136", "+16175550137"}, {"+16175550138"}],
            id="a second number that begins like the first",
        ),
    ],
)
def test_nobody_is_called_at_the_number_of_another(
    tmp_path: Path, text: str, numbers: list[set[str]]
) -> None:
    assert [_numbers(row) for row in read_list(tmp_path, text)] == numbers


def _numbers(row: dict[str, Any]) -> set[str]:
    more = (row["more_phones"] or "").split()
    return {row["phone_e164"], *(number.split(":")[0] for number in more)} - {None}


def test_the_extension_beside_a_number_is_its_own(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path, "Name,Phone,Ext.,Cell\nAnn Roe,617-555-0134,12,\nBob Poe,,7,305-555-0135\n"
    )
    assert told(rows, "phone_e164", "phone_extension") == [
        ("+16175550134", "12"),
        ("+13055550135", None),
    ]
    assert rows[1]["extra:Ext."] == "7"


@pytest.mark.parametrize("header", ["NAME", "Name (Last First MI)"])
def test_names_that_begin_with_the_familys_are_told_by_the_column(
    tmp_path: Path, header: str
) -> None:
    rows = read_list(
        tmp_path,
        f"{header},PHONE\nSMITH JOHN Q JR,617-555-0134\nROE ANN,617-555-0135\n"
        "VAN DER BERG PETER,617-555-0136\nGARCIA LOPEZ MARIA,617-555-0137\n",
    )
    assert told(rows, "first_name", "middle_name", "last_name", "suffix") == [
        ("John", "Q", "Smith", "Jr"),
        ("Ann", None, "Roe", None),
        ("Peter", None, "van der Berg", None),
        ("Maria", None, "Garcia Lopez", None),
    ]


def test_a_title_in_front_of_a_name_is_not_the_familys(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Phone\nMs. Amy Roe,617-555-0134\nMr. and Mrs. Ben Poe,617-555-0135\n"
        "Dr Carol Vee,617-555-0136\nHon. Dan Ash,617-555-0137\n",
    )
    assert told(rows, "first_name", "last_name") == [
        ("Amy", "Roe"),
        ("Ben", "Poe"),
        ("Carol", "Vee"),
        ("Dan", "Ash"),
    ]


def test_a_title_stands_before_names_that_begin_with_the_familys(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "NAME,PHONE\nMS SMITH AMY,617-555-0134\nROE BEN,617-555-0135\n"
        "DR VAN DER BERG PETER,617-555-0136\n",
    )
    assert told(rows, "first_name", "last_name") == [
        ("Amy", "Smith"),
        ("Ben", "Roe"),
        ("Peter", "van der Berg"),
    ]


def test_names_in_the_usual_order_stay_so(tmp_path: Path) -> None:
    rows = read_list(tmp_path, "Name,Phone\nAnn Roe,617-555-0134\nVega Maria,617-555-0135\n")
    assert told(rows, "first_name", "last_name") == [("Ann", "Roe"), ("Vega", "Maria")]


@pytest.mark.parametrize(
    ("cell", "number", "refused"),
    [
        ("call after 5, 617-555-0134 (wife's)", "+16175550134", None),
        ("617-555-0134 DON'T CALL", "+16175550134", True),
        ("DNC 617-555-0134", "+16175550134", True),
        ("don't call before noon: 617-555-0134", "+16175550134", None),
        ("617-555-0134 - wrong number", None, None),
        ("617-555-0133 (old), 617-555-0134 (new)", "+16175550134", None),
        ("617-555-0134 fax", None, None),
        ("disconnected", None, None),
    ],
)
def test_what_is_written_beside_a_number_counts_and_is_kept(
    tmp_path: Path, cell: str, number: str | None, refused: bool | None
) -> None:
    text = f'Name,Phone\nAnn Roe,"{cell}"\nBob Poe,cell 617-555-0135\n'
    rows = read_list(tmp_path, text)
    assert told(rows, "phone_e164", "do_not_call", "extra:Phone") == [
        (number, refused, cell),
        ("+16175550135", None, None),
    ]


@pytest.mark.parametrize(
    ("note", "refused"),
    [
        ("do not call!", True),
        ("Please take me off your list", True),
        ("call me never", True),
        ("do not call after 8", None),
        ("was at the DNC in Chicago", None),
    ],
)
def test_a_refusal_in_the_notes_is_one(tmp_path: Path, note: str, refused: bool | None) -> None:
    rows = read_list(tmp_path, f"Name,Phone,Notes\nAnn Roe,617-555-0134,{note}\n")
    assert told(rows, "do_not_call", "extra:Notes") == [(refused, note)]


@pytest.mark.parametrize(
    ("header", "cell", "consent", "refused"),
    [
        ("Consent", "email;sms", False, True),
        ("Consent channels", "Phone, E-mail", True, None),
        ("OK to contact by", "", None, None),
        ("Do not contact by", "phone; mail", None, True),
        ("Do not contact by", "email", None, False),
        ("May we call you about the campaign?", "No, please email", False, True),
        ("May we call you about the campaign?", "Yes - evenings", True, None),
        ("Can we reach you by phone?", "not sure", None, None),
        ("Please do not call me", "x", None, True),
        ("Preferred channel", "email", None, None),
    ],
)
def test_who_may_be_called_is_read_from_words_and_channels(
    tmp_path: Path, header: str, cell: str, consent: bool | None, refused: bool | None
) -> None:
    rows = read_list(tmp_path, f'Name,Phone,{header}\nAnn Roe,617-555-0134,"{cell}"\n')
    assert told(rows, "consent_call", "do_not_call") == [(consent, refused)]


def test_the_questions_of_a_form_are_understood(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Timestamp,What is your full name?,What is the best number to reach you at?,"
        "What is your mailing address?,What ZIP code do you live in?,"
        "How much would you like to give?,Which number should we call you at?\n"
        '10/3/2026 14:22:10,Ann Roe,(305) 555-0135 after 6pm,"12 Elm St, Boston, MA 02139",02139,'
        "$50,\n",
    )
    assert told(rows, "first_name", "phone_e164", "street", "city", "postal_code") == [
        ("Ann", "+13055550135", "12 Elm St", "Boston", "02139")
    ]
    assert told(rows, "amount_cents", "given_on", "consent_call") == [(None, None, None)]


_TABLE = "First Name,Last Name,Phone,Amount\nAnn,Roe,617-555-0134,5\nBob,Poe,617-555-0135,6\n"


@pytest.mark.parametrize(
    ("text", "names", "reasons"),
    [
        pytest.param(
            _TABLE + "Page 1 of 3,,,\nFIRST NAME,LAST NAME,PHONE,AMOUNT\nCy,Vee,617-555-0136,7\n",
            ["Ann", "Bob", "Cy"],
            ["title", "repeats"],
            id="printed pages",
        ),
        pytest.param(
            _TABLE + "\ufeff" + _TABLE.replace("Ann", "Cy").replace("Bob", "Di"),
            ["Ann", "Bob", "Cy", "Di"],
            ["repeats"],
            id="two files put together",
        ),
        pytest.param(
            _TABLE + "\nLapsed,,,\nPhone,Amount,Last Name,First Name\n617-555-0136,7,Vee,Cy\n",
            ["Ann", "Bob", "Cy"],
            ["title", "repeats"],
            id="the same columns in another order",
        ),
        pytest.param(
            _TABLE + "\nPhone,Surname,Forename,City\n617-555-0136,Vee,Cy,Boston\n",
            ["Ann", "Bob"],
            ["another table", "under another header"],
            id="another table below",
        ),
        pytest.param(
            f"# made by a tool\n{_TABLE}# left out: Cy,Vee,617-555-0136,7\n",
            ["Ann", "Bob"],
            ["comment"],
            id="comments",
        ),
        pytest.param(
            _TABLE + "Don,Street,617-555-0137,8\nMel,Cell,,\n",
            ["Ann", "Bob", "Don", "Mel"],
            [],
            id="people who are called like columns",
        ),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_each_row_is_read_under_the_header_above_it(
    tmp_path: Path, text: str, names: list[str], reasons: list[str], strict: bool
) -> None:
    rows = read_list(tmp_path, text, strict=strict)
    assert [row["first_name"] for row in rows if row["reason"] is None] == names
    moved = [row for row in rows if row["last_name"] == "Vee" and row["reason"] is None]
    assert {row["phone_e164"] for row in moved} <= {"+16175550136"}
    why = [row["reason"] for row in rows if row["reason"]]
    assert all(word in reason for word, reason in zip(reasons, why, strict=True))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(
            "First,Last,City\nJin,NA,Boston\nKim,Lee,\n",
            [("Jin", "Na"), ("Kim", "Lee")],
            id="one name among names",
        ),
        pytest.param(
            "First,Last,City\nJin,NA,NA\nKim,Lee,NA\n",
            [("Jin", None), ("Kim", "Lee")],
            id="how blanks are written elsewhere",
        ),
        pytest.param(
            "First,Last,Email\nAnn,NA,a@x.example\nNA,NA,b@x.example\nNan,Poe,\n",
            [("Ann", None), (None, None), ("Nan", "Poe")],
            id="for a first name",
        ),
        pytest.param(
            "First,Last,Email\nAnn,Null,a@x.example\nBob,NULL,\nCy,Vee,NULL\n",
            [("Ann", "Null"), ("Bob", None), ("Cy", "Vee")],
            id="a person of that name beside a database's word",
        ),
        pytest.param(
            "First,Last,Email\nAnn,NULL,\n,NULL,b@x.example\n",
            [("Ann", None), (None, None)],
            id="beside a blank first name",
        ),
    ],
)
def test_a_word_for_nothing_may_be_a_name(
    tmp_path: Path, text: str, names: list[tuple[str | None, str | None]]
) -> None:
    assert told(read_list(tmp_path, text), "first_name", "last_name") == names


def test_a_list_whose_phones_are_abroad_is_read_as_from_there(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "First,Last,Phone,City,State,Postcode\nAnn,Roe,+61 8 9123 4567,Perth,WA,6000\n"
        "Bob,Poe,+61 412 345 678,Fremantle,WA,6160\nCy,Vee,08 9123 4568,Albany,WA,6330\n",
    )
    assert told(rows, "phone_e164", "state", "postal_code", "country", "county") == [
        ("+61891234567", "WA", "6000", "AU", None),
        ("+61412345678", "WA", "6160", "AU", None),
        ("+61891234568", "WA", "6330", "AU", None),
    ]


def test_a_postal_code_is_the_countrys_that_the_row_names(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Name,Zip,Country\nAnn Roe,2139,\nBob Poe,6000,Australia\nCy Vee,1067,Germany\n"
        "Di Ray,k1a0b1,Canada\nEd Lo,2.139E+03,USA\nFlo Hu,'02139,\n",
    )
    assert [row["postal_code"] for row in rows] == [
        "02139", "6000", "01067", "K1A 0B1", "02139", "02139"
    ]  # fmt: skip


def test_quotes_of_another_kind_are_no_part_of_a_name(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "'First','Last','Phone'\n'Ann','O''Brien','617-555-0134'\n“Bob”,“Poe”,“617-555-0135”\n"
        "Cy,'t Hooft,'6175550136\n",
    )
    assert told(rows, "first_name", "last_name", "phone_e164") == [
        ("Ann", "O'Brien", "+16175550134"),
        ("Bob", "Poe", "+16175550135"),
        ("Cy", "'t Hooft", "+16175550136"),
    ]


def test_a_register_of_a_county_keeps_its_own_words(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "VoterID|NameLast|NameFirst|NameSfx|ResHouse|ResStreet|ResZip|RegDate|Party\n"
        "9|ROE|ANN|JR|12|ELM ST|45501|19990102|D\n",
    )
    assert told(rows, "last_name", "suffix", "street", "given_on", "extra:RegDate") == [
        ("Roe", "Jr", "12 ELM ST", None, "19990102")
    ]


def test_the_voter_file_of_new_york_comes_without_a_header(tmp_path: Path) -> None:
    cells = ["ROE", "ANN", "Q", "JR", "12", "", "", "ELM ST", "", "APT", "4", "", "ALBANY", "12207"]
    cells += ["", "PO BOX 1", "", "", "", "19610305", "F", "DEM", "", "01", "012", "003", "ALBANY"]
    cells += ["000", "020", "044", "109", "20241105", "2024", "", "", "", "77", "19990102"]
    cells += ["MAIL", "N", "Y", "A", "", "", "", "NY000000000012345678", "20241105 GE"]
    line = ",".join(f'"{cell}"' for cell in cells)
    rows = read_list(tmp_path, f"{line}\n{line.replace('ANN', 'BOB')}\n")
    assert told(rows, "first_name", "last_name", "street", "postal_code", "external_id") == [
        (name, "Roe", "12 ELM ST APT 4", "12207", "NY000000000012345678") for name in ("Ann", "Bob")
    ]
    assert rows[0]["birth_year"] == 1961


@pytest.mark.parametrize(
    ("header", "cell", "refused", "deceased"),
    [
        ("Tags", "Major Donor; Do Not Call", True, None),
        ("Solicit Codes", "Don't call", True, None),
        ("Call Preference", "No calls", True, None),
        ("Status", "Deceased", None, True),
        ("Tags", "DNC 2024 delegate", None, None),
        ("Email status", "do not call", None, None),
    ],
)
def test_a_mark_among_others_counts(
    tmp_path: Path, header: str, cell: str, refused: bool | None, deceased: bool | None
) -> None:
    rows = read_list(tmp_path, f"Name,Phone,{header}\nAnn Roe,617-555-0134,{cell}\n")
    assert told(rows, "do_not_call", "deceased", f"extra:{header}") == [(refused, deceased, cell)]


def test_whoever_pays_for_another_is_not_the_person_of_the_row(tmp_path: Path) -> None:
    header = "First Name,Last Name,Email,Buyer First Name,Buyer Last Name,Buyer Email,Ticket Type"
    rows = read_list(
        tmp_path,
        f"{header}\nAnn,Roe,ann@example.org,Bob,Poe,bob@example.org,GA\n"
        "Cy,Vee,,Bob,Poe,bob@example.org,GA\n",
    )
    assert told(rows, "email", "more_emails", "state") == [
        ("ann@example.org", None, None),
        (None, None, None),
    ]
    alone = read_list(tmp_path, "Buyer First Name,Buyer Email\nBob,bob@example.org\n")
    assert told(alone, "first_name", "email") == [("Bob", "bob@example.org")]


def test_an_address_that_cannot_be_read_is_kept(tmp_path: Path) -> None:
    rows = read_list(tmp_path, "Name,CityStateZip\nAnn Roe,Montréal QC H2X 1Y4\n")
    assert rows[0]["extra:CityStateZip"] == "Montréal QC H2X 1Y4"


def test_words_in_a_column_of_notes_are_no_names(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path,
        "Remarks,Name of Donor,Tel. No.\ncalled twice,Ann Roe,617-555-0134\n"
        "left message,Bob Poe,617-555-0135\n",
    )
    assert told(rows, "first_name", "last_name") == [("Ann", "Roe"), ("Bob", "Poe")]
    rows = read_list(tmp_path, "Mood,Phone\nvery happy,617-555-0134\nrather sad,617-555-0135\n")
    assert told(rows, "first_name", "extra:Mood") == [(None, "very happy"), (None, "rather sad")]


def test_what_a_web_page_writes_is_read_as_it_is_seen(tmp_path: Path) -> None:
    rows = read_list(
        tmp_path, "Name,Phone\n<b>Ann Roe</b>,617-555-0134\nCy O&#39;Brien,617-555-0135\n"
    )
    assert told(rows, "first_name", "last_name") == [("Ann", "Roe"), ("Cy", "O'Brien")]


@pytest.mark.parametrize(("name", "code"), [("México", "MX"), ("Österreich", "AT"), ("Oz", None)])
def test_a_country_is_known_in_its_own_language(
    tmp_path: Path, name: str, code: str | None
) -> None:
    assert read_list(tmp_path, f"Name,Country\nAnn Roe,{name}\n")[0]["country"] == code


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('Name,Phone\nAnn Roe,"No, thanks"\n', id="a comma and no figure"),
        pytest.param("Spouse,Name (2),Name (2),Email,Name\nx\ny,z,b@x.example,,Ann\n", id="ragged"),
    ],
)
def test_a_row_of_anything_is_read_or_set_aside(tmp_path: Path, text: str) -> None:
    for row in read_list(tmp_path, text):
        assert row["phone_e164"] is None


def test_a_quote_that_is_open_to_the_end_swallows_no_rows(tmp_path: Path) -> None:
    text = 'Name,Phone,Note\nAnn Roe,617-555-0134,"tall\nBob Poe,617-555-0135,\nCy Vee,,\n'
    rows = read_list(tmp_path, text, strict=True)
    assert told(rows, "first_name", "reason") == [
        (None, "a quote is not closed"),
        ("Bob", None),
        ("Cy", None),
    ]
