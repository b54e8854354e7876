"""Hand the approved plan to the teams."""

from __future__ import annotations

from typing import Any

from campaign.requests import PublishRequest
from tasks.artifacts import publish_table
from tasks.calling import publish_plan
from tasks.packets import seal_packets
from tasks.policies import stage


@stage("publish-assignments")
def publish_assignments(request: PublishRequest) -> dict[str, Any]:
    """Open the plan's calls, and seal a packet for each outsourced team with a key."""
    opened = publish_plan(request)
    packets = seal_packets(request.campaign)
    publish_table(
        f"published-{request.campaign}",
        [{"packet": packet["code"], "rows": packet["rows"]} for packet in packets],
        f"{opened['opened']} calls opened; packets for outsourced teams",
    )
    return opened | {"packets": packets}
