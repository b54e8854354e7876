"""People: who they are, how they are reached, who must not be called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="What makes it one: address and name"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("key", name=op.f("uq_household_key")),
    )
    op.create_table(
        "donor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("middle_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("suffix", sa.Text(), nullable=True),
        sa.Column("phone_e164", sa.Text(), nullable=True),
        sa.Column("line_type", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("county", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=True, comment="At the address"),
        sa.Column("phone_timezone", sa.Text(), nullable=True, comment="Of the number"),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("occupation", sa.Text(), nullable=True),
        sa.Column("employer", sa.Text(), nullable=True),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "status",
            sa.Text(),
            server_default="active",
            nullable=False,
            comment="active, held, suppressed, deceased, merged",
        ),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column(
            "provenance",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
            comment="Kinds of the lists that the person stands on",
        ),
        sa.Column(
            "consent",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
            comment="By channel",
        ),
        sa.Column("first_batch_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "merged_into_id",
            sa.BigInteger(),
            nullable=True,
            comment="Who the person turned out to be",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_donor_household_id_household")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donor")),
    )
    op.create_index(op.f("ix_donor_email"), "donor", ["email"], unique=False)
    op.create_index(
        "ix_donor_household_id",
        "donor",
        ["household_id"],
        unique=False,
        postgresql_where=sa.text("household_id is not null"),
    )
    op.create_index(op.f("ix_donor_phone_e164"), "donor", ["phone_e164"], unique=False)
    op.create_table(
        "donor_address",
        sa.Column("donor_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="Street, ZIP and country, normalised"),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["donor_id"], ["donor.id"], name=op.f("fk_donor_address_donor_id_donor")
        ),
        sa.PrimaryKeyConstraint("donor_id", "key", name=op.f("pk_donor_address")),
    )
    op.create_table(
        "donor_email",
        sa.Column("donor_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["donor_id"], ["donor.id"], name=op.f("fk_donor_email_donor_id_donor")
        ),
        sa.PrimaryKeyConstraint("donor_id", "email", name=op.f("pk_donor_email")),
    )
    op.create_index(op.f("ix_donor_email_email"), "donor_email", ["email"], unique=False)
    op.create_table(
        "donor_external_id",
        sa.Column("space", sa.Text(), nullable=False, comment="The system, or the list's source"),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("donor_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["donor_id"], ["donor.id"], name=op.f("fk_donor_external_id_donor_id_donor")
        ),
        sa.PrimaryKeyConstraint(
            "space", "external_id", "donor_id", name=op.f("pk_donor_external_id")
        ),
    )
    op.create_table(
        "donor_phone",
        sa.Column("donor_id", sa.BigInteger(), nullable=False),
        sa.Column("phone_e164", sa.Text(), nullable=False),
        sa.Column("line_type", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["donor_id"], ["donor.id"], name=op.f("fk_donor_phone_donor_id_donor")
        ),
        sa.PrimaryKeyConstraint("donor_id", "phone_e164", name=op.f("pk_donor_phone")),
    )
    op.create_index(op.f("ix_donor_phone_phone_e164"), "donor_phone", ["phone_e164"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="opt_out, do_not_call, deceased, litigator"
        ),
        sa.Column("phone_e164", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("donor_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(phone_e164, email, donor_id) = 1", name=op.f("ck_suppression_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["donor_id"], ["donor.id"], name=op.f("fk_suppression_donor_id_donor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint(
            "kind",
            "phone_e164",
            "email",
            "donor_id",
            name=op.f("uq_suppression_kind_phone_e164_email_donor_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_suppression_donor_id"), "suppression", ["donor_id"], unique=False)
    op.create_index(op.f("ix_suppression_email"), "suppression", ["email"], unique=False)
    op.create_index(op.f("ix_suppression_phone_e164"), "suppression", ["phone_e164"], unique=False)
