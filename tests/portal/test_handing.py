from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from campaign.roles import Role
from tests.portal.test_teams import foreign, scalar
from tests.portal.world import NOW


def agent_of(database, world, role):
    return scalar(database, "select agent_id from app_user where id = :id", id=world.users[role])


def held_by(database, agent):
    statement = "select id from assignment where agent_id = :agent and status = 'handed_out'"
    return scalar(database, statement, agent=agent)


def test_a_call_is_handed_to_a_colleague_who_gets_it_next(browser, database, world):
    caller = browser(Role.CALLER)
    caller.get("/calls")
    assert "Lena Ford" in caller.get("/calls/colleagues").text
    call = held_by(database, agent_of(database, world, Role.CALLER))
    lead = agent_of(database, world, Role.TEAM_LEAD)
    answer = caller.post(f"/calls/{call}/back", data={"to": lead})
    assert answer.status_code == 303, answer.text
    assert held_by(database, lead) == call
    assert f"/calls/{call}/result" in browser(Role.TEAM_LEAD).get("/calls").text
    assert f"/calls/{call}/result" not in caller.get("/calls").text


def test_a_lead_gives_a_call_in_hand_to_somebody_else(browser, database, world):
    browser(Role.CALLER).get("/calls")
    call = held_by(database, agent_of(database, world, Role.CALLER))
    lead = agent_of(database, world, Role.TEAM_LEAD)
    client = browser(Role.TEAM_LEAD)
    assert f"/team/calls/{call}/give" in client.get("/team").text
    assert client.post(f"/team/calls/{call}/give", data={"to": lead}).status_code == 303
    assert held_by(database, lead) == call
    told = scalar(database, "select action from audit_entry order by id desc limit 1")
    assert told == "call.give"


def test_a_call_goes_to_nobody_outside_of_its_team(browser, database, world):
    client = browser(Role.CALLER)
    client.get("/calls")
    call = held_by(database, agent_of(database, world, Role.CALLER))
    stranger = foreign(database, world, "agent")
    assert client.post(f"/calls/{call}/back", data={"to": stranger}).status_code == 409
    assert held_by(database, agent_of(database, world, Role.CALLER)) == call
    lead = browser(Role.TEAM_LEAD)
    assert lead.post(f"/team/calls/{call}/give", data={"to": stranger}).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("update agent set languages = '[\"es\"]' where id = :lead", id="language"),
        pytest.param("update agent set disabled_at = now() where id = :lead", id="gone"),
        pytest.param("update agent set certified = '{}' where id = :lead", id="not certified"),
    ],
)
def test_a_call_goes_to_nobody_who_cannot_take_it(browser, database, world, change):
    client = browser(Role.CALLER)
    client.get("/calls")
    call = held_by(database, agent_of(database, world, Role.CALLER))
    lead = agent_of(database, world, Role.TEAM_LEAD)
    with database.begin() as connection:
        connection.execute(text(change), {"lead": lead})
    assert client.post(f"/calls/{call}/back", data={"to": lead}).status_code == 409


def test_a_call_is_not_given_outside_of_its_hours(browser, database, world, clock):
    browser(Role.CALLER).get("/calls")
    call = held_by(database, agent_of(database, world, Role.CALLER))
    clock.set(NOW + timedelta(hours=6))
    lead = agent_of(database, world, Role.TEAM_LEAD)
    answer = browser(Role.TEAM_LEAD).post(f"/team/calls/{call}/give", data={"to": lead})
    assert answer.status_code == 409
    assert "may not be made just now" in answer.text


@pytest.mark.parametrize(
    "held",
    ["{}", '{"FALL-26": "2026-10-01"}'],
    ids=["never certified", "certified until last week"],
)
def test_a_caller_without_a_certificate_is_shown_nobody(browser, database, world, held):
    agent = agent_of(database, world, Role.CALLER)
    with database.begin() as connection:
        connection.execute(
            text("update agent set certified = cast(:held as jsonb) where id = :id"),
            {"held": held, "id": agent},
        )
    caller = browser(Role.CALLER)
    page = caller.get("/calls").text
    assert "You hold no certificate in date for FALL-26" in page
    assert "on the page My team" in page
    assert held_by(database, agent) is None
    sheet = caller.post("/sheets", data={"count": 3})
    assert sheet.status_code == 409
    assert "no certificate" in sheet.text
    certificate = {"campaign": "FALL-26", "until": "2026-11-03"}
    browser(Role.TEAM_LEAD).post(f"/team/callers/{agent}/certificate", data=certificate)
    caller.get("/calls")
    assert held_by(database, agent) is not None


def test_a_director_certifies_and_withdraws(browser, database, world):
    agent = agent_of(database, world, Role.CALLER)
    director = browser(Role.FINANCE_DIRECTOR)
    page = director.get("/callers").text
    assert f"/team/callers/{agent}/certificate/withdraw" in page
    gone = director.post(
        f"/team/callers/{agent}/certificate/withdraw", data={"campaign": "FALL-26"}
    )
    assert gone.headers["location"].startswith("/callers")
    assert "no certificate" in browser(Role.CALLER).get("/calls").text
    again = director.post(
        f"/team/callers/{agent}/certificate/withdraw", data={"campaign": "FALL-26"}
    )
    assert again.status_code == 409
    certificate = {"campaign": "FALL-26", "until": "2026-11-03"}
    director.post(f"/team/callers/{agent}/certificate", data=certificate)
    assert "no certificate" not in browser(Role.CALLER).get("/calls").text


def test_a_caller_who_may_take_no_call_is_not_offered_to_colleagues(browser, database, world):
    lead = agent_of(database, world, Role.TEAM_LEAD)
    caller = browser(Role.CALLER)
    assert "Lena Ford" in caller.get("/calls/colleagues").text
    with database.begin() as connection:
        connection.execute(text("update agent set certified = '{}' where id = :id"), {"id": lead})
    assert "Lena Ford" not in caller.get("/calls/colleagues").text
