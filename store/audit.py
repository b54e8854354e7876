"""The audit chain in the database: each entry carries the hash of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from campaign.compliance.audit_chain import GENESIS, Entry, entry_hash
from config.clock import now
from config.settings import settings
from models.reports import AuditEntry
from store.locks import Lock, wait_for

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
    return append_all(session, [(action, subject, detail)], actor=actor, at=at)


def append_all(
    session: Session,
    told: Iterable[tuple[str, str, Mapping[str, Any] | None]],
    *,
    actor: str | None = None,
    at: datetime | None = None,
) -> str:
    """Add an entry for each action, subject and detail, in their order; return the last hash."""
    wait_for(session, Lock.AUDIT)
    last = session.execute(
        select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    first, previous = (last.id + 1, last.hash) if last else (1, GENESIS)
    who, when = actor or _actor.get() or settings().actor, at or now()
    rows = []
    for number, (action, subject, detail) in enumerate(told, start=first):
        values: dict[str, Any] = {"at": when, "actor": who, "action": action, "subject": subject}
        entry = Entry(number, **values, detail=dict(detail or {}), previous_hash=previous)
        known = {"id": number, **values, "detail": entry.detail, "previous_hash": previous}
        previous = entry_hash(entry)
        rows.append({**known, "hash": previous})
    if rows:
        session.execute(insert(AuditEntry), rows)
    return previous


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
