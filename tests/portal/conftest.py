"""The portal over a database with an invented campaign in it, with a browser for each role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.clock import real_now
from tests.portal.client import TestClient
from tests.portal.world import NOW, World, make_world

Browser = Callable[..., TestClient]


@pytest.fixture
def world(clock, database: Engine) -> World:
    """An invented campaign on an afternoon of October 2026."""
    clock.set(NOW)
    with Session(database, expire_on_commit=False) as session:
        return make_world(session, real_now=real_now())


@pytest.fixture
def browser(world: World) -> Browser:
    """A browser signed in as a role; its changes come from our own page, with its secret."""
    from portal.app import create_app
    from store.portal_sessions import viewer_of_session
    from store.session import unit_of_work

    app = create_app()

    def open_as(role: str | None = None) -> TestClient:
        client = TestClient(app, base_url="http://127.0.0.1:8700", follow_redirects=False)
        client.headers["origin"] = "http://127.0.0.1:8700"
        if role is not None:
            client.cookies.set("pledgeline", world.cookies[role])
            with unit_of_work() as session:
                viewer = viewer_of_session(session, world.cookies[role], real_now())
            assert viewer is not None
            client.headers["x-csrf-token"] = viewer.csrf
        return client

    return open_as
