"""The in-house desk of the example's campaign: calls in its queue, asked for and answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from store.queue import Call, NoCall, next_call
from store.session import unit_of_work
from store.spoken_results import record_result
from tests.support.calling import NOON


@dataclass(frozen=True)
class Desk:
    """The in-house team with its two callers, and calls in its queue."""

    team: int
    maria: int
    devon: int


def open_calls(session: Session, desk: Desk, ids: list[int], **changes: Any) -> None:
    """Open a call to each donor, in the order given, legal for the next hours."""
    values = {
        "asks": "[25000, 10000, 5000]",
        "from": NOON - timedelta(hours=2),
        "to": NOON + timedelta(hours=5),
        "language": "en",
    } | changes
    session.execute(
        text(
            "insert into plan (campaign_id, on_day, status, objective_cents, summary, input_hash, "
            "created_at) select id, '2026-09-09', 'published', 0, '{}', 'x', :at from campaign"
        ),
        {"at": NOON},
    )
    session.execute(
        text(
            "insert into assignment (plan_id, campaign_id, donor_id, team_id, status, priority, "
            'asks_cents, "window", reason, callable_from, callable_to, language, updated_at) '
            "select max(p.id), max(p.campaign_id), :donor, :team, 'open', :priority, "
            "cast(:asks as jsonb), '{}', 'test', :from, :to, :language, :from from plan p"
        ),
        [values | {"donor": n, "team": desk.team, "priority": i} for i, n in enumerate(ids)],
    )
    session.commit()


def ask(desk: Desk, agent: int | None = None, now: datetime = NOON) -> Call | NoCall:
    with unit_of_work() as opened:
        return next_call(opened, desk.team, agent or desk.maria, now)


def take(desk: Desk, agent: int | None = None, now: datetime = NOON) -> Call:
    found = ask(desk, agent, now)
    assert isinstance(found, Call), found
    return found


def tell(desk: Desk, call: Call, disposition: str, now: datetime = NOON, **more: Any) -> Any:
    agent = more.pop("agent", desk.maria)
    with unit_of_work() as opened:
        return record_result(
            opened,
            team_id=desk.team,
            agent_id=agent,
            assignment_id=call.assignment_id,
            disposition=disposition,
            now=now,
            **more,
        )
