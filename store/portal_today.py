"""What waits for somebody today, counted; each count leads to the rows behind it.

Belongs here: the counts and their days. Not here: the words (portal/today), or who may see which.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.compliance.limits import cycle_of
from campaign.compliance.periods import Coverage, coverage_on
from campaign.errors import InputError
from store.committees import Committee
from store.compliance import elections

_SOON_DAYS = 30  # how long beforehand the end of a contract is told


def lists_today(session: Session, since: datetime) -> RowMapping:
    """Return the pairs that wait, the lists that were stopped lately, and what was never begun."""
    (found,) = _rows(
        session,
        """select
            (select count(*) from donor_pair p
                join donor a on a.id = p.first_id and a.status <> 'merged'
                join donor b on b.id = p.second_id and b.status <> 'merged'
                where p.status = 'waiting') as pairs,
            (select count(*) from list_batch where status = 'stopped' and created_at >= :since)
                as stopped,
            (select max(id) from list_batch where status = 'stopped') as last_stopped_id,
            exists (select from campaign) as has_campaign,
            exists (select from list_batch) as has_list,
            exists (select from plan) as has_plan""",
        since=since,
    )
    return found


def open_plans(session: Session, today: date) -> list[RowMapping]:
    """Return the plans for today or later that are not published: id, campaign, day, calls, net."""
    return _rows(
        session,
        """select p.id, c.name as campaign, p.on_day, p.status, p.objective_cents,
            (p.summary ->> 'assignments')::int as calls
        from plan p join campaign c on c.id = p.campaign_id
        where p.status in ('draft', 'approved') and p.on_day >= :today
        order by p.id desc limit 5""",
        today=today,
    )


def calling_today(session: Session, midnight: datetime) -> list[RowMapping]:
    """Return by team what was called since midnight, and what is in its queue."""
    return _rows(
        session,
        """select t.code, t.name, coalesce(c.calls, 0) as calls, coalesce(c.pledges, 0) as pledges,
            coalesce(c.cents, 0)::bigint as cents, coalesce(a.waiting, 0) as waiting
        from team t
        left join (select c.team_id, count(*) as calls, count(p.id) as pledges,
                sum(p.amount_cents) as cents
            from call_attempt c left join pledge p on p.call_attempt_id = c.id
            where c.started_at >= :midnight group by 1) c on c.team_id = t.id
        left join (select team_id, count(*) as waiting from assignment
            where status in ('open', 'handed_out') group by 1) a on a.team_id = t.id
        where c.calls > 0 or a.waiting > 0 order by calls desc, t.name""",
        midnight=midnight,
    )


def papers_ending(session: Session, today: date) -> list[RowMapping]:
    """Return outside teams whose contract or data-sharing agreement ends soon, or has ended."""
    return _rows(
        session,
        """select name, least(contract_to, data_sharing_to) as ends_on from team
        where kind <> 'in_house' and least(contract_to, data_sharing_to) <= :until
        order by ends_on, name""",
        until=date.fromordinal(today.toordinal() + _SOON_DAYS),
    )


def books_today(session: Session) -> RowMapping:
    """Return open exceptions, suggestions, and how far books and statements reach."""
    (found,) = _rows(
        session,
        """select e.exceptions, e.sums, e.oldest_on, r.ran_at, r.broken, b.bank_until,
            (select count(*) from allocation where tier = 'suggested') as suggestions
        from (select coalesce(sum(number), 0)::bigint as exceptions, min(oldest_on) as oldest_on,
                jsonb_object_agg(currency, cents) as sums
            from (select currency, count(*) as number, sum(amount_cents)::bigint as cents,
                    min(opened_on) as oldest_on
                from book_exception where status = 'open' group by currency) each) e
        left join (select ran_at, (select count(*)
                from jsonb_array_elements(result -> 'invariants') one
                where one ->> 'status' = 'broken') as broken
            from reconciliation order by id desc limit 1) r on true
        left join (select max(booked_on) as bank_until from bank_line) b on true""",
    )
    return found


def reports_today(session: Session) -> list[RowMapping]:
    """Return the reports that wait for a signature, and the newest draft of each kind."""
    return _rows(
        session,
        """select code, kind, first_day, last_day, status, prepared_by, submitted_by from report
        where status = 'submitted' or id in (select max(id) from report
            where status = 'draft' group by kind) order by status desc, id desc limit 12""",
    )


def filings_due(session: Session, committee: Committee, today: date) -> list[Coverage]:
    """Return the quarterly reports of a candidate's committee that are due next, soonest first."""
    if committee.kind != "candidate":
        return []  # others choose how often they file
    known = elections(session)
    try:
        now = coverage_on("F3", today, known, committee.office)
        first = cycle_of(now.first_day)[0]
        before = date.fromordinal(now.first_day.toordinal() - 1)
        last = coverage_on("F3", max(before, first), known, committee.office)
    except (InputError, ValueError):
        return []
    return sorted(
        {one.code: one for one in (last, now) if one.due_on >= today}.values(),
        key=lambda one: one.due_on,
    )


def _rows(session: Session, statement: str, **values: object) -> list[RowMapping]:
    return list(session.execute(text(statement), values).mappings())
