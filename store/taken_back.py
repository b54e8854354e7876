"""What a payer's bank took back: disputes that hold money, debits that failed once they had come.

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
# The same question of one charge `c`, for a debit that failed: it is taken back whole.
HAS_FAILED = """exists (
    select from stripe_balance_transaction b
    where b.source = c.id and b.reporting_category = 'charge_failure'
)"""
