"""Ask for what was pledged."""

from __future__ import annotations

from campaign.requests import CollectRequest
from tasks.artifacts import publish_table
from tasks.collecting import close_links, make_links, send_letters
from tasks.policies import stage


@stage("collect-pledges")
def collect_pledges(request: CollectRequest) -> dict[str, int]:
    """Make payment links, send them, remind of what is overdue, close what is paid."""
    counts = {
        "links closed": close_links(),
        "links made": make_links(request),
        **send_letters(request),
    }
    rows = [{"what": what, "count": count} for what, count in sorted(counts.items())]
    publish_table("collecting", rows, "Links, letters and reminders")
    return counts
