"""Days and moments: a day belongs to a time zone, a moment is always aware."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included, in one time zone."""

    first_day: date
    last_day: date
    timezone: str

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError("The last day is before the first.")

    @property
    def starts_at(self) -> datetime:
        """The first moment inside."""
        return datetime.combine(self.first_day, time(), ZoneInfo(self.timezone))

    @property
    def ends_at(self) -> datetime:
        """The first moment after: Stripe's ranges, too, exclude their end."""
        return datetime.combine(self.last_day + timedelta(days=1), time(), ZoneInfo(self.timezone))

    def holds(self, moment: datetime) -> bool:
        """Whether an aware moment lies inside."""
        return self.starts_at <= moment < self.ends_at

    def days(self) -> Iterator[date]:
        """Each day, in order."""
        for offset in range((self.last_day - self.first_day).days + 1):
            yield self.first_day + timedelta(days=offset)


def short_day(day: date) -> str:
    """Return a day that nobody reads the wrong way round.

    >>> short_day(date(2026, 10, 3))
    'Oct 3, 2026'
    """
    return f"{day:%b} {day.day}, {day.year}"


def day_of(moment: datetime, timezone: str) -> date:
    """Return the calendar day of an aware moment at a place."""
    if moment.tzinfo is None:
        raise ValueError("A moment must carry its time zone.")
    return moment.astimezone(ZoneInfo(timezone)).date()
