"""Lists that are no tables: contact cards and JSON, as phones and web tools write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign.errors import InputError
from tests.support.list_reading import read_list, told

_WHO = ("first_name", "last_name", "phone_e164", "email", "city", "postal_code")
_ANN = ("Ann", "Roe", "+16175550134", "ann@example.org", "Boston", "02139")
_BOB = ("Bob", "Poe", "+13055550135", None, None, None)
_CARDS = """BEGIN:VCARD
VERSION:3.0
N:Roe;Ann;Q.;Dr.;Jr
FN:Dr. Ann Q. Roe\\, Jr
TEL;TYPE=CELL,VOICE:(617) 555-0134
item1.TEL:+1 305 555 0199
EMAIL;TYPE=INTERNET:ann@example.org
ADR;TYPE=HOME:;Apt 4;12 Elm St;Boston;MA;02139;USA
ORG:Acme\\, Inc.;Sales
BDAY:1961-03-04
NOTE:Do not call\\; write
 , please
END:VCARD
BEGIN:VCARD
VERSION:4.0
N:Poe;Bob;;;
FN:Bob Poe
TEL;VALUE=uri;TYPE="voice,home":tel:+1-305-555-0135;ext=12
BDAY:19610305
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:N=C3=BA=C3=B1ez;Jos=C3=A9;;;
TEL;CELL:2125550137
"""


def test_a_contact_card_is_a_row(tmp_path: Path) -> None:
    rows = read_list(tmp_path, _CARDS, "contacts.vcf")
    assert told(rows, *_WHO)[:2] == [_ANN, _BOB]
    assert told(rows[2:], "first_name", "last_name", "phone_e164") == [
        ("José", "Núñez", "+12125550137")
    ]
    ann, bob = rows[:2]
    assert (ann["middle_name"], ann["suffix"], ann["street"]) == ("Q", "Jr", "12 Elm St Apt 4")
    assert (ann["employer"], str(ann["birth_date"])) == ("Acme, Inc.", "1961-03-04")
    assert (ann["do_not_call"], ann["extra:Notes"]) == (True, "Do not call; write, please")
    assert ann["more_phones"].startswith("+13055550199")
    assert (bob["phone_extension"], str(bob["birth_date"])) == ("12", "1961-03-05")


def test_a_line_of_a_card_that_cannot_be_read_is_kept(tmp_path: Path) -> None:
    rows = read_list(tmp_path, "BEGIN:VCARD\nno line\nFN:Ann Roe\nEND:VCARD\n", "one.vcf")
    assert told(rows, "first_name", "extra:Unread") == [("Ann", "no line")]


def test_a_line_of_a_card_in_letters_that_nobody_knows_is_kept(tmp_path: Path) -> None:
    lines = ["NOTE;ENCODING=QUOTED-PRINTABLE:M=FCller", "ORG;CHARSET=ACME;QUOTED-PRINTABLE:=41"]
    text = "\n".join(["BEGIN:VCARD", "FN:Ann Roe", *lines, "END:VCARD", ""])
    rows = read_list(tmp_path, text, "one.vcf")
    assert told(rows, "first_name", "extra:Unread") == [("Ann", " ".join(lines))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            '[{"first_name":"Ann","last_name":"Roe","phone":"617-555-0134","email":'
            '"ann@example.org","address":{"city":"Boston","zip":"02139"}},'
            '{"first_name":"Bob","last_name":"Poe","phone":3055550135,"email":null}]',
            id="an array",
        ),
        pytest.param(
            '\ufeff{"name":"Ann Roe","phone":"617-555-0134","email":"ann@example.org",'
            '"city":"Boston","zip":"02139"}\n\n{"name":"Bob Poe","phone":"305-555-0135"}\n',
            id="lines",
        ),
        pytest.param(
            '{"total": 2, "_embedded": {"osdi:people": [{"given_name": "Ann", "family_name": "Roe",'
            '"email_addresses": [{"address": "ann@example.org"}], "phone_numbers": [{"number":'
            '"16175550134"}], "postal_addresses": [{"locality": "Boston", "postal_code":'
            '"02139"}]}, {"given_name": "Bob", "family_name": "Poe", "phone_numbers":'
            '[{"number": "13055550135"}]}]}}',
            id="an array in an object, as Action Network's interface answers",
        ),
        pytest.param(
            '[["First","Last","Phone","Email","City","Zip"],["Ann","Roe","617-555-0134",'
            '"ann@example.org","Boston","02139"],["Bob","Poe",3055550135,null,"",""]]',
            id="a table",
        ),
    ],
)
def test_json_is_read_as_a_table(tmp_path: Path, text: str) -> None:
    assert told(read_list(tmp_path, text, "people.json"), *_WHO) == [_ANN, _BOB]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "no rows|without a list"),
        ("{}", "no rows"),
        ("[1, 2]", "No column holds a name"),
        ('[{"name": "Ann"}, 3]', "without a list of people"),
        ('[{"name": "Ann"},', "breaks off"),
        ('{"a":' * 5000, "breaks off"),
        ("BEGIN:VCARD\nEND:VCARD\n", "no rows"),
    ],
)
def test_what_holds_no_people_is_refused_in_a_sentence(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(InputError, match=says) as refused:
        read_list(tmp_path, text)
    assert "\n" not in str(refused.value)
