"""Keep what the campaign file says of certificates, apart from what people decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e4178c2b2095"
down_revision = "ac4273556567"


def upgrade() -> None:
    op.add_column(
        "agent",
        sa.Column(
            "certified_by_file",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
            comment="The same, as the campaign file said when it was last applied",
        ),
    )
    op.execute("update agent set certified_by_file = certified")


def downgrade() -> None:
    op.drop_column("agent", "certified_by_file")
