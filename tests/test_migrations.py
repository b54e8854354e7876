"""The schema: up from empty, and what the models say."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from models import Base
from store import migrating


def test_migrations_build_every_table_from_empty(database: Engine) -> None:
    assert set(Base.metadata.tables) <= set(inspect(database).get_table_names())
    current, wanted = migrating.revisions(database)
    assert current == wanted


def test_models_and_migrations_agree(database: Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(database: Engine) -> None:
    before = inspect(database).get_table_names()
    migrating.upgrade(database)
    assert inspect(database).get_table_names() == before
