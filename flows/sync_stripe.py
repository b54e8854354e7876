"""Bring Stripe's records of some days into the books."""

from __future__ import annotations

from campaign.requests import SyncRequest
from tasks.artifacts import publish_table
from tasks.policies import stage
from tasks.stripe_objects import fetch_stripe_records


@stage("sync-stripe")
def sync_stripe(request: SyncRequest) -> dict[str, int]:
    """Fetch charges, refunds, disputes, payouts and the ledger; once, however often it runs."""
    counts = fetch_stripe_records(request)
    rows = [{"what": kind, "count": count} for kind, count in sorted(counts.items())]
    publish_table("stripe-sync", rows, f"Stripe, {request.first_day} to {request.last_day}")
    return counts
