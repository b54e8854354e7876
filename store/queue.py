"""The in-house queue: the best call that is legal at this second, one caller at a time.

A call is leased; a lease that lapses gives it back. The rules of the plan are asked again on the
facts of now before anybody sees a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from campaign.calling.asks import ladder_within, near_limit_sentence
from campaign.calling.scripts import Work, ask_values
from campaign.calling.teams import Team
from campaign.days import day_of
from campaign.errors import InputError
from models.committee import Team as TeamRow
from store import campaigns
from store.callers import HOW_TO_CERTIFY, lacks_certificate
from store.committees import the_committee
from store.guard import Guarded, guard
from store.locks import wait_for_a_long_list
from store.memo import remembered
from store.result_effects import withdraw
from store.scenes import Scene, scene
from store.scripts import ScriptFacts
from store.work_on_file import work_on_file

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
    wants_work: bool
    work: Work | None
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
    advice: str = ""


def next_call(session: Session, team_id: int, agent_id: int, now: datetime) -> Call | NoCall:
    """Lease the best legal call to this caller; asked again meanwhile, the same one comes back."""
    team = the_team(session, team_id)
    for _ in range(_TRIES):
        picked = _pick(session, team_id, agent_id, now)
        if picked.id is None:
            return _nothing(session, team_id, agent_id, now)
        view = scene_now(session, picked.campaign_id, now)
        found = guard(session, view, team, [picked.donor_id])[picked.donor_id]
        if found.reason is None and any(span.holds(now) for span in found.hours):
            return _lease(session, view, team, picked, found)
        _put_aside(session, picked.id, found, now)
    return NoCall("The first calls of the list may not be made just now; ask again.", now)


def the_team(session: Session, team_id: int) -> Team:
    """Return a team as the rules see it."""

    def make() -> Team:
        row = session.get(TeamRow, team_id)
        if row is None:
            raise InputError("There is no such team.")
        return campaigns.team_by_code(session, row.code)

    return remembered(session, ("team", team_id), make)


def today(session: Session, now: datetime) -> date:
    """Return the committee's day at this moment."""
    return day_of(now, remembered(session, ("zone",), lambda: the_committee(session).timezone))


def scene_now(session: Session, campaign_id: int, now: datetime) -> Scene:
    """Return the campaign's scene at this moment."""
    day = today(session, now)

    def make() -> Scene:
        return scene(session, campaigns.campaign_by_id(session, campaign_id), day, now)

    return remembered(session, ("scene", campaign_id, day), make).at(now)


# The call that the caller holds already; else one that was promised for this hour, one whose
# caller let the lease lapse, the best that is open: each is looked for only when those before it
# are not there, and what somebody else is looking at is passed over. A caller sees no call of a
# campaign that he or she holds no certificate for, held or not.
_ME = """me as (
        select g.id, g.name, g.languages, array(select c.id from campaign c
            where g.certified ->> c.code >= cast(:day as text)) as certified_for
        from agent g where g.id = :agent_id and g.team_id = :team_id and g.disabled_at is null
    )"""
_MAY_TAKE = """(select languages from me) ? language
            and campaign_id = any((select certified_for from me)::bigint[])"""
_PICK = text(f"""
    with {_ME}, held as (
        select * from assignment where agent_id = :agent_id and status = 'handed_out'
            and leased_until >= :now
            and campaign_id = any((select certified_for from me)::bigint[]) limit 1 for update
    ), promised as (
        select * from assignment where team_id = :team_id and status = 'open'
            and callable_from <= :now and callable_to > :now and callback_at <= :now
            and {_MAY_TAKE} and not exists (select from held)
        order by callback_at limit 1 for update skip locked
    ), lapsed as (
        select * from assignment where team_id = :team_id and status = 'handed_out'
            and packet_id is null and leased_until < :now
            and callable_from <= :now and callable_to > :now
            and {_MAY_TAKE} and not exists (select from held)
            and not exists (select from promised)
        order by priority limit 1 for update skip locked
    ), waiting as (
        select * from assignment where team_id = :team_id and status = 'open'
            and callable_from <= :now and callable_to > :now and callback_at is null
            and {_MAY_TAKE} and not exists (select from held)
            and not exists (select from promised) and not exists (select from lapsed)
        order by priority limit 1 for update skip locked
    )
    select me.id as agent_id, me.name as agent_name, c.id, c.campaign_id, c.donor_id, c.language,
        c.segment, c.asks_cents, c.callback_at, c.reason
    from me left join (select * from held union all select * from promised
        union all select * from lapsed union all select * from waiting) c on true
""")


def _pick(session: Session, team_id: int, agent_id: int, now: datetime) -> Row[Any]:
    """Lock the call that this caller is to make; its id is None where there is none."""
    values = {"team_id": team_id, "agent_id": agent_id, "now": now}
    values["day"] = today(session, now).isoformat()
    wait_for_a_long_list(session)
    row = session.execute(_PICK, values).one_or_none()
    if row is None:
        raise InputError("This caller does not belong to the team.")
    return row


_WAIT = text(
    "update assignment set status = 'open', agent_id = null, leased_until = null, "
    "callable_from = :from, callable_to = :to where id = :id"
)
_LEASE = text(
    "update assignment set status = 'handed_out', agent_id = :agent_id, leased_until = :until, "
    "updated_at = :now where id = :id"
)


def _put_aside(session: Session, assignment_id: int, found: Guarded, now: datetime) -> None:
    """Withdraw a call that may not be made; one that may be made later waits for its hour."""
    later = [span for span in found.hours if span.starts_at > now]
    if found.reason is None and later:
        span = {"from": later[0].starts_at, "to": later[0].ends_at}
        session.execute(_WAIT, span | {"id": assignment_id})
    else:
        withdraw(session, {assignment_id: found.reason or "no_hours"}, now)


def _lease(session: Session, view: Scene, team: Team, picked: Row[Any], found: Guarded) -> Call:
    leased_until = view.now + timedelta(minutes=view.campaign.policy.lease_minutes)
    session.execute(
        _LEASE,
        {"id": picked.id, "agent_id": picked.agent_id, "until": leased_until, "now": view.now},
    )
    donor = found.donor
    asks = ladder_within(list(picked.asks_cents), found.headroom_cents)
    say = near_limit_sentence(found.headroom_cents, asks, view.election_name)
    script = view.script(picked.language)
    work = work_on_file(session, [donor["donor_id"]], view.question.day).get(donor["donor_id"])
    return Call(
        assignment_id=picked.id,
        donor_id=donor["donor_id"],
        campaign=view.campaign.code,
        first_name=donor["first_name"] or "",
        last_name=donor["last_name"] or "",
        phone_e164=donor["phone_e164"] or "",
        city=donor["city"] or "",
        state=donor["state"] or "",
        local_time=_clock(donor["timezone"] or donor["phone_timezone"], view.now),
        language=picked.language,
        segment=picked.segment or "",
        gifts=donor["gifts"],
        last_gift_on=donor["last_gift_on"],
        last_gift_cents=donor["last_cents"],
        total_cents=donor["total_cents"],
        asks_cents=tuple(asks),
        headroom_cents=found.headroom_cents,
        say=say,
        script=_words(view, team, picked.agent_name, donor, script, asks, say, work)
        if script
        else "",
        script_id=script.id if script else None,
        questions=script.questions if script else (),
        wants_work=view.committee.kind != "nonprofit",
        work=work,
        is_callback=picked.callback_at is not None,
        call_until=min(span.ends_at for span in found.hours if span.holds(view.now)),
        leased_until=leased_until,
        reason=picked.reason,
    )


def _words(
    view: Scene,
    team: Team,
    caller: str,
    donor: Mapping[str, Any],
    script: ScriptFacts,
    asks: list[int],
    say: str,
    work: Work | None,
) -> str:
    names = {
        "donor_name": " ".join(filter(None, (donor["first_name"], donor["last_name"]))),
        "first_name": donor["first_name"] or "",
        "caller_name": caller,
    }
    return view.spoken(script, team, donor["language"], work, **names, **ask_values(asks, say))


def _clock(zone: str | None, now: datetime) -> str:
    return f"{now.astimezone(ZoneInfo(zone)):%H:%M}" if zone else ""


_LEFT = text(f"""
    with {_ME}, left_over as (
        select a.*, c.code, a.status = 'open' or a.leased_until < :now as free,
            a.callable_to > :now as in_time, me.languages ? a.language as speaks,
            a.campaign_id = any(me.certified_for) as certified,
            greatest(a.callable_from, coalesce(a.callback_at, a.callable_from)) as comes_at
        from assignment a join campaign c on c.id = a.campaign_id, me
        where a.team_id = :team_id and a.packet_id is null and a.status in ('open', 'handed_out')
    )
    select count(*) filter (where free) as open,
        count(*) filter (where free and in_time) as in_time,
        count(*) filter (where not free) as with_others,
        min(comes_at) filter (where free and in_time and speaks and certified and comes_at > :now)
            as next_at,
        min(leased_until) filter (where not free and speaks and certified) as back_at,
        array_agg(distinct code) filter (where in_time and speaks and not certified) as barred,
        exists (select from assignment where team_id = :team_id and status != 'planned') as released
    from left_over
""")


def _nothing(session: Session, team_id: int, agent_id: int, now: datetime) -> NoCall:
    """Say why there is no call, and when the next one comes."""
    values = {"team_id": team_id, "agent_id": agent_id, "now": now}
    values["day"] = today(session, now).isoformat()
    left = session.execute(_LEFT, values).one()
    if left.next_at is not None:
        return NoCall("It is outside of the legal hours of everybody left.", left.next_at)
    if left.barred:
        return NoCall(lacks_certificate("You hold", left.barred), None, HOW_TO_CERTIFY)
    if left.with_others:
        return NoCall("The calls that are left are with other callers.", left.back_at)
    if left.in_time:
        return NoCall("Nobody left may be called today in a language you speak.", None)
    if left.open:
        return NoCall("The hours of everybody left are over; the next plan brings the rest.", None)
    if left.released:
        return NoCall("The list is done: every call of the plan was made.", None)
    return NoCall("No plan has given this team calls: publish one first.", None)
