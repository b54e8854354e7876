"""Rows and known people side by side, each different one once, ready to be compared."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from nicknames import name_triplets

# What a row or a known person brings to the comparison.
PERSON = pa.schema(
    [
        ("row", pa.int64()),  # counts the new rows from 0; null for a known person
        ("donor_id", pa.int64()),  # null for a new row
        ("space", pa.string()),
        ("external_id", pa.string()),
        ("first_name", pa.string()),
        ("middle_name", pa.string()),
        ("last_name", pa.string()),
        ("suffix", pa.string()),
        ("gender", pa.string()),
        ("birth_date", pa.date32()),
        ("birth_year", pa.int32()),
        ("phones", pa.string()),  # E.164 numbers, a blank between
        ("emails", pa.string()),
        ("street", pa.string()),
        ("city", pa.string()),
        ("state", pa.string()),
        ("postal_code", pa.string()),
        ("employer", pa.string()),
        ("occupation", pa.string()),
    ]
)

# A value that more people share than this says nothing about one of them.
MOST_SHARING = 24
MOST_ALIKE = 8  # the same of a name and a day of birth
# Addresses of an office are no person's own.
_ROLES = (
    r"(?:^| )(?:info|office|contact|admin|hello|mail|team|support|sales|billing|accounts|donate"
    r"|donations|webmaster|postmaster|no-?reply|none|nobody|test|na)@[^ ]+"
)

_RECORDS = r"""
create table raw as
select row, donor_id, space, external_id,
    nullif(regexp_replace(lower(strip_accents(first_name)), '[^a-z ]', '', 'g'), '') as f,
    nullif(regexp_replace(lower(strip_accents(middle_name)), '[^a-z]', '', 'g'), '') as m,
    nullif(regexp_replace(lower(strip_accents(last_name)), '[^a-z]', '', 'g'), '') as l,
    nullif(regexp_replace(lower(strip_accents(last_name)), '[^a-z]+', ' ', 'g'), '') as l_parts,
    lower(suffix) as sx, gender as g, birth_date as bd, birth_year as byr,
    phones, nullif(trim(regexp_replace(emails, $roles, '', 'g')), '') as emails,
    lower(city) as city, state, left(postal_code, 5) as zip,
    lower(street) as street, lower(employer) as employer, lower(occupation) as occupation
from people;

-- The same words in two rows are the same person, if they say more than a name.
create table rec as
select row_number() over (order by min(coalesce(row, -1 - donor_id))) - 1 as r,
    any_value(donor_id) as donor_id, any_value(space) as space,
    any_value(external_id) as external_id, any_value(f) as f, any_value(m) as m, any_value(l) as l,
    any_value(l_parts) as l_parts, any_value(sx) as sx, any_value(g) as g, any_value(bd) as bd,
    any_value(byr) as byr, any_value(phones) as phones, any_value(emails) as emails,
    any_value(city) as city, any_value(state) as state, any_value(zip) as zip,
    any_value(street) as street, any_value(employer) as employer,
    any_value(occupation) as occupation, list(row) filter (where row is not null) as rows
from raw
group by f, m, l, sx, g, bd, byr, phones, emails, zip, street, donor_id, space, external_id,
    case when (f is null and l is null and external_id is null)
        or coalesce(phones, emails, external_id, case when street is not null then zip end,
            bd::varchar, employer || occupation || zip) is null
        then coalesce(row, -1 - donor_id) end;
drop table raw;

create table rec_email as
select r, email from (select r, unnest(string_split(emails, ' ')) as email from rec
    where emails is not null) where email <> '';

create table rec_phone as
select r, phone from (select r, unnest(string_split(phones, ' ')) as phone from rec
    where phones is not null) where phone <> '';

-- House number and first word of the street with the ZIP; a post box; else the whole street.
create table rec_home as
select r, coalesce(zip, city || ' ' || state) || '|' || street_key as home, street_key, unit from (
    select *, case
            when po <> '' then 'box ' || po
            when house <> '' and word <> '' then house || ' ' || word
            else regexp_replace(street, '[^a-z0-9]+', ' ', 'g') end as street_key
    from (select r, zip, city, state, street,
            regexp_extract(street, '\bp\.?\s*o\.?\s*box\s*#?\s*(\w+)', 1) as po,
            regexp_extract(street, '^\s*(\d+[a-z]?)\b', 1) as house,
            regexp_extract(street, '^\s*\d+[a-z]?\s+'
                '(?:(?:[nsew]|[ns][ew]|north|south|east|west)\b\.?\s+)?([a-z0-9]+)', 1) as word,
            nullif(regexp_extract(street, '(?:\b(?:apt|apartment|unit|suite|ste|rm|no)\b\.?|#)'
                '\s*#?\s*([a-z0-9-]+)\s*$', 1), '') as unit
        from rec where street is not null));
"""


# The nicknames' source pairs them, yet sisters, mothers and daughters bear both.
_NAMES_IN_THEIR_OWN_RIGHT = {
    ("emma", "emily"), ("emily", "emma"), ("mary", "marie"), ("marie", "mary"), ("maria", "mary"),
    ("mary", "maria"), ("ann", "nancy"), ("anna", "nancy"), ("anne", "nancy"), ("hannah", "anna"),
    ("ann", "hannah"), ("anna", "hannah"), ("helen", "ellen"), ("helen", "elaine"),
    ("eleanor", "ellen"), ("eleanor", "helen"), ("ellen", "helen"), ("elizabeth", "elsie"),
    ("elizabeth", "isabel"), ("elizabeth", "lisa"), ("margaret", "rita"), ("margaret", "daisy"),
    ("jane", "jean"), ("jane", "joan"), ("jane", "janet"), ("jean", "jane"), ("joan", "jean"),
    ("julia", "julie"), ("julie", "julia"), ("caroline", "carol"), ("carolyn", "carol"),
    ("caroline", "carolyn"), ("martha", "patricia"), ("charlotte", "carla"), ("diana", "diane"),
    ("diane", "diana"), ("louise", "lois"), ("edward", "edmund"), ("edmund", "edward"),
    ("edwin", "edward"), ("alexander", "alexandra"), ("james", "jacob"), ("jacob", "james"),
    ("frances", "francis"), ("francis", "frances"), ("christina", "christine"),
    ("christine", "christina"), ("olivia", "olive"), ("lillian", "lily"), ("sophia", "sophie"),
    ("susannah", "susan"), ("susan", "suzanne"), ("suzanne", "susan"), ("george", "georgia"),
}  # fmt: skip


@lru_cache(maxsize=1)
def _given_names() -> pa.Table:
    text = resources.files("rules").joinpath("given_names.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    return pa.table(
        {"name": [row["name"] for row in rows], "gender": [row["gender"] or None for row in rows]}
    )


@lru_cache(maxsize=1)
def _nicknames() -> pa.Table:
    """Return a formal name and what it is shortened to, both ways."""
    pairs = {
        (triplet.name1, triplet.name2)
        for triplet in name_triplets()
        if triplet.relationship == "has_nickname"
    }
    pairs -= _NAMES_IN_THEIR_OWN_RIGHT
    both = sorted(pairs | {(short, formal) for formal, short in pairs})
    return pa.table({"a": [a for a, _ in both], "b": [b for _, b in both]})


# Whatever two records of one person or of one household could share. Names alone are not in it.
_SHARING = r"""
with plain as (
    select n, phones, emails, space, external_id, birth_date as bd, birth_year as byr,
        left(postal_code, 5) as zip, lower(street) as street, state,
        lower(strip_accents(first_name)) as f,
        lower(strip_accents(last_name)) as l, coalesce(nullif(
            regexp_extract(street, '\d+'), ''), lower(left(street, 8))) as house
    from people
), mark as (
    select n, hash('p', phones) as key from plain
        where phones is not null and not contains(phones, ' ')
    union all select n, hash('p', unnest(string_split(phones, ' '))) from plain
        where contains(phones, ' ')
    union all select n, hash('e', emails) from plain
        where emails is not null and not contains(emails, ' ')
    union all select n, hash('e', unnest(string_split(emails, ' '))) from plain
        where contains(emails, ' ')
    union all select n, hash('i', space, external_id) from plain where external_id is not null
    union all select n, hash('l', zip, house, left(l, 2)) from plain
        where zip is not null and house is not null and l is not null
    union all select n, hash('f', zip, house, left(f, 2)) from plain
        where zip is not null and house is not null and f is not null
    union all select n, hash('s', left(street, 12), left(l, 3), state) from plain
        where street is not null and l is not null
    union all select n, hash('S', left(street, 12), left(f, 3), state) from plain
        where street is not null and f is not null
    union all select n, hash('t', left(street, 12), left(f, 3), left(l, 3)) from plain
        where street is not null and f is not null and l is not null
    union all select n, hash('z', zip, l, f) from plain
        where zip is not null and l is not null and f is not null
    union all select n, hash('b', bd, left(l, 3), left(f, 1)) from plain
        where bd is not null and l is not null
    union all select n, hash('c', bd, left(f, 3), left(l, 1)) from plain
        where bd is not null and f is not null
    union all select n, hash('B', bd, zip) from plain where bd is not null and zip is not null
    union all select n, hash('y', byr, l, f) from plain
        where byr is not null and l is not null and f is not null
)
select distinct n from mark semi join (
    select key from mark group by key having count(*) > 1
) shared using (key) order by n
"""


def sharing(people: pa.Table) -> npt.NDArray[np.int64]:
    """Return the places of those who share anything with another; the rest are somebody alone."""
    if people.num_rows == 0:
        return np.zeros(0, np.int64)
    numbered = people.append_column("n", pa.array(np.arange(people.num_rows)))
    with duckdb.connect() as connection:
        connection.register("people", numbered)
        found = connection.execute(_SHARING).fetchnumpy()["n"]
    return np.asarray(found, np.int64)


def load(people: pa.Table) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with the records and their e-mails, phones and homes."""
    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    connection.register("people", people)
    statements = _RECORDS.split(";\n")
    for statement in statements:
        if statement.strip():
            values = {"roles": _ROLES} if "$roles" in statement else None
            connection.execute(statement, values)
    connection.unregister("people")
    connection.register("given_view", _given_names())
    connection.register("nick_view", _nicknames())
    # A first name of three families is a name, and no misspelling.
    connection.execute(
        "create table given as select name, any_value(gender) as gender, bool_or(listed) as listed"
        " from (select name, gender, true as listed from given_view"
        " union all select f, null, false from rec where f is not null group by f"
        " having count(distinct l) >= 3) group by name"
    )
    connection.execute("create table nick as from nick_view")
    return connection
