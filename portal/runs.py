"""Flows, through Prefect's API: start by the deployment's name, watch, cancel.

The only module of the portal that knows Prefect, and it knows no flow: a deployment takes one of
the requests of campaign/requests.py. Which of them people may start stands in `startable`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from campaign.errors import SetupError
from campaign.requests import Request
from config.clock import real_now
from config.settings import settings
from portal import times
from portal.access import NotFoundError
from portal.startable import Startable, startable, title_of
from portal.words import day

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, Log

# What of a request says what a run is about.
_CODES = ("campaign", "team", "source")
_DAYS = ("first_day", "last_day", "on_day", "day")
_MADE = "portal-page"  # the key under which a flow leaves the way to what it made
_LIKE = 9  # earlier runs that tell how long one takes
_STARTS = "A worker has taken it and is starting it; that takes some seconds."
_WAITS = {
    "Scheduled": "Waiting for a worker to take it: one that runs looks every few seconds.",
    "Late": "No worker has taken it yet. The operator sees on Health whether one runs.",
    "Submitting": _STARTS,
    "Pending": _STARTS,
    "AwaitingConcurrencySlot": "Another run of this flow is under way: this one begins after it.",
}
# What Prefect says before the sentence of a step that failed.
_BEFORE = re.compile(r"Flow run encountered an exception: (\w+: )?")
ENDED = frozenset({"Completed", "Failed", "Crashed", "Cancelled"})


def _about(asked: dict[str, Any]) -> str:
    days = [day(date.fromisoformat(asked[name])) for name in _DAYS if asked.get(name)]
    plan, path = asked.get("plan_id"), asked.get("path")
    told = [
        *(str(asked[name]) for name in _CODES if asked.get(name)),
        *([" to ".join(dict.fromkeys(days))] if days else []),
        *([f"plan {plan}"] if plan else []),
        *([Path(str(path)).name] if path else []),
    ]
    return " · ".join(told)


@dataclass(frozen=True, slots=True)
class Run:
    """A flow run as people see it."""

    id: str
    name: str
    flow: str
    state: str
    message: str
    created_at: datetime | None
    started_at: datetime | None
    seconds: float
    parameters: dict[str, Any]

    @property
    def title(self) -> str:
        """Return what people call the flow."""
        return title_of(self.flow)

    @property
    def asked(self) -> dict[str, Any]:
        """Return what the flow was asked to do."""
        return self.parameters.get("request") or {}

    @property
    def about(self) -> str:
        """Return what it was started for: campaign, days, team, file or plan; never a person."""
        return _about(self.asked)

    @property
    def problem(self) -> list[str]:
        """Return why a run failed: a sentence, and a line for each thing that it names."""
        return _BEFORE.sub("", self.message, count=1).splitlines()

    @property
    def waits_for(self) -> str:
        """Return what a run that has not begun waits for; nothing once it runs."""
        return _WAITS.get(self.state, "") if self.started_at is None else ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a run wrote."""

    at: datetime
    level: str
    text: str
    is_ours: bool  # a step's own words, or a warning; the rest is Prefect's


def require_connection() -> None:
    """Raise SetupError where no Prefect server is set."""
    if settings().prefect_api_url is None:
        raise SetupError(
            "No Prefect server is set, so flows cannot be started from here: "
            "run 'pledgeline up', or set PREFECT_API_URL."
        )


@contextmanager
def _prefect() -> Iterator[SyncPrefectClient]:
    require_connection()
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    try:
        with get_client(sync_client=True) as client:
            yield client
    except ObjectNotFound:
        raise NotFoundError(
            "Prefect knows no such run or deployment; 'prefect deploy --all' makes the deployments."
        ) from None
    except httpx.HTTPError as error:
        raise SetupError("The Prefect server does not answer.") from error


def is_connected() -> bool:
    """Whether a Prefect server is set."""
    return settings().prefect_api_url is not None


def start(flow: Startable, request: Request, by: str) -> str:
    """Ask Prefect for a run; return its id."""
    with _prefect() as client:
        deployment = client.read_deployment_by_name(flow.deployment)
        run = client.create_flow_run_from_deployment(
            deployment.id,
            parameters={"request": request.model_dump(mode="json")},
            tags=["portal", by],
        )
    return str(run.id)


def recent(limit: int = 30) -> list[Run]:
    """Return the latest runs and those that wait to begin; what is set for later is left out."""
    require_connection()  # before a library is imported that takes seconds
    from prefect.client.schemas.sorting import FlowRunSort

    with _prefect() as client:
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterExpectedStartTime

        begun = FlowRunFilterExpectedStartTime(before_=real_now())
        runs = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(expected_start_time=begun),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=limit,
        )
        names = _flow_names(client)
    return [_run(run, names) for run in runs]


def one(run_id: str) -> Run:
    """Return a run; NotFoundError when there is none."""
    with _prefect() as client:
        run = client.read_flow_run(_uuid(run_id))
        return _run(run, _flow_names(client))


def usual_seconds(flow: str) -> float | None:
    """Return how long a flow took in the middle of its last times, or None."""
    with _prefect() as client:
        from prefect.client.schemas.filters import (
            FlowFilter,
            FlowFilterName,
            FlowRunFilter,
            FlowRunFilterState,
            FlowRunFilterStateName,
        )
        from prefect.client.schemas.sorting import FlowRunSort

        done = FlowRunFilter(
            state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Completed"]))
        )
        runs = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
            flow_run_filter=done,
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=_LIKE,
        )
    return median(run.total_run_time.total_seconds() for run in runs) if runs else None


def log_of(run_id: str, limit: int = 200) -> list[LogLine]:
    """Return what a run wrote, the oldest first; flows log ids and counts only."""
    with _prefect() as client:
        from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
        from prefect.client.schemas.sorting import LogSort

        lines = client.read_logs(
            LogFilter(flow_run_id=LogFilterFlowRunId(any_=[_uuid(run_id)])),
            limit=limit,
            sort=LogSort.TIMESTAMP_DESC,
        )
    levels = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}
    return [
        LogLine(
            at=line.timestamp,
            level=levels.get(line.level, "info"),
            text=line.message,
            is_ours=_is_ours(line),
        )
        for line in reversed(lines)
    ]


def _is_ours(line: Log) -> bool:
    """Whether people who do not program read a line: of a fault the run itself tells why."""
    if line.name.startswith(("tasks", "flows")):
        return True
    return line.level >= logging.WARNING and "Traceback (most recent" not in line.message


def made_by(run_id: str) -> tuple[str, str] | None:
    """Return the page of what a run made, and what leads there; None when it made nothing."""
    with _prefect() as client:
        from prefect.client.schemas.filters import (
            ArtifactFilter,
            ArtifactFilterFlowRunId,
            ArtifactFilterKey,
        )

        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(
                flow_run_id=ArtifactFilterFlowRunId(any_=[_uuid(run_id)]),
                key=ArtifactFilterKey(any_=[_MADE]),
            ),
            limit=1,
        )
    link = re.fullmatch(r"\[(.+)\]\((.+)\)", str(found[0].data)) if found else None
    return (urlsplit(link[2])._replace(scheme="", netloc="").geturl(), link[1]) if link else None


def cancel(run_id: str) -> None:
    """Ask a run to stop; what it did is kept, and it can be run again."""
    with _prefect() as client:
        from prefect.states import Cancelling

        client.set_flow_run_state(_uuid(run_id), Cancelling())


def again(run_id: str, by: str) -> str:
    """Start the same flow with the same request; return the new run's id."""
    found = one(run_id)
    flow = startable(found.flow)
    return start(flow, flow.request.model_validate(found.asked), by)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a flow starts by itself, and whether it does now."""

    deployment_id: str
    id: str
    title: str
    about: str
    when: str
    at_time: str
    on_days: str
    is_active: bool


def schedules() -> list[Schedule]:
    """Return which flows start by themselves."""
    with _prefect() as client:
        names = _flow_names(client)
        return [
            Schedule(
                str(deployment.id),
                str(found.id),
                title_of(names.get(deployment.flow_id, deployment.name)),
                _about(found.parameters.get("request") or {}),
                _in_words(found.schedule),
                *times.of_line(getattr(found.schedule, "cron", "")),
                found.active,
            )
            for deployment in client.read_deployments()
            for found in deployment.schedules
        ]


def _in_words(schedule: object) -> str:
    cron, zone = getattr(schedule, "cron", None), getattr(schedule, "timezone", None)
    return times.in_words(cron, zone or "UTC") if cron else str(schedule)


def set_schedule(deployment_id: str, schedule_id: str, *, is_active: bool) -> None:
    """Let a schedule start its flow, or pause it."""
    _update_schedule(deployment_id, schedule_id, active=is_active)


def change_schedule(deployment_id: str, schedule_id: str, cron: str, zone: str) -> None:
    """Let a schedule start its flow at other times."""
    from prefect.client.schemas.schedules import CronSchedule

    times = CronSchedule(cron=cron, timezone=zone)
    _update_schedule(deployment_id, schedule_id, schedule=times)


def _update_schedule(deployment_id: str, schedule_id: str, **change: Any) -> None:
    place, number = _uuid(deployment_id), _uuid(schedule_id)
    with _prefect() as client:
        for found in client.read_deployment_schedules(place):
            if found.id == number:
                # What is not sent along again Prefect forgets.
                client.update_deployment_schedule(
                    place, number, parameters=found.parameters, **change
                )
                return
    raise NotFoundError("There is no such schedule.")


def remove_schedule(deployment_id: str, schedule_id: str) -> None:
    """Forget a schedule; removing it twice does nothing."""
    from prefect.exceptions import ObjectNotFound

    with _prefect() as client, suppress(ObjectNotFound):
        client.delete_deployment_schedule(_uuid(deployment_id), _uuid(schedule_id))


def add_schedule(flow: Startable, request: Request, cron: str, zone: str) -> None:
    """Let a flow start by itself, with this request, at the times that a cron line says.

    Asked for twice, it starts once; where that is paused, it goes on.
    """
    with _prefect() as client:
        from prefect.client.schemas.actions import DeploymentScheduleCreate
        from prefect.client.schemas.schedules import CronSchedule

        found = client.read_deployment_by_name(flow.deployment)
        times = CronSchedule(cron=cron, timezone=zone)
        asked = {"request": request.model_dump(mode="json", exclude_none=True)}
        same = [s for s in found.schedules if (s.schedule, s.parameters) == (times, asked)]
        if same:
            set_schedule(str(found.id), str(same[0].id), is_active=True)
        else:
            new = DeploymentScheduleCreate(schedule=times, active=True, parameters=asked)
            client.create_deployment_schedules(found.id, [new])


def _flow_names(client: SyncPrefectClient) -> dict[UUID, str]:
    return {flow.id: flow.name for flow in client.read_flows()}


def _run(run: FlowRun, names: dict[UUID, str]) -> Run:
    state = run.state
    return Run(
        id=str(run.id),
        name=run.name,
        flow=names.get(run.flow_id, "flow"),
        state=state.name if state and state.name else "Pending",
        message=(state.message or "") if state else "",
        created_at=run.created,
        started_at=run.start_time,
        seconds=run.total_run_time.total_seconds(),
        parameters=run.parameters,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError("There is no such run.") from None
