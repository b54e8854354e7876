"""What a page may see: transactions that read only, and only the rows of one team.

The policies are in the database (migrations/sql/row_security.sql), so that a page with a wrong
query shows too little, never another team's donors. Decisions are written by the store's own
functions in a `unit_of_work()`, after the page found the row here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from store.session import unit_of_work

_ENTER = text(
    "select set_config('transaction_read_only', 'on', true),"
    " set_config('pledgeline.team_id', :scope, true), set_config('role', 'pledgeline_portal', true)"
)


@contextmanager
def seen_by(scope: str) -> Iterator[Session]:
    """Open a transaction that reads with the sight of a scope: `all`, a team's id, or `none`."""
    with unit_of_work() as session:
        session.execute(_ENTER, {"scope": scope})
        yield session
