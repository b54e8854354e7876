"""A list judged: by this process, or by one beside it, for Great Expectations is slow to import."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from campaign.lists import quality
from gateways.list_workspace import Workspace
from gateways.workers import serve


@dataclass(frozen=True, slots=True)
class Terms:
    """What a list is judged by: thresholds, the source's last list, and where the page goes."""

    thresholds: dict[str, Any]
    before: dict[str, float] | None
    suppression_days: float
    docs: str

    def as_json(self) -> dict[str, Any]:
        """Return the terms as a worker is told them."""
        return asdict(self)


def judge_parts(folder: Workspace, parts: int, terms: Terms) -> dict[str, Any]:
    """Return what the parts of a list met together."""
    columns = quality.JUDGED
    tables = [folder.read("normal", number, columns) for number in range(1, parts + 1)]
    return judge_table(pa.concat_tables(tables), terms)


def judge_table(normal: pa.Table, terms: Terms) -> dict[str, Any]:
    """Return what a list met; the page for people is written."""
    from expectations.judge import judge_list  # slow to import

    own = quality.profile(normal)
    before = terms.before or own
    drift = max(abs(own[name] - before.get(name, own[name])) for name in own if name != "rows")
    whole = {
        "distinct_phones": own["distinct_phones"],
        "suppression_days": terms.suppression_days,
        "drift": drift,
    }
    gate = quality.Gate.of(terms.thresholds)
    docs = Path(terms.docs)
    report = judge_list(quality.judged_frame(normal), whole, gate, docs)
    return {**report.as_json(), "profile": own, "page": str(docs)}


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    return judge_parts(Workspace(Path(job["folder"])), job["parts"], Terms(**job["terms"]))


if __name__ == "__main__":
    import expectations.judge  # noqa: F401 - while the parts are still being normalised

    serve(_answer)
