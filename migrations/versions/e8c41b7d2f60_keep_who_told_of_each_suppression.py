"""keep who told of each suppression."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e8c41b7d2f60"
down_revision = "b3d9e5f07a12"

_UNIQUE = (
    (
        "suppression",
        "uq_suppression_kind_phone_e164_email_donor_id",
        ["kind", "phone_e164", "email", "donor_id"],
    ),
    ("suppressed_person", "uq_suppressed_person_key_kind_suffix", ["key", "kind", "suffix"]),
)


def upgrade() -> None:
    for table, name, columns in _UNIQUE:
        sha256 = sa.Column("sha256", sa.Text(), nullable=True, comment="Of the file that told it")
        op.add_column(table, sha256)
        op.drop_constraint(op.f(name), table, type_="unique")
        op.create_unique_constraint(
            op.f(f"uq_{table}_told"),
            table,
            [*columns, "source", "sha256"],
            postgresql_nulls_not_distinct=True,
        )


def downgrade() -> None:
    for table, name, columns in _UNIQUE:
        first = " and ".join(f"a.{column} is not distinct from b.{column}" for column in columns)
        op.execute(f"delete from {table} a using {table} b where b.id < a.id and {first}")
        op.drop_constraint(op.f(f"uq_{table}_told"), table, type_="unique")
        op.drop_column(table, "sha256")
        op.create_unique_constraint(
            op.f(name), table, columns, postgresql_nulls_not_distinct=True
        )
