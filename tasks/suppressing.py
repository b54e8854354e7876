"""Lists of refusals: whom they name is not called, from now on and whatever list brings them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from campaign.errors import FileError, StateError, UnknownCodeError
from campaign.lists.columns import by_distinct, joined, nulls
from campaign.lists.fields import OURS
from campaign.lists.formats import Mapping
from campaign.lists.headers import plain_header
from campaign.lists.normalise import Decisions, decide, looks_american, normalise
from campaign.lists.reach import numbers_in
from campaign.lists.values import emails_in, read_refusal
from config.clock import now
from config.scratch import scratch
from gateways.donor_files import ListFile, read_parts
from gateways.file_bytes import lists_in
from gateways.report_files import sha256_of
from store import lists, suppressed_persons, suppressions
from store.session import unit_of_work
from tasks.lists import distinct_values, open_mapped
from tasks.policies import step


@step
def suppress_file(path: str, kind: str | None) -> dict[str, Any]:
    """Suppress whom a file names by phone, e-mail, home or birth, at once and for all lists.

    The kind is given, or stands in a column of kinds, or is an opt-out.
    """
    if kind is not None and kind not in suppressions.KINDS:
        raise UnknownCodeError("kind of suppression", kind, suppressions.KINDS)
    effects = [_suppress_list(each, kind) for each in lists_in(Path(path))]
    summed = ("rows_read", "spared", "unread", "people", "new", "donors", "withdrawn")
    rows = [row for effect in effects for row in effect["unread_rows"]]
    return {
        **{name: sum(effect[name] for effect in effects) for name in summed[:2]},
        "unread_rows": rows[:_SHOWN],
        **{name: sum(effect[name] for effect in effects) for name in summed[2:]},
    }


@step
def take_back_file(path: str, because: str) -> dict[str, Any]:
    """Take back what a file told that was given as a list of refusals by mistake.

    What others told of the same people stays, calls from a team or another file.
    """
    taken = []
    for each in lists_in(Path(path)):
        sha256 = sha256_of(each)
        with unit_of_work() as session:
            lists.lock_admission(session)
            taken.append(suppressions.take_back_file(session, sha256, because=because, now=now()))
    summed = {name: sum(getattr(one, name) for one in taken) for name in _TAKEN}
    if not summed["taken"] and not summed["people"]:
        raise StateError(f"{Path(path).name} suppresses nobody: no such file came in as refusals.")
    return summed


def _suppress_list(path: Path, kind: str | None) -> dict[str, Any]:
    with scratch() as folder:
        file, mapping = open_mapped(path, folder, None, None)
        named = _Named(_kinds_of(file), kind)
        decisions: Decisions | None = None
        for raw in read_parts(file, strict=False):
            decisions = decisions or _decided(raw, mapping)
            named.add(raw, normalise(raw, mapping, decisions, now().date()))
    if named.spared == named.rows:
        raise FileError(f"{file.name} says of each row that its person may be called.")
    if not any(subjects or people for _, subjects, people in named.subjects()):
        raise FileError(
            f"{file.name} holds no phone or e-mail, and nobody's home or day of birth: a name alone"
            " does not tell who is meant."
        )
    source, moment = f"file:{file.name}", now()
    with unit_of_work() as session:
        lists.lock_admission(session)  # whom a list is bringing in is not there to be found yet
        effects = []
        for each, subjects, people in named.subjects():
            meant = suppressed_persons.remember(
                session, each, people, source=source, sha256=file.sha256, now=moment
            )
            subjects += [suppressions.Subject(donor_id=donor) for donor in meant]
            effects.append(
                suppressions.suppress_many(
                    session, each, subjects, source=source, sha256=file.sha256, now=moment
                )
            )
    return {
        "rows_read": named.rows,
        "spared": named.spared,
        "people": len({person for _, _, people in named.subjects() for person in people}),
        "unread": len(named.unread),
        "unread_rows": named.unread[:_SHOWN],
        "new": sum(effect.new for effect in effects),
        "donors": sum(effect.donors for effect in effects),
        "withdrawn": sum(effect.withdrawn for effect in effects),
    }


def _decided(raw: pa.Table, mapping: Mapping) -> Decisions:
    american = looks_american(raw, mapping)
    return decide(mapping, distinct_values(raw, mapping), looks_american=american)


_REACH = ("phone_e164", "more_phones", "email", "more_emails")
_PERSON = tuple(field.name for field in fields(suppressed_persons.Person))
_SHOWN = 20
_TAKEN = ("taken", "people", "donors")
_SPARED = "spared"  # the row itself says that its person may be called
_HEADERS_OF_KINDS = frozenset(
    [
        *("kind", "type", "reason", "suppression type", "suppression reason", "status", "list"),
        *("result", "results", "scrub result", "scrub status", "dnc status", "litigator status"),
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
    """Return the kind of suppression that a cell names, or that it names none.

    >>> _kind_of("DNC"), _kind_of("Opt-Out"), _kind_of("Boston"), _kind_of("Clean")
    ('do_not_call', 'opt_out', None, 'spared')
    """
    kind = _KIND_OF.get(plain_header(text or ""))
    return kind or (_SPARED if read_refusal(text) is False else None)


def _kinds_of(file: ListFile) -> str | None:
    """Return the column that says why each row is suppressed, if there is one."""
    for place, header in enumerate(file.headers):
        cells = [row[place] for row in file.sample if place < len(row) and row[place].strip()]
        kinds = set(map(_kind_of, cells))
        known = sum(_kind_of(cell) is not None for cell in cells)
        named = plain_header(header) in _HEADERS_OF_KINDS and kinds - {None, _SPARED}
        if named and known * 2 > len(cells):
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


def _persons_in(part: pa.Table) -> pa.Array:
    """Return who is meant by name and home, or name and day of birth; null where it is open."""
    columns = {name: part[name].combine_chunks() for name in _PERSON}
    home = pc.and_(columns["street"].is_valid(), columns["postal_code"].is_valid())
    placed = pc.or_(home, columns["birth_date"].is_valid())
    named = pc.and_(columns["first_name"].is_valid(), columns["last_name"].is_valid())
    people = pa.StructArray.from_arrays(list(columns.values()), list(columns))
    return pc.if_else(pc.and_(named, placed), people, pa.scalar(None, people.type))


class _Named:
    """Whom a file names, by kind: each number, each e-mail and each person once."""

    def __init__(self, column: str | None, kind: str | None) -> None:
        self.rows, self.spared = 0, 0
        self.unread: list[int] = []
        self._column, self._kind = column, kind
        self._texts: dict[str, dict[str, None]] = {}
        self._people: dict[str, dict[suppressed_persons.Person, None]] = {}

    def add(self, raw: pa.Table, part: pa.Table) -> None:
        """Add a part of the file, as it came and as it was read."""
        told = joined([part[name].combine_chunks() for name in _REACH])
        reach = pc.coalesce(told, _anywhere(raw, told))
        kinds = self._kinds(raw, part)
        people = _persons_in(part)
        self.spared += pc.sum(pc.equal(kinds, _SPARED)).as_py() or 0
        for kind in set(pc.unique(kinds).to_pylist()) - {_SPARED}:
            mine = pc.equal(kinds, kind)
            texts = pc.unique(reach.filter(mine).drop_null()).to_pylist()
            words = (word for text in texts for word in text.split())
            self._texts.setdefault(kind, {}).update(dict.fromkeys(words))
            persons = people.filter(mine).drop_null().to_pylist()
            named = (suppressed_persons.Person(**person) for person in persons)
            self._people.setdefault(kind, {}).update(dict.fromkeys(named))
        self.rows += part.num_rows
        nobody = pc.and_(reach.is_null(), people.is_null())
        unread = pc.and_(nobody, pc.not_equal(kinds, _SPARED))
        self.unread += part["source_row"].filter(unread).to_pylist()

    def _kinds(self, raw: pa.Table, part: pa.Table) -> pa.Array:
        """Return why each row is suppressed, or that it says itself that its person is not."""
        refused = part["do_not_call"].combine_chunks()
        died = pc.if_else(part["deceased"].combine_chunks(), "deceased", None)
        named = nulls(part.num_rows)
        if self._column:
            named = by_distinct(raw[self._column].combine_chunks(), _kind_of, pa.string())
        is_spared = pc.equal(pc.coalesce(named, pc.if_else(refused, None, _SPARED)), _SPARED)
        is_spared = pc.and_(pc.fill_null(is_spared, False), died.is_null())
        is_spared = pc.and_(is_spared, pc.invert(pc.fill_null(refused, False)))
        kinds = pc.coalesce(pc.if_else(pc.equal(named, _SPARED), None, named), died)
        kind = self._kind or pc.fill_null(kinds, "opt_out")
        return pc.if_else(is_spared, _SPARED, kind)

    def subjects(
        self,
    ) -> Iterator[tuple[str, list[suppressions.Subject], list[suppressed_persons.Person]]]:
        """Yield each kind with its numbers and e-mails in order, and its people."""
        for kind, texts in sorted(self._texts.items()):
            numbers = sorted({text.split(":")[0] for text in texts if "@" not in text})
            emails = sorted(text for text in texts if "@" in text)
            yield (
                kind,
                [suppressions.Subject(phone_e164=number) for number in numbers]
                + [suppressions.Subject(email=email) for email in emails],
                list(self._people[kind]),
            )
