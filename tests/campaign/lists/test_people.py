"""Records of several people: who joins whom, who waits, and what holds of clusters."""

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
from campaign.lists.identity.resolve import resolve
from campaign.lists.identity.waiting import kind_of
from tests.support.records import (
    BORN,
    EMAIL,
    HOME,
    PHONE,
    are_one,
    near_ones,
    person_of,
    resolve_all,
)


@pytest.mark.parametrize(
    ("one", "other"), [("John", "Jane"), ("Michael", "Mayr"), ("Pamela", "Paola")]
)
def test_an_initial_that_fits_two_people_joins_neither(one: str, other: str) -> None:
    found = resolve_all(
        person_of(one, "Smith", PHONE),
        person_of(other, "Smith", PHONE),
        person_of(one[0], "Smith", PHONE),
        judge=judge,
    )
    assert len(set(found.person.tolist())) == 3


@pytest.mark.parametrize(
    "three",
    [
        pytest.param(
            [
                person_of("Christina", "Smith", HOME, BORN),
                person_of("Christine", "Smith", HOME, BORN),
                person_of("Tina", "Smith", HOME, BORN),
            ],
            id="a nickname that fits twins",
        ),
        pytest.param(
            [
                person_of("Patricia", "Smith", EMAIL, HOME),
                person_of("Pat", "Smith", EMAIL, HOME),
                person_of("Patrick", "Smith", HOME, PHONE),
            ],
            id="a short name that fits husband and wife",
        ),
        pytest.param(
            [
                person_of("Marc", "Smith", HOME, PHONE),
                person_of("Mark", "Smith", HOME, PHONE),
                person_of("Marc", "Smith", HOME),
            ],
            id="a record without a phone beside twins on one",
        ),
    ],
)
def test_what_fits_two_people_joins_neither(three: list[dict[str, Any]]) -> None:
    found = resolve_all(*three, judge=judge)
    assert len(set(found.person.tolist())) == 3


def test_a_bridge_never_joins_father_and_son() -> None:
    found = resolve_all(
        person_of("John", "Smith", EMAIL, suffix="Sr"),
        person_of("John", "Smith", PHONE, suffix="Jr"),
        person_of("John", "Smith", EMAIL, PHONE),
    )
    assert found.person[0] != found.person[1]


_AT = {"middle_name": "Q", "suffix": "Jr", "city": "Seattle", "state": "WA"}


@pytest.mark.parametrize(
    "several",
    [
        pytest.param(
            [
                person_of("Cy", "Raozc", EMAIL, _AT, birth_date=date(1961, 3, 15)),
                person_of(None, None, EMAIL, _AT, birth_date=date(1961, 3, 16)),
                person_of("Flo", "Raozf", EMAIL, _AT, birth_date=date(1961, 3, 18)),
            ],
            id="one without a name",
        ),
        pytest.param(
            [
                person_of("Gus", "Kowalczyk", EMAIL, HOME),
                person_of("Gus", "Nguyen", EMAIL, HOME),
                person_of("Rui", "Okafor", EMAIL, HOME),
            ],
            id="one first name, and an e-mail of several",
        ),
        pytest.param(
            [
                person_of("Dee", "Kim", EMAIL),
                person_of(None, "Kim", EMAIL),
                person_of("Rui", "Okafor", EMAIL),
            ],
            id="one last name, and an e-mail of several",
        ),
    ],
)
def test_an_e_mail_that_an_office_shares_joins_nobody_by_half_a_name(
    several: list[dict[str, Any]],
) -> None:
    assert len(set(resolve_all(*several, judge=judge).person.tolist())) == 3


def test_an_initial_with_another_e_mail_is_no_bridge_between_father_and_son() -> None:
    found = resolve_all(
        person_of("T", "Bradley", HOME, PHONE, emails="bradleyt41@example.org"),
        person_of("Terry", "Bradley", HOME, PHONE, birth_date=date(1941, 11, 27)),
        person_of("T", "Bradley", HOME, emails="terry1961@example.net"),
        judge=judge,
    )
    assert found.person[0] != found.person[2]


def test_a_mover_is_found_by_name_and_day_of_birth() -> None:
    born = {"birth_date": date(1961, 7, 9)}
    here = person_of("Wilhelmina", "Vandergriff", HOME, born)
    there = person_of(
        "Wilhelmina", "Vandergrif", born, street="9 Elm", postal_code="94110", **PHONE
    )
    found = resolve_all(here, there, judge=judge)
    asked = found.doubtful.probability.tolist()
    assert found.person[0] == found.person[1] or asked


def test_a_record_that_fits_father_and_son_goes_to_neither() -> None:
    old, young = date(1950, 3, 4), date(1980, 7, 9)
    found = resolve_all(
        person_of("John", "Smith", HOME, PHONE, birth_date=old, emails="old@example.org"),
        person_of("John", "Smith", HOME, PHONE, birth_date=young, emails="young@example.org"),
        person_of("John", "Smith", HOME, PHONE),
        person_of("John", "Smith", HOME, PHONE, emails="young@example.org"),
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
        men = resolve_all(person_of(name, "Smith", HOME, he), person_of(name, "Smith", HOME, him))
        assert men.person[0] != men.person[1]
        assert len(men.doubtful) == 1
    assert not are_one(
        person_of("John", "Smith", PHONE, he), person_of("John", "Smith", PHONE, him)
    )
    assert are_one(person_of("Ann", "Smith", HOME, she), person_of("Ann", "Smith", HOME, her))
    at_work = person_of("John", "Smith", HOME, emails="jsmith@office.example")
    assert are_one(person_of("John", "Smith", HOME, emails="john12@gmail.com"), at_work)


_HE, _HIM = {"emails": "john12@example.org"}, {"emails": "john34@example.org"}
_HIS_PHONE = {"phones": "+16175550199"}


@pytest.mark.parametrize(
    ("kind", "agree", "differ", "people"),
    [
        pytest.param(
            "one-home",
            ["first name", "last name", "address"],
            ["e-mail"],
            (person_of("John", "Smith", HOME, _HE), person_of("John", "Smith", HOME, _HIM)),
            id="one home",
        ),
        pytest.param(
            "one-home",
            ["first name", "last name", "address"],
            ["e-mail"],
            (person_of("Robert", "Smith", HOME, _HE), person_of("Bob", "Smith", HOME, _HIM)),
            id="one home, a short name",
        ),
        pytest.param(
            "one-phone",
            ["first name", "last name", "phone"],
            ["e-mail"],
            (person_of("John", "Smith", PHONE, _HE), person_of("John", "Smith", PHONE, _HIM)),
            id="one phone",
        ),
        pytest.param(
            "reached-apart",
            ["first name", "last name", "address"],
            ["phone", "e-mail"],
            (
                person_of("John", "Smith", HOME, PHONE, _HE),
                person_of("John", "Smith", HOME, _HIS_PHONE, _HIM),
            ),
            id="nothing but the home",
        ),
        pytest.param(
            "jr-or-sr",
            ["first name", "last name", "phone"],
            [],
            (person_of("John", "Smith", PHONE), person_of("John", "Smith", PHONE, suffix="Jr")),
            id="a Jr",
        ),
        pytest.param(
            "reached-apart",
            ["first name", "last name", "address"],
            ["phone", "e-mail"],
            (
                person_of("Ann", "Smith", HOME, PHONE, emails="ann12@example.org"),
                person_of("Ann", "Smith", HOME, _HIS_PHONE, emails="ann34@example.org"),
            ),
            id="two women, nothing but the home",
        ),
        pytest.param(
            "born-apart",
            ["first name", "last name", "e-mail"],
            [],
            (
                person_of("John", "Smith", _HE, birth_date=date(1947, 4, 12)),
                person_of("John", "Smith", _HE, birth_date=date(1971, 8, 2)),
            ),
            id="one e-mail, another day of birth",
        ),
        pytest.param(
            "named-apart",
            ["last name", "day of birth", "e-mail", "address"],
            [],
            (
                person_of("Nathan", "Smith", HOME, BORN, _HE),
                person_of("Michael", "Smith", HOME, BORN, _HE),
            ),
            id="one day of birth, home and e-mail, another first name",
        ),
    ],
)
def test_a_pair_that_waits_says_why(
    kind: str, agree: list[str], differ: list[str], people: tuple[dict[str, Any], ...]
) -> None:
    found = resolve_all(*people, judge=judge)
    assert found.person[0] != found.person[1]
    told = found.doubtful.evidence.item()
    assert kind_of(told["but"], told["agree"]).code == kind
    assert (told["agree"], told["differ"]) == (agree, differ)


def test_of_several_records_of_two_those_are_told_of_that_have_most_in_common() -> None:
    he, him = ({"emails": f"{name}@example.org"} for name in ("john12", "john34"))
    records = [
        person_of("John", "Smith", HOME, PHONE, he),
        person_of("John", "Smith", HOME, him),
        person_of("John", "Smith", HOME, PHONE, him),
    ]
    for people in (records, records[::-1]):
        told = resolve_all(*people).doubtful.evidence.item()
        assert told["agree"] == ["first name", "last name", "phone", "address"]


def test_a_name_and_a_zip_code_are_no_more_than_that() -> None:
    """Of a crowd with names of their own, two share one, in one ZIP code."""
    there = {"postal_code": "02139", "city": "Cambridge", "state": "MA"}
    crowd = [
        person_of(f"An{one}{other}", f"Ro{other}{one}", there, emails=f"{one}{other}@example.org")
        for one in "bcdfghjklm"
        for other in "npqrstvwxz"
    ]
    twice = [person_of("Elbert", "Zimkorand", there, contact) for contact in (PHONE, EMAIL)]
    found = resolve_all(*crowd, *crowd, *twice, judge=judge)
    told = found.doubtful.evidence.item()
    assert told["agree"] == ["first name", "last name", "ZIP code"]
    assert kind_of(None, told["agree"]).code == "namesakes"


def test_a_list_that_numbers_two_of_one_name_in_one_home_apart_is_asked_about() -> None:
    one = person_of("John", "Smith", HOME, external_id="7")
    assert not are_one(one, person_of("John", "Smith", HOME, external_id="8"))
    assert are_one(one, person_of("John", "Smith", HOME, external_id="8", space="other"))
    assert are_one({**one, **EMAIL}, person_of("John", "Smith", HOME, EMAIL, external_id="8"))


def test_the_age_of_one_record_speaks_for_the_others_of_a_person() -> None:
    """Two men of one name and home are one where other records of theirs are of one birth year."""
    mails = [{"emails": f"{name}@example.org"} for name in ("john12", "john34")]
    records = [
        person_of("John", "Smith", HOME, mails[0]),
        person_of("John", "Smith", HOME, phones="+16175550177"),
        person_of("John", "Smith", mails[1], phones="+16175550177"),
        person_of("John", "Smith", HOME, mails[1]),
    ]
    assert len(set(resolve_all(*records).person.tolist())) == 2
    year = {"birth_year": 1950}
    aged = [{**records[0], **year}, *records[1:3], {**records[3], **year}]
    assert are_one(*aged)


def test_a_number_but_for_a_slip_is_one_person_unless_it_is_the_twins() -> None:
    one = {"number": values.digest("078-05-1120"), **BORN}
    slip = {"number": values.digest("078-06-1120"), **BORN}
    twin = {"number": values.digest("078-05-1121"), **BORN}
    assert are_one(person_of("Ann", "Smith", HOME, one), person_of("Annegret", "Smith", slip))
    assert not are_one(person_of("Ann", "Smith", HOME, one), person_of("Mary", "Smith", HOME, twin))


def test_a_record_without_jr_is_the_sons_by_its_day_of_birth() -> None:
    born = {"birth_date": date(1980, 7, 9)}
    found = resolve_all(
        person_of("John", "Smith", HOME, PHONE),
        person_of("John", "Smith", HOME, PHONE, born, suffix="Jr"),
        person_of("John", "Smith", HOME, PHONE, born),
        person_of("John", "Smith", HOME, PHONE, suffix="Jr"),
    )
    father, *sons = found.person.tolist()
    assert len(set(sons)) == 1
    assert father not in sons


def test_a_known_person_takes_the_row_in() -> None:
    known = [person_of("John", "Smith", EMAIL, donor_id=41)]
    found = resolve_all(person_of("John", "Smith", EMAIL), known=known)
    assert found.known == {int(found.person[0]): 41}
    assert found.rule[0] == "the same e-mail and name"


def test_known_people_who_prove_to_be_one_are_merged() -> None:
    known = [
        person_of("John", "Smith", EMAIL, donor_id=41),
        person_of("John", "Smith", PHONE, donor_id=42),
    ]
    found = resolve_all(person_of("John", "Smith", EMAIL, PHONE), known=known)
    assert [(kept, gone) for kept, gone, _ in found.merged] == [(41, 42)]


def test_what_a_person_said_is_remembered() -> None:
    known = [
        person_of("John", "Smith", EMAIL, donor_id=41),
        person_of("John", "Smith", EMAIL, donor_id=42),
    ]
    assert not resolve_all(known=known, not_same=[(42, 41)]).merged


def test_what_a_person_said_holds_for_those_who_come_later() -> None:
    """No later row, and no chain of rows, brings two people together whom a person told apart."""
    known = [
        person_of("John", "Smith", EMAIL, donor_id=41),
        person_of("John", "Smith", PHONE, donor_id=42),
    ]
    rows = [person_of("John", "Smith", EMAIL, PHONE), person_of("Jon", "Smith", PHONE, HOME)]
    found = resolve_all(*rows, known=known, not_same=[(41, 42)], judge=judge)
    assert not found.merged
    assert sorted(found.known.values()) == [41, 42]


def test_the_places_of_a_known_person_do_not_bridge_two_people() -> None:
    old = {"street": "9 Elm St", "postal_code": "94110"}
    known = [
        person_of("John", "Smith", HOME, donor_id=41),
        person_of("John", "Smith", old, donor_id=41),
    ]
    one = person_of("John", "Smith", HOME, birth_date=date(1950, 3, 4))
    other = person_of("John", "Smith", old, birth_date=date(1980, 7, 9))
    found = resolve_all(one, other, known=known)
    assert found.person[0] != found.person[1]


def test_households_keep_people_apart_and_together() -> None:
    people = [
        person_of("John", "Smith", HOME, donor_id=1),
        person_of("Jane", "Smith", HOME, donor_id=2),
        person_of("Ann", "Other", HOME, donor_id=3),
        person_of("Ben", "Alone", donor_id=4, street="1 Oak", postal_code="02139"),
    ]
    groups = households.group(pa.Table.from_pylist(people, PERSON))
    assert groups.donor_id.tolist() == [1, 2]
    assert groups.head_id.tolist() == [1, 1]


def test_most_of_an_invented_town_is_found_and_hardly_anybody_confused() -> None:
    world = make_world(1_500, seed=8)
    found = resolve(near_ones(world.people), rows=world.people.num_rows, judge=judge)
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
