"""What hardly changes, remembered for seconds: committee, campaign, teams. Never a donor.

The queue asks the same few rows for every call; a change of the campaign file reaches it within
the time below. Facts about donors are always read anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")
SECONDS = 5.0
_KEPT: dict[Hashable, tuple[float, Any]] = {}


def remembered(session: Session, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """Return what `make` returned for this key of this database a moment ago, else make it."""
    where = (str(session.get_bind().engine.url), *key)
    kept = _KEPT.get(where)
    if kept is not None and time.monotonic() - kept[0] < SECONDS:
        value: T = kept[1]
        return value
    value = make()
    if len(_KEPT) > 1_000:
        _KEPT.clear()
    _KEPT[where] = (time.monotonic(), value)
    return value
