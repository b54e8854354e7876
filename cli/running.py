"""Run a flow from the command line: through Prefect where a server is named, else at once."""

from __future__ import annotations

from typing import TypeVar

from campaign.requests import Request
from cli.printing import progress
from config.settings import settings
from tasks.policies import Stage

Q = TypeVar("Q", bound=Request)
R = TypeVar("R")


def run_flow(flow: Stage[Q, R], request: Q) -> R:
    """Return what the flow returns; it is seen on Prefect's page when PREFECT_API_URL is set."""
    with progress(flow.name.replace("-", " ")):
        if not settings().prefect_api_url:
            return flow.fn(request)
        from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

        # A heartbeat tells the server that a worker is alive; here it would only cost a second.
        with temporary_settings(updates={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            return flow(request)
