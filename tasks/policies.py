"""How a task runs: no caching, no retries unless it says so, and plainly outside of a flow run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Flow, Task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext

from campaign.requests import Request

P = ParamSpec("P")
R = TypeVar("R")


class Step(Task[P, R]):
    """A Prefect task inside a flow run, and a plain function outside of one.

    So the command line needs no Prefect server, and the same code shows up in Prefect when
    there is one.
    """

    def __call__(  # type: ignore[override] # Prefect declares more ways to call than we allow
        self, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run the step: as a task of the current flow run, else at once."""
        if FlowRunContext.get() is None:
            return self.fn(*args, **kwargs)
        return super().__call__(*args, **kwargs)


def step(function: Callable[P, R]) -> Step[P, R]:
    """Make a function a step. Side effects rest on unique keys, never on a cache."""
    return Step(function, cache_policy=NO_CACHE, persist_result=False)


def run_stage(flow: Flow[Any, R], request: Request) -> R:
    """Run a flow inside another: seen as a run of its own where Prefect watches."""
    return flow(request) if in_flow_run() else flow.fn(request)


def in_flow_run() -> bool:
    """Whether Prefect watches this."""
    return FlowRunContext.get() is not None
