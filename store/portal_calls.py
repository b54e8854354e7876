"""What callers, leads and vendor managers see beside the queue: today, the team, packets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from store.call_results import CONTACTED


@dataclass(frozen=True, slots=True)
class Day:
    """What a caller did since midnight."""

    calls: int
    reached: int
    pledges: int
    pledged_cents: int


def day_of_caller(session: Session, agent_id: int, since: datetime) -> Day:
    """Return a caller's calls and pledges since a moment."""
    row = session.execute(
        text(f"""select count(*) as calls,
                count(*) filter (where t.call_result in ({CONTACTED})) as reached,
                count(p.id) as pledges, coalesce(sum(p.amount_cents), 0)::bigint as pledged_cents
            from call_attempt t left join pledge p on p.call_attempt_id = t.id
            where t.agent_id = :agent and t.started_at >= :since"""),
        {"agent": agent_id, "since": since},
    )
    return Day(**row.mappings().one())


def zone_of_donor(session: Session, donor_id: int) -> str | None:
    """Return the time zone at the donor's address, else of the number."""
    zone: str | None = session.scalar(
        text("select coalesce(timezone, phone_timezone) from donor where id = :id"),
        {"id": donor_id},
    )
    return zone


def donor_of_assignment(session: Session, assignment_id: int) -> int | None:
    """Return whom a call is for, when the viewer may see it."""
    donor_id: int | None = session.scalar(
        text("select donor_id from assignment where id = :id"), {"id": assignment_id}
    )
    return donor_id


def team_of(session: Session, team_id: int) -> RowMapping | None:
    """Return a team's own facts."""
    return (
        session.execute(
            text("""select id, code, name, kind, timezone, contract_to, data_sharing_to,
                    fair_conditions_on, age_recipient is not null as has_key
                from team where id = :id"""),
            {"id": team_id},
        )
        .mappings()
        .first()
    )


def callers(session: Session, team_id: int, since: datetime, now: datetime) -> list[RowMapping]:
    """Return each caller with today's work, the certificates, and whether a call is in hand."""
    return list(
        session.execute(
            text("""
                select g.id, g.code, g.name, g.languages, g.certified, g.disabled_at,
                    count(t.id) as calls, count(p.id) as pledges,
                    coalesce(sum(p.amount_cents), 0)::bigint as pledged_cents,
                    max(t.started_at) as last_call,
                    exists (select from assignment a where a.agent_id = g.id
                        and a.status = 'handed_out' and a.leased_until > :now) as on_line
                from agent g
                left join agent paper on paper.team_id = g.team_id
                    and paper.code = 'PAPER-' || g.id
                left join call_attempt t on t.agent_id in (g.id, paper.id)
                    and t.started_at >= :since
                left join pledge p on p.call_attempt_id = t.id
                where g.team_id = :team and g.code not like 'PAPER-%'
                group by g.id order by calls desc, g.name limit 500"""),
            {"team": team_id, "since": since, "now": now},
        ).mappings()
    )


def queue_figures(session: Session, team_id: int, now: datetime) -> RowMapping:
    """Return how the team's queue stands."""
    return (
        session.execute(
            text("""select count(*) filter (where status = 'open') as open,
                    count(*) filter (where status = 'open' and callable_from <= :now
                        and callable_to > :now) as callable_now,
                    count(*) filter (where status = 'handed_out') as in_hand,
                    count(*) filter (where status = 'done') as done,
                    count(*) filter (where status = 'open' and callback_at is not null)
                        as callbacks
                from assignment where team_id = :team"""),
            {"team": team_id, "now": now},
        )
        .mappings()
        .one()
    )


def in_hand(session: Session, team_id: int) -> list[RowMapping]:
    """Return the calls that callers hold, the longest first."""
    return list(
        session.execute(
            text("""select a.id, g.id as agent_id, g.name as caller, a.leased_until, a.segment
                from assignment a join agent g on g.id = a.agent_id
                where a.team_id = :team and a.status = 'handed_out' and a.packet_id is null
                order by a.leased_until limit 200"""),
            {"team": team_id},
        ).mappings()
    )


def monitoring(session: Session, team_id: int | None) -> list[RowMapping]:
    """Return calls that were drawn to be listened to, those not heard yet first."""
    return list(
        session.execute(
            text("""select q.call_attempt_id, q.drawn_at, q.outcome, q.note, q.reviewed_by,
                    q.reviewed_at, q.seed, t.external_id, t.call_result, t.started_at,
                    t.duration_seconds, g.name as caller, team.name as team
                from quality_review q join call_attempt t on t.id = q.call_attempt_id
                join team on team.id = t.team_id left join agent g on g.id = t.agent_id
                where cast(:team as bigint) is null or t.team_id = :team
                order by (q.outcome is null) desc, q.drawn_at desc limit 200"""),
            {"team": team_id},
        ).mappings()
    )


def packets(session: Session, team_id: int | None = None) -> list[RowMapping]:
    """Return the packets that the viewer may see, with what came back of each."""
    return list(
        session.execute(
            text("""select p.id, p.code, p.rows, p.sha256, p.path, p.created_at, p.expires_at,
                    p.status, p.deletion_certified_at, team.name as team, team.code as team_code,
                    count(r.packet_row_id) filter (where r.status = 'returned') as returned,
                    count(r.packet_row_id) filter (where r.status = 'out') as still_out
                from packet p join team on team.id = p.team_id
                left join packet_row r on r.packet_id = p.id
                where cast(:team as bigint) is null or p.team_id = :team
                group by p.id, team.name, team.code order by p.id desc limit 200"""),
            {"team": team_id},
        ).mappings()
    )


def result_files(session: Session, team_id: int) -> list[RowMapping]:
    """Return the results files that came back, each with its account."""
    return list(
        session.execute(
            text("""select file_name, rows_read, recorded, repeated, exceptions, received_at
                from result_file where team_id = :team order by id desc limit 100"""),
            {"team": team_id},
        ).mappings()
    )


def result_exceptions(session: Session, team_id: int) -> list[RowMapping]:
    """Return rows of results that were not taken in, and why; no donor's values."""
    return list(
        session.execute(
            text("""select id, source_row, call_id, packet_row_id, kind, reason, opened_at
                from result_exception where team_id = :team and status = 'open'
                order by id desc limit 200"""),
            {"team": team_id},
        ).mappings()
    )


def sheet_of(session: Session, agent_id: int) -> list[dict[str, Any]]:
    """Return the calls that were printed for somebody, in the order of the sheet."""
    rows = session.execute(
        text("""select a.id, a.asks_cents, a.headroom_cents, a.leased_until, a.callable_to,
                d.id as donor_id, d.first_name, d.last_name, d.phone_e164, d.city, d.state,
                coalesce(d.timezone, d.phone_timezone) as zone
            from assignment a join donor d on d.id = a.donor_id
            where a.agent_id = :agent and a.status = 'handed_out' order by a.priority"""),
        {"agent": agent_id},
    )
    return [dict(row) for row in rows.mappings()]
