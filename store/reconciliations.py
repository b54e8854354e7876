"""Reconciliations that were made, and whether anything has changed since."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.days import Period
from store import audit
from store.changes import rows_changed
from store.locks import Lock, wait_for

_MOST_NOTES = 10_000
# What says that the books stand otherwise than the last reconciliation left them.
OUTCOMES = frozenset(["allocation", "book_exception", "reconciliation"])


@dataclass(frozen=True, slots=True)
class Done:
    """The latest reconciliation of a period, and which tables were written to since."""

    id: int
    input_hash: str
    output_hash: str
    result: dict[str, Any]
    changed: frozenset[str]


def begin(session: Session) -> str:
    """Let reconciliations wait for each other; return what is visible now, as PostgreSQL says it.

    Each sees the other's books whole or not.
    """
    wait_for(session, Lock.RECONCILING)
    # A million rows are sorted and joined in memory. Never one by one: a table that was empty
    # when the planner last looked would be read anew for each row that is written to it.
    session.execute(text("set local work_mem = '256MB'"))
    session.execute(text("set local enable_nestloop = off"))
    return str(session.scalar(text("select pg_current_snapshot()")))


def latest(session: Session, period: Period, rules: str) -> Done | None:
    """Return the latest reconciliation of the period by these rules; None if there is none."""
    row = session.execute(
        text(
            "select id, input_hash, output_hash, result from reconciliation "
            "where first_day = :first and last_day = :last order by id desc limit 1"
        ),
        {"first": period.first_day, "last": period.last_day},
    ).one_or_none()
    if row is None or row.result.get("rules") != f"{rules} {period.timezone}":
        return None
    changed = session.scalars(
        text(
            "select distinct subject from books_change where transaction <> :own and not "
            "pg_visible_in_snapshot(transaction::xid8, cast(:seen as pg_snapshot))"
        ),
        {"own": row.result["transaction"], "seen": row.result["seen"]},
    )
    return Done(row.id, row.input_hash, row.output_hash, row.result, frozenset(changed))


def renew(session: Session, done: Done, seen: str) -> None:
    """Note that a reconciliation still stands: what was written since changed nothing."""
    session.execute(
        text("update reconciliation set result = result || cast(:marks as jsonb) where id = :id"),
        {"id": done.id, "marks": json.dumps({"seen": seen})},
    )


def outputs_of(session: Session, input_hash: str, rules: str) -> list[str]:
    """Return the output hashes that these rules have given for this input so far."""
    rows = session.scalars(
        text(
            "select output_hash from reconciliation "
            "where input_hash = :hash and split_part(result ->> 'rules', ' ', 1) = :rules "
            "order by id"
        ),
        {"hash": input_hash, "rules": rules},
    )
    return list(rows)


def save(
    session: Session,
    period: Period,
    hashes: tuple[str, str],
    result: dict[str, Any],
    at: datetime,
    *,
    rules: str,
    seen: str,
    changed: int,
) -> int:
    """Keep what this run proved, the same again once more as a proof; return its number."""
    input_hash, output_hash = hashes
    own = session.scalar(text("select pg_current_xact_id()::text"))
    _note_own_change(session, changed)
    marks = {"rules": f"{rules} {period.timezone}", "seen": seen, "transaction": own}
    number = session.scalar(
        text(
            "insert into reconciliation (first_day, last_day, input_hash, output_hash, result, "
            "ran_at) values (:first, :last, :input, :output, :result, :at) returning id"
        ),
        {
            "first": period.first_day,
            "last": period.last_day,
            "input": input_hash,
            "output": output_hash,
            "result": json.dumps({**result, **marks}),
            "at": at,
        },
    )
    detail = {"input": input_hash, "output": output_hash}
    audit.append(
        session, "books reconciled", f"{period.first_day}..{period.last_day}", detail, at=at
    )
    return int(number)


def _note_own_change(session: Session, changed: int) -> None:
    """Leave one note where this run changed the books, for other periods; and few old ones."""
    session.execute(text("delete from books_change where transaction = pg_current_xact_id()::text"))
    removed = session.execute(
        text("delete from books_change where id <= (select max(id) from books_change) - :most"),
        {"most": _MOST_NOTES},
    )
    if changed or rows_changed(removed):
        session.execute(text("insert into books_change (subject) values ('reconciliation')"))
