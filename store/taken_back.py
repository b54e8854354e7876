"""What a payer's bank took back and gave again: disputes, debits that failed once they had come.

Belongs here: parts of statements. Does not belong here: refunds, which each charge tells itself.
"""

from __future__ import annotations

from campaign.books.ledger import WITHHELD

# Each charge with what was taken of it so far. A debit that never counted has nothing to lose.
TAKEN_BACK = f"""(
    select charge, sum(cents) as cents from (
        select charge, amount_cents as cents from stripe_dispute where status in {WITHHELD}
        union all
        select c.id, -b.amount_cents from stripe_balance_transaction b
        join stripe_charge c on c.id = b.source and c.status = 'succeeded'
        where b.reporting_category = 'charge_failure'
    ) took group by 1
)"""
# When each charge came for good: one that a dispute took wholly is there again since it was won.
WON_BACK = """(
    select d.charge, max(b.created_at) as at
    from stripe_balance_transaction b
    join stripe_dispute d on d.id = b.source join stripe_charge c on c.id = d.charge
    where b.reporting_category = 'dispute_reversal'
      and d.amount_cents >= c.captured_cents - coalesce((
          select sum(r.amount_cents) from stripe_refund r
          where r.charge = c.id and r.status not in ('failed', 'canceled')
            and r.created_at < d.created_at), 0)
    group by 1
)"""
# Whether a charge `c` is a debit that failed: it is taken back whole.
HAS_FAILED = """exists (
    select from stripe_balance_transaction b
    where b.source = c.id and b.reporting_category = 'charge_failure'
)"""
