"""A small world, its Stripe over a real socket, and the real library to ask it with."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import stripe

from sandbox.population import Population, make_population
from sandbox.stripe_server import Sandbox, serve
from sandbox.world import World


@pytest.fixture(scope="session")
def people() -> Population:
    return make_population(seed=7, donors=1500)


@pytest.fixture
def world(people: Population) -> World:
    return World(seed=7, population=people)


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with serve(world) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    stripe.enable_telemetry = False
    return stripe.StripeClient(
        "sk_test_sandbox", base_addresses={"api": sandbox.url}, max_network_retries=0
    )


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/_sandbox", timeout=30) as asked:
        yield asked
