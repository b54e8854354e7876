"""Stripe's JSON as rows of our books: what is missing stays empty, nothing is guessed.

Liberal in what is read: a field may be absent, an id may come expanded, a type may be new.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

Raw = Mapping[str, Any]
Row = dict[str, Any]

# Where Stripe's column tells no category: the type decides
# (https://docs.stripe.com/reports/reporting-categories).
_CATEGORY_OF_TYPE = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "payment_failure_refund": "charge_failure",
    "refund_failure": "refund_failure",
    "payout": "payout",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "stripe_fee": "fee",
    "tax_fee": "tax",
    "topup": "topup",
    "topup_reversal": "topup_reversal",
}


def moment(seconds: object) -> datetime:
    """Return the moment of Stripe's seconds since 1970; 1970 itself where it tells none."""
    return datetime.fromtimestamp(_int(seconds), UTC)


def day(value: object) -> date:
    """Return the day of an arrival: Stripe gives it as midnight UTC."""
    return moment(value).date()


def identity(value: object) -> str | None:
    """Return the id of a field that may hold an id, a whole object or nothing."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return str(value) if value else None


def pledge_ref(*holders: object) -> str | None:
    """Return the first pledge reference among the metadata of these objects."""
    for holder in holders:
        metadata = holder.get("metadata") if isinstance(holder, Mapping) else None
        for key, value in (metadata or {}).items():
            if str(key).strip().lower().replace("-", "_") == "pledge_ref" and str(value).strip():
                return str(value).strip()
    return None


def charge_row(raw: Raw) -> Row:
    """Return a charge, with who paid as far as it tells."""
    customer = _mapping(raw.get("customer"))
    billing = _mapping(raw.get("billing_details"))
    address = _mapping(billing.get("address")) or _mapping(customer.get("address"))
    details = _mapping(raw.get("payment_method_details"))
    method = details.get("type")
    instrument = _mapping(details.get(method)) if method else {}
    amount = _int(raw.get("amount"))
    status = str(raw.get("status") or ("succeeded" if raw.get("paid") else "pending"))
    has_all = raw.get("captured", True) and status == "succeeded"
    captured = raw.get("amount_captured")
    return {
        **_common(raw),
        "payment_intent": identity(raw.get("payment_intent")),
        "customer": identity(raw.get("customer")),
        "balance_transaction": identity(raw.get("balance_transaction")),
        "status": status,
        "amount_cents": amount,
        "captured_cents": _int(captured) if captured is not None else amount * bool(has_all),
        "refunded_cents": _int(raw.get("amount_refunded")),
        "pledge_ref": pledge_ref(raw, raw.get("payment_intent")),
        "payer_name": _text(billing.get("name") or customer.get("name")),
        "payer_email": _text(
            billing.get("email") or raw.get("receipt_email") or customer.get("email")
        ),
        "payer_phone": _text(billing.get("phone") or customer.get("phone")),
        "postal_code": _text(address.get("postal_code")),
        "payer_address": {key: value for key, value in address.items() if value},
        "method": _text(method),
        "card_fingerprint": _text(instrument.get("fingerprint")),
        "card_country": _text(instrument.get("country")),
    }


def refund_row(raw: Raw) -> Row:
    """Return a refund."""
    return {
        **_common(raw),
        "charge": identity(raw.get("charge")),
        "status": str(raw.get("status") or "succeeded"),
        "amount_cents": _int(raw.get("amount")),
        "reason": _text(raw.get("reason")),
        "balance_transaction": identity(raw.get("balance_transaction")),
        "failure_balance_transaction": identity(raw.get("failure_balance_transaction")),
    }


def dispute_row(raw: Raw) -> Row:
    """Return a dispute."""
    return {
        **_common(raw),
        "charge": identity(raw.get("charge")),
        "status": str(raw.get("status") or "needs_response"),
        "amount_cents": _int(raw.get("amount")),
        "reason": _text(raw.get("reason")),
    }


def payout_row(raw: Raw) -> Row:
    """Return a payout."""
    arrives = raw.get("arrival_date") or raw.get("created")
    return {
        **_common(raw),
        "status": str(raw.get("status") or "paid"),
        "amount_cents": _int(raw.get("amount")),
        "is_automatic": bool(raw.get("automatic", True)),
        "method": _text(raw.get("method")),
        "reconciliation_status": _text(raw.get("reconciliation_status")),
        "arrives_on": day(arrives),
        "balance_transaction": identity(raw.get("balance_transaction")),
        "failure_balance_transaction": identity(raw.get("failure_balance_transaction")),
    }


def balance_transaction_row(raw: Raw) -> Row:
    """Return one row of Stripe's ledger; its net is what Stripe says, right or wrong."""
    kind = str(raw.get("type") or "unknown")
    amount, fee = _int(raw.get("amount")), _int(raw.get("fee"))
    net = raw.get("net")
    return {
        **_common(raw),
        "type": kind,
        "reporting_category": str(
            raw.get("reporting_category") or _CATEGORY_OF_TYPE.get(kind, kind)
        ),
        "status": str(raw.get("status") or "available"),
        "amount_cents": amount,
        "fee_cents": fee,
        "net_cents": amount - fee if net is None else _int(net),
        "source": identity(raw.get("source")),
        "available_on": moment(raw.get("available_on") or raw.get("created")),
    }


def other_row(kind: str, raw: Raw) -> Row:
    """Return any other record that tells who paid or what for."""
    linked = raw.get("id") if kind in ("payment_intent", "customer") else _intent_of(raw)
    return {
        "id": str(raw["id"]),
        "kind": kind,
        "links_to": identity(linked),
        "created_at": moment(raw.get("created")),
        "raw": raw,
    }


def _intent_of(raw: Raw) -> object:
    """Return the payment intent that a session or an invoice was paid by.

    Invoices name it themselves up to version 2025-02-24 of Stripe's API, their payments since.
    """
    if raw.get("payment_intent"):
        return raw["payment_intent"]
    for payment in _mapping(raw.get("payments")).get("data") or []:
        found = _mapping(_mapping(payment).get("payment")).get("payment_intent")
        if found:
            return found
    return None


def _common(raw: Raw) -> Row:
    return {
        "id": str(raw["id"]),
        "currency": str(raw.get("currency") or "usd").lower(),
        "created_at": moment(raw.get("created")),
        "raw": raw,
    }


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    text = str(value).strip() if value is not None else ""
    return text.replace("\x00", "") or None


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float | str) and value != "" else 0
