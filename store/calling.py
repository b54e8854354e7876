"""What the rules of calling need to know about donors, and the plans that come of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from string import Template
from typing import cast

import pandas as pd
import pyarrow as pa
from sqlalchemy import TextClause, delete, select, text
from sqlalchemy.orm import Session

from campaign.calling.chances import Chances, Record, learn
from campaign.calling.eligibility import Question
from campaign.calling.hours import Interval
from campaign.calling.segments import SEGMENTS
from campaign.compliance.limits import (
    LimitBasis,
    cycle_of,
    headrooms,
    limit_basis,
    with_generals,
)
from campaign.compliance.rule_tables import thresholds
from campaign.days import Period, day_of
from campaign.errors import InputError
from models.calling import CallPin, Script
from models.committee import Election
from models.donors import Donor
from store import audit
from store.campaigns import CampaignFacts, campaign_teams, elections, script_languages
from store.committees import Committee, the_committee
from store.frames import read_columns
from store.suppressions import SUPPRESSED_DONORS

_TEXT, _WHOLE, _DAY, _FLAG = pa.string(), pa.int64(), pa.date32(), pa.bool_()
_FACTS = {
    "donor_id": _WHOLE,
    "phone_e164": _TEXT,
    "line_type": _TEXT,
    "state": _TEXT,
    "postal_code": _TEXT,
    "country": _TEXT,
    "timezone": _TEXT,
    "phone_timezone": _TEXT,
    "household_id": _WHOLE,
    "status": _TEXT,
    "provenance": _TEXT,
    "consent_autodial": _FLAG,
    "language": _TEXT,
    "suppressed": _FLAG,
    "deceased": _FLAG,
    "gifts": _WHOLE,
    "last_gift_on": _DAY,
    "total_cents": _WHOLE,
    "largest_cents": _WHOLE,
    "last_cents": _WHOLE,
    "counted_cents": _WHOLE,
    "has_open_pledge": _FLAG,
    "refused": _FLAG,
    "bad_number": _FLAG,
    "attempts_total": _WHOLE,
    "attempts_today": _WHOLE,
    "calls_24h": _WHOLE,
    "last_team_id": _WHOLE,
    "household_calls_today": _WHOLE,
    "in_progress": _FLAG,
    "callback_later": _FLAG,
}

# Who asked to be called back invited the next call: it does not count against the day's caps.
# $of_donor and $near narrow every part to single donors when one call is handed out.
_QUERY = Template("""
    with given as (
        select donor_id, count(*) as gifts, max(given_on) as last_gift_on,
            sum(amount_cents) as total_cents, max(amount_cents) as largest_cents,
            (array_agg(amount_cents order by given_on desc, id desc))[1] as last_cents,
            coalesce(sum(amount_cents) filter (where $gift_counts), 0) as counted_cents
        from gift where $of_donor group by donor_id
    ), promised as (
        select donor_id,
            coalesce(sum(amount_cents - written_off_cents) filter (where $pledge_counts), 0)
                as counted_cents,
            bool_or(campaign_id = {campaign_id}) as in_campaign
        from pledge where status <> 'cancelled' and $of_donor group by donor_id
    ), tried as (
        select donor_id,
            count(*) filter (where campaign_id = {campaign_id}) as attempts_total,
            count(*) filter (where started_at >= {day_start} and started_at < {day_end}
                and call_result <> 'callback') as attempts_today,
            count(*) filter (where started_at > {now} - interval '24 hours')
                as calls_24h,
            bool_or(campaign_id = {campaign_id} and call_result = 'refused') as refused,
            (array_agg(team_id order by started_at desc) filter (where call_result in
                ('pledged', 'contributed', 'refused', 'callback')))[1] as last_team_id
        from call_attempt where $of_donor group by donor_id
    ), called_today as (
        select c.phone_e164, o.household_id from call_attempt c join donor o on o.id = c.donor_id
        where c.started_at >= {day_start} and c.started_at < {day_end}
            and c.call_result <> 'callback' and $near
    ), by_phone as (
        select phone_e164, count(*) as calls from called_today where phone_e164 is not null
        group by 1
    ), by_house as (
        select household_id, count(*) as calls from called_today where household_id is not null
        group by 1
    ), bad as (
        select distinct phone_e164, donor_id from call_attempt
        where call_result in ('wrong_number', 'disconnected') and $of_donor
    ), busy as (
        select donor_id, bool_or(not ($replannable)) as in_progress,
            bool_or(callback_at >= {day_end}) as callback_later
        from assignment where status in ('open', 'handed_out') and $of_donor group by 1
    ), hushed as (
        select donor_id, bool_or(kind = 'deceased') as deceased
        from ($suppressed_donors) each where $of_donor group by 1
    )
    select d.id, d.phone_e164, d.line_type, d.state, d.postal_code, d.country, d.timezone,
        d.phone_timezone, d.household_id, d.status, cast(d.provenance as text),
        coalesce(d.consent ->> 'autodial', '') in ('true', 'yes'), d.language,
        h.donor_id is not null, coalesce(h.deceased, false),
        coalesce(g.gifts, 0), g.last_gift_on, coalesce(g.total_cents, 0),
        coalesce(g.largest_cents, 0), coalesce(g.last_cents, 0),
        coalesce(g.counted_cents, 0) + coalesce(p.counted_cents, 0),
        coalesce(p.in_campaign, false), coalesce(t.refused, false), bad.donor_id is not null,
        coalesce(t.attempts_total, 0), coalesce(t.attempts_today, 0), coalesce(t.calls_24h, 0),
        t.last_team_id, greatest(coalesce(bp.calls, 0), coalesce(bh.calls, 0)),
        coalesce(b.in_progress, false), coalesce(b.callback_later, false)
    from donor d
        left join given g on g.donor_id = d.id
        left join promised p on p.donor_id = d.id
        left join tried t on t.donor_id = d.id
        left join by_phone bp on bp.phone_e164 = d.phone_e164
        left join by_house bh on bh.household_id = d.household_id
        left join bad on bad.donor_id = d.id and bad.phone_e164 = d.phone_e164
        left join busy b on b.donor_id = d.id
        left join hushed h on h.donor_id = d.id
    where $of_id and d.status <> 'merged' order by d.id
""")


def replannable(now: datetime) -> str:
    """Return the condition of a call that nobody has seen, or whose hour has passed."""
    return (
        "packet_id is null and (status = 'open' and callback_at is null "
        f"or callable_to < '{now.isoformat()}' "
        f"and (status = 'open' or leased_until < '{now.isoformat()}'))"
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """One campaign on one day: the question that the rules are asked, and what it counts."""

    committee: Committee
    campaign: CampaignFacts
    question: Question
    basis: LimitBasis
    counting: Mapping[str, str]  # which gifts and pledges count against the limit, as conditions
    now: datetime

    @property
    def day(self) -> Period:
        """The calling day in the committee's time zone."""
        return Period(self.question.day, self.question.day, self.committee.timezone)

    def needs_48_hour_notice(self, cents: int) -> bool:
        """Whether a gift of this size, if it came today, would have to be told within 48 hours."""
        rule, election = thresholds()["notice_48h"], self.campaign.election
        if self.committee.kind != "candidate" or election is None or not rule.reached(cents):
            return False
        days = (election.held_on - self.question.day).days
        return (rule.last_day_before_election or 0) <= days <= (rule.first_day_before_election or 0)

    def at(self, now: datetime) -> Scene:
        """Return the same scene at another moment of its day."""
        question = replace(self.question, span=_rest_of(self.day, now))
        return replace(self, question=question, now=now)


def _rest_of(period: Period, now: datetime) -> Interval:
    starts_at = min(max(now, period.starts_at), period.ends_at)
    return Interval(starts_at.astimezone(UTC), period.ends_at.astimezone(UTC))


def scene(session: Session, campaign: CampaignFacts, day: date, now: datetime) -> Scene:
    """Return what is asked about calls of this campaign on this day, from now on."""
    committee = the_committee(session)
    question = Question(
        campaign_code=campaign.code,
        committee_kind=committee.kind,
        policy=campaign.policy,
        day=day,
        span=_rest_of(Period(day, day, committee.timezone), now),
        script_languages=script_languages(session, campaign.script_code),
    )
    basis = _basis(session, committee, campaign, day)
    return Scene(committee, campaign, question, basis, _counting(session, basis, day), now)


def _basis(
    session: Session, committee: Committee, campaign: CampaignFacts, day: date
) -> LimitBasis:
    known = elections(session)
    if committee.kind == "candidate":
        known = with_generals(known, day, day)
    designated = campaign.election.code if campaign.election else None
    if campaign.election and campaign.election.held_on < day:
        designated = None  # a gift after an election counts for the next one
    return limit_basis(committee.kind, day, known, election_code=designated)


def facts_frame(session: Session, scene: Scene, donor_ids: list[int] | None = None) -> pd.DataFrame:
    """Return a row a donor with all that eligibility, value and asks depend on.

    For single donors their own open assignment does not stand in their way.
    """
    values = {
        "campaign_id": scene.campaign.id,
        "day_start": scene.day.starts_at,
        "day_end": scene.day.ends_at,
        "now": scene.now,
    }
    if donor_ids is None:
        frame = read_columns(session, _everybody(scene), _FACTS, values).to_pandas()
    else:
        # Bound values keep the statement the same: PostgreSQL plans it once.
        rows = session.execute(_somebody(scene), values | {"ids": donor_ids}).all()
        frame = pd.DataFrame(rows, columns=list(_FACTS))
    frame["headroom_cents"] = headrooms(frame["counted_cents"].to_numpy(dtype="int64"), scene.basis)
    return cast("pd.DataFrame", frame)


def _everybody(scene: Scene) -> str:
    return _QUERY.substitute(
        scene.counting,
        suppressed_donors=SUPPRESSED_DONORS,
        of_donor="true",
        of_id="true",
        near="true",
        replannable=replannable(scene.now),
    )


def _somebody(scene: Scene) -> TextClause:
    query = _QUERY.substitute(
        scene.counting,
        suppressed_donors=SUPPRESSED_DONORS,
        of_donor="donor_id = any({ids})",
        of_id="d.id = any({ids})",
        near=_NEAR,
        replannable="true",
    )
    return text(re.sub(r"\{(\w+)\}", r":\1", query))


# Whoever shares the household or the number with these donors.
_NEAR = """c.donor_id in (
    select id from donor where id = any({ids})
    union select id from donor
        where household_id in (select household_id from donor where id = any({ids}))
    union select id from donor
        where phone_e164 in (select phone_e164 from donor where id = any({ids})))"""


def _counting(session: Session, basis: LimitBasis, day: date) -> dict[str, str]:
    """Return which gifts and pledges count against the limit, as conditions."""
    if basis.election_code is None:
        # PostgreSQL's dates end in 5874897, Python's begin in year 1: both hold the other's.
        span = f"between '{basis.first_day}' and '{basis.last_day}'"
        return {"gift_counts": f"given_on {span}", "pledge_counts": f"pledged_on {span}"}
    known = with_generals(elections(session), day, day)
    held_on = next(e.held_on for e in known if e.code == basis.election_code)
    # What was given before the election's cycle began counted for an earlier one.
    earlier = [election.held_on for election in known if election.held_on < held_on]
    before = max([cycle_of(held_on)[0] - timedelta(days=1), *earlier])
    span = f"> '{before}' and {{day}} <= '{held_on}'"
    election_id = session.scalar(select(Election.id).where(Election.code == basis.election_code))
    return {
        # Codes are of our own table's pattern: nothing to quote but the quotes around them.
        "gift_counts": (
            f"election_code = '{basis.election_code}' or "
            f"coalesce(election_code, '') = '' and given_on {span.format(day='given_on')}"
        ),
        "pledge_counts": (
            f"election_id = {election_id or 0} or "
            f"election_id is null and pledged_on {span.format(day='pledged_on')}"
        ),
    }


def chances(session: Session, campaign_id: int, today: date) -> Chances:
    """Return what the campaign's results so far teach about segments and teams."""
    rows = session.execute(
        text("""
            select a.segment, c.team_id, count(*) as dials,
                count(*) filter (where c.call_result in ('pledged', 'contributed', 'refused',
                    'callback', 'do_not_call')) as contacts,
                count(p.id) as pledges,
                count(p.id) filter (where p.due_on < :today) as due_pledges,
                count(p.id) filter (where p.due_on < :today and p.status = 'fulfilled') as paid
            from call_attempt c
                left join assignment a on a.id = c.assignment_id
                left join pledge p on p.call_attempt_id = c.id
            where c.campaign_id = :campaign_id group by 1, 2
        """),
        {"campaign_id": campaign_id, "today": today},
    ).all()
    by_segment: dict[str, Record] = {}
    by_team: dict[int, dict[str, Record]] = {}
    for segment, team_id, *figures in rows:
        name = segment if segment in SEGMENTS else "prospect"
        by_segment[name] = _plus(by_segment.get(name, Record()), figures)
        team = by_team.setdefault(team_id, {})
        team[name] = _plus(team.get(name, Record()), figures)
    return learn(by_segment, by_team)


def _plus(record: Record, figures: list[int]) -> Record:
    return Record(*(a + b for a, b in zip(astuple(record), figures, strict=True)))


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
