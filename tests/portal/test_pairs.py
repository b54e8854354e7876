"""Pairs that may be one person: shown by kind, decided one by one or all at once."""

from __future__ import annotations

import json

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
