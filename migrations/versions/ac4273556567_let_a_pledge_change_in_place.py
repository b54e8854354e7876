"""Let a pledge change in place: no index on its status, and room on its page."""

from __future__ import annotations

from alembic import op

revision = "ac4273556567"
down_revision = "51c5cd46da9b"


def upgrade() -> None:
    op.drop_index(op.f("ix_pledge_status_due_on"), table_name="pledge")
    op.execute("alter table pledge set (fillfactor = 60)")


def downgrade() -> None:
    op.execute("alter table pledge reset (fillfactor)")
    op.create_index(op.f("ix_pledge_status_due_on"), "pledge", ["status", "due_on"], unique=False)
