"""Lists on the desk: look at one without changing anything, suppress, take one back."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from campaign.errors import FileError, StateError, UnknownCodeError
from campaign.lists.columns import without_nothings
from campaign.lists.formats import Column, known_formats, to_toml
from campaign.lists.normalise import Decisions, decide, looks_american, normalise
from config.clock import now
from gateways.donor_files import ListFile, open_list, read_parts
from store import lists, suppressions, undoing
from store.session import unit_of_work
from tasks.lists import distinct_values, map_columns
from tasks.policies import step

_EXAMPLES = 5


@step
def inspect_list(path: str, code: str | None, mapping_path: str | None) -> dict[str, Any]:
    """Return a file's format, encoding, mapping and first problems; nothing is changed."""
    with tempfile.TemporaryDirectory(prefix="pledgeline-") as folder:
        file = open_list(Path(path), Path(folder), code)
        mapping = map_columns(file, code, mapping_path)
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
                {"name": name, "rows": rows, "read": is_read} for name, rows, is_read in file.sheets
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
            "mapping_toml": to_toml(mapping),
        }


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


_READ_AS = {"phone": ("phone_e164", "more_phones"), "email": ("email", "more_emails")} | {
    name: (name,) for name in ("birth_date", "consent_call", "postal_code")
}


def _unread(column: Column, sample: pa.Table, found: pa.Table) -> int:
    """Return how many cells of a column say something that could not be read."""
    fields = _READ_AS.get(column.field or "")
    if fields is None:
        return 0
    said = without_nothings(sample[column.header].combine_chunks())
    read = pc.coalesce(*(pc.cast(found[name].combine_chunks(), pa.string()) for name in fields))
    return int(pc.sum(pc.and_(said.is_valid(), read.is_null())).as_py() or 0)


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
def suppress_file(path: str, kind: str | None) -> dict[str, Any]:
    """Suppress everybody whom a file names by phone or e-mail, at once and for all lists.

    The kind is given, or stands in a column `kind`, or is an opt-out.
    """
    if kind is not None and kind not in suppressions.KINDS:
        raise UnknownCodeError("kind of suppression", kind, suppressions.KINDS)
    with tempfile.TemporaryDirectory(prefix="pledgeline-") as folder:
        file = open_list(Path(path), Path(folder), None)
        rows = _suppression_rows(file)
    subjects: dict[str, set[suppressions.Subject]] = {}
    for row in rows:
        told = row["kind"] if row["kind"] in suppressions.KINDS else "opt_out"
        subjects.setdefault(kind or told, set()).update(_subjects(row))
    with unit_of_work() as session:
        effects = [
            suppressions.suppress_many(
                session, each, sorted(named, key=repr), source=f"file:{file.name}", now=now()
            )
            for each, named in sorted(subjects.items())
        ]
    return {
        "rows_read": len(rows),
        "unread": sum(not _subjects(row) for row in rows),
        "new": sum(effect.new for effect in effects),
        "donors": sum(effect.donors for effect in effects),
        "withdrawn": sum(effect.withdrawn for effect in effects),
    }


def _suppression_rows(file: ListFile) -> list[dict[str, str | None]]:
    mapping = map_columns(file, None, None)
    if not mapping.headers_of("phone") and not mapping.headers_of("email"):
        raise FileError(f"{file.name} has no column of phones or e-mails to suppress.")
    kinds = next((name for name in file.headers if name.strip().lower() == "kind"), None)
    rows: list[dict[str, str | None]] = []
    for raw in read_parts(file, strict=False):
        part = normalise(raw, mapping, Decisions({}, "."), now().date()).select(list(_REACH))
        told = raw[kinds].to_pylist() if kinds else [None] * raw.num_rows
        rows += [
            {**row, "kind": (kind or "").strip().lower()}
            for row, kind in zip(part.to_pylist(), told, strict=True)
        ]
    return rows


_REACH = ("phone_e164", "more_phones", "email", "more_emails")


def _subjects(row: dict[str, str | None]) -> list[suppressions.Subject]:
    phones = [row["phone_e164"], *(row["more_phones"] or "").split()]
    emails = [row["email"], *(row["more_emails"] or "").split()]
    return [
        *(suppressions.Subject(phone_e164=text.split(":")[0]) for text in phones if text),
        *(suppressions.Subject(email=text) for text in emails if text),
    ]


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
