"""A small world, its Stripe over a real socket, and the real library to ask it with."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import stripe
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.population import Population, make_population
from sandbox.stripe_server import Sandbox, listening, make_app
from sandbox.world import World


@pytest.fixture(scope="session")
def people() -> Population:
    return make_population(seed=7, donors=1500)


@pytest.fixture
def world(people: Population) -> World:
    return World(seed=7, population=people)


class Stage:
    """One server for all tests; each puts a world of its own behind it."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def stage() -> Iterator[tuple[Stage, str]]:
    shown = Stage()
    with listening(shown) as url:
        yield shown, url


@pytest.fixture
def sandbox(world: World, stage: tuple[Stage, str]) -> Sandbox:
    shown, url = stage
    app = make_app(world)
    shown.app = app
    world.account.answer_at(url)
    return Sandbox(world, url, app.state.api)


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    stripe.enable_telemetry = False
    return stripe.StripeClient(
        "sk_test_sandbox", base_addresses={"api": sandbox.url}, max_network_retries=0
    )


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/_sandbox", timeout=240) as asked:
        yield asked
