"""What payments pay, what does not fit, and what was decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# What is allocated never exceeds its payment or its pledge.
GUARD = """
create function allocation_guard() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from allocation a
        join (select distinct charge_id from fresh) f using (charge_id)
        join stripe_charge c on c.id = a.charge_id
        group by a.charge_id, c.captured_cents having sum(a.amount_cents) > c.captured_cents
    ) then
        raise exception 'a payment is allocated beyond its amount' using errcode = '23514';
    end if;
    if exists (
        select 1 from allocation a
        join (select distinct pledge_id from fresh) f using (pledge_id)
        join pledge p on p.id = a.pledge_id
        group by a.pledge_id, p.amount_cents having sum(a.amount_cents) > p.amount_cents
    ) then
        raise exception 'a pledge is paid beyond its amount' using errcode = '23514';
    end if;
    return null;
end $$;
create trigger allocation_guard_insert after insert on allocation
    referencing new table as fresh for each statement execute function allocation_guard();
create trigger allocation_guard_update after update on allocation
    referencing new table as fresh for each statement execute function allocation_guard();
"""


def create() -> None:
    op.create_table(
        "book_exception",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="What it is about: charge:ch_…, payout:po_…",
        ),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="usd", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "proposal", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False, comment="open or resolved"),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("because", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_exception")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_book_exception_kind_subject")),
    )
    op.create_index("ix_book_exception_status", "book_exception", ["status"], unique=False)
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column("output_hash", sa.Text(), nullable=False),
        sa.Column(
            "result",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Totals and invariants, no person",
        ),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    op.create_table(
        "allocation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("pledge_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False, comment="confirmed or suggested"),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "decided_by", sa.Text(), nullable=False, comment="rule, or the person who confirmed it"
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_allocation_amount_positive")),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["stripe_charge.id"], name=op.f("fk_allocation_charge_id_stripe_charge")
        ),
        sa.ForeignKeyConstraint(
            ["pledge_id"], ["pledge.id"], name=op.f("fk_allocation_pledge_id_pledge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint(
            "charge_id", "pledge_id", name=op.f("uq_allocation_charge_id_pledge_id")
        ),
    )
    op.create_index("ix_allocation_pledge_id", "allocation", ["pledge_id"], unique=False)
    op.create_table(
        "payment_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("pledge_id", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False, comment="pays, not, gift or not_campaign"),
        sa.Column("exception_id", sa.BigInteger(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(verdict in ('pays', 'not')) = (pledge_id is not null)",
            name=op.f("ck_payment_decision_pledge"),
        ),
        sa.ForeignKeyConstraint(
            ["charge_id"],
            ["stripe_charge.id"],
            name=op.f("fk_payment_decision_charge_id_stripe_charge"),
        ),
        sa.ForeignKeyConstraint(
            ["exception_id"],
            ["book_exception.id"],
            name=op.f("fk_payment_decision_exception_id_book_exception"),
        ),
        sa.ForeignKeyConstraint(
            ["pledge_id"], ["pledge.id"], name=op.f("fk_payment_decision_pledge_id_pledge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_decision")),
        sa.UniqueConstraint(
            "charge_id",
            "pledge_id",
            name=op.f("uq_payment_decision_charge_id_pledge_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.execute(GUARD)
