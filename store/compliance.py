"""What the books say for a report, in whole tables: one query a question, frames out.

Belongs here: set-based questions over the ledger, the pledges and the calls. Does not belong
here: what a figure means for the law (`campaign/compliance`), or how it is drawn (`reports`).
Days are cut in the committee's time zone; `until` is the first moment after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaign.compliance.limits import Election
from campaign.errors import UnknownCodeError
from models.committee import Election as ElectionRow
from store import call_frames, payers
from store.taken_back import TAKEN_BACK

_RECEIPTS = f"""
with share as (
    -- A suggestion is no fact: it names neither who gave, nor an election, nor a team.
    -- A payment that went back was its pledge's in the month in which it came, and still is.
    select distinct on (charge_id) charge_id, pledge_id, before_cents, won_back_cents
    from paid_part order by charge_id, paid_cents desc, pledge_id
), allocated as (
    select charge_id,
           sum(amount_cents) filter (where tier = 'confirmed') as confirmed_cents,
           sum(amount_cents) filter (where tier <> 'confirmed') as suggested_cents
    from allocation group by charge_id
), taken as {TAKEN_BACK}
select c.id as charge_id,
       (c.created_at at time zone :zone)::date as received_on,
       c.captured_cents as amount_cents, c.refunded_cents,
       coalesce(taken.cents, 0) as taken_back_cents, c.method, c.card_country,
       c.card_fingerprint, c.payer_name, lower(c.payer_email) as payer_email, c.payer_phone,
       coalesce(c.postal_code, c.payer_address ->> 'postal_code') as payer_zip,
       c.payer_address ->> 'line1' as payer_street, c.payer_address ->> 'line2' as payer_street_2,
       c.payer_address ->> 'city' as payer_city, c.payer_address ->> 'state' as payer_state,
       c.payer_address ->> 'country' as payer_country,
       c.raw #>> '{{metadata,employer}}' as payer_employer,
       c.raw #>> '{{metadata,occupation}}' as payer_occupation,
       c.raw #>> '{{metadata,election_code}}' as payer_election,
       c.raw #>> '{{payment_method_details,card,funding}}' as card_funding,
       c.raw #>> '{{metadata,goods}}' as goods, c.raw #>> '{{metadata,goods_value}}' as goods_value,
       b.id as balance_transaction, coalesce(b.fee_cents, 0) as fee_cents,
       (b.available_on at time zone :zone)::date as available_on,
       b.payout, line.id as bank_line, line.booked_on as deposited_on,
       coalesce(allocated.confirmed_cents, 0) as confirmed_cents,
       coalesce(allocated.suggested_cents, 0) as suggested_cents,
       p.id as pledge_id, p.ref as pledge_ref,
       coalesce(share.before_cents, p.amount_cents, 0) as at_most_cents,
       coalesce(share.won_back_cents, share.before_cents, p.amount_cents, 0)
           as at_most_since_cents,
       p.campaign_id, p.call_attempt_id as call_id,
       p.pledged_on, p.team_id, team.code as team_code, coalesce(k.code, '') as campaign_code,
       coalesce(pe.code, ce.code) as pledge_election,
       p.first_name as pledge_first_name, p.last_name as pledge_last_name,
       lower(p.email) as pledge_email, p.phone_e164 as pledge_phone,
       p.postal_code as pledge_zip,
       d.id as donor_id, d.first_name, d.middle_name, d.last_name, d.suffix, d.street, d.city,
       d.state, d.postal_code as zip, d.country, d.occupation, d.employer
from stripe_charge c
left join stripe_balance_transaction b on b.id = c.balance_transaction
left join lateral (
    select min(bank_line_id) as id, min(booked_on) as booked_on
    from payout_in_bank where payout = b.payout
) line on b.payout is not null
left join share on share.charge_id = c.id
left join allocated on allocated.charge_id = c.id
left join taken on taken.charge = c.id
left join pledge p on p.id = share.pledge_id
left join team on team.id = p.team_id
left join election pe on pe.id = p.election_id
left join campaign k on k.id = p.campaign_id
left join election ce on ce.id = k.election_id
left join donor own on own.id = p.donor_id
left join donor d on d.id = coalesce({payers.OTHER_ID}, own.id, {payers.DONOR_ID})
where c.status = 'succeeded' and c.captured_cents > 0 and c.currency = :currency
  and c.created_at < :until
"""
_IN_ORDER = "order by c.created_at, c.id"

# Payments that pay several pledges, pledge by pledge: the receipts name the largest part alone.
_SPLIT = """
select a.charge_id, a.pledge_id, a.confirmed_cents,
       coalesce(a.before_cents, p.amount_cents) as at_most_cents,
       coalesce(a.won_back_cents, a.before_cents, p.amount_cents) as at_most_since_cents,
       team.code as team_code, coalesce(k.code, '') as campaign_code
from paid_part a
join pledge p on p.id = a.pledge_id
left join team on team.id = p.team_id
left join campaign k on k.id = p.campaign_id
where p.currency = :currency and a.charge_id in (
    select charge_id from paid_part group by 1 having count(*) > 1)
order by a.charge_id, a.paid_cents desc, a.pledge_id
"""

_RETURNS = """
select 'refund' as kind, r.id as return_id, r.charge as charge_id,
       (r.created_at at time zone :zone)::date as returned_on, r.amount_cents, r.reason
from stripe_refund r
where r.status not in ('failed', 'canceled') and r.currency = :currency and r.created_at < :until
union all
select case when b.reporting_category = 'dispute_reversal' then 'dispute won' else 'dispute' end,
       b.id, d.charge, (b.created_at at time zone :zone)::date, -b.amount_cents, d.reason
from stripe_balance_transaction b join stripe_dispute d on d.id = b.source
where b.reporting_category in ('dispute', 'dispute_reversal') and b.currency = :currency
  and b.created_at < :until
union all
select 'debit failed', b.id, c.id, (b.created_at at time zone :zone)::date, -b.amount_cents,
       c.raw ->> 'failure_code'
from stripe_balance_transaction b join stripe_charge c on c.id = b.source
where b.reporting_category = 'charge_failure' and c.status = 'succeeded'
  and b.currency = :currency and c.currency = :currency and b.created_at < :until
order by 4, 2
"""

_FEES = """
select (created_at at time zone :zone)::date as paid_on,
       case when reporting_category in ('fee', 'tax') then 'account fee'
            when reporting_category in ('dispute', 'dispute_reversal') then 'dispute fee'
            else 'payment fee' end as kind,
       sum(fee_cents - case when reporting_category in ('fee', 'tax') then amount_cents else 0 end)
         ::bigint as amount_cents,
       count(*) as rows
from stripe_balance_transaction
where currency = :currency and created_at < :until
  and (fee_cents <> 0 or reporting_category in ('fee', 'tax'))
group by 1, 2 order by 1, 2
"""

_LEDGER = """
select reporting_category as category,
       count(*) filter (where created_at >= :since) as rows,
       coalesce(sum(amount_cents) filter (where created_at >= :since), 0)::bigint as amount_cents,
       coalesce(sum(fee_cents) filter (where created_at >= :since), 0)::bigint as fee_cents,
       coalesce(sum(net_cents) filter (where created_at >= :since), 0)::bigint as net_cents,
       coalesce(sum(net_cents) filter (where created_at < :since), 0)::bigint as before_cents
from stripe_balance_transaction
where currency = :currency and created_at < :until
group by 1 order by 1
"""

# A payout may fail in the period after it was made: its line and the line back are then each
# counted in the period of their own ledger row.
_PAYOUTS = """
select o.id as payout, (o.created_at at time zone :zone)::date as created_on, o.arrives_on,
       o.status, o.is_automatic and o.reconciliation_status = 'completed' as is_provable,
       o.amount_cents, coalesce(moved.cents, 0)::bigint as paid_out_cents,
       line.id as bank_line, line.booked_on,
       coalesce(line.amount_cents, 0)::bigint as bank_cents, coalesce(line.rows, 0) as bank_rows,
       coalesce(held.net_cents, 0)::bigint as rows_net_cents, coalesce(held.rows, 0) as rows
from stripe_payout o
left join (select source, -sum(net_cents) as cents,
                  array_agg(distinct reporting_category) as categories
           from stripe_balance_transaction
           where reporting_category in ('payout', 'payout_reversal')
             and created_at >= :since and created_at < :until group by 1) moved
       on moved.source = o.id
left join lateral (
    select min(bank_line_id) as id, min(booked_on) as booked_on, count(*) as rows,
           sum(b.amount_cents)::bigint as amount_cents
    from payout_in_bank b where b.payout = o.id
      and (moved.source is null or moved.categories @> array[
           case when sign(b.amount_cents) = sign(o.amount_cents) then 'payout'
                else 'payout_reversal' end])
) line on true
left join (select payout, sum(net_cents)::bigint as net_cents, count(*) as rows
           from stripe_balance_transaction
           -- Its own row apart; money of a payout that came back lies in the next one.
           where source is distinct from payout group by 1) held
       on held.payout = o.id
where o.currency = :currency and o.created_at < :until
  and (moved.source is not null or o.created_at >= :since)
order by 2, 1
"""

# What the ledger tells in another period than the charge or the refund itself, or tells of money
# that came to nothing: the items between gross receipts and the ledger's net activity.
_TIMING = """
with charges as (
    select id, captured_cents from stripe_charge where status = 'succeeded' and captured_cents > 0
      and currency = :currency and created_at >= :since and created_at < :until
), refunds as (
    select id, amount_cents from stripe_refund where status not in ('failed', 'canceled')
      and currency = :currency and created_at >= :since and created_at < :until
), ledger as (
    select id, reporting_category, source, amount_cents,
           (created_at at time zone :zone)::date as day
    from stripe_balance_transaction
    where reporting_category in ('charge', 'charge_failure', 'refund', 'refund_failure')
      and currency = :currency and created_at >= :since and created_at < :until
)
select 'on the ledger only' as side, l.reporting_category as kind, l.id as row_id,
       l.source as subject, l.day, l.amount_cents
from ledger l
where not (l.reporting_category = 'charge' and exists (select from charges where id = l.source))
  and not (l.reporting_category = 'refund' and exists (select from refunds where id = l.source))
  and not (l.reporting_category = 'charge_failure' and exists (
      select from stripe_charge c
      where c.id = l.source and c.status = 'succeeded' and c.currency = :currency))
union all
select 'not on the ledger yet', 'charge', c.id, c.id, null, -c.captured_cents from charges c
where not exists (select from ledger where reporting_category = 'charge' and source = c.id)
union all
select 'not on the ledger yet', 'refund', r.id, r.id, null, r.amount_cents from refunds r
where not exists (select from ledger where reporting_category = 'refund' and source = r.id)
order by 1, 3
"""

_PLEDGES = """
select p.id as pledge_id, p.ref as pledge_ref, p.donor_id, p.pledged_on, p.due_on, p.status,
       p.amount_cents, p.written_off_cents, coalesce(paid.cents, 0)::bigint as paid_cents,
       p.source, p.call_attempt_id as call_id, team.code as team_code, k.code as campaign_code
from pledge p
left join (
    select a.pledge_id, sum(a.amount_cents)::bigint as cents
    from allocation a join stripe_charge c on c.id = a.charge_id
    where a.tier = 'confirmed' and c.created_at < :until group by 1
) paid on paid.pledge_id = p.id
left join team on team.id = p.team_id
left join campaign k on k.id = p.campaign_id
where p.pledged_on <= :last_day and p.currency = :currency
order by p.pledged_on, p.id
"""

_REMEDIES = """
select r.id as remedy_id, r.charge_id, r.kind, r.amount_cents, r.to_election, r.to_donor_id,
       r.decided_on, r.decided_by, r.because, d.first_name, d.last_name, d.street, d.city,
       d.state, d.postal_code as zip, d.employer, d.occupation,
       trim(concat(d.first_name, ' ', d.last_name)) as full_name
from remedy r left join donor d on d.id = r.to_donor_id
where r.decided_on <= :last_day order by r.id
"""

_LETTERS = """
select kind, subject_key, number, donor_id, channel, status,
       (sent_at at time zone :zone)::date as sent_on
from letter where sent_at < :until or sent_at is null order by id
"""

_TEAMS = """
select id as team_id, code as team_code, name as team, kind, country, cost_model, cost_cents,
       cost_basis_points, calls_per_hour, contract_from, contract_to, data_sharing_to
from team order by code
"""

_EXCEPTIONS = """
select e.id as exception_id, kind, subject, amount_cents, currency, reason, opened_on, owner,
       status, resolution, because, resolved_at, before, after,
       case resolved_by when 'rule' then 'reconciliation'
           else coalesce(u.email, resolved_by) end as resolved_by
from book_exception e
    left join app_user u on resolved_by in ('user:' || u.id, 'token-of-user:' || u.id)
where opened_on <= :last_day order by opened_on, e.id
"""

# Two lists that tell of the same sum on the same day tell of one gift; one list twice, of two.
_HISTORY = """
select distinct on (given_on, donor_id, amount_cents, number)
       donor_id, given_on, amount_cents, coalesce(election_code, '') as election_code
from (select *, row_number() over (
          partition by donor_id, given_on, amount_cents, source order by id) as number from gift
      where currency = :currency and given_on <= :last_day and amount_cents > 0) told
order by given_on, donor_id, amount_cents, number, told.election_code nulls last, id
"""

_EARMARKS = """
select g.source, g.external_id, g.donor_id, g.given_on, g.amount_cents,
       coalesce(g.election_code, '') as election_code, d.first_name, d.middle_name, d.last_name,
       d.suffix, d.street, null as street_2, d.city, d.state, d.postal_code as zip, d.country,
       d.employer, d.occupation
from gift g join donor d on d.id = g.donor_id
where g.source = any(:sources) and g.currency = :currency and g.given_on <= :last_day
  and g.amount_cents > 0
order by g.given_on, g.source, g.external_id
"""

_QUERIES: Mapping[str, str] = {
    "receipts": _RECEIPTS + _IN_ORDER,
    "receipts since": f"{_RECEIPTS} and c.created_at >= :since {_IN_ORDER}",
    "split": _SPLIT,
    "returns": _RETURNS,
    "fees": _FEES,
    "ledger": _LEDGER,
    "payouts": _PAYOUTS,
    "timing": _TIMING,
    "pledges": _PLEDGES,
    "calls": call_frames.CALLS,
    "teams": _TEAMS,
    "vendor_days": call_frames.VENDOR_DAYS,
    "calling": call_frames.CALLING,
    "remedies": _REMEDIES,
    "letters": _LETTERS,
    "exceptions": _EXCEPTIONS,
    "history": _HISTORY,
}


_BULK_TABLES = (
    "stripe_charge, stripe_refund, stripe_dispute, stripe_balance_transaction, stripe_payout, "
    "bank_line, bank_line_part, allocation, allocation_before_return, pledge, donor, donor_email, "
    "gift, call_attempt, letter, remedy"
)
_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_COUNTS = frozenset({"attempts", "seconds", "rows", "donors"})


def frame(session: Session, name: str, **values: object) -> pd.DataFrame:
    """Return the answer to one of the questions above as a frame."""
    result = session.execute(text(_QUERIES[name]), values)
    answer = pd.DataFrame(result.all(), columns=list(result.keys()))
    # Without rows a column has no type of its own: cents must add up to 0 all the same.
    counted = [
        column for column in map(str, answer) if column.endswith("_cents") or column in _COUNTS
    ]
    return answer.astype(dict.fromkeys(counted, "int64"))


def book_frames(
    session: Session,
    *,
    zone: str,
    currency: str,
    since: datetime,
    until: datetime,
    last_day: date,
) -> dict[str, pd.DataFrame]:
    """Return every table of a report over [since, until)."""
    # After a bulk load the planner knows nothing of the new rows yet, and joins them in loops.
    session.execute(text(f"analyze {_BULK_TABLES}"))
    values = {
        "zone": zone,
        "currency": currency,
        "since": since,
        "until": until,
        "last_day": last_day,
        **call_frames.law_of(last_day),
    }
    return {name: frame(session, name, **values) for name in _QUERIES if name != "receipts since"}


def returned_cents(session: Session, currency: str) -> dict[str, int]:
    """Return what of each charge went back so far; a dispute that was won brought its part."""
    values = {"zone": "UTC", "currency": currency, "until": _EVER}
    rows = frame(session, "returns", **values).groupby("charge_id")["amount_cents"].sum()
    return {str(charge): int(cents) for charge, cents in rows.items()}


def earmarked_gifts(
    session: Session, sources: Sequence[str], currency: str, last_day: date
) -> pd.DataFrame:
    """Return the gifts that these lists tell of, with who gave; UnknownCodeError names a list."""
    known = session.scalars(text("select distinct source from list_batch order by 1")).all()
    for source in sources:
        if source not in known:
            raise UnknownCodeError("list", source, known)
    values = {"sources": list(sources), "currency": currency, "last_day": last_day}
    result = session.execute(text(_EARMARKS), values)
    return pd.DataFrame(result.all(), columns=list(result.keys()))


def elections(session: Session) -> tuple[Election, ...]:
    """Return the elections on file."""
    rows = session.scalars(select(ElectionRow).order_by(ElectionRow.held_on, ElectionRow.code))
    return tuple(Election(row.code, row.held_on) for row in rows)


def last_reconciliation(session: Session, first_day: date, last_day: date) -> dict[str, Any] | None:
    """Return what the newest reconciliation of exactly these days proved, or None."""
    found = session.execute(
        text(
            "select id, ran_at, input_hash, output_hash, result from reconciliation "
            "where first_day = :first and last_day = :last order by id desc limit 1"
        ),
        {"first": first_day, "last": last_day},
    ).mappings()
    row = found.first()
    return None if row is None else dict(row)


def other_currencies(session: Session, currency: str) -> list[tuple[str, int]]:
    """Return the currencies of charges that a report in one currency leaves out, with counts."""
    rows = session.execute(
        text(
            "select currency, count(*) from stripe_charge where status = 'succeeded' "
            "and currency <> :currency group by 1 order by 1"
        ),
        {"currency": currency},
    )
    return [(str(code), int(count)) for code, count in rows]


def years_with_receipts(session: Session, zone: str) -> list[int]:
    """Return the calendar years in which a charge succeeded, the newest first."""
    rows = session.scalars(
        text(
            "select distinct extract(year from created_at at time zone :zone)::int as y "
            "from stripe_charge where status = 'succeeded' order by y desc"
        ),
        {"zone": zone},
    )
    return [int(year) for year in rows]
