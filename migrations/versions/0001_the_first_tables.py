"""the first tables."""

from __future__ import annotations

from migrations.first_tables import (
    books,
    calling,
    committee,
    donors,
    giving,
    lists,
    reports,
    results,
    stripe_objects,
    users,
)

revision = "0001"
down_revision = None

# Each after those that its tables refer to.
SUBJECTS = (committee, donors, lists, results, calling, stripe_objects, giving, books, reports, users)


def upgrade() -> None:
    for subject in SUBJECTS:
        subject.create()


def downgrade() -> None:
    raise NotImplementedError("Nothing was before the first tables: drop the database instead.")
