"""How Alembic runs here: on a connection that `store.migrating` hands over."""

from __future__ import annotations

from alembic import context

from models import Base


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
    context.configure(connection=connection, target_metadata=Base.metadata)  # type: ignore[arg-type]
    with context.begin_transaction():
        context.run_migrations()


run()
