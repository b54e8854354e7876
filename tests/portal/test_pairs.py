"""Pairs that may be one person: shown by kind, decided one by one or all at once."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import Engine, text

from campaign.lists.identity.pairs import ONE_HOME
from campaign.roles import Role

_EVIDENCE = {"agree": ["first name", "last name", "address"], "differ": ["e-mail"], "but": ONE_HOME}


@pytest.fixture
def two_pairs(database: Engine) -> list[int]:
    """Four men, two and two of one name in one home; return their numbers."""
    with database.begin() as connection:
        numbers = [
            connection.scalar(
                text(
                    "insert into donor (first_name, last_name, email, street, postal_code, status,"
                    " updated_at) values ('John', :last, :email, '12 Main St', '02139', 'active',"
                    " now()) returning id"
                ),
                {"last": last, "email": f"{last}{place}@example.org"},
            )
            for place, last in enumerate(("Smithers", "Smithers", "Roebling", "Roebling"))
        ]
        for first, second in (numbers[:2], numbers[2:]):
            connection.execute(
                text(
                    "insert into donor_pair (first_id, second_id, status, probability, evidence)"
                    " values (:first, :second, 'waiting', 0.98, cast(:evidence as jsonb))"
                ),
                {"first": first, "second": second, "evidence": json.dumps(_EVIDENCE)},
            )
    return numbers


def _status(database: Engine, numbers: list[int]) -> list[str]:
    with database.connect() as connection:
        found = connection.execute(
            text("select status from donor where id = any(:ids) order by id"), {"ids": numbers}
        )
        return [row.status for row in found]


def test_pairs_are_shown_by_kind_and_looks_are_recorded(browser, database, two_pairs):
    client = browser(Role.FINANCE_DIRECTOR)
    page = client.get("/pairs").text
    assert "Of one name in one home, perhaps of two generations" in page
    assert "98 of 100" in page
    page = client.get("/pairs/one-home").text
    assert "Smithers0@example.org" in page
    assert "2 pairs wait" in page
    with database.connect() as connection:
        looks = connection.scalar(
            text("select count(*) from audit_entry where action = 'pairs.look'")
        )
    assert looks == 1
    assert client.get("/pairs/twins").status_code == 404


def test_one_pair_is_decided_and_the_rest_at_once(browser, database, two_pairs):
    client = browser(Role.FINANCE_DIRECTOR)
    said = {"first": two_pairs[0], "second": two_pairs[1], "verdict": "not_same"}
    assert client.post("/pairs/one-home", data=said).status_code == 303
    assert _status(database, two_pairs) == ["active"] * 4
    done = client.post("/pairs/one-home/all", data={"verdict": "merged"})
    assert done.status_code == 303
    assert _status(database, two_pairs) == ["active", "active", "active", "merged"]
    assert "No pair waits" in client.get("/pairs").text
    assert client.post("/pairs/one-home/all", data={"verdict": "perhaps"}).status_code == 422


def test_an_answer_is_taken_back_on_the_page_that_shows_it(browser, database, two_pairs):
    client = browser(Role.FINANCE_DIRECTOR)
    first, second = two_pairs[:2]
    said = {"first": first, "second": second}
    assert client.post("/pairs/one-home", data=said | {"verdict": "merged"}).status_code == 303
    assert _status(database, two_pairs)[:2] == ["active", "merged"]
    page = client.get("/pairs").text
    assert f'name="donor" value="{second}"' in page
    assert "user:" not in page
    for expected in (303, 409):  # the second time there is nothing to take back
        assert client.post("/pairs/apart", data={"donor": second}).status_code == expected
    assert _status(database, two_pairs)[:2] == ["active", "active"]
    assert f"One person: {first} and {second}" in client.get("/pairs").text
    assert client.post("/pairs/answered", data=said | {"verdict": "merged"}).status_code == 303
    assert _status(database, two_pairs)[:2] == ["active", "merged"]


def test_of_many_answers_given_at_once_each_can_be_found_and_taken_back(browser, database):
    with database.begin() as connection:
        numbers = connection.scalars(
            text(
                "insert into donor (first_name, last_name, status, updated_at) select 'John',"
                " 'Number ' || place, 'active', now() from generate_series(1, 60) place"
                " returning id"
            )
        ).all()
        connection.execute(
            text(
                "insert into donor_pair (first_id, second_id, status, probability, evidence)"
                " select first, first + 1, 'waiting', 0.98, cast(:evidence as jsonb)"
                " from unnest(cast(:firsts as bigint[])) first"
            ),
            {"firsts": numbers[::2], "evidence": json.dumps(_EVIDENCE)},
        )
    client = browser(Role.FINANCE_DIRECTOR)
    assert client.post("/pairs/one-home/all", data={"verdict": "not_same"}).status_code == 303
    found, way = [], "/pairs"
    while way:
        page = client.get(way).text
        found += re.findall(r'name="first" value="(\d+)"', page)
        way = "".join(re.findall(r'href="(/pairs\?after=\d+)#answered">The next ones', page))
    assert sorted(map(int, found)) == sorted(numbers[::2])


def test_a_lists_own_page_shows_what_it_asks_and_takes_one_answer_for_all_of_it(
    browser, database, world, two_pairs
):
    with database.begin() as connection:
        connection.execute(
            text("update donor_pair set batch_id = :batch where first_id = :first"),
            {"batch": world.batch_id, "first": two_pairs[0]},
        )
    client = browser(Role.FINANCE_DIRECTOR)
    page = client.get(f"/lists/{world.batch_id}").text
    assert "This list asks about 1 pair" in page
    way = f"/lists/{world.batch_id}/pairs/one-home"
    assert f'action="{way}"' in page
    kept = client.post(way, data={"verdict": "not_same"})
    assert "1+pair" in kept.headers["location"]
    with database.connect() as connection:
        states = connection.scalars(text("select status from donor_pair order by first_id")).all()
    assert states == ["not_same", "waiting"], "the other list's pair waits on"
    assert "This list asks" not in client.get(f"/lists/{world.batch_id}").text
