"""Promises, and how they are asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "subject_key",
            sa.Text(),
            nullable=False,
            comment="What it is about: pledge:12, payment:ch_…",
        ),
        sa.Column("number", sa.Integer(), nullable=False, comment="1 is the first of its kind"),
        sa.Column("donor_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False, comment="email, sms or paper"),
        sa.Column("status", sa.Text(), nullable=False, comment="queued, sent, failed"),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint(
            "kind", "subject_key", "number", name=op.f("uq_letter_kind_subject_key_number")
        ),
    )
    op.create_table(
        "pledge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "ref", sa.String(length=64), nullable=False, comment="Travels as metadata.pledge_ref"
        ),
        sa.Column("donor_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "call_attempt_id",
            sa.BigInteger(),
            nullable=True,
            comment="The call in which it was made",
        ),
        sa.Column("election_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "team_code", sa.Text(), nullable=True, comment="As the file says; team_id where known"
        ),
        sa.Column(
            "source", sa.Text(), nullable=False, comment="call, or file:<hash> it was imported from"
        ),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone_e164", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("written_off_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="usd", nullable=False),
        sa.Column("pledged_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "status", sa.Text(), nullable=False, comment="open, fulfilled, written_off, cancelled"
        ),
        sa.Column(
            "reason", sa.Text(), nullable=True, comment="Why it was written off or cancelled"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_pledge_amount_positive")),
        sa.CheckConstraint(
            "written_off_cents between 0 and amount_cents", name=op.f("ck_pledge_written_off")
        ),
        sa.ForeignKeyConstraint(
            ["call_attempt_id"],
            ["call_attempt.id"],
            name=op.f("fk_pledge_call_attempt_id_call_attempt"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_pledge_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(["donor_id"], ["donor.id"], name=op.f("fk_pledge_donor_id_donor")),
        sa.ForeignKeyConstraint(
            ["election_id"], ["election.id"], name=op.f("fk_pledge_election_id_election")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_pledge_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge")),
        sa.UniqueConstraint("call_attempt_id", name=op.f("uq_pledge_call_attempt_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_pledge_ref")),
    )
    op.create_index(op.f("ix_pledge_campaign_id"), "pledge", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_pledge_donor_id"), "pledge", ["donor_id"], unique=False)
    op.create_index(op.f("ix_pledge_email"), "pledge", ["email"], unique=False)
    op.create_index(op.f("ix_pledge_phone_e164"), "pledge", ["phone_e164"], unique=False)
    op.create_index("ix_pledge_status_due_on", "pledge", ["status", "due_on"], unique=False)
    op.create_table(
        "instalment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pledge_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_instalment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["pledge_id"], ["pledge.id"], name=op.f("fk_instalment_pledge_id_pledge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment")),
        sa.UniqueConstraint("pledge_id", "number", name=op.f("uq_instalment_pledge_id_number")),
    )
    op.create_table(
        "payment_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pledge_id", sa.BigInteger(), nullable=False),
        sa.Column("instalment_number", sa.Integer(), nullable=True),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pledge_id"], ["pledge.id"], name=op.f("fk_payment_link_pledge_id_pledge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_link")),
        sa.UniqueConstraint(
            "pledge_id",
            "instalment_number",
            name=op.f("uq_payment_link_pledge_id_instalment_number"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payment_link_stripe_id")),
    )
