"""From resolved rows to what the books of people gain: donors, contacts, gifts, and an account.

Pure: tables in, tables out. The first value that a person's rows give leads; others stay beside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import flags, joined
from campaign.lists.identity.records import NUMBERS, PERSON
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
)
# The columns that identity looks at: a part may be read without the others.
LOOKED_AT = (
    "external_id", "person_number", "first_name", "middle_name", "last_name", "suffix", "gender",
    "birth_date", "birth_year", "phone_e164", "more_phones", "email", "more_emails", "street",
    "city", "state", "postal_code", "employer", "occupation",
)  # fmt: skip
_OF_A_GIFT = (
    "fingerprint", "gift_id", "given_on", "amount_cents", "currency", "election_code",
    "is_recurring",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sorted:
    """Which rows are set aside, which repeat a row that was taken in, and which are fresh."""

    quarantined: Flags
    fresh: Ints  # places of the fresh rows
    repeats: Ints  # by row: the place of the fresh row that it repeats; -1: none
    earlier: Ints  # by row: the donor of the row of an earlier batch; -1: none


def sort_rows(normal: pa.Table, earlier: pa.Table) -> Sorted:
    """Return what is new in a list, beside the rows that its source sent before."""
    quarantined = np.asarray(normal["reason"].is_valid())
    prints = np.asarray(normal["fingerprint"])
    before = np.full(len(prints), -1, np.int64)
    if earlier.num_rows:
        place = pc.index_in(normal["fingerprint"], earlier["fingerprint"].combine_chunks())
        known = pc.take(earlier["donor_id"], place)
        before = np.asarray(pc.fill_null(known, -1)).astype(np.int64)
    before[quarantined] = -1
    candidates = np.flatnonzero(~quarantined & (before < 0))
    _, first, inverse = np.unique(prints[candidates], return_index=True, return_inverse=True)
    leads = candidates[first][inverse]
    repeats = np.full(len(prints), -1, np.int64)
    again = leads != candidates
    repeats[candidates[again]] = leads[again]
    return Sorted(quarantined, candidates[~again], repeats, before)


def people_of(normal: pa.Table, fresh: Ints, space: str) -> pa.Table:
    """Return the fresh rows as identity compares them."""
    rows = _rows(normal.select(list(LOOKED_AT)), fresh)
    count = len(fresh)
    columns = {name: rows[name] for name in PERSON.names if name in rows.column_names}
    numbers = pc.replace_substring_regex(rows["more_phones"], r":\w+", "")
    columns |= {
        "row": pa.array(np.arange(count)),
        "donor_id": pa.nulls(count, pa.int64()),
        "space": pa.repeat(pa.scalar(space), count),
        "number": _flat(rows["person_number"]),
        "phones": joined([_flat(rows["phone_e164"]), _flat(numbers)]),
        "emails": joined([_flat(rows["email"]), _flat(rows["more_emails"])]),
    }
    return pa.table([columns[name] for name in PERSON.names], PERSON)


def _rows(table: pa.Table, places: Ints) -> pa.Table:
    """Return some rows; all of them are not copied."""
    return table if len(places) == table.num_rows else table.take(pa.array(places))


def _taken(column: pa.ChunkedArray, places: pa.Array) -> pa.Array:
    """Return a column's values at these places; of nothing, nothing is copied."""
    if column.null_count == len(column):
        return pa.nulls(len(places), column.type)
    return column.take(places).combine_chunks()


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()


@dataclass(frozen=True, slots=True)
class Admission:
    """What one list adds, as tables named and typed as the database has them."""

    donors: pa.Table  # new people
    updates: pa.Table  # values for people who were known: they fill blanks
    phones: pa.Table
    emails: pa.Table
    addresses: pa.Table
    external_ids: pa.Table
    gifts: pa.Table
    flagged: dict[str, list[int]]  # donors whom the list marks: do_not_call, deceased
    donor_of_label: dict[int, int]  # of the persons that a human should look at
    donor_of_row: Ints  # -1: none
    donor_of_fresh: Ints  # by fresh row
    disposition: pa.Array
    reason: pa.Array
    counts: dict[str, int]


def draw_up(
    normal: pa.Table, rows: Sorted, found: Resolution, *, first_donor_id: int, space: str
) -> Admission:
    """Return what a list adds to the books of people."""
    numbered = _number(found, first_donor_id)
    person, first, donor = numbered.person, numbered.first, numbered.donor
    fresh = _rows(normal, rows.fresh)
    leads = _Leads(person, first)
    values = leads.values(fresh)
    consent = leads.consent(fresh)
    is_new = numbered.is_new
    whole = pa.table({"id": pa.array(donor), **values, "consent": consent})
    new = _rows(whole, np.flatnonzero(is_new))
    donor_of_row = _donor_of_row(normal.num_rows, rows, donor[person])
    disposition, reason, counts = _account(normal, rows, found, is_new[person], first[person])
    own = donor[person]
    return Admission(
        donors=new,
        updates=whole.filter(pa.array(~is_new)),
        phones=_more_phones(fresh, own, leads),
        emails=_more_emails(fresh, own, leads),
        addresses=_more_addresses(fresh, own, leads),
        external_ids=_external_ids(fresh, own, space),
        gifts=_gifts(fresh, own),
        flagged={
            name: np.unique(own[flags(fresh[name])]).tolist()
            for name in ("do_not_call", "deceased")
        },
        donor_of_label=numbered.donor_of_label,
        donor_of_row=donor_of_row,
        donor_of_fresh=own,
        disposition=disposition,
        reason=reason,
        counts=counts,
    )


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Persons counted by their first appearance."""

    person: Ints  # by fresh row
    first: Ints  # by person: its first row
    donor: Ints  # by person
    is_new: Flags  # by person
    donor_of_label: dict[int, int]  # of the persons that a human should look at


def _number(found: Resolution, first_id: int) -> _Numbered:
    labels, first, inverse = np.unique(found.person, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    donor = np.full(len(order), -1, np.int64)
    if found.known:
        known = pd.Series(found.known, dtype=np.int64)
        place = np.searchsorted(labels, known.index.to_numpy(np.int64))
        place = np.minimum(place, max(len(labels) - 1, 0))
        here = labels[place] == known.index.to_numpy(np.int64) if len(labels) else place < 0
        donor[rank[place[here]]] = known.to_numpy()[here]
    is_new = donor < 0
    donor[is_new] = first_id + np.arange(is_new.sum())
    asked = np.unique(found.doubtful[["person_a", "person_b"]].to_numpy(np.int64))
    own = asked[np.isin(asked, labels)]
    places = rank[np.searchsorted(labels, own)]
    named = dict(zip(own.tolist(), donor[places].tolist(), strict=True))
    return _Numbered(rank[inverse], first[order], donor, is_new, {**found.known, **named})


class _Leads:
    """For each person the row that leads: the first one that has the value."""

    def __init__(self, person: Ints, first: Ints) -> None:
        self.person = person
        self.first = first
        sizes = np.bincount(person, minlength=len(first))
        self.several = np.flatnonzero(sizes[person] > 1)

    def row_of(self, has: Flags) -> Ints:
        """Return by person the first of its rows that has something, else its first row."""
        leads = self.first.copy()
        rows = self.several[has[self.several]]
        people, at = np.unique(self.person[rows], return_index=True)
        leads[people] = rows[at]
        return leads

    def values(self, fresh: pa.Table) -> dict[str, pa.Array]:
        """Return the columns of a donor, by person."""
        found: dict[str, pa.Array] = {}
        for key, names in _TOGETHER:
            has = np.asarray(fresh[key].is_valid())
            if key == "first_name":  # "J." is less than "John"
                has &= np.asarray(pc.fill_null(pc.utf8_length(fresh[key]), 0)) > 1
            if key == "postal_code":
                has |= np.asarray(fresh["street"].is_valid())
            at = pa.array(self.row_of(has))
            found |= {name: _taken(fresh[name], at) for name in names}
        return found

    def consent(self, fresh: pa.Table) -> pa.Array:
        """Return what the person said about calls, as JSON."""
        said = fresh["consent_call"]
        if said.null_count == len(said):
            return pa.repeat(pa.scalar("{}"), len(self.first))
        at = pa.array(self.row_of(np.asarray(said.is_valid())))
        text = pc.if_else(said.take(at), '{"call": true}', '{"call": false}')
        return pc.fill_null(text, "{}").combine_chunks()


def _donor_of_row(count: int, rows: Sorted, own: Ints) -> Ints:
    donor = rows.earlier.copy()
    donor[rows.fresh] = own
    again = rows.repeats >= 0
    donor[again] = donor[rows.repeats[again]]
    assert len(donor) == count
    return donor


_REPEATS, _BEFORE = "repeats an earlier row", "was taken in before"


def _account(
    normal: pa.Table, rows: Sorted, found: Resolution, is_new: Flags, first: Ints
) -> tuple[pa.Array, pa.Array, dict[str, int]]:
    """Return what became of each row and why; the counts add up to the rows read."""
    count = normal.num_rows
    kind = np.full(count, 3, np.int8)
    imported = is_new & (first == np.arange(len(first)))
    kind[rows.fresh] = np.where(imported, 0, 1)
    kind[(rows.repeats >= 0) | (rows.earlier >= 0)] = 2
    names = pa.array(["imported", "merged", "unchanged", "quarantined"])
    reason = normal["reason"].combine_chunks()
    for mask, text in ((rows.repeats >= 0, _REPEATS), (rows.earlier >= 0, _BEFORE)):
        if mask.any():
            reason = pc.if_else(pa.array(mask), text, reason)
    joined = sorted(place for place in found.rule if not imported[place])
    if joined:
        mask = np.zeros(count, bool)
        mask[rows.fresh[joined]] = True
        told = pa.array([found.rule[place] for place in joined], pa.string())
        reason = pc.replace_with_mask(reason, pa.array(mask), told)
    tally = np.bincount(kind, minlength=4).tolist()
    return names.take(pa.array(kind)), reason, dict(zip(names.to_pylist(), tally, strict=True))


def _more_phones(fresh: pa.Table, own: Ints, leads: _Leads) -> pa.Table:
    """Return the numbers beside each person's first one."""
    has_more = np.asarray(fresh["more_phones"].is_valid())
    rows = np.union1d(leads.several, np.flatnonzero(has_more))
    part = fresh.select(["phone_e164", "line_type", "more_phones"]).take(pa.array(rows)).to_pandas()
    part["donor_id"] = own[rows]
    lead = part[["donor_id", "phone_e164", "line_type"]].dropna(subset="phone_e164")
    more = part[["donor_id"]].assign(text=part.more_phones.str.split(" ")).explode("text").dropna()
    pieces = more.text.astype(str).str.split(":", n=1, expand=True).reindex(columns=[0, 1])
    more = more.assign(phone_e164=pieces[0], line_type=pieces[1])[list(lead.columns)]
    every = pd.concat([lead, more]).drop_duplicates(["donor_id", "phone_e164"])
    return _typed(
        every, {"donor_id": pa.int64(), "phone_e164": pa.string(), "line_type": pa.string()}
    )


def _more_emails(fresh: pa.Table, own: Ints, leads: _Leads) -> pa.Table:
    has_more = np.asarray(fresh["more_emails"].is_valid())
    rows = np.union1d(leads.several, np.flatnonzero(has_more))
    part = fresh.select(["email", "more_emails"]).take(pa.array(rows)).to_pandas()
    part["donor_id"] = own[rows]
    more = part[["donor_id"]].assign(email=part.more_emails.str.split(" ")).explode("email")
    every = pd.concat([part[["donor_id", "email"]], more]).dropna().drop_duplicates()
    return _typed(every, {"donor_id": pa.int64(), "email": pa.string()})


def _more_addresses(fresh: pa.Table, own: Ints, leads: _Leads) -> pa.Table:
    names = ["street", "city", "state", "postal_code", "country"]
    part = fresh.select(names).take(pa.array(leads.several)).to_pandas()
    part["donor_id"] = own[leads.several]
    part = part.dropna(subset="street")
    text = part.street.str.cat(part.postal_code.fillna(""), sep="|").str.lower()
    every = part.assign(key=text.str.replace(r"[^a-z0-9|]+", " ", regex=True))
    every = every.drop_duplicates(["donor_id", "key"])
    kinds = {"donor_id": pa.int64(), "key": pa.string(), **dict.fromkeys(names, pa.string())}
    return _typed(every, kinds)


def _external_ids(fresh: pa.Table, own: Ints, space: str) -> pa.Table:
    """Return what the list's system calls each person, and the digests of personal numbers."""
    spaces = (("external_id", space), ("person_number", NUMBERS))
    return pa.concat_tables([_ids(fresh, own, name, where) for name, where in spaces])


def _ids(fresh: pa.Table, own: Ints, name: str, space: str) -> pa.Table:
    has = np.flatnonzero(np.asarray(fresh[name].is_valid()))
    ids = fresh[name].take(pa.array(has)).combine_chunks()
    table = pa.table({"external_id": ids, "donor_id": pa.array(own[has])})
    once = table.group_by(["external_id", "donor_id"]).aggregate([]) if len(has) else table
    return once.append_column("space", pa.repeat(pa.scalar(space), once.num_rows))


def _gifts(fresh: pa.Table, own: Ints) -> pa.Table:
    """Return the gifts that the rows tell of; one that has no number is named by its row."""
    amounts = fresh["amount_cents"]
    good = pc.and_(pc.fill_null(pc.not_equal(amounts, 0), False), fresh["given_on"].is_valid())
    at = pa.array(np.flatnonzero(np.asarray(good)))
    part = _rows(fresh.select(list(_OF_A_GIFT)), np.asarray(at)).combine_chunks()
    by_row = pc.binary_join_element_wise("row", pc.cast(part["fingerprint"], pa.string()), ":")
    names = pc.coalesce(part["gift_id"], by_row)
    table = pa.table(
        {
            "donor_id": pa.array(own[np.asarray(at)]),
            "external_id": names,
            "given_on": part["given_on"],
            "amount_cents": part["amount_cents"],
            "currency": pc.fill_null(part["currency"], "usd"),
            "election_code": part["election_code"],
            "is_recurring": pc.fill_null(part["is_recurring"], False),
        }
    )
    repeated = pd.Series(names.to_pandas()).duplicated().to_numpy()
    return table.filter(pa.array(~repeated)) if repeated.any() else table


def _typed(frame: pd.DataFrame, kinds: dict[str, pa.DataType]) -> pa.Table:
    return pa.Table.from_pandas(frame[list(kinds)], pa.schema(kinds.items()), preserve_index=False)
