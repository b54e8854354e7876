"""Which rules a call that was made broke: what the law wants apart from what the policy wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from campaign.calling.eligibility import Circumstances, hours_policy
from campaign.calling.hours import HoursPolicy, Interval, allowed, caller_kind
from campaign.calling.places import Place
from campaign.calling.teams import Team
from campaign.days import day_of

_ANY_HOUR = (time.min, time.max)


def breaches(
    places: Sequence[Place],
    question: Circumstances,
    team: Team,
    agent: str,
    started_at: datetime,
    expires_at: datetime | None,
) -> list[str]:
    """Return the rules that a call broke, by code, as they held where the person is."""
    required = HoursPolicy(
        *_ANY_HOUR, only_required=True, caller=caller_kind(question.committee_kind, team.kind)
    )
    found = {
        "outside_hours": not _holds(places, started_at, hours_policy(question)),
        "outside_required_hours": not _holds(places, started_at, required),
        "after_expiry": expires_at is not None and started_at > expires_at,
        "uncertified_caller": not _may_speak(
            team, agent, question.campaign_code, day_of(started_at, team.timezone)
        ),
    }
    return [code for code, is_broken in found.items() if is_broken]


def _may_speak(team: Team, agent: str, campaign_code: str, day: date) -> bool:
    """Whether the caller whom a result names was certified; a centre has to name its callers.

    Our own people who type in paper need not say who dialled: the sheet was handed to somebody.
    """
    if not agent:
        return team.is_in_house
    held = [one for one in team.agents if one.code == agent]
    return any(one.is_certified(campaign_code, day) for one in held)


def _holds(places: Sequence[Place], at: datetime, policy: HoursPolicy) -> bool:
    hour = at.replace(minute=0, second=0, microsecond=0)
    around = Interval(hour - timedelta(hours=1), hour + timedelta(hours=2))
    return any(span.holds(at) for span in allowed(places, around, policy))
