"""The schema: up from empty, and what the models say."""

from __future__ import annotations

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, make_url
from sqlalchemy.pool import NullPool

from campaign.errors import SetupError
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


def test_an_owner_without_leave_is_told_what_to_ask_for(cluster: str) -> None:
    url = make_url(cluster).set(database="of_the_owner", username="plain_owner")
    with psycopg.connect(cluster.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("create role plain_owner login")
        admin.execute("create database of_the_owner owner plain_owner")
        owned = create_engine(url, poolclass=NullPool)
        with pytest.raises(SetupError, match=r"is empty: run 'pledgeline doctor --migrate'"):
            migrating.require_current(owned)
        with pytest.raises(SetupError, match='grant pledgeline_portal to "plain_owner"'):
            migrating.upgrade(owned)
        admin.execute("grant pledgeline_portal to plain_owner")
        migrating.upgrade(owned)
        current, wanted = migrating.revisions(owned)
        assert current == wanted
        admin.execute("drop database of_the_owner")
        admin.execute("drop role plain_owner")
