"""Who shares anything with another: only they are compared, the rest are somebody alone.

Of a long list that is one row in ten, so this is all that identity costs for the others: each
thing that two records of one person or of one household could share is hashed, a column each.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.engine import engine

Ints = npt.NDArray[np.int64]
Kind = tuple[Ints, npt.NDArray[np.uint64]]  # the rows that have a mark, and their marks

# Names alone are not in it. A street, by its number and first word, counts with its state or with
# both names: half of a long list shares it and three letters with somebody far away.
_MARKS = """
with plain as (
    select *, birth_date as bd, birth_year as byr,
        left(postal_code, 5) as zip, lower(street) as street,
        lower(strip_accents(first_name)) as f, lower(strip_accents(last_name)) as l,
        coalesce(nullif(regexp_extract(street, '\\d+'), ''), lower(left(street, 8))) as house
    from people
), cut as (
    select *, case when not (street >= '0' and street < ':') then left(street, 12)
            when regexp_matches(street,
                '^\\S+ (?:[nsew]|[ns][ew]|north|south|east|west)\\b')
            then array_to_string(string_split(street, ' ')[:3], ' ')
            else split_part(street, ' ', 1) || ' ' || split_part(street, ' ', 2) end as road,
        left(f, 3) as f3, left(l, 3) as l3,
        coalesce(state, '') as there from plain
)
select
    case when phones is not null and not contains(phones, ' ') then hash(phones) end,
    case when emails is not null and not contains(emails, ' ') then hash(emails) end,
    case when number is not null and not contains(number, ' ') then hash(number) end,
    case when external_id is not null then hash(space, external_id) end,
    case when zip is not null and house is not null and l is not null
        then hash(zip, house, left(l, 2)) end,
    case when zip is not null and house is not null and f is not null
        then hash(zip, house, left(f, 2)) end,
    case when road is not null and l is not null then hash(road, l3, there) end as road_last,
    case when road is not null and f is not null then hash(road, f3, there) end as road_first,
    case when road is not null and l is not null and f is not null then hash(road, f3, l3) end,
    case when zip is not null and l is not null and f is not null then hash(zip, l, f) end,
    case when bd is not null and l is not null then hash(bd, l3, left(f, 1)) end as born_last,
    case when bd is not null and f is not null then hash(bd, f3, left(l, 1)) end as born_first,
    case when bd is not null and zip is not null then hash(bd, zip) end,
    case when byr is not null and l is not null and f is not null then hash(byr, l, f) end,
    case when zip is not null and emails is not null then hash(zip, right(emails, 14), left(l, 1))
        end,
    case when zip is not null and emails is not null then hash(zip, left(emails, 7), left(l, 1))
        end,
    case when zip is not null and phones is not null then hash(zip, right(phones, 4), left(l, 1))
        end
from cut
"""
# A cell of several phones, addresses or digests has a mark for each.
_LISTS = ("phones", "emails", "number")
# A first name may stand in the last one's place: these are of one kind.
_TURNED = (("road_last", "road_first"), ("born_last", "born_first"))
_SEVERAL = """
select n, hash(value) as mark from (
    select n, unnest(string_split({column}, ' ')) as value from several)
"""


def sharers(count: int, kinds: Iterable[Kind]) -> Ints:
    """Return the places, of so many, that share a mark of any kind with another."""
    near = np.zeros(count, np.bool_)
    for rows, values in kinds:
        near[rows[_repeated(values)]] = True
    return np.flatnonzero(near)


def marks(people: pa.Table) -> list[Kind]:
    """Return for each kind of thing to share the rows that have one, and its marks.

    A part of a list may be marked on its own: the same words have the same mark in any part.
    """
    with engine() as connection:
        connection.register("people", people)
        table = connection.sql(_MARKS).to_arrow_table()
        found = [_given(column) for column in table.columns]
        for place, column in enumerate(_LISTS):
            rows, values = found[place]
            more, others = _several(connection, people, column)
            found[place] = np.concatenate([rows, more]), np.concatenate([values, others])
    kinds = dict(zip(table.column_names, found, strict=True))
    for name, other in _TURNED:
        rows, values = kinds.pop(other)
        kinds[name] = (
            np.concatenate([kinds[name][0], rows]),
            np.concatenate([kinds[name][1], values]),
        )
    return list(kinds.values())


def _given(column: pa.ChunkedArray) -> tuple[Ints, npt.NDArray[np.uint64]]:
    """Return the rows that have a mark, and the marks."""
    rows = np.flatnonzero(np.asarray(column.is_valid()))
    return rows, np.asarray(column.drop_null(), np.uint64)


def _several(
    connection: duckdb.DuckDBPyConnection, people: pa.Table, column: str
) -> tuple[Ints, npt.NDArray[np.uint64]]:
    """Return a row for each number or address of the cells that hold more than one."""
    rows = np.flatnonzero(np.asarray(pc.fill_null(pc.match_substring(people[column], " "), False)))
    few = pa.table({"n": pa.array(rows), column: people[column].take(pa.array(rows))})
    connection.register("several", few)
    found = connection.execute(_SEVERAL.format(column=column)).fetchnumpy()
    return np.asarray(found["n"], np.int64), np.asarray(found["mark"], np.uint64)


def _repeated(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Say of each value whether another is equal to it."""
    found: npt.NDArray[np.bool_] = pd.Series(values).duplicated(keep=False).to_numpy()
    return found
