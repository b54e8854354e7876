"""Redesignations and reattributions, as entered."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from campaign.errors import InputError
from campaign.money import format_minor
from models.donors import Donor
from models.reports import Remedy as Row
from models.stripe_objects import StripeCharge
from store.taken_back import TAKEN_BACK

_ELECTION = re.compile(r"[CEGOPRS]\d{4}\Z")


@dataclass(frozen=True, slots=True)
class Remedy:
    """A part of a gift that moves."""

    charge_id: str
    kind: str
    amount_cents: int
    to_election: str | None
    to_donor_id: int | None
    decided_on: date
    decided_by: str
    because: str


def add(session: Session, remedy: Remedy) -> int:
    """Keep a remedy and return its id; InputError when the gift cannot bear it."""
    charge = session.get(StripeCharge, remedy.charge_id, with_for_update=True)
    if charge is None or charge.status != "succeeded":
        raise InputError("There is no such payment.")
    if remedy.to_election is not None and not _ELECTION.match(remedy.to_election):
        raise InputError("Name the election by its code, as G2026.")
    if remedy.to_donor_id is not None and session.get(Donor, remedy.to_donor_id) is None:
        raise InputError("There is no such donor.")
    moved = session.scalar(
        select(func.coalesce(func.sum(Row.amount_cents), 0)).where(
            Row.charge_id == remedy.charge_id
        )
    )
    taken_back = session.scalar(
        text(f"select cents from {TAKEN_BACK} taken where charge = :charge"), {"charge": charge.id}
    )
    left = charge.captured_cents - charge.refunded_cents - int(taken_back or 0) - int(moved or 0)
    if not 0 < remedy.amount_cents <= left:
        raise InputError(f"Of this payment {format_minor(max(left, 0))} may still be moved.")
    row = Row(**asdict(remedy))
    session.add(row)
    session.flush()
    return row.id
