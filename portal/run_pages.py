"""Flows: start with a form, watch, cancel, run again; what failed and what to do about it."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.concurrency import run_in_threadpool

from campaign.days import day_of
from campaign.errors import SetupError
from campaign.roles import Permission
from config.clock import now
from portal import runs, times
from portal.access import Needs, decided_by, sight_of
from portal.forms import fields_of, periods, read
from portal.pages import committee, go, places_of, render
from portal.startable import RESULTS, STARTABLE, startable
from store import audit, portal_notices
from store.portal_campaigns import campaign_codes
from store.portal_sessions import Viewer

router = APIRouter(prefix="/runs")
Starter = Annotated[Viewer, Depends(Needs(Permission.TRIGGER_FLOWS))]
Reader = Annotated[Viewer, Depends(Needs(Permission.TRIGGER_FLOWS, Permission.VIEW_HEALTH))]
_DAYS = [(code, text[0].upper() + text[1:]) for code, text in times.DAYS.items()]


@router.get("")
def runs_page(request: Request, viewer: Starter) -> Response:
    """Show what runs, what ran, and what can be started."""
    with sight_of(viewer) as session:
        notices = portal_notices.open_for(session, viewer.permissions)
    found, schedules, problem = _recent()
    return render(
        request,
        "runs.html",
        viewer,
        startable=STARTABLE,
        runs=found,
        schedules=schedules,
        days=_DAYS,
        problem=problem,
        notices=notices,
    )


def _recent() -> tuple[list[runs.Run], list[runs.Schedule], str]:
    try:
        return runs.recent(), runs.schedules(), ""
    except SetupError as error:  # the page still shows what could be started
        return [], [], str(error)


@router.get("/table")
def runs_table(request: Request, viewer: Starter) -> Response:
    """Return the table of runs alone, for the page that watches."""
    found, _, problem = _recent()
    return render(request, "runs_table.html", viewer, runs=found, problem=problem)


@router.get("/start/{flow}")
def start_page(request: Request, viewer: Starter, flow: str) -> Response:
    """Show a flow's form; what the address says stands in its fields."""
    chosen = startable(flow)
    with sight_of(viewer) as session:
        campaigns = campaign_codes(session)
    today = day_of(now(), committee().timezone)
    return render(
        request,
        "run_start.html",
        viewer,
        may_repeat=times.may_repeat(chosen.request),
        days=_DAYS,
        flow=chosen,
        fields=fields_of(chosen.request, today, request.query_params),
        periods=periods(today) if "first_day" in chosen.request.model_fields else (),
        campaigns=campaigns,
    )


@router.post("/start/{flow}")
async def start_now(request: Request, viewer: Starter, flow: str) -> Response:
    """Ask Prefect for a run of this flow."""
    chosen = startable(flow)
    asked = read(chosen.request, {k: str(v) for k, v in (await request.form()).items()})
    run_id = await run_in_threadpool(runs.start, chosen, asked, viewer.actor)
    await run_in_threadpool(_note, viewer, "flow.start", f"run:{run_id}", flow=flow)
    return go(f"/runs/{run_id}", f"{chosen.title} was started.")


def _note(viewer: Viewer, action: str, subject: str, **detail: object) -> None:
    with decided_by(viewer) as session:
        audit.append(session, action, subject, detail)


@router.post("/schedule/{flow}")
async def schedule_flow(request: Request, viewer: Starter, flow: str) -> Response:
    """Let a flow start by itself."""
    chosen = startable(flow)
    given = {name: str(value) for name, value in (await request.form()).items()}
    asked = read(chosen.request, given)
    times.require_repeatable(asked)
    cron = times.cron_line(given.get("at_time", ""), given.get("on_days", ""))
    zone = (await run_in_threadpool(committee)).timezone
    await run_in_threadpool(runs.add_schedule, chosen, asked, cron, zone)
    await run_in_threadpool(_note, viewer, "flow.schedule", f"flow:{flow}")
    when = times.in_words(cron, zone)
    return go("/runs", f"{chosen.title} starts by itself from now on: {when}.")


@router.post("/schedules/{deployment_id}/{schedule_id}")
def switch_schedule(
    viewer: Starter,
    deployment_id: str,
    schedule_id: str,
    active: Annotated[Literal["yes", "no", "never"], Form()],
) -> Response:
    """Pause a schedule, let it start its flow again, or remove it."""
    if active == "never":
        runs.remove_schedule(deployment_id, schedule_id)
    else:
        runs.set_schedule(deployment_id, schedule_id, is_active=active == "yes")
    _note(viewer, "flow.schedule", f"schedule:{schedule_id}", active=active)
    said = {"yes": "It starts by itself again.", "no": "It is paused.", "never": "It is removed."}
    return go("/runs", said[active])


@router.post("/schedules/{deployment_id}/{schedule_id}/times")
def change_schedule(
    viewer: Starter,
    deployment_id: str,
    schedule_id: str,
    at_time: Annotated[str, Form(max_length=10)],
    on_days: Annotated[str, Form(max_length=20)],
) -> Response:
    """Let a schedule start its flow at other times."""
    cron, zone = times.cron_line(at_time, on_days), committee().timezone
    runs.change_schedule(deployment_id, schedule_id, cron, zone)
    _note(viewer, "flow.schedule", f"schedule:{schedule_id}", cron=cron)
    return go("/runs", f"Changed: from now on it starts {times.in_words(cron, zone)}.")


@router.get("/{run_id}")
def run_page(request: Request, viewer: Starter, run_id: str) -> Response:
    """Show one run, with its log as it is written."""
    found = runs.one(run_id)
    is_startable = any(flow.name == found.flow for flow in STARTABLE)
    return render(
        request,
        "run.html",
        viewer,
        run=found,
        log=runs.log_of(run_id),
        usual=_usual(found),
        can_run_again=is_startable,
        shows=_seen_at(viewer, found),
    )


def _usual(run: runs.Run) -> float | None:
    """Return how long such a run takes, while that is still of use."""
    return None if run.has_ended else runs.usual_seconds(run.flow)


def _seen_at(viewer: Viewer, run: runs.Run) -> tuple[str, str] | None:
    """Return where the viewer sees what a run did; None where the way there is closed."""
    if run.state != "Completed" or run.flow not in RESULTS:
        return None
    path, said = runs.made_by(run.id) or RESULTS[run.flow]
    if path.startswith("/runs/start/"):  # the next flow, for the same days
        path += f"?{urlencode(run.asked)}"
    return (path, said) if any(path.startswith(p.path) for p in places_of(viewer)) else None


@router.get("/{run_id}/progress")
def run_progress(request: Request, viewer: Starter, run_id: str) -> Response:
    """Return the run's state and log alone, for the page that watches."""
    found = runs.one(run_id)
    page = render(
        request,
        "run_progress.html",
        viewer,
        run=found,
        log=runs.log_of(run_id),
        usual=_usual(found),
    )
    if found.has_ended:  # the page's own buttons change, too
        page.headers["HX-Refresh"] = "true"
    return page


@router.post("/{run_id}/cancel")
def cancel_run(viewer: Starter, run_id: str) -> Response:
    """Ask a run to stop."""
    runs.cancel(run_id)
    _note(viewer, "flow.cancel", f"run:{run_id}")
    return go(f"/runs/{run_id}", "The run was asked to stop.")


@router.post("/{run_id}/again")
def run_again(viewer: Starter, run_id: str) -> Response:
    """Start the same flow with the same request once more."""
    new_id = runs.again(run_id, viewer.actor)
    _note(viewer, "flow.start", f"run:{new_id}", again=run_id)
    return go(f"/runs/{new_id}", "The same flow was started again.")


@router.post("/notices/{notice_id}/close")
def close_notice(viewer: Reader, notice_id: int) -> Response:
    """Put a notice away."""
    with decided_by(viewer) as session:
        portal_notices.close(session, notice_id, viewer.permissions, viewer.actor, now())
    place = "/runs" if viewer.may(Permission.TRIGGER_FLOWS) else "/condition"
    return go(place, "The notice is put away.")
