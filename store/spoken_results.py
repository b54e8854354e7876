"""What came of a call out of the queue, as the caller who holds it says.

Does not belong here: what a result changes (`store/results`), results of files (`tasks/results`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.calling.results import DISPOSITIONS, CallResult
from campaign.errors import InputError, RuleError, StateError
from store.locks import hold_calls
from store.queue import scene_now, the_team
from store.result_rows import Target
from store.results import take_in


@dataclass(frozen=True, slots=True)
class Outcome:
    """What recording a result did."""

    attempt_recorded: bool
    pledge_ref: str | None


_HELD = text("""
    select a.campaign_id, a.donor_id, a.language, a.agent_id, a.attempts, a.status,
        g.code as agent_code, (select call_result from call_attempt c where c.assignment_id = a.id
            order by c.id desc limit 1) as disposition
    from assignment a join agent g on g.team_id = a.team_id
    where a.id = :id and a.team_id = :team_id and g.id = :agent_id
""")
# A refusal holds for everybody who is reached by that number.
_OF_ONE_NUMBER = """id = :id or donor_id in (
    with told as (select d.id, d.phone_e164 from assignment a join donor d on d.id = a.donor_id
        where a.id = :id)
    select id from told union select d.id from donor d join told using (phone_e164)
    union select p.donor_id from donor_phone p join told using (phone_e164))"""


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
    began_at = started_at or now - timedelta(seconds=duration_seconds)
    _require_sense(disposition, pledge_cents, callback_at, began_at)
    meant = _OF_ONE_NUMBER if disposition == "do_not_call" else "id = :id"
    hold_calls(session, meant, id=assignment_id)
    row = session.execute(
        _HELD, {"id": assignment_id, "team_id": team_id, "agent_id": agent_id}
    ).one_or_none()
    if row is None:
        raise InputError("This call does not belong to the team.")
    call_id = call_id or f"A-{assignment_id}-{row.attempts + 1}"
    if row.agent_id != agent_id and not _told_before(session, team_id, call_id):
        raise StateError(_not_yours(row.status, row.disposition))
    view = scene_now(session, row.campaign_id, now)
    team = the_team(session, team_id)
    result = CallResult(
        source_row=1,
        row_id=f"A-{assignment_id}",
        call_id=call_id,
        started_at=began_at,
        disposition=disposition,
        agent=row.agent_code,
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
    target = Target(assignment_id, row.donor_id, row.campaign_id, row.language, None)
    account = take_in(session, view, team, [result], {result.row_id: target}, now)
    for finding in account.findings:
        if finding.kind == "over_limit":
            raise RuleError(f"The pledge cannot be taken: {finding.reason}.")
        raise InputError(f"The result cannot be recorded: {finding.reason}.")
    ref = _pledge_ref(session, team_id, call_id) if disposition == "pledged" else None
    return Outcome(account.recorded == 1, ref)


def _require_sense(
    disposition: str, pledge_cents: int | None, callback_at: datetime | None, began_at: datetime
) -> None:
    """Raise InputError for what cannot be meant."""
    if disposition not in DISPOSITIONS:
        raise InputError(f"The disposition is one of {', '.join(DISPOSITIONS)}.")
    if pledge_cents is not None and pledge_cents <= 0:
        raise InputError("A pledge is an amount above zero.")
    if (pledge_cents is not None) and disposition != "pledged":
        raise InputError("An amount belongs to the disposition pledged.")
    # The call itself measures it: a result that a lost connection held up is as good as ever.
    if callback_at is not None and callback_at <= began_at:
        raise InputError("That time to call back has passed: choose a later one.")


def _not_yours(status: str, disposition: str | None) -> str:
    """Return why a caller may not answer a call, as a sentence."""
    if disposition is not None and status != "handed_out":
        ended = disposition.replace("_", " ")
        return f"This call is answered already ({ended}); take the next one."
    told = {
        "open": "This call went back to the list; take the next one.",
        "withdrawn": "This call was taken off the list meanwhile; take the next one.",
    }
    lapsed = "This call is not yours any more: the lease has lapsed, and somebody else has it."
    return told.get(status, lapsed)


def _told_before(session: Session, team_id: int, call_id: str) -> bool:
    statement = text("select 1 from call_attempt where team_id = :team and external_id = :call")
    return session.execute(statement, {"team": team_id, "call": call_id}).first() is not None


def _pledge_ref(session: Session, team_id: int, call_id: str) -> str | None:
    ref: str | None = session.scalar(
        text(
            "select p.ref from pledge p join call_attempt c on c.id = p.call_attempt_id "
            "where c.team_id = :team and c.external_id = :call"
        ),
        {"team": team_id, "call": call_id},
    )
    return ref
