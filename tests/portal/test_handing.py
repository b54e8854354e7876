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
