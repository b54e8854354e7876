"""When a person may be called: the hours that every place, every rule and the policy allow.

The law of commercial calls is applied to every call unless the policy says otherwise; which
windows bind by law is kept apart (`required`), so that a breach can be told from a courtesy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache, reduce
from typing import Literal
from zoneinfo import ZoneInfo

import holidays

from campaign.calling.places import Place
from campaign.calling.rule_rows import HourRule, hour_rules

CallerKind = Literal["political", "charity", "charity_paid"]


@dataclass(frozen=True, slots=True)
class Interval:
    """From a moment to the one after the last, in UTC."""

    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> float:
        """How long it is."""
        return (self.ends_at - self.starts_at).total_seconds() / 60

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies inside."""
        return self.starts_at <= moment < self.ends_at


Intervals = tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class HoursPolicy:
    """Which windows count, besides the campaign's own hours."""

    earliest: time = time(8)
    latest: time = time(21)
    only_required: bool = False
    caller: CallerKind = "political"


def caller_kind(committee_kind: str, team_kind: str) -> CallerKind:
    """Return whom the law takes the caller for.

    >>> caller_kind("nonprofit", "onshore")
    'charity_paid'
    """
    if committee_kind != "nonprofit":
        return "political"
    return "charity" if team_kind == "in_house" else "charity_paid"


def intersect(first: Intervals, second: Intervals) -> Intervals:
    """Return what both allow."""
    common = (
        Interval(max(a.starts_at, b.starts_at), min(a.ends_at, b.ends_at))
        for a in first
        for b in second
    )
    return tuple(interval for interval in common if interval.starts_at < interval.ends_at)


def allowed(places: Iterable[Place], span: Interval, policy: HoursPolicy) -> Intervals:
    """Return the stretches of the span in which every place allows a call, in order."""
    hours = [
        _place_hours(place.state, zone, span, policy)
        for place in places
        for zone in sorted(place.zones)
    ]
    return reduce(intersect, hours, (span,))


def _place_hours(state: str | None, zone: str, span: Interval, policy: HoursPolicy) -> Intervals:
    first = span.starts_at.astimezone(ZoneInfo(zone)).date()
    last = span.ends_at.astimezone(ZoneInfo(zone)).date()
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(interval for day in days for interval in _day_hours(state, zone, day, policy))


@lru_cache(maxsize=16_384)  # by day, not by moment: each call of a shift asks at another second
def _day_hours(state: str | None, zone: str, day: date, policy: HoursPolicy) -> Intervals:
    local = ZoneInfo(zone)
    hours: Intervals = (_interval(day, policy.earliest, policy.latest, local),)
    for rule in rules_on(state, day):
        if policy.only_required and policy.caller not in rule.binds:
            continue
        window = rule.hours(day, is_holiday=is_holiday(state, day))
        if window is None:
            return ()
        hours = intersect(hours, (_interval(day, *window, local),))
        if rule.clock != "local":  # Mississippi's statute means standard time all year
            hours = intersect(hours, (_interval(day, *window, _fixed(rule.clock)),))
    return hours


def _interval(day: date, opens: time, closes: time, zone: ZoneInfo | timezone) -> Interval:
    # Summer time is decided before the step to UTC: 8:00 is 8:00 on the wall.
    return Interval(
        datetime.combine(day, opens, zone).astimezone(UTC),
        datetime.combine(day, closes, zone).astimezone(UTC),
    )


def _fixed(clock: str) -> timezone:
    """Return the offset of a clock such as UTC-06:00."""
    sign = -1 if clock[3] == "-" else 1
    hours, minutes = clock[4:].split(":")
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))


@lru_cache(maxsize=4096)
def rules_on(state: str | None, day: date) -> tuple[HourRule, ...]:
    """Return the federal row and the state's, as they are in force on the day."""
    return tuple(rule for rule in hour_rules() if rule.state in ("US", state) and rule.holds(day))


@lru_cache(maxsize=4096)
def is_holiday(state: str | None, day: date) -> bool:
    """Whether the day is a legal holiday of the state, or of the United States."""
    return day in _holidays(state, day.year)


@lru_cache(maxsize=512)
def _holidays(state: str | None, year: int) -> frozenset[date]:
    federal = holidays.country_holidays("US", years=year)
    if state not in federal.subdivisions:
        return frozenset(federal)
    # A state's own calendar lacks the federal days that it does not keep.
    return frozenset(federal) | frozenset(holidays.country_holidays("US", state, years=year))


def explain(places: Iterable[Place], day: date, policy: HoursPolicy) -> list[str]:
    """Return one line a place: the hours of a day, and the rules behind them."""
    lines = []
    for place in places:
        citations = "; ".join(rule.citation for rule in rules_on(place.state, day))
        for zone in sorted(place.zones):
            hours = _day_hours(place.state, zone, day, policy)
            told = ", ".join(
                f"{_clock(hour.starts_at, zone)}–{_clock(hour.ends_at, zone)}" for hour in hours
            )
            lines.append(f"{place.state or 'place'} ({zone}): {told or 'closed'} [{citations}]")
    return lines


def _clock(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"
