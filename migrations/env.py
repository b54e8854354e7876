"""How Alembic runs here: on a connection that `store.migrating` hands over."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from alembic import context
from sqlalchemy import Connection, text

from models import Base
from models.base import Moment

_ROW_SECURITY = Path(__file__).parent / "sql" / "row_security.sql"


def run() -> None:
    """Migrate on the connection that was handed over, or on the configured database."""
    connection = context.config.attributes.get("connection")
    if connection is None:  # the `alembic` command of a developer
        from store.session import raw_engine

        with raw_engine().connect() as own:
            _migrate(own)
            own.commit()
    else:
        _migrate(connection)


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=_plainly,
    )
    with context.begin_transaction():
        context.run_migrations()
        # Each new table gets its policy at once; one that nobody thought of is shut.
        connection.execute(text(_ROW_SECURITY.read_text(encoding="utf-8")))


def _plainly(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write our own column type as what it is in the database."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


run()
