"""Team leads' and vendor managers' pages: the team at work, packets out, results back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy import RowMapping

from campaign.calling.results import read_results
from campaign.errors import FileError, SetupError, StateError
from campaign.requests import ResultsRequest
from campaign.roles import Permission
from config.clock import now
from config.settings import settings
from portal import runs
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.calls import midnight
from portal.pages import committee, go, render
from portal.startable import startable
from portal.words import several
from store import callers, calling, handing, packets, places, portal_calls, queue, team_desk
from store.portal_campaigns import campaign_codes
from store.portal_sessions import Viewer
from store.session import unit_of_work

router = APIRouter()
Lead = Annotated[Viewer, Depends(Needs(Permission.LEAD_TEAM))]
Planner = Annotated[Viewer, Depends(Needs(Permission.PLAN_CALLS))]
Trainer = Annotated[Viewer, Depends(Needs(Permission.LEAD_TEAM, Permission.PLAN_CALLS))]
Exchanger = Annotated[Viewer, Depends(Needs(Permission.EXCHANGE_PACKETS))]
_LARGEST_RESULTS = 100 * 1024 * 1024


def _team(viewer: Viewer) -> RowMapping:
    with sight_of(viewer) as session:
        found = portal_calls.team_of(session, viewer.team_id) if viewer.team_id else None
    if found is None:
        raise StateError("This account belongs to no team; an administrator can give it one.")
    return found


@router.get("/team")
def team_page(request: Request, viewer: Lead) -> Response:
    """Show who calls, how the queue stands, whose certificate ends, and what to listen to."""
    team, moment = _team(viewer), now()
    zone = committee().timezone
    with sight_of(viewer) as session:
        return render(
            request,
            "team.html",
            viewer,
            team=team,
            figures=portal_calls.queue_figures(session, team["id"], moment),
            callers=portal_calls.callers(session, team["id"], midnight(zone), moment),
            in_hand=portal_calls.in_hand(session, team["id"]),
            monitoring=portal_calls.monitoring(session, team["id"]),
            address="/team/monitoring",
            campaigns=campaign_codes(session),
            today=queue.today(session, moment).isoformat(),
            colleagues=handing.colleagues(session, team["id"], moment),
            zone=zone,
        )


@router.post("/team/calls/{assignment_id}/release")
def release(viewer: Lead, assignment_id: int) -> Response:
    """Take a call from a caller, and give it back to the team's queue."""
    _seen(viewer, "assignment", assignment_id)
    with decided_by(viewer) as session:
        team_desk.release(session, assignment_id, now())
    return go("/team", "The call is back in the queue.")


@router.post("/team/calls/{assignment_id}/give")
def give(viewer: Lead, assignment_id: int, to: Annotated[int, Form(ge=1)]) -> Response:
    """Give a call to a named caller of the team, who gets it next."""
    _seen(viewer, "assignment", assignment_id)
    _seen(viewer, "agent", to)
    with decided_by(viewer) as session:
        handing.give_to(session, assignment_id, to, now())
    return go("/team", "The call is that caller's next.")


@router.get("/callers")
def callers_page(request: Request, viewer: Planner) -> Response:
    """Show the callers of all teams, and who holds a certificate for what."""
    with sight_of(viewer) as session:
        return render(
            request,
            "callers.html",
            viewer,
            callers=callers.all_callers(session),
            campaigns=campaign_codes(session),
            today=queue.today(session, now()).isoformat(),
        )


@router.post("/team/callers/{agent_id}/certificate")
def certify(
    viewer: Trainer,
    agent_id: int,
    campaign: Annotated[str, Form(max_length=64)],
    until: Annotated[str, Form(max_length=10)],
) -> Response:
    """Note that a caller was trained for a campaign, and until when that holds."""
    _seen(viewer, "agent", agent_id)
    last_day = callers.last_day(until)
    with decided_by(viewer) as session:
        callers.certify(session, agent_id, campaign, last_day, now())
    return go(_desk_of(viewer), "The certificate is noted.")


@router.post("/team/callers/{agent_id}/certificate/withdraw")
def withdraw(
    viewer: Trainer, agent_id: int, campaign: Annotated[str, Form(max_length=64)]
) -> Response:
    """Take a caller's certificate back."""
    _seen(viewer, "agent", agent_id)
    with decided_by(viewer) as session:
        callers.withdraw(session, agent_id, campaign, now())
    return go(_desk_of(viewer), "The certificate is withdrawn.")


def _desk_of(viewer: Viewer) -> str:
    return "/team" if viewer.may(Permission.LEAD_TEAM) else "/callers"


@router.post("/team/monitoring/{attempt_id}")
def review(
    viewer: Lead,
    attempt_id: int,
    outcome: Annotated[str, Form(pattern=r"^(passed|failed)$")],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Note what was heard in a call that was drawn by lot."""
    _seen(viewer, "call_attempt", attempt_id)
    with decided_by(viewer) as session:
        team_desk.review(session, attempt_id, outcome, note.strip(), viewer.actor, now())
    return go("/team", "What you heard is noted.")


def _seen(viewer: Viewer, table: str, row_id: int) -> None:
    """Refuse an id that the viewer may not see; the database knows whose rows are whose."""
    with sight_of(viewer) as session:
        if not team_desk.may_see(session, table, row_id):
            raise NotFoundError("This is not your team's.")


# Packets ---------------------------------------------------------------------------------


@router.get("/packets")
def packets_page(request: Request, viewer: Exchanger) -> Response:
    """Show the packets that are out, and take results back."""
    team = _team(viewer)
    with sight_of(viewer) as session:
        return render(
            request,
            "packets.html",
            viewer,
            team=team,
            packets=portal_calls.packets(session, team["id"]),
            files=portal_calls.result_files(session, team["id"]),
            exceptions=portal_calls.result_exceptions(session, team["id"]),
        )


@router.get("/packets/{code}/file")
def packet_file(viewer: Exchanger, code: str) -> Response:
    """Hand out a sealed packet while it holds, and log each time."""
    team, moment = _team(viewer), now()
    with sight_of(viewer) as session:
        found = [one for one in portal_calls.packets(session, team["id"]) if one["code"] == code]
    if not found:
        raise NotFoundError("There is no such packet.")
    path = Path(places.found(found[0]["path"]))
    if found[0]["expires_at"] <= moment or not path.is_file():
        raise StateError("This packet has expired; its rows went back to the queue.")
    with decided_by(viewer) as session:
        packets.note_taken(session, code, "portal", moment)
    return FileResponse(path, filename=path.name, headers={"Cache-Control": "no-store"})


@router.post("/packets/{code}/deleted")
def packet_deleted(viewer: Exchanger, code: str) -> Response:
    """Note that the centre certifies that it deleted a packet."""
    team = _team(viewer)
    with sight_of(viewer) as session:
        if code not in {one["code"] for one in portal_calls.packets(session, team["id"])}:
            raise NotFoundError("There is no such packet.")
    with decided_by(viewer) as session:
        packets.certify_deletion(session, code, now())
    return go("/packets", "The certificate of deletion is noted.")


@router.post("/packets/results")
def take_results(viewer: Exchanger, file: Annotated[UploadFile, File()]) -> Response:
    """Take a file of results; its account shows below as soon as it is read."""
    content = file.file.read(_LARGEST_RESULTS + 1)
    if len(content) > _LARGEST_RESULTS:
        raise FileError("A file of results has at most 100 MB; split it.")
    said = receive_results(viewer, _team(viewer)["code"], content, file.filename or "results.csv")
    return go("/packets", said)


def receive_results(viewer: Viewer, team_code: str, content: bytes, name: str) -> str:
    """Put results into the team's inbox and ask for their taking in; return what to say."""
    clean = re.sub(r"[^\w.-]+", "_", Path(name).name).strip("._")[-80:] or "results.csv"
    folder = settings().folder("inbox", "results", team_code)
    path = folder / f"{now():%Y%m%dT%H%M%S}-{clean}"
    part = folder.parent / f".{team_code}-{path.name}.part"
    part.write_bytes(content)
    try:
        with unit_of_work() as session:
            questions = calling.question_codes(session)
        good, findings = read_results(part, now(), questions)
    except Exception:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)
    rows = several(len(good) + len(findings), "row", "rows")
    try:
        flow = startable("record-results")
        runs.start(flow, ResultsRequest(team=team_code, path=str(path)), viewer.actor)
    except (SetupError, NotFoundError):
        return f"{rows} received, to be taken in with the day's next run."
    return f"{rows} received; they are being taken in."
