"""Whatever is asked, the sandbox's Stripe answers or refuses; it never breaks down."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import disputes, payments
from sandbox.account import Account
from sandbox.api_errors import ApiError
from sandbox.clock import SandboxClock
from sandbox.endpoints import COLLECTIONS, answer
from sandbox.objects import Payer
from sandbox.payments import Terms

NAMES = st.sampled_from(
    ["amount", "currency", "name", "metadata", "product", "price", "line_items", "limit", "created",
     "expand", "charge", "payment_intent", "method", "unit_amount", "custom_unit_amount", "active",
     "product_data", "price_data", "restrictions", "payment_intent_data", "quantity", "submit",
     "evidence", "report_type", "parameters", "interval_start", "interval_end", "url", "types",
     "confirm", "payment_method", "starting_after", "ending_before", "payout", "arrival_date",
     "completed_sessions", "enabled", "custom_text", "address", "enabled_events", "email"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["", "0", "-1", "5000", "usd", "usd", "jpy", "true", "false", "x", "balance.summary.1",
     "pm_card_visa", "data.source", "data.charge.customer", "customer",
     "99999999999999999999", "é", "instant"]
)  # fmt: skip
PARAMS = st.dictionaries(
    NAMES,
    st.recursive(
        WORDS,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=5,
)


def some_account() -> Account:
    account = Account(1, SandboxClock())
    payer = Payer("A", "a@example.com")
    charge = payments.pay(account, payer, 5_000, metadata={"pledge_ref": "PL-1"})
    payments.pay(account, payer, 700, terms=Terms(captures=False))
    payments.refund(account, charge["id"], 100)
    disputes.open_dispute(account, charge["id"])
    return account


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, dict[str, Any], int]:
    name = draw(st.sampled_from([*COLLECTIONS, "balance", "account"]))
    rest = draw(st.sampled_from(["", "", "/ID", "/ID", "/nothing", "/ID/ACT"]))
    acts = [*COLLECTIONS[name].actions, "fly"] if name in COLLECTIONS else ["fly"]
    path = name + rest.replace("ACT", draw(st.sampled_from(acts)))
    return draw(st.sampled_from(["GET", "POST"])), path, draw(PARAMS), draw(st.integers(0, 3))


def ask(account: Account, method: str, path: str, params: dict[str, Any]) -> tuple[int, Any]:
    try:
        return 200, answer(account, method, path, params)
    except ApiError as error:
        return error.status, error.body


@settings(max_examples=150, deadline=None)
@given(st.lists(requests(), min_size=1, max_size=4))
def test_any_request_is_answered_or_refused(
    asked: list[tuple[str, str, dict[str, Any], int]],
) -> None:
    account = some_account()
    for method, path, params, pick in asked:
        kind = next((c.kind for name, c in COLLECTIONS.items() if path.startswith(name)), None)
        ids = [thing["id"] for thing in account.shelves[kind]] if kind else []
        whole = path.replace("ID", ids[pick % len(ids)] if ids else "none")
        status, reply = ask(account, method, whole, params)
        assert status in (200, 400, 402, 404)
        assert status == 200 or reply["error"]["message"]


def test_a_refused_request_changes_nothing() -> None:
    account = some_account()
    before = {kind: len(shelf) for kind, shelf in account.shelves.items()}
    with pytest.raises(ApiError):
        answer(account, "POST", "payment_links", {"line_items": [{"price": "price_none"}]})
    for price in ({"currency": "usd"}, {"currency": "xyz", "unit_amount": "1"}):
        with pytest.raises(ApiError):
            answer(account, "POST", "prices", {**price, "product_data": {"name": "A"}})
    assert before == {kind: len(shelf) for kind, shelf in account.shelves.items()}
