"""DuckDB within this process: to open it anew for each part costs more than to ask it."""

from __future__ import annotations

from functools import lru_cache

import duckdb


def engine() -> duckdb.DuckDBPyConnection:
    """Return a connection of its own, to be closed, that sees no other one's tables."""
    return _database().cursor()


@lru_cache(maxsize=1)
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"temp_directory": ""})  # of people nothing lies about on disk
