"""Files of results, and what was not taken in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    op.create_table(
        "result_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("recorded", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("exceptions", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "rows_read = recorded + repeated + exceptions",
            name=op.f("ck_result_file_every_row_accounted_for"),
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_result_file_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_file")),
    )
    op.create_table(
        "result_exception",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("result_file_id", sa.BigInteger(), nullable=True),
        sa.Column("source_row", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("packet_row_id", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="foreign_row, unknown_code, changed, over_limit …",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, comment="open or resolved"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_file_id"],
            ["result_file.id"],
            name=op.f("fk_result_exception_result_file_id_result_file"),
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_result_exception_team_id_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_exception")),
        sa.UniqueConstraint(
            "team_id",
            "fingerprint",
            "kind",
            name=op.f("uq_result_exception_team_id_fingerprint_kind"),
        ),
    )
    op.create_index("ix_result_exception_status", "result_exception", ["status"], unique=False)
