"""What runs the parts of a large list: this machine, or a Dask cluster, as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.settings import settings

if TYPE_CHECKING:
    from prefect.task_runners import TaskRunner

_AT_ONCE = 8  # as many parts as there are workers on one machine


def task_runner() -> TaskRunner[Any]:
    """Return the runner that PLEDGELINE_TASK_RUNNER names.

    On one machine threads wait for the processes that do the work; Dask's workers do it where
    they are, and see the same database and files.
    """
    if settings().task_runner != "dask":
        from prefect.task_runners import ThreadPoolTaskRunner

        return ThreadPoolTaskRunner(max_workers=_AT_ONCE)
    from prefect_dask.task_runners import DaskTaskRunner

    return DaskTaskRunner(address=settings().dask_address)
