"""Invented donors, teams and campaigns for the tests of calling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.calling.costs import Price
from campaign.calling.eligibility import Circumstances
from campaign.calling.hours import Interval
from campaign.calling.policy import Policy
from campaign.calling.teams import Team
from store.bulk import copy_rows

DAY = date(2026, 9, 9)  # a Wednesday
NOON = datetime(2026, 9, 9, 16, tzinfo=UTC)  # noon in New York
PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE = PROJECT / "examples" / "federal-candidate.toml"

_DEFAULTS: dict[str, Any] = {
    "phone_e164": "+16145550100",
    "line_type": "mobile",
    "state": "OH",
    "postal_code": "43004",
    "country": "US",
    "timezone": "America/New_York",
    "phone_timezone": "America/New_York",
    "household_id": None,
    "status": "active",
    "provenance": '["house"]',
    "consent_autodial": False,
    "language": "en",
    "suppressed": False,
    "deceased": False,
    "gifts": 2,
    "last_gift_on": date(2025, 10, 1),
    "total_cents": 20_000,
    "largest_cents": 15_000,
    "last_cents": 5_000,
    "headroom_cents": 350_000,
    "has_open_pledge": False,
    "refused": False,
    "bad_number": False,
    "attempts_total": 0,
    "attempts_today": 0,
    "calls_24h": 0,
    "last_team_id": None,
    "household_calls_today": 0,
    "in_progress": False,
    "callback_later": False,
}


def facts(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return the facts of donors: what a row leaves out is an ordinary donor's."""
    made = []
    for number, row in enumerate(rows, start=1):
        own = {"donor_id": number, "phone_e164": f"+1614555{number:04d}"}
        made.append(_DEFAULTS | own | row)
    frame = pd.DataFrame(made, columns=["donor_id", *_DEFAULTS])
    frame["household_id"] = frame["household_id"].astype("Int64")
    frame["last_team_id"] = frame["last_team_id"].astype("Int64")
    return frame


def team(cost_cents: int = 100, **changes: Any) -> Team:
    """Return an in-house team that works all day, at so much a call."""
    ordinary = Team(
        id=1,
        code="HQ",
        name="Own callers",
        kind="in_house",
        timezone="America/New_York",
        languages=("en",),
        hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("09:00-21:00",)),
        capacity=100,
        price=Price("per_call", cost_cents, 0, 20),
        contract=None,
        data_sharing=None,
        fair_conditions_on=None,
        registered_states=frozenset(),
        is_local=False,
        place="Columbus, Ohio",
        age_recipient=None,
        agents=(),
    )
    return replace(ordinary, **changes)


def question(**changes: Any) -> Circumstances:
    """Return the question about calls of a whole day for a candidate's committee."""
    ordinary = Circumstances(
        campaign_code="FALL-26",
        committee_kind="candidate",
        policy=Policy(holdout_percent=0),
        day=DAY,
        span=Interval(datetime(2026, 9, 9, 4, tzinfo=UTC), datetime(2026, 9, 10, 4, tzinfo=UTC)),
        script_languages=frozenset({"en", "es"}),
    )
    return replace(ordinary, **changes)


_DONOR_COLUMNS = (
    *("id", "first_name", "last_name", "phone_e164", "line_type", "state", "postal_code"),
    *("country", "timezone", "phone_timezone", "language", "household_id", "status"),
    *("provenance", "consent", "updated_at"),
)


def add_donors(
    session: Session, count: int, *, gift_cents: int = 10_000, first_id: int = 1, **changes: Any
) -> list[int]:
    """Put ordinary donors with one gift each into the database; return their ids."""
    ids = list(range(first_id, first_id + count))
    ordinary = {
        "first_name": "Ann",
        "line_type": "mobile",
        "state": "OH",
        "postal_code": "43004",
        "country": "US",
        "timezone": "America/New_York",
        "phone_timezone": "America/New_York",
        "language": "en",
        "household_id": None,
        "status": "active",
        "provenance": '["house"]',
        "consent": "{}",
        "updated_at": NOON,
    }
    rows = []
    for number in ids:
        own = {"id": number, "last_name": f"Donor{number}", "phone_e164": f"+1614555{number:04d}"}
        values = ordinary | own | changes
        rows.append(tuple(values[column] for column in _DONOR_COLUMNS))
    copy_rows(session, "donor", _DONOR_COLUMNS, rows)
    batch = session.execute(
        text(
            "insert into list_batch (source, file_name, file_sha256, format, mapping, provenance, "
            "status, created_at) values ('T', 't', :sha, 't', '{}', '{}', 'staged', :at) "
            "returning id"
        ),
        {"sha": f"{first_id}", "at": NOON},
    ).scalar_one()
    if gift_cents:
        gifts = ((n, batch, "T", f"g{n}", date(2025, 10, 1), gift_cents) for n in ids)
        columns = ("donor_id", "batch_id", "source", "external_id", "given_on", "amount_cents")
        copy_rows(session, "gift", columns, gifts)
    session.commit()
    return ids
