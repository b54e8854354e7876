"""Every role against every route: generated from the routes, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import text

from campaign.roles import PERMISSIONS_OF, Permission, Role
from portal.access import SAFE_METHODS, Needs, half_signed_in
from portal.app import ROUTERS

# Without a session: signing in, links from letters, and machines that prove themselves otherwise.
OPEN = {
    "/sign-in",
    "/health",
    "/forgotten",
    "/welcome/{token}",
    "/oidc/start",
    "/oidc/back",
    "/api/v1/openapi.json",
    "/api/v1/docs",
    "/webhooks/stripe",
    "/webhooks/results/{team}",
}
HALF_OPEN = {"/sign-out", "/second-factor"}
FILL = {"run": "1", "number": "1", "act": "disable", "flow": "allocate-calls", "code": "X"}


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    permissions: frozenset[Permission]
    needs_session: bool

    @property
    def address(self) -> str:
        return "/".join(
            FILL.get(part[1:-1], "999999") if part.startswith("{") else part
            for part in self.path.split("/")
        )


def calls_in(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from calls_in(inner)


def routes() -> list[Route]:
    found = []
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            calls = list(calls_in(route.dependant))
            needs = [call for call in calls if isinstance(call, Needs)]
            permissions = frozenset(p for need in needs for p in need.permissions)
            found += [
                Route(method, route.path, permissions, half_signed_in in calls)
                for method in sorted((route.methods or set()) - {"HEAD"})
            ]
    return found


PAGES = [route for route in routes() if route.path not in OPEN | HALF_OPEN]
BROWSED = [route for route in PAGES if route.needs_session]


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_every_route_names_a_permission_or_is_known_to_be_open():
    unguarded = {route.path for route in routes() if not route.permissions}
    assert unguarded <= OPEN | HALF_OPEN
    assert len(PAGES) > 30


def is_refused(answer) -> bool:
    return answer.status_code in (401, 403) or answer.headers.get("location", "").startswith(
        ("/sign-in", "/second-factor")
    )


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_it_holds_and_nothing_else(browser, role):
    client = browser(role)
    for route in BROWSED:
        is_granted = not route.permissions.isdisjoint(PERMISSIONS_OF[role])
        answer = client.request(route.method, route.address)
        assert is_refused(answer) != is_granted, (name(route), answer.status_code)
        assert answer.status_code < 500 or answer.status_code == 503, name(route)


def test_nobody_gets_in_without_a_session(browser):
    client = browser()
    client.headers["x-csrf-token"] = "x"
    for route in PAGES:
        assert is_refused(client.request(route.method, route.address)), name(route)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("revoked_at = now()", id="revoked"),
        pytest.param("expires_at = now() - interval '1 minute'", id="expired"),
        pytest.param("seen_at = now() - interval '3 hours'", id="rested"),
        pytest.param("is_complete = false", id="without its second factor"),
    ],
)
def test_a_session_that_ended_opens_nothing(browser, database, end):
    client = browser(Role.TREASURER)
    with database.begin() as connection:
        connection.execute(text(f"update portal_session set {end}"))
    for route in BROWSED:
        assert is_refused(client.request(route.method, route.address)), name(route)


def test_a_disabled_account_is_out_at_once(browser, database):
    client = browser(Role.TREASURER)
    assert client.get("/books").status_code == 200
    with database.begin() as connection:
        connection.execute(text("update app_user set disabled_at = now()"))
    assert is_refused(client.get("/books"))


@pytest.mark.parametrize("role", list(Role))
def test_no_change_is_made_without_the_sessions_secret(browser, role):
    client = browser(role)
    changes = [route for route in BROWSED if route.method not in SAFE_METHODS]
    assert changes
    for secret in ("", "guessed"):
        client.headers["x-csrf-token"] = secret
        for route in changes:
            answer = client.request(route.method, route.address)
            assert answer.status_code == 403, name(route)


def test_no_change_is_made_from_another_site(browser):
    client = browser(Role.TREASURER)
    for header in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        for route in BROWSED:
            if route.method not in SAFE_METHODS:
                answer = client.request(route.method, route.address, headers=header)
                assert answer.status_code == 403, name(route)


def test_a_session_rests_by_itself(browser, world):
    from config.clock import real_now
    from store.portal_sessions import viewer_of_session
    from store.session import unit_of_work

    with unit_of_work() as session:
        cookie = world.cookies[Role.CALLER]
        assert viewer_of_session(session, cookie, real_now()) is not None
        assert viewer_of_session(session, cookie, real_now() + timedelta(hours=3)) is None
