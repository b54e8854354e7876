"""Payments of the sandbox: cards and bank debits, in time or late, refunded or failed.

Fees are Stripe's list prices in the United States: cards 2.9 % + 30 cents, 1.5 % more for foreign
cards, 1 % more where money is converted; bank debits 0.8 %, at most five dollars.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from campaign.money import exponent
from sandbox import objects
from sandbox.account import Account
from sandbox.api_errors import ApiError, invalid, required
from sandbox.clock import banking_days_after, midnight
from sandbox.objects import Object, Payer

DOLLARS_PER_UNIT = {
    "usd": Decimal(1), "cad": Decimal("0.73"), "eur": Decimal("1.09"), "gbp": Decimal("1.28"),
    "mxn": Decimal("0.055"), "jpy": Decimal("0.0067"), "kwd": Decimal("3.25"),
}  # fmt: skip
DAYS_TO_AVAILABLE = 2
DAYS_TO_SETTLE_DEBIT = 4
DAYS_TO_RETURN_DEBIT = 3
PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


@dataclass(frozen=True)
class Terms:
    """How a payment goes, where it does not simply succeed.

    `debit` is for bank debits: `settles`, `fails` (before it settles), `returned` (after it
    settled) or `stays` (in processing for ever). `row_after_days` keeps the balance transaction
    away for a while; `settles_in` is the currency of the balance, US dollars unless told. Without
    `captures` the card is only authorised: no money moves until somebody captures it.
    """

    declines: bool = False
    captures: bool = True
    debit: str = "settles"
    row_after_days: int = 0
    settles_in: str = "usd"


def pay(
    account: Account,
    payer: Payer,
    amount: int,
    currency: str = "usd",
    *,
    metadata: Object | None = None,
    description: str | None = None,
    customer: str | None = None,
    terms: Terms | None = None,
) -> Object:
    """Let somebody pay; return the charge, whatever came of it."""
    intent = new_intent(account, amount, currency, metadata or {}, description, customer)
    return confirm(account, intent, payer, terms or Terms())


def new_intent(
    account: Account,
    amount: int,
    currency: str,
    metadata: Object,
    description: str | None = None,
    customer: str | None = None,
) -> Object:
    """Return a fresh payment intent."""
    intent = objects.payment_intent(
        account.new_id("payment_intent"), account.clock.timestamp, amount, currency, metadata
    )
    intent |= {"description": description, "customer": customer}
    return account.add("payment_intent", intent, "payment_intent.created")


def confirm(account: Account, intent: Object, payer: Payer, terms: Terms) -> Object:
    """Charge the intent to what the payer pays with; return the charge."""
    is_debit = payer.method == "us_bank_account"
    details = objects.method_details(payer, account.number_of(payer.instrument))
    charge_id = account.new_id("payment" if is_debit else "charge")
    charge = objects.charge(charge_id, account.clock.timestamp, intent, payer, details)
    account.add("charge", charge)
    intent |= {"latest_charge": charge_id, "payment_method": charge["payment_method"]}
    if terms.declines:
        fail(account, charge_id, "card_declined", "Your card was declined.")
    elif is_debit:
        _start_debit(account, charge, terms)
    elif terms.captures:
        _take(account, charge, terms)
    else:
        _authorise(account, charge, intent)
    return charge


def capture(account: Account, charge_id: str) -> Object:
    """Take the money of a charge that was only authorised."""
    charge = account.shelves["charge"][charge_id]
    _take(account, charge, Terms())
    account.emit("charge.captured", charge)
    return charge


def release(account: Account, charge_id: str) -> Object:
    """Give up an authorisation: it counts as returned, and no money ever moved."""
    charge = account.shelves["charge"][charge_id]
    charge |= {"refunded": True, "amount_refunded": charge["amount"]}
    account.emit("charge.refunded", charge)
    return charge


def _take(account: Account, charge: Object, terms: Terms) -> None:
    _succeed(account, charge)
    if terms.row_after_days:
        later = account.clock.now + timedelta(days=terms.row_after_days)
        account.at(later, book_charge, charge["id"], "charge", terms.settles_in)
    else:
        book_charge(account, charge["id"], "charge", terms.settles_in)


def _authorise(account: Account, charge: Object, intent: Object) -> None:
    charge |= {"status": "succeeded", "paid": True}
    intent |= {
        "status": "requires_capture",
        "capture_method": "manual",
        "amount_capturable": charge["amount"],
    }
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.amount_capturable_updated", intent)


def known_currency(params: Object) -> str:
    """Return the currency that a request names; ApiError when the sandbox has no rate for it."""
    if "currency" not in params:
        raise required("currency")
    currency = str(params["currency"]).lower()
    if currency not in DOLLARS_PER_UNIT:
        raise invalid(
            "currency", f"Invalid currency: the sandbox knows {', '.join(DOLLARS_PER_UNIT)}."
        )
    return currency


def fee_of(amount: int, *, is_debit: bool, is_foreign: bool = False, converts: bool = False) -> int:
    """Return Stripe's fee on a payment, in minor units of the balance's currency.

    >>> fee_of(10_000, is_debit=False), fee_of(10_000, is_debit=False, is_foreign=True)
    (320, 470)
    >>> fee_of(10_000, is_debit=True), fee_of(1_000_000, is_debit=True)
    (80, 500)
    """
    if is_debit:
        return min(500, (amount * 8 + 500) // 1000)
    per_mille = 29 + (15 if is_foreign else 0) + (10 if converts else 0)
    return (amount * per_mille + 500) // 1000 + 30


def convert(amount: int, currency: str, into: str) -> tuple[int, Decimal]:
    """Return the amount in another currency's minor units, and the rate between major units."""
    rate = (DOLLARS_PER_UNIT[currency] / DOLLARS_PER_UNIT[into]).quantize(Decimal("0.000001"))
    scaled = Decimal(amount).scaleb(exponent(into) - exponent(currency)) * rate
    return int(scaled.quantize(Decimal(1), ROUND_HALF_UP)), rate


def book_charge(account: Account, charge_id: str, row_type: str, settles_in: str = "usd") -> None:
    """Write the charge's row into the ledger."""
    charge = account.shelves["charge"][charge_id]
    amount, rate = charge["amount"], None
    converts = charge["currency"] != settles_in
    if converts:
        amount, rate = convert(amount, charge["currency"], settles_in)
    details = charge["payment_method_details"]
    is_foreign = details["type"] == "card" and details["card"]["country"] != "US"
    is_debit = row_type == "payment"
    row = account.book(
        row_type,
        "charge",
        amount,
        fee=fee_of(amount, is_debit=is_debit, is_foreign=is_foreign, converts=converts),
        currency=settles_in,
        source=charge_id,
        description=charge["description"],
        exchange_rate=None if rate is None else float(rate),
        # A bank debit has waited before it succeeded; its money is there at once.
        available_on=None
        if is_debit
        else banking_days_after(account.clock.now.date(), DAYS_TO_AVAILABLE),
    )
    charge["balance_transaction"] = row["id"]
    account.emit("charge.updated", charge)


def settle_debit(account: Account, charge_id: str, returned_later: bool) -> None:
    """Let a bank debit succeed after its days of waiting."""
    charge = account.shelves["charge"][charge_id]
    _succeed(account, charge)
    book_charge(account, charge_id, "payment")
    _finish_session(account, charge["payment_intent"], "async_payment_succeeded")
    if returned_later:
        day = banking_days_after(account.clock.now.date(), DAYS_TO_RETURN_DEBIT)
        account.at(midnight(day) + timedelta(hours=15), return_debit, charge_id)


def return_debit(account: Account, charge_id: str) -> Object:
    """Let the payer's bank take back a debit that had settled."""
    charge = account.shelves["charge"][charge_id]
    if charge["failure_balance_transaction"]:
        return charge
    if charge["status"] != "succeeded" or not charge_id.startswith("py_"):
        raise ApiError(400, "Only a bank debit that succeeded can be taken back.")
    row = account.book(
        "payment_failure_refund",
        "charge_failure",
        -charge["amount"],
        currency=charge["currency"],
        source=charge_id,
        description="Bank debit returned: insufficient funds",
    )
    charge["failure_balance_transaction"] = row["id"]
    fail(account, charge_id, "insufficient_funds", "The bank account has insufficient funds.")
    account.tell("ach_failed_late", charge=charge_id, amount_cents=charge["amount"])
    return charge


def fail(account: Account, charge_id: str, code: str, message: str) -> None:
    """Let a charge fail, at once or later."""
    charge = account.shelves["charge"][charge_id]
    charge |= {
        "status": "failed", "paid": False, "captured": False, "amount_captured": 0,
        "failure_code": code, "failure_message": message,
        "outcome": {**charge["outcome"], "type": "issuer_declined", "reason": code,
                    "network_status": "declined_by_network", "seller_message": message},
    }  # fmt: skip
    intent = account.shelves["payment_intent"][charge["payment_intent"]]
    intent |= {
        "status": "requires_payment_method",
        "amount_received": 0,
        "last_payment_error": {"type": "card_error", "code": code, "message": message},
    }
    account.emit("charge.failed", charge)
    account.emit("payment_intent.payment_failed", intent)
    _finish_session(account, intent["id"], "async_payment_failed")


def refundable(charge: Object) -> int:
    """Return what of a charge can still be given back; ApiError where Stripe refuses any refund."""
    left = int(charge["amount"] - charge["amount_refunded"])
    if charge["status"] != "succeeded":
        raise ApiError(
            400, "Only a succeeded charge can be refunded.", code="charge_not_refundable"
        )
    if charge["disputed"]:
        raise ApiError(400, f"Charge {charge['id']} is disputed.", code="charge_disputed")
    if left == 0:
        raise ApiError(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    return left


def refund(account: Account, charge_id: str, amount: int | None = None, **values: Any) -> Object:
    """Give money back: all that is left, unless an amount is named."""
    charge = account.shelves["charge"][charge_id]
    left = refundable(charge)
    amount = left if amount is None else amount
    if not 0 < amount <= left:
        raise invalid(
            "amount", f"Refund amount ({amount}) must be between 1 and {left}, what is left."
        )
    given = objects.refund(
        account.new_id("refund"), account.clock.timestamp, charge, amount, **values
    )
    settled, currency, rate = _in_balance(account, charge, amount)
    row = account.book(
        "payment_refund" if charge["id"].startswith("py_") else "refund",
        "refund",
        -settled,
        currency=currency,
        source=given["id"],
        description=f"REFUND FOR CHARGE ({charge['description'] or 'gift'})",
        exchange_rate=rate,
    )
    given["balance_transaction"] = row["id"]
    account.add("refund", given, "refund.created")
    _count_refunds(account, charge, amount)
    account.emit("charge.refunded", charge)
    return given


def fail_refund(account: Account, refund_id: str) -> Object:
    """Let a refund come back, as when the card no longer exists."""
    given = account.shelves["refund"][refund_id]
    if given["status"] in ("failed", "canceled"):
        raise ApiError(400, f"The refund {refund_id} is {given['status']} already.")
    charge = account.shelves["charge"][given["charge"]]
    settled, currency, rate = _in_balance(account, charge, given["amount"])
    row = account.book(
        "refund_failure",
        "refund_failure",
        settled,
        currency=currency,
        source=refund_id,
        description="REFUND FAILURE",
        exchange_rate=rate,
    )
    given |= {
        "status": "failed",
        "failure_reason": "lost_or_stolen_card",
        "failure_balance_transaction": row["id"],
    }
    _count_refunds(account, charge, -given["amount"])
    account.emit("refund.failed", given)
    account.tell("refund_failed", refund=refund_id, amount_cents=given["amount"])
    return given


def _count_refunds(account: Account, charge: Object, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.emit("charge.updated", charge)


def _in_balance(account: Account, charge: Object, amount: int) -> tuple[int, str, float | None]:
    """Return an amount of the charge in the currency and at the rate in which it was booked."""
    if charge["balance_transaction"] is None:
        return amount, charge["currency"], None
    row = account.shelves["balance_transaction"][charge["balance_transaction"]]
    whole = Decimal(amount) * row["amount"] / charge["amount"]
    return int(whole.quantize(Decimal(1), ROUND_HALF_UP)), row["currency"], row["exchange_rate"]


def _succeed(account: Account, charge: Object) -> None:
    charge |= {
        "status": "succeeded", "paid": True, "captured": True, "amount_captured": charge["amount"]
    }  # fmt: skip
    intent = account.shelves["payment_intent"][charge["payment_intent"]]
    intent |= {
        "status": "succeeded", "amount_received": charge["amount"], "amount_capturable": 0
    }  # fmt: skip
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)


def _start_debit(account: Account, charge: Object, terms: Terms) -> None:
    intent = account.shelves["payment_intent"][charge["payment_intent"]]
    intent["status"] = "processing"
    account.emit("charge.pending", charge)
    account.emit("payment_intent.processing", intent)
    day = banking_days_after(account.clock.now.date(), DAYS_TO_SETTLE_DEBIT)
    at = midnight(day) + timedelta(hours=14)
    if terms.debit == "fails":
        account.at(at, fail, charge["id"], "insufficient_funds", "Insufficient funds.")
    elif terms.debit != "stays":
        account.at(at, settle_debit, charge["id"], terms.debit == "returned")


def _finish_session(account: Account, intent_id: str, how: str) -> None:
    if (session_id := account.session_of_intent.get(intent_id)) is not None:
        session = account.shelves["checkout_session"][session_id]
        session["payment_status"] = "paid" if how.endswith("succeeded") else "unpaid"
        account.emit(f"checkout.session.{how}", session)
