"""What a plan rests on besides the donors' facts: chances, pins, taken seats, the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from campaign.calling.chances import Chances, Made, learn_from
from campaign.days import day_of
from campaign.errors import InputError
from models.calling import CallPin, Script
from models.donors import Donor
from store import audit
from store.call_results import CONTACTED
from store.campaigns import CampaignFacts, campaign_teams
from store.committees import the_committee
from store.donor_facts import replannable
from store.scenes import Scene

_MADE = text(f"""
    with made as (
        select c.*, row_number() over (partition by c.donor_id order by c.started_at, c.id) - 1
            as tries
        from call_attempt c where c.campaign_id = :campaign_id
    )
    select coalesce(a.segment, ''), m.team_id, m.tries, count(*),
        count(*) filter (where m.call_result in ({CONTACTED})),
        count(p.id), count(p.id) filter (where p.due_on < :today),
        count(p.id) filter (where p.due_on < :today and p.status = 'fulfilled')
    from made m
        left join assignment a on a.id = m.assignment_id
        left join pledge p on p.call_attempt_id = m.id
    group by 1, 2, 3
""")


def chances(session: Session, campaign_id: int, today: date) -> Chances:
    """Return what the campaign's results so far teach about segments and teams."""
    rows = session.execute(_MADE, {"campaign_id": campaign_id, "today": today})
    return learn_from([Made(*row) for row in rows])


def next_calling_day(session: Session, campaign: CampaignFacts, now: datetime) -> date:
    """Return today while a shift still has an hour to go, else the next day with a shift."""
    today = day_of(now, the_committee(session).timezone)
    teams = campaign_teams(session, campaign.id)
    for ahead in range(14):
        day = today + timedelta(days=ahead)
        ends = [shift.ends_at for team in teams for shift in team.shifts(day)]
        if ends and max(ends) >= now + timedelta(hours=1):
            return day
    return today


def pins(session: Session, campaign_id: int) -> dict[int, int]:
    """Return the donors whose team was named by an uploaded list."""
    rows = session.execute(
        select(CallPin.donor_id, CallPin.team_id).where(CallPin.campaign_id == campaign_id)
    )
    return dict(rows.all())


def question_codes(session: Session) -> frozenset[str]:
    """Return the codes of all questions in scripts: columns of results that hold answers."""
    bodies = session.scalars(select(Script.questions))
    return frozenset(question["code"] for questions in bodies for question in questions)


def busy_seats(session: Session, scene: Scene) -> dict[int, int]:
    """Return how many of the day's calls each team has made already, or holds."""
    rows = session.execute(
        text(f"""
            select team_id, count(*) from (
                select team_id from call_attempt
                    where started_at >= :day_start and started_at < :day_end
                union all select team_id from assignment
                    where status in ('open', 'handed_out') and not ({replannable(scene.now)})
            ) each group by 1
        """),
        {"day_start": scene.day.starts_at, "day_end": scene.day.ends_at},
    )
    return dict(rows.all())


def keep_pins(
    session: Session, campaign_id: int, chosen: Mapping[int, int | None], now: datetime
) -> None:
    """Pin donors to teams, or unpin those whose team is None."""
    known = set(session.scalars(select(Donor.id).where(Donor.id.in_(chosen))))
    missing = sorted(set(chosen) - known)
    if missing:
        raise InputError(f"There is no donor {missing[0]}.")
    session.execute(
        delete(CallPin).where(CallPin.campaign_id == campaign_id, CallPin.donor_id.in_(chosen))
    )
    session.add_all(
        CallPin(campaign_id=campaign_id, donor_id=donor_id, team_id=team_id, pinned_at=now)
        for donor_id, team_id in chosen.items()
        if team_id is not None
    )
    counts = {"pinned": sum(team is not None for team in chosen.values()), "rows": len(chosen)}
    audit.append(session, "donors.pinned", f"campaign:{campaign_id}", counts, at=now)
