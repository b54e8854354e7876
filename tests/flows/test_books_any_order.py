"""Whatever happens at Stripe, and in whatever order it is told: the invariants hold."""

from __future__ import annotations

import json
import random

import pytest
import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.clock import now
from gateways.webhooks import read_hint
from store import stripe_objects
from store.session import unit_of_work
from tests.support.sandbox_books import Books, broken

SECRET = "whsec_test"
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 12), st.sampled_from(["F-1", "F-2", "F-9", None])),
        st.tuples(st.just("debit"), st.sampled_from(["settles", "fails", "returned", "stays"])),
        st.tuples(st.just("refund"), st.integers(0, 9), st.integers(1, 12)),
        st.tuples(st.just("dispute"), st.integers(0, 9), st.sampled_from(["", "win", "lose"])),
        st.tuples(st.just("days"), st.integers(1, 9)),
        st.tuples(st.just("webhooks"), st.integers(0, 99)),
        st.tuples(st.just("tie out")),
    ),
    min_size=2,
    max_size=10,
)


def deliver(books: Books, seed: int) -> None:
    """Let some of all webhooks so far arrive, in any order, some twice."""
    chance = random.Random(seed)
    events = [dict(event) for event in books.world.account.shelves["event"]]
    told = [event for event in events if chance.random() < 0.6]
    told += [event for event in told if chance.random() < 0.3]
    chance.shuffle(told)
    at = now()
    with unit_of_work() as session:
        for event in told:
            payload = json.dumps(event)
            header = stripe.WebhookSignature.generate_signature_header(
                payload, SECRET, timestamp=int(at.timestamp())
            )
            hint = read_hint(payload.encode(), header, SECRET, at)
            if hint is not None:
                stripe_objects.note_hint(
                    session, hint.event, hint.kind, hint.subject, hint.created_at, at
                )


def dispute(books: Books, charge: str, end: str) -> None:
    found = books.control.post("/disputes", json={"charge": charge})
    if end and found.status_code == 200:
        books.control.post(f"/disputes/{found.json()['id']}/{end}")


def act(books: Books, word: str, *values: object) -> None:
    charges = [charge["id"] for charge in books.world.account.shelves["charge"]]
    match word, values:
        case "pay", (int(dollars), ref):
            books.pay(dollars * 1_000, str(ref) if ref else None)
        case "debit", (debit,):
            books.pay(5_000, "F-2", method="us_bank_account", debit=debit)
        case "refund", (int(place), int(dollars)) if charges:
            order = {"charge": charges[place % len(charges)], "amount": dollars * 500}
            books.control.post("/refunds", json=order)
        case "dispute", (int(place), end) if charges:
            dispute(books, charges[place % len(charges)], str(end))
        case "days", (int(count),):
            books.days(count)
        case "webhooks", (int(seed),):
            deliver(books, seed)
        case "tie out", _:
            assert not broken(books.tie_out())


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
def test_all_invariants_hold_whatever_happens_and_however_it_is_told(
    books: Books, acts: list[tuple[object, ...]]
) -> None:
    """The world goes on from example to example: the books only ever grow."""
    for word, *values in acts:
        act(books, str(word), *values)
    found = books.tie_out()
    assert not broken(found)
    assert found["totals"]["unexplained_cents"] == 0
    again = books.tie_out()
    assert again["output_hash"] == found["output_hash"]
