"""Batches: one import of one file each, its parts, and the account of its rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.committee import Campaign
from models.lists import ListBatch
from store import places
from store.frames import read_columns
from store.locks import Lock, wait_for
from store.people import part_values


@dataclass(frozen=True, slots=True)
class Batch:
    """One import of one file, and what became of its rows."""

    id: int
    source: str
    campaign_id: int | None
    file_name: str
    format: str
    mapping: dict[str, Any]
    provenance: dict[str, Any]
    status: str
    rows_read: int
    imported: int
    merged: int
    unchanged: int
    quarantined: int
    quality: dict[str, Any]
    rejects_file: str | None
    continues_batch_id: int | None
    created_at: datetime
    admitted_at: datetime | None


def _batch(row: ListBatch) -> Batch:
    batch = Batch(**{name: getattr(row, name) for name in Batch.__dataclass_fields__})
    rejects = batch.rejects_file
    return replace(batch, rejects_file=places.found(rejects)) if rejects else batch


def get_batch(session: Session, batch_id: int) -> Batch | None:
    """Return a batch, or nothing where there is none of that number."""
    row = session.get(ListBatch, batch_id, populate_existing=True)
    return _batch(row) if row else None


def batches(session: Session) -> list[Batch]:
    """Return every batch, the newest first."""
    return [_batch(row) for row in session.scalars(select(ListBatch).order_by(ListBatch.id.desc()))]


def current_batch(session: Session, sha256: str, source: str) -> Batch | None:
    """Return the batch that this file from this source is in, or is about to be in."""
    row = session.scalar(
        select(ListBatch).where(
            ListBatch.file_sha256 == sha256,
            ListBatch.source == source,
            ListBatch.status.in_(("staged", "admitted")),
        )
    )
    return _batch(row) if row else None


def last_admitted(session: Session, source: str, before: int) -> Batch | None:
    """Return the newest admitted batch of a source before this one."""
    row = session.scalar(
        select(ListBatch)
        .where(ListBatch.source == source, ListBatch.status == "admitted", ListBatch.id < before)
        .order_by(ListBatch.id.desc())
        .limit(1)
    )
    return _batch(row) if row else None


def begin_batch(session: Session, sha256: str, source: str, **values: Any) -> int:
    """Return the number of the batch that takes this file; two that begin at once get one."""
    found = session.scalar(
        insert(ListBatch)
        .values(
            id=_next_id(session, "list_batch"),
            file_sha256=sha256,
            source=source,
            status="staged",
            **values,
        )
        .on_conflict_do_nothing()
        .returning(ListBatch.id)
    )
    if found is None:
        current = current_batch(session, sha256, source)
        assert current is not None
        return current.id
    return int(found)


def _next_id(session: Session, table: str) -> int:
    """Return the next number without a gap, so that an interrupted import leaves no trace."""
    session.execute(text(f"lock table {table} in share row exclusive mode"))
    return int(session.scalar(text(f"select coalesce(max(id), 0) + 1 from {table}")) or 1)


def lock_admission(session: Session) -> None:
    """Wait until nobody else brings people in, joins, parts, suppresses, forgets or plans for them.

    Two lists at once would make one person twice, two merges lose what a third one had, and a plan
    call somebody who is gone. It is asked for before anything else is locked.
    """
    wait_for(session, Lock.ADMISSION)


def drop_batch(session: Session, batch_id: int) -> None:
    """Forget a batch of which nothing was taken in."""
    session.execute(
        text("delete from list_batch where id = :id and status = 'staged'"), {"id": batch_id}
    )


def close_batch(session: Session, batch_id: int, **values: Any) -> None:
    """Write what became of a batch."""
    row = session.get_one(ListBatch, batch_id, populate_existing=True)
    if values.get("rejects_file"):
        values["rejects_file"] = places.to_keep(values["rejects_file"])
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()


def campaign_terms(session: Session, code: str | None) -> tuple[int | None, dict[str, Any]] | None:
    """Return a campaign's number and its thresholds for lists; nothing for an unknown code."""
    if code is None:
        row = session.scalar(select(Campaign).order_by(Campaign.id.desc()).limit(1))
        return (None, row.quality if row else {})
    row = session.scalar(select(Campaign).where(Campaign.code == code))
    return (row.id, row.quality) if row else None


def campaign_codes(session: Session) -> list[str]:
    """Return every campaign's code."""
    return list(session.scalars(select(Campaign.code)))


def declared_sources(session: Session) -> dict[str, dict[str, Any]]:
    """Return the sources that campaign files declare, by code."""
    found: dict[str, dict[str, Any]] = {}
    for settings in session.scalars(select(Campaign.settings).order_by(Campaign.id)):
        sources = settings.get("sources") or []
        for source in sources if isinstance(sources, list) else []:
            found[str(source.get("code"))] = source
    return found


def earlier_rows(session: Session, source: str) -> pa.Table:
    """Return the fingerprints of a source's rows that were admitted, with their donors."""
    parts = session.execute(
        text(
            "select p.batch_id, p.number, p.first_row, p.rows from list_part p"
            " join list_batch b on b.id = p.batch_id"
            " where b.source = :source and b.status = 'admitted' order by 1, 2"
        ),
        {"source": source},
    ).all()
    empty = pa.schema({"fingerprint": pa.int64(), "donor_id": pa.int64()}).empty_table()
    found = [empty]
    for batch_id, of_batch in groupby(parts, attrgetter("batch_id")):
        ends = read_columns(session, _TAKEN_IN, _TAKEN, {"batch": batch_id})
        places = np.asarray(ends["source_row"])
        for part in of_batch:
            low, high = np.searchsorted(places, (part.first_row, part.first_row + part.rows))
            values = part_values(session, batch_id, part.number, ["fingerprint"])
            prints = values["fingerprint"].take(pa.array(places[low:high] - part.first_row))
            donors = ends["donor_id"].slice(low, high - low)
            found.append(pa.table([prints, donors], empty.schema))
    first = pa.concat_tables(found).group_by("fingerprint").aggregate([("donor_id", "min")])
    return first.rename_columns(empty.column_names)


_TAKEN = {"source_row": pa.int64(), "donor_id": pa.int64()}
_TAKEN_IN = """
    select source_row, donor_id from staged_row
    where batch_id = {batch} and donor_id is not null
    order by source_row
"""


def part_data(session: Session, batch_id: int) -> list[bytes]:
    """Return the parts of a batch in order."""
    rows = session.execute(
        text("select data from list_part where batch_id = :id order by number"), {"id": batch_id}
    )
    return [bytes(row.data) for row in rows]


def days_since_suppression(session: Session, now: datetime) -> float:
    """Return how many days ago somebody was suppressed last; 0 where nobody ever was."""
    last = session.scalar(text("select max(since) from suppression"))
    return max((now - last).total_seconds() / 86_400, 0.0) if last else 0.0
