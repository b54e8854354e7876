"""Limits and clocks as they stand today: who comes near a limit, and what is due by law when.

Counted from the payments in our own books that are surely allocated; the treasurer's package holds
the full ledger with its day counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.compliance.limits import LimitBasis, limit_basis, with_generals
from campaign.compliance.rule_tables import Threshold, thresholds
from store.committees import Committee
from store.compliance import elections
from store.limits import limits_in_force

_RECEIVED = """
    select p.donor_id, c.id as charge_id, c.created_at,
        (c.created_at at time zone :zone)::date as received_on,
        greatest(0, least(a.amount_cents, c.captured_cents - c.refunded_cents)) as cents
    from allocation a
    join stripe_charge c on c.id = a.charge_id
    join pledge p on p.id = a.pledge_id
    where a.tier = 'confirmed' and p.donor_id is not null
        and (c.created_at at time zone :zone)::date between :first and :last
"""


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the law counts, on one day."""

    basis: LimitBasis
    near: list[RowMapping]
    best_efforts: list[RowMapping]
    notices: list[RowMapping]
    deposits: list[RowMapping]


def clocks(session: Session, committee: Committee, today: date) -> Clocks:
    """Return who is near or over the limit, and which clocks run."""
    known = with_generals(elections(session), today, today)
    limits = limits_in_force(session)
    basis = limit_basis(committee.kind, today, known, limits=limits)
    law, zone = thresholds(), committee.timezone
    values = {"zone": zone, "first": basis.first_day, "last": min(basis.last_day, today)}
    is_political = committee.kind != "nonprofit"
    held_on = min((one.held_on for one in known if one.held_on >= today), default=None)
    return Clocks(
        basis=basis,
        near=_near(session, basis, values | {"today": today}),
        best_efforts=_best_efforts(session, law, values) if is_political else [],
        notices=_notices(session, law["notice_48h"], held_on, zone) if is_political else [],
        deposits=_deposits(session, law["deposit"], today, zone),
    )


def _rows(session: Session, statement: str, values: dict[str, object]) -> list[RowMapping]:
    return list(session.execute(text(statement), values).mappings())


def _near(session: Session, basis: LimitBasis, values: dict[str, object]) -> list[RowMapping]:
    """Return people at four fifths of the limit or more, the highest first."""
    if basis.amount_cents is None:
        return []
    return _rows(
        session,
        f"""
            select d.id, d.first_name, d.last_name, sum(r.cents)::bigint as cents,
                max(r.received_on) as last_on,
                max(r.received_on) + cast(:days as integer) as due_on
            from ({_RECEIVED}) r join donor d on d.id = r.donor_id
            group by d.id having sum(r.cents) >= :cap * 0.8
            order by cents desc limit 200""",
        values | {"cap": basis.amount_cents, "days": thresholds()["excess"].days},
    )


def _best_efforts(
    session: Session, law: dict[str, Threshold], values: dict[str, object]
) -> list[RowMapping]:
    """Return people above the record-keeping sum whose occupation or employer is missing."""
    return _rows(
        session,
        f"""
            select d.id, d.first_name, d.last_name, sum(r.cents)::bigint as cents,
                d.occupation is null as lacks_occupation, d.employer is null as lacks_employer,
                min(r.received_on) as since, min(r.received_on) + cast(:days as integer) as due_on
            from ({_RECEIVED}) r join donor d on d.id = r.donor_id
            where d.occupation is null or d.employer is null
            group by d.id having sum(r.cents) > :sum order by due_on limit 200""",
        values
        | {
            "sum": law["record_occupation_employer"].more_than_cents or 20_000,
            "days": law["best_efforts"].days or 30,
        },
    )


def _notices(
    session: Session, rule: Threshold, held_on: date | None, zone: str
) -> list[RowMapping]:
    """Return receipts that must be told to the FEC within 48 hours."""
    if held_on is None:
        return []
    first = held_on - timedelta(days=rule.first_day_before_election or 19)
    last = held_on - timedelta(days=rule.last_day_before_election or 3)
    return _rows(
        session,
        f"""
            select r.charge_id, d.first_name, d.last_name, r.cents, r.created_at,
                r.created_at + interval '48 hours' as due_at
            from ({_RECEIVED}) r join donor d on d.id = r.donor_id
            where r.cents >= :sum order by r.created_at desc limit 200""",
        {"zone": zone, "first": first, "last": last, "sum": rule.at_least},
    )


def _deposits(session: Session, rule: Threshold, today: date, zone: str) -> list[RowMapping]:
    """Return payments that did not reach the bank within the days that the law gives."""
    return _rows(
        session,
        """
            select c.id as charge_id, c.captured_cents, c.created_at, t.payout, po.arrives_on,
                coalesce(po.arrives_on, cast(:today as date))
                    - (c.created_at at time zone :zone)::date as days
            from stripe_charge c
            left join stripe_balance_transaction t on t.id = c.balance_transaction
            left join stripe_payout po on po.id = t.payout
            where c.status = 'succeeded' and c.captured_cents > c.refunded_cents
                and coalesce(po.arrives_on, cast(:today as date))
                    - (c.created_at at time zone :zone)::date > :days
            order by c.created_at limit 200""",
        {"today": today, "zone": zone, "days": rule.days or 10},
    )
