"""One part of a list normalised: by this process, or by a worker that is told where it lies."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.formats import Mapping
from campaign.lists.normalise import Decisions, normalise
from gateways.list_workspace import Workspace
from gateways.workers import serve


@dataclass(frozen=True, slots=True)
class PartJob:
    """Which part to normalise, and what is known of its list."""

    folder: str
    number: int
    mapping: dict[str, Any]
    today: str
    refusal: str | None  # why none of the rows may be used

    def as_json(self) -> dict[str, Any]:
        """Return the job as a worker is told it."""
        return asdict(self)


def normalise_one(job: PartJob) -> int:
    """Write the normalised part beside the raw one; return its rows."""
    folder = Workspace(Path(job.folder))
    decisions = Decisions.from_json(folder.note("decisions.json") or "{}")
    raw = folder.read("raw", job.number)
    today = date.fromisoformat(job.today)
    part = normalise(raw, Mapping.from_json(job.mapping), decisions, today)
    if job.refusal is not None:
        column = pc.coalesce(part["reason"], pa.scalar(job.refusal))
        part = part.set_column(part.column_names.index("reason"), "reason", column)
    folder.write("normal", job.number, part)
    return int(part.num_rows)


if __name__ == "__main__":
    pa.set_cpu_count(1)  # there is a worker a core
    serve(lambda job: normalise_one(PartJob(**job)))
