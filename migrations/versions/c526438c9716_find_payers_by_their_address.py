"""Find payers by their address: gifts without a pledge count against the giver's limit."""

from __future__ import annotations

from alembic import op

revision = "c526438c9716"
down_revision = "e4178c2b2095"


def upgrade() -> None:
    op.execute("create index ix_stripe_charge_payer on stripe_charge (lower(payer_email))")


def downgrade() -> None:
    op.drop_index("ix_stripe_charge_payer", table_name="stripe_charge")
