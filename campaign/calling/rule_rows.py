"""The dated tables of `rules/` that calling rests on, read once."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "rules"
Hours = tuple[time, time] | None


@dataclass(frozen=True, slots=True)
class HourRule:
    """When calls may be made to a state, from one day of effect to another."""

    state: str
    mon_fri: Hours
    sat: Hours
    sun: Hours
    closed_on_holidays: bool
    clock: str
    cap_per_24h: int | None
    binds: frozenset[str]
    effective_from: date
    effective_to: date
    citation: str
    confidence: str

    def holds(self, day: date) -> bool:
        """Whether the row is in force on the day."""
        return self.effective_from <= day <= self.effective_to

    def hours(self, day: date, *, is_holiday: bool) -> Hours:
        """Return the hours of a calendar day; None when it is closed."""
        if is_holiday and self.closed_on_holidays:
            return None
        return (self.mon_fri, self.sat, self.sun)[max(0, day.weekday() - 4)]


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _hours(text: str) -> Hours:
    if text == "none":
        return None
    opens, closes = text.split("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


@lru_cache(maxsize=1)
def hour_rules() -> tuple[HourRule, ...]:
    """Return every row of the table of calling hours; `US` is the federal one."""
    return tuple(
        HourRule(
            state=row["state"],
            mon_fri=_hours(row["mon_fri"]),
            sat=_hours(row["sat"]),
            sun=_hours(row["sun"]),
            closed_on_holidays=row["holidays"] == "none",
            clock=row["clock"],
            cap_per_24h=int(row["cap_per_24h"]) if row["cap_per_24h"] else None,
            binds=frozenset(row["binds"].split()),
            effective_from=date.fromisoformat(row["effective_from"] or "0001-01-01"),
            effective_to=date.fromisoformat(row["effective_to"] or "9999-12-31"),
            citation=row["citation"],
            confidence=row["confidence"],
        )
        for row in _rows("state_calling_hours.csv")
    )


def federal_hours(day: date) -> tuple[time, time]:
    """Return the hours of the federal rule on the day: it knows no weekday."""
    (rule,) = (rule for rule in hour_rules() if rule.state == "US" and rule.holds(day))
    assert rule.mon_fri is not None
    return rule.mon_fri


@lru_cache(maxsize=1)
def zones_of_state() -> dict[str, tuple[str, ...]]:
    """Return the time zones of each state and territory."""
    return {row["state"]: tuple(row["zones"].split()) for row in _rows("state_time_zones.csv")}


@lru_cache(maxsize=1)
def zones_of_postal_code() -> dict[str, tuple[str, ...]]:
    """Return the zones of postal codes where the state's clock does not decide."""
    return {row["postal_code"]: tuple(row["zones"].split()) for row in _rows("navajo_zips.csv")}


@lru_cache(maxsize=1)
def zones_of_area_code() -> dict[str, tuple[str, ...]]:
    """Return the zones of area codes that lie in more than one."""
    return {row["area_code"]: tuple(row["zones"].split()) for row in _rows("area_code_zones.csv")}


@lru_cache(maxsize=64)
def caps_per_24h(day: date) -> dict[str, int]:
    """Return the states that cap calls in 24 hours on the day."""
    return {
        rule.state: rule.cap_per_24h
        for rule in hour_rules()
        if rule.cap_per_24h is not None and rule.holds(day)
    }


@lru_cache(maxsize=1)
def base_rates() -> dict[str, dict[str, float]]:
    """Return what is assumed of each segment before a campaign has results."""
    return {
        row["segment"]: {
            name: float(row[name]) for name in ("contact", "pledge", "fulfil", "typical_ask_cents")
        }
        for row in _rows("base_rates.csv")
    }
