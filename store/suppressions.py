"""Who is not to be called: takes effect at once, on every list, packet and queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from store import audit
from store.bulk import copy_rows

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
) -> Effect:
    """Suppress many at once; what is suppressed already stays as it is."""
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
    new = _count(
        session,
        "insert into suppression (kind, phone_e164, email, donor_id, source, reason, since)"
        " select distinct :kind, phone_e164, email, donor_id, :source,"
        "   cast(:reason as text), cast(:now as timestamptz)"
        " from incoming_suppression on conflict do nothing",
        kind=kind,
        source=source,
        reason=reason,
        now=now,
    )
    donors = mark_suppressed(session, now)
    withdrawn = withdraw_assignments(session, now)
    if new:
        detail = {"kind": kind, "new": new, "donors": donors, "withdrawn": withdrawn}
        audit.append(session, "suppression.add", f"source:{source}", detail, at=now)
    return Effect(new, donors, withdrawn)


def any_there(session: Session) -> bool:
    """Whether anything is suppressed at all."""
    return bool(session.scalar(text("select exists (select from suppression)")))


_TOLD_OF: Final = """
    create temp table told_of on commit drop as select id, phone_e164, email from donor
    where id in (select donor_id from staged_row where batch_id = :batch)
"""


def mark_suppressed(session: Session, now: datetime, *, batch_id: int | None = None) -> int:
    """Give every suppressed person the status and the reason; return how many are new.

    Given a batch, among those whom it told of: the others are what they were.
    """
    suppressed = SUPPRESSED_DONORS
    if batch_id is not None:
        suppressed = suppressed_among("told_of")
        session.execute(text(_TOLD_OF), {"batch": batch_id})
        session.execute(text("analyze told_of"))
    return _count(
        session,
        "update donor set status = case when s.kinds like '%deceased%' then 'deceased'"
        "   else 'suppressed' end, status_reason = 'suppression: ' || s.kinds, updated_at = :now"
        " from (select donor_id, string_agg(kind, ', ' order by kind) as kinds"
        f"   from ({suppressed}) each group by donor_id) s"
        " where s.donor_id = donor.id and (donor.status in ('active', 'held')"
        "   or donor.status = 'suppressed' and s.kinds like '%deceased%')",
        now=now,
    )


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
