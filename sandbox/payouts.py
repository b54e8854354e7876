"""Payouts of the sandbox: every banking day what is available goes to the bank, with its rows.

Also manual and instant payouts, payouts that take money back from the bank, and payouts that the
bank returns. What a failed payout brought back goes out with the next automatic one.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sandbox import objects
from sandbox.account import Account
from sandbox.clock import banking_days_after, is_banking_day, midnight
from sandbox.objects import Object

DAYS_TO_ARRIVE = 2
DAYS_TO_RETURN = 2
INSTANT_FEE_PER_MILLE = 15
FAILURES = {
    "account_closed": "The bank account has been closed.",
    "no_account": "The bank account could not be located.",
    "could_not_process": "The bank could not process this payout.",
}


class PayoutError(ValueError):
    """A payout cannot be made or changed as told."""


def start(account: Account) -> None:
    """Set the daily round going."""
    account.at(midnight(account.clock.now.date() + timedelta(days=1)), start_day)


def start_day(account: Account) -> None:
    """Make due money available, pay it out on a banking day, and plan the next round."""
    today = account.clock.now.date()
    account.release_pending()
    if is_banking_day(today) and _schedule(account) == "daily":
        for currency in sorted({row["currency"] for row in _ready(account)}):
            pay_out(account, currency)
    account.at(midnight(today + timedelta(days=1)), start_day)


def pay_out(account: Account, currency: str) -> Object | None:
    """Send all that is available in a currency; None when there is nothing to send."""
    rows = [row for row in _ready(account) if row["currency"] == currency]
    amount = sum(row["net"] for row in rows)
    if amount == 0 or (amount < 0 and not account.debits_negative_balances):
        return None
    payout = _new(account, amount, currency, automatic=True)
    for row in rows:
        del account.unpaid_rows[row["id"]]
        account.rows_of_payout[payout["id"]].append(row["id"])
        if row["type"] == "payout_failure":
            account.tell("payout_resent", payout=payout["id"], failed_payout=row["source"],
                         amount_cents=row["amount"])  # fmt: skip
    own = _book(account, payout)
    del account.unpaid_rows[own["id"]]
    account.rows_of_payout[payout["id"]].append(own["id"])
    account.at(account.clock.now + timedelta(hours=1), complete, payout["id"])
    return payout


def pay_out_by_hand(
    account: Account, amount: int, currency: str = "usd", *, method: str = "standard", **more: Any
) -> Object:
    """Send an amount that somebody asked for; Stripe cannot say of which rows it is made."""
    if amount > account.available[currency]:
        raise PayoutError("You have insufficient funds in your Stripe account.")
    payout = _new(account, amount, currency, automatic=False, method=method, **more)
    fee = (amount * INSTANT_FEE_PER_MILLE + 500) // 1000 if method == "instant" else 0
    # The row nets against the next automatic payout, as it has left the same balance.
    _book(account, payout, fee)
    return payout


def set_schedule(account: Account, interval: str) -> None:
    """Pay out every banking day (`daily`), or only by hand (`manual`)."""
    account.account["settings"]["payouts"]["schedule"]["interval"] = interval


def complete(account: Account, payout_id: str) -> None:
    """Say that the payout's rows are all known."""
    payout = account.shelves["payout"][payout_id]
    payout["reconciliation_status"] = "completed"
    account.emit("payout.reconciliation_completed", payout)


def arrive(account: Account, payout_id: str) -> None:
    """Let the money reach the bank, or leave it when the payout is negative."""
    payout = account.shelves["payout"][payout_id]
    if payout["status"] in ("failed", "canceled"):
        return
    payout |= {
        "status": "paid",
        "trace_id": {"status": "supported", "value": str(account.number_of(payout_id))[:15]},
    }
    _tell_bank(account, payout, payout["amount"], "STRIPE TRANSFER")
    account.emit("payout.paid", payout)


def fail(account: Account, payout_id: str, code: str = "account_closed") -> Object:
    """Let a payout fail: the bank returns what it got, and the balance has the money again."""
    payout = account.shelves["payout"][payout_id]
    if payout["status"] in ("failed", "canceled"):
        raise PayoutError(f"The payout {payout_id} is {payout['status']} already.")
    if payout["status"] == "paid":
        _tell_bank(account, payout, -payout["amount"], "STRIPE TRANSFER RETURNED")
    row = _book_back(account, payout, "payout_failure")
    payout |= {
        "status": "failed",
        "failure_balance_transaction": row["id"],
        "failure_code": code,
        "failure_message": FAILURES.get(code, "The payout failed."),
    }
    account.emit("payout.failed", payout)
    account.tell("payout_failed", payout=payout_id, amount_cents=payout["amount"])
    return payout


def cancel(account: Account, payout_id: str) -> Object:
    """Call back a payout that is still on its way."""
    payout = account.shelves["payout"][payout_id]
    if payout["status"] != "in_transit":
        raise PayoutError("Payouts can only be canceled while they are pending.")
    row = _book_back(account, payout, "payout_cancel")
    payout |= {"status": "canceled", "failure_balance_transaction": row["id"]}
    account.emit("payout.canceled", payout)
    return payout


def fail_soon(account: Account, payout_id: str, code: str = "account_closed") -> None:
    """Plan that the bank returns the payout some days after it arrived."""
    arrival = account.shelves["payout"][payout_id]["arrival_date"]
    arrived = datetime.fromtimestamp(arrival, account.clock.now.tzinfo).date()
    back = midnight(banking_days_after(arrived, DAYS_TO_RETURN)) + timedelta(hours=16)
    account.at(back, fail, payout_id, code)


def _schedule(account: Account) -> str:
    return str(account.account["settings"]["payouts"]["schedule"]["interval"])


def _ready(account: Account) -> list[Object]:
    shelf = account.shelves["balance_transaction"]
    return [shelf[row] for row in account.unpaid_rows if shelf[row]["status"] == "available"]


def _new(account: Account, amount: int, currency: str, **values: Any) -> Object:
    today = account.clock.now.date()
    arrival = today if values.get("method") == "instant" else arrival_day(today)
    payout = objects.payout(
        account.new_id("payout"),
        account.clock.timestamp,
        int(midnight(arrival).timestamp()),
        amount=amount,
        currency=currency,
        destination=account.bank_id,
        **values,
    )
    account.add("payout", payout, "payout.created")
    noon = midnight(arrival) + timedelta(hours=12)
    account.at(max(noon, account.clock.now), arrive, payout["id"])
    return payout


def arrival_day(today: date) -> date:
    """Return the day on which a payout of today is at the bank."""
    return banking_days_after(today, DAYS_TO_ARRIVE)


def _book(account: Account, payout: Object, fee: int = 0) -> Object:
    row = account.book(
        "payout",
        "payout",
        -payout["amount"],
        fee=fee,
        currency=payout["currency"],
        source=payout["id"],
        description=payout["description"],
    )
    payout["balance_transaction"] = row["id"]
    return row


def _book_back(account: Account, payout: Object, row_type: str) -> Object:
    return account.book(
        row_type,
        "payout_reversal",
        payout["amount"],
        currency=payout["currency"],
        source=payout["id"],
        description="STRIPE PAYOUT FAILURE",
    )


def _tell_bank(account: Account, payout: Object, amount: int, text: str) -> None:
    today = account.clock.now.date()
    account.bank.book(today, amount, text, payout["id"], payout["currency"])
