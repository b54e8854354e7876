"""A list judged: by this process, or by one beside it, for Great Expectations is slow to import."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists import quality
from gateways.list_workspace import Workspace
from gateways.workers import serve

if TYPE_CHECKING:
    from expectations.judge import Judgement


_REASONS = 5  # the most frequent, of those for which rows are set aside


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
    """Return what the parts of a list met together; the page for people is written."""
    found, judgement = _judged(_parts(folder, parts), terms)
    judgement.write_page(Path(terms.docs))
    return found


def judge_tables(tables: Iterable[pa.Table], terms: Terms) -> dict[str, Any]:
    """Return what the tables of a list met together."""
    return _judged(tables, terms)[0]


def _parts(folder: Workspace, parts: int) -> Iterator[pa.Table]:
    for number in range(1, parts + 1):
        yield folder.read("normal", number, quality.JUDGED)


def _judged(tables: Iterable[pa.Table], terms: Terms) -> tuple[dict[str, Any], Judgement]:
    from expectations.judge import judge_list  # slow to import

    gate = quality.Gate.of(terms.thresholds)
    counts, phones, reasons = quality.Tally(), [], Counter[str]()
    for table in tables:
        reasons.update(quality.reasons(table))
        counts += quality.tally(table, gate.largest_gift_cents)
        phones.append(pc.unique(table["phone_e164"]))
    different = pc.count_distinct(pa.chunked_array(phones, pa.string()), mode="only_valid").as_py()
    own = counts.profile(different)
    before = terms.before or own
    figures = {
        **counts.shares(),
        "rows": counts.rows,
        "gifts": counts.gifts,
        "phones": counts.given.get("phone_e164", 0),
        "is_first": terms.before is None,
        "distinct_phones": own["distinct_phones"],
        "suppression_days": terms.suppression_days,
        "drift": max(
            abs(own[name] - before.get(name, own[name])) for name in own if name != "rows"
        ),
    }
    judgement = judge_list(figures, gate)
    found = {"profile": own, "page": terms.docs, "reasons": dict(reasons.most_common(_REASONS))}
    return {**judgement.report.as_json(), **found}, judgement


def _answer(job: dict[str, Any]) -> Iterator[Any]:
    """Answer first; then write the page, while the list is taken in, and say so."""
    terms = Terms(**job["terms"])
    found, judgement = _judged(_parts(Workspace(Path(job["folder"])), job["parts"]), terms)
    yield found
    judgement.write_page(Path(terms.docs))
    yield True


if __name__ == "__main__":
    gc.disable()  # what is imported stays: to look through it again and again takes a tenth
    import expectations.judge  # noqa: F401 - while the parts are still being normalised

    gc.freeze()
    gc.enable()
    serve(_answer)
