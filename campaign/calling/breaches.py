"""Which rules a call that was made broke: what the law wants apart from what the policy wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from campaign.calling.eligibility import Circumstances, hours_policy
from campaign.calling.hours import HoursPolicy, Interval, allowed, caller_kind
from campaign.calling.places import Place

_ANY_HOUR = (time.min, time.max)


def breaches(
    places: Sequence[Place],
    question: Circumstances,
    team_kind: str,
    started_at: datetime,
    expires_at: datetime | None,
) -> list[str]:
    """Return the rules that a call broke, by code, as they held where the person is."""
    required = HoursPolicy(
        *_ANY_HOUR, only_required=True, caller=caller_kind(question.committee_kind, team_kind)
    )
    found = {
        "outside_hours": not _holds(places, started_at, hours_policy(question)),
        "outside_required_hours": not _holds(places, started_at, required),
        "after_expiry": expires_at is not None and started_at > expires_at,
    }
    return [code for code, is_broken in found.items() if is_broken]


def _holds(places: Sequence[Place], at: datetime, policy: HoursPolicy) -> bool:
    hour = at.replace(minute=0, second=0, microsecond=0)
    around = Interval(hour - timedelta(hours=1), hour + timedelta(hours=2))
    return any(span.holds(at) for span in allowed(places, around, policy))
