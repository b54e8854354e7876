"""Limits and clocks as they stand today: who comes near a limit, and what is due by law when.

Counted from every payment in our own books, on a pledge or not; the treasurer's package holds the
full ledger with its day counts, and the gifts that lists tell of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.compliance.limits import Election, LimitBasis, limit_basis, with_generals
from campaign.compliance.notices import windows
from campaign.compliance.person_names import is_organisation
from campaign.compliance.rule_tables import Threshold, thresholds
from store import payers
from store.committees import Committee
from store.compliance import elections
from store.limits import limits_in_force

# Who paid: the pledge's donor, else the one with the payer's e-mail and last name, else the payer.
_RECEIVED = f"""
    select c.id as charge_id, c.created_at, (c.created_at at time zone :zone)::date as received_on,
        c.captured_cents as gross_cents, c.captured_cents - c.refunded_cents as cents,
        coalesce('D:' || d.id, 'P:' || lower(coalesce(nullif(c.payer_email, ''), c.payer_name,
            c.id))) as who,
        coalesce(nullif(trim(concat(d.first_name, ' ', d.last_name)), ''), c.payer_name,
            'not known') as name,
        coalesce(d.occupation, c.raw #>> '{{metadata,occupation}}') as occupation,
        coalesce(d.employer, c.raw #>> '{{metadata,employer}}') as employer
    from stripe_charge c
    left join lateral (select a.pledge_id from allocation a where a.charge_id = c.id
        order by a.amount_cents desc, a.pledge_id limit 1) share on true
    left join pledge p on p.id = share.pledge_id
    left join donor d on d.id = coalesce(p.donor_id, {payers.DONOR_ID})
    where c.status = 'succeeded' and c.currency = :currency
        and c.created_at >= cast(:first as date)::timestamp at time zone :zone
        and c.created_at < (cast(:last as date) + 1)::timestamp at time zone :zone
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
    values = {
        "zone": zone,
        "currency": committee.currency,
        "first": basis.first_day,
        "last": min(basis.last_day, today),
    }
    is_political = committee.kind != "nonprofit"
    held_on = min((one.held_on for one in known if one.held_on >= today), default=None)
    return Clocks(
        basis=basis,
        near=_near(session, basis, values | {"today": today}),
        best_efforts=_best_efforts(session, law, values) if is_political else [],
        notices=_notices(session, held_on, values) if committee.kind == "candidate" else [],
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
            select min(r.name) as name, sum(r.cents)::bigint as cents,
                max(r.received_on) as last_on,
                max(r.received_on) + cast(:days as integer) as due_on
            from ({_RECEIVED}) r group by r.who having sum(r.cents) >= :cap * 0.8
            order by cents desc limit 200""",
        values | {"cap": basis.amount_cents, "days": thresholds()["excess"].days},
    )


def _best_efforts(
    session: Session, law: dict[str, Threshold], values: dict[str, object]
) -> list[RowMapping]:
    """Return people above the record-keeping sum whose occupation or employer is missing."""
    found = _rows(
        session,
        f"""
            select min(r.name) as name, sum(r.cents)::bigint as cents,
                max(r.occupation) is null as lacks_occupation,
                max(r.employer) is null as lacks_employer,
                min(r.received_on) as since, min(r.received_on) + cast(:days as integer) as due_on,
                (select max(l.sent_at) from letter l where l.kind = 'best_efforts'
                    and l.subject_key = any(array_agg('contributor:' || r.who)
                        || array_agg('contributor:P:' || r.charge_id))) as asked_at
            from ({_RECEIVED}) r group by r.who
            having sum(r.cents) > :sum and (max(r.occupation) is null or max(r.employer) is null)
            order by due_on limit 200""",
        values
        | {
            "sum": law["record_occupation_employer"].more_than_cents,
            "days": law["best_efforts"].days,
        },
    )
    return [row for row in found if not is_organisation(row["name"])]


def _notices(session: Session, held_on: date | None, values: dict[str, object]) -> list[RowMapping]:
    """Return receipts that must be told to the FEC within 48 hours."""
    if held_on is None:
        return []
    (window,) = windows([Election("", held_on)])
    return _rows(
        session,
        f"""
            select r.charge_id, r.name, r.gross_cents as cents, r.created_at,
                r.created_at + make_interval(hours => 24 * :days) as due_at
            from ({_RECEIVED}) r
            where r.gross_cents >= :sum order by r.created_at desc limit 200""",
        values
        | {
            "first": window.first_day,
            "last": window.last_day,
            "sum": thresholds()["notice_48h"].at_least,
            "days": thresholds()["notice_48h"].days,
        },
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
