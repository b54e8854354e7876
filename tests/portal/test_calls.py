from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from campaign.roles import Role
from portal.calls import TAPS


def page_of(client) -> dict[str, str]:
    page = client.get("/calls")
    assert page.status_code == 200, page.text[-500:]
    found = re.search(r'action="(/calls/\d+/result)"', page.text)
    assert found, page.text[-1500:]
    return {
        "action": found[1],
        "key": re.search(r'name="key" value="(\w+)"', page.text)[1],
        "began": re.search(r'name="began" value="([^"]+)"', page.text)[1],
        "text": page.text,
    }


def answer(client, page, disposition, **fields):
    return client.post(
        page["action"],
        data={"disposition": disposition, "key": page["key"], "began": page["began"], **fields},
    )


def attempts(database) -> int:
    with database.connect() as connection:
        return connection.scalar(
            text("select count(*) from call_attempt where external_id like 'P-%'")
        )


def test_ten_calls_with_every_disposition_lead_from_one_to_the_next(browser, database):
    client = browser(Role.CALLER)
    seen = []
    for disposition, _, _ in TAPS:
        page = page_of(client)
        seen.append(page["action"])
        told = answer(client, page, disposition)
        assert told.status_code == 303, told.text[-800:]
    assert len(set(seen)) == len(TAPS)
    assert attempts(database) == len(TAPS)


def test_a_result_told_twice_counts_once(browser, database):
    client = browser(Role.CALLER)
    page = page_of(client)
    first = answer(client, page, "pledged", amount="100", email="a@example.org")
    again = answer(client, page, "pledged", amount="100", email="a@example.org")
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["location"] == again.headers["location"]
    assert attempts(database) == 1


def test_the_next_call_is_the_same_until_it_is_answered(browser):
    client = browser(Role.CALLER)
    assert page_of(client)["action"] == page_of(client)["action"]


def test_two_callers_never_get_the_same_call(browser):
    actions = {page_of(browser(role))["action"] for role in (Role.CALLER, Role.TEAM_LEAD)}
    assert len(actions) == 2


def test_a_pledge_beyond_the_legal_limit_is_refused_and_nothing_is_recorded(browser, database):
    client = browser(Role.CALLER)
    page = page_of(client)
    told = answer(client, page, "pledged", amount="900000")
    assert told.status_code in (409, 422)
    assert "cannot be taken" in told.text
    assert attempts(database) == 0


@pytest.mark.parametrize(
    ("disposition", "fields"),
    [
        pytest.param("pledged", {"amount": "much"}, id="an amount that is none"),
        pytest.param("pledged", {"amount": "-5"}, id="less than nothing"),
        pytest.param("pledged", {"amount": "0"}, id="nothing"),
        pytest.param("callback", {"callback_at": ""}, id="a callback without a time"),
        pytest.param("nonsense", {}, id="an unknown disposition"),
        pytest.param("pledged", {"amount": "5", "due_on": "soon"}, id="a day that is none"),
    ],
)
def test_a_result_that_cannot_be_meant_is_refused_with_a_sentence(
    browser, database, disposition, fields
):
    client = browser(Role.CALLER)
    told = answer(client, page_of(client), disposition, **fields)
    assert told.status_code == 422
    assert 'role="alert"' in told.text
    assert attempts(database) == 0


def test_a_callback_is_kept_on_the_donors_clock(browser, database):
    client = browser(Role.CALLER)
    page = page_of(client)
    told = answer(client, page, "callback", callback_at="2026-10-08T15:00")
    assert told.status_code == 303, told.text[-800:]
    with database.connect() as connection:
        local = connection.scalar(
            text("select to_char(a.callback_at at time zone d.timezone, 'HH24:MI')"
                 " from assignment a join donor d on d.id = a.donor_id"
                 " where a.callback_at is not null")
        )  # fmt: skip
    assert local == "15:00"


def test_a_time_to_call_back_that_has_passed_is_refused_and_the_call_waits(browser, database):
    client = browser(Role.CALLER)
    page = page_of(client)
    told = answer(client, page, "callback", callback_at="2026-09-07T15:00")
    assert told.status_code == 422
    assert "That time to call back has passed" in told.text
    assert attempts(database) == 0
    assert page_of(client)["action"] == page["action"]


def test_an_opt_out_reaches_every_queue_at_once(browser, database):
    client = browser(Role.CALLER)
    answer(client, page_of(client), "do_not_call")
    with database.connect() as connection:
        assert connection.scalar(text("select count(*) from suppression")) >= 1


def test_another_teams_call_cannot_be_answered_or_handed_back(browser, database, world):
    with database.connect() as connection:
        foreign = connection.scalar(
            text("select id from assignment where team_id = :team and status = 'open' limit 1"),
            {"team": world.teams["PACIFICA"]},
        )
    client = browser(Role.CALLER)
    page = page_of(client)
    page["action"] = f"/calls/{foreign}/result"
    assert answer(client, page, "refused").status_code == 404
    assert client.post(f"/calls/{foreign}/back").status_code in (404, 409)
    assert attempts(database) == 0


def test_a_call_handed_back_comes_last(browser):
    client = browser(Role.CALLER)
    page = page_of(client)
    number = page["action"].split("/")[2]
    assert client.post(f"/calls/{number}/back").status_code == 303
    assert page_of(client)["action"] != page["action"]


def test_every_look_at_a_donor_is_noted(browser, database, world):
    page_of(browser(Role.CALLER))
    with database.connect() as connection:
        actor = connection.scalar(
            text("select actor from audit_entry where action = 'donor.shown'")
        )
    assert actor == f"user:{world.users[Role.CALLER]}"


def test_outside_of_the_hours_the_page_says_when(browser, clock):
    from datetime import timedelta

    from tests.portal.world import NOW

    clock.set(NOW - timedelta(hours=12))
    page = browser(Role.CALLER).get("/calls").text
    assert "No call now" in page
    assert "may be made" in page


def kept(database) -> list[dict[str, str]]:
    statement = text(
        "select answers -> 'survey' from call_attempt where external_id like 'P-%' order by id"
    )
    with database.connect() as connection:
        return list(connection.scalars(statement))


ANSWERS = {
    "answer-top_issue": "health care",
    "answer-volunteers": "yes",
    "answer-voters": "2",
    "answer-wish": "More buses, <b>please</b>",
}


@pytest.mark.parametrize(
    ("disposition", "fields"),
    [
        pytest.param("pledged", {"amount": "50"}, id="with a pledge"),
        pytest.param("refused", {}, id="with a refusal"),
        pytest.param("callback", {"callback_at": "2026-10-08T15:00"}, id="with a callback"),
    ],
)
def test_answers_are_kept_however_the_call_ends(browser, database, disposition, fields):
    client = browser(Role.CALLER)
    page = page_of(client)
    for name in ANSWERS:
        assert f'name="{name}"' in page["text"]
    assert answer(client, page, disposition, **fields, **ANSWERS).status_code == 303
    assert kept(database) == [{k.removeprefix("answer-"): v for k, v in ANSWERS.items()}]


def test_what_was_not_asked_is_no_answer(browser, database):
    client = browser(Role.CALLER)
    unasked = dict.fromkeys(ANSWERS, "") | {"answer-wish": "  "}
    assert answer(client, page_of(client), "refused", **unasked).status_code == 303
    assert kept(database) == [{}]


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        pytest.param("volunteers", "perhaps", "volunteers is not yes or no", id="neither"),
        pytest.param("top_issue", "taxes", "top_issue is not one of schools", id="no choice"),
        pytest.param("voters", "many", "voters is not a number", id="no number"),
        pytest.param("unknown", "yes", "asks no question unknown", id="a question nobody asks"),
        pytest.param("wish", "x" * 501, "at most 500 characters", id="a whole letter"),
        pytest.param("wish", "a\x00b", "holds a zero byte", id="a zero byte"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_the_call_waits(
    browser, database, name, said, told
):
    client = browser(Role.CALLER)
    page = page_of(client)
    refused = answer(client, page, "refused", **{f"answer-{name}": said})
    assert refused.status_code == 422
    assert told in refused.text
    assert kept(database) == []
    assert page_of(client)["action"] == page["action"]


def test_what_belongs_to_a_pledge_is_not_taken_from_a_refusal(browser, database):
    client = browser(Role.CALLER)
    answer(client, page_of(client), "refused", email="new@example.org", occupation="Baker")
    with database.connect() as connection:
        told = connection.scalar(
            text("select answers - 'survey' from call_attempt where external_id like 'P-%'")
        )
    assert told == {}


def test_a_director_sees_how_often_each_answer_was_given(browser):
    caller, director = browser(Role.CALLER), browser(Role.FINANCE_DIRECTOR)
    for said in ("yes", "no", "yes"):
        fields = {"answer-volunteers": said, "answer-wish": "Call my mother"}
        assert answer(caller, page_of(caller), "refused", **fields).status_code == 303
    page = re.sub(r"\s+", " ", director.get("/campaigns/FALL-26").text)
    assert 'Yes</td><td class="num">2</td><td class="num">66.7%' in page
    assert 'No</td><td class="num">1</td>' in page
    assert "3 answered in their own words" in page
    assert "Call my mother" not in page


@pytest.mark.parametrize(
    ("told", "asked", "not_asked"),
    [
        pytest.param(
            "occupation = null, employer = null", "What is your occupation", "on file", id="unknown"
        ),
        pytest.param(
            "occupation = 'Nurse', employer = 'City Clinic'",
            "Our records say: Nurse, City Clinic. Is that still right?",
            "What is your occupation",
            id="of an earlier cycle",
        ),
    ],
)
def test_work_is_asked_for_as_far_as_it_is_not_on_file(browser, database, told, asked, not_asked):
    with database.begin() as connection:
        connection.execute(text(f"update donor set {told}"))
        connection.execute(text("update gift set given_on = given_on - interval '4 years'"))
    page = page_of(browser(Role.CALLER))["text"]
    assert asked in page
    assert not_asked not in page
    assert 'name="occupation"' in page


def test_work_that_was_told_this_cycle_is_not_asked_again(browser, database, world):
    with database.begin() as connection:
        connection.execute(text("update donor set occupation = 'Nurse', employer = 'City Clinic'"))
        connection.execute(text("update gift set given_on = given_on - interval '4 years'"))
        connection.execute(
            text("""insert into call_attempt (external_id, campaign_id, donor_id, team_id,
                    started_at, duration_seconds, call_result, answers, recorded_at)
                select 'T-' || id, :campaign, id, :team, date '2026-03-01', 1, 'no_answer',
                    '{"occupation": "Nurse"}', date '2026-03-01' from donor"""),
            {"campaign": world.campaign_id, "team": world.teams["HOUSE"]},
        )
    page = page_of(browser(Role.CALLER))["text"]
    assert "nothing to ask" in page
    for asked in ("What is your occupation", "Is that still right", 'name="occupation"'):
        assert asked not in page
