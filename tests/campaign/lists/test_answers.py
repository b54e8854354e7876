"""Many pairs answered at once: nobody becomes one with another who may not be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.lists.identity.answers import joinable
from campaign.lists.identity.clusters import components
from campaign.lists.identity.pairs import ONE_HOME, ONE_SUFFIX
from campaign.lists.identity.records import PERSON
from tests.support.records import HOME, person_of

_DAYS = (None, date(1950, 3, 4), date(1981, 5, 6))


def _asked(*pairs: tuple[int, int], but: str = ONE_HOME) -> pd.DataFrame:
    return pd.DataFrame([(*pair, but) for pair in pairs], columns=["first_id", "second_id", "but"])


def _people(*people: dict[str, Any]) -> pa.Table:
    known = [{**person, "donor_id": number} for number, person in enumerate(people, start=1)]
    return pa.Table.from_pylist(known, PERSON)


def _men(*days: date | None) -> pa.Table:
    return _people(*(person_of("John", "Smith", HOME, birth_date=day) for day in days))


def test_the_question_itself_does_not_speak_against_its_answer() -> None:
    two = _people(person_of("John", "Smith", HOME), person_of("John", "Smith", HOME, suffix="Jr"))
    assert joinable(two, _asked((1, 2), but=ONE_SUFFIX)).all()
    assert not joinable(two, _asked((1, 2))).any()


def test_two_numbers_of_a_register_are_two_people() -> None:
    numbered = [
        person_of("John", "Smith", HOME, space="van", external_id=number) for number in ("7", "8")
    ]
    assert not joinable(_people(*numbered), _asked((1, 2)), registers=("van",)).any()
    assert joinable(_people(*numbered), _asked((1, 2))).all()


_BOB = {"employer": "Acme Steel", "occupation": "Welder"}


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        pytest.param(_BOB, {"employer": "City Bank", "occupation": "Clerk"}, False, id="work"),
        pytest.param(_BOB, {"employer": "City Bank", "occupation": "Welder"}, True, id="trade"),
        pytest.param(_BOB, {"employer": "Acme Steel Inc", "occupation": "Boss"}, True, id="firm"),
        pytest.param(_BOB, {"employer": "Retired", "occupation": "Retired"}, True, id="retired"),
        pytest.param(_BOB, {"employer": "City Bank"}, True, id="no trade"),
        pytest.param({"emails": "bob61@x.example"}, {"birth_year": 1988}, False, id="mail"),
        pytest.param({"emails": "bob1961@x.example"}, {"birth_year": 1988}, False, id="long mail"),
        pytest.param({"emails": "bob61@x.example"}, {"birth_year": 1962}, True, id="his own"),
        pytest.param({"emails": "bob617@x.example"}, {"birth_year": 1988}, True, id="no year"),
        pytest.param({"emails": "bob01@x.example"}, {"birth_year": 1999}, True, id="century"),
        pytest.param(
            {"emails": "bob22@x.example", "birth_year": 1960}, {"birth_year": 1961}, True, id="not"
        ),
    ],
)
def test_other_work_and_another_year_in_an_e_mail_are_looked_at_first(
    one: dict[str, Any], other: dict[str, Any], fits: bool
) -> None:
    two = _people(
        person_of("John", "Smith", HOME, **one), person_of("John", "Smith", HOME, **other)
    )
    assert joinable(two, _asked((1, 2))).all() == fits


def test_a_new_job_is_no_difference_where_another_record_has_the_same() -> None:
    work = [_BOB, _BOB, {"employer": "City Bank", "occupation": "Clerk"}]
    rows = [person_of("John", "Smith", HOME, **each) for each in work]
    table = [{**row, "donor_id": number} for row, number in zip(rows, (1, 2, 2), strict=True)]
    assert joinable(pa.Table.from_pylist(table, PERSON), _asked((1, 2))).all()


_HOME_OF = st.lists(st.sampled_from(_DAYS), min_size=2, max_size=5)


@given(days=_HOME_OF, data=st.data())
@settings(max_examples=8, deadline=None)
def test_nobody_becomes_one_with_two_who_are_not(days: list[date | None], data: Any) -> None:
    every = [(a, b) for a in range(1, len(days) + 1) for b in range(a + 1, len(days) + 1)]
    asked = _asked(*data.draw(st.lists(st.sampled_from(every), min_size=1, unique=True)))
    said = data.draw(st.lists(st.sampled_from(every), max_size=2))
    fits = joinable(_men(*days), asked, not_same=said)
    label = components(
        len(days) + 1, asked.first_id[fits].to_numpy(), asked.second_id[fits].to_numpy()
    )
    for a, b in every:
        if label[a] == label[b]:
            assert (a, b) not in said
            assert days[a - 1] is None or days[b - 1] in (None, days[a - 1])
