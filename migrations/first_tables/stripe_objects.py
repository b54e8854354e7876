"""What Stripe and the bank say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    op.create_table(
        "balance_snapshot",
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("available_cents", sa.BigInteger(), nullable=False),
        sa.Column("pending_cents", sa.BigInteger(), nullable=False),
        sa.Column(
            "is_from_the_start",
            sa.Boolean(),
            nullable=False,
            comment="Every ledger row up to here was fetched, none exists before",
        ),
        sa.PrimaryKeyConstraint("taken_at", "currency", name=op.f("pk_balance_snapshot")),
    )
    op.create_table(
        "stripe_balance_transaction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("reporting_category", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("payout", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_on", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_balance_transaction")),
    )
    op.create_index(
        "ix_stripe_balance_transaction_created_at",
        "stripe_balance_transaction",
        ["created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_stripe_balance_transaction_payout"),
        "stripe_balance_transaction",
        ["payout"],
        unique=False,
    )
    op.create_index(
        op.f("ix_stripe_balance_transaction_source"),
        "stripe_balance_transaction",
        ["source"],
        unique=False,
    )
    op.create_table(
        "stripe_charge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("payment_intent", sa.Text(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("balance_transaction", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("captured_cents", sa.BigInteger(), nullable=False),
        sa.Column("refunded_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pledge_ref", sa.Text(), nullable=True, comment="metadata.pledge_ref as it came"),
        sa.Column("payer_name", sa.Text(), nullable=True),
        sa.Column("payer_email", sa.Text(), nullable=True),
        sa.Column("payer_phone", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column(
            "payer_address",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("method", sa.Text(), nullable=True, comment="card, us_bank_account …"),
        sa.Column("card_fingerprint", sa.Text(), nullable=True),
        sa.Column("card_country", sa.Text(), nullable=True),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_charge")),
    )
    op.create_index("ix_stripe_charge_created_at", "stripe_charge", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_stripe_charge_payment_intent"), "stripe_charge", ["payment_intent"], unique=False
    )
    op.create_table(
        "stripe_dispute",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("charge", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_dispute")),
    )
    op.create_index(op.f("ix_stripe_dispute_charge"), "stripe_dispute", ["charge"], unique=False)
    op.create_table(
        "stripe_hint",
        sa.Column("event", sa.Text(), nullable=False, comment="An event counts once"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "followed_at", sa.DateTime(timezone=True), nullable=True, comment="When it was fetched"
        ),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_stripe_hint")),
    )
    op.create_table(
        "stripe_object",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="Stripe's own word: payment_intent …"),
        sa.Column("links_to", sa.Text(), nullable=True, comment="The payment intent it is for"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_object")),
    )
    op.create_index(op.f("ix_stripe_object_links_to"), "stripe_object", ["links_to"], unique=False)
    op.create_table(
        "stripe_payout",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("reconciliation_status", sa.Text(), nullable=True),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("balance_transaction", sa.Text(), nullable=True),
        sa.Column("failure_balance_transaction", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_payout")),
    )
    op.create_table(
        "stripe_refund",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("charge", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("balance_transaction", sa.Text(), nullable=True),
        sa.Column("failure_balance_transaction", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_refund")),
    )
    op.create_index(op.f("ix_stripe_refund_charge"), "stripe_refund", ["charge"], unique=False)
    op.create_table(
        "stripe_report_total",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "first_day", "last_day", "currency", "category", name=op.f("pk_stripe_report_total")
        ),
    )
    op.create_table(
        "sync_window",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "is_open",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="Part of a sync that is not finished: it is resumed",
        ),
        sa.PrimaryKeyConstraint("kind", "starts_at", name=op.f("pk_sync_window")),
    )
    op.create_table(
        "bank_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "key", sa.Text(), nullable=False, comment="Day, amount, text and its count that day"
        ),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="usd", nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("payout", sa.Text(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.Text(), server_default="main", nullable=False),
        sa.Column(
            "opened", sa.BigInteger(), nullable=True, comment="Balance before the line, where told"
        ),
        sa.ForeignKeyConstraint(
            ["payout"], ["stripe_payout.id"], name=op.f("fk_bank_line_payout_stripe_payout")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint("key", name=op.f("uq_bank_line_key")),
    )
    op.create_index(op.f("ix_bank_line_payout"), "bank_line", ["payout"], unique=False)
    op.create_table(
        "payout_row",
        sa.Column("payout", sa.Text(), nullable=False),
        sa.Column("balance_transaction", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payout"], ["stripe_payout.id"], name=op.f("fk_payout_row_payout_stripe_payout")
        ),
        sa.PrimaryKeyConstraint("payout", "balance_transaction", name=op.f("pk_payout_row")),
    )
    op.create_index(
        op.f("ix_payout_row_balance_transaction"),
        "payout_row",
        ["balance_transaction"],
        unique=False,
    )
