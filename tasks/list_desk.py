"""Lists on the desk: look at one without changing anything, suppress, take one back."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from campaign.errors import FileError, InputError, StateError, UnknownCodeError
from campaign.lists.columns import by_distinct, joined, without_nothings
from campaign.lists.fields import OURS
from campaign.lists.formats import PLAIN, Column, Mapping, known_formats
from campaign.lists.headers import plain_header
from campaign.lists.mapping_files import to_toml
from campaign.lists.normalise import Decisions, decide, looks_american, normalise
from campaign.lists.payments import read_payment
from campaign.lists.provenance import refusal
from campaign.lists.reach import numbers_in
from campaign.lists.values import emails_in
from config.clock import now
from gateways.donor_files import ListFile, open_list, read_parts
from gateways.file_bytes import lists_in
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
            "notes": _notes(mapping, decisions),
            "mapping_toml": to_toml(mapping),
        }


def _notes(mapping: Mapping, decisions: Decisions) -> list[str]:
    """Return what was assumed, and what a list lacks, in sentences."""
    told = {column.field for column in mapping.columns}
    notes = []
    if mapping.kind == "voter_file":
        notes.append("A register of voters: it never goes offshore.")
    if "amount" in told and "given_on" not in told:
        notes.append("No column tells the day of a gift: amounts are kept, and count as no gift.")
    if decisions.returns_apart:
        notes.append("What went back stands in rows of its own, and counts as minus.")
    if decisions.assumed:
        notes.append(
            "Days do not show their order: the month is taken to come first (date_order in a"
            " mapping file says otherwise)."
        )
    if not told & {"phone"}:
        notes.append("No column holds phones: nobody can be called from this list alone.")
    return notes


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
def suppress_file(path: str, kind: str | None) -> dict[str, Any]:
    """Suppress everybody whom a file names by phone or e-mail, at once and for all lists.

    The kind is given, or stands in a column of kinds, or is an opt-out.
    """
    if kind is not None and kind not in suppressions.KINDS:
        raise UnknownCodeError("kind of suppression", kind, suppressions.KINDS)
    effects = [_suppress_list(each, kind) for each in lists_in(Path(path))]
    summed = ("rows_read", "unread", "new", "donors", "withdrawn")
    rows = [row for effect in effects for row in effect["unread_rows"]]
    return {
        **{name: sum(effect[name] for effect in effects) for name in summed[:2]},
        "unread_rows": rows[:_SHOWN],
        **{name: sum(effect[name] for effect in effects) for name in summed[2:]},
    }


def _suppress_list(path: Path, kind: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="pledgeline-") as folder:
        file = open_list(path, Path(folder), None)
        mapping = _mapped(file)
        named = _Named(_kinds_of(file), kind)
        for raw in read_parts(file, strict=False):
            named.add(raw, normalise(raw, mapping, Decisions({}, "."), now().date()))
    if not any(subjects for _, subjects in named.subjects()):
        raise FileError(
            f"{file.name} holds no phone or e-mail: a name alone does not tell who is meant."
        )
    with unit_of_work() as session:
        effects = [
            suppressions.suppress_many(
                session, each, subjects, source=f"file:{file.name}", now=now()
            )
            for each, subjects in named.subjects()
        ]
    return {
        "rows_read": named.rows,
        "unread": len(named.unread),
        "unread_rows": named.unread[:_SHOWN],
        "new": sum(effect.new for effect in effects),
        "donors": sum(effect.donors for effect in effects),
        "withdrawn": sum(effect.withdrawn for effect in effects),
    }


def _mapped(file: ListFile) -> Mapping:
    """Return what the columns of a list of refusals hold, be it nothing that is known."""
    try:
        return map_columns(file, None, None)
    except InputError:
        columns = tuple(Column(header, None, 0.0, "unknown") for header in file.headers)
        return Mapping(PLAIN, "own_donors", None, columns)


_REACH = ("phone_e164", "more_phones", "email", "more_emails")
_SHOWN = 20
_HEADERS_OF_KINDS = frozenset(
    [
        *("kind", "type", "reason", "suppression type", "suppression reason", "status", "list"),
        *("code", "why", "because", "grund", "motivo", "notes", "note", "comment", "comments"),
    ]
)
_KIND_OF = {
    **dict.fromkeys(("opt out", "optout", "opted out", "unsubscribe", "unsubscribed"), "opt_out"),
    **dict.fromkeys(("stop", "removed", "remove", "refused", "withdrawn"), "opt_out"),
    **dict.fromkeys(
        ("do not call", "donotcall", "dnc", "do not contact", "no calls"), "do_not_call"
    ),
    **dict.fromkeys(("deceased", "dead", "died"), "deceased"),
    **dict.fromkeys(("litigator", "litigious", "tcpa litigator", "tcpa"), "litigator"),
}


def _kind_of(text: str | None) -> str | None:
    """Return the kind of suppression that a cell names.

    >>> _kind_of("DNC"), _kind_of("Opt-Out"), _kind_of("Boston")
    ('do_not_call', 'opt_out', None)
    """
    return _KIND_OF.get(plain_header(text or ""))


def _kinds_of(file: ListFile) -> str | None:
    """Return the column that says why each row is suppressed, if there is one."""
    for place, header in enumerate(file.headers):
        cells = [row[place] for row in file.sample if place < len(row) and row[place].strip()]
        named = plain_header(header) in _HEADERS_OF_KINDS
        if named and sum(_kind_of(cell) is not None for cell in cells) * 2 > len(cells):
            return header
    return None


def _anywhere(raw: pa.Table, told: pa.Array) -> pa.Array:
    """Return the numbers and e-mails of the rows where no column of them tells any.

    Whoever is named in a list of refusals, in whatever words, is not called.
    """
    names = [name for name in raw.column_names if not name.startswith(OURS)]
    cells = [pc.fill_null(raw[name].combine_chunks(), "") for name in names]
    nothing = pa.scalar(None, pa.string())
    rows = pc.if_else(told.is_null(), pc.binary_join_element_wise(*cells, " ; "), nothing)
    return by_distinct(rows, _reach_in, pa.string())


def _reach_in(text: str | None) -> str | None:
    numbers = (numbers_in(text, "US") or "").split(";")
    return " ".join(filter(None, (*numbers, *emails_in(text)))) or None


class _Named:
    """Whom a file names, by kind: each number and each e-mail once."""

    def __init__(self, column: str | None, kind: str | None) -> None:
        self.rows = 0
        self.unread: list[int] = []
        self._column, self._kind = column, kind
        self._texts: dict[str, dict[str, None]] = {}

    def add(self, raw: pa.Table, part: pa.Table) -> None:
        """Add a part of the file, as it came and as it was read."""
        told = joined([part[name].combine_chunks() for name in _REACH])
        reach = pc.coalesce(told, _anywhere(raw, told))
        kinds = self._kinds(raw, part)
        for kind in pc.unique(kinds).to_pylist():
            texts = pc.unique(reach.filter(pc.equal(kinds, kind)).drop_null()).to_pylist()
            words = (word for text in texts for word in text.split())
            self._texts.setdefault(kind, {}).update(dict.fromkeys(words))
        self.rows += part.num_rows
        self.unread += part["source_row"].filter(reach.is_null()).to_pylist()

    def _kinds(self, raw: pa.Table, part: pa.Table) -> pa.Array:
        if self._kind:
            return pa.array([self._kind] * part.num_rows)
        died = pc.if_else(part["deceased"].combine_chunks(), "deceased", None)
        if self._column:
            told = by_distinct(raw[self._column].combine_chunks(), _kind_of, pa.string())
            died = pc.coalesce(told, died)
        return pc.fill_null(died, "opt_out")

    def subjects(self) -> Iterator[tuple[str, list[suppressions.Subject]]]:
        """Yield each kind with its numbers and e-mails, in an order of their own."""
        for kind, texts in sorted(self._texts.items()):
            numbers = sorted({text.split(":")[0] for text in texts if "@" not in text})
            emails = sorted(text for text in texts if "@" in text)
            yield (
                kind,
                [suppressions.Subject(phone_e164=number) for number in numbers]
                + [suppressions.Subject(email=email) for email in emails],
            )


@step
def lists_to_import(path: str, code: str | None, mapping_path: str | None) -> list[str]:
    """Return the lists of a file: itself, or each of an archive, once all of them can be read."""
    found = lists_in(Path(path))
    for each in found if len(found) > 1 else ():
        with tempfile.TemporaryDirectory(prefix="pledgeline-") as folder:
            map_columns(open_list(each, Path(folder), code), code, mapping_path)
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
