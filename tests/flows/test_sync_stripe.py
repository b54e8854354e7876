"""Syncing: every record once, whatever the server does in between."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from itertools import cycle

import pytest
from sqlalchemy import Engine, text

from campaign.requests import SyncRequest
from config.settings import settings
from flows.sync_stripe import sync_stripe
from store.session import unit_of_work
from tests.support.stripe_like import StripeLike, serving

JAN = 1_767_225_600  # 2026-01-01 00:00 UTC
REQUEST = SyncRequest(first_day=date(2026, 1, 1), last_day=date(2026, 1, 31))


def make_world(count: int = 1000, *, same_second: int = 250) -> StripeLike:
    chance = random.Random(7)
    world = StripeLike(timezone="America/Chicago")
    for number in range(count):
        at = JAN + 86_400 + chance.randrange(28 * 86_400)
        if number < same_second:
            at = JAN + 10 * 86_400
        status = "available" if at < JAN + 20 * 86_400 else "pending"
        world.add(
            "charges",
            {
                "id": f"ch_{number}",
                "created": at,
                "amount": 1000,
                "status": "succeeded",
                "currency": "usd",
                "payment_intent": f"pi_{number}",
                "balance_transaction": f"t_{number}",
            },
        )
        world.add(
            "balance_transactions",
            {
                "id": f"t_{number}",
                "created": at,
                "amount": 1000,
                "fee": 59,
                "net": 941,
                "currency": "usd",
                "status": status,
                "type": "charge",
                "source": f"ch_{number}",
            },
        )
    world.add(
        "payment_intents",
        {
            "id": "pi_3",
            "created": JAN + 90_000,
            "status": "succeeded",
            "metadata": {"pledge_ref": " a-1 "},
        },
    )
    return world


@pytest.fixture
def sync(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> Callable[[StripeLike], dict[str, int]]:
    def run(world: StripeLike) -> dict[str, int]:
        monkeypatch.setenv("STRIPE_API_KEY", "sk_test_x")
        monkeypatch.setenv("STRIPE_API_BASE", world.base)
        monkeypatch.setenv("PLEDGELINE_STRIPE_RATE", "500")
        settings.cache_clear()
        return sync_stripe.fn(REQUEST)

    return run


def stored(table: str) -> int:
    with unit_of_work() as session:
        return int(session.scalar(text(f"select count(*) from {table}")) or 0)


@pytest.mark.parametrize("ignores", [False, True], ids=["ranges", "no ranges"])
def test_every_record_arrives_once_and_again_changes_nothing(
    sync: Callable[[StripeLike], dict[str, int]], ignores: bool
) -> None:
    world = make_world()
    world.ignores_ranges = ignores
    with serving(world):
        sync(world)
        assert (stored("stripe_charge"), stored("stripe_balance_transaction")) == (1000, 1000)
        sync(world)
    assert (stored("stripe_charge"), stored("stripe_balance_transaction")) == (1000, 1000)
    with unit_of_work() as session:
        ref = session.scalar(text("select pledge_ref from stripe_charge where id = 'ch_3'"))
        zone = session.scalar(text("select timezone from committee"))
    assert (ref, zone) == ("a-1", "America/Chicago")


def test_faults_that_pass_by_themselves_are_waited_out(
    sync: Callable[[StripeLike], dict[str, int]],
) -> None:
    world = make_world(300)
    world.faults = cycle([0, 0, 429, 0, 500, 0, 0, 503])
    world.missing = frozenset(["checkout/sessions", "customers", "payment_intents"])
    with serving(world):
        counts = sync(world)
    assert stored("stripe_charge") == 300
    assert counts["retried: RateLimitError"] > 0


@pytest.mark.parametrize(
    "invoice",
    [
        pytest.param(
            {
                "payment_intent": "pi_7",
                "subscription_details": {"metadata": {"pledge_ref": "A-7"}},
            },
            id="as Stripe told it until 2025-02",
        ),
        pytest.param(
            {
                "payments": {"data": [{"payment": {"payment_intent": "pi_7"}}]},
                "parent": {"subscription_details": {"metadata": {"pledge_ref": "A-7"}}},
            },
            id="as Stripe tells it since",
        ),
    ],
)
def test_a_renewal_carries_the_reference_of_its_subscription(
    sync: Callable[[StripeLike], dict[str, int]], invoice: dict[str, object]
) -> None:
    world = make_world(20, same_second=0)
    (paid,) = (row for row in world.records["charges"] if row["id"] == "ch_7")
    created = int(paid["created"]) - 3_600
    world.add("invoices", {"id": "in_1", "created": created, "status": "paid", **invoice})
    with serving(world):
        sync(world)
    with unit_of_work() as session:
        found = session.execute(
            text("select id, pledge_ref from stripe_charge where pledge_ref is not null")
        ).all()
    assert [tuple(row) for row in found] == [("ch_3", "a-1"), ("ch_7", "A-7")]
