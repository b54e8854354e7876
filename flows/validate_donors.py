"""Judge the lists that were admitted once more, with today's rules."""

from __future__ import annotations

from typing import Any

from campaign.requests import ValidateRequest
from tasks.artifacts import publish_table
from tasks.lists import judge_again
from tasks.policies import stage


@stage("validate-donors")
def validate_donors(request: ValidateRequest) -> dict[str, Any]:
    """Judge one batch, or the newest of each source; nothing is changed."""
    judged = judge_again(request.batch_id)
    publish_table("donor-lists", judged, "What each list meets of what is expected of it today")
    return {"batches": judged}
