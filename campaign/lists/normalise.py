"""A part of a list: cells in, values out, with a reason for each row that is set aside.

Everything works on columns. Not here: whether the list as a whole is good enough (expectations).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pandas.util import hash_array

from campaign.lists.addresses import STATES, read_addresses, read_countries, read_states
from campaign.lists.amounts import decimal_sign, is_ledger
from campaign.lists.columns import either, nulls
from campaign.lists.dates import day_order, order_in_header
from campaign.lists.fields import EXTRA, NORMALISED, OURS, PROBLEM, REJECTED, ROW
from campaign.lists.formats import Mapping
from campaign.lists.gift import promises_of, read_gift, returns_apart
from campaign.lists.part import Columns, Part
from campaign.lists.person import read_names, read_person
from campaign.lists.reach import read_reach
from campaign.lists.reasons import reasons_of
from campaign.lists.remarks import remarked
from campaign.lists.together import taken_apart

__all__ = ["DECIDING", "Decisions", "decide", "fingerprints", "looks_american", "normalise"]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the whole column decides, so that no cell is read against its neighbours."""

    orders: dict[str, str | None]
    decimal: str
    assumed: bool = False
    returns_apart: bool = False  # what went back stands in rows of its own
    promises: tuple[str, ...] = ()  # kinds of rows that promise a gift only
    in_ledger: bool = False  # each amount is marked as credit or debit

    def to_json(self) -> str:
        """Return the decisions as a batch remembers them."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Decisions:
        """Return the decisions that a batch remembers."""
        told = json.loads(text)
        return cls(**{**told, "promises": tuple(told.get("promises", ()))})


LONGEST_CELL = 32_767  # what a spreadsheet can hold
DAYS = ("given_on", "birth_date")
DECIDING = (*DAYS, "amount", "payment_type")


def decide(mapping: Mapping, distinct: dict[str, list[str]], *, looks_american: bool) -> Decisions:
    """Return the order of days and the decimal sign, from all values of those columns.

    A column that shows no order takes that of its name ("dd/mm/yyyy"), else the file's; a file
    that shows none takes month first where its addresses are American, and is left to a person
    otherwise.
    """
    found = {field: day_order(distinct[field]) for field in DAYS if field in distinct}
    shown = next((order for order in found.values() if order in ("mdy", "dmy")), None)
    orders: dict[str, str | None] = {}
    assumed = False
    for field, order in found.items():
        named = map(order_in_header, mapping.headers_of(field)[:1])
        # A spreadsheet writes a system's "2026-01-05" anew: "ymd" says nothing of 1/5/2026.
        given = mapping.date_order if mapping.date_order != "ymd" or order == "ymd" else None
        chosen = given or order or next(named, None) or shown
        if chosen is None and looks_american:
            chosen, assumed = "mdy", True
        orders[field] = chosen
    amounts = distinct.get("amount", [])
    in_ledger = is_ledger(amounts)
    decimal = mapping.decimal or decimal_sign(amounts)
    return Decisions(
        orders,
        decimal,
        assumed,
        returns_apart(mapping, distinct, decimal) or in_ledger,
        promises_of(mapping, distinct),
        in_ledger,
    )


def looks_american(part: pa.Table, mapping: Mapping) -> bool:
    """Whether the rows of a list's first part are mostly in the United States."""
    if mapping.region != "US":
        return False
    told = {field: mapping.headers_of(field)[:1] for field in ("country", "state")}
    for header in told["country"]:
        here = read_countries(_one(part[header])).drop_null()
        if (pc.sum(pc.not_equal(here, "US")).as_py() or 0) * 2 > len(here):
            return False
    for header in told["state"]:
        states = read_states(_one(part[header])).drop_null()
        return (pc.sum(pc.is_in(states, pa.array(list(STATES)))).as_py() or 0) * 2 >= len(states)
    return True


def normalise(raw: pa.Table, mapping: Mapping, decisions: Decisions, today: date) -> pa.Table:
    """Return the normalised values of a part, row by row in the same order."""
    raw = raw.combine_chunks()
    cells: Columns = {
        name: _one(raw[name]) for name in raw.column_names if not name.startswith(OURS)
    }
    if REJECTED in cells:  # mended rows: what kept a spreadsheet from reckoning goes again
        cells = {name: _with_formulas(cell) for name, cell in cells.items()}
    problem = _one(raw[PROBLEM])
    read: Columns = {}
    for name, cell in cells.items():
        read[name], problem = _without_overlong(cell, problem)
    read, mapping = taken_apart(read, mapping)
    part = Part(read, mapping, raw.num_rows, decisions.promises)
    columns: Columns = {"source_row": _one(raw[ROW])}
    columns |= read_names(part)
    columns |= read_addresses(part)
    columns |= read_reach(part, columns["country"])
    columns |= read_person(part, decisions.orders.get("birth_date"), today)
    columns["do_not_call"] = either(columns["do_not_call"], columns["refused_beside"])
    columns |= read_gift(
        part,
        decisions.orders.get("given_on"),
        decisions.decimal,
        returns_apart=decisions.returns_apart,
        in_ledger=decisions.in_ledger,
    )
    problem = _unless_they_fit(problem, part, columns)
    columns["reason"] = reasons_of(problem, part, columns, today)
    columns["fingerprint"] = fingerprints(cells, raw.num_rows)
    whole = [columns.get(field.name, nulls(raw.num_rows, field.type)) for field in NORMALISED]
    table = pa.table(
        [pc.cast(c, f.type) for c, f in zip(whole, NORMALISED, strict=True)], NORMALISED
    )
    for header, cell in _kept(part, table).items():
        if not header.lower().startswith("pledgeline "):
            table = table.append_column(EXTRA + header, cell)
    return table


_TELLING = ("phone", "email", "postal_code", "amount", "given_on", "birth_date")


def _unless_they_fit(problem: pa.Array, part: Part, found: Columns) -> pa.Array:
    """Take back the problem of rows that lack their last cells, where the others fit.

    They stand under their own headers where each phone, e-mail, ZIP code, amount and day can be
    read, and somebody is reached.
    """
    if problem.null_count == len(problem):
        return problem
    fits = pc.or_(found["first_name"].is_valid(), found["last_name"].is_valid())
    told = pa.array(np.zeros(part.rows, np.bool_))
    for field in _TELLING:
        read = found[_TOLD_IN.get(field) or field].is_valid()
        for header in part.mapping.headers_of(field):
            fits = pc.and_(fits, pc.or_(read, part.said(header).is_null()))
        told = pc.or_(told, read) if field in ("phone", "email") else told
    states = pc.match_substring_regex(part.text("state"), r"\d")
    fits = pc.and_(pc.and_(fits, told), pc.invert(pc.fill_null(states, False)))
    return pc.if_else(fits, pa.scalar(None, problem.type), problem)


# Where a field is told, that a cell could be read; of the others all cells are kept.
_TOLD_IN = {
    "phone": "phone_e164",
    "area_code": "phone_e164",
    "calling_code": "phone_e164",
    "phone_exchange": "phone_e164",
    "phone_extension": "phone_extension",
    "email": "email",
    "city_state_zip": "city",
    "birth_date": "birth_date",
    "birth_year": "birth_year",
    "postal_code": "postal_code",
    "consent_call": "consent_call",
    "age": None,
    "contact": None,
    "payment_status": None,
    "payment_type": None,
    "refunded_amount": None,
    "amount": "amount_cents",
    "refunded": None,
}


def _kept(part: Part, found: pa.Table) -> Columns:
    """Return what no field has: columns that nobody knows, and cells that could not be read."""
    kept: Columns = {}
    for column in part.mapping.columns:
        cell = part.cells.get(column.header)
        if cell is None or not (column.field is None or column.field in _TOLD_IN):
            continue
        told = _TOLD_IN.get(column.field or "")
        if column.field == "phone" and (noted := remarked(cell)).null_count < part.rows:
            kept[column.header] = noted
        if told is None:
            kept[column.header] = cell
            continue
        if not found[told].null_count:
            continue
        lost = pc.and_(part.said(column.header).is_valid(), _one(found[told]).is_null())
        if pc.any(lost).as_py():
            unread = pc.if_else(lost, cell, pa.scalar(None, cell.type))
            kept[column.header] = pc.coalesce(unread, kept.get(column.header, unread))
    return kept


def _without_overlong(column: pa.Array, problem: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return a column to be read, and the problem of each row: what is far too long is not read."""
    lengths = pc.binary_length(column)
    if (pc.max(lengths).as_py() or 0) <= LONGEST_CELL:
        return column, problem
    long = pc.fill_null(pc.greater(lengths, LONGEST_CELL), False)
    told = f"a cell is longer than {LONGEST_CELL:,} characters"
    mine = pc.if_else(long, told, pa.scalar(None, pa.string()))
    return pc.if_else(long, pa.scalar(None, column.type), column), pc.coalesce(problem, mine)


def _with_formulas(column: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(column, r"^'([=+\-@\t\r])", r"\1")


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def fingerprints(cells: Columns, rows: int) -> pa.Array:
    """Return a number for each row that two different rows share as good as never.

    It is kept for good, so it may not change with a version of the library:

    >>> fingerprints({"Name": pa.array(["Ann", None])}, 2).to_pylist()
    [-7988315676303998815, 1760245841805064774]
    """
    given = {
        name: cell for name, cell in cells.items() if not name.lower().startswith("pledgeline ")
    }
    if not rows or not given:
        return pa.array(np.zeros(rows, np.int64))
    texts = [pc.fill_null(given[name], "").cast(pa.large_string()) for name in sorted(given)]
    text = pc.binary_join_element_wise(*texts, pa.scalar("\x1f", pa.large_string()))
    words = text.to_numpy(zero_copy_only=False)
    return pa.array(hash_array(words, categorize=False).view(np.int64))
