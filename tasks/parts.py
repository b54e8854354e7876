"""One part of a list normalised: by this process, or by a worker that is told where it lies."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.compared import LOOKED_AT, people_of
from campaign.lists.formats import Mapping
from campaign.lists.identity.sharing import Kind, marks
from campaign.lists.normalise import Decisions, normalise
from gateways.list_workspace import Workspace
from gateways.workers import serve

_MARKS = f"marks-{duckdb.__version__}"  # another version may hash otherwise


@dataclass(frozen=True, slots=True)
class PartJob:
    """Which part to normalise, and what is known of its list."""

    folder: str
    number: int
    mapping: dict[str, Any]
    today: str
    refusal: str | None  # why none of the rows may be used
    space: str  # the system whose numbers for people the list has

    def as_json(self) -> dict[str, Any]:
        """Return the job as a worker is told it."""
        return asdict(self)


def normalise_one(job: PartJob) -> int:
    """Write the normalised part and its marks beside the raw one; return its rows."""
    folder = Workspace(Path(job.folder))
    decisions = Decisions.from_json(folder.note("decisions.json") or "{}")
    raw = folder.read("raw", job.number)
    today = date.fromisoformat(job.today)
    part = normalise(raw, Mapping.from_json(job.mapping), decisions, today)
    if job.refusal is not None:
        column = pc.coalesce(part["reason"], pa.scalar(job.refusal))
        part = part.set_column(part.column_names.index("reason"), "reason", column)
    _mark(folder, job.number, part, job.space)
    folder.write("normal", job.number, part)
    return int(part.num_rows)


def _mark(folder: Workspace, number: int, part: pa.Table, space: str) -> None:
    """Write what the rows of a part may share with others: a batch a kind of thing."""
    people = people_of(part.select(list(LOOKED_AT)), np.arange(part.num_rows), space)
    batches = [
        pa.record_batch({"row": pa.array(rows, pa.int32()), "mark": pa.array(values, pa.uint64())})
        for rows, values in marks(people)
    ]
    folder.write_batches(_MARKS, number, batches)


def marks_of(folder: Workspace, number: int, space: str, kind: int) -> Kind:
    """Return the marks of one kind in a part; those of another version are made anew."""
    if not folder.has(_MARKS, number):
        _mark(folder, number, folder.read("normal", number), space)
    batch = folder.read_batch(_MARKS, number, kind)
    return np.asarray(batch["row"]), np.asarray(batch["mark"])


if __name__ == "__main__":
    pa.set_cpu_count(1)  # there is a worker a core
    serve(lambda job: [normalise_one(PartJob(**job))])
