"""The audit chain in the database: each entry carries the hash of the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from sqlalchemy import event, func, insert, select, text
from sqlalchemy.orm import Session

from campaign.compliance.audit_chain import GENESIS, Entry, entry_hash
from config.clock import now
from config.settings import settings
from models.reports import AuditEntry
from store.locks import Lock, wait_for

_actor: ContextVar[str | None] = ContextVar("actor", default=None)
# What a session holds until its transaction ends.
_TOLD, _LOOKS = "told to the audit", "looked at again"


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
) -> None:
    """Add one entry to the running transaction.

    The detail holds ids and figures only, never a donor's values. Entries are written as the
    transaction ends, and wait then for other transactions that write theirs, so that the chain has
    one order and no gap, and nobody waits for more than the end of another.
    """
    append_all(session, [(action, subject, detail)], actor=actor, at=at)


def append_all(
    session: Session,
    told: Iterable[tuple[str, str, Mapping[str, Any] | None]],
    *,
    actor: str | None = None,
    at: datetime | None = None,
) -> None:
    """Add an entry for each action, subject and detail, in their order."""
    who, when = actor or _actor.get() or settings().actor, at or now()
    session.info.setdefault(_TOLD, []).extend(
        {
            "at": when,
            "actor": who,
            "action": action,
            "subject": subject,
            "detail": dict(detail or {}),
        }
        for action, subject, detail in told
    )


def look_again(
    session: Session, is_late: Callable[[], bool], catch_up: Callable[[], object]
) -> None:
    """Have what came meanwhile looked for when nobody else can end before this transaction does.

    `is_late` says whether anything did, and locks nothing; `catch_up` may wait for others.
    """
    session.info.setdefault(_LOOKS, []).append((is_late, catch_up))


@event.listens_for(Session, "before_commit")
def _end(session: Session) -> None:
    """Write the entries: their lock is the last that a transaction asks for."""
    if session.in_nested_transaction() or not session.info.get(_TOLD):
        return
    session.flush()
    while True:
        session.execute(text("savepoint alone"))
        wait_for(session, Lock.AUDIT)
        late = [catch_up for is_late, catch_up in session.info.get(_LOOKS, ()) if is_late()]
        if not late:
            break
        session.execute(text("rollback to savepoint alone"))  # which lets go of the lock
        for catch_up in late:
            catch_up()
    _write(session, session.info.pop(_TOLD))
    session.info.pop(_LOOKS, None)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    for name in (_TOLD, _LOOKS):
        session.info.pop(name, None)


def _write(session: Session, told: Iterable[dict[str, Any]]) -> None:
    last = session.execute(
        select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    first, previous = (last.id + 1, last.hash) if last else (1, GENESIS)
    rows = []
    for number, values in enumerate(told, start=first):
        entry = Entry(number, **values, previous_hash=previous)
        known = {"id": number, **values, "previous_hash": previous}
        previous = entry_hash(entry)
        rows.append({**known, "hash": previous})
    session.execute(insert(AuditEntry), rows)


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
