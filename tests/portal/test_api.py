from __future__ import annotations

from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from campaign.roles import PERMISSIONS_OF, Permission, Role
from config.clock import real_now
from portal.api import openapi
from store.portal_sessions import issue_api_token, viewer_of_session
from store.session import unit_of_work
from tests.portal.client import TestClient


def key_of(world, role, scopes=None) -> str:
    with unit_of_work() as session:
        owner = viewer_of_session(session, world.cookies[role], real_now())
        assert owner is not None
        wanted = sorted(owner.permissions if scopes is None else scopes)
        return issue_api_token(session, owner, "Test", wanted, timedelta(days=1), real_now())


@pytest.fixture
def machine(world):
    from portal.app import create_app

    app = create_app()

    def with_key_of(role, scopes=None) -> TestClient:
        client = TestClient(app, base_url="http://127.0.0.1:8700", raise_server_exceptions=False)
        client.headers["authorization"] = f"Bearer {key_of(world, role, scopes)}"
        return client

    return with_key_of


def test_the_description_is_openapi_3_1_and_names_every_problem():
    schema = openapi()
    assert schema["openapi"] == "3.1.0"
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert {"401", "403", "422"} <= set(operation["responses"]), (path, method)


READS = {
    "/api/v1/campaigns": Permission.VIEW_CAMPAIGNS,
    "/api/v1/campaigns/FALL-26/funnel": Permission.VIEW_CAMPAIGNS,
    "/api/v1/teams": Permission.VIEW_CAMPAIGNS,
    "/api/v1/lists": Permission.IMPORT_LISTS,
    "/api/v1/plans": Permission.PLAN_CALLS,
    "/api/v1/plans/1": Permission.PLAN_CALLS,
    "/api/v1/reconciliations": Permission.VIEW_BOOKS,
    "/api/v1/exceptions": Permission.VIEW_BOOKS,
    "/api/v1/suggestions": Permission.VIEW_BOOKS,
    "/api/v1/reports": Permission.VIEW_BOOKS,
    "/api/v1/audit": Permission.VIEW_AUDIT,
}


@pytest.mark.parametrize("role", list(Role))
def test_a_key_reads_what_its_owner_may_and_nothing_else(machine, role):
    client = machine(role)
    for path, permission in READS.items():
        expected = 200 if permission in PERMISSIONS_OF[role] else 403
        assert client.get(path).status_code == expected, path


def test_a_key_does_no_more_than_its_scopes(machine):
    client = machine(Role.TREASURER, [Permission.VIEW_BOOKS])
    assert client.get("/api/v1/exceptions").status_code == 200
    assert client.get("/api/v1/campaigns").status_code == 403


def test_a_key_loses_what_its_owner_loses(machine, database):
    client = machine(Role.TREASURER)
    with database.begin() as connection:
        connection.execute(text("update app_user set roles = '[\"caller\"]'"))
    assert client.get("/api/v1/exceptions").status_code == 403


@pytest.mark.parametrize("end", ["revoked_at = now()", "expires_at = now() - interval '1 second'"])
def test_a_key_that_ended_opens_nothing(machine, database, end):
    client = machine(Role.TREASURER)
    with database.begin() as connection:
        connection.execute(text(f"update api_token set {end}"))
    answer = client.get("/api/v1/exceptions")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_browsers_session_is_no_key(browser):
    assert browser(Role.TREASURER).get("/api/v1/exceptions").status_code == 401


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_pages_put_together_are_the_whole_list_once(machine, size):
    client = machine(Role.TREASURER)
    whole = client.get("/api/v1/exceptions", params={"limit": 500}).json()["data"]
    cursor, pieces = None, []
    while True:
        asked = {"limit": size} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/exceptions", params=asked).json()
        pieces += page["data"]
        cursor = page["next"]
        if cursor is None:
            break
    assert pieces == whole
    assert len(whole) == 3


def test_a_machine_suppresses_at_once(machine, world, database):
    client = machine(Role.COMPLIANCE_OFFICER)
    with database.connect() as connection:
        phone = connection.scalar(
            text("select phone_e164 from donor d join assignment a on a.donor_id = d.id"
                 " where a.status = 'open' limit 1")
        )  # fmt: skip
    answer = client.post("/api/v1/suppressions", json={"kind": "opt_out", "phone": phone})
    assert answer.status_code == 200
    assert answer.json()["withdrawn"] >= 1
    again = client.post("/api/v1/suppressions", json={"kind": "opt_out", "phone": phone})
    assert again.json() == {"new": 0, "donors": 0, "withdrawn": 0}
    with database.connect() as connection:
        actor = connection.scalar(
            text("select actor from audit_entry where action = 'suppression.add'")
        )
    assert actor == f"token-of-user:{world.users[Role.COMPLIANCE_OFFICER]}"


def test_a_machine_decides_what_a_treasurer_may(machine, world, database):
    client = machine(Role.TREASURER)
    asked = {"answer": "noted", "because": "Seen at the bank"}
    told = client.post("/api/v1/exceptions/1/resolution", json=asked)
    assert told.status_code == 200, told.text
    assert (told.json()["status"], told.json()["because"]) == ("resolved", "Seen at the bank")
    offered = client.get("/api/v1/suggestions").json()
    refused = {"ids": [one["id"] for one in offered], "verdict": "refuse", "because": "Not theirs"}
    answer = client.post("/api/v1/suggestions/decisions", json=refused)
    assert answer.json() == {"decided": len(offered)}
    with database.connect() as connection:
        kept = connection.scalar(text("select count(*) from payment_decision"))
    assert kept == len(offered) > 0
    assert machine(Role.REVIEWER).post(
        "/api/v1/exceptions/2/resolution", json={"answer": "noted", "because": "Because"}
    ).status_code == 403  # fmt: skip


def test_a_machine_publishes_no_plan_without_prefect(machine, database):
    with database.begin() as connection:
        connection.execute(text("update plan set status = 'draft', published_at = null"))
    assert machine(Role.FINANCE_DIRECTOR).post("/api/v1/plans/1/publication").status_code == 503
    assert machine(Role.TREASURER).post("/api/v1/plans/1/publication").status_code == 403
    with database.connect() as connection:
        assert connection.scalar(text("select status from plan")) == "draft"


CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]


def explore(operation, client) -> int:
    """Ask one operation many things; return how many."""
    tried = 0

    @settings(
        max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy())
    def ask(case):
        nonlocal tried
        asked = case.as_transport_kwargs(base_url="http://127.0.0.1:8700")
        asked["headers"] = {**asked.get("headers", {}), **client.headers}
        asked.pop("cookies", None)
        answer = client.request(**asked)
        if answer.status_code != 503:  # no Prefect here: documented, and a service's fault
            case.validate_response(schemathesis.Response.from_any(answer), checks=CHECKS)
        tried += 1

    ask()
    return tried


EXPLORERS = (Role.FINANCE_DIRECTOR, Role.COMPLIANCE_OFFICER, Role.TREASURER)


def test_no_input_makes_a_fault_or_an_undocumented_answer(machine):
    clients = {role: machine(role) for role in EXPLORERS}
    tried = 0
    for found in schemathesis.openapi.from_dict(openapi()).get_all_operations():
        operation = found.ok()
        is_guard = operation.path.startswith(("/api/v1/audit", "/api/v1/suppressions"))
        is_decision = operation.path.endswith(("/resolution", "/decisions"))
        role = Role.COMPLIANCE_OFFICER if is_guard else Role.FINANCE_DIRECTOR
        role = Role.TREASURER if is_decision else role
        tried += explore(operation, clients[role])
    assert tried > 100
