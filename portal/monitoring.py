"""Calls drawn by lot to be listened to, over all teams, and what was heard in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from campaign.roles import Permission
from config.clock import now
from portal.access import Needs, decided_by, sight_of
from portal.pages import committee, go, render
from portal.words import several
from store import campaigns, portal_calls, scorecards, team_desk
from store.portal_campaigns import scorecards as team_cards
from store.portal_sessions import Viewer

router = APIRouter(prefix="/monitoring")
Listener = Annotated[Viewer, Depends(Needs(Permission.PLAN_CALLS, Permission.CHANGE_RULES))]


@router.get("")
def monitoring_page(request: Request, viewer: Listener) -> Response:
    """Show the calls that were drawn, those that nobody heard yet first, and draw others."""
    with sight_of(viewer) as session:
        drawn = portal_calls.monitoring(session, None)
        teams = [(card.code, card.name) for card in team_cards(session)]
    return render(
        request,
        "monitoring.html",
        viewer,
        monitoring=drawn,
        teams=teams,
        address="/monitoring/calls",
        zone=committee().timezone,
    )


@router.post("")
def draw_calls(
    viewer: Listener,
    team: Annotated[str, Form(max_length=64)],
    size: Annotated[int, Form(ge=1, le=200)],
    seed: Annotated[int, Form(ge=0, le=2_000_000_000)],
) -> Response:
    """Draw calls of a team by seed; drawn again, the same ones come back."""
    with decided_by(viewer) as session:
        chosen = campaigns.team_by_code(session, team)
        drawn = scorecards.draw_sample(session, chosen, size, seed, now())
    if not drawn:
        return go("/monitoring", "This team has made no call yet.")
    told = several(len(drawn), "call", "calls")
    return go("/monitoring", f"{told} of {chosen.name} drawn with seed {seed}.")


@router.post("/calls/{attempt_id}")
def review(
    viewer: Listener,
    attempt_id: int,
    outcome: Annotated[str, Form(pattern=r"^(passed|failed)$")],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Note what was heard in a call that was drawn by lot."""
    with decided_by(viewer) as session:
        team_desk.review(session, attempt_id, outcome, note.strip(), viewer.actor, now())
    return go("/monitoring", "What you heard is noted.")
