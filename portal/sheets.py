"""Call sheets for those who dial by hand: print calls, then type in how each one ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response

from campaign.calling.results import DISPOSITIONS
from campaign.calling.scripts import Work
from campaign.days import day_of
from campaign.errors import StateError
from campaign.roles import Permission
from config.clock import now
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.calls import Ending, seat_of
from portal.pages import committee, go, render
from portal.words import clock, moment, money, phone, several, words
from reports.call_sheets import call_sheets
from store import audit, portal_calls, spoken_results, team_desk
from store.portal_sessions import Viewer
from store.work_on_file import work_on_file

router = APIRouter(prefix="/sheets")
Caller = Annotated[Viewer, Depends(Needs(Permission.MAKE_CALLS))]


def _paper_seat(viewer: Viewer) -> tuple[int, int]:
    """Return the team, and the seat under which the viewer's printed calls are kept."""
    team_id, agent_id = seat_of(viewer)
    with decided_by(viewer) as session:
        return team_id, team_desk.paper_agent(session, agent_id)


def _calls(viewer: Viewer, agent_id: int) -> list[dict[str, Any]]:
    with sight_of(viewer) as session:
        calls = portal_calls.sheet_of(session, agent_id)
        today = day_of(now(), committee().timezone)
        known = work_on_file(session, [call["donor_id"] for call in calls], today)
    return [call | {"work": known.get(call["donor_id"])} for call in calls]


@router.get("")
def sheets_page(request: Request, viewer: Caller) -> Response:
    """Show the printed calls whose results are missing, and print others."""
    _, agent_id = _paper_seat(viewer)
    return render(
        request,
        "sheets.html",
        viewer,
        calls=_calls(viewer, agent_id),
        dispositions=[(code, words(code)) for code in DISPOSITIONS],
        zone=committee().timezone,
        wants_work=committee().kind != "nonprofit",
    )


@router.post("")
def reserve(viewer: Caller, count: Annotated[int, Form(ge=1, le=50)]) -> Response:
    """Reserve calls for paper; the queue does not hand them out meanwhile."""
    team_id, agent_id = _paper_seat(viewer)
    with decided_by(viewer) as session:
        leased = team_desk.lease_sheet(session, team_id, agent_id, count, now())
    return go("/sheets", f"{several(leased, 'call is', 'calls are')} reserved: print now.")


@router.post("/drop")
def drop(viewer: Caller) -> Response:
    """Give what was not dialled back to the queue."""
    _, agent_id = _paper_seat(viewer)
    with decided_by(viewer) as session:
        dropped = team_desk.drop_sheet(session, agent_id, now())
    return go("/sheets", f"{several(dropped, 'call is', 'calls are')} back in the queue.")


@router.get("/print")
def print_sheets(viewer: Caller) -> Response:
    """Return the reserved calls as PDF."""
    team_id, agent_id = _paper_seat(viewer)
    calls = _calls(viewer, agent_id)
    if not calls:
        raise StateError("Reserve calls first; then there is something to print.")
    with sight_of(viewer) as session:
        said = team_desk.scripts_of_sheet(session, team_id, agent_id, viewer.name, now())
    pdf = call_sheets(
        f"Call sheet of {viewer.name}",
        f"{committee().name} · printed {moment(now(), committee().timezone)} · destroy after use",
        [_block(call) for call in calls],
        said,
    )
    with decided_by(viewer) as session:
        audit.append(session, "donor.printed", f"agent:{agent_id}", {"calls": len(calls)})
    headers = {"Content-Disposition": 'inline; filename="call-sheet.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _block(call: dict[str, Any]) -> dict[str, object]:
    zone = call["zone"] or committee().timezone
    room: int | None = call["headroom_cents"]
    place = ", ".join(part for part in (call["city"], call["state"]) if part)
    return {
        "name": " ".join(part for part in (call["first_name"], call["last_name"]) if part),
        "phone": phone(call["phone_e164"]),
        "row": f"A-{call['id']}",
        "place": place,
        "until": clock(call["leased_until"], zone),
        "asks": ", then ".join(money(cents, whole=True) for cents in call["asks_cents"]) or "–",
        "limit": "" if room is None else f"at most {money(room)} by law",
        "work": _work(call),
        "boxes": [words(code) for code in DISPOSITIONS if code != "contributed"],
    }


def _work(call: dict[str, Any]) -> str:
    """Return what paper says of the donor's work: "" is to be asked, "-" is nobody's question."""
    known: Work | None = call["work"]
    if committee().kind == "nonprofit":
        return "-"
    if known is None:
        return ""
    if known.is_of_this_cycle:
        return "Occupation and employer were told this election cycle: do not ask."
    return f"On file from an earlier cycle: {known.occupation}, {known.employer}. Still right?"


@router.post("/{assignment_id}/result")
def type_result(
    viewer: Caller,
    assignment_id: int,
    ending: Annotated[Ending, Form()],
) -> Response:
    """Record the result of a printed call; typed twice, it counts once."""
    team_id, agent_id = _paper_seat(viewer)
    held = {call["id"]: call for call in _calls(viewer, agent_id)}
    if assignment_id not in held:
        raise NotFoundError("This call is not on your sheet.")
    zone = held[assignment_id]["zone"] or committee().timezone
    leased_until: datetime = held[assignment_id]["leased_until"]
    with decided_by(viewer) as session:
        spoken_results.record_result(
            session,
            team_id=team_id,
            agent_id=agent_id,
            assignment_id=assignment_id,
            now=now(),
            call_id=f"S-{assignment_id}-{leased_until:%Y%m%d%H%M}",
            **ending.told(zone),
        )
    return go("/sheets", f"A-{assignment_id} recorded: {ending.disposition.replace('_', ' ')}.")
