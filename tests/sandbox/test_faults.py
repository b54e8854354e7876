"""What goes wrong on demand, seen through Stripe's own library over a real socket."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
import stripe

from sandbox.stripe_server import Sandbox

Json = dict[str, Any]


def paid(control: httpx.Client, **order: Any) -> Json:
    answer = control.post("/payments", json={"amount": 10_000, **order}).raise_for_status()
    return dict(answer.json())


def rows(client: stripe.StripeClient, **params: Any) -> list[Any]:
    asked: Any = {"limit": 100, **params}
    return list(client.v1.balance_transactions.list(asked).auto_paging_iter())


def invariants_hold(client: stripe.StripeClient) -> None:
    """Assert what must hold in any ledger: each row, each currency, each payout."""
    everything = rows(client)
    assert all(row.net == row.amount - row.fee for row in everything)
    balance = client.v1.balance.retrieve()
    for side in ("available", "pending"):
        for part in balance[side]:
            mine = [r for r in everything if r.currency == part.currency and r.status == side]
            assert part.amount == sum(row.net for row in mine)
    for payout in client.v1.payouts.list({"limit": 100}).data:
        if payout.automatic:
            inside = [row for row in rows(client, payout=payout.id) if row.source != payout.id
                      or row.type != "payout"]  # fmt: skip
            assert sum(row.net for row in inside) == payout.amount


def test_a_bank_debit_stays_in_processing(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    charge = paid(control, method="us_bank_account", debit="stays")
    control.post("/advance", json={"days": 60})
    found = client.v1.charges.retrieve(charge["id"], {"expand": ["payment_intent"]})
    assert (found.status, found.payment_intent.status) == ("pending", "processing")
    assert found.balance_transaction is None
    assert found.id.startswith("py_")


def test_a_bank_debit_settles_after_four_banking_days(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    charge = paid(control, method="us_bank_account")
    control.post("/advance", json={"days": 5})
    assert client.v1.charges.retrieve(charge["id"]).status == "pending"
    control.post("/advance", json={"days": 3})
    found = client.v1.charges.retrieve(charge["id"], {"expand": ["balance_transaction"]})
    row = found.balance_transaction
    assert (found.status, row.type, row.reporting_category) == ("succeeded", "payment", "charge")
    assert row.fee == 80


def test_a_bank_debit_fails_before_it_settles(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    charge = paid(control, method="us_bank_account", debit="fails")
    control.post("/advance", json={"days": 8})
    found = client.v1.charges.retrieve(charge["id"])
    assert (found.status, found.failure_code) == ("failed", "insufficient_funds")
    assert rows(client) == []


def test_a_bank_debit_is_returned_after_it_was_paid_out(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    charge = paid(control, method="us_bank_account", debit="returned")
    control.post("/advance", json={"days": 20})
    found = client.v1.charges.retrieve(charge["id"], {"expand": ["failure_balance_transaction"]})
    row = found.failure_balance_transaction
    assert (row.type, row.reporting_category) == ("payment_failure_refund", "charge_failure")
    assert (found.status, row.amount) == ("failed", -10_000)
    assert client.v1.balance.retrieve().available[0].amount == -10_000
    # Taken back once more, it is taken back once.
    assert control.post(f"/charges/{charge['id']}/return").status_code == 200
    assert client.v1.balance.retrieve().available[0].amount == -10_000
    invariants_hold(client)


def test_only_a_bank_debit_that_came_is_taken_back(control: httpx.Client) -> None:
    for order in ({"method": "card"}, {"method": "us_bank_account", "debit": "stays"}):
        answer = control.post(f"/charges/{paid(control, **order)['id']}/return")
        assert answer.status_code == 400
        assert "Only a bank debit that succeeded" in answer.text


@pytest.mark.parametrize(
    ("acts", "status", "nets"),
    [
        (["review", "lose"], "lost", [-11_500]),
        (["win"], "won", [-11_500, 10_000]),
        (["win?returns_fee=true"], "won", [-11_500, 11_500]),
    ],
)
def test_a_dispute_through_its_life(
    client: stripe.StripeClient,
    control: httpx.Client,
    acts: list[str],
    status: str,
    nets: list[int],
) -> None:
    charge = paid(control)
    dispute = control.post("/disputes", json={"charge": charge["id"]}).json()
    assert dispute["status"] == "needs_response"
    for act in acts:
        control.post(f"/disputes/{dispute['id']}/{act}").raise_for_status()
    found = client.v1.disputes.retrieve(dispute["id"])
    assert found.status == status
    assert [row.net for row in found.balance_transactions] == nets
    assert client.v1.charges.retrieve(charge["id"]).disputed == (status == "lost")
    assert control.post(f"/disputes/{dispute['id']}/lose").status_code == 400
    invariants_hold(client)


def test_a_warning_moves_no_money_until_it_escalates(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    charge = paid(control)
    order = {"charge": charge["id"], "is_warning": True}
    closed = control.post("/disputes", json=order).json()
    control.post(f"/disputes/{closed['id']}/close_warning").raise_for_status()
    assert client.v1.disputes.retrieve(closed["id"]).balance_transactions == []
    grown = control.post("/disputes", json=order).json()
    grown = control.post(f"/disputes/{grown['id']}/escalate").json()
    assert grown["status"] == "needs_response"
    assert [row["net"] for row in grown["balance_transactions"]] == [-11_500]


def test_evidence_goes_to_review(client: stripe.StripeClient, control: httpx.Client) -> None:
    charge = paid(control)
    dispute = control.post("/disputes", json={"charge": charge["id"]}).json()
    client.v1.disputes.update(dispute["id"], {"evidence": {"receipt": "file_1"}, "submit": True})
    assert client.v1.disputes.retrieve(dispute["id"]).status == "under_review"
    assert client.v1.disputes.close(dispute["id"]).status == "lost"


def test_nobody_gives_back_more_than_was_paid(control: httpx.Client) -> None:
    charge = control.post("/payments", json={"amount": 1_000}).json()["id"]
    refuse = control.post("/refunds", json={"charge": charge, "amount": 1_001})
    assert refuse.status_code == 400
    assert control.post("/refunds", json={"charge": charge, "amount": 1_000}).status_code == 200
    assert control.post("/refunds", json={"charge": charge, "amount": 1}).status_code == 400


def test_a_refund_comes_back(client: stripe.StripeClient, control: httpx.Client) -> None:
    charge = paid(control)
    refund = client.v1.refunds.create({"charge": charge["id"], "amount": 4_000})
    failed = control.post(f"/refunds/{refund.id}/fail").json()
    assert failed["status"] == "failed"
    assert control.post(f"/refunds/{refund.id}/fail").status_code == 400, "once"
    back = client.v1.balance_transactions.retrieve(failed["failure_balance_transaction"])
    assert (back.type, back.amount) == ("refund_failure", 4_000)
    found = client.v1.charges.retrieve(charge["id"], {"expand": ["refunds"]})
    assert (found.amount_refunded, found.refunded) == (0, False)
    assert [one.id for one in found.refunds.data] == [refund.id]


def test_a_payout_fails_before_and_after_it_arrived(
    client: stripe.StripeClient, control: httpx.Client, sandbox: Sandbox
) -> None:
    for days, lines in ((3, 0), (6, 2)):
        known = {one.id for one in client.v1.payouts.list({}).data}
        paid(control)
        control.post("/advance", json={"days": days})
        fresh = [one for one in client.v1.payouts.list({}).data if one.id not in known]
        payout = control.post(f"/payouts/{fresh[0].id}/fail").json()
        assert (payout["status"], payout["failure_code"]) == ("failed", "account_closed")
        booked = [one for one in sandbox.world.bank.lines if one.reference == payout["id"]]
        assert len(booked) == lines
        assert sum(one.amount for one in booked) == 0
    control.post("/advance", json={"days": 6})
    invariants_hold(client)
    assert client.v1.balance.retrieve().available[0].amount == 0


def test_a_negative_balance_is_taken_from_the_bank(
    client: stripe.StripeClient, control: httpx.Client, sandbox: Sandbox
) -> None:
    charge = paid(control)
    control.post("/advance", json={"days": 7})
    client.v1.refunds.create({"charge": charge["id"]})
    control.post("/advance", json={"days": 2})
    assert client.v1.balance.retrieve().available[0].amount == -10_000
    control.post("/negative_balances", json={"on": True})
    control.post("/advance", json={"days": 7})
    newest = client.v1.payouts.list({"limit": 1}).data[0]
    assert (newest.amount, newest.status) == (-10_000, "paid")
    assert sandbox.world.bank.between()[-1].amount == -10_000
    invariants_hold(client)


@pytest.mark.parametrize(("method", "fee"), [("standard", 0), ("instant", 75)])
def test_payouts_by_hand_cannot_be_decomposed(
    client: stripe.StripeClient, control: httpx.Client, method: str, fee: int
) -> None:
    control.post("/payout_schedule", json={"interval": "manual"})
    paid(control)
    control.post("/advance", json={"days": 2.5})
    assert client.v1.balance.retrieve().available[0].amount == 9_680
    with pytest.raises(stripe.InvalidRequestError, match="insufficient funds"):
        client.v1.payouts.create({"amount": 9_681, "currency": "usd"})
    payout = client.v1.payouts.create({"amount": 5_000, "currency": "usd", "method": method})
    assert (payout.automatic, payout.reconciliation_status) == (False, "not_applicable")
    with pytest.raises(stripe.InvalidRequestError, match="automatic"):
        rows(client, payout=payout.id)
    own = client.v1.balance_transactions.retrieve(str(payout.balance_transaction))
    assert (own.amount, own.fee) == (-5_000, fee)
    control.post("/payout_schedule", json={"interval": "daily"})
    control.post("/advance", json={"days": 7})
    invariants_hold(client)
    assert client.v1.balance.retrieve().available[0].amount == 0


def test_a_payout_on_its_way_is_called_back(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    control.post("/payout_schedule", json={"interval": "manual"})
    paid(control)
    control.post("/advance", json={"days": 2.5})
    payout = client.v1.payouts.create({"amount": 5_000, "currency": "usd"})
    assert client.v1.payouts.cancel(payout.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payouts.cancel(payout.id)


def test_money_is_converted(client: stripe.StripeClient, control: httpx.Client) -> None:
    charge = paid(control, currency="cad", country="CA")
    row = client.v1.balance_transactions.retrieve(charge["balance_transaction"])
    assert (charge["currency"], row.currency, row.amount) == ("cad", "usd", 7_300)
    assert row.exchange_rate == 0.73
    refund = client.v1.refunds.create({"charge": charge["id"]})
    back = client.v1.balance_transactions.retrieve(str(refund.balance_transaction))
    assert (refund.amount, back.amount) == (10_000, -7_300)


@pytest.mark.parametrize(
    ("currency", "settles_in", "amount"), [("jpy", "usd", 6_700), ("jpy", "jpy", 10_000)]
)
def test_a_currency_without_cents(
    client: stripe.StripeClient,
    control: httpx.Client,
    currency: str,
    settles_in: str,
    amount: int,
) -> None:
    charge = paid(control, currency=currency, settles_in=settles_in)
    row = client.v1.balance_transactions.retrieve(charge["balance_transaction"])
    assert (row.currency, row.amount) == (settles_in, amount)
    control.post("/advance", json={"days": 8})
    assert client.v1.payouts.list({}).data[0].currency == settles_in
    invariants_hold(client)


@pytest.mark.parametrize(
    ("kind", "category", "amount"),
    [
        ("stripe_fee", "fee", -299),
        ("adjustment", "other_adjustment", -1_000),
        ("reserved_funds", "risk_reserved_funds", -2_000),
        ("payout_minimum_balance_hold", "payout_minimum_balance_hold", -500),
        ("loyalty_credit", "loyalty_credit", 123),
    ],
)
def test_other_rows_enter_the_ledger_and_the_next_payout(
    client: stripe.StripeClient, control: httpx.Client, kind: str, category: str, amount: int
) -> None:
    paid(control)
    row = control.post(
        "/ledger", json={"type": kind, "reporting_category": category, "amount": amount}
    ).json()
    control.post("/advance", json={"days": 8})
    sent = client.v1.payouts.list({}).data
    assert sum(payout.amount for payout in sent) == 9_680 + amount
    inside = [one.id for payout in sent for one in rows(client, payout=payout.id)]
    assert inside.count(row["id"]) == 1
    assert client.v1.balance_transactions.list({"type": kind}).data[0].id == row["id"]
    invariants_hold(client)


def test_a_charge_gets_its_ledger_row_later(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    charge = paid(control, row_after_days=2)
    assert charge["status"] == "succeeded"
    assert charge["balance_transaction"] is None
    control.post("/advance", json={"days": 2})
    assert client.v1.charges.retrieve(charge["id"]).balance_transaction is not None


@pytest.mark.parametrize(("takes", "nets"), [(True, [9_680]), (False, [])])
def test_a_card_is_only_authorised(
    client: stripe.StripeClient, control: httpx.Client, takes: bool, nets: list[int]
) -> None:
    charge = paid(control, captures=False)
    assert (charge["status"], charge["captured"], charge["amount_captured"]) == (
        "succeeded", False, 0
    )  # fmt: skip
    assert rows(client) == []
    act = client.v1.payment_intents.capture if takes else client.v1.payment_intents.cancel
    assert act(charge["payment_intent"]).status == ("succeeded" if takes else "canceled")
    assert [row.net for row in rows(client)] == nets
    with pytest.raises(stripe.InvalidRequestError):
        act(charge["payment_intent"])


def test_a_row_appears_between_two_pages(
    client: stripe.StripeClient, control: httpx.Client
) -> None:
    paid(control, times=5)
    control.post("/faults", json={"kind": "new_payment", "path": "charges", "skip": 1})
    listed = [one.id for one in client.v1.charges.list({"limit": 2}).auto_paging_iter()]
    assert len(set(listed)) == len(listed) == 5
    assert len(client.v1.charges.list({"limit": 100}).data) == 6


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limit", stripe.RateLimitError),
        ("server_error", stripe.APIError),
        ("drop", stripe.APIConnectionError),
        ("lose_answer", stripe.APIConnectionError),
    ],
)
def test_requests_fail_on_demand_and_only_then(
    client: stripe.StripeClient, control: httpx.Client, kind: str, error: type[Exception]
) -> None:
    control.post("/faults", json={"kind": kind, "path": "balance", "times": 2})
    for _ in range(2):
        with pytest.raises(error) as failure:
            client.v1.balance.retrieve()
        headers = getattr(failure.value, "headers", None) or {}
        assert "Retry-After" not in headers
    client.v1.balance.retrieve()
    control.post("/faults", json={"kind": kind, "times": 50})
    assert control.delete("/faults").json() == {"cleared": 1}
    client.v1.balance.retrieve()


@pytest.mark.parametrize(("kind", "made"), [("drop", 0), ("lose_answer", 1)])
def test_a_lost_answer_was_yet_done(
    client: stripe.StripeClient, control: httpx.Client, kind: str, made: int
) -> None:
    control.post("/faults", json={"kind": kind, "path": "products", "method": "POST"})
    with pytest.raises(stripe.APIConnectionError):
        client.v1.products.create({"name": "A"}, {"idempotency_key": "k"})
    assert len(client.v1.products.list({}).data) == made
    client.v1.products.create({"name": "A"}, {"idempotency_key": "k"})
    assert len(client.v1.products.list({}).data) == 1


def test_the_pace_is_kept(
    client: stripe.StripeClient, control: httpx.Client, sandbox: Sandbox
) -> None:
    control.post("/pace", json={"requests_per_second": 1})
    url, key = f"{sandbox.url}/v1/balance", ("sk_test_x", "")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: httpx.get(url, auth=key, timeout=240), range(20)))
    assert {one.status_code for one in answers} == {200, 429}
    refused = next(one for one in answers if one.status_code == 429)
    assert "retry-after" not in refused.headers
    assert refused.headers["stripe-rate-limited-reason"] == "global-rate"
    control.post("/pace", json={"latency_seconds": 0.2})
    started = time.monotonic()
    client.v1.balance.retrieve()
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/advance", {}),
        ("/advance", {"to": "2026-09-10T00:00:00"}),
        ("/advance", {"days": 1, "to": "2026-09-10T00:00:00+00:00"}),
        ("/payments", {"amount": -1}),
        ("/payments", {"amount": 1, "colour": "red"}),
        ("/payments", {}),
        ("/payments", {"amount": 1, "currency": "xyz"}),
        ("/payments", {"amount": 1, "settles_in": "xyz"}),
        ("/payments", {"payment_link": "plink_none"}),
        ("/refunds", {"charge": "ch_none"}),
        ("/faults", {"kind": "earthquake"}),
        ("/disputes/du_none/win", {}),
        ("/disputes/du_none/forget", {}),
        ("/webhooks", {"politely": True}),
    ],
)
def test_controls_refuse_what_makes_no_sense(control: httpx.Client, path: str, body: Json) -> None:
    assert control.post(path, json=body).status_code in (400, 404, 422)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An endpoint that remembers what it was sent."""
    taken: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.headers["Stripe-Signature"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", taken
        server.shutdown()
        thread.join()


def test_webhooks_are_signed_and_behave_as_badly_as_told(
    client: stripe.StripeClient,
    control: httpx.Client,
    listener: tuple[str, list[tuple[str, bytes]]],
) -> None:
    url, taken = listener
    paid(control)  # nobody listened then
    endpoint = client.v1.webhook_endpoints.create(
        {"url": url, "enabled_events": ["charge.succeeded", "charge.updated"]}
    )
    control.post("/webhooks", json={"twice": True, "backwards": True})
    paid(control)
    assert control.post("/webhooks/wait").json() == {"delivered": 4, "failed": 0}
    events = [
        stripe.Webhook.construct_event(body, header, str(endpoint.secret)) for header, body in taken
    ]
    assert [event.type for event in events] == ["charge.updated"] * 2 + ["charge.succeeded"] * 2
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(taken[0][1], taken[0][0], "whsec_other")
    control.post("/webhooks", json={"lost_share": 1.0})
    paid(control)
    assert control.post("/webhooks/wait").json()["delivered"] == 4
    control.post("/webhooks", json={"thin": True})
    charge = paid(control)
    control.post("/webhooks/wait")
    stripe.WebhookSignature.verify_header(taken[-1][1].decode(), taken[-1][0], endpoint.secret)
    event = json.loads(taken[-1][1])
    assert (event["related_object"]["id"], "data" in event) == (charge["id"], False)
