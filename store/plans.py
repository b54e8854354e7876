"""Plans in the database: drawn up, approved, published; and what is asked about one donor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from campaign.calling.eligibility import longest
from campaign.calling.hours import Intervals
from campaign.calling.plan_summary import PlanSummary
from campaign.calling.planning import Plan as MadePlan
from campaign.calling.segments import SEGMENTS
from campaign.compliance.limits import NO_LIMIT
from campaign.errors import InputError, StateError
from models.calling import Assignment, Plan
from store import audit
from store.bulk import copy_rows
from store.changes import rows_changed
from store.donor_facts import replannable
from store.frames import read_columns
from store.locks import Lock, wait_for

_COLUMNS = (
    *("plan_id", "campaign_id", "donor_id", "team_id", "status", "priority", "asks_cents"),
    *("headroom_cents", "window", "reason", "segment", "expected_net_cents", "callable_from"),
    *("callable_to", "shift", "language", "is_holdout", "updated_at"),
)

_PLANNED = (
    *("donor_id", "lane", "window", "segment", "net_cents", "headroom_cents"),
    *("ask_1", "ask_2", "ask_3", "is_holdout", "is_continued"),
)


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """One plan as it stands."""

    id: int
    campaign_id: int
    on_day: date
    status: str
    summary: dict[str, Any]
    created_at: datetime


def save_draft(
    session: Session,
    campaign_id: int,
    day: date,
    made: MadePlan,
    summary: PlanSummary,
    languages: pd.Series[str],
    now: datetime,
) -> int:
    """Keep a plan as a draft that nobody calls from; the same plan again keeps the first."""
    assigned = made.assigned
    digest = _digest(made, campaign_id, day)
    wait_for(session, Lock.PLANS)  # two that plan the same at once keep one plan
    # One of whose calls some were taken back since is no such plan: they are planned anew.
    withdrawn = select(Assignment.plan_id).where(Assignment.status == "withdrawn")
    known = session.scalar(
        select(Plan.id)
        .where(Plan.campaign_id == campaign_id, Plan.on_day == day, Plan.input_hash == digest)
        .where(Plan.status.in_(["draft", "approved", "published"]))
        .where(~withdrawn.where(Assignment.plan_id == Plan.id).exists())
        .order_by(Plan.id.desc())
        .limit(1)
    )
    if known is not None:
        return known
    _drop_drafts(session, campaign_id)
    plan = Plan(
        campaign_id=campaign_id,
        on_day=day,
        status="draft",
        objective_cents=summary.objective_cents,
        summary=summary.as_json(),
        input_hash=digest,
        created_at=now,
    )
    session.add(plan)
    session.flush()
    rows = _assignment_rows(plan.id, campaign_id, made, assigned, languages, now)
    copy_rows(session, "assignment", _COLUMNS, rows)
    return plan.id


def _drop_drafts(session: Session, campaign_id: int) -> None:
    """Forget the calls of drafts that a newer one replaces; the drafts' figures stay."""
    drafts = select(Plan.id).where(Plan.campaign_id == campaign_id, Plan.status == "draft")
    session.execute(
        delete(Assignment).where(Assignment.plan_id.in_(drafts), Assignment.status == "planned")
    )
    session.execute(update(Plan).where(Plan.id.in_(drafts)).values(status="replaced"))


def _digest(made: MadePlan, campaign_id: int, day: date) -> str:
    """Return the hash of who is to be called by whom, for what."""
    columns = ["donor_id", "lane", "ask_1", "ask_2", "ask_3", "net_cents"]
    frame = made.assigned[columns].sort_values("donor_id")
    hasher = hashlib.sha256(f"{campaign_id}|{day}".encode())
    hasher.update("|".join(lane.shift.name for lane in made.lanes).encode())
    hasher.update(np.ascontiguousarray(frame.to_numpy(dtype=np.int64)).tobytes())
    return hasher.hexdigest()


def _assignment_rows(
    plan_id: int,
    campaign_id: int,
    made: MadePlan,
    assigned: pd.DataFrame,
    languages: pd.Series[str],
    now: datetime,
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the plan's calls, the best first in each team."""
    spans = [longest(window) for window in made.windows]
    told = [_window_json(window) for window in made.windows]
    ordered = assigned.sort_values(["net_cents", "donor_id"], ascending=[False, True])
    team_of = np.array([lane.team.id for lane in made.lanes], dtype=np.int64)
    team = team_of[ordered["lane"].to_numpy(dtype=np.int64)]
    priority = (pd.Series(team).groupby(team).cumcount() + 1).tolist()
    spoken = languages.loc[ordered.index].tolist()
    columns = [ordered[name].tolist() for name in _PLANNED]
    for number, (donor, lane, window, segment, net, room, *asks, lot, again) in enumerate(
        zip(*columns, strict=True)
    ):
        span = spans[window]
        yield (
            plan_id,
            campaign_id,
            donor,
            int(team[number]),
            "planned",
            priority[number],
            json.dumps([ask for ask in asks if ask > 0]),
            None if room == NO_LIMIT else room,
            told[window],
            why(segment, is_holdout=lot, is_continued=again),
            SEGMENTS[segment],
            net,
            span[0] if span else None,
            span[1] if span else None,
            made.lanes[lane].shift.name,
            spoken[number],
            lot,
            now,
        )


def why(segment: int, *, is_holdout: bool, is_continued: bool) -> str:
    """Return in a few words why a donor goes to a team."""
    if is_holdout:
        return "drawn by lot for this team, so that teams can be compared"
    told = f"best use of a call: {SEGMENTS[segment]}"
    return f"{told}, spoke with this team before" if is_continued else told


def _window_json(window: Intervals) -> str:
    return json.dumps(
        {"hours": [[part.starts_at.isoformat(), part.ends_at.isoformat()] for part in window]}
    )


def plan_by_id(session: Session, plan_id: int) -> PlanFacts:
    """Return one plan; UnknownCodeError when there is none."""
    row = session.get(Plan, plan_id)
    if row is None:
        raise InputError(f"There is no plan {plan_id}; 'pledgeline calls plans' lists them.")
    return _facts(row)


def newest_plan(session: Session, campaign_id: int, statuses: tuple[str, ...]) -> PlanFacts | None:
    """Return the newest plan of a campaign in one of these states."""
    row = session.scalars(
        select(Plan)
        .where(Plan.campaign_id == campaign_id, Plan.status.in_(statuses))
        .order_by(Plan.id.desc())
        .limit(1)
    ).one_or_none()
    return _facts(row) if row else None


def plans(session: Session, campaign_id: int) -> list[PlanFacts]:
    """Return every plan of a campaign, the newest first."""
    rows = session.scalars(
        select(Plan).where(Plan.campaign_id == campaign_id).order_by(Plan.id.desc())
    )
    return [_facts(row) for row in rows]


def _facts(row: Plan) -> PlanFacts:
    return PlanFacts(row.id, row.campaign_id, row.on_day, row.status, row.summary, row.created_at)


def approve(session: Session, plan_id: int, actor: str, now: datetime) -> None:
    """Approve a draft; approved again, nothing changes."""
    row = session.get_one(Plan, plan_id, with_for_update=True)
    if row.status in ("approved", "published"):
        return
    if row.status != "draft":
        raise StateError(f"Plan {plan_id} is {row.status}: only a draft can be approved.")
    row.status, row.approved_by, row.approved_at = "approved", actor, now
    audit.append(session, "plan.approved", f"plan:{plan_id}", {"objective": row.objective_cents})


def publish(session: Session, plan_id: int, now: datetime) -> dict[str, int]:
    """Open the calls of an approved plan; those of the plan before that nobody touched give way.

    Published again, nothing changes.
    """
    wait_for(session, Lock.PLANS)
    row = session.get_one(Plan, plan_id, with_for_update=True)
    if row.status == "published":
        return {"opened": 0, "withdrawn": 0, "skipped": 0}
    if row.status == "replaced":
        raise StateError(f"Plan {plan_id} was replaced by a newer one: publish that, or allocate.")
    if row.status != "approved":
        raise StateError(f"Plan {plan_id} is a draft: approve it first.")
    values = {"plan_id": plan_id, "campaign_id": row.campaign_id, "now": now}
    withdrawn = _run(
        session,
        "update assignment set status = 'withdrawn', updated_at = :now, reason = "
        f"'replaced by a newer plan' where campaign_id = :campaign_id and {replannable(now)}",
        values,
    )
    skipped = _run(
        session,
        "update assignment a set status = 'withdrawn', updated_at = :now, reason = case d.status "
        "when 'active' then 'is with a team already' else 'not called any more' end "
        "from donor d where d.id = a.donor_id and plan_id = :plan_id and a.status = 'planned' "
        "and (d.status <> 'active' or exists (select 1 from assignment o "
        "where o.donor_id = a.donor_id and o.status in ('open', 'handed_out')))",
        values,
    )
    opened = _run(
        session,
        "update assignment set status = 'open', updated_at = :now "
        "where plan_id = :plan_id and status = 'planned'",
        values,
    )
    session.execute(
        update(Plan)
        .where(Plan.campaign_id == row.campaign_id, Plan.status.in_(["published", "approved"]))
        .where(Plan.id != plan_id)
        .values(status="replaced")
    )
    row.status, row.published_at = "published", now
    counts = {"opened": opened, "withdrawn": withdrawn, "skipped": skipped}
    audit.append(session, "plan.published", f"plan:{plan_id}", counts, at=now)
    return counts


def _run(session: Session, statement: str, values: dict[str, Any]) -> int:
    return rows_changed(session.execute(text(statement), values))


def untouched_calls(session: Session, campaign_id: int, now: datetime) -> dict[int, int]:
    """Return the donors whose calls a newer plan may still move, with the team that has them."""
    rows = read_columns(
        session,
        "select donor_id, team_id from assignment where campaign_id = {campaign_id} "
        f"and status in ('open', 'handed_out') and {replannable(now)}",
        {"donor_id": pa.int64(), "team_id": pa.int64()},
        {"campaign_id": campaign_id},
    )
    return dict(zip(rows["donor_id"].to_pylist(), rows["team_id"].to_pylist(), strict=True))
