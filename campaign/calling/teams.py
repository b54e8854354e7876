"""Teams as the rules see them: when they work, what they cost, and which papers are in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaign.calling.costs import Price

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Agent:
    """A caller, with the campaigns that he or she is certified for."""

    id: int
    code: str
    languages: tuple[str, ...]
    certified: Mapping[str, date]

    def is_certified(self, campaign_code: str, day: date) -> bool:
        """Whether the caller was trained for the campaign, and that still holds on the day."""
        return self.certified.get(campaign_code, date.min) >= day


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of a team's working day."""

    name: str
    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        """How long it is."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class Team:
    """Callers under one roof."""

    id: int
    code: str
    name: str
    kind: str
    timezone: str
    languages: tuple[str, ...]
    hours: Mapping[str, tuple[str, ...]]
    capacity: int
    price: Price
    contract: tuple[date, date] | None
    data_sharing: tuple[date, date] | None
    fair_conditions_on: date | None
    registered_states: frozenset[str]
    is_local: bool
    place: str
    age_recipient: str | None
    agents: tuple[Agent, ...]

    @property
    def is_in_house(self) -> bool:
        """Whether the callers are our own people."""
        return self.kind == "in_house"

    @property
    def is_offshore(self) -> bool:
        """Whether the callers sit outside of the country."""
        return self.kind == "offshore"

    @property
    def places(self) -> tuple[str, ...]:
        """Return what the terms of a list may call the team when they bar it."""
        outside = () if self.is_in_house else ("outsourced",)
        return (self.kind, self.code, *outside)

    def shifts(self, day: date) -> tuple[Shift, ...]:
        """Return the shifts of a day, in order."""
        zone = ZoneInfo(self.timezone)
        made = []
        for number, text in enumerate(self.hours.get(WEEKDAYS[day.weekday()], ()), start=1):
            start, end = text.split("-")
            starts_at = datetime.combine(day, time.fromisoformat(start), zone)
            if end == "24:00":
                ends_at = datetime.combine(day + timedelta(days=1), time(), zone)
            else:
                ends_at = datetime.combine(day, time.fromisoformat(end), zone)
            made.append(Shift(f"{self.code}/{number}", starts_at, ends_at))
        return tuple(made)

    def certified_languages(self, campaign_code: str, day: date) -> frozenset[str]:
        """Return the languages in which a certified caller of the team speaks on that day.

        A team that lists no caller vouches for its languages itself only when it is in-house.
        """
        if not self.agents and self.is_in_house:
            return frozenset(self.languages)
        spoken = [
            agent.languages for agent in self.agents if agent.is_certified(campaign_code, day)
        ]
        return frozenset(self.languages) & frozenset().union(*spoken)

    def unready(self, campaign_code: str, day: date) -> tuple[str, ...]:
        """Return why the team may not be given a call on that day; empty when it may."""
        reasons = []
        if not self.is_in_house:
            if not _in_date(self.contract, day):
                reasons.append("no_contract")
            if not _in_date(self.data_sharing, day):
                reasons.append("no_data_sharing_agreement")
            if self.fair_conditions_on is None or self.fair_conditions_on > day:
                reasons.append("no_attestation_of_fair_conditions")
        if not self.certified_languages(campaign_code, day):
            reasons.append("no_certified_caller")
        return tuple(reasons)


def _in_date(span: tuple[date, date] | None, day: date) -> bool:
    return span is not None and span[0] <= day <= span[1]
