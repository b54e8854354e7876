"""Remedies for excessive gifts: redesignation and reattribution, entered by the treasurer.

A refund is made at Stripe and comes in with the ledger.
"""

from __future__ import annotations

from typing import Any

from campaign.days import day_of
from campaign.errors import InputError
from campaign.money import parse_minor
from config.clock import now
from config.settings import settings
from store import audit, lists, remedies
from store.committees import the_committee
from store.session import unit_of_work
from tasks.policies import step

KINDS = ("redesignation", "reattribution")


@step
def enter_remedy(payment: str, kind: str, amount: str, to: str, because: str) -> dict[str, Any]:
    """Move a part of a gift to another election or giver, on today's date."""
    if kind not in KINDS:
        raise InputError(f"--as must be one of {', '.join(KINDS)}.")
    if not because.strip():
        raise InputError("Say with --because where the giver's signed letter is kept.")
    at = now()
    with unit_of_work() as session:
        lists.lock_admission(session)  # whoever gives now stays until that is kept
        moved = remedies.Remedy(
            charge_id=payment,
            kind=kind,
            amount_cents=parse_minor(amount),
            to_election=to if kind == "redesignation" else None,
            to_donor_id=_donor(to) if kind == "reattribution" else None,
            decided_on=day_of(at, the_committee(session).timezone),
            decided_by=settings().actor,
            because=because.strip(),
        )
        remedy_id = remedies.add(session, moved)
        detail = {"remedy": remedy_id, "amount_cents": moved.amount_cents, "to": to}
        audit.append(session, f"remedy.{kind}", f"payment:{payment}", detail, at=at)
    return detail


def _donor(text: str) -> int:
    if not text.isdigit():
        raise InputError("A reattribution needs the other giver's donor id, a number.")
    return int(text)
