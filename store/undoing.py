"""A batch taken back: its rows, its gifts, and the people who stand on it alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.errors import StateError
from store import audit
from store.changes import rows_changed
from store.lists import Batch, close_batch
from store.refilling import take_out

# What may rest on a person: as long as it does, the person cannot go.
_RESTS: Final = {
    "pledge": "pledges",
    "call_attempt": "calls",
}


def undo(session: Session, batch: Batch, now: datetime) -> dict[str, int]:
    """Take a batch back; people whom other lists know stay, without what it alone told."""
    if batch.status == "admitted":
        _only_here(session, batch.id)
        _refuse_if_needed(session, batch)
        changed = take_out(session, batch.id, now)
        counts = {**_remove(session, batch.id, now), "changed": changed}
    else:
        counts = {"donors": 0, "rows": 0, "gifts": 0, "changed": 0}
    close_batch(session, batch.id, status="undone")
    audit.append(session, "list.undo", f"batch:{batch.id}", counts, at=now)
    return counts


def _only_here(session: Session, batch_id: int) -> None:
    """Name the people who stand on this batch alone."""
    session.execute(
        text(
            "create temp table leaving on commit drop as"
            " select distinct r.donor_id as id from staged_row r where r.batch_id = :batch"
            " and r.donor_id is not null and not exists (select from staged_row o"
            "   where o.donor_id = r.donor_id and o.batch_id <> :batch)"
            " and not exists (select from donor_merge m where m.undone_at is null"
            "   and m.kept_id = r.donor_id)"
        ),
        {"batch": batch_id},
    )


def _refuse_if_needed(session: Session, batch: Batch) -> None:
    for table, what in _RESTS.items():
        count = session.scalar(
            text(f"select count(*) from {table} t join leaving l on l.id = t.donor_id")
        )
        if count:
            raise StateError(
                f"Batch {batch.id} cannot be taken back: {count} {what} rest on its donors."
            )


def _remove(session: Session, batch_id: int, now: datetime) -> dict[str, int]:
    values = {"batch": batch_id, "now": now}

    def run(statement: str) -> int:
        given = {name: value for name, value in values.items() if f":{name}" in statement}
        return rows_changed(session.execute(text(statement), given))

    run("delete from assignment a using leaving l where a.donor_id = l.id and a.packet_id is null")
    run(
        "update assignment a set status = 'withdrawn', updated_at = :now,"
        " reason = 'list taken back'"
        " from leaving l where a.donor_id = l.id and a.status in ('open', 'handed_out')"
    )
    run("delete from donor_pair p using leaving l where l.id in (p.first_id, p.second_id)")
    run("delete from donor_merge m using leaving l where l.id in (m.kept_id, m.gone_id)")
    run("delete from suppression s using leaving l where s.donor_id = l.id")
    gifts = run("delete from gift where batch_id = :batch")
    for table in ("donor_phone", "donor_email", "donor_address", "donor_external_id"):
        run(f"delete from {table} where batch_id = :batch")
        run(f"delete from {table} t using leaving l where t.donor_id = l.id")
    run("delete from gift g using leaving l where g.donor_id = l.id")
    rows = run("delete from staged_row where batch_id = :batch")
    run("delete from list_part where batch_id = :batch")
    run("update donor d set merged_into_id = null from leaving l where d.merged_into_id = l.id")
    donors = run("delete from donor d using leaving l where d.id = l.id")
    run(
        "delete from household h where not exists (select from donor d where d.household_id = h.id)"
    )
    return {"donors": donors, "rows": rows, "gifts": gifts}
