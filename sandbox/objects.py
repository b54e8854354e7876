"""What each object of the sandbox's Stripe looks like: every usual field, filled or null.

Shapes follow Stripe's published fixtures (github.com/stripe/openapi, fixtures3, MIT), the values
are our own. References to other objects are ids here; `endpoints.py` expands them on demand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


@dataclass(frozen=True)
class Payer:
    """Who pays, and with what; `instrument` decides the card's number and fingerprint."""

    name: str | None
    email: str | None
    phone: str | None = None
    address: dict[str, Any] = field(default_factory=dict)
    method: str = "card"
    instrument: str = "card"
    country: str = "US"

    @property
    def billing_details(self) -> Object:
        """Return the payer as a charge shows them."""
        return {
            "address": {**NO_ADDRESS, **self.address},
            "email": self.email,
            "name": self.name,
            "phone": self.phone,
            "tax_id": None,
        }


def account(account_id: str, bank_id: str, created: int, timezone: str) -> Object:
    """Return the one account of the sandbox."""
    return {
        "id": account_id,
        "object": "account",
        "business_profile": {"mcc": "8651", "name": "SANDBOX committee (invented)", "url": None},
        "business_type": "non_profit",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": created,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "treasurer@example.org",
        "external_accounts": {
            "object": "list",
            "data": [bank_account(bank_id, account_id)],
            "has_more": False,
            "url": f"/v1/accounts/{account_id}/external_accounts",
        },
        "metadata": {},
        "payouts_enabled": True,
        "settings": {
            "dashboard": {"display_name": "SANDBOX", "timezone": timezone},
            "payments": {"statement_descriptor": "SANDBOX"},
            "payouts": {
                "debit_negative_balances": False,
                "schedule": {"delay_days": 2, "interval": "daily"},
                "statement_descriptor": None,
            },
        },
        "tos_acceptance": {"date": created},
        "type": "standard",
    }


def bank_account(bank_id: str, account_id: str) -> Object:
    """Return the account at the sandbox's bank that payouts go to."""
    return {
        "id": bank_id,
        "object": "bank_account",
        "account": account_id,
        "account_holder_name": "SANDBOX committee",
        "account_holder_type": "company",
        "bank_name": "SANDBOX BANK",
        "country": "US",
        "currency": "usd",
        "default_for_currency": True,
        "fingerprint": "sandboxbank",
        "last4": "6789",
        "metadata": {},
        "routing_number": "110000000",
        "status": "new",
    }


def method_details(payer: Payer, number: int) -> Object:
    """Return how the payer paid; the number stands for the card or the account."""
    last4 = f"{number % 10_000:04d}"
    fingerprint = f"{number:016x}"[-16:]
    if payer.method == "us_bank_account":
        return {
            "type": "us_bank_account",
            "us_bank_account": {
                "account_holder_type": "individual",
                "account_type": "checking",
                "bank_name": "SANDBOX BANK",
                "fingerprint": fingerprint,
                "last4": last4,
                "routing_number": "110000000",
            },
        }
    return {
        "type": "card",
        "card": {
            "amount_authorized": None,
            "brand": ("visa", "mastercard", "amex")[number % 3],
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": "pass",
                "cvc_check": "pass",
            },
            "country": payer.country,
            "exp_month": 1 + number % 12,
            "exp_year": 2028 + number % 4,
            "fingerprint": fingerprint,
            "funding": "credit" if number % 4 else "debit",
            "last4": last4,
            "network": "visa",
            "three_d_secure": None,
            "wallet": None,
        },
    }


def payment_intent(
    object_id: str, created: int, amount: int, currency: str, metadata: Object
) -> Object:
    """Return an intent that nobody has paid yet."""
    return {
        "id": object_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": {"enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{object_id}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": dict(metadata),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card", "us_bank_account"],
        "receipt_email": None,
        "review": None,
        "shipping": None,
        "statement_descriptor": None,
        "status": "requires_payment_method",
    }


def charge(object_id: str, created: int, intent: Object, payer: Payer, details: Object) -> Object:
    """Return the charge of an intent, pending."""
    return {
        "id": object_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": payer.billing_details,
        "calculated_statement_descriptor": "SANDBOX",
        "captured": False,
        "created": created,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": f"pm_{object_id[3:]}",
        "payment_method_details": details,
        "receipt_email": payer.email,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "status": "pending",
        "transfer_group": None,
    }


def balance_transaction(object_id: str, created: int, available_on: int, **values: Any) -> Object:
    """Return a row of the ledger; `net = amount - fee` always."""
    amount, fee = int(values["amount"]), int(values.get("fee", 0))
    return {
        "id": object_id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": created,
        "currency": values.get("currency", "usd"),
        "description": values.get("description"),
        "exchange_rate": values.get("exchange_rate"),
        "fee": fee,
        "fee_details": _fee_details(fee, values.get("currency", "usd")),
        "net": amount - fee,
        "reporting_category": values["reporting_category"],
        "source": values.get("source"),
        "status": "available" if available_on <= created else "pending",
        "type": values["type"],
    }


def _fee_details(fee: int, currency: str) -> list[Object]:
    if fee == 0:
        return []
    return [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]


def refund(object_id: str, created: int, of_charge: Object, amount: int, **values: Any) -> Object:
    """Return a refund that succeeds."""
    kind = of_charge["payment_method_details"]["type"]
    return {
        "id": object_id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": of_charge["id"],
        "created": created,
        "currency": of_charge["currency"],
        "customer": of_charge["customer"],
        "destination_details": {"type": kind, kind: {"type": "refund"} if kind == "card" else {}},
        "metadata": dict(values.get("metadata") or {}),
        "payment_intent": of_charge["payment_intent"],
        "payment_method": of_charge["payment_method"],
        "reason": values.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def dispute(object_id: str, created: int, of_charge: Object, reason: str, status: str) -> Object:
    """Return a dispute about the whole charge."""
    return {
        "id": object_id,
        "object": "dispute",
        "amount": of_charge["amount"],
        "balance_transactions": [],
        "charge": of_charge["id"],
        "created": created,
        "currency": of_charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": created + 7 * 86_400,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": status.startswith("warning"),
        "livemode": False,
        "metadata": {},
        "payment_intent": of_charge["payment_intent"],
        "payment_method_details": {
            "type": "card",
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if status.startswith("warning") else "chargeback",
                "network_reason_code": "10.4",
            },
        },
        "reason": reason,
        "status": status,
    }


def payout(object_id: str, created: int, arrival_date: int, **values: Any) -> Object:
    """Return a payout on its way."""
    automatic = bool(values.get("automatic", True))
    return {
        "id": object_id,
        "object": "payout",
        "amount": values["amount"],
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrival_date,
        "automatic": automatic,
        "balance_transaction": None,
        "created": created,
        "currency": values["currency"],
        "description": values.get("description", "STRIPE PAYOUT"),
        "destination": values["destination"],
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": dict(values.get("metadata") or {}),
        "method": values.get("method", "standard"),
        "original_payout": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "in_transit",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }


def checkout_session(object_id: str, created: int, link: Object, payer: Payer) -> Object:
    """Return the session of somebody who opened a payment link."""
    return {
        "id": object_id,
        "object": "checkout.session",
        "amount_subtotal": None,
        "amount_total": None,
        "cancel_url": None,
        "client_reference_id": None,
        "created": created,
        "currency": link["currency"],
        "custom_fields": [],
        "customer": None,
        "customer_creation": link["customer_creation"],
        "customer_details": {
            "address": {**NO_ADDRESS, **payer.address},
            "email": payer.email,
            "name": payer.name,
            "phone": payer.phone,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "customer_email": None,
        "expires_at": created + 86_400,
        "invoice": None,
        "livemode": False,
        "metadata": dict(link["metadata"]),
        "mode": "payment",
        "payment_intent": None,
        "payment_link": link["id"],
        "payment_method_types": ["card", "us_bank_account"],
        "payment_status": "unpaid",
        "status": "open",
        "submit_type": link["submit_type"],
        "success_url": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": None,
    }
