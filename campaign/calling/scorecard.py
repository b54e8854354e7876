"""What each team's work is worth: rates with their uncertainty, and settled money net of cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaign.calling.chances import interval
from campaign.calling.costs import Price


@dataclass(frozen=True, slots=True)
class TeamRecord:
    """A team's figures, as the books and the call log have them."""

    team: str
    kind: str
    price: Price
    calls: int
    contacts: int
    pledges: int
    due_pledges: int
    kept_pledges: int
    pledged_cents: int
    settled_cents: int
    refunded_cents: int
    disputed_cents: int
    talk_seconds: int
    outside_hours: int
    outside_required_hours: int
    after_expiry: int
    uncertified: int
    late_opt_outs: int
    reviews_passed: int
    reviews_failed: int
    rows_missing: int
    leaks: int
    lot_calls: int
    lot_settled_cents: int

    @property
    def cost_cents(self) -> int:
        """What the calls cost."""
        return self.price.cost_cents(self.calls, self.settled_cents)

    @property
    def net_cents(self) -> int:
        """Settled money, which is what was kept, less what the calls cost."""
        return self.settled_cents - self.cost_cents


def rate(successes: int, trials: int) -> dict[str, Any]:
    """Return a rate with the interval that holds it nineteen times in twenty.

    >>> rate(3, 10)["rate"]
    0.3
    """
    low, high = interval(successes, trials)
    share = successes / trials if trials else None
    return {"rate": share, "low": round(low, 4), "high": round(high, 4), "of": trials}


def card(record: TeamRecord) -> dict[str, Any]:
    """Return a team's scorecard as one document."""
    settled = record.settled_cents
    return {
        "team": record.team,
        "kind": record.kind,
        "calls": record.calls,
        "contact": rate(record.contacts, record.calls),
        "pledge": rate(record.pledges, record.contacts),
        "fulfilment": rate(record.kept_pledges, record.due_pledges),
        "pledged_cents": record.pledged_cents,
        "settled_cents": settled,
        "refunded_cents": record.refunded_cents,
        "disputed_cents": record.disputed_cents,
        "cost_cents": record.cost_cents,
        "net_cents": record.net_cents,
        "cents_per_settled_dollar": round(100 * record.cost_cents / settled) if settled else None,
        "outside_hours": record.outside_hours,
        "outside_required_hours": record.outside_required_hours,
        "talk_seconds": record.talk_seconds,
        "after_expiry": record.after_expiry,
        "uncertified_caller": record.uncertified,
        "late_opt_outs": record.late_opt_outs,
        "reviews": rate(record.reviews_passed, record.reviews_passed + record.reviews_failed),
        "rows_missing": record.rows_missing,
        "leaks": record.leaks,
        "by_lot": {
            "calls": record.lot_calls,
            "settled_cents": record.lot_settled_cents,
            "settled_cents_a_call": (
                round(record.lot_settled_cents / record.lot_calls) if record.lot_calls else None
            ),
        },
    }


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A call that a vendor wants to be paid for."""

    call_id: str
    cents: int


def check_invoice(
    lines: Sequence[InvoiceLine], logged: Iterable[str], price: Price
) -> Mapping[str, Any]:
    """Return an invoice against the call log, line by line, with the difference.

    >>> lines, price = [InvoiceLine("a", 135), InvoiceLine("x", 135)], Price("per_call", 135, 0, 20)
    >>> told = check_invoice(lines, {"a", "b"}, price)
    >>> told["invoiced_cents"], told["agreed_cents"], told["difference_cents"]
    (270, 135, 135)
    """
    known, seen = set(logged), set()
    disputed = []
    agreed = 0  # calls
    for line in lines:
        if line.call_id in seen:
            disputed.append((line, "billed twice"))
        elif line.call_id not in known:
            disputed.append((line, "not in the call log"))
        else:
            agreed += 1
            if abs(line.cents - price.cents_a_call) >= 1:  # a part of a cent may be told either way
                disputed.append((line, "not the agreed price"))
        seen.add(line.call_id)
    agreed_cents = price.cost_cents(agreed, 0)
    invoiced = sum(line.cents for line in lines)
    return {
        "lines": len(lines),
        "invoiced_cents": invoiced,
        "agreed_cents": agreed_cents,
        "difference_cents": invoiced - agreed_cents,
        "not_billed": len(known - seen),
        "disputed": [
            {"call_id": line.call_id, "cents": line.cents, "reason": reason}
            for line, reason in disputed
        ],
    }
