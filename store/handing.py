"""Handing a call to a person: the next one, as it is shown, or one that somebody had before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.errors import RuleError, StateError
from models.calling import Assignment
from models.committee import Agent, Campaign
from store import audit, queue
from store.callers import HOW_TO_CERTIFY, lacks_certificate


def show_next(
    session: Session, team_id: int, agent_id: int, now: datetime
) -> queue.Call | queue.NoCall:
    """Lease the best legal call to this caller, and note who is shown whom."""
    found = queue.next_call(session, team_id, agent_id, now)
    if isinstance(found, queue.Call):
        detail = {"assignment": found.assignment_id, "agent": agent_id}
        audit.append(session, "donor.shown", f"donor:{found.donor_id}", detail)
    return found


def hand_back(session: Session, assignment_id: int, agent_id: int, now: datetime) -> None:
    """Give a leased call back unspoken; it goes to the end of the list."""
    row = session.get(Assignment, assignment_id, with_for_update=True)
    if row is None or row.agent_id != agent_id or row.status != "handed_out":
        raise StateError("This call is not yours to hand back.")
    last = session.scalar(
        text("select max(priority) from assignment where team_id = :team and status = 'open'"),
        {"team": row.team_id},
    )
    row.status, row.agent_id, row.leased_until = "open", None, None
    row.priority, row.updated_at = int(last or row.priority) + 1, now
    audit.append(session, "call.hand_back", f"assignment:{assignment_id}")


def give_to(session: Session, assignment_id: int, agent_id: int, now: datetime) -> None:
    """Let a named caller have this call next, until its legal hours end today.

    The queue asks every rule again before the caller sees it; not taken by then, it goes back.
    """
    row = session.get(Assignment, assignment_id, with_for_update=True)
    agent = session.get(Agent, agent_id)
    if row is None or row.packet_id is not None or row.status not in ("open", "handed_out"):
        raise StateError("This call cannot be given to anybody: it is done, or went out sealed.")
    if agent is None or agent.team_id != row.team_id or agent.disabled_at is not None:
        raise RuleError("That caller does not belong to the call's team.")
    if row.language not in agent.languages:
        raise RuleError(f"{agent.name} does not speak the donor's language.")
    campaign = session.get_one(Campaign, row.campaign_id).code
    if agent.certified.get(campaign, "") < queue.today(session, now).isoformat():
        raise RuleError(f"{lacks_certificate(f'{agent.name} holds', [campaign])} {HOW_TO_CERTIFY}")
    starts, ends = row.callable_from, row.callable_to
    if starts is None or ends is None or not starts <= now < ends:
        raise StateError("This call may not be made just now; give it when its hours begin.")
    row.status, row.agent_id, row.leased_until, row.updated_at = "handed_out", agent_id, ends, now
    detail = {"agent": agent_id}
    audit.append(session, "call.give", f"assignment:{assignment_id}", detail, at=now)


def colleagues(
    session: Session, team_id: int, now: datetime, besides: int | None = None
) -> list[RowMapping]:
    """Return the callers of a team whose certificate for a campaign holds; paper is nobody."""
    rows = session.execute(
        text("""select id, name, languages from agent
            where team_id = :team and disabled_at is null and code not like 'PAPER-%'
                and id is distinct from cast(:besides as bigint)
                and exists (select from jsonb_each_text(certified) as held where value >= :day)
            order by name, id limit 500"""),
        {"team": team_id, "besides": besides, "day": queue.today(session, now).isoformat()},
    )
    return list(rows.mappings())
