"""Requests that make or change something in the sandbox's Stripe."""

from __future__ import annotations

from typing import Any

from sandbox import disputes, payments, payouts, reports
from sandbox.account import Account
from sandbox.api_errors import ApiError, invalid, missing, required
from sandbox.forms import positive, typed, whole, yes
from sandbox.links import (
    create_customer,
    create_payment_link,
    create_price,
    create_product,
)
from sandbox.objects import Object, Payer
from sandbox.payments import Terms

__all__ = ["create_customer", "create_payment_link", "create_price", "create_product"]

Params = dict[str, Any]
CHANGEABLE = frozenset(
    {
        "active", "description", "name", "email", "phone", "address", "nickname", "lookup_key",
        "inactive_message", "after_completion", "custom_text", "submit_type", "url",
        "enabled_events", "default_price", "receipt_email", "statement_descriptor",
        "billing_address_collection", "allow_promotion_codes", "restrictions",
    }
)  # fmt: skip
TEST_METHODS = {
    "pm_card_visa": ("card", "settles"),
    "pm_card_visa_chargeDeclined": ("card", "declines"),
    "pm_usBankAccount_success": ("us_bank_account", "settles"),
    "pm_usBankAccount_processing": ("us_bank_account", "stays"),
    "pm_usBankAccount_insufficientFunds": ("us_bank_account", "fails"),
}


def update(account: Account, thing: Object, params: Params) -> None:
    """Change what may be changed; an empty value in metadata removes its key."""
    for name, value in params.items():
        if name in CHANGEABLE:
            thing[name] = typed(value)
    metadata = params.get("metadata")
    if metadata == "":
        thing["metadata"] = {}
    elif isinstance(metadata, dict):
        merged = {**thing.get("metadata", {}), **metadata}
        thing["metadata"] = {name: value for name, value in merged.items() if value != ""}
    account.emit(f"{thing['object']}.updated", thing)


def line_items(account: Account, thing: Object, _params: Params) -> Object:
    """Return what a link or a session is for."""
    url = "payment_links" if thing["object"] == "payment_link" else "checkout/sessions"
    return {
        "object": "list",
        "data": account.line_items.get(thing["id"], []),
        "has_more": False,
        "url": f"/v1/{url}/{thing['id']}/line_items",
    }


def refunds_of_charge(account: Account, charge: Object, _params: Params) -> Object:
    """Return a charge's refunds, the newest first."""
    found = [one for one in account.shelves["refund"] if one["charge"] == charge["id"]]
    url = f"/v1/charges/{charge['id']}/refunds"
    return {"object": "list", "data": found[::-1], "has_more": False, "url": url}


def create_payment_intent(account: Account, params: Params) -> Object:
    """Return a new intent, and charge it when `confirm` says so."""
    amount = whole(params, "amount")
    if amount < 50:
        raise ApiError(400, "Amount must be at least $0.50 usd", code="amount_too_small")
    intent = payments.new_intent(
        account,
        amount,
        payments.known_currency(params),
        params.get("metadata") or {},
        params.get("description"),
        params.get("customer"),
    )
    return confirm_payment_intent(account, intent, params) if yes(params.get("confirm")) else intent


def confirm_payment_intent(account: Account, intent: Object, params: Params) -> Object:
    """Charge an intent to one of Stripe's test payment methods."""
    method = params.get("payment_method") or intent["payment_method"]
    if method not in TEST_METHODS:
        raise missing("PaymentMethod", str(method), "payment_method")
    if intent["status"] not in payments.PAYABLE:
        raise ApiError(
            400,
            f"This PaymentIntent's status is {intent['status']} and cannot be confirmed.",
            code="payment_intent_unexpected_state",
        )
    kind, how = TEST_METHODS[method]
    payer = Payer(None, params.get("receipt_email"), method=kind, instrument=method)
    terms = Terms(declines=how == "declines", debit="settles" if how == "declines" else how)
    payments.confirm(account, intent, payer, terms)
    if terms.declines:
        raise ApiError(402, "Your card was declined.", kind="card_error", code="card_declined")
    return intent


def capture_payment_intent(account: Account, intent: Object, params: Params) -> Object:
    """Take the money of an intent that was only authorised, all of it."""
    if intent["status"] != "requires_capture":
        raise ApiError(
            400,
            f"This PaymentIntent could not be captured because it is {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    if whole(params, "amount_to_capture", intent["amount"]) != intent["amount"]:
        raise invalid("amount_to_capture", "The sandbox captures the whole amount only.")
    payments.capture(account, intent["latest_charge"])
    return intent


def cancel_payment_intent(account: Account, intent: Object, _params: Params) -> Object:
    """Give up an intent that nobody has paid, or whose money nobody took."""
    if intent["status"] == "requires_capture":
        payments.release(account, intent["latest_charge"])
    elif intent["status"] not in payments.PAYABLE:
        raise ApiError(
            400,
            f"You cannot cancel this PaymentIntent because it is {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    intent["amount_capturable"] = 0
    intent |= {"status": "canceled", "canceled_at": account.clock.timestamp}
    account.emit("payment_intent.canceled", intent)
    return intent


def create_refund(account: Account, params: Params) -> Object:
    """Give money of a charge back."""
    charge = _charge_of(account, params)
    left = payments.refundable(charge)
    amount = whole(params, "amount", left)
    return payments.refund(
        account,
        charge["id"],
        amount,
        reason=params.get("reason"),
        metadata=params.get("metadata"),
    )


def update_dispute(account: Account, dispute: Object, params: Params) -> None:
    """Take in evidence, and hand it to the payer's bank when `submit` says so."""
    evidence = params.get("evidence")
    if isinstance(evidence, dict):
        dispute["evidence"] |= evidence
    if yes(params.get("submit", "true")) and dispute["status"] == "needs_response" and evidence:
        disputes.review(account, dispute["id"])
    update(account, dispute, {"metadata": params.get("metadata") or {}})


def close_dispute(account: Account, dispute: Object, _params: Params) -> Object:
    """Accept a dispute as lost."""
    try:
        return disputes.lose(account, dispute["id"])
    except disputes.DisputeError as error:
        raise ApiError(400, str(error)) from error


def create_payout(account: Account, params: Params) -> Object:
    """Send money to the bank by hand."""
    method = params.get("method", "standard")
    if method not in ("standard", "instant"):
        raise invalid("method", "Invalid method: must be one of standard or instant")
    try:
        return payouts.pay_out_by_hand(
            account,
            positive(params, "amount"),
            payments.known_currency(params),
            method=method,
            metadata=params.get("metadata"),
            description=params.get("description", "STRIPE PAYOUT"),
        )
    except payouts.PayoutError as error:
        raise ApiError(400, str(error), code="balance_insufficient") from error


def cancel_payout(account: Account, payout: Object, _params: Params) -> Object:
    """Call a payout back."""
    try:
        return payouts.cancel(account, payout["id"])
    except payouts.PayoutError as error:
        raise ApiError(400, str(error)) from error


def create_report_run(account: Account, params: Params) -> Object:
    """Draw up one of Stripe's own reports; it is ready when it is next looked at."""
    report_type = params.get("report_type")
    if report_type not in reports.REPORTS:
        raise invalid("report_type", f"The sandbox draws up only: {', '.join(reports.REPORTS)}.")
    wanted = params.get("parameters") or {}
    start, end = whole(wanted, "interval_start"), whole(wanted, "interval_end")
    if start >= end:
        raise invalid("parameters[interval_end]", "interval_end must be after interval_start.")
    return reports.run(account, str(report_type), start, end, wanted.get("currency"))


def contents_of_file(account: Account, file: Object, _params: Params) -> Object:
    """Return what a report's file holds."""
    return {"text": account.reports[file["id"]]}


def create_webhook_endpoint(account: Account, params: Params) -> Object:
    """Return an endpoint that events are sent to, with its secret."""
    if "url" not in params:
        raise required("url")
    events = params.get("enabled_events", ["*"])
    if any("*" in event and event != "*" for event in events):
        raise invalid("enabled_events", "An event is named in full; only * stands for all.")
    endpoint = {
        "id": account.new_id("webhook_endpoint"), "object": "webhook_endpoint",
        "api_version": None, "application": None, "created": account.clock.timestamp,
        "description": params.get("description"),
        "enabled_events": events, "livemode": False,
        "metadata": params.get("metadata") or {}, "status": "enabled", "url": params["url"],
    }  # fmt: skip
    secret = params.get("secret") or f"whsec_{account.number_of(str(endpoint['id'])):x}"
    account.webhook_secrets[str(endpoint["id"])] = secret
    account.add("webhook_endpoint", endpoint)
    return {**endpoint, "secret": secret}


def _charge_of(account: Account, params: Params) -> Object:
    charge_id = params.get("charge")
    if charge_id is None and "payment_intent" in params:
        intent_id = params["payment_intent"]
        if intent_id not in account.shelves["payment_intent"]:
            raise missing("payment_intent", intent_id, "payment_intent")
        charge_id = account.shelves["payment_intent"][intent_id]["latest_charge"]
    if charge_id is None:
        raise required("charge")
    if charge_id not in account.shelves["charge"]:
        raise missing("charge", charge_id, "charge")
    return account.shelves["charge"][charge_id]
