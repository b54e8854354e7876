"""Plans: drawn up, approved, published; each step is one transaction."""

from __future__ import annotations

import csv
import logging
import time
from datetime import date
from pathlib import Path
from typing import Any

from campaign.calling.eligibility import longest
from campaign.calling.plan_summary import PlanSummary, summarise
from campaign.calling.planning import Plan, make_plan
from campaign.calling.segments import SEGMENTS
from campaign.errors import InputError, StateError
from campaign.money import to_major
from campaign.requests import AllocateRequest, PublishRequest
from config.clock import now
from config.settings import settings
from store import calling, campaigns, plans
from store.session import unit_of_work
from tasks.policies import step

log = logging.getLogger(__name__)
PLAN_COLUMNS = (
    *("donor_id", "team", "priority", "ask", "asks", "window_from", "window_to"),
    *("segment", "expected_net", "reason"),
)


@step
def draw_up_plan(request: AllocateRequest) -> dict[str, Any]:
    """Draw up the best plan of a day and keep it as a draft; return its id and figures."""
    started = time.monotonic()
    with unit_of_work() as session:
        campaign = campaigns.campaign_by_code(session, request.campaign)
        moment = now()
        day = request.on_day or calling.next_calling_day(session, campaign, moment)
        _require_day(campaign, day)
        scene = calling.scene(session, campaign, day, moment)
        donors = calling.facts_frame(session, scene)
        teams = campaigns.campaign_teams(session, campaign.id)
        chances = calling.chances(session, campaign.id, day)
        pins = calling.pins(session, campaign.id)
        made = make_plan(donors, teams, scene.question, chances, pins)
        summary = summarise(made, time.monotonic() - started)
        plan_id = plans.save_draft(
            session, campaign.id, day, made, summary, donors["language"], moment
        )
    if request.out_path:
        write_plan(Path(request.out_path), made)
    log.info("plan %d: %d calls", plan_id, summary.assignments)
    return {"plan_id": plan_id, "campaign": request.campaign, "on_day": str(day)} | _json(
        summary, scene.basis.warning
    )


def _json(summary: PlanSummary, warning: str | None) -> dict[str, Any]:
    return summary.as_json() | {"warnings": [warning] if warning else []}


def _require_day(campaign: campaigns.CampaignFacts, day: date) -> None:
    if not campaign.starts_on <= day <= campaign.ends_on:
        raise InputError(
            f"{campaign.code} runs from {campaign.starts_on} to {campaign.ends_on}; "
            f"{day} lies outside."
        )


@step
def approve_plan(plan_id: int) -> None:
    """Approve a draft in the name of whoever runs this."""
    with unit_of_work() as session:
        plans.approve(session, plan_id, settings().actor, now())


@step
def publish_plan(request: PublishRequest) -> dict[str, Any]:
    """Open the calls of the approved plan."""
    with unit_of_work() as session:
        campaign = campaigns.campaign_by_code(session, request.campaign)
        plan = (
            plans.plan_by_id(session, request.plan_id)
            if request.plan_id
            else plans.newest_plan(session, campaign.id, ("approved", "published"))
        )
        if plan is None or plan.campaign_id != campaign.id:
            raise StateError(f"{campaign.code} has no approved plan: allocate and approve one.")
        counts = plans.publish(session, plan.id, now())
    return {"plan_id": plan.id, "on_day": str(plan.on_day)} | counts


def write_plan(path: Path, made: Plan) -> None:
    """Write a row a donor: team, priority, ask, window and reason."""
    rank = made.assigned.sort_values(["net_cents", "donor_id"], ascending=[False, True])
    priority = (rank.groupby(rank["lane"].map(_team_of(made))).cumcount() + 1).to_dict()
    spans = [longest(window) for window in made.windows]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PLAN_COLUMNS)
        for index, row in zip(made.rows.index, made.rows.itertuples(index=False), strict=True):
            writer.writerow(_plan_row(row, made, priority.get(index), spans))
    partial.replace(path)


def _team_of(made: Plan) -> dict[int, str]:
    return {number: lane.team.code for number, lane in enumerate(made.lanes)}


def _plan_row(row: Any, made: Plan, priority: int | None, spans: list[Any]) -> tuple[object, ...]:
    segment = SEGMENTS[row.segment]
    if row.lane < 0:
        return (row.donor_id, "", "", "", "", "", "", segment, "", row.reason)
    asks = [to_major(ask) for ask in (row.ask_1, row.ask_2, row.ask_3) if ask > 0]
    first, last = spans[row.window]
    return (
        row.donor_id,
        made.lanes[row.lane].team.code,
        priority,
        asks[0] if asks else "",
        "; ".join(asks),
        first.isoformat(),
        last.isoformat(),
        segment,
        to_major(row.net_cents),
        plans.why(row),
    )
