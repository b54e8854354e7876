"""Take in what came of the calls."""

from __future__ import annotations

from typing import Any

from campaign.requests import ResultsRequest
from tasks.artifacts import publish_table
from tasks.policies import stage
from tasks.results import take_in_results


@stage("record-results")
def record_results(request: ResultsRequest) -> dict[str, Any]:
    """Record one team's results: attempts, pledges, opt-outs; what does not fit waits."""
    account = take_in_results(request)
    figures = {name: value for name, value in account.items() if isinstance(value, int)}
    publish_table(f"results-{account['team']}", [figures], "Every row of the file, accounted for")
    return account
