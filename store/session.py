"""The database: where it is, and one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache

import psycopg
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from campaign.errors import (
    CollisionError,
    InputError,
    PledgelineError,
    SetupError,
    StoreError,
)
from config.settings import settings
from store.locks import Lock


def database_url() -> str:
    """Return the address of the database; the embedded one is started when none is set."""
    secret = settings().database_url
    if secret is None:
        from gateways import embedded_database

        return embedded_database.start(settings().folder() / "postgres")
    try:
        url = make_url(secret.get_secret_value())
    except ArgumentError as error:
        raise SetupError("PLEDGELINE_DATABASE_URL is not a database address.") from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise SetupError("PLEDGELINE_DATABASE_URL must name a PostgreSQL server.")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@lru_cache(maxsize=1)
def raw_engine() -> Engine:
    """Return the engine without looking at the state of the schema."""
    # Values of parameters are personal data: they stay out of error texts.
    engine = create_engine(database_url(), hide_parameters=True, pool_pre_ping=True, pool_size=10)
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    except OperationalError as error:
        place = engine.url.render_as_string(hide_password=True)
        raise SetupError(f"The database at {place} does not answer.") from error
    return engine


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Return the engine of a database that is migrated; the embedded one migrates itself."""
    from store import migrating

    ready = raw_engine()
    if settings().database_url is None:
        migrating.upgrade(ready)
    else:
        migrating.require_current(ready)
    return ready


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Open one transaction: committed at the end, rolled back on any error.

    PostgreSQL tells the values of a row that it refuses; StoreError keeps them out of logs.
    """
    try:
        with Session(engine(), expire_on_commit=False) as session, session.begin():
            yield session
    except (DBAPIError, psycopg.Error) as error:
        raise _what_failed(error) from None


@contextmanager
def one_at_a_time(lock: Lock, name: str) -> Iterator[None]:
    """Hold an advisory lock of the database: others of that name wait, a killed holder lets go."""
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = {"lock": lock, "name": name}
        connection.execute(text("select pg_advisory_lock(:lock, hashtext(:name))"), key)
        try:
            yield
        finally:
            with suppress(OperationalError):  # a connection that broke has let go
                connection.execute(text("select pg_advisory_unlock(:lock, hashtext(:name))"), key)


def _what_failed(error: DBAPIError | psycopg.Error) -> PledgelineError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return StoreError(type(error).__name__)
    if isinstance(cause, psycopg.errors.DiskFull):
        return SetupError("The database's disk is full; nothing was kept: make room, do it again.")
    if isinstance(cause, psycopg.OperationalError) and (cause.sqlstate or "57P")[:3] == "57P":
        return SetupError("The database went away meanwhile; nothing was kept: do it again.")
    if isinstance(cause, psycopg.errors.DeadlockDetected):
        return CollisionError()
    if isinstance(cause, psycopg.errors.NumericValueOutOfRange):
        return InputError("A number is larger than any that can be kept.")
    # psycopg refuses a zero byte in a text by itself, PostgreSQL one that JSON spells out.
    if isinstance(cause, psycopg.errors.UntranslatableCharacter) or "NUL (0x00)" in str(cause):
        return InputError("A text holds a zero byte, which cannot be kept.")
    return StoreError(type(cause).__name__, cause.diag.constraint_name)


def forget() -> None:
    """Close the connections and forget the address (tests, and the demo's end)."""
    if raw_engine.cache_info().currsize:
        raw_engine().dispose()
    engine.cache_clear()
    raw_engine.cache_clear()
