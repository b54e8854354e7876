"""Bring the schema to what the models say, once, also when several processes ask at once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from campaign.errors import SetupError
from store.locks import Lock

_FOLDER = Path(__file__).resolve().parent.parent / "migrations"


@lru_cache(maxsize=1)
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """Return where the database stands, and where the program wants it."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, _scripts().get_current_head()


def upgrade(engine: Engine) -> None:
    """Apply every migration that is missing."""
    current, wanted = revisions(engine)
    if current == wanted:
        return
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": Lock.MIGRATING})
        connection.commit()
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        except CommandError as error:
            raise SetupError(
                f"The database is at revision {current}, which this program does not know: it was "
                "made by another version."
            ) from error
        except ProgrammingError as error:
            if not isinstance(error.orig, InsufficientPrivilege):
                raise
            raise SetupError(
                f"{_user(engine)} may not migrate the database: own it, and have its administrator "
                f"run once 'create role pledgeline_portal; {_grant(engine)}'."
            ) from error
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": Lock.MIGRATING})


def require_portal_role(engine: Engine) -> None:
    """Refuse a database whose pages nobody could read: a restored one may lack the role's grant."""
    statement = text(
        "select pg_has_role(oid, 'member') from pg_roles where rolname = 'pledgeline_portal'"
    )
    with engine.connect() as connection:
        if not connection.scalar(statement):
            raise SetupError(
                f"The portal cannot read as pledgeline_portal: have the database's administrator "
                f"run '{_grant(engine)}'."
            )


def _user(engine: Engine) -> str:
    return engine.url.username or "the user of the database"


def _grant(engine: Engine) -> str:
    return f'grant pledgeline_portal to "{_user(engine)}"'


def require_current(engine: Engine) -> None:
    """Refuse a database of one's own that waits for its migration."""
    current, wanted = revisions(engine)
    if current is None:
        raise SetupError("The database is empty: run 'pledgeline doctor --migrate'.")
    if current != wanted:
        raise SetupError(
            f"The database is at revision {current}, the program needs {wanted}: "
            "run 'pledgeline doctor --migrate'."
        )
