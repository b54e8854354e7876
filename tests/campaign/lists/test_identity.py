"""Two records: the same person is found, and strangers, spouses, fathers and sons stay apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from campaign.lists.identity.probability import judge
from campaign.lists.values import digest
from tests.support.records import (
    BORN,
    EMAIL,
    HOME,
    PHONE,
    WORK,
    are_one,
    person_of,
)

_AWAY = {"street": "9 Elm Street", "postal_code": "43210", "city": "Columbus", "state": "OH"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            person_of("John", "Smith", EMAIL), person_of("JON", "Smith", EMAIL), id="e-mail, typo"
        ),
        pytest.param(
            person_of("Bob", "Smith", EMAIL), person_of("Robert", "Smith", EMAIL), id="nickname"
        ),
        pytest.param(
            person_of("John", "Smith", PHONE), person_of("John", "Smith", PHONE, HOME), id="phone"
        ),
        pytest.param(
            person_of("John", "Smith", HOME), person_of("John", "Smith", HOME, PHONE), id="address"
        ),
        pytest.param(
            person_of("J", "Smith", PHONE), person_of("John", "Smith", PHONE), id="initial"
        ),
        pytest.param(
            person_of("José", "Núñez", EMAIL), person_of("Jose", "Nunez", EMAIL), id="accents"
        ),
        pytest.param(
            person_of("John", "Smith", HOME, BORN),
            person_of("John", "Smith", BORN, postal_code="02139"),
            id="day of birth and place",
        ),
        pytest.param(
            person_of("Ann", "Smith", PHONE, HOME, emails="a@example.org"),
            person_of("Ann", "Smith", PHONE, HOME, emails="b@example.org"),
            id="a second e-mail",
        ),
        pytest.param(
            person_of("Lisa", "Radfiford", HOME, PHONE),
            person_of("Lisa", "Smith", HOME, PHONE),
            id="a name changed by marriage",
        ),
        pytest.param(
            person_of("Sarah", "Holinman", EMAIL),
            person_of("Holinmann", "Sarah", EMAIL),
            id="last name first, and a slip",
        ),
        pytest.param(
            person_of("William", "Zimkorand", street="663 River Rd", postal_code="02139"),
            person_of("William", "Zimkorand", street="663 Rivver Rd", postal_code="02139"),
            id="a slip in the street",
        ),
        pytest.param(
            person_of("John", "Smith", HOME, phones="+16175550142"),
            person_of("John", "Smith", HOME, phones="+16175150142"),
            id="a slip in the phone",
        ),
        pytest.param(
            person_of("Robert", "Norris", HOME, PHONE, emails="robert.norris55@example.org"),
            person_of("Robert", "Norris", HOME, emails="rboert.norris55@example.org"),
            id="a slip in the e-mail",
        ),
        pytest.param(
            person_of("John", "Smith", HOME, EMAIL, birth_year=1950),
            person_of("John", "Smith", HOME, emails="b@example.org", birth_year=1950),
            id="one home, of one age",
        ),
        pytest.param(
            person_of("John", "Smith", HOME, WORK, EMAIL),
            person_of("John", "Smith", HOME, WORK, emails="b@example.org"),
            id="one home, employer and occupation",
        ),
        pytest.param(
            person_of("Ann", "Smith", HOME, emails="a@example.org", phones="+16175550101"),
            person_of("Ann", "Smith", HOME, emails="b@example.org", phones="+16175550101"),
            id="a woman with two e-mails and one phone",
        ),
        pytest.param(
            person_of("Amanda", "Kovach", EMAIL, HOME),
            person_of("Mandy", "Garden", EMAIL, HOME),
            id="a short name, and one changed by marriage",
        ),
        pytest.param(
            person_of("William", "Zimkorand", postal_code="02139", street="663 Maple St Apt 2"),
            person_of("William", "Zimkorand", postal_code="02139", street="663 Male Street Apt 2"),
            id="a slip in a short street",
        ),
        pytest.param(
            person_of("Michelle", "Zimkorand", postal_code="02139", street="60 Arinya St Kangaroo"),
            person_of("Michelle", "Zimkorand", postal_code="02139", street="6 Arinya St Kangaroo"),
            id="a digit of the house number left out",
        ),
        pytest.param(
            person_of(None, "Goldsworthy", HOME, BORN),
            person_of("Georgia", "Goldsworthy", HOME, BORN),
            id="a first name left out, the same home and day of birth",
        ),
        pytest.param(
            person_of("Jack", "Wang", HOME, birth_date=date(1979, 9, 3)),
            person_of("Jack", "Wang", HOME, birth_date=date(1979, 3, 9)),
            id="day and month turned",
        ),
        pytest.param(
            person_of("Amy", "Chandler", BORN, postal_code="02068", city="Findon", state="SA"),
            person_of("Amy", "Chaneler", BORN, postal_code="02086", city="Findon", state="SA"),
            id="day of birth and town",
        ),
        pytest.param(
            person_of(None, "Morrison", HOME, BORN),
            person_of(None, "Morrion", HOME, BORN),
            id="no first name, a slip in the last, the same home and day of birth",
        ),
        pytest.param(
            person_of("Lauren", "Frahn", HOME, birth_date=date(1918, 7, 1)),
            person_of("Laurex", "Frahn", HOME, birth_date=date(1981, 7, 1)),
            id="two figures of the year turned",
        ),
        pytest.param(
            person_of("Georgia", "Goldsworthy", HOME, BORN),
            person_of("Georgia", "Hobson", HOME, BORN),
            id="another last name, the same home and day of birth",
        ),
        pytest.param(
            person_of("Nicholas", "Lanyon", number="a1b2", birth_date=date(1971, 2, 3)),
            person_of("Nikolas", "Lanjon", number="a1b2", birth_date=date(1971, 3, 2)),
            id="a personal number",
        ),
        pytest.param(
            person_of("John", "Smith", external_id="7"),
            person_of("John", "Smith", external_id="7"),
            id="outside id",
        ),
        pytest.param(
            person_of("John", "Smith", PHONE, HOME, emails="a@example.org"),
            person_of("John", "Smith", PHONE, _AWAY, emails="b@example.org"),
            id="a phone that was taken along to another town",
        ),
        pytest.param(
            person_of("C", "Abpelson", PHONE, HOME),
            person_of("Christine", "Abpeclson", PHONE, HOME),
            id="an initial and a slip in the name, one phone and home",
        ),
        pytest.param(
            person_of("Sharon", "Zimdifield", PHONE, HOME, emails="sz@example.org"),
            person_of("Shairon", "Delgoley", PHONE, HOME, emails="sd@example.org"),
            id="a name changed by marriage, and a slip in the other",
        ),
        pytest.param(
            person_of("Wayne", "5weeney", BORN, PHONE, emails="wsweeney9716@example.org"),
            person_of("Wayne", "Sweeney", HOME, PHONE, emails="wsweeney9716@example.org"),
            id="a figure that a machine read for a letter",
        ),
        pytest.param(
            person_of("Richard", "Townsend", HOME, PHONE, emails="rtownsend34b8@example.org"),
            person_of("Richard", "Townsend", HOME, PHONE, emails="rtownsend3488@example.org"),
            id="a letter for a figure in an e-mail",
        ),
        pytest.param(
            person_of("Lisa", "Hoawrd", emails="lisa.howard830@example.org", postal_code="43201"),
            person_of("Lisa", "Howard", emails="lpisa.howard830@example.org", postal_code="43201"),
            id="a numbered e-mail but for a slip, one ZIP",
        ),
        pytest.param(
            person_of("Donald", "Parker", BORN, emails="donald.parker393@example.org"),
            person_of("Donard", "Parker", BORN, emails="donald.parkker393@example.org"),
            id="an e-mail but for a slip, one day of birth",
        ),
        pytest.param(
            person_of("Edward", "Kelly", phones="+16143728962", postal_code="43201"),
            person_of("Ted", "Kelly", phones="+16143708962", postal_code="43201"),
            id="a phone but for a slip, one ZIP",
        ),
        pytest.param(
            person_of("Deck", "Kelly", emails="rk330@example.org"),
            person_of("Richard", "Kelly", emails="rk330@example.org"),
            id="a slip in a short form of the name",
        ),
        pytest.param(
            person_of(None, "Wesley", HOME, BORN),
            person_of("Wesley", "Roman", HOME, BORN),
            id="only the first name, in the last one's place",
        ),
        pytest.param(
            person_of(
                "Benjamin", "Camens", HOME, number=digest("3523836"), birth_date=date(1975, 7, 6)
            ),
            person_of(
                "Benjamin", "Cames", _AWAY, number=digest("3523835"), birth_date=date(1975, 6, 6)
            ),
            id="a slip at the end of a personal number, one first name",
        ),
        pytest.param(
            person_of(
                "Reece", "Lyden", HOME, number=digest("2283032"), birth_date=date(1988, 11, 22)
            ),
            person_of(
                "Reece", "Lyden", HOME, number=digest("2283023"), birth_date=date(1901, 8, 24)
            ),
            id="the last figures of a personal number turned",
        ),
        pytest.param(
            person_of("P", "Matthews", HOME, emails="paul1992@example.org"),
            person_of("Paul", "Matthews", HOME),
            id="an initial whose e-mail is the name and figures",
        ),
        pytest.param(
            person_of("T", "Ross", HOME, emails="teyvan.ross@example.org"),
            person_of("Teyvan", "Ross", HOME),
            id="an initial whose e-mail is a name that no list knows",
        ),
        pytest.param(
            person_of("N", "Bryant", HOME, WORK),
            person_of("Nicole", "Bryant", HOME, WORK),
            id="an initial of one home and one work",
        ),
    ],
)
def test_one_person_is_found(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert are_one(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohammed", "Muhammad"), ("Guadalupe", "Lupe"), ("Yekaterina", "Katya"),
        ("Leslie", "Lesley"), ("Caitlin", "Katelyn"), ("Geoffrey", "Jeffrey"), ("Sean", "Shawn"),
        ("Thi Hoa", "Hoa"),
    ],
)  # fmt: skip
def test_a_name_is_known_in_its_other_spellings_and_short_forms(one: str, other: str) -> None:
    assert are_one(person_of(one, "Quinn", EMAIL), person_of(other, "Quinn", EMAIL))


@pytest.mark.parametrize(
    ("one", "other"), [("Jenna", "Kenna"), ("Diya", "Biya"), ("Litzy", "Mitzy")]
)
def test_rare_names_that_begin_otherwise_are_two_people_unless_they_write_as_one(
    one: str, other: str
) -> None:
    assert not are_one(person_of(one, "Quinn", HOME), person_of(other, "Quinn", HOME), judge=judge)
    together = person_of(one, "Quinn", HOME, PHONE), person_of(other, "Quinn", HOME, PHONE)
    assert not are_one(*together, judge=judge)
    assert are_one(person_of(one, "Quinn", EMAIL), person_of(other, "Quinn", EMAIL))


@pytest.mark.parametrize(("one", "other"), [("Wladimyr", "Vladimyr"), ("Karlota", "Carlota")])
def test_names_that_begin_with_another_letter_of_one_sound_are_one(one: str, other: str) -> None:
    assert are_one(person_of(one, "Quinn", HOME, PHONE), person_of(other, "Quinn", HOME, PHONE))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Maria", "Mariah"), ("Jayden", "Hayden"), ("Marc", "Mark"), ("Geoffrey", "Jeffrey")],
)
def test_common_names_that_look_alike_are_two_people_at_home(one: str, other: str) -> None:
    assert not are_one(person_of(one, "Quinn", HOME, PHONE), person_of(other, "Quinn", HOME, BORN))
    assert not are_one(person_of(one, "Quinn", HOME, BORN), person_of(other, "Quinn", HOME, BORN))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(person_of("John", "Smith"), person_of("John", "Smith"), id="a name alone"),
        pytest.param(
            person_of("John", "Smith", postal_code="02139", street="12 Main St"),
            person_of("John", "Smith", postal_code="02139", street="14 Main St"),
            id="neighbours",
        ),
        pytest.param(
            person_of("Jayden", "Smith", HOME, BORN),
            person_of("Mria", "Smith", HOME, BORN),
            id="twins, one of them misspelt",
        ),
        pytest.param(
            person_of("Tara", "Smith", HOME, BORN, PHONE),
            person_of("Kendra", "Smith", HOME, BORN, PHONE),
            id="twins on one phone, a name that few bear",
        ),
        pytest.param(
            person_of("Ann", "Smith", BORN, number=digest("3523836")),
            person_of("Eve", "Smith", BORN, number=digest("3523835")),
            id="twins with numbers in a row",
        ),
        pytest.param(
            person_of("John", "Smith", emails="johnsmith81@gmail.com", postal_code="02139"),
            person_of("John", "Smith", emails="johnsmith81@ymail.com", postal_code="02139"),
            id="one name at two hosts of mail",
        ),
        pytest.param(
            person_of("John", "Smith", emails="john.smith61@example.org", postal_code="02139"),
            person_of("John", "Smith", emails="john.smith91@example.org", postal_code="02139"),
            id="e-mails that differ by a figure",
        ),
        pytest.param(
            person_of("John", "Smith", postal_code="02139"),
            person_of("John", "Smith", postal_code="02139"),
            id="a name and a ZIP",
        ),
        pytest.param(
            person_of("John", "Smith", EMAIL, PHONE, HOME),
            person_of("Jane", "Smith", EMAIL, PHONE, HOME),
            id="spouses who share everything",
        ),
        pytest.param(
            person_of("William", "Moore", HOME, emails="william99@example.org"),
            person_of("William", "Fernandez", _AWAY, emails="william99@example.org"),
            id="men of one first name who are said to have one e-mail",
        ),
        pytest.param(
            person_of("John", "Smith", PHONE, HOME),
            person_of("John", "Smith", PHONE, HOME, suffix="Jr"),
            id="father and son by suffix",
        ),
        pytest.param(
            person_of("John", "Smith", PHONE, HOME, BORN),
            person_of("John", "Smith", PHONE, HOME, birth_date=date(1980, 3, 4)),
            id="by day of birth",
        ),
        pytest.param(
            person_of("John", "Smith", HOME, emails="a@example.org", phones="+16175550101"),
            person_of("John", "Smith", HOME, emails="b@example.org", phones="+16175550177"),
            id="by e-mail and phone",
        ),
        pytest.param(
            person_of("Christina", "Smith", HOME, PHONE, BORN),
            person_of("Christine", "Smith", HOME, PHONE, BORN),
            id="twins",
        ),
        pytest.param(
            person_of("John", "Smith", HOME, PHONE, employer="Self", occupation="Retired"),
            person_of(
                "John", "Smith", HOME, phones="+16175550177", employer="Self", occupation="Retired"
            ),
            id="two men of one name who are retired",
        ),
        pytest.param(
            person_of("John", "Smith", HOME, WORK, PHONE, employer="Smith Plumbing"),
            person_of("John", "Smith", HOME, WORK, phones="+1617555019", employer="Smith Plumbing"),
            id="two men of one name at work for their family",
        ),
        pytest.param(
            person_of("John", "Smith", HOME, phones="+16175550142"),
            person_of("John", "Smith", HOME, phones="+16175550143"),
            id="two men of one name on neighbouring numbers",
        ),
        pytest.param(
            person_of("John", "Smith", PHONE, HOME, emails="a@example.org"),
            person_of("John", "Smith", PHONE, HOME, emails="b@example.org"),
            id="two men of one name whose home has a phone",
        ),
        pytest.param(
            person_of("John", "Kelly", HOME, BORN),
            person_of("John", "White", BORN, street="9 Oak St", postal_code="02139"),
            id="a first name, a day of birth and a ZIP",
        ),
        pytest.param(
            person_of("James", "Smith", PHONE, emails="james.smith12@gmail.com"),
            person_of("James", "Smith", PHONE, HOME, emails="jsmith@office.example"),
            id="two men of one name on a phone that may be the home's",
        ),
        pytest.param(
            person_of("Robert", "Smith", HOME, PHONE, emails="robert12@gmail.com"),
            person_of("Bobby", "Smith", HOME, emails="rsmith@office.example"),
            id="a short name and another e-mail in one home",
        ),
        pytest.param(
            person_of("Christina", "Smith", HOME, BORN, PHONE),
            person_of("Tina", "Smith", HOME, BORN, emails="christine.smith7@example.org"),
            id="a short name, and the long one in its e-mail",
        ),
        pytest.param(
            person_of("Lena", "Smith", HOME, BORN, emails="lsmith8@work.example"),
            person_of("L", "Smith", HOME, BORN, emails="lsmith5@office.example"),
            id="twins of one initial",
        ),
        pytest.param(
            person_of("Callum", "Tarn", HOME, PHONE),
            person_of("Callum", "Castillo", HOME, PHONE),
            id="two men of one first name at one office",
        ),
        pytest.param(
            person_of("Wilhelmina", "Vandergriff", HOME, BORN, external_id="7"),
            person_of(
                "Wilhelmina",
                "Vandergriff",
                BORN,
                street="9 Elm",
                postal_code="94110",
                external_id="8",
            ),
            id="a name and a day of birth far away, whom one list numbers apart",
        ),
        pytest.param(
            person_of("Gary", "Smith", HOME, PHONE),
            person_of("Jerry", "Smith", HOME, PHONE),
            id="names in their own right",
        ),
        pytest.param(
            person_of("Ann", "Family10", HOME, PHONE),
            person_of("Ann", "Family11", HOME, PHONE),
            id="names that differ by a figure",
        ),
        pytest.param(
            person_of("Garason", "Mary", HOME),
            person_of("Mark", "Garason", HOME),
            id="spouses, one written last name first",
        ),
        pytest.param(
            person_of("R", "Botello", HOME, PHONE, emails="botellor57@gmail.com"),
            person_of("Rebeca", "Botello", HOME, PHONE, emails="rebeca_b@comcast.net"),
            id="an initial with another e-mail on the home's phone",
        ),
        pytest.param(
            person_of("Aarini", "Naidu", PHONE),
            person_of("Raagini", "Naidu", PHONE),
            id="rare names of other initials that differ in two letters",
        ),
        pytest.param(
            person_of("Eric", "Smith", PHONE, HOME),
            person_of("Erica", "Smith", PHONE, HOME),
            id="names that look like a misspelling",
        ),
        pytest.param(
            person_of("Pat", "Smith", EMAIL, gender="m"),
            person_of("Pat", "Smith", EMAIL, gender="f"),
            id="tokens of different sexes",
        ),
        pytest.param(
            person_of("John", "Smith", emails="info@example.org"),
            person_of("John", "Smith", emails="info@example.org"),
            id="an office's e-mail",
        ),
        pytest.param(person_of(None, None, PHONE), person_of(None, None, PHONE), id="no name"),
    ],
)
@pytest.mark.parametrize("judged", [None, judge], ids=["exact", "probable"])
def test_two_people_stay_two(one: dict[str, Any], other: dict[str, Any], judged: Any) -> None:
    assert not are_one(one, other, judge=judged)
