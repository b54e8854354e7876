"""Who is not to be called: takes effect at once, on every list, packet and queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from campaign.errors import InputError
from store import audit, suppressed_persons
from store.bulk import copy_rows
from store.bulk_load import WORTH_IT, bulk_load
from store.locks import Lock, hold_calls, hold_people, wait_for

KINDS: Final = ("opt_out", "do_not_call", "deceased", "litigator")


def suppressed_among(donors: str) -> str:
    """Return the query of who is suppressed among these, a table or query, and of what kind.

    A number, an e-mail or a person: whoever it leads to is not called, by any channel.
    """
    return f"""
        select d.id as donor_id, s.kind from {donors} d join suppression s on s.donor_id = d.id
        union select d.id, s.kind from {donors} d join suppression s on s.phone_e164 = d.phone_e164
        union select d.id, s.kind from {donors} d join donor_phone p on p.donor_id = d.id
            join suppression s on s.phone_e164 = p.phone_e164
        union select d.id, s.kind from {donors} d join suppression s on s.email = d.email
        union select d.id, s.kind from {donors} d join donor_email e on e.donor_id = d.id
            join suppression s on s.email = e.email
    """


SUPPRESSED_DONORS: Final = suppressed_among("donor")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is suppressed: exactly one of the three."""

    phone_e164: str | None = None
    email: str | None = None
    donor_id: int | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a suppression changed."""

    new: int
    donors: int
    withdrawn: int


def suppress(
    session: Session,
    kind: str,
    *,
    source: str,
    now: datetime,
    phone_e164: str | None = None,
    email: str | None = None,
    donor_id: int | None = None,
    reason: str | None = None,
) -> Effect:
    """Suppress one number, e-mail or person; open assignments are withdrawn at once."""
    subject = Subject(phone_e164, email.lower() if email else None, donor_id)
    return suppress_many(session, kind, [subject], source=source, reason=reason, now=now)


def suppress_many(
    session: Session,
    kind: str,
    subjects: Iterable[Subject],
    *,
    source: str,
    now: datetime,
    reason: str | None = None,
    sha256: str | None = None,
) -> Effect:
    """Suppress many at once; what the same source, or the same file, told before stays as it is."""
    if kind not in KINDS:
        raise ValueError(f"A suppression is one of {', '.join(KINDS)}.")
    session.execute(
        text(
            "create temp table if not exists incoming_suppression"
            " (phone_e164 text, email text, donor_id bigint) on commit drop"
        )
    )
    session.execute(text("truncate incoming_suppression"))
    columns = ("phone_e164", "email", "donor_id")
    rows = ((one.phone_e164, one.email, one.donor_id) for one in subjects)
    copy_rows(session, "incoming_suppression", columns, rows)
    session.execute(text("analyze incoming_suppression"))
    told = {"kind": kind, "source": source, "reason": reason, "now": now, "sha256": sha256}
    new = list(session.scalars(text(_SUPPRESS), told))
    donors = _mark(session, now, _REACHED.format(suppressed="incoming_suppression"))
    withdrawn = withdraw_assignments(session, now)
    if new:
        detail = {"kind": kind, "new": len(new), "donors": donors, "withdrawn": withdrawn}
        audit.append(session, "suppression.add", f"source:{source}", detail, at=now)
        _look_again(session, new, now)
    return Effect(len(new), donors, withdrawn)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a suppression that was a mistake changed once it was taken back."""

    taken: int
    people: int
    donors: int


def take_back_file(session: Session, sha256: str, *, because: str, now: datetime) -> TakenBack:
    """Take back what a file told that was none of refusals; what others told of them stays."""
    people = _count(session, "delete from suppressed_person where sha256 = :sha256", sha256=sha256)
    return _take_back(session, "sha256 = :sha256", {"sha256": sha256}, people, because, now)


def take_back_typed(
    session: Session, subject: Subject, *, because: str, now: datetime
) -> TakenBack:
    """Take back a number or an e-mail that somebody typed in by mistake."""
    typed = "source = 'portal' and (phone_e164 = :phone or email = :email)"
    values = {"phone": subject.phone_e164, "email": subject.email}
    return _take_back(session, typed, values, 0, because, now)


def _take_back(
    session: Session, which: str, values: dict[str, Any], people: int, because: str, now: datetime
) -> TakenBack:
    because = because.strip()
    if not because:
        raise InputError("Say why it is taken back: the record keeps it.")
    session.execute(
        text(f"create temp table taken on commit drop as select * from suppression where {which}"),
        values,
    )
    session.execute(text("delete from suppression where id in (select id from taken)"))
    session.execute(
        text(
            "create temp table staying on commit drop as select distinct id from"
            f" ({_REACHED.format(suppressed='taken')}) reached"
        )
    )
    session.execute(text("analyze staying"))
    hold_calls(session, "donor_id in (select id from staying)")
    hold_people(session, "id in (select id from staying)")
    freed = free_staying(session, now)
    taken = session.scalar(text("select count(*) from taken")) or 0
    if taken or people:
        detail = {"taken": taken, "persons": people, "donors": freed, "because": because}
        audit.append(session, "suppression.take_back", "suppressions", detail, at=now)
    session.execute(text("drop table taken, staying"))
    return TakenBack(taken, people, freed)


def free_staying(session: Session, now: datetime) -> int:
    """Let those in the table `staying` be called again whom nothing suppresses; how many."""
    freed = [row.id for row in session.execute(text(_FREE), {"now": now})]
    return len(freed) - (mark_suppressed(session, now, donors=freed) if freed else 0)


def _look_again(session: Session, new: list[int], now: datetime) -> None:
    """Mark whom a list brought meanwhile: whichever of the two ends last does."""
    reached = _REACHED.format(suppressed="(select * from suppression where id = any(:new))")

    def is_late() -> bool:
        count = _find_unmarked(session, reached, new=new)
        session.execute(text("drop table to_mark"))
        return count > 0

    def catch_up() -> None:
        _mark(session, now, reached, new=new)
        withdraw_assignments(session, now)

    audit.look_again(session, is_late, catch_up)


def any_there(session: Session) -> bool:
    """Whether anything is suppressed at all, or anybody remembered who may come."""
    known = session.scalar(text("select exists (select from suppression)"))
    return bool(known) or suppressed_persons.any_there(session)


def how_many(session: Session) -> int:
    """Return how many suppressions there are by now."""
    return session.scalar(text("select count(*) from suppression")) or 0


_SUPPRESS: Final = """
    insert into suppression (kind, phone_e164, email, donor_id, source, sha256, reason, since)
    select distinct :kind, phone_e164, email, donor_id, :source, cast(:sha256 as text),
        cast(:reason as text), cast(:now as timestamptz)
    from incoming_suppression order by phone_e164, email, donor_id on conflict do nothing
    returning id
"""
# Donors whose phone, e-mail or self is among those that are suppressed.
_REACHED: Final = """
    select d.id from donor d join {suppressed} i on i.phone_e164 = d.phone_e164
    union select d.id from donor d join {suppressed} i on i.email = d.email
        where i.email is not null
    union select p.donor_id from donor_phone p join {suppressed} i on i.phone_e164 = p.phone_e164
    union select e.donor_id from donor_email e join {suppressed} i on i.email = e.email
        where i.email is not null
    union select donor_id from {suppressed} i where donor_id is not null
"""
_FREE: Final = f"""
    update donor set status = 'active', status_reason = null, updated_at = :now
    where id in (select id from staying) and status_reason like 'suppression: %'
    and status in ('suppressed', 'deceased')
    and status_reason is distinct from (select 'suppression: ' || string_agg(kind, ', '
        order by kind) from ({SUPPRESSED_DONORS}) s where s.donor_id = donor.id)
    returning id
"""
_OF_BATCH: Final = "select donor_id from staged_row where batch_id = :batch"
_NAMED: Final = "select unnest(cast(:donors as bigint[]))"

_TO_MARK: Final = f"""
    create temp table to_mark on commit drop as
    select d.id, case when s.kinds like '%deceased%' then 'deceased' else 'suppressed' end
        as status, 'suppression: ' || s.kinds as reason
    from (select donor_id, string_agg(kind, ', ' order by kind) as kinds
        from ({suppressed_among("reached")}) each group by donor_id) s
        join donor d on d.id = s.donor_id
    where d.status in ('active', 'held') or d.status = 'suppressed' and s.kinds like '%deceased%'
"""
_OPEN_TO_MARK: Final = "status in ('open', 'handed_out') and donor_id in (select id from to_mark)"


def mark_suppressed(
    session: Session, now: datetime, *, batch_id: int | None = None, donors: Sequence[int] = ()
) -> int:
    """Give the suppressed among these donors, or a batch's, the status and the reason.

    Return how many are new.
    """
    if batch_id is not None:
        suppressed_persons.suppress_known(session, now, _OF_BATCH, batch_id)
        return _mark(session, now, _OF_BATCH, batch=batch_id)
    return _mark(session, now, _NAMED, donors=list(donors))


def _find_unmarked(session: Session, among: str, **values: object) -> int:
    """Name the suppressed among some who are not marked yet, in the table `to_mark`; how many."""
    session.execute(
        text(
            "create temp table reached on commit drop as select id, phone_e164, email from donor"
            f" where id in ({among})"
        ),
        values,
    )
    session.execute(text("analyze reached"))
    session.execute(text(_TO_MARK))
    session.execute(text("drop table reached"))
    return session.scalar(text("select count(*) from to_mark")) or 0


def _mark(session: Session, now: datetime, among: str, **values: object) -> int:
    count = _find_unmarked(session, among, **values)
    if count >= WORTH_IT:
        # The donors' indexes are built anew, and nobody reads them meanwhile: a list that comes in
        # is waited for.
        wait_for(session, Lock.ADMISSION)
    if count:
        hold_calls(session, _OPEN_TO_MARK)
        hold_people(session, "id in (select id from to_mark)")
        with bulk_load(session, {"donor": count}, {}):
            session.execute(
                text(
                    "update donor set status = t.status, status_reason = t.reason,"
                    " updated_at = :now from to_mark t where t.id = donor.id"
                    " and donor.status <> 'merged'"
                ),
                {"now": now},
            )
    session.execute(text("drop table to_mark"))
    return count


def withdraw_assignments(session: Session, now: datetime) -> int:
    """Take suppressed people out of every queue and packet; return how many."""
    return _count(
        session,
        "update assignment set status = 'withdrawn', updated_at = :now,"
        "   reason = 'suppressed: ' || donor.status_reason"
        " from donor where donor.id = assignment.donor_id"
        " and donor.status in ('suppressed', 'deceased')"
        " and assignment.status in ('open', 'handed_out')",
        now=now,
    )


def _count(session: Session, statement: str, **values: object) -> int:
    result = session.execute(text(statement), values)
    assert isinstance(result, CursorResult)
    return int(result.rowcount)
