"""Share out the donors who may be called among the teams, as well as can be proven."""

from __future__ import annotations

from typing import Any

from campaign.requests import AllocateRequest
from tasks.artifacts import lead_to, publish_table
from tasks.calling import approve_plan, draw_up_plan
from tasks.policies import stage


@stage("allocate-calls")
def allocate_calls(request: AllocateRequest) -> dict[str, Any]:
    """Draw up the best plan of the day; approve it unless this is a dry run."""
    plan = draw_up_plan(request)
    if not request.dry_run:
        approve_plan(plan["plan_id"])
    publish_table(
        f"plan-{request.campaign}",
        plan["teams"],
        f"{plan['assignments']} calls on {plan['on_day']}; who is not called, and why, is next",
    )
    publish_table(f"held-{request.campaign}", plan["held"], "Donors who are not called, by reason")
    lead_to(f"/plans/{plan['plan_id']}", f"See plan {plan['plan_id']}")
    return plan
