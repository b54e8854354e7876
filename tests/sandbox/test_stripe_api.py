"""The sandbox's Stripe, asked by Stripe's own library over a real socket."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.forms import decode
from sandbox.stripe_server import Sandbox

REF = {"pledge_ref": "PL-7K3M9Q"}


def make_link(client: stripe.StripeClient, **more: Any) -> stripe.PaymentLink:
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 5000, "product_data": {"name": "Pledge"}}
    )
    order: Any = {
        "line_items": [{"price": price.id, "quantity": 1}],
        "metadata": REF,
        "payment_intent_data": {"metadata": REF},
        "restrictions": {"completed_sessions": {"limit": 1}},
    }
    return client.v1.payment_links.create(order | more)


def test_a_link_is_paid_once_and_its_reference_travels(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    link = make_link(client)
    charge = control.post("/payments", json={"payment_link": link.id}).json()
    again = control.post("/payments", json={"payment_link": link.id})
    assert again.status_code == 400
    assert charge["metadata"] == REF
    session = client.v1.checkout.sessions.list(
        {"payment_link": link.id, "expand": ["data.payment_intent", "data.line_items"]}
    ).data[0]
    assert (session.status, session.payment_status) == ("complete", "paid")
    assert session.metadata.to_dict() == session.payment_intent.metadata.to_dict() == REF
    assert session.payment_intent.latest_charge == charge["id"]
    assert session.line_items.data[0].description == "Pledge"
    closed = client.v1.payment_links.retrieve(link.id)
    assert not closed.active
    assert closed.restrictions.completed_sessions.count == 1


def test_the_fee_and_the_ledger_row_of_a_card(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    charge = control.post("/payments", json={"amount": 10_000}).json()
    foreign = control.post("/payments", json={"amount": 10_000, "country": "CA"}).json()
    row = client.v1.balance_transactions.retrieve(charge["balance_transaction"])
    assert (row.amount, row.fee, row.net, row.status) == (10_000, 320, 9_680, "pending")
    assert (row.type, row.reporting_category, row.source) == ("charge", "charge", charge["id"])
    other = client.v1.balance_transactions.retrieve(foreign["balance_transaction"])
    assert other.fee == 470


def test_pages_are_newest_first_and_whole(
    client: stripe.StripeClient, control: httpx.Client, sandbox: Sandbox
) -> None:
    for amount in range(100, 131):
        control.post("/payments", json={"amount": amount})
        sandbox.world.advance(timedelta(minutes=1))
    charges = list(client.v1.charges.list({"limit": 7}).auto_paging_iter())
    assert [charge.amount for charge in charges] == list(range(130, 99, -1))
    middle = charges[10]
    before = client.v1.charges.list({"limit": 3, "ending_before": middle.id})
    assert [charge.amount for charge in before.data] == [123, 122, 121]
    moments: Any = {"gte": charges[20].created, "lt": charges[15].created}
    inside = client.v1.charges.list({"created": moments})
    assert [charge.amount for charge in inside.data] == [114, 113, 112, 111, 110]
    assert [c.amount for c in client.v1.charges.list({"created": middle.created}).data] == [120]


def test_automatic_payouts_are_composed_of_rows(
    client: stripe.StripeClient, control: httpx.Client, sandbox: Sandbox
) -> None:
    control.post("/payments", json={"amount": 10_000, "times": 3})
    assert client.v1.balance.retrieve().pending[0].amount == 3 * 9_680
    control.post("/advance", json={"days": 9})
    payout = client.v1.payouts.list({}).data[0]
    assert (payout.status, payout.reconciliation_status) == ("paid", "completed")
    rows = client.v1.balance_transactions.list(
        {"payout": payout.id, "expand": ["data.source"], "limit": 100}
    ).data
    others = [row for row in rows if row.type != "payout"]
    assert sum(row.net for row in others) == payout.amount == 3 * 9_680
    assert {row.source.object for row in others} == {"charge"}
    line = sandbox.world.bank.between()[0]
    assert (line.amount, line.reference) == (payout.amount, payout.id)
    assert line.booked_on == datetime.fromtimestamp(payout.arrival_date, UTC).date()


def test_the_same_key_gives_the_same_answer(client: stripe.StripeClient) -> None:
    first = client.v1.products.create({"name": "A"}, {"idempotency_key": "one"})
    again = client.v1.products.create({"name": "A"}, {"idempotency_key": "one"})
    assert first.id == again.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.products.create({"name": "B"}, {"idempotency_key": "one"})
    assert len(client.v1.products.list({}).data) == 1


def test_a_repeated_refund_is_made_once(client: stripe.StripeClient, control: httpx.Client) -> None:
    charge = control.post("/payments", json={"amount": 5_000}).json()
    for _ in range(2):
        client.v1.refunds.create(
            {"charge": charge["id"], "amount": 2_000}, {"idempotency_key": "refund-1"}
        )
    assert client.v1.charges.retrieve(charge["id"]).amount_refunded == 2_000
    with pytest.raises(stripe.InvalidRequestError, match="what is left"):
        client.v1.refunds.create({"charge": charge["id"], "amount": 3_001})


@pytest.mark.parametrize("key", ["sk_live_abc", "rk_live_abc"])
def test_live_keys_are_refused(sandbox: Sandbox, key: str) -> None:
    live = stripe.StripeClient(key, base_addresses={"api": sandbox.url}, max_network_retries=0)
    with pytest.raises(stripe.PermissionError, match="refuses live keys"):
        live.v1.balance.retrieve()


def test_no_key_and_a_wrong_key_are_refused(sandbox: Sandbox) -> None:
    assert httpx.get(f"{sandbox.url}/v1/balance", timeout=240).status_code == 401
    wrong = {"authorization": "Bearer nonsense"}
    assert httpx.get(f"{sandbox.url}/v1/balance", headers=wrong, timeout=240).status_code == 401
    basic = httpx.get(f"{sandbox.url}/v1/balance", auth=("sk_test_x", ""), timeout=240)
    assert basic.status_code == 200
    assert basic.headers["request-id"].startswith("req_")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("charges/ch_none", 404, "resource_missing"),
        ("charges?starting_after=ch_none", 400, "resource_missing"),
        ("charges?limit=0", 400, "parameter_invalid"),
        ("charges?limit=101", 400, "parameter_invalid"),
        ("charges?limit=many", 400, "parameter_invalid"),
        ("charges?colour=red", 400, "parameter_unknown"),
        ("charges?created[after]=1", 400, "parameter_unknown"),
        ("balance_transactions?payout=po_none", 400, "resource_missing"),
        ("account?expand[]=nothing", 400, "parameter_invalid"),
        ("unicorns", 404, None),
        ("charges/ch_none/unicorns", 404, "resource_missing"),
    ],
)
def test_bad_questions_are_refused_as_stripe_does(
    sandbox: Sandbox, path: str, status: int, code: str | None
) -> None:
    answer = httpx.get(f"{sandbox.url}/v1/{path}", auth=("sk_test_x", ""), timeout=240)
    assert answer.status_code == status
    assert answer.json()["error"].get("code") == code
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_events_tell_what_happened(client: stripe.StripeClient, control: httpx.Client) -> None:
    control.post("/payments", json={"amount": 5_000})
    types = [event.type for event in client.v1.events.list({"limit": 100}).data]
    assert types[::-1] == [
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"
    ]  # fmt: skip
    only = client.v1.events.list({"type": "charge.succeeded"}).data
    assert only[0].data.object["balance_transaction"] is None  # as it was then
    control.post("/events", json={"on": False})
    control.post("/payments", json={"amount": 5_000})
    assert len(client.v1.events.list({"limit": 100}).data) == 4


def test_intents_are_confirmed_with_test_methods(client: stripe.StripeClient) -> None:
    paid = client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    assert paid.status == "succeeded"
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "confirm": True,
             "payment_method": "pm_card_visa_chargeDeclined"}
        )  # fmt: skip
    newest = client.v1.charges.list({"limit": 1}).data[0]
    assert (newest.status, newest.paid, newest.balance_transaction) == ("failed", False, None)


def test_stripes_own_summary_agrees_with_the_ledger(
    client: stripe.StripeClient, control: httpx.Client, sandbox: Sandbox
) -> None:
    control.post("/payments", json={"amount": 12_345, "times": 3})
    control.post("/advance", json={"days": 6})
    start = int(sandbox.world.now.timestamp())
    control.post("/payments", json={"amount": 700})
    end = start + 1
    run = client.v1.reporting.report_runs.create(
        {
            "report_type": "balance.summary.1",
            "parameters": {"interval_start": start, "interval_end": end},
        }
    )
    assert (run.status, run.result) == ("pending", None)
    run = client.v1.reporting.report_runs.retrieve(run.id)
    text = httpx.get(str(run.result.url), auth=("sk_test_x", ""), timeout=240).text
    sums = {row["category"]: row["net_amount"] for row in csv.DictReader(StringIO(text))}
    assert sums["activity_gross"] == "7.00"
    assert sums["activity"] == "6.50"
    assert float(sums["ending_balance"]) * 100 == sum(
        part.amount
        for side in ("available", "pending")
        for part in client.v1.balance.retrieve()[side]
    )


def test_a_person_can_pay_by_hand(client: stripe.StripeClient) -> None:
    link = make_link(client)
    page = httpx.get(link.url, timeout=240)
    assert "SANDBOX" in page.text
    assert "$50.00" in page.text
    who = {"name": "<b>Ana</b>", "email": "ana@example.com", "postal_code": "10001"}
    declined = httpx.post(link.url, data={**who, "method": "declined"}, timeout=240)
    assert "declined" in declined.text
    assert "Thank you" in httpx.post(link.url, data=who, timeout=240).text
    assert "used already" in httpx.get(link.url, timeout=240).text
    assert httpx.get(link.url + "x", timeout=240).status_code == 404
    paid = client.v1.charges.list({"limit": 1}).data[0]
    assert paid.billing_details.name == "<b>Ana</b>"


def test_an_open_link_takes_what_the_payer_types(client: stripe.StripeClient) -> None:
    open_amount: Any = {
        "currency": "usd",
        "custom_unit_amount": {"enabled": True},
        "product_data": {"name": "Any amount"},
    }
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):  # as at Stripe
        client.v1.payment_links.create({"line_items": [{"price_data": open_amount, "quantity": 1}]})
    price = client.v1.prices.create(open_amount)
    link = client.v1.payment_links.create({"line_items": [{"price": price.id, "quantity": 1}]})
    who = {"name": "Ana", "email": "ana@example.com", "postal_code": "10001"}
    assert "not an amount" in httpx.post(link.url, data={**who, "amount": "ten"}, timeout=240).text
    assert "$12.50" in httpx.post(link.url, data={**who, "amount": "12.50"}, timeout=240).text


TREES = st.recursive(
    st.text("abc 1é&=[]%", max_size=6),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.text("xyz", min_size=1, max_size=3), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def _flatten(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key in value for pair in _flatten(f"{name}[{key}]", value[key])]
    if isinstance(value, list):
        return [pair for at, one in enumerate(value) for pair in _flatten(f"{name}[{at}]", one)]
    return [(name, value)]


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_forms_are_read_back_as_they_were_meant(tree: Any) -> None:
    assert decode(_flatten("root", tree)) == {"root": tree}
