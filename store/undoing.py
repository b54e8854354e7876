"""A batch taken back: its rows, its gifts, and the people who stand on it alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.errors import StateError
from store import audit
from store.bulk_load import bulk_removal
from store.changes import rows_changed
from store.lists import Batch, close_batch
from store.refilling import take_out

# What may rest on a person: as long as it does, the person cannot go.
_RESTS: Final = {
    "pledges": "select donor_id as id from pledge",
    "calls": "select donor_id as id from call_attempt",
    "calls in packets": "select donor_id as id from assignment a"
    " where exists (select from packet_row r where r.assignment_id = a.id)",
    "remedies of contributions": "select to_donor_id as id from remedy",
}
# Whatever else names a person goes with the person.
_NAMED_IN: Final = {
    "assignment": ("donor_id",),
    "call_pin": ("donor_id",),
    "donor_pair": ("first_id", "second_id"),
    "donor_merge": ("kept_id", "gone_id"),
    "suppression": ("donor_id",),
    "gift": ("donor_id",),
    "donor_phone": ("donor_id",),
    "donor_email": ("donor_id",),
    "donor_address": ("donor_id",),
    "donor_external_id": ("donor_id",),
}

# Whoever shared a home with those who go, and with nobody else.
_ALONE_NOW: Final = """
    update donor set household_id = null where household_id in (
        select household_id from donor d left join leaving l on l.id = d.id
        where household_id is not null group by household_id
        having count(l.id) > 0 and count(*) - count(l.id) = 1)
"""


def undo(session: Session, batch: Batch, now: datetime) -> dict[str, int]:
    """Take a batch back; people whom other lists know stay, without what it alone told."""
    if batch.status == "admitted":
        leaving = _only_here(session, batch.id)
        _refuse_if_needed(session, batch)
        changed = take_out(session, batch.id, now)
        counts = {**_remove(session, batch.id, leaving), "changed": changed}
    else:
        counts = {"donors": 0, "rows": 0, "gifts": 0, "changed": 0}
    close_batch(session, batch.id, status="undone")
    audit.append(session, "list.undo", f"batch:{batch.id}", counts, at=now)
    return counts


def _only_here(session: Session, batch_id: int) -> int:
    """Name those who stand on this batch alone, and whom it joined to others; return how many."""
    session.execute(
        text(
            "create temp table leaving on commit drop as"
            " with joined as (select m.gone_id as id from donor_merge m"
            "   join donor g on g.id = m.gone_id and g.first_batch_id = :batch"
            "   where m.batch_id = :batch and m.undone_at is null)"
            " select id from joined union"
            " select r.donor_id from staged_row r where r.batch_id = :batch"
            " and r.donor_id is not null and not exists (select from staged_row o"
            "   where o.donor_id = r.donor_id and o.batch_id <> :batch)"
            " and not exists (select from donor_merge m where m.undone_at is null"
            "   and m.kept_id = r.donor_id and m.gone_id not in (select id from joined))"
        ),
        {"batch": batch_id},
    )
    session.execute(text("analyze leaving"))
    return int(session.scalar(text("select count(*) from leaving")) or 0)


def _refuse_if_needed(session: Session, batch: Batch) -> None:
    for what, those in _RESTS.items():
        count = session.scalar(text(f"select count(*) from ({those}) each join leaving using (id)"))
        if count:
            raise StateError(
                f"Batch {batch.id} cannot be taken back: {count:,} {what} rest on its donors."
            )


def _remove(session: Session, batch_id: int, leaving: int) -> dict[str, int]:
    def run(statement: str) -> int:
        values = {"batch": batch_id} if ":batch" in statement else {}
        return rows_changed(session.execute(text(statement), values))

    gifts = run("delete from gift where batch_id = :batch")
    for table in ("donor_phone", "donor_email", "donor_address", "donor_external_id"):
        run(f"delete from {table} where batch_id = :batch")
    for table, columns in _NAMED_IN.items():
        for column in columns:
            run(f"delete from {table} where {column} in (select id from leaving)")
    rows = run("delete from staged_row where batch_id = :batch")
    run("delete from list_part where batch_id = :batch")
    run("update donor set merged_into_id = null where merged_into_id in (select id from leaving)")
    run(_ALONE_NOW)
    with bulk_removal(session, "donor", leaving):
        donors = run("delete from donor where id in (select id from leaving)")
    run(
        "delete from household h where not exists (select from donor d where d.household_id = h.id)"
    )
    return {"donors": donors, "rows": rows, "gifts": gifts}
