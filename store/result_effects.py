"""What results do to the books: attempts, pledges, opt-outs, and the calls they close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.calling.breaches import breaches
from campaign.calling.eligibility import places_of
from campaign.calling.facts import PLACE_COLUMNS
from campaign.calling.results import CallResult, ResultFinding
from campaign.calling.teams import Team
from campaign.compliance.limits import NO_LIMIT
from campaign.days import day_of
from campaign.money import format_minor
from models.calling import CallAttempt
from models.donors import Donor
from store.donor_facts import facts_of
from store.pledges import record_pledge
from store.result_rows import Account, Target
from store.scenes import Scene
from store.suppressions import Subject, suppress_many

Calls = Sequence[tuple[CallResult, Target]]


def record(
    session: Session, scene: Scene, team: Team, calls: Calls, account: Account, now: datetime
) -> None:
    """Record calls to people: the attempts, and all that follows from what was said."""
    people = _people(session, [int(target.donor_id or 0) for _, target in calls])
    attempt_ids = _insert_attempts(session, scene, team, calls, people, now)
    _record_pledges(session, scene, team, calls, attempt_ids, account, now)
    _learn_of_people(session, calls)
    account.opt_outs += hush(session, team, calls, now)
    _move_assignments(session, calls, now)


_PEOPLE = text(f"select id, {', '.join(PLACE_COLUMNS)} from donor where id = any(:ids)")
_ATTEMPTS = cast("Table", CallAttempt.__table__)


def _people(session: Session, donor_ids: list[int]) -> dict[int, Any]:
    return {row.id: row for row in session.execute(_PEOPLE, {"ids": donor_ids})}


def _insert_attempts(
    session: Session,
    scene: Scene,
    team: Team,
    calls: Calls,
    people: Mapping[int, Any],
    now: datetime,
) -> dict[str, int]:
    agents = {agent.code: agent.id for agent in team.agents}
    rows = []
    for result, target in calls:
        donor = people[int(target.donor_id or 0)]
        places = places_of(*(getattr(donor, name) or "" for name in PLACE_COLUMNS))
        at = result.started_at
        script = scene.script(target.language, target.handed_at or at)
        told = {
            "method": result.method,
            "occupation": result.occupation,
            "employer": result.employer,
            "notes": result.notes,
        }
        rows.append(
            {
                "external_id": result.call_id,
                "assignment_id": target.assignment_id,
                "campaign_id": scene.campaign.id,
                "donor_id": donor.id,
                "team_id": team.id,
                "agent_id": agents.get(result.agent),
                "phone_e164": donor.phone_e164,
                "started_at": at,
                "duration_seconds": result.duration_seconds,
                "call_result": result.disposition,
                "answers": {k: v for k, v in told.items() if v} | {"survey": dict(result.answers)},
                "script_id": script.id if script else None,
                "callback_at": result.callback_at,
                "fingerprint": result.fingerprint,
                "violations": breaches(
                    places, scene.question, team, result.agent, at, target.expires_at
                ),
                "recorded_at": now,
            }
        )
    inserted = session.execute(
        insert(_ATTEMPTS).returning(_ATTEMPTS.c.external_id, _ATTEMPTS.c.id), rows
    )
    return dict(inserted.all())


def _record_pledges(
    session: Session,
    scene: Scene,
    team: Team,
    calls: Calls,
    attempt_ids: dict[str, int],
    account: Account,
    now: datetime,
) -> None:
    """Record each promise that the law leaves room for; the others wait for a person."""
    promised = [(r, int(t.donor_id or 0)) for r, t in calls if r.pledge_cents is not None]
    if not promised:
        return
    facts = facts_of(session, scene, sorted({donor for _, donor in promised})).columns
    room = dict(zip(facts["donor_id"], facts["headroom_cents"], strict=True))
    for result, donor_id in promised:
        cents = int(result.pledge_cents or 0)
        left = int(room.get(donor_id, NO_LIMIT))
        if cents > left:
            account.findings.append(
                ResultFinding.of(
                    result, "over_limit", f"the law leaves room for {format_minor(left)} only"
                )
            )
            account.recorded -= 1
            continue
        room[donor_id] = left if left == NO_LIMIT else left - cents
        ref = record_pledge(
            session,
            donor_id=donor_id,
            campaign_id=scene.campaign.id,
            team_id=team.id,
            call_attempt_id=attempt_ids[result.call_id],
            election_id=scene.campaign.election_id,
            amount_cents=cents,
            pledged_on=day_of(result.started_at, scene.committee.timezone),
            due_on=result.pledge_due_on,
            instalments=result.instalments,
            currency=scene.committee.currency,
            at=now,
        )
        account.pledges += 1
        account.pledged_cents += cents
        if scene.needs_48_hour_notice(cents):
            account.large_pledges.append(ref)


def _learn_of_people(session: Session, calls: Calls) -> None:
    """Keep what donors told of themselves; of several calls the latest counts."""
    told = [(int(target.donor_id or 0), result) for result, target in calls]
    telling = sorted({donor for donor, r in told if r.occupation or r.employer})
    if telling:
        session.execute(
            text("""
                update donor d set occupation = coalesce(newest.occupation, d.occupation),
                    employer = coalesce(newest.employer, d.employer)
                from (select donor_id,
                        (array_agg(answers ->> 'occupation' order by started_at desc, id desc)
                            filter (where answers ? 'occupation'))[1] as occupation,
                        (array_agg(answers ->> 'employer' order by started_at desc, id desc)
                            filter (where answers ? 'employer'))[1] as employer
                    from call_attempt where donor_id = any(:ids) group by 1) newest
                where newest.donor_id = d.id
            """),
            {"ids": telling},
        )
    for donor, result in told:
        if result.email:
            session.execute(
                text("update donor set email = :email where id = :id and email is null"),
                {"id": donor, "email": result.email},
            )


def hush(
    session: Session,
    team: Team,
    calls: Sequence[tuple[CallResult | ResultFinding, Target]],
    now: datetime,
) -> int:
    """Suppress at once who asked for it, and who has died; return how many asked."""
    source = f"call:{team.code}"
    asked = [int(t.donor_id or 0) for r, t in calls if r.disposition == "do_not_call"]
    died = [int(t.donor_id or 0) for r, t in calls if r.disposition == "deceased"]
    if asked:
        phones = session.scalars(
            select(Donor.phone_e164).where(Donor.id.in_(asked), Donor.phone_e164.is_not(None))
        )
        subjects = [Subject(donor_id=donor) for donor in asked]
        subjects += [Subject(phone_e164=phone) for phone in sorted(map(str, phones))]
        suppress_many(session, "opt_out", subjects, source=source, reason="asked", now=now)
    if died:
        dead = [Subject(donor_id=donor) for donor in died]
        suppress_many(session, "deceased", dead, source=source, reason="told in a call", now=now)
    return len(asked)


def _move_assignments(
    session: Session,
    calls: Calls,
    now: datetime,
) -> None:
    """Close what was called; a callback stays open for its day. The last call decides."""
    ids = sorted({int(t.assignment_id) for _, t in calls if t.assignment_id is not None})
    session.execute(
        text("""
            with last as (
                select distinct on (assignment_id) assignment_id, call_result, callback_at,
                    count(*) over (partition by assignment_id) as attempts
                from call_attempt where assignment_id = any(:ids)
                order by assignment_id, started_at desc, external_id desc
            )
            update assignment a set attempts = last.attempts, agent_id = null,
                leased_until = null, updated_at = :now,
                status = case when last.call_result = 'callback' and last.callback_at is not null
                    and d.status = 'active' and not exists (select 1 from assignment o
                        where o.donor_id = a.donor_id and o.id <> a.id
                        and o.status in ('open', 'handed_out'))
                    then 'open' else 'done' end,
                packet_id = case when last.call_result = 'callback' then null
                    else a.packet_id end,
                packet_row_id = case when last.call_result = 'callback' then null
                    else a.packet_row_id end,
                callback_at = case when last.call_result = 'callback' then last.callback_at end,
                callable_from = coalesce(case when last.call_result = 'callback'
                    then last.callback_at end, a.callable_from),
                callable_to = coalesce(case when last.call_result = 'callback'
                    then last.callback_at + interval '12 hours' end, a.callable_to)
            from last, donor d where a.id = last.assignment_id and d.id = a.donor_id
        """),
        {"ids": ids, "now": now},
    )


def withdraw(session: Session, reasons: Mapping[int, str], now: datetime) -> None:
    """Take back calls that may not be made, each with its reason."""
    if reasons:
        session.execute(
            text(
                "update assignment set status = 'withdrawn', reason = :reason, updated_at = :now, "
                "agent_id = null, leased_until = null where id = :id"
            ),
            [{"id": number, "reason": why, "now": now} for number, why in reasons.items()],
        )
