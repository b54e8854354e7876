"""Disputes of the sandbox through their lives: a warning, a withdrawal, won, lost."""

from __future__ import annotations

from sandbox import objects
from sandbox.account import Account
from sandbox.objects import Object

DISPUTE_FEE = 1500
OPEN = ("needs_response", "under_review")


class DisputeError(ValueError):
    """A dispute cannot go the way that it was told."""


def open_dispute(
    account: Account, charge_id: str, reason: str = "fraudulent", *, is_warning: bool = False
) -> Object:
    """Let the payer's bank contest a charge; a warning moves no money yet."""
    charge = account.shelves["charge"][charge_id]
    status = "warning_needs_response" if is_warning else "needs_response"
    dispute = objects.dispute(
        account.new_id("dispute"), account.clock.timestamp, charge, reason, status
    )
    account.add("dispute", dispute, "charge.dispute.created")
    if not is_warning:
        _withdraw(account, dispute)
    return dispute


def escalate(account: Account, dispute_id: str) -> Object:
    """Turn a warning into a dispute proper: now the money is withdrawn."""
    dispute = _in_state(account, dispute_id, "warning_needs_response", "warning_under_review")
    dispute |= {"status": "needs_response", "is_charge_refundable": False}
    _withdraw(account, dispute)
    return dispute


def close_warning(account: Account, dispute_id: str) -> Object:
    """Let a warning end without a dispute."""
    dispute = _in_state(account, dispute_id, "warning_needs_response", "warning_under_review")
    return _close(account, dispute, "warning_closed")


def review(account: Account, dispute_id: str) -> Object:
    """Hand in evidence: the payer's bank looks at it."""
    dispute = _in_state(account, dispute_id, "needs_response")
    dispute["status"] = "under_review"
    dispute["evidence_details"] |= {"has_evidence": True, "submission_count": 1}
    account.emit("charge.dispute.updated", dispute)
    return dispute


def win(account: Account, dispute_id: str, returns_fee: bool = False) -> Object:
    """Let the committee win: the money comes back, the fee only where told."""
    dispute = _in_state(account, dispute_id, *OPEN)
    row = _book(account, dispute, "dispute_reversal", 1, -DISPUTE_FEE if returns_fee else 0)
    account.shelves["charge"][dispute["charge"]]["disputed"] = False
    account.emit("charge.dispute.funds_reinstated", dispute)
    account.tell("dispute_won", dispute=dispute_id, charge=dispute["charge"],
                 amount_cents=row["amount"])  # fmt: skip
    return _close(account, dispute, "won")


def lose(account: Account, dispute_id: str) -> Object:
    """Let the committee lose: what was withdrawn stays away."""
    dispute = _in_state(account, dispute_id, *OPEN)
    account.tell("dispute_lost", dispute=dispute_id, charge=dispute["charge"],
                 amount_cents=dispute["amount"])  # fmt: skip
    return _close(account, dispute, "lost")


def _in_state(account: Account, dispute_id: str, *states: str) -> Object:
    dispute = account.shelves["dispute"][dispute_id]
    if dispute["status"] not in states:
        raise DisputeError(f"The dispute {dispute_id} is {dispute['status']} already.")
    return dispute


def _withdraw(account: Account, dispute: Object) -> None:
    account.shelves["charge"][dispute["charge"]]["disputed"] = True
    _book(account, dispute, "dispute", -1, DISPUTE_FEE)
    account.emit("charge.dispute.funds_withdrawn", dispute)


def _book(account: Account, dispute: Object, category: str, sign: int, fee: int) -> Object:
    charge = account.shelves["charge"][dispute["charge"]]
    booked = account.shelves["balance_transaction"][charge["balance_transaction"]]
    verb = "withdrawal" if sign < 0 else "reversal"
    row = account.book(
        "adjustment",
        category,
        sign * booked["amount"],
        fee=fee,
        currency=booked["currency"],
        source=dispute["id"],
        description=f"Chargeback {verb} for {charge['id']}",
        exchange_rate=booked["exchange_rate"],
    )
    dispute["balance_transactions"].append(dict(row))
    return row


def _close(account: Account, dispute: Object, status: str) -> Object:
    dispute["status"] = status
    account.emit("charge.dispute.closed", dispute)
    return dispute
