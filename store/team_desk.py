"""What leads decide: calls taken back, monitoring, and calls printed on paper."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.days import day_of
from campaign.errors import InputError, RuleError, StateError
from models.calling import Assignment, QualityReview
from models.committee import Agent, Campaign, Team
from store import audit, campaigns
from store.callers import HOW_TO_CERTIFY, PAPER, lacks_certificate
from store.committees import the_committee
from store.guard import guard
from store.locks import wait_for_a_long_list
from store.scenes import scene


def release(session: Session, assignment_id: int, now: datetime) -> None:
    """Take a call from whoever holds it, and give it back to the queue."""
    freed = session.scalar(
        update(Assignment)
        .where(
            Assignment.id == assignment_id,
            Assignment.status == "handed_out",
            Assignment.packet_id.is_(None),
        )
        .values(status="open", agent_id=None, leased_until=None, updated_at=now)
        .returning(Assignment.id)
    )
    if freed is None:
        raise StateError("Nobody holds this call.")
    audit.append(session, "call.release", f"assignment:{assignment_id}", at=now)


def review(
    session: Session, attempt_id: int, outcome: str, note: str, actor: str, now: datetime
) -> None:
    """Note what was heard in a call that was drawn by lot."""
    heard = session.scalar(
        update(QualityReview)
        .where(QualityReview.call_attempt_id == attempt_id, QualityReview.outcome.is_(None))
        .values(outcome=outcome, note=note or None, reviewed_by=actor, reviewed_at=now)
        .returning(QualityReview.call_attempt_id)
    )
    if heard is None:
        raise StateError("This call was not drawn, or somebody heard it before.")
    audit.append(session, "call.review", f"call:{attempt_id}", {"outcome": outcome}, at=now)


def paper_agent(session: Session, agent_id: int) -> int:
    """Return the seat under which a caller's printed calls are kept apart from the queue."""
    own = session.get_one(Agent, agent_id)
    values = {
        "team_id": own.team_id,
        "code": f"{PAPER}{own.id}",
        "name": f"{own.name} (paper)",
        "languages": own.languages,
        "certified": {},  # what the owner holds counts
    }
    statement = insert(Agent).values(**values)
    upsert = statement.on_conflict_do_update(
        index_elements=["team_id", "code"], set_={"languages": own.languages}
    )
    return session.execute(upsert.returning(Agent.id)).scalar_one()


def lease_sheet(session: Session, team_id: int, agent_id: int, count: int, now: datetime) -> int:
    """Reserve the team's best calls for paper until their legal hours end; return how many."""
    if not 1 <= count <= 50:
        raise InputError("A sheet holds from 1 to 50 calls.")
    agent = session.get_one(Agent, agent_id)
    code = session.scalars(select(Team.code).where(Team.id == team_id)).one()
    team = campaigns.team_by_code(session, code)
    day = day_of(now, the_committee(session).timezone)
    known = dict(session.execute(select(Campaign.code, Campaign.id)).all())
    seat = next(one for one in team.agents if one.id == agent_id)
    certified = [known[campaign] for campaign in known if seat.is_certified(campaign, day)]
    if not certified:
        raise RuleError(f"{lacks_certificate('You hold', sorted(known))} {HOW_TO_CERTIFY}")
    wait_for_a_long_list(session)
    rows = session.scalars(
        select(Assignment)
        .where(
            Assignment.team_id == team_id,
            Assignment.campaign_id.in_(certified),
            Assignment.status == "open",
            Assignment.packet_id.is_(None),
            Assignment.callable_from <= now,
            Assignment.callable_to > now,
            Assignment.callback_at.is_(None),
            Assignment.language.in_(agent.languages),
        )
        .order_by(Assignment.priority)
        .limit(count)
        .with_for_update(skip_locked=True)
    ).all()
    leased = 0
    for campaign_id in sorted({row.campaign_id for row in rows}):
        campaign = campaigns.campaign_by_id(session, campaign_id)
        view = scene(session, campaign, day, now)
        own = [row for row in rows if row.campaign_id == campaign_id]
        judged = guard(session, view, team, [row.donor_id for row in own])
        for row in own:
            found = judged[row.donor_id]
            ends = [span.ends_at for span in found.hours if span.holds(now)]
            if found.reason is None and ends:
                row.status, row.agent_id, row.leased_until = "handed_out", agent_id, min(ends)
                row.updated_at = now
                leased += 1
    audit.append(session, "sheet.printed", f"agent:{agent_id}", {"calls": leased}, at=now)
    return leased


# What stands on paper once for all of a sheet's calls.
_ON_PAPER = {
    "donor_name": "[name]",
    "first_name": "[first name]",
    "ask_1": "[the first ask]",
    "ask_2": "[the second]",
    "ask_3": "[the third]",
    "room_left": "",
}


def scripts_of_sheet(
    session: Session, team_id: int, agent_id: int, caller: str, now: datetime
) -> list[str]:
    """Return what is said in the calls that a sheet holds: a script a campaign and language."""
    held = session.execute(
        select(Assignment.campaign_id, Assignment.language)
        .where(Assignment.agent_id == agent_id, Assignment.status == "handed_out")
        .distinct()
        .order_by(Assignment.campaign_id, Assignment.language)
    ).all()
    code = session.scalars(select(Team.code).where(Team.id == team_id)).one()
    team = campaigns.team_by_code(session, code)
    day = day_of(now, the_committee(session).timezone)
    told = []
    for campaign_id, language in held:
        view = scene(session, campaigns.campaign_by_id(session, campaign_id), day, now)
        script = view.script(language)
        if script is not None:
            told.append(view.spoken(script, team, language, None, caller_name=caller, **_ON_PAPER))
    return told


def drop_sheet(session: Session, agent_id: int, now: datetime) -> int:
    """Give the printed calls that were not made back to the queue; return how many."""
    found = session.scalars(
        update(Assignment)
        .where(Assignment.agent_id == agent_id, Assignment.status == "handed_out")
        .values(status="open", agent_id=None, leased_until=None, updated_at=now)
        .returning(Assignment.id)
    ).all()
    return len(found)


def may_see(session: Session, table: str, row_id: int) -> bool:
    """Whether a row is in the transaction's sight."""
    if table not in ("assignment", "agent", "call_attempt"):
        raise ValueError(table)
    found = session.scalar(text(f"select 1 from {table} where id = :id"), {"id": row_id})
    return found is not None
