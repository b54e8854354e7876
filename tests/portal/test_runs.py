from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import text

from campaign.roles import Role
from config.clock import real_now
from config.settings import settings

pytestmark = pytest.mark.prefect


@pytest.fixture
def prefect(prefect_server, monkeypatch):
    """A client of the shared server, which has our deployments; the settings name the server."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL

    monkeypatch.setenv("PREFECT_API_URL", str(PREFECT_API_URL.value()))
    settings.cache_clear()
    with get_client(sync_client=True) as client:
        for name in ("reconcile-pledges", "collect-pledges", "import-donors"):
            flow_id = client.create_flow_from_name(name)
            client.create_deployment(
                flow_id=flow_id, name="default", enforce_parameter_schema=False
            )
        yield client


def start(client) -> str:
    answer = client.post(
        "/runs/start/reconcile-pledges",
        data={"first_day": "2026-10-01", "last_day": "2026-10-07"},
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0].rsplit("/", 1)[1]


def test_a_flow_is_started_watched_stopped_and_started_again(prefect, browser):
    from prefect.states import Cancelled, Completed, Failed

    client = browser(Role.FINANCE_DIRECTOR)
    run_id = start(client)
    run = prefect.read_flow_run(UUID(run_id))
    asked = {"first_day": "2026-10-01", "last_day": "2026-10-07"}
    assert asked.items() <= run.parameters["request"].items()
    page = client.get(f"/runs/{run_id}")
    assert "Stop this run" in page.text
    assert "See the tie-out" not in page.text
    assert client.post(f"/runs/{run_id}/cancel").status_code == 303
    prefect.set_flow_run_state(UUID(run_id), Cancelled(), force=True)
    again = client.post(f"/runs/{run_id}/again")
    other = again.headers["location"].split("?")[0].rsplit("/", 1)[1]
    assert prefect.read_flow_run(UUID(other)).parameters == run.parameters
    prefect.set_flow_run_state(UUID(other), Failed(message="Stripe did not answer."), force=True)
    assert "Stripe did not answer." in client.get(f"/runs/{other}").text
    prefect.set_flow_run_state(UUID(other), Completed(), force=True)
    assert 'href="/books">See the tie-out' in client.get(f"/runs/{other}").text
    assert "Reconcile pledges" in client.get("/runs").text


def test_a_run_that_has_not_begun_says_what_it_waits_for(prefect, browser):
    from prefect.states import Pending

    client = browser(Role.TREASURER)
    run_id = start(client)
    assert "Waiting for a worker" in client.get(f"/runs/{run_id}").text
    assert f'href="/runs/{run_id}"' in client.get("/runs").text
    prefect.set_flow_run_state(UUID(run_id), Pending(), force=True)
    assert "is starting it" in client.get(f"/runs/{run_id}/progress").text


def test_a_finished_plan_is_led_to_from_its_run(prefect, browser):
    from campaign.requests import AllocateRequest
    from flows.allocate_calls import allocate_calls

    plan_id = allocate_calls(AllocateRequest(campaign="FALL-26", dry_run=True))["plan_id"]
    client = browser(Role.FINANCE_DIRECTOR)
    run_id = re.findall(r'"/runs/([-0-9a-f]{36})">Allocate calls', client.get("/runs").text)[0]
    assert f'href="/plans/{plan_id}">See plan {plan_id}</a>' in client.get(f"/runs/{run_id}").text


def test_a_finished_reconciliation_is_led_to_from_its_run(prefect, browser):
    from campaign.requests import ReconcileRequest
    from flows.reconcile_pledges import reconcile_pledges

    client = browser(Role.TREASURER)
    seen = []
    for last_day in ("2026-08-28", "2026-08-29"):
        reconcile_pledges(ReconcileRequest(first_day="2026-08-01", last_day=last_day))
        run_id = re.findall(r'"/runs/([-0-9a-f]{36})">Reconcile', client.get("/runs").text)[0]
        seen += re.findall(
            r'href="(/books\S+)">See the tie-out', client.get(f"/runs/{run_id}").text
        )
    assert "From pledge to bank line, Aug 1, 2026 to Aug 28, 2026" in client.get(seen[0]).text
    assert "Aug 1, 2026 to Aug 29, 2026" in client.get(seen[1]).text.partition("Earlier")[0]


def test_a_failed_run_says_why_a_line_for_each_thing_and_no_programmers_words(prefect, browser):
    from prefect.client.schemas.actions import LogCreate
    from prefect.states import Failed

    client = browser(Role.FINANCE_DIRECTOR)
    run_id = UUID(start(client))
    why = "Two files stay.\nlists/WEB/a.csv: a.csv is empty.\nlists/WEB/b.csv: b.csv is empty."
    said = f"Flow run encountered an exception: InboxError: {why}"
    prefect.set_flow_run_state(run_id, Failed(message=said), force=True)
    trace = f"It encountered a fault\nTraceback (most recent call last):\nInboxError: {why}"
    prefect.create_logs(
        LogCreate(name=name, level=level, message=text, timestamp=real_now(), flow_run_id=run_id)
        for name, level, text in (
            ("prefect.flow_runs", 40, trace),
            ("prefect.worker", 40, "The process was ended from outside."),
        )
    )
    first, _, rest = client.get(f"/runs/{run_id}").text.partition("All lines")
    assert "<p>Two files stay.</p>" in first
    for file in ("a", "b"):
        assert f"<li>lists/WEB/{file}.csv: {file}.csv is empty.</li>" in first
    assert "ended from outside" in first
    assert not [word for word in ("encountered", "Traceback", "InboxError") if word in first]
    assert "Traceback" in rest


def test_a_run_tells_its_own_words_first_and_prefects_on_demand(prefect, browser):
    from prefect.client.schemas.actions import LogCreate

    client = browser(Role.TREASURER)
    run_id = UUID(start(client))
    told = {"tasks.books": "reconciled 2026-10-01 to 2026-10-07", "prefect.flow_runs": "Beginning"}
    prefect.create_logs(
        LogCreate(name=name, level=20, message=text, timestamp=real_now(), flow_run_id=run_id)
        for name, text in told.items()
    )
    first, _, rest = client.get(f"/runs/{run_id}").text.partition("All lines")
    assert "reconciled 2026-10-01" in first
    assert "Beginning" not in first
    assert "Beginning" in rest


@pytest.mark.parametrize(
    ("today", "offered"),
    [
        pytest.param(
            datetime(2026, 10, 3, 18, tzinfo=UTC),
            ["2026-09-01", "2026-09-30"],
            id="the-month-that-ended",
        ),
        pytest.param(
            datetime(2026, 10, 23, 18, tzinfo=UTC),
            ["2026-10-01", "2026-10-23"],
            id="this-month-once-that-is-due",
        ),
    ],
)
def test_a_form_offers_the_days_that_are_worked_on(browser, clock, today, offered):
    clock.set(today)
    client = browser(Role.TREASURER)
    for flow in ("reconcile-pledges", "report-compliance"):
        assert days_of(client.get(f"/runs/start/{flow}").text) == offered
    assert days_of(client.get("/runs/start/sync-stripe").text)[1] == str(today.date())
    page = client.get("/runs/start/reconcile-pledges").text
    (september,) = re.findall(r'href="(\S+)">September 2026', page)
    chosen = client.get(f"/runs/start/reconcile-pledges{unescape(september)}").text
    assert days_of(chosen) == ["2026-09-01", "2026-09-30"]


def days_of(page: str) -> list[str]:
    """The days that stand in a form."""
    return re.findall(r'type="date" value="([-0-9]+)"', page)


def test_a_request_that_cannot_be_meant_starts_nothing(prefect, browser):
    client = browser(Role.TREASURER)
    answer = client.post(
        "/runs/start/reconcile-pledges",
        data={"first_day": "2026-10-07", "last_day": "2026-10-01"},
    )
    assert answer.status_code == 422
    assert "before it starts" in answer.text


@pytest.mark.parametrize(
    ("flow", "given", "said"),
    [
        pytest.param("sync-stripe", {"first_day": "yesterday", "last_day": "2026-10-01"},
                     "First day: a day, such as 2026-09-30", id="a word for a day"),
        pytest.param("sync-stripe", {"last_day": "2026-10-01"},
                     "First day: please fill this in", id="left out"),
        pytest.param("validate-donors", {"batch_id": "seven"},
                     "Batch ID: a whole number", id="a word for a number"),
        pytest.param("allocate-calls", {"campaign": "fall 26"},
                     "Campaign: not written as the field asks", id="a blank in a code"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_in_plain_words(browser, flow, given, said):
    answer = browser(Role.FINANCE_DIRECTOR).post(f"/runs/start/{flow}", data=given)
    assert answer.status_code == 422
    assert f"{said}." in answer.text


def test_a_page_of_what_is_no_number_is_not_there(browser):
    answer = browser(Role.TREASURER).get("/exceptions/twelve")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_a_flow_for_a_campaign_says_where_campaigns_come_from(browser, database):
    with database.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("delete from campaign"))
    client = browser(Role.FINANCE_DIRECTOR)
    page = client.get("/runs/start/allocate-calls").text
    assert "No campaign yet" in page
    assert 'href="/campaigns"' in page.split("<main")[1]
    assert 'name="campaign"' not in page
    assert 'name="send_reminders"' in client.get("/runs/start/collect-pledges").text


@pytest.mark.parametrize(
    "run_id", ["0efd9ed8-8f61-4504-8d4d-025fe2f46b4c", "not-an-id", "../../etc"]
)
def test_a_run_that_is_not_there_is_not_found(prefect, browser, run_id):
    assert browser(Role.TREASURER).get(f"/runs/{run_id}").status_code == 404


def test_a_flow_without_a_deployment_says_how_to_make_it(prefect, browser):
    answer = browser(Role.TREASURER).post(
        "/runs/start/sync-stripe", data={"first_day": "2026-10-01", "last_day": "2026-10-02"}
    )
    assert answer.status_code == 404
    assert "prefect deploy" in answer.text


def test_a_schedule_is_paused_goes_on_as_it_was_and_is_removed(prefect, browser):
    client = browser(Role.TREASURER)
    form = {"at_time": "06:30", "on_days": "* * 1-5", "send_reminders": "yes"}
    for _ in range(2):  # asked for twice, it starts once
        assert client.post("/runs/schedule/collect-pledges", data=form).status_code == 303
    for wrong in ({"at_time": "often"}, {"on_days": "some"}):
        answer = client.post("/runs/schedule/collect-pledges", data=form | wrong)
        assert answer.status_code == 422
    found = prefect.read_deployment_by_name("collect-pledges/default")
    (schedule,) = found.schedules
    when = (schedule.schedule.cron, schedule.schedule.timezone)
    assert when == ("30 6 * * 1-5", "America/Denver")
    assert schedule.parameters["request"]["send_reminders"] is True
    path = f"/runs/schedules/{found.id}/{schedule.id}"
    assert "6:30 AM on working days (Denver)" in client.get("/runs").text
    for word, active in (("no", False), ("yes", True)):
        assert client.post(path, data={"active": word}).status_code == 303
        (now,) = prefect.read_deployment_by_name("collect-pledges/default").schedules
        assert (now.active, now.parameters) == (active, schedule.parameters)
    for _ in range(2):
        assert client.post(path, data={"active": "never"}).status_code == 303
    assert prefect.read_deployment_by_name("collect-pledges/default").schedules == []


def test_the_times_of_a_schedule_are_changed_and_what_it_asks_for_stays(prefect, browser):
    client = browser(Role.TREASURER)
    form = {"at_time": "06:30", "on_days": "* * 1-5", "send_reminders": "yes"}
    client.post("/runs/schedule/collect-pledges", data=form)
    found = prefect.read_deployment_by_name("collect-pledges/default")
    (before,) = found.schedules
    path = f"/runs/schedules/{found.id}/{before.id}/times"
    page = client.get("/runs").text
    assert f'action="{path}"' in page
    assert 'type="time" value="06:30"' in page
    assert '<option value="* * 1-5" selected>' in page
    for wrong in ({"at_time": "often"}, {"on_days": "some"}):
        assert client.post(path, data=form | wrong).status_code == 422
    assert client.post(path, data={"at_time": "18:05", "on_days": "* * 6"}).status_code == 303
    (after,) = prefect.read_deployment_by_name("collect-pledges/default").schedules
    assert (after.schedule.cron, after.schedule.timezone) == ("5 18 * * 6", "America/Denver")
    assert (after.parameters, after.active) == (before.parameters, True)
    assert "6:05 PM on Saturdays (Denver)" in client.get("/runs").text
    client.post(f"/runs/schedules/{found.id}/{before.id}", data={"active": "never"})
    assert client.post(path, data={"at_time": "18:05", "on_days": "* * 6"}).status_code == 404


def test_what_is_about_one_day_is_not_asked_again_each_day(prefect, browser):
    client = browser(Role.TREASURER)
    times = {"at_time": "06:30", "on_days": "* * *"}
    september = {"first_day": "2026-09-01", "last_day": "2026-09-30"}
    assert "Schedule it" not in client.get("/runs/start/sync-stripe").text
    assert "Schedule it" in client.get("/runs/start/run-campaign-day").text
    for flow, asked in (("sync-stripe", september), ("run-campaign-day", {"on_day": "2026-10-01"})):
        answer = client.post(f"/runs/schedule/{flow}", data=times | asked)
        assert answer.status_code == 422
        assert "has no day, plan, list or file of its own" in answer.text


def test_nothing_personal_goes_to_prefect_when_a_list_is_imported(prefect, browser):
    client = browser(Role.FINANCE_DIRECTOR)
    content = "First name,Last name,Phone,E-mail\nAda,Alder,4155550101,ada@example.org\n"
    place = client.post("/lists", files={"file": ("l.csv", content)}).headers["location"]
    answer = client.post(f"{place}/import", data={"source": "OWN-26", "campaign": "FALL-26"})
    assert answer.status_code == 303, answer.text
    run_id = answer.headers["location"].split("?")[0].rsplit("/", 1)[1]
    parameters = str(prefect.read_flow_run(UUID(run_id)).parameters)
    assert "OWN-26" in parameters
    assert not [word for word in ("Ada", "Alder", "5550101", "example.org") if word in parameters]


def test_a_plan_is_approved_and_handed_out_in_the_viewers_name(prefect, browser, database, world):
    from sqlalchemy import text

    flow_id = prefect.create_flow_from_name("publish-assignments")
    prefect.create_deployment(flow_id=flow_id, name="default", enforce_parameter_schema=False)
    with database.begin() as connection:
        connection.execute(text("update plan set status = 'draft', published_at = null"))
    answer = browser(Role.FINANCE_DIRECTOR).post(f"/plans/{world.plan_id}/publish")
    assert answer.status_code == 303, answer.text
    with database.connect() as connection:
        status, by = connection.execute(text("select status, approved_by from plan")).one()
    assert (status, by) == ("approved", f"user:{world.users[Role.FINANCE_DIRECTOR]}")
