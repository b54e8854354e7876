"""The last step of an import: find the people, write everything, give the account."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from campaign.errors import StateError
from campaign.lists import households
from campaign.lists.admission import (
    DRAWN_UP,
    NAMES_OF_GIFTS,
    Account,
    Drawing,
    Persons,
    account,
    gifts_of,
    sort_rows,
)
from campaign.lists.identity import probability
from campaign.lists.identity.records import PERSON
from campaign.lists.identity.resolve import Resolution, resolve
from campaign.lists.normalise import ROW
from campaign.lists.provenance import terms_of
from config.clock import now
from config.settings import settings
from gateways.list_workspace import Workspace, neutral, write_table
from gateways.text_records import RAW
from store import admission as writing
from store import audit, lists, merging, suppressions
from store.lists import Batch
from store.session import unit_of_work
from tasks.list_parts import FreshParts, read_parts
from tasks.lists import workspace
from tasks.policies import step

# Registers that hold a person once: two numbers are two people.
REGISTERS = ("van", "l2", "targetsmart", "nc_voter")
_KEYS = ["source_row", "fingerprint", "reason"]


@step
def admit_batch(batch_id: int, parts: int, quality: dict[str, Any]) -> dict[str, Any]:
    """Take a judged batch in, or stop it; return the account of its rows.

    One transaction: killed at any moment, nothing is in, and repeating does it again.
    """
    folder = workspace(batch_id)
    with unit_of_work() as session:
        lists.lock_admission(session)
        batch = lists.get_batch(session, batch_id)
        if batch is None or batch.status == "undone":
            raise StateError(f"Batch {batch_id} was taken back while it came in: import it again.")
        if batch.status == "admitted":
            return account_of(batch)
        if quality["gate"] == "stopped":
            _stop(session, batch, read_parts(folder, parts, ["source_row"]).num_rows, quality)
        else:
            _admit(session, batch, folder, parts, quality)
        session.flush()
        done = lists.get_batch(session, batch_id)
        assert done is not None
        account = account_of(done)
    if account["status"] == "admitted":
        folder.remove()
    return account


def account_of(batch: Batch, *, repeated: bool = False) -> dict[str, Any]:
    """Return the account of a batch; a file that came again changed nothing."""
    taken = batch.imported + batch.merged + batch.unchanged
    return {
        "batch_id": batch.id,
        "status": batch.status,
        "format": batch.format,
        "rows_read": batch.rows_read,
        "imported": 0 if repeated else batch.imported,
        "merged": 0 if repeated else batch.merged,
        "unchanged": taken if repeated else batch.unchanged,
        "quarantined": batch.quarantined,
        "rejects_file": batch.rejects_file,
        "quality": batch.quality,
    }


def _stop(session: Session, batch: Batch, rows: int, quality: dict[str, Any]) -> None:
    unmet = [found["says"] for found in quality["unmet"] if found["severity"] == "stop"]
    lists.close_batch(
        session,
        batch.id,
        status="stopped",
        rows_read=rows,
        quarantined=rows,
        quality={**quality, "stopped_by": unmet},
        rejects_file=None,
    )
    audit.append(session, "list.stop", f"batch:{batch.id}", {"rows": rows}, at=now())


def _admit(
    session: Session, batch: Batch, folder: Workspace, parts: int, quality: dict[str, Any]
) -> None:
    moment = now()
    space = str(batch.mapping["space"] or batch.source)
    keys = read_parts(folder, parts, _KEYS)
    rows = sort_rows(keys, lists.earlier_rows(session, batch.source))
    fresh = FreshParts(folder, parts, rows.fresh, space)
    known = writing.known_people(session, fresh.count, fresh.people(), space)
    banned = writing.not_same(session)
    with ThreadPoolExecutor(1) as aside:  # the rules think while the database writes
        finding = aside.submit(find_people, fresh, known, banned)
        _keep_parts(session, batch.id, folder, parts)
        near, found = finding.result()
        persons = Persons(found, writing.next_id(session, "donor"))
        told = account(keys["reason"], rows, persons, found)
        grouping = aside.submit(group_people, near, persons, found)
        _write(session, batch, fresh, _drawing(fresh, persons), told, keys, moment)
        merging.merge_donors(session, found.merged, now=moment, batch_id=batch.id)
        _group_and_ask(session, grouping, persons, found, batch)
    rejects = write_rejects(batch, keys["reason"], folder, parts)
    lists.close_batch(
        session,
        batch.id,
        status="admitted",
        rows_read=keys.num_rows,
        quality=quality,
        rejects_file=str(rejects) if rejects else None,
        admitted_at=moment,
        **told.counts,
    )
    detail = {"source": batch.source, "rows": keys.num_rows, **told.counts}
    audit.append(session, "list.import", f"batch:{batch.id}", detail, at=moment)


def find_people(
    fresh: FreshParts, known: pa.Table, banned: list[tuple[int, int]]
) -> tuple[pa.Table, Resolution]:
    """Return those who share anything with another, new and known, and who is who."""
    near = fresh.near(known)
    found = resolve(
        near, rows=fresh.count, registers=REGISTERS, not_same=banned, judge=probability.judge
    )
    return near, found


def _keep_parts(session: Session, batch_id: int, folder: Workspace, parts: int) -> None:
    first = 1
    for number in range(1, parts + 1):
        rows = folder.rows("normal", number)
        data = folder.packed("normal", number)
        writing.write_part(session, batch_id, number, range(first, first + rows), data)
        first += rows


def _drawing(fresh: FreshParts, persons: Persons) -> Drawing:
    crowd = fresh.crowd(persons.crowd)
    return Drawing(persons, crowd, gifts_of(fresh.columns(NAMES_OF_GIFTS)), fresh.space)


def _write(
    session: Session,
    batch: Batch,
    fresh: FreshParts,
    drawing: Drawing,
    told: Account,
    keys: pa.Table,
    moment: datetime,
) -> None:
    """Write what is drawn up, and apply what the list says of its own people."""
    stamp = writing.Stamp(batch.id, batch.source, terms_of(batch.provenance), moment)
    expected = writing.Expected(keys.num_rows, fresh.count, told.counts["imported"])
    with closing(_ahead(_drawn(fresh, drawing, told, keys))) as drawn:
        writing.write(session, drawn, expected, stamp)
    _suppress(session, drawing.flagged, batch, moment)


def _drawn(
    fresh: FreshParts, drawing: Drawing, told: Account, keys: pa.Table
) -> Iterator[dict[str, pa.Table]]:
    for span, first, rows in fresh.each(DRAWN_UP):
        ends = pa.table(
            {
                "source_row": keys["source_row"][span],
                "donor_id": pa.array(told.donor[span], mask=told.donor[span] < 0),
                "disposition": told.disposition[span],
                "reason": told.reason[span],
                "fingerprint": keys["fingerprint"][span],
            }
        )
        yield {**drawing.part(rows, first), "staged_row": ends}
    yield drawing.crowd()


def _ahead(pieces: Iterator[dict[str, pa.Table]]) -> Generator[dict[str, pa.Table]]:
    """Draw up the next piece while the database takes one in."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = pool.submit(next, pieces, None)
            yield piece


def group_people(near: pa.Table, persons: Persons, found: Resolution) -> pd.DataFrame:
    """Return who lives together among those who share anything."""
    gone = pa.array([gone for _, gone, _ in found.merged], pa.int64())
    living = near.filter(pc.invert(pc.fill_null(pc.is_in(near["donor_id"], gone), False)))
    own = pa.array(persons.donor_of_row).take(living["row"])
    donors = pc.coalesce(own, living["donor_id"])
    place = PERSON.names.index("donor_id")
    return households.group(living.set_column(place, PERSON.field("donor_id"), donors))


def _group_and_ask(
    session: Session,
    grouping: Future[pd.DataFrame],
    persons: Persons,
    found: Resolution,
    batch: Batch,
) -> None:
    """Keep the households, and the pairs that a person should look at."""
    writing.write_households(session, grouping.result())
    doubts = found.doubtful.copy()
    if len(doubts):
        for side in ("person_a", "person_b"):
            doubts[side] = doubts[side].map(persons.donor_of_label)
        writing.write_doubts(session, doubts, batch.id)


def _suppress(
    session: Session, flagged: dict[str, list[int]], batch: Batch, moment: datetime
) -> None:
    """Apply what the list says of its own people, and what is suppressed already."""
    for column, kind in (("do_not_call", "do_not_call"), ("deceased", "deceased")):
        donors = [suppressions.Subject(donor_id=donor) for donor in sorted(set(flagged[column]))]
        if donors:
            source = f"list:{batch.source}"
            suppressions.suppress_many(session, kind, donors, source=source, now=moment)
    if suppressions.any_there(session):
        suppressions.mark_suppressed(session, moment)
        suppressions.withdraw_assignments(session, moment)


def write_rejects(
    batch: Batch, reasons: pa.ChunkedArray, folder: Workspace, parts: int
) -> Path | None:
    """Write the quarantined rows as they came, with the reason: to be mended and sent again."""
    if reasons.null_count == len(reasons):
        return None
    path = settings().folder("files", "rejects") / f"batch-{batch.id}-{batch.source}.csv"
    headers = [name for name, _ in batch.mapping["columns"] if not name.startswith("Pledgeline ")]
    write_table(
        path,
        [*headers, "Pledgeline reason", "Pledgeline row", "Pledgeline raw"],
        _rejects(batch.id, reasons, folder, parts, headers),
    )
    return path


def _rejects(
    batch_id: int, every: pa.ChunkedArray, folder: Workspace, parts: int, headers: list[str]
) -> Iterator[list[str]]:
    start = 0
    for number in range(1, parts + 1):
        raw = folder.read("raw", number)
        reasons = every.slice(start, raw.num_rows)
        start += raw.num_rows
        bad = reasons.is_valid()
        picked = raw.filter(bad)
        texts = reasons.filter(bad).to_pylist()
        broken = picked[RAW].to_pylist() if RAW in picked.column_names else [None] * len(texts)
        cells = zip(*(picked[name].to_pylist() for name in headers), strict=True)
        numbers = picked[ROW].to_pylist()
        for row, reason, line, place in zip(cells, texts, broken, numbers, strict=True):
            plain = [neutral(cell or "") for cell in row]
            yield [*plain, reason, f"{batch_id}:{place}", neutral(line or "")]


@step
def repeat_account(batch_id: int) -> dict[str, Any]:
    """Return the account of a file that was taken in before: nothing changed."""
    with unit_of_work() as session:
        batch = lists.get_batch(session, batch_id)
    assert batch is not None
    return account_of(batch, repeated=True)


ACCOUNT_ROWS = ("rows_read", "imported", "merged", "unchanged", "quarantined")
