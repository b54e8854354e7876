"""The sandbox's clock: it stands still until it is told to advance, and tells a file the moment."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import holidays

STARTS_AT = datetime(2026, 9, 8, 13, 0, tzinfo=UTC)


class ClockError(ValueError):
    """A clock was told a moment that it cannot go to."""


class SandboxClock:
    """One moment, in UTC, that only moves forward."""

    def __init__(self, now: datetime = STARTS_AT, file: Path | None = None) -> None:
        self.file = file
        self.now = _aware(now)
        self._tell()

    @property
    def timestamp(self) -> int:
        """Return the moment in seconds since 1970, as Stripe tells time."""
        return int(self.now.timestamp())

    def move(self, moment: datetime) -> None:
        """Go forward to the moment; an earlier one changes nothing."""
        self.now = max(self.now, _aware(moment))

    def tell(self) -> None:
        """Write the moment to the clock file, so that the product sees it."""
        self._tell()

    def _tell(self) -> None:
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(self.now.isoformat(), encoding="ascii")
        fresh.replace(self.file)


def parse_moment(text: str) -> datetime:
    """Return the moment that ISO text tells, in UTC; ClockError when it tells none.

    >>> parse_moment("2026-09-08T09:00:00-04:00").isoformat()
    '2026-09-08T13:00:00+00:00'
    """
    try:
        return _aware(datetime.fromisoformat(text))
    except ValueError as error:
        raise ClockError(f"{text!r} is not a moment with its offset from UTC.") from error


def banking_days_after(day: date, count: int) -> date:
    """Return the banking day that comes so many banking days later.

    >>> banking_days_after(date(2026, 9, 4), 1)  # a Friday before Labor Day
    datetime.date(2026, 9, 8)
    """
    while count > 0:
        day += timedelta(days=1)
        if is_banking_day(day):
            count -= 1
    return day


def is_banking_day(day: date) -> bool:
    """Return whether banks in the United States move money on that day."""
    return day.weekday() < 5 and day not in _bank_holidays()


def midnight(day: date) -> datetime:
    """Return the first moment of the day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@lru_cache(maxsize=1)
def _bank_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("US")


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ClockError("A moment needs its offset from UTC.")
    return moment.astimezone(UTC)
