"""How many rows a statement changed: the one place that knows what SQLAlchemy's types hide."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, Result


def rows_changed(result: Result[Any]) -> int:
    """Return how many rows an insert, update or delete has changed."""
    if not isinstance(result, CursorResult):
        raise TypeError("Only a statement that changes rows can tell how many.")
    return int(result.rowcount)
