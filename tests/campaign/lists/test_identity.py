"""Who is who: the same person is found, and strangers, spouses, fathers and sons stay apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.people_data import make_world
from campaign.lists import households, values
from campaign.lists.identity.clusters import components, join
from campaign.lists.identity.probability import judge
from campaign.lists.identity.records import PERSON
from campaign.lists.identity.resolve import Resolution, resolve
from campaign.lists.identity.sharing import marks, sharers

HOME = {"street": "12 Main Street", "postal_code": "02139", "city": "Cambridge", "state": "MA"}
PHONE = {"phones": "+16175550142"}
EMAIL = {"emails": "j.smith@example.org"}


def _person(
    first: str | None, last: str | None, *parts: dict[str, Any], **more: Any
) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(PERSON.names)
    values |= {"first_name": first, "last_name": last, "space": "test"}
    for part in (*parts, more):
        values |= part
    if values["birth_date"]:
        values["birth_year"] = values["birth_date"].year
    return values


def _resolve(*people: dict[str, Any], **options: Any) -> Resolution:
    rows = [{**person, "row": place} for place, person in enumerate(people)]
    known = options.pop("known", [])
    table = pa.Table.from_pylist([*rows, *known], PERSON)
    return resolve(_near(table), rows=len(rows), **options)


def _near(people: pa.Table) -> pa.Table:
    """Return those who share anything, as an import does."""
    return people.take(pa.array(sharers(people.num_rows, marks(people)))).combine_chunks()


def _same(*people: dict[str, Any], **options: Any) -> bool:
    found = _resolve(*people, **options)
    return len(set(found.person.tolist())) == 1


BORN = {"birth_date": date(1950, 3, 4)}
WORK = {"employer": "Baker & Stone LLP", "occupation": "Attorney"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            _person("John", "Smith", EMAIL), _person("JON", "Smith", EMAIL), id="e-mail, typo"
        ),
        pytest.param(
            _person("Bob", "Smith", EMAIL), _person("Robert", "Smith", EMAIL), id="nickname"
        ),
        pytest.param(
            _person("John", "Smith", PHONE), _person("John", "Smith", PHONE, HOME), id="phone"
        ),
        pytest.param(
            _person("John", "Smith", HOME), _person("John", "Smith", HOME, PHONE), id="address"
        ),
        pytest.param(_person("J", "Smith", PHONE), _person("John", "Smith", PHONE), id="initial"),
        pytest.param(
            _person("José", "Núñez", EMAIL), _person("Jose", "Nunez", EMAIL), id="accents"
        ),
        pytest.param(
            _person("John", "Smith", HOME, BORN),
            _person("John", "Smith", BORN, postal_code="02139"),
            id="day of birth and place",
        ),
        pytest.param(
            _person("Ann", "Smith", PHONE, HOME, emails="a@example.org"),
            _person("Ann", "Smith", PHONE, HOME, emails="b@example.org"),
            id="a second e-mail",
        ),
        pytest.param(
            _person("Lisa", "Radfiford", HOME, PHONE),
            _person("Lisa", "Smith", HOME, PHONE),
            id="a name changed by marriage",
        ),
        pytest.param(
            _person("Sarah", "Holinman", EMAIL),
            _person("Holinmann", "Sarah", EMAIL),
            id="last name first, and a slip",
        ),
        pytest.param(
            _person("William", "Zimkorand", street="663 River Rd", postal_code="02139"),
            _person("William", "Zimkorand", street="663 Rivver Rd", postal_code="02139"),
            id="a slip in the street",
        ),
        pytest.param(
            _person("John", "Smith", HOME, phones="+16175550142"),
            _person("John", "Smith", HOME, phones="+16175150142"),
            id="a slip in the phone",
        ),
        pytest.param(
            _person("Robert", "Norris", HOME, PHONE, emails="robert.norris55@example.org"),
            _person("Robert", "Norris", HOME, emails="rboert.norris55@example.org"),
            id="a slip in the e-mail",
        ),
        pytest.param(
            _person("John", "Smith", HOME, EMAIL, birth_year=1950),
            _person("John", "Smith", HOME, emails="b@example.org", birth_year=1950),
            id="one home, of one age",
        ),
        pytest.param(
            _person("John", "Smith", HOME, WORK, EMAIL),
            _person("John", "Smith", HOME, WORK, emails="b@example.org"),
            id="one home, employer and occupation",
        ),
        pytest.param(
            _person("Ann", "Smith", HOME, emails="a@example.org", phones="+16175550101"),
            _person("Ann", "Smith", HOME, emails="b@example.org", phones="+16175550177"),
            id="a woman with two e-mails and phones",
        ),
        pytest.param(
            _person("Amanda", "Kovach", EMAIL, HOME),
            _person("Mandy", "Garden", EMAIL, HOME),
            id="a short name, and one changed by marriage",
        ),
        pytest.param(
            _person("William", "Zimkorand", postal_code="02139", street="663 Maple St Apt 2"),
            _person("William", "Zimkorand", postal_code="02139", street="663 Male Street Apt 2"),
            id="a slip in a short street",
        ),
        pytest.param(
            _person("Michelle", "Zimkorand", postal_code="02139", street="60 Arinya St Kangaroo"),
            _person("Michelle", "Zimkorand", postal_code="02139", street="6 Arinya St Kangaroo"),
            id="a digit of the house number left out",
        ),
        pytest.param(
            _person(None, "Goldsworthy", HOME, BORN),
            _person("Georgia", "Goldsworthy", HOME, BORN),
            id="a first name left out, the same home and day of birth",
        ),
        pytest.param(
            _person("Jack", "Wang", HOME, birth_date=date(1979, 9, 3)),
            _person("Jack", "Wang", HOME, birth_date=date(1979, 3, 9)),
            id="day and month turned",
        ),
        pytest.param(
            _person("Georgia", "Goldsworthy", HOME, BORN),
            _person("Georgia", "Hobson", HOME, BORN),
            id="another last name, the same home and day of birth",
        ),
        pytest.param(
            _person("Nicholas", "Lanyon", number="a1b2", birth_date=date(1971, 2, 3)),
            _person("Nikolas", "Lanjon", number="a1b2", birth_date=date(1971, 3, 2)),
            id="a personal number",
        ),
        pytest.param(
            _person("John", "Smith", external_id="7"),
            _person("John", "Smith", external_id="7"),
            id="outside id",
        ),
    ],
)
def test_one_person_is_found(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert _same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(_person("John", "Smith"), _person("John", "Smith"), id="a name alone"),
        pytest.param(
            _person("John", "Smith", postal_code="02139", street="12 Main St"),
            _person("John", "Smith", postal_code="02139", street="14 Main St"),
            id="neighbours",
        ),
        pytest.param(
            _person("Jayden", "Smith", HOME, BORN),
            _person("Mria", "Smith", HOME, BORN),
            id="twins, one of them misspelt",
        ),
        pytest.param(
            _person("John", "Smith", postal_code="02139"),
            _person("John", "Smith", postal_code="02139"),
            id="a name and a ZIP",
        ),
        pytest.param(
            _person("John", "Smith", EMAIL, PHONE, HOME),
            _person("Jane", "Smith", EMAIL, PHONE, HOME),
            id="spouses who share everything",
        ),
        pytest.param(
            _person("John", "Smith", PHONE, HOME),
            _person("John", "Smith", PHONE, HOME, suffix="Jr"),
            id="father and son by suffix",
        ),
        pytest.param(
            _person("John", "Smith", PHONE, HOME, BORN),
            _person("John", "Smith", PHONE, HOME, birth_date=date(1980, 3, 4)),
            id="by day of birth",
        ),
        pytest.param(
            _person("John", "Smith", HOME, emails="a@example.org", phones="+16175550101"),
            _person("John", "Smith", HOME, emails="b@example.org", phones="+16175550177"),
            id="by e-mail and phone",
        ),
        pytest.param(
            _person("Christina", "Smith", HOME, PHONE, BORN),
            _person("Christine", "Smith", HOME, PHONE, BORN),
            id="twins",
        ),
        pytest.param(
            _person("John", "Smith", HOME, PHONE, employer="Self", occupation="Retired"),
            _person(
                "John", "Smith", HOME, phones="+16175550177", employer="Self", occupation="Retired"
            ),
            id="two men of one name who are retired",
        ),
        pytest.param(
            _person("John", "Smith", HOME, WORK, PHONE, employer="Smith Plumbing"),
            _person("John", "Smith", HOME, WORK, phones="+1617555019", employer="Smith Plumbing"),
            id="two men of one name at work for their family",
        ),
        pytest.param(
            _person("John", "Smith", HOME, phones="+16175550142"),
            _person("John", "Smith", HOME, phones="+16175550143"),
            id="two men of one name on neighbouring numbers",
        ),
        pytest.param(
            _person("John", "Smith", PHONE, HOME, emails="a@example.org"),
            _person("John", "Smith", PHONE, HOME, emails="b@example.org"),
            id="two men of one name whose home has a phone",
        ),
        pytest.param(
            _person("John", "Kelly", HOME, BORN),
            _person("John", "White", BORN, street="9 Oak St", postal_code="02139"),
            id="a first name, a day of birth and a ZIP",
        ),
        pytest.param(
            _person("James", "Smith", PHONE, emails="james.smith12@gmail.com"),
            _person("James", "Smith", PHONE, HOME, emails="jsmith@office.example"),
            id="two men of one name on a phone that may be the home's",
        ),
        pytest.param(
            _person("Robert", "Smith", HOME, PHONE, emails="robert12@gmail.com"),
            _person("Bobby", "Smith", HOME, emails="rsmith@office.example"),
            id="a short name and another e-mail in one home",
        ),
        pytest.param(
            _person("Christina", "Smith", HOME, BORN, PHONE),
            _person("Tina", "Smith", HOME, BORN, emails="christine.smith7@example.org"),
            id="a short name, and the long one in its e-mail",
        ),
        pytest.param(
            _person("Lena", "Smith", HOME, BORN, emails="lsmith8@work.example"),
            _person("L", "Smith", HOME, BORN, emails="lsmith5@office.example"),
            id="twins of one initial",
        ),
        pytest.param(
            _person("Callum", "Tarn", HOME, PHONE),
            _person("Callum", "Castillo", HOME, PHONE),
            id="two men of one first name at one office",
        ),
        pytest.param(
            _person("Wilhelmina", "Vandergriff", HOME, BORN, external_id="7"),
            _person(
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
            _person("Gary", "Smith", HOME, PHONE),
            _person("Jerry", "Smith", HOME, PHONE),
            id="names in their own right",
        ),
        pytest.param(
            _person("Ann", "Family10", HOME, PHONE),
            _person("Ann", "Family11", HOME, PHONE),
            id="names that differ by a figure",
        ),
        pytest.param(
            _person("Garason", "Mary", HOME),
            _person("Mark", "Garason", HOME),
            id="spouses, one written last name first",
        ),
        pytest.param(
            _person("Eric", "Smith", PHONE, HOME),
            _person("Erica", "Smith", PHONE, HOME),
            id="names that look like a misspelling",
        ),
        pytest.param(
            _person("Pat", "Smith", EMAIL, gender="m"),
            _person("Pat", "Smith", EMAIL, gender="f"),
            id="tokens of different sexes",
        ),
        pytest.param(
            _person("John", "Smith", emails="info@example.org"),
            _person("John", "Smith", emails="info@example.org"),
            id="an office's e-mail",
        ),
        pytest.param(_person(None, None, PHONE), _person(None, None, PHONE), id="no name"),
    ],
)
@pytest.mark.parametrize("judged", [None, judge], ids=["exact", "probable"])
def test_two_people_stay_two(one: dict[str, Any], other: dict[str, Any], judged: Any) -> None:
    assert not _same(one, other, judge=judged)


def test_an_initial_that_fits_two_people_joins_neither() -> None:
    found = _resolve(
        _person("John", "Smith", PHONE),
        _person("Jane", "Smith", PHONE),
        _person("J", "Smith", PHONE),
    )
    assert len(set(found.person.tolist())) == 3


def test_a_bridge_never_joins_father_and_son() -> None:
    found = _resolve(
        _person("John", "Smith", EMAIL, suffix="Sr"),
        _person("John", "Smith", PHONE, suffix="Jr"),
        _person("John", "Smith", EMAIL, PHONE),
    )
    assert found.person[0] != found.person[1]


def test_a_mover_is_found_by_name_and_day_of_birth() -> None:
    born = {"birth_date": date(1961, 7, 9)}
    here = _person("Wilhelmina", "Vandergriff", HOME, born)
    there = _person("Wilhelmina", "Vandergrif", born, street="9 Elm", postal_code="94110", **PHONE)
    found = _resolve(here, there, judge=judge)
    asked = found.doubtful.probability.tolist()
    assert found.person[0] == found.person[1] or asked


def test_a_record_that_fits_father_and_son_goes_to_neither() -> None:
    old, young = date(1950, 3, 4), date(1980, 7, 9)
    found = _resolve(
        _person("John", "Smith", HOME, PHONE, birth_date=old, emails="old@example.org"),
        _person("John", "Smith", HOME, PHONE, birth_date=young, emails="young@example.org"),
        _person("John", "Smith", HOME, PHONE),
        _person("John", "Smith", HOME, PHONE, emails="young@example.org"),
        judge=judge,
    )
    father, son, nobody, son_again = found.person.tolist()
    assert son == son_again
    assert len({father, son, nobody}) == 3


def test_two_men_of_one_name_in_one_home_wait_where_their_contacts_differ() -> None:
    """Father and son, for all that is known: a person is asked. Women are not named like that."""
    mails = ({"emails": f"{name}@example.org"} for name in ("john12", "john34", "ann12", "ann34"))
    he, him, she, her = mails
    for name in ("John", "Howland"):  # of whom it is not known whether it is a man's
        men = _resolve(_person(name, "Smith", HOME, he), _person(name, "Smith", HOME, him))
        assert men.person[0] != men.person[1]
        assert len(men.doubtful) == 1
    assert not _same(_person("John", "Smith", PHONE, he), _person("John", "Smith", PHONE, him))
    assert _same(_person("Ann", "Smith", HOME, she), _person("Ann", "Smith", HOME, her))
    at_work = _person("John", "Smith", HOME, emails="jsmith@office.example")
    assert _same(_person("John", "Smith", HOME, emails="john12@gmail.com"), at_work)


def test_a_list_that_numbers_two_of_one_name_in_one_home_apart_is_asked_about() -> None:
    one = _person("John", "Smith", HOME, external_id="7")
    assert not _same(one, _person("John", "Smith", HOME, external_id="8"))
    assert _same(one, _person("John", "Smith", HOME, external_id="8", space="other"))
    assert _same({**one, **EMAIL}, _person("John", "Smith", HOME, EMAIL, external_id="8"))


def test_a_nickname_that_fits_twins_joins_neither() -> None:
    found = _resolve(
        _person("Christina", "Smith", HOME, BORN),
        _person("Christine", "Smith", HOME, BORN),
        _person("Tina", "Smith", HOME, BORN),
        judge=judge,
    )
    assert len(set(found.person.tolist())) == 3


def test_a_short_name_that_fits_husband_and_wife_joins_neither() -> None:
    found = _resolve(
        _person("Patricia", "Smith", EMAIL, HOME),
        _person("Pat", "Smith", EMAIL, HOME),
        _person("Patrick", "Smith", HOME, PHONE),
        judge=judge,
    )
    assert len(set(found.person.tolist())) == 3


def test_twins_on_one_phone_leave_a_record_without_any_to_neither() -> None:
    found = _resolve(
        _person("Marc", "Smith", HOME, PHONE),
        _person("Mark", "Smith", HOME, PHONE),
        _person("Marc", "Smith", HOME),
        judge=judge,
    )
    assert len(set(found.person.tolist())) == 3


def test_the_age_of_one_record_speaks_for_the_others_of_a_person() -> None:
    """Two men of one name and home are one where other records of theirs are of one birth year."""
    mails = [{"emails": f"{name}@example.org"} for name in ("john12", "john34")]
    records = [
        _person("John", "Smith", HOME, mails[0]),
        _person("John", "Smith", HOME, phones="+16175550177"),
        _person("John", "Smith", mails[1], phones="+16175550177"),
        _person("John", "Smith", HOME, mails[1]),
    ]
    assert len(set(_resolve(*records).person.tolist())) == 2
    year = {"birth_year": 1950}
    aged = [{**records[0], **year}, *records[1:3], {**records[3], **year}]
    assert _same(*aged)


def test_a_number_but_for_a_slip_is_one_person_unless_it_is_the_twins() -> None:
    one = {"number": values.digest("078-05-1120"), **BORN}
    slip = {"number": values.digest("078-06-1120"), **BORN}
    twin = {"number": values.digest("078-05-1121"), **BORN}
    assert _same(_person("Ann", "Smith", HOME, one), _person("Annegret", "Smith", slip))
    assert not _same(_person("Ann", "Smith", HOME, one), _person("Mary", "Smith", HOME, twin))


def test_a_record_without_jr_is_the_sons_by_its_day_of_birth() -> None:
    born = {"birth_date": date(1980, 7, 9)}
    found = _resolve(
        _person("John", "Smith", HOME, PHONE),
        _person("John", "Smith", HOME, PHONE, born, suffix="Jr"),
        _person("John", "Smith", HOME, PHONE, born),
        _person("John", "Smith", HOME, PHONE, suffix="Jr"),
    )
    father, *sons = found.person.tolist()
    assert len(set(sons)) == 1
    assert father not in sons


def test_a_known_person_takes_the_row_in() -> None:
    known = [_person("John", "Smith", EMAIL, donor_id=41)]
    found = _resolve(_person("John", "Smith", EMAIL), known=known)
    assert found.known == {int(found.person[0]): 41}
    assert found.rule[0] == "the same e-mail and name"


def test_known_people_who_prove_to_be_one_are_merged() -> None:
    known = [
        _person("John", "Smith", EMAIL, donor_id=41),
        _person("John", "Smith", PHONE, donor_id=42),
    ]
    found = _resolve(_person("John", "Smith", EMAIL, PHONE), known=known)
    assert [(kept, gone) for kept, gone, _ in found.merged] == [(41, 42)]


def test_what_a_person_said_is_remembered() -> None:
    known = [
        _person("John", "Smith", EMAIL, donor_id=41),
        _person("John", "Smith", EMAIL, donor_id=42),
    ]
    assert not _resolve(known=known, not_same=[(42, 41)]).merged


def test_what_a_person_said_holds_for_those_who_come_later() -> None:
    """No later row, and no chain of rows, brings two people together whom a person told apart."""
    known = [
        _person("John", "Smith", EMAIL, donor_id=41),
        _person("John", "Smith", PHONE, donor_id=42),
    ]
    rows = [_person("John", "Smith", EMAIL, PHONE), _person("Jon", "Smith", PHONE, HOME)]
    found = _resolve(*rows, known=known, not_same=[(41, 42)], judge=judge)
    assert not found.merged
    assert sorted(found.known.values()) == [41, 42]


def test_the_places_of_a_known_person_do_not_bridge_two_people() -> None:
    old = {"street": "9 Elm St", "postal_code": "94110"}
    known = [
        _person("John", "Smith", HOME, donor_id=41),
        _person("John", "Smith", old, donor_id=41),
    ]
    one = _person("John", "Smith", HOME, birth_date=date(1950, 3, 4))
    other = _person("John", "Smith", old, birth_date=date(1980, 7, 9))
    found = _resolve(one, other, known=known)
    assert found.person[0] != found.person[1]


def test_households_keep_people_apart_and_together() -> None:
    people = [
        _person("John", "Smith", HOME, donor_id=1),
        _person("Jane", "Smith", HOME, donor_id=2),
        _person("Ann", "Other", HOME, donor_id=3),
        _person("Ben", "Alone", donor_id=4, street="1 Oak", postal_code="02139"),
    ]
    groups = households.group(pa.Table.from_pylist(people, PERSON))
    assert groups.donor_id.tolist() == [1, 2]
    assert groups.head_id.tolist() == [1, 1]


def test_most_of_an_invented_town_is_found_and_hardly_anybody_confused() -> None:
    world = make_world(1_500, seed=8)
    found = resolve(_near(world.people), rows=world.people.num_rows, judge=judge)
    frame = pd.DataFrame({"found": found.person, "truth": world.truth})
    pairs = {
        name: sum(size * (size - 1) for size in frame.groupby(keys).size())
        for name, keys in (("both", ["found", "truth"]), ("found", "found"), ("truth", "truth"))
    }
    assert not world.forbidden(found.person)
    assert pairs["both"] >= 0.999 * pairs["found"]
    assert pairs["both"] >= 0.91 * pairs["truth"]


_RECORDS = st.integers(0, 11)
_PAIRS = st.lists(
    st.tuples(_RECORDS, _RECORDS).filter(lambda pair: pair[0] != pair[1]), max_size=20
)


@given(edges=_PAIRS, bans=_PAIRS)
def test_no_ban_is_ever_crossed(edges: list[tuple[int, int]], bans: list[tuple[int, int]]) -> None:
    leader, refused = join(12, edges, bans)
    assert all(leader[a] != leader[b] for a, b in bans)
    assert all(leader[a] == leader[b] for a, b in edges if (a, b) not in refused)


@given(edges=_PAIRS)
def test_without_bans_people_are_the_components(edges: list[tuple[int, int]]) -> None:
    leader, refused = join(12, edges, [])
    a, b = (np.array([pair[side] for pair in edges], np.int64) for side in (0, 1))
    label = components(12, a, b)
    assert not refused
    assert len({*zip(leader, label.tolist(), strict=True)}) == len(set(leader))
