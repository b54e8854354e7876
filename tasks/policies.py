"""How a task runs: no caching, no retries unless it says so, and plainly outside of a flow run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property, update_wrapper, wraps
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from campaign.errors import CollisionError
from campaign.requests import Request

if TYPE_CHECKING:
    from prefect import Flow, Task
    from prefect.context import FlowRunContext
    from prefect.futures import PrefectFuture
    from prefect.task_runners import TaskRunner

P = ParamSpec("P")
Q = TypeVar("Q", bound=Request)
R = TypeVar("R")


class Step(Generic[P, R]):
    """A Prefect task inside a flow run, and a plain function outside of one.

    So the command line needs neither Prefect's server nor the second that importing it takes, and
    the same code shows up in Prefect when there is a server.
    """

    def __init__(self, fn: Callable[P, R]) -> None:
        self.fn = fn
        update_wrapper(self, fn)

    @cached_property
    def task(self) -> Task[P, R]:
        """The step as Prefect sees it."""
        from prefect import Task
        from prefect.cache_policies import NO_CACHE

        return Task(self.fn, cache_policy=NO_CACHE, persist_result=False)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the step: as a task of the current flow run, else at once."""
        return self.task(*args, **kwargs) if in_flow_run() else self.fn(*args, **kwargs)

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> PrefectFuture[R]:
        """Start the step beside others, on the flow's task runner; only inside a flow run."""
        return self.task.submit(*args, **kwargs)

    def begin(self, *args: P.args, **kwargs: P.kwargs) -> Callable[[], R]:
        """Start the step beside what follows; return what waits for its answer."""
        if in_flow_run():
            return self.submit(*args, **kwargs).result
        aside = ThreadPoolExecutor(1)
        begun = aside.submit(self.fn, *args, **kwargs)
        aside.shutdown(wait=False)
        return begun.result


_TRIES = 3


def step(function: Callable[P, R]) -> Step[P, R]:
    """Make a function a step. Side effects rest on unique keys, never on a cache.

    It may be done again, and is where somebody else's change stood in its way.
    """

    @wraps(function)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_TRIES - 1):
            with suppress(CollisionError):
                return function(*args, **kwargs)
        return function(*args, **kwargs)

    return Step(again)


class Stage(Generic[Q, R]):
    """A Prefect flow where Prefect watches, and a plain function elsewhere, as a step is."""

    def __init__(
        self,
        fn: Callable[[Q], R],
        name: str,
        runner: Callable[[], TaskRunner[Any]] | None = None,
    ) -> None:
        self.fn, self.name, self._runner = fn, name, runner
        update_wrapper(self, fn)

    @cached_property
    def flow(self) -> Flow[[Q], R]:
        """The stage as Prefect sees it: what `prefect.yaml` names."""
        from prefect import Flow

        runner = self._runner() if self._runner else None
        return Flow(
            self.fn, name=self.name, task_runner=runner, persist_result=False, log_prints=False
        )

    def __call__(self, request: Q) -> R:
        """Run the stage as a flow of Prefect's."""
        return self.flow(request)


def stage(
    name: str, runner: Callable[[], TaskRunner[Any]] | None = None
) -> Callable[[Callable[[Q], R]], Stage[Q, R]]:
    """Make a function of one request a flow of that name; `runner` says what runs its tasks."""
    return lambda fn: Stage(fn, name, runner)


def run_stage(stage: Stage[Q, R], request: Q) -> R:
    """Run a flow inside another: seen as a run of its own where Prefect watches."""
    if not in_flow_run():
        return stage.fn(request)
    from prefect import tags

    with tags(*run_tags()):  # whoever started the run started this one, too
        return stage(request)


def in_flow_run() -> bool:
    """Whether Prefect watches this; where nobody has imported it, it does not."""
    return _watching() is not None


def run_tags() -> list[str]:
    """Return what the run was marked with when it was started; nothing outside of a run."""
    watching = _watching()
    return list(watching.flow_run.tags) if watching is not None and watching.flow_run else []


def _watching() -> FlowRunContext | None:
    context = sys.modules.get("prefect.context")
    return context.FlowRunContext.get() if context is not None else None
