"""The finance director's pages: campaigns, plans and the teams' scorecards."""

from __future__ import annotations

from itertools import accumulate
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from campaign.requests import PublishRequest
from campaign.roles import Permission
from config.clock import now
from portal import runs
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.pages import Before, committee, go, render
from portal.startable import startable
from store import answers, audit, campaigns, plans, portal_notices
from store import portal_campaigns as figures
from store.portal_sessions import Viewer

router = APIRouter()
Watcher = Annotated[Viewer, Depends(Needs(Permission.VIEW_CAMPAIGNS))]
Planner = Annotated[Viewer, Depends(Needs(Permission.PLAN_CALLS))]
_PLANS = 60


@router.get("/campaigns")
def campaigns_page(request: Request, viewer: Watcher) -> Response:
    """Show every campaign with its goal."""
    with sight_of(viewer) as session:
        cards = figures.campaigns(session)
        notices = portal_notices.open_for(session, viewer.permissions)
    return render(request, "campaigns.html", viewer, cards=cards, notices=notices)


@router.get("/campaigns/{code}")
def campaign_page(request: Request, viewer: Watcher, code: str) -> Response:
    """Show one campaign: funnel, money by day, segments, teams, and what donors answered."""
    with sight_of(viewer) as session:
        card = figures.campaign_by_code(session, code)
        if card is None:
            raise NotFoundError("There is no such campaign.")
        days = figures.money_by_day(session, card.id, committee().timezone)
        stages = figures.funnel(session, card.id)
        segments = figures.by_segment(session, card.id)
        teams = figures.scorecards(session, card.id)
        campaign = campaigns.campaign_by_code(session, code)
        answered = answers.tally(session, card.id, answers.questions(session, campaign))
    return render(
        request,
        "campaign.html",
        viewer,
        card=card,
        funnel=stages,
        days=days,
        labels=[f"{entry.day:%b} {entry.day.day}" for entry in days],
        lines=[
            ("Pledged", list(accumulate(entry.pledged_cents for entry in days))),
            ("Settled", list(accumulate(entry.settled_cents for entry in days))),
        ],
        segments=segments,
        teams=teams,
        answered=answered,
    )


@router.get("/scorecards")
def scorecards_page(request: Request, viewer: Watcher) -> Response:
    """Show what a settled dollar costs with each team."""
    with sight_of(viewer) as session:
        teams = figures.scorecards(session)
    return render(request, "scorecards.html", viewer, teams=teams)


@router.get("/plans")
def plans_page(request: Request, viewer: Planner, before: Before = None) -> Response:
    """Show the plans, and let two be compared."""
    with sight_of(viewer) as session:
        found = figures.plans(session, _PLANS + 1, before)
    return render(
        request,
        "plans.html",
        viewer,
        plans=found[:_PLANS],
        has_more=len(found) > _PLANS,
        before=before,
    )


@router.get("/plans/{plan_id}")
def plan_page(
    request: Request, viewer: Planner, plan_id: int, beside: int | None = None
) -> Response:
    """Show one plan: who calls whom, what is held back, and what each limit costs."""
    with sight_of(viewer) as session:
        found = figures.plan(session, plan_id)
        other = figures.plan(session, beside) if beside is not None else None
        others = [plan for plan in figures.plans(session) if plan.id != plan_id]
        names = {team.code: team.name for team in figures.scorecards(session)}
    if found is None:
        raise NotFoundError("There is no such plan.")
    return render(
        request, "plan.html", viewer, plan=found, beside=other, others=others, names=names
    )


@router.post("/plans/{plan_id}/publish")
def publish_plan(viewer: Planner, plan_id: int) -> Response:
    """Approve a plan in the viewer's name, and start handing it to the teams."""
    run_id = start_publishing(viewer, plan_id)
    return go(f"/runs/{run_id}", f"Plan {plan_id} is approved and being handed out.")


def start_publishing(viewer: Viewer, plan_id: int) -> str:
    """Approve a plan in the viewer's name; return the run that hands it to the teams."""
    with sight_of(viewer) as session:
        found = figures.plan(session, plan_id)
    if found is None:
        raise NotFoundError("There is no such plan.")
    runs.require_connection()
    with decided_by(viewer) as session:
        plans.approve(session, plan_id, viewer.actor, now())
    request = PublishRequest(campaign=found.campaign, plan_id=plan_id)
    run_id = runs.start(startable("publish-assignments"), request, viewer.actor)
    with decided_by(viewer) as session:
        detail = {"flow": "publish-assignments", "plan": plan_id}
        audit.append(session, "flow.start", f"run:{run_id}", detail)
    return run_id
