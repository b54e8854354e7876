"""The portal over a database with an invented campaign in it, with a browser for each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from config.clock import real_now
from config.settings import settings
from store import audit
from tests.portal.chromium import CHROMIUM, FLAGS, PATIENCE, served
from tests.portal.client import TestClient
from tests.portal.identity import Provider
from tests.portal.world import NOW, World, make_world
from tests.support.databases import TEMPLATE, database_of_its_own, lay

Browser = Callable[..., TestClient]
FILLED = "pledgeline_world"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One Chromium for all tests in a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def first_world(cluster: str) -> World:
    """The invented campaign, laid once into a database that each test gets a copy of."""
    engine = create_engine(lay(cluster, FILLED, TEMPLATE))
    with Session(engine, expire_on_commit=False) as session, audit.acting_as("test"):
        laid = make_world(session, real_now=real_now())
    engine.dispose()
    return laid


@pytest.fixture
def database(
    request: pytest.FixtureRequest, cluster: str, home, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """A database of the test's own: with the campaign in it where the test asks for a world."""
    is_filled = "world" in request.fixturenames
    if is_filled:
        request.getfixturevalue("first_world")
    with database_of_its_own(cluster, FILLED if is_filled else TEMPLATE, monkeypatch) as engine:
        yield engine


@pytest.fixture
def world(clock, database: Engine, first_world: World) -> World:
    """An invented campaign on an afternoon of October 2026."""
    clock.set(NOW)
    return first_world


@pytest.fixture(scope="session")
def loop() -> Iterator[BlockingPortal]:
    """One thread for the application; else each request starts one and ends it."""
    with start_blocking_portal() as opened:
        yield opened


@pytest.fixture
def browser(world: World, loop: BlockingPortal) -> Browser:
    """A browser signed in as a role; its changes come from our own page, with its secret."""
    from portal.app import create_app
    from store.portal_sessions import viewer_of_session
    from store.session import unit_of_work

    app = create_app()

    def open_as(role: str | None = None) -> TestClient:
        client = TestClient(app, base_url="http://127.0.0.1:8700", follow_redirects=False)
        client.portal = loop
        client.headers["origin"] = "http://127.0.0.1:8700"
        if role is not None:
            client.cookies.set("pledgeline", world.cookies[role])
            with unit_of_work() as session:
                viewer = viewer_of_session(session, world.cookies[role], real_now())
            assert viewer is not None
            client.headers["x-csrf-token"] = viewer.csrf
        return client

    return open_as


@pytest.fixture
def site(world, monkeypatch) -> Iterator[str]:
    """The portal on a port of its own, over the test's database."""
    with served(monkeypatch) as address:
        yield address


@pytest.fixture
def visit(chromium, site, world):
    """Open a page as a role, signed in; script errors and refused loads fail the test."""
    contexts, faults = [], []

    def open_as(role=None, path="/", **options):
        context = chromium.new_context(base_url=site, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if role is not None:
            cookie = {"name": "pledgeline", "value": world.cookies[role], "url": site}
            context.add_cookies([cookie])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: faults.append(said.text) if "Security Policy" in said.text else None,
        )
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def provider(database, monkeypatch) -> Iterator[Provider]:
    played = Provider()
    monkeypatch.setenv("PLEDGELINE_OIDC_ISSUER", played.issuer)
    monkeypatch.setenv("PLEDGELINE_OIDC_CLIENT_ID", "pledgeline")
    monkeypatch.setenv("PLEDGELINE_OIDC_CLIENT_SECRET", "s3cret")
    settings.cache_clear()
    yield played
    played.server.shutdown()
    played.server.server_close()
