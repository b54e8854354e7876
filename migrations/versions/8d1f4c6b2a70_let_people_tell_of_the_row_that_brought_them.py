"""let people tell of the row that brought them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8d1f4c6b2a70"
down_revision = "f42b237ff3a1"

# Rows of lists that came in before stay as they were told.
_EVERY_ROW = """
    create view staged_row with (security_invoker = true) as
    select batch_id, source_row, donor_id, disposition, reason from row_end
    union all select first_batch_id, first_row, id, 'imported', null from donor
    where first_row is not null
"""


def upgrade() -> None:
    op.rename_table("staged_row", "row_end")
    op.execute("alter table row_end rename constraint pk_staged_row to pk_row_end")
    op.execute(
        "alter table row_end rename constraint fk_staged_row_batch_id_list_batch"
        " to fk_row_end_batch_id_list_batch"
    )
    op.execute("alter index ix_staged_row_donor_id rename to ix_row_end_donor_id")
    op.drop_column("row_end", "fingerprint")  # list_part has it
    op.add_column(
        "donor",
        sa.Column(
            "first_row",
            sa.BigInteger(),
            nullable=True,
            comment="The row of the first list that brought the person, unless row_end tells of it",
        ),
    )
    op.create_index(
        "ix_donor_first_batch_id", "donor", ["first_batch_id"], postgresql_using="brin"
    )
    op.execute(_EVERY_ROW)


def downgrade() -> None:
    raise NotImplementedError("What each row looked like is kept in its part only: go forward.")
