"""Reports, what the law asks to be mended, and the record of what was done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), nullable=False, comment="Without gaps"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
    )
    op.create_table(
        "campaign_day_stage",
        sa.Column("campaign_code", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False, comment="How long it took"),
        sa.PrimaryKeyConstraint(
            "campaign_code", "on_day", "stage", name=op.f("pk_campaign_day_stage")
        ),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="TR-2026-10-01-2026-10-31-1"),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="treasurer, fec_f3, fec_f3x, fec_f6 …"
        ),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column(
            "files",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Name, bytes and SHA-256 of each",
        ),
        sa.Column(
            "figures", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column(
            "status", sa.Text(), nullable=False, comment="draft, submitted, signed, replaced"
        ),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("submitted_by", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Form and code of a filing, checks, what changed since",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("code", name=op.f("uq_report_code")),
        sa.UniqueConstraint(
            "kind",
            "first_day",
            "last_day",
            "edition",
            name=op.f("uq_report_kind_first_day_last_day_edition"),
        ),
    )
    op.create_table(
        "remedy",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="redesignation or reattribution"),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("to_election", sa.Text(), nullable=True),
        sa.Column("to_donor_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column(
            "because", sa.Text(), nullable=False, comment="Where the giver's signed letter is kept"
        ),
        sa.CheckConstraint(
            "kind in ('redesignation', 'reattribution')", name=op.f("ck_remedy_kind")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_remedy_amount_positive")),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["stripe_charge.id"], name=op.f("fk_remedy_charge_id_stripe_charge")
        ),
        sa.ForeignKeyConstraint(
            ["to_donor_id"], ["donor.id"], name=op.f("fk_remedy_to_donor_id_donor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy")),
    )
    op.create_index(op.f("ix_remedy_charge_id"), "remedy", ["charge_id"], unique=False)
