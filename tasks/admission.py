"""The last step of an import: find the people, write everything, give the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from campaign.errors import StateError
from campaign.lists import households
from campaign.lists.admission import Admission, Sorted, draw_up, people_of, sort_rows
from campaign.lists.fields import NORMALISED
from campaign.lists.identity import probability
from campaign.lists.identity.records import PERSON
from campaign.lists.identity.resolve import Resolution, near_ones, resolve
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
from tasks.lists import workspace
from tasks.policies import step

# Registers that hold a person once: two numbers are two people.
REGISTERS = ("van", "l2", "targetsmart", "nc_voter")
_CORE = [field.name for field in NORMALISED]
ROW_NUMBER = "source_row"


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
            _stop(session, batch, _read(folder, parts, [ROW_NUMBER]).num_rows, quality)
        else:
            _admit(session, batch, folder, parts, quality)
        session.flush()
        done = lists.get_batch(session, batch_id)
        assert done is not None
        account = account_of(done)
    if account["status"] == "admitted":
        folder.remove()
    return account


def _read(folder: Workspace, parts: int, columns: list[str]) -> pa.Table:
    tables = [folder.read("normal", number, columns) for number in range(1, parts + 1)]
    return pa.concat_tables(tables) if tables else NORMALISED.empty_table().select(columns)


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
    normal = _read(folder, parts, _CORE)
    space = str(batch.mapping["space"] or batch.source)
    rows = sort_rows(normal, lists.earlier_rows(session, batch.source))
    near, found = find_people(session, normal, rows, space)
    admission = draw_up(
        normal, rows, found, first_donor_id=writing.next_id(session, "donor"), space=space
    )
    normal = normal.select([ROW_NUMBER, "fingerprint", "reason"])  # the rest is drawn up
    stamp = writing.Stamp(batch.id, batch.source, terms_of(batch.provenance), moment)
    data = (folder.bytes_of("normal", number) for number in range(1, parts + 1))
    writing.write(session, admission, normal, data, stamp)
    merging.merge_donors(session, found.merged, now=moment, batch_id=batch.id)
    _group_and_ask(session, near, admission, found, batch)
    _suppress(session, admission, batch, moment)
    rejects = write_rejects(batch, normal, folder, parts)
    counts = admission.counts
    lists.close_batch(
        session,
        batch.id,
        status="admitted",
        rows_read=normal.num_rows,
        quality=quality,
        rejects_file=str(rejects) if rejects else None,
        admitted_at=moment,
        **counts,
    )
    detail = {"source": batch.source, "rows": normal.num_rows, **counts}
    audit.append(session, "list.import", f"batch:{batch.id}", detail, at=moment)


def find_people(
    session: Session, normal: pa.Table, rows: Sorted, space: str
) -> tuple[pa.Table, Resolution]:
    """Return those who share anything with another, new and known, and who is who."""
    people = people_of(normal, rows.fresh, space)
    known = writing.known_people(session, people, space)
    near = near_ones(pa.concat_tables([people, known]))
    banned = writing.not_same(session)
    found = resolve(
        near, rows=len(rows.fresh), registers=REGISTERS, not_same=banned, judge=probability.judge
    )
    return near, found


def _group_and_ask(
    session: Session, near: pa.Table, admission: Admission, found: Resolution, batch: Batch
) -> None:
    """Group households, and keep the pairs that a person should look at."""
    gone = pa.array([gone for _, gone, _ in found.merged], pa.int64())
    living = near.filter(pc.invert(pc.fill_null(pc.is_in(near["donor_id"], gone), False)))
    own = pa.array(admission.donor_of_fresh).take(living["row"])
    donors = pc.coalesce(own, living["donor_id"])
    place = PERSON.names.index("donor_id")
    groups = households.group(living.set_column(place, PERSON.field("donor_id"), donors))
    writing.write_households(session, groups)
    doubts = found.doubtful.copy()
    if len(doubts):
        for side in ("person_a", "person_b"):
            doubts[side] = doubts[side].map(admission.donor_of_label)
        writing.write_doubts(session, doubts, batch.id)


def _suppress(session: Session, admission: Admission, batch: Batch, moment: datetime) -> None:
    """Apply what the list says of its own people, and what is suppressed already."""
    for column, kind in (("do_not_call", "do_not_call"), ("deceased", "deceased")):
        donors = [suppressions.Subject(donor_id=int(donor)) for donor in admission.flagged[column]]
        if donors:
            source = f"list:{batch.source}"
            suppressions.suppress_many(session, kind, donors, source=source, now=moment)
    if suppressions.any_there(session):
        suppressions.mark_suppressed(session, moment)
        suppressions.withdraw_assignments(session, moment)


def write_rejects(batch: Batch, normal: pa.Table, folder: Workspace, parts: int) -> Path | None:
    """Write the quarantined rows as they came, with the reason: to be mended and sent again."""
    if normal["reason"].null_count == normal.num_rows:
        return None
    path = settings().folder("files", "rejects") / f"batch-{batch.id}-{batch.source}.csv"
    headers = [name for name, _ in batch.mapping["columns"] if not name.startswith("Pledgeline ")]
    write_table(
        path,
        [*headers, "Pledgeline reason", "Pledgeline row", "Pledgeline raw"],
        _rejects(batch.id, normal, folder, parts, headers),
    )
    return path


def _rejects(
    batch_id: int, normal: pa.Table, folder: Workspace, parts: int, headers: list[str]
) -> Iterator[list[str]]:
    start = 0
    for number in range(1, parts + 1):
        raw = folder.read("raw", number)
        reasons = normal["reason"].slice(start, raw.num_rows)
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
