"""The in-house queue: the best call that is legal at this second, one caller at a time.

A call is leased; a lease that lapses gives it back. The rules of the plan are asked again on the
facts of now before anybody sees a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaign.calling.asks import ladder_within, near_limit_sentence
from campaign.calling.results import DISPOSITIONS, CallResult
from campaign.calling.scripts import Speaker, ask_values, fill_in
from campaign.calling.teams import Team
from campaign.days import day_of
from campaign.errors import InputError, RuleError, StateError
from models.calling import Assignment
from models.committee import Agent
from models.committee import Team as TeamRow
from models.donors import Donor
from store import campaigns
from store.calling import Scene, scene
from store.committees import the_committee
from store.guard import Guarded, guard
from store.memo import remembered
from store.results import Account, keep_findings, take_in, withdraw

_TRIES = 20  # calls that the guard may refuse before the caller is told to ask again


@dataclass(frozen=True, slots=True)
class Call:
    """All that a caller needs for one call."""

    assignment_id: int
    donor_id: int
    campaign: str
    first_name: str
    last_name: str
    phone_e164: str
    city: str
    state: str
    local_time: str
    language: str
    segment: str
    gifts: int
    last_gift_on: date | None
    last_gift_cents: int
    total_cents: int
    asks_cents: tuple[int, ...]
    headroom_cents: int | None
    say: str
    script: str
    script_id: int | None
    questions: tuple[dict[str, Any], ...]
    has_occupation: bool
    is_callback: bool
    call_until: datetime
    leased_until: datetime
    reason: str

    @property
    def row_id(self) -> str:
        """The id under which a result may be typed in."""
        return f"A-{self.assignment_id}"


@dataclass(frozen=True, slots=True)
class NoCall:
    """Why there is no call now, and when the next one may be made."""

    reason: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What recording a result did."""

    attempt_recorded: bool
    pledge_ref: str | None


def next_call(session: Session, team_id: int, agent_id: int, now: datetime) -> Call | NoCall:
    """Lease the best legal call to this caller; asked again meanwhile, the same one comes back."""
    team = _team(session, team_id)
    agent = session.get(Agent, agent_id)
    if agent is None or agent.team_id != team_id or agent.disabled_at is not None:
        raise InputError("This caller does not belong to the team.")
    _release_lapsed(session, team_id, now)
    for _ in range(_TRIES):
        row = _held_by(session, agent_id, now) or _pick(session, team_id, agent, now)
        if row is None:
            return _nothing(session, team_id, now)
        view = _view(session, row.campaign_id, now)
        found = guard(session, view, team, [row.donor_id])[row.donor_id]
        if found.reason is None and any(span.holds(now) for span in found.hours):
            return _lease(session, view, team, row, agent, found)
        _put_aside(session, row, found, now)
    return NoCall("The first calls of the list may not be made just now; ask again.", now)


def _team(session: Session, team_id: int) -> Team:
    def make() -> Team:
        row = session.get(TeamRow, team_id)
        if row is None:
            raise InputError("There is no such team.")
        return campaigns.team_by_code(session, row.code)

    return remembered(session, ("team", team_id), make)


def _view(session: Session, campaign_id: int, now: datetime) -> Scene:
    """Return the campaign's scene at this moment."""
    zone = remembered(session, ("zone",), lambda: the_committee(session).timezone)
    day = day_of(now, zone)

    def make() -> Scene:
        return scene(session, campaigns.campaign_by_id(session, campaign_id), day, now)

    return remembered(session, ("scene", campaign_id, day), make).at(now)


def _release_lapsed(session: Session, team_id: int, now: datetime) -> None:
    session.execute(
        text("""
            update assignment set status = 'open', agent_id = null, leased_until = null
            where id in (select id from assignment where team_id = :team_id
                and status = 'handed_out' and packet_id is null and leased_until < :now
                for update skip locked)
        """),
        {"team_id": team_id, "now": now},
    )


def _held_by(session: Session, agent_id: int, now: datetime) -> Assignment | None:
    return session.scalars(
        select(Assignment)
        .where(
            Assignment.agent_id == agent_id,
            Assignment.status == "handed_out",
            Assignment.leased_until >= now,
        )
        .limit(1)
        .with_for_update()
    ).one_or_none()


def _pick(session: Session, team_id: int, agent: Agent, now: datetime) -> Assignment | None:
    """Return the first call that is open now and that nobody else is looking at."""
    may = select(Assignment).where(
        Assignment.team_id == team_id,
        Assignment.status == "open",
        Assignment.callable_from <= now,
        Assignment.callable_to > now,
        Assignment.language.in_(agent.languages),
    )
    promised = may.where(Assignment.callback_at <= now).order_by(Assignment.callback_at)
    others = may.where(Assignment.callback_at.is_(None)).order_by(Assignment.priority)
    for wanted in (promised, others):
        row = session.scalars(wanted.limit(1).with_for_update(skip_locked=True)).one_or_none()
        if row is not None:
            return row
    return None


def _put_aside(session: Session, row: Assignment, found: Guarded, now: datetime) -> None:
    """Withdraw a call that may not be made; one that may be made later waits for its hour."""
    later = [span for span in found.hours if span.starts_at > now]
    if found.reason is None and later:
        row.status, row.agent_id, row.leased_until = "open", None, None
        row.callable_from, row.callable_to = later[0].starts_at, later[0].ends_at
        session.flush()
    else:
        withdraw(session, {row.id: found.reason or "no_hours"}, now)
        session.expire(row)


def _lease(
    session: Session, view: Scene, team: Team, row: Assignment, agent: Agent, found: Guarded
) -> Call:
    policy = view.campaign.policy
    row.status, row.agent_id = "handed_out", agent.id
    row.leased_until = view.now + timedelta(minutes=policy.lease_minutes)
    row.updated_at = view.now
    donor = session.get_one(Donor, row.donor_id)
    asks = ladder_within(list(row.asks_cents), found.headroom_cents)
    election = view.basis.label.removeprefix("election ")
    say = near_limit_sentence(found.headroom_cents, asks, election)
    script = remembered(
        session,
        ("script", view.campaign.script_code, row.language),
        lambda: campaigns.script(session, view.campaign.script_code, row.language),
    )
    session.flush()
    return Call(
        assignment_id=row.id,
        donor_id=donor.id,
        campaign=view.campaign.code,
        first_name=donor.first_name or "",
        last_name=donor.last_name or "",
        phone_e164=donor.phone_e164 or "",
        city=donor.city or "",
        state=donor.state or "",
        local_time=_clock(donor.timezone or donor.phone_timezone, view.now),
        language=row.language,
        segment=row.segment or "",
        gifts=found.gifts,
        last_gift_on=found.last_gift_on,
        last_gift_cents=found.last_cents,
        total_cents=found.total_cents,
        asks_cents=tuple(asks),
        headroom_cents=found.headroom_cents,
        say=say,
        script=_words(view, team, agent, donor, script.body, asks, say) if script else "",
        script_id=script.id if script else None,
        questions=script.questions if script else (),
        has_occupation=bool(donor.occupation and donor.employer),
        is_callback=row.callback_at is not None,
        call_until=min(span.ends_at for span in found.hours if span.holds(view.now)),
        leased_until=row.leased_until,
        reason=row.reason,
    )


def _words(
    view: Scene, team: Team, agent: Agent, donor: Donor, body: str, asks: list[int], say: str
) -> str:
    committee = view.committee
    name = " ".join(part for part in (donor.first_name, donor.last_name) if part)
    values = {
        "donor_name": name,
        "first_name": donor.first_name or "",
        "caller_name": agent.name,
        "committee_name": committee.name,
        "candidate_name": committee.candidate_name or "",
        "election": view.basis.label.removeprefix("election "),
    } | ask_values(asks, say)
    speaker = Speaker(committee.name, committee.paid_for_by, team.name, team.kind, team.place)
    return fill_in(body, values, speaker, donor.language)


def _clock(zone: str | None, now: datetime) -> str:
    return f"{now.astimezone(ZoneInfo(zone)):%H:%M}" if zone else ""


def _nothing(session: Session, team_id: int, now: datetime) -> NoCall:
    """Say why there is no call, and when the next one comes."""
    left = session.execute(
        text("""
            select count(*) filter (where status = 'open') as open,
                count(*) filter (where status = 'handed_out') as with_others,
                min(greatest(callable_from, coalesce(callback_at, callable_from)))
                    filter (where status = 'open' and callable_to > :now
                    and greatest(callable_from, coalesce(callback_at, callable_from)) > :now)
                    as next_at,
                min(leased_until) filter (where status = 'handed_out') as back_at
            from assignment where team_id = :team_id and packet_id is null
                and status in ('open', 'handed_out')
        """),
        {"team_id": team_id, "now": now},
    ).one()
    if left.next_at is not None:
        return NoCall("It is outside of the legal hours of everybody left.", left.next_at)
    if left.with_others:
        return NoCall("The calls that are left are with other callers.", left.back_at)
    if left.open:
        return NoCall("Nobody left may be called today in a language you speak.", None)
    return NoCall("The list is done: every call of the plan was made.", None)


def record_result(
    session: Session,
    *,
    team_id: int,
    agent_id: int,
    assignment_id: int,
    disposition: str,
    now: datetime,
    call_id: str | None = None,
    started_at: datetime | None = None,
    duration_seconds: int = 0,
    pledge_cents: int | None = None,
    pledge_due_on: date | None = None,
    instalments: int = 1,
    method: str = "",
    email: str = "",
    occupation: str = "",
    employer: str = "",
    callback_at: datetime | None = None,
    notes: str = "",
    answers: dict[str, str] | None = None,
) -> Outcome:
    """Record how the caller's call ended; told again with the same call id, nothing changes.

    RuleError when the law leaves no room for the pledge: nothing is recorded then.
    """
    if disposition not in DISPOSITIONS:
        raise InputError(f"The disposition is one of {', '.join(DISPOSITIONS)}.")
    if (pledge_cents is not None) and disposition != "pledged":
        raise InputError("An amount belongs to the disposition pledged.")
    row = session.get(Assignment, assignment_id, with_for_update=True)
    agent = session.get(Agent, agent_id)
    if row is None or agent is None or row.team_id != team_id or agent.team_id != team_id:
        raise InputError("This call does not belong to the team.")
    call_id = call_id or f"A-{assignment_id}-{row.attempts + 1}"
    if row.agent_id != agent_id and not _told_before(session, team_id, call_id):
        raise StateError("This call is not yours any more: the lease has lapsed.")
    view = _view(session, row.campaign_id, now)
    team = _team(session, team_id)
    result = CallResult(
        source_row=1,
        row_id=f"A-{assignment_id}",
        call_id=call_id,
        started_at=started_at or now - timedelta(seconds=duration_seconds),
        disposition=disposition,
        agent=agent.code,
        duration_seconds=duration_seconds,
        pledge_cents=pledge_cents,
        pledge_due_on=pledge_due_on,
        instalments=instalments,
        method=method,
        email=email.strip().lower(),
        occupation=occupation.strip(),
        employer=employer.strip(),
        callback_at=callback_at,
        notes=notes.strip(),
        answers=answers or {},
    )
    account = take_in(session, view, team, [result], now)
    _refuse_findings(account)
    keep_findings(session, team, account.findings, None, now)
    return Outcome(account.recorded == 1, _pledge_ref(session, team_id, call_id))


def _told_before(session: Session, team_id: int, call_id: str) -> bool:
    statement = text("select 1 from call_attempt where team_id = :team and external_id = :call")
    return session.execute(statement, {"team": team_id, "call": call_id}).first() is not None


def _refuse_findings(account: Account) -> None:
    for finding in account.findings:
        if finding.kind == "over_limit":
            raise RuleError(f"The pledge cannot be taken: {finding.reason}.")
        raise InputError(f"The result cannot be recorded: {finding.reason}.")


def _pledge_ref(session: Session, team_id: int, call_id: str) -> str | None:
    ref: str | None = session.scalar(
        text(
            "select p.ref from pledge p join call_attempt c on c.id = p.call_attempt_id "
            "where c.team_id = :team and c.external_id = :call"
        ),
        {"team": team_id, "call": call_id},
    )
    return ref


def hand_back(session: Session, assignment_id: int, agent_id: int, now: datetime) -> None:
    """Give a leased call back unspoken; it goes to the end of the list."""
    row = session.get(Assignment, assignment_id, with_for_update=True)
    if row is None or row.agent_id != agent_id or row.status != "handed_out":
        raise StateError("This call is not yours to hand back.")
    last = session.scalar(
        text("select max(priority) from assignment where team_id = :team and status = 'open'"),
        {"team": row.team_id},
    )
    row.status, row.agent_id, row.leased_until = "open", None, None
    row.priority, row.updated_at = int(last or row.priority) + 1, now
