"""Lists as they came, with rows and gifts, and who was found to be one person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    op.create_table(
        "donor_merge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("gone_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["gone_id"], ["donor.id"], name=op.f("fk_donor_merge_gone_id_donor")
        ),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["donor.id"], name=op.f("fk_donor_merge_kept_id_donor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donor_merge")),
    )
    op.create_index(op.f("ix_donor_merge_gone_id"), "donor_merge", ["gone_id"], unique=False)
    op.create_index(op.f("ix_donor_merge_kept_id"), "donor_merge", ["kept_id"], unique=False)
    op.create_table(
        "donor_pair",
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, comment="waiting, merged, not_same"),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Which fields agree, by rule",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_donor_pair_ordered")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["donor.id"], name=op.f("fk_donor_pair_first_id_donor")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["donor.id"], name=op.f("fk_donor_pair_second_id_donor")
        ),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_donor_pair")),
    )
    op.create_table(
        "list_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "provenance",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Kind, consent, permitted uses",
        ),
        sa.Column(
            "status", sa.Text(), nullable=False, comment="staged, admitted, stopped or undone"
        ),
        sa.Column("rows_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("imported", sa.Integer(), server_default="0", nullable=False),
        sa.Column("merged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("quarantined", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "quality", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("rejects_file", sa.Text(), nullable=True),
        sa.Column(
            "continues_batch_id",
            sa.BigInteger(),
            nullable=True,
            comment="The batch whose rejected rows these are, mended",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status not in ('admitted', 'stopped')"
            " or rows_read = imported + merged + unchanged + quarantined",
            name=op.f("ck_list_batch_every_row_accounted_for"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_list_batch_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_batch")),
    )
    op.create_index(
        "uq_list_batch_current_file",
        "list_batch",
        ["file_sha256", "source"],
        unique=True,
        postgresql_where=sa.text("status in ('staged', 'admitted')"),
    )
    op.create_table(
        "gift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("donor_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column(
            "external_id",
            sa.Text(),
            nullable=False,
            comment="The source's id of the gift, or of its row",
        ),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="usd", nullable=False),
        sa.Column("election_code", sa.Text(), nullable=True),
        sa.Column("is_recurring", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_gift_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["list_batch.id"], name=op.f("fk_gift_batch_id_list_batch")
        ),
        sa.ForeignKeyConstraint(["donor_id"], ["donor.id"], name=op.f("fk_gift_donor_id_donor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_gift_source_external_id")),
    )
    op.create_index("ix_gift_donor_id_given_on", "gift", ["donor_id", "given_on"], unique=False)
    op.create_table(
        "list_part",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_row", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False, comment="Arrow stream, zstd"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["list_batch.id"], name=op.f("fk_list_part_batch_id_list_batch")
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_list_part")),
    )
    op.create_table(
        "staged_row",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("source_row", sa.BigInteger(), nullable=False, comment="1 is the first record"),
        sa.Column("donor_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "disposition",
            sa.Text(),
            nullable=False,
            comment="imported, merged, unchanged, quarantined",
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False, comment="Of the row's cells"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["list_batch.id"], name=op.f("fk_staged_row_batch_id_list_batch")
        ),
        sa.PrimaryKeyConstraint("batch_id", "source_row", name=op.f("pk_staged_row")),
    )
    op.create_index(op.f("ix_staged_row_donor_id"), "staged_row", ["donor_id"], unique=False)
