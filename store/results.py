"""Results into the books: attempts, pledges, opt-outs; told again, they change nothing.

The same function takes in a centre's file and one call of our own queue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.calling.eligibility import hours_policy, places_of
from campaign.calling.hours import HoursPolicy, Interval, allowed, caller_kind
from campaign.calling.results import CallResult, ResultFinding
from campaign.calling.teams import Team
from campaign.compliance.limits import NO_LIMIT
from campaign.days import day_of
from campaign.money import format_minor
from models.calling import Assignment, CallAttempt, PacketRow, ResultException, ResultFile
from models.donors import Donor
from models.giving import Pledge
from store import audit
from store.donor_facts import facts_of
from store.pledges import record_pledge
from store.scenes import Scene
from store.suppressions import Subject, suppress_many


@dataclass(slots=True)
class Account:
    """What became of the rows: each is recorded, repeated or an exception."""

    rows_read: int = 0
    recorded: int = 0
    repeated: int = 0
    findings: list[ResultFinding] = field(default_factory=list)
    pledges: int = 0
    pledged_cents: int = 0
    opt_outs: int = 0
    large_pledges: list[str] = field(default_factory=list)

    @property
    def exceptions(self) -> int:
        """How many rows wait for a person."""
        return len(self.findings)

    def kinds(self) -> list[dict[str, Any]]:
        """Return the exceptions by kind."""
        counts: dict[str, int] = {}
        for finding in self.findings:
            counts[finding.kind] = counts.get(finding.kind, 0) + 1
        return [{"kind": kind, "count": count} for kind, count in sorted(counts.items())]


@dataclass(frozen=True, slots=True)
class _Target:
    """The call that a row speaks of."""

    assignment_id: int | None
    donor_id: int | None
    campaign_id: int | None
    expires_at: datetime | None
    is_returned: bool = False

    @property
    def is_returned_control(self) -> bool:
        """Whether this is a control record that came back before."""
        return self.donor_id is None and self.is_returned


def take_in(
    session: Session,
    scene: Scene,
    team: Team,
    results: Sequence[CallResult],
    now: datetime,
) -> Account:
    """Record the results of one campaign's calls by one team, in the order of the calls."""
    account = Account(rows_read=len(results))
    targets = _targets(session, team, [result.row_id for result in results], scene.campaign.id)
    known = _known_calls(session, team.id, [result.call_id for result in results])
    fresh: list[tuple[CallResult, _Target]] = []
    for result in results:
        target = targets.get(result.row_id)
        before = known.get(result.call_id)
        if target is None:
            account.findings.append(_finding(result, "foreign_row", "no such row is out with you"))
        elif target.is_returned_control:
            account.repeated += 1
        elif before is None:
            known[result.call_id] = result.fingerprint
            fresh.append((result, target))
        elif before == result.fingerprint:
            account.repeated += 1
        else:
            account.findings.append(
                _finding(result, "changed", "this call was told before, otherwise")
            )
    account.recorded = len(fresh)
    _record(session, scene, team, fresh, account, now)
    return account


def _targets(
    session: Session, team: Team, row_ids: list[str], campaign_id: int
) -> dict[str, _Target]:
    """Return what each row id means for this team: a packet's row, or a call of our own queue."""
    rows = session.execute(
        text("""
            select r.packet_row_id, r.assignment_id, a.donor_id, p.campaign_id, p.expires_at,
                r.status = 'returned'
            from packet_row r join packet p on p.id = r.packet_id
                left join assignment a on a.id = r.assignment_id
            where p.team_id = :team_id and p.campaign_id = :campaign_id
                and r.packet_row_id = any(:ids)
        """),
        {"team_id": team.id, "campaign_id": campaign_id, "ids": row_ids},
    ).all()
    found = {row[0]: _Target(*row[1:]) for row in rows}
    own = {row_id: own_id(row_id) for row_id in row_ids if own_id(row_id)}
    if team.is_in_house and own:
        calls = session.execute(
            select(Assignment.id, Assignment.donor_id)
            .where(Assignment.id.in_(own.values()), Assignment.team_id == team.id)
            .where(Assignment.campaign_id == campaign_id, Assignment.status != "planned")
        )
        donor_of = dict(calls.all())
        found |= {
            row_id: _Target(number, donor_of[number], campaign_id, None)
            for row_id, number in own.items()
            if number in donor_of
        }
    return found


def own_id(row_id: str) -> int | None:
    """Return the assignment that a call of our own queue is known by, such as A-1024."""
    digits = row_id.removeprefix("A-")
    return (
        int(digits) if row_id.startswith("A-") and digits.isascii() and digits.isdigit() else None
    )


def _known_calls(session: Session, team_id: int, call_ids: list[str]) -> dict[str, str]:
    rows = session.execute(
        text(
            "select external_id, fingerprint from call_attempt "
            "where team_id = :team_id and external_id = any(:ids)"
        ),
        {"team_id": team_id, "ids": call_ids},
    )
    return dict(rows.all())


def _finding(result: CallResult, kind: str, reason: str) -> ResultFinding:
    return ResultFinding(
        result.source_row, kind, reason, result.call_id, result.row_id, result.fingerprint
    )


def _record(
    session: Session,
    scene: Scene,
    team: Team,
    fresh: Sequence[tuple[CallResult, _Target]],
    account: Account,
    now: datetime,
) -> None:
    calls = [(result, target) for result, target in fresh if target.donor_id is not None]
    if calls:
        people = _people(session, [int(t.donor_id or 0) for _, t in calls])
        attempt_ids = _insert_attempts(session, scene, team, calls, people, now)
        _record_pledges(session, scene, team, calls, attempt_ids, account, now)
        _learn_of_people(session, calls)
        account.opt_outs += _hush(session, team, calls, people, now)
        _move_assignments(session, calls, now)
    returned = [result.row_id for result, _ in fresh]
    session.execute(
        update(PacketRow)
        .where(PacketRow.packet_row_id.in_(returned), PacketRow.status == "out")
        .values(status="returned", returned_at=now)
    )
    session.execute(
        text(
            "update packet p set status = 'returned' where status = 'out' and team_id = :team_id "
            "and not exists (select from packet_row r where r.packet_id = p.id "
            "and r.status = 'out')"
        ),
        {"team_id": team.id},
    )


def _people(session: Session, donor_ids: list[int]) -> dict[int, Donor]:
    return {row.id: row for row in session.scalars(select(Donor).where(Donor.id.in_(donor_ids)))}


def _insert_attempts(
    session: Session,
    scene: Scene,
    team: Team,
    calls: Sequence[tuple[CallResult, _Target]],
    people: dict[int, Donor],
    now: datetime,
) -> dict[str, int]:
    agents = {agent.code: agent.id for agent in team.agents}
    rows = []
    for result, target in calls:
        donor = people[int(target.donor_id or 0)]
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
                "started_at": result.started_at,
                "duration_seconds": result.duration_seconds,
                "call_result": result.disposition,
                "answers": {k: v for k, v in told.items() if v} | {"survey": dict(result.answers)},
                "callback_at": result.callback_at,
                "fingerprint": result.fingerprint,
                "violations": violations(scene, team, donor, result, target.expires_at),
                "recorded_at": now,
            }
        )
    inserted = session.execute(
        insert(CallAttempt).returning(CallAttempt.external_id, CallAttempt.id), rows
    )
    return dict(inserted.all())


def violations(
    scene: Scene, team: Team, donor: Donor, result: CallResult, expires_at: datetime | None
) -> list[str]:
    """Return which rules the call broke, by code: of the law apart from the policy."""
    broken = []
    at = result.started_at
    places = places_of(
        donor.state or "",
        donor.postal_code or "",
        donor.timezone or "",
        donor.phone_e164 or "",
        donor.phone_timezone or "",
    )
    day = Interval(
        at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1),
        at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2),
    )
    required = HoursPolicy(
        earliest=time.min,
        latest=time.max,
        only_required=True,
        caller=caller_kind(scene.committee.kind, team.kind),
    )
    if not any(span.holds(at) for span in allowed(places, day, hours_policy(scene.question))):
        broken.append("outside_hours")
    if not any(span.holds(at) for span in allowed(places, day, required)):
        broken.append("outside_required_hours")
    if expires_at is not None and at > expires_at:
        broken.append("after_expiry")
    return broken


def _record_pledges(
    session: Session,
    scene: Scene,
    team: Team,
    calls: Sequence[tuple[CallResult, _Target]],
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
                _finding(result, "over_limit", f"the law leaves room for {format_minor(left)} only")
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


def _learn_of_people(session: Session, calls: Sequence[tuple[CallResult, _Target]]) -> None:
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


def _hush(
    session: Session,
    team: Team,
    calls: Sequence[tuple[CallResult, _Target]],
    people: dict[int, Donor],
    now: datetime,
) -> int:
    """Suppress at once who asked for it, and who has died; return how many asked."""
    source = f"call:{team.code}"
    asked = [int(t.donor_id or 0) for r, t in calls if r.disposition == "do_not_call"]
    died = [int(t.donor_id or 0) for r, t in calls if r.disposition == "deceased"]
    phones = {people[donor].phone_e164 for donor in asked} - {None}
    subjects = [Subject(donor_id=donor) for donor in asked]
    subjects += [Subject(phone_e164=phone) for phone in sorted(str(p) for p in phones)]
    if asked:
        suppress_many(session, "opt_out", subjects, source=source, reason="asked", now=now)
    if died:
        dead = [Subject(donor_id=donor) for donor in died]
        suppress_many(session, "deceased", dead, source=source, reason="told in a call", now=now)
    return len(asked)


def _move_assignments(
    session: Session,
    calls: Sequence[tuple[CallResult, _Target]],
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


def keep_findings(
    session: Session,
    team: Team,
    findings: Sequence[ResultFinding],
    result_file_id: int | None,
    now: datetime,
) -> None:
    """Keep the rows that wait for a person, once each."""
    if not findings:
        return
    session.execute(
        insert(ResultException).on_conflict_do_nothing(),
        [
            {
                "team_id": team.id,
                "result_file_id": result_file_id,
                "source_row": finding.source_row,
                "call_id": finding.call_id or None,
                "packet_row_id": finding.row_id or None,
                "kind": finding.kind,
                "reason": finding.reason,
                "fingerprint": finding.fingerprint,
                "status": "open",
                "opened_at": now,
            }
            for finding in findings
        ],
    )


def keep_file(
    session: Session, team: Team, name: str, sha256: str, account: Account, now: datetime
) -> int:
    """Keep the account of a results file; return its id."""
    row = ResultFile(
        team_id=team.id,
        file_name=name,
        file_sha256=sha256,
        rows_read=account.rows_read,
        recorded=account.recorded,
        repeated=account.repeated,
        exceptions=account.exceptions,
        received_at=now,
    )
    session.add(row)
    session.flush()
    counts = {"recorded": account.recorded, "repeated": account.repeated}
    audit.append(
        session,
        "results.taken_in",
        f"result_file:{row.id}",
        counts | {"exceptions": account.exceptions, "pledges": account.pledges},
        at=now,
    )
    return row.id


def campaigns_of_rows(session: Session, team: Team, row_ids: Sequence[str]) -> dict[str, int]:
    """Return which campaign each row of the team belongs to."""
    rows = session.execute(
        text(
            "select r.packet_row_id, p.campaign_id from packet_row r join packet p "
            "on p.id = r.packet_id where p.team_id = :team and r.packet_row_id = any(:ids)"
        ),
        {"team": team.id, "ids": list(row_ids)},
    )
    found: dict[str, int] = dict(rows.all())
    own = {row_id: own_id(row_id) for row_id in row_ids if own_id(row_id)}
    if team.is_in_house and own:
        calls = dict(
            session.execute(
                select(Assignment.id, Assignment.campaign_id).where(
                    Assignment.id.in_(own.values()), Assignment.team_id == team.id
                )
            ).all()
        )
        found |= {row_id: calls[n] for row_id, n in own.items() if n in calls}
    return found


def pledges_of_campaign(session: Session, campaign_id: int) -> tuple[int, int]:
    """Return how many pledges a campaign has, and their cents."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Pledge.amount_cents), 0)).where(
            Pledge.campaign_id == campaign_id, Pledge.status != "cancelled"
        )
    ).one()
    return int(row[0]), int(row[1])
