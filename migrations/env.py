"""How Alembic runs here: on a connection that `store.migrating` hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context

from models import Base
from models.base import Moment


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


def _migrate(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=Base.metadata,
        render_item=_plainly,
    )
    with context.begin_transaction():
        context.run_migrations()


def _plainly(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write our own column type as what it is in the database."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


run()
