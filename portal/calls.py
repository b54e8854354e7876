"""The caller's page: one call, its script, one tap a disposition, and the next.

The queue (store/queue.py) decides, store/spoken_results.py records; this page shows and asks. Each
form carries a key of its own, so a result that a lost connection sent twice counts once.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from campaign.calling.scripts import Question
from campaign.errors import InputError, SetupError, StateError
from campaign.money import AmountError, parse_minor
from campaign.requests import CollectRequest
from campaign.roles import Permission
from config.clock import now
from portal import runs
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.pages import committee, go, render
from portal.startable import startable
from portal.words import clock, day, money
from store import handing, portal_calls, queue, spoken_results
from store.portal_sessions import Viewer

router = APIRouter(prefix="/calls")
Caller = Annotated[Viewer, Depends(Needs(Permission.MAKE_CALLS))]

# One tap each, with its key; pledged, contributed and callback have forms of their own.
TAPS = (
    ("no_answer", "No answer", "n"),
    ("left_message", "Left a message", "l"),
    ("refused", "Refused", "r"),
    ("busy", "Busy", "b"),
    ("not_home", "Not home", "h"),
    ("wrong_number", "Wrong number", "w"),
    ("disconnected", "Disconnected", "d"),
    ("language_barrier", "Other language", "g"),
    ("deceased", "Deceased", "x"),
    ("do_not_call", "Do not call again", "o"),
)
# Nobody takes these back, and a key lies beside each: they are asked for twice.
FINAL = {
    "deceased": "Has this person died? Nobody calls here again.",
    "do_not_call": "Call this person never again? It holds everywhere at once, and for good.",
}
_LONGEST_ANSWER = 500
METHODS = (("link", "Payment link"), ("card", "Card, on the phone"), ("check", "Check by mail"))


def seat_of(viewer: Viewer) -> tuple[int, int]:
    """Return the team and the caller that an account stands for."""
    if viewer.team_id is None or viewer.agent_id is None:
        raise StateError("This account is no caller of a team; an administrator can make it one.")
    return viewer.team_id, viewer.agent_id


def midnight(zone: str) -> datetime:
    """Return when the committee's day began."""
    today = now().astimezone(ZoneInfo(zone)).date()
    return datetime.combine(today, time(), ZoneInfo(zone))


@router.get("")
def call_page(request: Request, viewer: Caller) -> Response:
    """Show the caller's next call; or why there is none, and when there will be."""
    team_id, agent_id = seat_of(viewer)
    with decided_by(viewer) as session:
        found = handing.show_next(session, team_id, agent_id, now())
    zone = committee().timezone
    with sight_of(viewer) as session:
        today = portal_calls.day_of_caller(session, agent_id, midnight(zone))
        donor_zone = (
            portal_calls.zone_of_donor(session, found.donor_id)
            if isinstance(found, queue.Call)
            else None
        )
    if isinstance(found, queue.NoCall):
        return render(request, "no_call.html", viewer, nothing=found, today=today, zone=zone)
    return render(
        request,
        "call.html",
        viewer,
        call=found,
        today=today,
        zone=donor_zone or zone,
        soon=_callbacks(now(), donor_zone or zone),
        key=secrets.token_hex(12),
        taps=TAPS,
        final=FINAL,
        methods=METHODS,
        questions=[Question.model_validate(asked) for asked in found.questions],
        longest_answer=_LONGEST_ANSWER,
        paragraphs=[part for part in found.script.split("\n\n") if part.strip()],
    )


def _callbacks(moment: datetime, zone: str) -> list[tuple[str, str]]:
    """Return the usual times to call back, on the donor's clock, as the form takes them."""
    local = moment.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    return [
        (said, f"{local + later:%Y-%m-%dT%H:%M}")
        for said, later in (("In an hour", timedelta(hours=1)), ("Tomorrow", timedelta(days=1)))
    ]


_ANSWER = "answer-"  # what the form calls a question's answer, before its code


async def answered(request: Request) -> dict[str, str]:
    """Return what was answered to the script's questions, by the question's code."""
    told = {
        name.removeprefix(_ANSWER): str(said).strip()
        for name, said in (await request.form()).items()
        if name.startswith(_ANSWER)
    }
    if any(len(said) > _LONGEST_ANSWER for said in told.values()):
        raise InputError(f"An answer has at most {_LONGEST_ANSWER} characters.")
    return {code: said for code, said in told.items() if said}


class Ending(BaseModel):
    """How a call ended, as a form tells it."""

    disposition: str = Field(max_length=30)
    amount: str = Field("", max_length=20)
    due_on: str = Field("", max_length=10)
    instalments: int = Field(1, ge=1, le=36)
    method: str = Field("", max_length=20)
    email: str = Field("", max_length=320)
    occupation: str = Field("", max_length=80)
    employer: str = Field("", max_length=80)
    callback_at: str = Field("", max_length=20)
    notes: str = Field("", max_length=500)

    def told(self, zone: str) -> dict[str, Any]:
        """Return it as the queue takes it; what belongs to another ending is left out."""
        facts: dict[str, Any] = {"disposition": self.disposition, "notes": self.notes}
        if self.disposition == "callback":
            facts["callback_at"] = _on_clock(self.callback_at, zone)
        if self.disposition == "pledged":
            facts |= self.model_dump(
                include={"instalments", "method", "email", "occupation", "employer"}
            )
            facts["pledge_cents"] = _in_cents(self.amount)
            facts["pledge_due_on"] = _in_days(self.due_on)
        return facts


class SpokenEnding(Ending):
    """How the call on the page ended, with the page's own key."""

    key: str = Field(pattern=r"^[0-9a-f]{24}$")
    began: AwareDatetime
    send_link: str = Field("", max_length=3)


@router.post("/{assignment_id}/result")
def record(
    request: Request,
    viewer: Caller,
    assignment_id: int,
    answers: Annotated[dict[str, str], Depends(answered)],
    ending: Annotated[SpokenEnding, Form()],
) -> Response:
    """Record how the call ended; the same key again changes nothing."""
    team_id, agent_id = seat_of(viewer)
    moment = now()
    with sight_of(viewer) as session:
        donor_id = portal_calls.donor_of_assignment(session, assignment_id)
        if donor_id is None:
            raise NotFoundError("This call is not your team's.")
        zone = portal_calls.zone_of_donor(session, donor_id) or committee().timezone
    with decided_by(viewer) as session:
        outcome = spoken_results.record_result(
            session,
            team_id=team_id,
            agent_id=agent_id,
            assignment_id=assignment_id,
            now=moment,
            call_id=f"P-{ending.key}",
            started_at=min(ending.began, moment),
            duration_seconds=max(0, int((moment - ending.began).total_seconds())),
            answers=answers,
            **ending.told(zone),
        )
    return _onward(request, _said(outcome, ending, zone))


_NAMED = {code: label.lower() for code, label, _ in TAPS} | {"contributed": "gave already"}


def _said(outcome: spoken_results.Outcome, ending: SpokenEnding, zone: str) -> str:
    """Return what was recorded, in the words of the button that was pressed."""
    if ending.disposition == "callback":
        at = _on_clock(ending.callback_at, zone)
        return f"Recorded: call back on {day(at)} at {clock(at, zone)}, on the donor's clock."
    if outcome.pledge_ref is None:
        return f"Recorded: {_NAMED[ending.disposition]}."
    said = f"Pledge {outcome.pledge_ref} of {money(_in_cents(ending.amount))} recorded."
    return f"{said} {_send_links()}" if ending.send_link else said


def _send_links() -> str:
    """Ask for the payment links to go out now; the next collection sends what this cannot."""
    try:
        flow = startable("collect-pledges")
        runs.start(flow, CollectRequest(send_reminders=False), "caller")
    except (SetupError, NotFoundError):
        return "The link goes out with the next collection."
    return "The link is on its way."


def _onward(request: Request, said: str) -> Response:
    if request.headers.get("accept", "").startswith("application/json"):
        onward = go("/calls", said)
        return JSONResponse({"next": onward.headers["location"]})
    return go("/calls", said)


@router.get("/colleagues")
def colleagues(request: Request, viewer: Caller) -> Response:
    """Return who may be handed a call, for the form when it is opened: a team may be large."""
    team_id, agent_id = seat_of(viewer)
    with sight_of(viewer) as session:
        others = handing.colleagues(session, team_id, now(), besides=agent_id)
    return render(request, "colleagues.html", viewer, others=others)


@router.post("/{assignment_id}/back")
def hand_back(
    viewer: Caller, assignment_id: int, to: Annotated[str, Form(pattern=r"^\d{0,18}$")] = ""
) -> Response:
    """Give the call back unspoken: to the end of the list, or to a named colleague."""
    _, agent_id = seat_of(viewer)
    with decided_by(viewer) as session:
        handing.hand_back(session, assignment_id, agent_id, now())
        if to:
            handing.give_to(session, assignment_id, int(to), now())
    said = "It is your colleague's next call." if to else "It goes to the end of the list."
    return go("/calls", f"Handed back. {said}")


def _in_cents(text: str) -> int:
    """Return what was typed as an amount; InputError when it is none."""
    try:
        cents = parse_minor(text)
    except AmountError:
        raise InputError("Say how much was pledged, in dollars: 250 or 250.00.") from None
    if cents <= 0:
        raise InputError("A pledge is more than nothing.")
    return cents


def _in_days(text: str) -> date | None:
    """Return what was typed as a day, or None when nothing was."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError("The day it is due is not a day.") from None


def _on_clock(text: str, zone: str) -> datetime:
    """Return a moment on the donor's clock; a callback needs one."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise InputError("Say when to call back, on the donor's clock.") from None
