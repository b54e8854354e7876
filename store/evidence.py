"""The chain of evidence behind a payment: list row, call, pledge, charge, payout, bank line.

Belongs here: questions that follow one payment both ways. Does not belong here: sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

_OF_CALL = """
       p.ref as pledge, p.pledged_on, p.amount_cents as pledged_cents, p.source as pledge_source,
       t.id as call, (t.started_at at time zone :zone)::timestamp(0) as called_at, t.call_result,
       t.duration_seconds, team.code as team, agent.code as agent,
       s.code as script, s.version as script_version, s.language as script_language,
       d.id as donor_id, nullif(trim(concat(d.first_name, ' ', d.last_name)), '') as donor,
       r.batch_id as list_batch, r.source_row as list_row, r.source as list_source,
       r.file_name as list_file
"""
_TO_THE_LIST = """
left join call_attempt t on t.id = p.call_attempt_id
left join team on team.id = t.team_id
left join agent on agent.id = t.agent_id
left join script s on s.id = t.script_id
left join donor d on d.id = p.donor_id
left join lateral (
    select w.batch_id, w.source_row, l.source, l.file_name
    from staged_row w join list_batch l on l.id = w.batch_id
    where w.donor_id = d.id and l.status = 'admitted' order by w.batch_id, w.source_row limit 1
) r on true
"""
# What payments pay, and what those paid that went back: nothing is matched with them any more.
ON_PLEDGES = """(
    select id, charge_id, pledge_id, amount_cents, tier, reason, confidence, decided_by
    from allocation
    union all
    select null, charge_id, pledge_id, amount_cents, 'returned', 'paid it until it went back',
        null, 'rule'
    from allocation_before_return b where not exists (
        select from allocation n where n.charge_id = b.charge_id and n.pledge_id = b.pledge_id)
        and b.amount_cents > 0
)"""
_CHAIN = f"""
select c.id as payment, (c.created_at at time zone :zone)::date as received_on,
       c.captured_cents as amount_cents, c.payer_name as payer,
       a.amount_cents as on_pledge_cents, a.tier, a.reason as matched_because,
       {_OF_CALL},
       b.id as ledger_row, b.fee_cents, b.net_cents, b.payout, o.arrives_on,
       line.bank_line_id as bank_line, line.booked_on, line.amount_cents as bank_cents
from stripe_charge c
left join {ON_PLEDGES} a on a.charge_id = c.id
left join pledge p on p.id = a.pledge_id
{_TO_THE_LIST}
left join stripe_balance_transaction b on b.id = c.balance_transaction
left join stripe_payout o on o.id = b.payout
left join lateral (
    select bank_line_id, booked_on, amount_cents from payout_in_bank
    where payout = b.payout order by bank_line_id limit 1
) line on true
where c.id = any(:payments)
order by c.created_at, c.id, a.id, a.pledge_id
"""
_PLEDGE_CHAIN = f"""
select p.amount_cents, {_OF_CALL} from pledge p {_TO_THE_LIST}
where p.ref = any(:refs) order by p.pledged_on, p.id
"""


def pledge_chains(session: Session, refs: Sequence[str], zone: str) -> list[dict[str, Any]]:
    """Return one row for each pledge, from the list row to the promise."""
    rows = session.execute(text(_PLEDGE_CHAIN), {"refs": list(refs), "zone": zone})
    return [dict(row) for row in rows.mappings()]


def payments_of_payouts(session: Session, payouts: Sequence[str], limit: int) -> list[str]:
    """Return payments whose money these payouts brought to the bank."""
    found = session.scalars(
        text(
            "select c.id from stripe_charge c "
            "join stripe_balance_transaction b on b.id = c.balance_transaction "
            "where b.payout = any(:payouts) order by b.payout, c.created_at, c.id limit :limit"
        ),
        {"payouts": list(payouts), "limit": limit},
    )
    return [str(payment) for payment in found]


def chains(session: Session, payments: Sequence[str], zone: str) -> list[dict[str, Any]]:
    """Return one row for each payment and pledge it pays or paid, from list row to bank line."""
    rows = session.execute(text(_CHAIN), {"payments": list(payments), "zone": zone})
    return [dict(row) for row in rows.mappings()]
