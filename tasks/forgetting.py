"""Forgetting people: what may go goes, what stays says why, and goes when its time is over."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from campaign.compliance.retention import keeps_identity, kept
from campaign.days import day_of
from campaign.errors import InputError
from config.clock import now
from store import audit, forgetting
from store.committees import the_committee
from store.session import unit_of_work
from tasks.policies import step


@step
def forget_donor(donor_id: int, because: str, *, dry_run: bool) -> dict[str, Any]:
    """Forget a person as far as the law allows; with `dry_run` only say what would stay."""
    if not because.strip():
        raise InputError("Say with --because how the person asked.")
    at = now()
    with unit_of_work() as session:
        if not dry_run:
            forgetting.hold(session, [donor_id])
        zone = the_committee(session).timezone
        items = kept(forgetting.footprint(session, donor_id, zone), day_of(at, zone))
        identity = keeps_identity(items)
        gone: dict[str, int] = {}
        if not dry_run:
            gone = forgetting.forget(session, [donor_id], keep_identity=identity, at=at)
            detail = {"keeps_identity": identity, "gone": gone}
            audit.append(session, "donor.forgotten", f"donor:{donor_id}", detail, at=at)
    return {
        "donor_id": donor_id,
        "dry_run": dry_run,
        "keeps_identity": identity,
        "gone": gone,
        "kept": [asdict(item) for item in items],
    }


@step
def erase_numbers() -> int:
    """Erase the numbers of calls to forgotten people once their time is over; return how many."""
    at = now()
    with unit_of_work() as session:
        erased = forgetting.erase_numbers(session, at)
        if erased:
            audit.append(session, "calls.retention", "calls", {"numbers": erased}, at=at)
    return erased
