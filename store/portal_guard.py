"""What the guardians see: suppressions, the audit log, and how the machine is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry of the chain as people read it."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


def audit_lines(
    session: Session, *, words: str = "", before: int | None = None, limit: int = 100
) -> list[AuditLine]:
    """Return entries whose actor, action or subject holds the words, the newest first."""
    rows = session.execute(
        text("""
            select id, at, actor, action, subject, detail, hash from audit_entry
            where (:words = '' or position(lower(:words) in
                lower(actor || ' ' || action || ' ' || subject)) > 0)
                and (cast(:before as bigint) is null or id < :before)
            order by id desc limit :limit
        """),
        {"words": words, "before": before, "limit": limit},
    )
    return [AuditLine(**row) for row in rows.mappings()]


def suppression_counts(session: Session) -> list[RowMapping]:
    """Return how many are suppressed, by kind and source."""
    return list(
        session.execute(
            text("""select kind, source, count(*) as rows, max(since) as latest
                from suppression group by kind, source order by count(*) desc limit 200""")
        ).mappings()
    )


def suppressions_of(
    session: Session, *, phone_e164: str | None, email: str | None
) -> list[RowMapping]:
    """Return why a number or an address is not to be called, and since when."""
    return list(
        session.execute(
            text("""select kind, source, reason, since from suppression
                where phone_e164 = :phone or email = :email
                    or donor_id in (select id from donor
                        where phone_e164 = :phone or email = :email)
                order by since"""),
            {"phone": phone_e164, "email": email},
        ).mappings()
    )


def health(session: Session) -> dict[str, Any]:
    """Return sizes and dates that tell whether the work goes on; no person's values."""
    row = session.execute(
        text("""
            select (select count(*) from donor) as donors,
                (select count(*) from assignment where status = 'open') as open_assignments,
                (select count(*) from assignment where status = 'handed_out') as in_hand,
                (select count(*) from assignment
                    where status = 'handed_out' and leased_until < now()) as left_behind,
                (select max(started_at) from call_attempt) as last_call,
                (select max(fetched_at) from stripe_charge) as last_sync,
                (select max(ran_at) from reconciliation) as last_reconciliation,
                (select count(*) from book_exception where status = 'open') as open_exceptions,
                (select count(*) from audit_entry) as audit_entries,
                pg_database_size(current_database()) as bytes
        """)
    )
    return dict(row.mappings().one())
