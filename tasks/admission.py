"""The last step of an import: find the people, write everything, give the account."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from campaign.cells import neutral
from campaign.errors import StateError
from campaign.lists import households
from campaign.lists.admission import Ints, Persons, sort_rows
from campaign.lists.fields import RAW, ROW
from campaign.lists.identity import probability
from campaign.lists.identity.records import PERSON, REGISTERS
from campaign.lists.identity.resolve import resolve
from campaign.lists.provenance import terms_of
from config.clock import now
from config.settings import settings
from gateways.list_workspace import Workspace, row_label, write_table
from store import admission as writing
from store import audit, donor_pairs, lists, merging, suppressions
from store.lists import Batch
from store.locks import hold_calls
from store.session import unit_of_work
from tasks.drawing import Drawn, Found, ListDrawing
from tasks.list_parts import FreshParts, read_parts
from tasks.lists import workspace
from tasks.policies import step

T = TypeVar("T")

_KEYS = ["source_row", "fingerprint", "reason"]
_DUBIOUS = 0.1  # of the rows set aside: the judge is heard before the rest is looked at


class _StoppedError(Exception):
    """The judge let no row of the list in: whatever was written is taken back."""


@step
def admit_batch(batch_id: int, parts: int, judged: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Take a batch in, or stop it, as it is judged meanwhile; return the account of its rows.

    One transaction: killed at any moment, nothing is in, and repeating does it again.
    """
    folder = workspace(batch_id)
    try:
        with _open(batch_id) as (session, batch):
            if batch.status != "admitted":
                _admit(session, batch, folder, parts, judged)
            done = account_of(_now(session, batch_id))
    except _StoppedError:
        with _open(batch_id) as (session, batch):
            _stop(session, batch, read_parts(folder, parts, ["source_row"]).num_rows, judged())
            return account_of(_now(session, batch_id))
    folder.remove()
    return done


@contextmanager
def _open(batch_id: int) -> Iterator[tuple[Session, Batch]]:
    """Yield the one transaction that may admit anything, and the batch as it stands."""
    with unit_of_work() as session:
        lists.lock_admission(session)
        batch = lists.get_batch(session, batch_id)
        if batch is None or batch.status == "undone":
            raise StateError(f"Batch {batch_id} was taken back while it came in: import it again.")
        yield session, batch


def _now(session: Session, batch_id: int) -> Batch:
    session.flush()
    batch = lists.get_batch(session, batch_id)
    assert batch is not None
    return batch


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
    session: Session,
    batch: Batch,
    folder: Workspace,
    parts: int,
    judged: Callable[[], dict[str, Any]],
) -> None:
    moment = now()
    space = str(batch.mapping["space"] or batch.source)
    keys = read_parts(folder, parts, _KEYS)
    rows = sort_rows(keys, lists.earlier_rows(session, batch.source))
    if rows.quarantined.sum() > _DUBIOUS * keys.num_rows:
        _hear(judged)  # before anything is done for it
    fresh = FreshParts(folder, parts, rows.fresh, space)
    known = writing.known_people(session, fresh.count, fresh.people(), space)
    with ThreadPoolExecutor(2) as aside:  # the rules think while the database writes
        looking = aside.submit(fresh.near, known)
        _keep_parts(session, batch.id, folder, parts)
        near = looking.result()
        drawing = ListDrawing(fresh, keys, rows, writing.next_id(session, "donor"))
        decided = donor_pairs.told_apart(session), donor_pairs.undecided(session)
        finding = aside.submit(find_people, near, drawing.own_ids, *decided, folder.overflow)
        grouping: list[Future[pd.DataFrame]] = []

        def drawn() -> Iterator[Drawn]:
            yield from drawing.drawn(finding)
            # While indexes are built a core is free.
            grouping.append(aside.submit(group_people, finding.result(), folder.overflow))

        people = max(drawing.new_people, fresh.count - known.num_rows)  # about
        expected = writing.Expected(keys.num_rows, fresh.count, people)
        stamp = writing.Stamp(batch.id, batch.source, terms_of(batch.provenance), moment)
        with closing(_ahead(drawn())) as pieces:
            told = writing.write(session, pieces, expected, stamp)
        found, homes = finding.result(), grouping[0].result()
        _hold_calls(session, batch.id, found, homes)
        told.fill(stamp)
        suppressed = _suppress(session, drawing.flagged, batch, moment)
        merging.merge_donors(session, found.resolution.merged, now=moment, batch_id=batch.id)
        writing.write_households(session, homes)
    _ask(session, found, batch, moment)
    rejects = write_rejects(batch, keys["reason"], folder, parts)
    lists.close_batch(
        session,
        batch.id,
        status="admitted",
        rows_read=keys.num_rows,
        quality=_hear(judged),
        rejects_file=str(rejects) if rejects else None,
        admitted_at=moment,
        **drawing.counts,
    )
    detail = {"source": batch.source, "rows": keys.num_rows, **drawing.counts}
    audit.append(session, "list.import", f"batch:{batch.id}", detail, at=moment)

    def is_late() -> bool:  # suppressed meanwhile, by a page or in a call
        return suppressions.how_many(session) != suppressed

    def catch_up() -> None:
        nonlocal suppressed
        suppressed = suppressions.how_many(session)
        _hold_back(session, batch, moment)

    audit.look_again(session, is_late, catch_up)


def _hold_calls(session: Session, batch_id: int, found: Found, homes: pd.DataFrame) -> None:
    """Hold the calls of the known people whom the list changes, before it changes them."""
    near = found.near["donor_id"].drop_null().to_numpy()
    known = {donor for kept, gone, _ in found.resolution.merged for donor in (kept, gone)}
    known.update(np.intersect1d(homes["donor_id"], near).tolist() if len(homes) else [])
    hold_calls(session, _OF_KNOWN, batch=batch_id, known=sorted(known))


_OF_KNOWN = """donor_id in (select unnest(cast(:known as bigint[]))
    union select donor_id from row_end where batch_id = :batch)"""


def _hear(judged: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    quality = judged()
    if quality["gate"] == "stopped":
        raise _StoppedError
    return quality


def find_people(
    near: pa.Table,
    own_ids: Ints,
    banned: list[tuple[int, int]],
    waiting: list[tuple[int, int]],
    overflow: str,
) -> Found:
    """Return who is who among those who share anything with another, new and known."""
    resolution = resolve(
        near,
        rows=len(own_ids),
        registers=REGISTERS,
        not_same=banned,
        waiting=waiting,
        judge=probability.judge,
        overflow=overflow,
    )
    return Found(near, Persons.found(resolution, own_ids), resolution)


def _keep_parts(session: Session, batch_id: int, folder: Workspace, parts: int) -> None:
    first = 1
    packed = (folder.packed("normal", number) for number in range(1, parts + 1))
    with closing(_ahead(packed)) as packs:
        for number, data in enumerate(packs, start=1):
            rows = folder.rows("normal", number)
            writing.write_part(session, batch_id, number, range(first, first + rows), data)
            first += rows


def _ahead(pieces: Iterator[T]) -> Generator[T]:
    """Make the next piece while the database takes one in."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = pool.submit(next, pieces, None)
            yield piece


def group_people(found: Found, overflow: str) -> pd.DataFrame:
    """Return who lives together among those who share anything."""
    gone = pa.array([gone for _, gone, _ in found.resolution.merged], pa.int64())
    near = found.near
    living = near.filter(pc.invert(pc.fill_null(pc.is_in(near["donor_id"], gone), False)))
    own = pa.array(found.persons.donor_of_row).take(living["row"])
    donors = pc.coalesce(own, living["donor_id"])
    place = PERSON.names.index("donor_id")
    people = living.set_column(place, PERSON.field("donor_id"), donors)
    return households.group(people, overflow)


def _ask(session: Session, found: Found, batch: Batch, moment: datetime) -> None:
    """Keep the pairs that a person should look at, but for those that the campaign file answers."""
    doubts = found.resolution.doubtful.copy()
    if doubts.empty:
        return
    sides = ["person_a", "person_b"]
    asked = np.isin(found.resolution.person, doubts[sides].to_numpy(np.int64))
    labels = found.resolution.person[asked].tolist()
    own = zip(labels, found.persons.donor_of_row[asked].tolist(), strict=True)
    donor_of = {**found.resolution.known, **dict(own)}
    for side in sides:
        doubts[side] = doubts[side].map(donor_of)
    donor_pairs.write_waiting(session, doubts, batch.id)
    if batch.provenance.get(donor_pairs.CHOICE) == donor_pairs.JOIN:
        donor_pairs.join_of_one_name(session, batch.id, moment)


def _suppress(
    session: Session, flagged: dict[str, list[int]], batch: Batch, moment: datetime
) -> int:
    """Apply what the list says of its own people, and all that is suppressed; how much that is."""
    for column, kind in (("do_not_call", "do_not_call"), ("deceased", "deceased")):
        donors = [suppressions.Subject(donor_id=donor) for donor in sorted(set(flagged[column]))]
        if donors:
            source = f"list:{batch.source}"
            suppressions.suppress_many(session, kind, donors, source=source, now=moment)
    suppressed = suppressions.how_many(session)
    if suppressions.any_there(session):
        _hold_back(session, batch, moment)
    return suppressed


def _hold_back(session: Session, batch: Batch, moment: datetime) -> None:
    suppressions.mark_suppressed(session, moment, batch_id=batch.id)
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
            yield [*plain, reason, row_label(batch_id, place), neutral(line or "")]


@step
def repeat_account(batch_id: int) -> dict[str, Any]:
    """Return the account of a file that was taken in before: nothing changed."""
    with unit_of_work() as session:
        batch = lists.get_batch(session, batch_id)
    assert batch is not None
    return account_of(batch, repeated=True)


ACCOUNT_ROWS = ("rows_read", "imported", "merged", "unchanged", "quarantined")
