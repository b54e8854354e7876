"""The audit chain in the database: each entry carries the hash of the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from campaign.compliance.audit_chain import GENESIS, Entry, entry_hash
from config.clock import now
from config.settings import settings
from models.reports import AuditEntry

_LOCK = 7_305_448  # advisory lock "appending to the audit chain"

_actor: ContextVar[str | None] = ContextVar("actor", default=None)


@contextmanager
def acting_as(actor: str) -> Iterator[None]:
    """Name who acts, for every entry that is added meanwhile."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def append(
    session: Session,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    *,
    actor: str | None = None,
    at: datetime | None = None,
) -> str:
    """Add one entry in the running transaction; return its hash.

    The detail holds ids and figures only, never a donor's values. Appending waits for other
    transactions that append, so that the chain has one order and no gap.
    """
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = session.execute(
        select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    entry = Entry(
        number=last.id + 1 if last else 1,
        at=at or now(),
        actor=actor or _actor.get() or settings().actor,
        action=action,
        subject=subject,
        detail=dict(detail or {}),
        previous_hash=last.hash if last else GENESIS,
    )
    row = AuditEntry(
        id=entry.number,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
        previous_hash=entry.previous_hash,
        hash=entry_hash(entry),
    )
    session.add(row)
    session.flush()
    return row.hash


def chain(session: Session) -> list[tuple[Entry, str]]:
    """Return every entry with the hash that was stored for it, the oldest first."""
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [
        (
            Entry(
                row.id, row.at, row.actor, row.action, row.subject, row.detail, row.previous_hash
            ),
            row.hash,
        )
        for row in rows
    ]


def length(session: Session) -> int:
    """Return how many entries there are."""
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0
