"""keep what a signed report says pays what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c7f2a90d4e18"
down_revision = "e8c41b7d2f60"

_OF_SIGNED_DAYS = """
    insert into signed_allocation (report_id, charge_id, pledge_id, amount_cents)
    select r.id, a.charge_id, a.pledge_id, a.amount_cents
    from report r
    cross join (select timezone from committee limit 1) k
    join stripe_charge c
      on (c.created_at at time zone k.timezone)::date between r.first_day and r.last_day
    join allocation a on a.charge_id = c.id and a.tier = 'confirmed' and a.decided_by = 'rule'
    where r.kind = 'treasurer' and r.status = 'signed'
"""


def upgrade() -> None:
    op.create_table(
        "signed_allocation",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("pledge_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_signed_allocation_report_id_report")
        ),
        sa.PrimaryKeyConstraint(
            "report_id", "charge_id", "pledge_id", name=op.f("pk_signed_allocation")
        ),
    )
    op.execute(_OF_SIGNED_DAYS)
    op.execute(
        "create trigger guard_append_only before update or delete on signed_allocation "
        "for each row execute function guard_append_only()"
    )


def downgrade() -> None:
    op.drop_table("signed_allocation")
