"""Lists on the desk: look at one without changing anything, take one back."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from campaign.errors import StateError, UnknownCodeError
from campaign.lists.columns import by_distinct, without_nothings
from campaign.lists.formats import Column, Mapping, known_formats
from campaign.lists.headers import plain_header
from campaign.lists.mapping_files import to_toml
from campaign.lists.normalise import Decisions, decide, looks_american, normalise
from campaign.lists.payments import read_payment
from campaign.lists.provenance import refusal
from campaign.lists.recognise import names_people, require_people
from config.clock import now
from config.scratch import scratch
from gateways.donor_files import ListFile, read_parts
from gateways.file_bytes import lists_in
from store import lists, undoing
from store.session import unit_of_work
from tasks.lists import distinct_values, open_mapped
from tasks.policies import step

_EXAMPLES = 5


@step
def inspect_list(path: str, code: str | None, mapping_path: str | None) -> dict[str, Any]:
    """Return a file's format, encoding, mapping and first problems; nothing is changed."""
    with scratch() as folder:
        file, mapping = open_mapped(Path(path), folder, code, mapping_path)
        sample = _sample(file)
        american = looks_american(sample, mapping)
        decisions = decide(mapping, distinct_values(sample, mapping), looks_american=american)
        found = normalise(sample, mapping, decisions, now().date())
        rows = zip(found["source_row"].to_pylist(), found["reason"].to_pylist(), strict=True)
        problems = [(row, reason) for row, reason in rows if reason]
        known = known_formats().get(mapping.format)
        return {
            "file": file.name,
            "format": mapping.format,
            "title": known.title if known else "plain table",
            "kind": mapping.kind,
            "encoding": file.encoding,
            "delimiter": file.delimiter,
            "header_row": file.skipped,
            "sheets": [
                {"name": one.name, "rows": one.rows, "read": one.is_read, "hidden": one.is_hidden}
                for one in file.sheets
            ],
            "columns": [
                {
                    "header": column.header,
                    "field": column.field,
                    "confidence": column.confidence,
                    "because": column.because,
                    "unread": _unread(column, sample, found),
                    "examples": _examples(sample[column.header].to_pylist()),
                }
                for column in mapping.columns
            ],
            "region": mapping.region,
            "date_order": {name: order for name, order in decisions.orders.items() if order},
            "date_order_is_assumed": decisions.assumed,
            "decimal": decisions.decimal,
            "rows_looked_at": sample.num_rows,
            "reasons": _counted(problems),
            "problems": [{"row": row, "reason": reason} for row, reason in problems[:20]],
            "refusal": refusal(mapping.kind),
            "names_people": names_people(mapping),
            "notes": _notes(mapping, decisions, found),
            "mapping_toml": to_toml(mapping, file.places, file.told_encoding),
        }


def _notes(mapping: Mapping, decisions: Decisions, found: pa.Table) -> list[str]:
    """Return what was assumed, and what a list lacks, in sentences."""
    told = {column.field for column in mapping.columns}
    years = [repr(column.header) for column in mapping.columns if _sums_up_a_year(column)]
    promises = ", ".join(map(repr, decisions.promises))
    notes = {
        "A register of voters: it never goes offshore.": mapping.kind == "voter_file",
        f"{', '.join(years[:3])}: sums of years tell neither a gift nor its day; they are kept, and"
        " count as no gift.": bool(years),
        "No column tells the day of a gift: amounts are kept, and count as no gift.": (
            "amount" in told and "given_on" not in told
        ),
        "Amounts are a ledger's: what was credited came in, what was debited went back.": (
            decisions.in_ledger
        ),
        "What went back stands in rows of its own, and counts as minus.": (
            decisions.returns_apart and not decisions.in_ledger
        ),
        f"Rows of the kind {promises} promise a gift, and count as none.": bool(promises),
        "Days do not show their order: the month is taken to come first (date_order in a"
        " mapping file says otherwise).": decisions.assumed,
        "No column holds phones: nobody can be called from this list alone.": (
            "phone" not in told and found["phone_e164"].null_count == found.num_rows
        ),
    }
    return [note for note, holds in notes.items() if holds]


_YEAR = re.compile(r"\b(?:(?:19|20)\d\d|fy ?\d\d(?:\d\d)?)\b")
_GIVEN = re.compile(r"\b(?:giving|gifts?|given|gave|donations?|donated|contributions?|total)\b")


def _sums_up_a_year(column: Column) -> bool:
    """Whether a column that is kept holds what somebody gave in a year: "FY24 total"."""
    plain = plain_header(column.header)
    return column.field is None and bool(_YEAR.search(plain) and _GIVEN.search(plain))


def _counted(problems: list[tuple[int, str]]) -> list[dict[str, Any]]:
    """Return how many rows each reason sets aside, and the first of them; the most first."""
    first = {reason: row for row, reason in reversed(problems)}
    counts = Counter(reason for _, reason in problems)
    return [
        {"reason": reason, "rows": count, "first_row": first[reason]}
        for reason, count in counts.most_common()
    ]


def _sample(file: ListFile) -> pa.Table:
    return next(iter(read_parts(file, strict=False, rows=1000))).slice(0, 1000)


_READ_AS: dict[str, tuple[str, ...]] = {
    "phone": ("phone_e164", "more_phones"),
    "email": ("email", "more_emails"),
} | {name: (name,) for name in ("birth_date", "consent_call", "postal_code")}


def _unread(column: Column, sample: pa.Table, found: pa.Table) -> int:
    """Return how many cells of a column say something that could not be read."""
    said = without_nothings(sample[column.header].combine_chunks())
    if column.field == "payment_status":
        known = by_distinct(said, lambda text: not text or bool(read_payment(text)), pa.bool_())
        return int(pc.sum(pc.invert(known)).as_py() or 0)
    fields = _READ_AS.get(column.field or "")
    if fields is None:
        return 0
    read = pc.coalesce(*(pc.cast(found[name].combine_chunks(), pa.string()) for name in fields))
    lost = pc.and_(pc.and_(said.is_valid(), read.is_null()), found["reason"].is_null())
    return int(pc.sum(lost).as_py() or 0)


def _examples(values: list[str | None]) -> list[str]:
    """Return some shapes of a column's values: the shape shows, the person does not."""
    shapes = dict.fromkeys(mask(value.strip()) for value in values if value and value.strip())
    return list(shapes)[:_EXAMPLES]


def mask(value: str) -> str:
    """Return a value's shape: first letters only, and no digit.

    >>> mask("(415) 555-0134"), mask("Jane.Doe@example.org"), mask("O'Brien")
    ('(###) ###-####', 'J***.D**@e******.o**', "O'B****")
    """
    hidden = re.sub(r"\d", "#", value)
    letters = re.sub(r"([^\W\d_])([^\W\d_]*)", lambda m: m[1] + "*" * len(m[2]), hidden)
    return letters[:40]


@step
def lists_to_import(path: str, code: str | None, mapping_path: str | None) -> list[str]:
    """Return the lists of a file: itself, or each of an archive, once all of them can be read."""
    found = lists_in(Path(path))
    for each in found if len(found) > 1 else ():
        with scratch() as folder:
            require_people(open_mapped(each, folder, code, mapping_path)[1])
    return [str(each) for each in found]


@step
def undo_batch(batch_id: int) -> dict[str, int]:
    """Take a batch back entirely; StateError when money or calls rest on it."""
    with unit_of_work() as session:
        lists.lock_admission(session)
        batch = lists.get_batch(session, batch_id)
        if batch is None:
            known = [str(each.id) for each in lists.batches(session)]
            raise UnknownCodeError("batch", str(batch_id), known)
        if batch.status == "undone":
            raise StateError(f"Batch {batch_id} was taken back already.")
        return undoing.undo(session, batch, now())


@step
def all_batches() -> list[dict[str, Any]]:
    """Return every batch with its account, the newest first."""
    with unit_of_work() as session:
        return [
            {
                "batch_id": batch.id,
                "source": batch.source,
                "file": batch.file_name,
                "status": batch.status,
                "rows_read": batch.rows_read,
                "imported": batch.imported,
                "merged": batch.merged,
                "unchanged": batch.unchanged,
                "quarantined": batch.quarantined,
            }
            for batch in lists.batches(session)
        ]
