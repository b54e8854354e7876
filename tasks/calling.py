"""Plans: drawn up, approved, published; each step is one transaction."""

from __future__ import annotations

import logging
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from campaign.calling.baselines import changes, gain
from campaign.calling.eligibility import longest
from campaign.calling.plan_summary import summarise
from campaign.calling.planning import Plan, floors_set_aside, make_plan
from campaign.calling.segments import SEGMENTS
from campaign.errors import InputError, StateError
from campaign.money import to_major
from campaign.requests import AllocateRequest, PublishRequest
from config.clock import now
from config.settings import settings
from gateways.whole_files import written_whole
from store import calling, campaigns, donor_facts, lists, plans, scenes
from store.session import unit_of_work
from tasks.policies import step

log = logging.getLogger(__name__)
ASKS = ["ask_1", "ask_2", "ask_3"]


@step
def draw_up_plan(request: AllocateRequest) -> dict[str, Any]:
    """Draw up the best plan of a day and keep it as a draft; return its id and figures."""
    started = time.monotonic()
    with unit_of_work() as session:
        lists.lock_admission(session)  # whoever is planned for stays until the plan is kept
        campaign = campaigns.campaign_by_code(session, request.campaign)
        moment = now()
        day = request.on_day or calling.next_calling_day(session, campaign, moment)
        _require_day(campaign, day)
        scene = scenes.scene(session, campaign, day, moment)
        donors = donor_facts.facts_frame(session, scene)
        teams = campaigns.campaign_teams(session, campaign.id)
        chances = calling.chances(session, campaign.id, day)
        pins = calling.pins(session, campaign.id)
        busy = calling.busy_seats(session, scene)
        made = make_plan(donors, teams, scene.question, chances, pins=pins, busy=busy)
        summary = summarise(made, time.monotonic() - started)
        plan_id = plans.save_draft(
            session, campaign.id, day, made, summary, donors["language"], moment
        )
        against = _against_current(session, campaign.id, made, moment)
    if request.out_path:
        write_plan(Path(request.out_path), made)
    log.info("plan %d: %d calls", plan_id, summary.assignments)
    warnings = [*floors_set_aside(made.lanes, scene.question), *_some(scene.basis.warning)]
    return {
        "plan_id": plan_id,
        "campaign": request.campaign,
        "on_day": str(day),
        **summary.as_json(),
        "warnings": warnings,
        "against_current": against,
        "compared": gain(made.problem) if request.compare else None,
    }


def _against_current(
    session: Session, campaign_id: int, made: Plan, moment: datetime
) -> dict[str, Any] | None:
    """Return what the plan changes of the one that is out; None where none is."""
    current = plans.newest_plan(session, campaign_id, ("published",))
    if current is None:
        return None
    untouched = plans.untouched_calls(session, campaign_id, moment)
    return {"plan_id": current.id} | changes(made, untouched)


def _some(warning: str | None) -> list[str]:
    return [warning] if warning else []


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
        lists.lock_admission(session)
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
    with written_whole(path) as part:
        plan_frame(made).to_csv(part, index=False, encoding="utf-8")


def plan_frame(made: Plan) -> pd.DataFrame:
    """Return the plan as people read it, amounts in dollars."""
    rows, is_called = made.rows, made.rows["lane"] >= 0
    teams = pd.Series([lane.team.code for lane in made.lanes], dtype=object)
    team = rows["lane"].map(teams)
    rank = rows[is_called].sort_values(["net_cents", "donor_id"], ascending=[False, True])
    priority = rank.groupby(team.loc[rank.index]).cumcount() + 1
    asks = [[ask for ask in ladder if ask > 0] for ladder in rows[ASKS].to_numpy().tolist()]
    spans = [longest(window) or (None, None) for window in made.windows]
    flags = zip(rows["segment"], rows["is_holdout"], rows["is_continued"], strict=True)
    starts, ends = ([_iso(span[end]) for span in spans] for end in (0, 1))
    why = [plans.why(s, is_holdout=h, is_continued=c) for s, h, c in flags]
    frame = pd.DataFrame(
        {
            "donor_id": rows["donor_id"],
            "team": team,
            "priority": priority.reindex(rows.index).astype("Int64"),
            "ask": [to_major(ladder[0]) if ladder else "" for ladder in asks],
            "asks": ["; ".join(map(to_major, ladder)) for ladder in asks],
            "window": rows["window"].map(
                pd.Series([f"{a}/{b}" for a, b in zip(starts, ends, strict=True)])
            ),
            "window_from": rows["window"].map(pd.Series(starts)),
            "window_to": rows["window"].map(pd.Series(ends)),
            "segment": [SEGMENTS[segment] for segment in rows["segment"]],
            "expected_net": rows["net_cents"].map(to_major),
            "reason": rows["reason"].where(~is_called, why),
        }
    )
    of_calls = ["ask", "asks", "window", "window_from", "window_to", "expected_net"]
    frame.loc[~is_called, of_calls] = ""
    return frame


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
