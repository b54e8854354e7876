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
            user = engine.url.username or "the user of the database"
            raise SetupError(
                f"{user} may not migrate the database: own it, and have its administrator run once "
                f"'create role pledgeline_portal; grant pledgeline_portal to \"{user}\"'."
            ) from error
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": Lock.MIGRATING})


def require_current(engine: Engine) -> None:
    """Refuse a database of one's own that waits for its migration."""
    current, wanted = revisions(engine)
    if current != wanted:
        raise SetupError(
            f"The database is at revision {current or 'none'}, the program needs {wanted}: "
            "run 'pledgeline doctor --migrate'."
        )
