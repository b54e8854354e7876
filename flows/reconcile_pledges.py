"""Tie out some days: pledges, payments, payouts and the bank."""

from __future__ import annotations

from typing import Any

from campaign.requests import ReconcileRequest
from tasks.artifacts import lead_to, publish_table, sums_of
from tasks.books import reconcile_books
from tasks.policies import stage


@stage("reconcile-pledges")
def reconcile_pledges(request: ReconcileRequest) -> dict[str, Any]:
    """Say which payment pays which pledge, and prove the thirteen invariants."""
    found = reconcile_books(request)
    days = f"{request.first_day} to {request.last_day}"
    proofs = [
        {key: str(row[key]) for key in ("number", "name", "status", "detail")}
        for row in found["invariants"]
    ]
    publish_table("tie-out", proofs, f"The invariants, {days}")
    publish_table("reconciliation", sums_of(found["totals"]), f"Pledges and payments, {days}")
    lead_to(f"/books?run={found['number']}", "See the tie-out")
    return found
