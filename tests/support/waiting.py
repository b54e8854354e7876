"""To watch for somebody who waits for another in the database."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Engine, text

_WAITING = text(
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and wait_event_type = 'Lock'"
)


def until_done_or_waiting(database: Engine, begun: Future[Any]) -> None:
    """Wait until what was begun is done, or somebody waits for a lock."""
    with database.connect() as connection:
        watch = connection.execution_options(isolation_level="AUTOCOMMIT")
        while not begun.done() and not watch.scalar(_WAITING):
            time.sleep(0.01)
