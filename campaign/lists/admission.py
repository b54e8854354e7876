"""From resolved rows to what the books of people gain: donors, contacts, gifts, and an account.

Pure: tables in, tables out. The first value that a person's rows give leads; others stay beside.
A list is drawn up part by part: only the rows of people who have several are held together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import flags
from campaign.lists.gift import gifts_of, numbers_of_gifts
from campaign.lists.identity.records import NUMBERS
from campaign.lists.identity.resolve import Resolution

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Fields of a donor that must come from one and the same row.
_TOGETHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("first_name", ("first_name",)),
    ("last_name", ("last_name",)),
    ("middle_name", ("middle_name",)),
    ("suffix", ("suffix",)),
    ("gender", ("gender",)),
    ("phone_e164", ("phone_e164", "line_type", "phone_timezone")),
    ("email", ("email",)),
    ("postal_code", ("street", "city", "state", "postal_code", "country", "county", "timezone")),
    ("birth_date", ("birth_date",)),
    ("birth_year", ("birth_year",)),
    ("language", ("language",)),
    ("employer", ("occupation", "employer")),
    ("consent_call", ("consent_call",)),
)
_OF_A_PERSON = [name for _, names in _TOGETHER for name in names]
_CONTACTS = ["more_phones", "more_emails", "external_id", "person_number"]
_OF_A_GIFT = [
    "fingerprint", "gift_id", "given_on", "amount_cents", "currency", "election_code",
    "is_recurring",
]  # fmt: skip
_FLAGS = ["do_not_call", "deceased"]
# What is read of a part: of the rows of people who have several, of gifts, and to draw it up.
CROWD = (*_OF_A_PERSON, *_CONTACTS)
DRAWN_UP = ("source_row", *CROWD, *_OF_A_GIFT, *_FLAGS)
# What is read again of a row when another list goes that told the same first.
RETOLD = DRAWN_UP[1:]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Which rows are set aside, which repeat a row that was taken in, and which are fresh."""

    quarantined: Flags
    fresh: Ints  # places of the fresh rows
    repeats: Ints  # by row: the place of the fresh row that it repeats; -1: none
    earlier: Ints  # by row: the donor of the row of an earlier batch; -1: none


def sort_rows(keys: pa.Table, earlier: pa.Table) -> Sorted:
    """Return what is new in a list, beside the rows that its source sent before."""
    quarantined = np.asarray(keys["reason"].is_valid())
    prints = np.asarray(keys["fingerprint"])
    before = np.full(len(prints), -1, np.int64)
    if earlier.num_rows:
        place = pc.index_in(keys["fingerprint"], earlier["fingerprint"].combine_chunks())
        known = pc.take(earlier["donor_id"], place)
        before = np.asarray(pc.fill_null(known, -1)).astype(np.int64)
    before[quarantined] = -1
    candidates = np.flatnonzero(~quarantined & (before < 0))
    number, _ = pd.factorize(prints[candidates])
    again = pd.Series(number).duplicated().to_numpy()
    repeats = np.full(len(prints), -1, np.int64)
    repeats[candidates[again]] = candidates[~again][number[again]]
    return Sorted(quarantined, candidates[~again], repeats, before)


def _rows(table: pa.Table, places: Ints) -> pa.Table:
    """Return some rows in their order; all of them are not copied."""
    return table if len(places) == table.num_rows else table.take(pa.array(places))


def _taken(column: pa.ChunkedArray, places: pa.Array) -> pa.Array:
    """Return a column's values at these places; of nothing, and of all, nothing is copied."""
    if column.null_count == len(column):
        return pa.nulls(len(places), column.type)
    return _flat(column if len(places) == len(column) else column.take(places))


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _between(ordered: Ints, low: int, high: int) -> slice:
    """Return where the values from low, and below high, stand."""
    start, end = np.searchsorted(ordered, (low, high))
    return slice(int(start), int(end))


@dataclass(frozen=True)
class Persons:
    """Who each of some rows is, counted by their first appearance."""

    of_row: Ints
    first: Ints  # row, by person
    donor: Ints  # by person
    is_new: Flags

    @classmethod
    def alone(cls, own: Ints) -> Persons:
        """Return new people, a row each; `own` is what each is numbered."""
        each = np.arange(len(own))
        return cls(each, each, own, np.ones(len(own), np.bool_))

    @classmethod
    def found(cls, found: Resolution, own: Ints) -> Persons:
        """Return the people who were found; a new one takes the number of its first row."""
        of_row, labels = pd.factorize(found.person)
        donor = np.full(len(labels), -1, np.int64)
        known = np.array(list(found.known.items()), np.int64).reshape(-1, 2)
        place = pd.Index(labels).get_indexer(pd.Index(known[:, 0]))
        donor[place[place >= 0]] = known[place >= 0, 1]
        is_new: Flags = donor < 0
        first = np.flatnonzero(~pd.Series(of_row).duplicated())
        donor[is_new] = own[first[is_new]]
        return cls(of_row, first, donor, is_new)

    @cached_property
    def donor_of_row(self) -> Ints:
        """Return the donor of each row."""
        return self.donor[self.of_row]

    @cached_property
    def crowd(self) -> Ints:
        """Return the rows of people who have several."""
        sizes = np.bincount(self.of_row, minlength=len(self.first))
        return np.flatnonzero(sizes[self.of_row] > 1)

    @cached_property
    def brings(self) -> Flags:
        """Say of each row whether it brings somebody new."""
        is_first: Flags = self.first[self.of_row] == np.arange(len(self.of_row))
        return is_first & self.is_new[self.of_row]


@dataclass(frozen=True, slots=True)
class People:
    """Who the fresh rows of a list are: most share nothing with anybody, the rest were compared."""

    lone: Ints  # which of the fresh rows
    alone: Persons
    near: Ints
    compared: Persons


@dataclass(frozen=True, slots=True)
class Account:
    """What became of each row and why; the counts add up to the rows read."""

    donor: Ints  # -1: none
    disposition: pa.Array
    reason: pa.Array
    counts: dict[str, int]


_REPEATS, _BEFORE = "repeats an earlier row", "was taken in before"
_ENDS = ("imported", "merged", "unchanged", "quarantined")


def account(reason: pa.ChunkedArray, rows: Sorted, people: People, rule: dict[int, str]) -> Account:
    """Return the account of a list, row by row; `rule` says why compared rows joined somebody."""
    lone, near = rows.fresh[people.lone], rows.fresh[people.near]
    again = rows.repeats >= 0
    kind = np.full(len(reason), 3, np.int8)
    kind[lone] = 0
    kind[near] = np.where(people.compared.brings, 0, 1)
    kind[again | (rows.earlier >= 0)] = 2
    told = reason.combine_chunks()
    for mask, text in ((again, _REPEATS), (rows.earlier >= 0, _BEFORE)):
        if mask.any():
            told = pc.if_else(pa.array(mask), text, told)
    joined = sorted(place for place in rule if not people.compared.brings[place])
    if joined:
        mask = np.zeros(len(reason), bool)
        mask[near[joined]] = True
        rules = pa.array([rule[place] for place in joined], pa.string())
        told = pc.replace_with_mask(told, pa.array(mask), rules)
    donor = rows.earlier.copy()
    donor[lone], donor[near] = people.alone.donor, people.compared.donor_of_row
    donor[again] = donor[rows.repeats[again]]
    tally = np.bincount(kind, minlength=4).tolist()
    ends = pa.array(_ENDS).take(pa.array(kind))
    return Account(donor, ends, told, dict(zip(_ENDS, tally, strict=True)))


class Drawing:
    """Draws up some rows of a list part by part, once it is known who each of them is."""

    def __init__(self, persons: Persons, crowd: pa.Table, tells_of_gift: Flags, space: str) -> None:
        self._persons, self._crowd = persons, crowd
        self._tells, self._space = tells_of_gift, space
        self._leads = {key: self._lead(key) for key, _ in _TOGETHER}
        self.flagged: dict[str, list[int]] = {name: [] for name in _FLAGS}

    def _lead(self, key: str) -> tuple[Ints, Ints]:
        """Return the people whom another row than their first tells of, and where in the crowd."""
        has = np.asarray(self._crowd[key].is_valid())
        if key == "first_name":  # "J." is less than "John"
            has = has & (np.asarray(pc.fill_null(pc.utf8_length(self._crowd[key]), 0)) > 1)
        if key == "postal_code":
            has = has | np.asarray(self._crowd["street"].is_valid())
        places = np.flatnonzero(has)
        rows = self._persons.crowd[places]
        people, at = np.unique(self._persons.of_row[rows], return_index=True)
        other = rows[at] != self._persons.first[people]
        return people[other], places[at[other]]

    def part(self, rows: pa.Table, first: int) -> dict[str, pa.Table]:
        """Return what some rows add, by table; `first` is the number of the first of them.

        Columns and tables that would say nothing are left out. `told` fills blanks of people who
        were known.
        """
        last = first + rows.num_rows
        donors = self._donors(rows, first)
        is_new = self._persons.is_new[_between(self._persons.first, first, last)]
        own = self._persons.donor_of_row[first:last]
        several = self._persons.crowd[_between(self._persons.crowd, first, last)] - first
        alone = np.delete(np.arange(rows.num_rows), several)
        for name, known in self.flagged.items():
            known += np.unique(own[flags(rows[name])]).tolist()
        told = {
            "donor": _begun(_rows(donors, np.flatnonzero(is_new))),
            "told": donors.drop_columns("first_row").filter(pa.array(~is_new)),
            "gift": _saying(_gifts(rows, own, self._tells[first:last])),
            **self._contacts_of_part(
                rows, alone, own, self._persons.is_new[self._persons.of_row[first:last]]
            ),
        }
        return {name: table for name, table in told.items() if table.num_rows}

    def _contacts_of_part(
        self, rows: pa.Table, alone: Ints, own: Ints, is_new: Flags
    ) -> dict[str, pa.Table]:
        """Return the contacts of people with one row: whoever was known may have others there."""
        new = _contacts(rows, alone[is_new[alone]], own, self._space, is_crowd=False)
        known = _contacts(rows, alone[~is_new[alone]], own, self._space, is_crowd=True)
        return {name: pa.concat_tables([new[name], known[name]]) for name in new}

    def crowd(self) -> dict[str, pa.Table]:
        """Return the contacts of the people who have several rows."""
        own = self._persons.donor_of_row[self._persons.crowd]
        places = np.arange(len(own))
        told = _contacts(self._crowd, places, own, self._space, is_crowd=True)
        return {name: table for name, table in told.items() if table.num_rows}

    def _donors(self, rows: pa.Table, first: int) -> pa.Table:
        """Return a row for each person who appears first in these rows."""
        mine = _between(self._persons.first, first, first + rows.num_rows)
        at = pa.array(self._persons.first[mine] - first)
        columns = {
            "id": pa.array(self._persons.donor[mine]),
            "first_row": _taken(rows["source_row"], at),
        }
        for key, names in _TOGETHER:
            people, places = self._leads[key]
            here = _between(people, mine.start, mine.stop)
            mask = np.zeros(len(at), bool)
            mask[people[here] - mine.start] = True
            for name in names:
                column = _taken(rows[name], at)
                if mask.any():
                    others = _taken(self._crowd[name], pa.array(places[here]))
                    column = pc.replace_with_mask(column, pa.array(mask), others)
                columns[name] = column
        columns["consent"] = _consent(columns.pop("consent_call"))
        return pa.table(columns)


def _gifts(rows: pa.Table, own: Ints, tells: Flags) -> pa.Table:
    """Return the gifts that the rows tell of; one that has no number is named by its row."""
    at = np.flatnonzero(tells)
    part = _rows(rows.select(_OF_A_GIFT), at).combine_chunks()
    by_row = pc.binary_join_element_wise("row", pc.cast(part["fingerprint"], pa.string()), ":")
    return pa.table(
        {
            "donor_id": pa.array(own[at]),
            "external_id": pc.coalesce(_flat(numbers_of_gifts(part)), by_row),
            "given_on": part["given_on"],
            "amount_cents": part["amount_cents"],
            "currency": _filled(part["currency"], "usd"),
            "election_code": part["election_code"],
            "is_recurring": _filled(part["is_recurring"], False),
        }
    )


def _contacts(
    rows: pa.Table, places: Ints, own: Ints, space: str, *, is_crowd: bool
) -> dict[str, pa.Table]:
    return {
        "donor_phone": _more_phones(rows, places, own, is_crowd=is_crowd),
        "donor_email": _more_emails(rows, places, own, is_crowd=is_crowd),
        "donor_address": _more_addresses(rows, places if is_crowd else places[:0], own),
        "donor_external_id": _external_ids(rows, places, own, space),
    }


def told_again(rows: pa.Table, own: Ints, space: str) -> dict[str, pa.Table]:
    """Return the gifts and contacts that rows of a list tell of people who are known."""
    told = {
        "gift": _saying(_gifts(rows, own, gifts_of(rows))),
        **_contacts(rows, np.arange(len(own)), own, space, is_crowd=True),
    }
    return {name: table for name, table in told.items() if table.num_rows}


def _saying(table: pa.Table) -> pa.Table:
    """Return a table without the columns that are null in every row: they say nothing."""
    rows = table.num_rows
    return table.select([name for name in table.column_names if table[name].null_count < rows])


def _begun(donors: pa.Table) -> pa.Table:
    """Return new people as they begin: where nothing is said, as the table has it."""
    filled = {"language": "en", "consent": "{}"}
    for name, value in filled.items():
        place = donors.column_names.index(name)
        donors = donors.set_column(place, name, _filled(donors[name], value))
    return _saying(donors)


def _filled(column: pa.ChunkedArray, value: object) -> pa.ChunkedArray:
    """Fill the blanks of a column that says something."""
    return column if column.null_count == len(column) else pc.fill_null(column, value)


def _consent(said: pa.Array) -> pa.Array:
    """Return what each person said about calls, as JSON."""
    return pc.if_else(said, '{"call": true}', '{"call": false}')


def _having(rows: pa.Table, column: str, places: Ints) -> Ints:
    given: Flags = np.asarray(rows[column].is_valid())
    return places[given[places]]


def _more_phones(rows: pa.Table, places: Ints, own: Ints, *, is_crowd: bool) -> pa.Table:
    """Return the numbers beside each person's first one; of a crowd, any row may tell of one."""
    at = places if is_crowd else _having(rows, "more_phones", places)
    part = rows.select(["phone_e164", "line_type", "more_phones"]).take(pa.array(at))
    texts, donors = _split(part["more_phones"], own[at])
    pieces = pc.extract_regex(texts, r"^(?P<number>[^:]*):?(?P<kind>.*)$")
    kinds = pc.struct_field(pieces, "kind")
    every = {
        "donor_id": [pa.array(own[at]), donors],
        "phone_e164": [_flat(part["phone_e164"]), pc.struct_field(pieces, "number")],
        "line_type": [
            _flat(part["line_type"]),
            pc.if_else(pc.equal(kinds, ""), pa.scalar(None, pa.string()), kinds),
        ],
    }
    return _first_of(every, "phone_e164")


def _more_emails(rows: pa.Table, places: Ints, own: Ints, *, is_crowd: bool) -> pa.Table:
    at = places if is_crowd else _having(rows, "more_emails", places)
    part = rows.select(["email", "more_emails"]).take(pa.array(at))
    texts, donors = _split(part["more_emails"], own[at])
    every = {"donor_id": [pa.array(own[at]), donors], "email": [_flat(part["email"]), texts]}
    return _first_of(every, "email")


def _more_addresses(rows: pa.Table, places: Ints, own: Ints) -> pa.Table:
    names = ["street", "city", "state", "postal_code", "country"]
    part = rows.select(names).take(pa.array(places)).combine_chunks()
    text = pc.binary_join_element_wise(
        part["street"], pc.fill_null(part["postal_code"], ""), pa.scalar("|")
    )
    key = pc.replace_substring_regex(pc.utf8_lower(text), "[^a-z0-9|]+", " ")
    columns = {"donor_id": pa.array(own[places]), "key": key}
    every = columns | {name: part[name] for name in names}
    return _first_of({name: [_flat(column)] for name, column in every.items()}, "key")


def _split(cells: pa.ChunkedArray, own: Ints) -> tuple[pa.Array, pa.Array]:
    """Return each word of some cells, and whose it is."""
    words = pc.split_pattern(_flat(cells), " ")
    return pc.list_flatten(words), pa.array(own).take(pc.list_parent_indices(words))


def _first_of(pieces: dict[str, list[pa.Array]], key: str) -> pa.Table:
    """Return the first row of each person and key; a row without a key says nothing."""
    table = pa.table({name: pa.concat_arrays(piece) for name, piece in pieces.items()})
    table = table.filter(table[key].is_valid())
    numbered = table.select(["donor_id", key]).append_column("row", pa.array(np.arange(len(table))))
    first = numbered.group_by(["donor_id", key]).aggregate([("row", "min")])["row_min"]
    return table.take(first.combine_chunks().sort())


def _external_ids(rows: pa.Table, places: Ints, own: Ints, space: str) -> pa.Table:
    """Return what the list's system calls each person, and the digests of personal numbers."""
    spaces = (("external_id", space), ("person_number", NUMBERS))
    return pa.concat_tables([_ids(rows, places, own, name, where) for name, where in spaces])


def _ids(rows: pa.Table, places: Ints, own: Ints, name: str, space: str) -> pa.Table:
    has = _having(rows, name, places)
    ids = _flat(rows[name].take(pa.array(has)))
    table = pa.table({"external_id": ids, "donor_id": pa.array(own[has])})
    once = table.group_by(["external_id", "donor_id"]).aggregate([]) if len(has) else table
    return once.append_column("space", pa.repeat(pa.scalar(space), once.num_rows))
