"""A day begins with what waits; the one box finds what there is, and nothing beyond one's sight."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from campaign.roles import Role


@pytest.mark.parametrize("role", [Role.FINANCE_DIRECTOR, Role.TREASURER, Role.REVIEWER])
def test_whoever_decides_begins_with_what_waits(browser, role):
    client = browser(role)
    assert client.get("/").headers["location"] == "/today"
    assert "Waits for you" in client.get("/today").text


def test_each_count_is_that_of_the_page_it_leads_to(browser, database):
    with database.begin() as connection:
        found = connection.execute(
            text("select count(*), sum(amount_cents) from book_exception where status = 'open'")
        ).one()
    page = browser(Role.TREASURER).get("/today").text
    assert f"{found[0]}</strong>" in page
    assert f"${found[1] / 100:,.2f} in all" in page


def test_a_stopped_list_stands_first_for_whoever_brings_lists_only(browser, database, world):
    with database.begin() as connection:
        connection.execute(
            text("update list_batch set status = 'stopped' where id = :id"), {"id": world.batch_id}
        )
    page = browser(Role.FINANCE_DIRECTOR).get("/today").text
    assert page.index("list was stopped") < page.index("Calls of today")
    assert f'href="/lists/{world.batch_id}"' in page
    assert "list was stopped" not in browser(Role.TREASURER).get("/today").text


def test_contracts_that_end_soon_are_told_before_they_end(browser, database):
    with database.begin() as connection:
        connection.execute(
            text("update team set contract_to = date '2026-10-16' where code = 'NORTHSTAR'")
        )
    page = browser(Role.FINANCE_DIRECTOR).get("/today").text
    assert "Northstar Calls: papers end" in page
    assert "9 days" in page


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        pytest.param(["campaign", "list_batch", "plan"], "comes the campaign", id="nothing yet"),
        pytest.param(["list_batch", "plan"], "comes a list", id="a campaign only"),
        pytest.param(["plan"], "comes a plan", id="no plan yet"),
    ],
)
def test_a_new_committee_is_told_its_next_step_and_one_only(browser, database, gone, said):
    client = browser(Role.FINANCE_DIRECTOR)
    assert "comes a" not in client.get("/today").text
    with database.begin() as connection:
        connection.execute(text(f"truncate {', '.join(gone)} cascade"))
    page = client.get("/today").text
    assert said in page
    assert page.count(">comes ") == 1


@pytest.mark.parametrize(
    ("typed", "way"),
    [
        pytest.param("tie-out", "/books", id="a page"),
        pytest.param("FALL-26", "/campaigns/FALL-26", id="a campaign"),
        pytest.param("PL-0002H-V", "/trace?what=PL-0002H-V", id="a pledge"),
        pytest.param("ch_3MpUNMe9", "/trace?what=ch_3MpUNMe9", id="a payment"),
        pytest.param("exception 9", "/exceptions/9", id="a number"),
    ],
)
def test_the_box_leads_straight_to_what_is_one_thing(browser, typed, way):
    found = browser(Role.FINANCE_DIRECTOR).get("/find", params={"q": typed})
    assert found.headers["location"] == way


def test_the_box_shows_what_it_may_be_and_nothing_out_of_sight(browser):
    client = browser(Role.FINANCE_DIRECTOR)
    page = client.get("/find", params={"q": "s"}).text
    assert "Suggestions" in page
    assert "Audit log" not in client.get("/find", params={"q": "audit"}).text
    caller = browser(Role.CALLER)
    assert "Nothing of that name" in caller.get("/find", params={"q": "PL-0002H-V"}).text
    assert "Nothing of that name" in caller.get("/find", params={"q": "reports"}).text
