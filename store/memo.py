"""What hardly changes, remembered for seconds: committee, campaign, teams. Never a donor.

The queue asks the same few rows for every call; a change of the campaign file reaches it within
the time below. Facts about donors are always read anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

T = TypeVar("T")
SECONDS = 5.0
# By engine, so that a database that is closed takes its memories along.
_KEPT: WeakKeyDictionary[Engine, dict[Hashable, tuple[float, Any]]] = WeakKeyDictionary()


def remembered(session: Session, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """Return what `make` returned for this key of this database a moment ago, else make it."""
    known = _KEPT.setdefault(session.get_bind().engine, {})
    kept = known.get(key)
    if kept is not None and time.monotonic() - kept[0] < SECONDS:
        value: T = kept[1]
        return value
    value = make()
    if len(known) > 1_000:
        known.clear()
    known[key] = (time.monotonic(), value)
    return value
