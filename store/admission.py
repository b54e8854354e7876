"""An admitted list goes into the tables: all of it, or nothing, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.lists.identity.records import NUMBERS, PERSON
from store.bulk import copy_rows, copy_table, driver
from store.bulk_load import Load, bulk_load, rows_there
from store.frames import read_columns

_FILLED = (
    "first_name", "middle_name", "last_name", "suffix", "email", "gender", "birth_date",
    "birth_year", "occupation", "employer",
)  # fmt: skip
_WITH_PHONE = ("phone_e164", "line_type", "phone_timezone")
_WITH_ADDRESS = ("street", "city", "state", "postal_code", "country", "county", "timezone")

_EVERYBODY = "with person as not materialized (select * from donor where status <> 'merged')"
_CANDIDATE = """with person as not materialized (select * from donor where status <> 'merged'
    and id in (select donor_id from candidate))
"""
_KNOWN = """
    select null::bigint, d.id, i.space, i.external_id, (select min(n.external_id)
            from donor_external_id n where n.donor_id = d.id and n.space = {numbers}),
        d.first_name, d.middle_name, d.last_name,
        d.suffix, d.gender, d.birth_date, d.birth_year,
        nullif(concat_ws(' ', d.phone_e164, (select string_agg(p.phone_e164, ' ')
            from donor_phone p where p.donor_id = d.id)), ''),
        nullif(concat_ws(' ', d.email, (select string_agg(e.email, ' ')
            from donor_email e where e.donor_id = d.id)), ''),
        d.street, d.city, d.state, d.postal_code, d.employer, d.occupation
    from person d left join lateral (select space, external_id from donor_external_id x
        where x.donor_id = d.id and x.space = {space} limit 1) i on true
    union all
    select null::bigint, d.id, null, null, null, d.first_name, d.middle_name, d.last_name,
        d.suffix, d.gender, d.birth_date, d.birth_year, null, null,
        a.street, a.city, a.state, a.postal_code, null, null
    from person d join donor_address a on a.donor_id = d.id
"""

# People who share anything with the new rows: only those are compared with them. In a town half of
# the people share a first name and a ZIP with somebody: these must agree in more.
_CANDIDATES = """
    create temp table candidate on commit drop as
    select d.id as donor_id from donor d join probe p on p.kind = 'phone' and p.value = d.phone_e164
    union select o.donor_id from donor_phone o join probe p
        on p.kind = 'phone' and p.value = o.phone_e164
    union select d.id from donor d join probe p on p.kind = 'email' and p.value = d.email
    union select o.donor_id from donor_email o join probe p
        on p.kind = 'email' and p.value = o.email
    union select x.donor_id from donor_external_id x join probe p
        on p.kind = 'id' and p.value = x.external_id where x.space = :space
    union select x.donor_id from donor_external_id x join probe p
        on p.kind = 'number' and p.value = x.external_id where x.space = :numbers
    union select donor_id from (
        select id as donor_id, first_name, last_name, street, left(postal_code, 5) as zip from donor
        where left(postal_code, 5) in (select zip from probe)
        union all select a.donor_id, d.first_name, d.last_name, a.street, left(a.postal_code, 5)
        from donor_address a join donor d on d.id = a.donor_id
    ) living cross join lateral (values
        ('last', lower(last_name)),
        ('first, initial', lower(first_name || ' ' || left(last_name, 1))),
        ('first, house', lower(first_name || ' ' || substring(street from '[0-9]+')))
    ) as near(kind, value) join probe using (kind, value, zip)
    union select d.id from donor d join probe p on p.kind = 'born' and p.born = d.birth_date
"""
_FEW = 5  # donors there, for each new row: below that, all of them are read


def known_people(session: Session, count: int, fresh: Iterable[pa.Table], space: str) -> pa.Table:
    """Return the known people whom the new rows may be; so many rows come part by part."""
    types = {field.name: field.type for field in PERSON}
    most = max(count * _FEW, 1000)
    donors = rows_there(session, "donor", most + 1)
    if donors == 0:
        return PERSON.empty_table()
    spaces = {"space": space, "numbers": NUMBERS}
    if donors > most:
        _find_candidates(session, fresh, spaces)
    chosen = _EVERYBODY if donors <= most else _CANDIDATE
    return read_columns(session, chosen + _KNOWN, types, spaces).cast(PERSON)


def _find_candidates(
    session: Session, fresh: Iterable[pa.Table], spaces: Mapping[str, str]
) -> None:
    columns = "kind text, value text, zip text, born date"
    session.execute(text(f"create temp table probe ({columns}) on commit drop"))
    for part in fresh:
        _probe(session, part)
    session.execute(text("analyze probe"))
    session.execute(text(_CANDIDATES), spaces)
    session.execute(text("analyze candidate"))


def _probe(session: Session, fresh: pa.Table) -> None:
    frame = fresh.to_pandas()
    last, first = frame.last_name.str.lower(), frame.first_name.str.lower()
    houses, zips = frame.street.str.extract("([0-9]+)", expand=False), frame.postal_code.str[:5]
    found = {
        "phone": {"value": frame.phones.str.split(" ").explode()},
        "email": {"value": frame.emails.str.split(" ").explode()},
        "id": {"value": frame.external_id},
        "number": {"value": frame.number},
        "last": {"value": last, "zip": zips},
        "first, initial": {"value": first + " " + last.str[:1], "zip": zips},
        "first, house": {"value": first + " " + houses, "zip": zips},
        "born": {"born": frame.birth_date},
    }
    for kind, columns in found.items():
        distinct = pd.DataFrame(columns).dropna().drop_duplicates()
        rows = distinct.itertuples(index=False, name=None)
        copy_rows(session, "probe", ("kind", *columns), ((kind, *row) for row in rows))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every row of a batch carries."""

    batch_id: int
    source: str
    terms: list[str]  # the kind of its source, and where it may not go
    now: datetime


def next_id(session: Session, table: str) -> int:
    """Return the number after the last. Whoever asks admits: nobody else adds rows meanwhile."""
    return int(session.scalar(text(f"select coalesce(max(id), 0) + 1 from {table}")) or 1)


@dataclass(frozen=True, slots=True)
class Expected:
    """How many rows a list brings, how many of them are fresh, and how many people are new."""

    rows: int
    fresh: int
    people: int


# What leads already is none of the further numbers, e-mails and addresses.
_LEADS = "exists (select from donor d where d.id = i.donor_id and {same})"
_SAME_PLACE = (
    "d.street is not distinct from i.street and d.postal_code is not distinct from i.postal_code"
)
LEADS = {
    "donor_phone": _LEADS.format(same="d.phone_e164 = i.phone_e164"),
    "donor_email": _LEADS.format(same="d.email = i.email"),
    "donor_address": _LEADS.format(same=_SAME_PLACE),
}
CONTACTS = ("donor_external_id", "donor_phone", "donor_email", "donor_address")


def write(
    session: Session, drawn: Iterable[Mapping[str, pa.Table]], expected: Expected, stamp: Stamp
) -> Told:
    """Write everything that a list adds, as it is drawn up: rows by table, piece by piece.

    Return what it tells of people who were known: that is still to be filled in.
    """
    others = expected.rows - expected.people
    tables = {"donor": expected.people, "gift": expected.fresh, "row_end": others}
    tables |= dict.fromkeys(CONTACTS, expected.people)
    shared: dict[str, dict[str, Any]] = {name: {"batch_id": stamp.batch_id} for name in tables}
    shared["gift"]["source"] = stamp.source
    shared["donor"] = {
        "provenance": json.dumps(stamp.terms),
        "first_batch_id": stamp.batch_id,
        "updated_at": stamp.now.isoformat(),
        "status": "active",
    }
    told = Told(session)
    with bulk_load(session, tables, shared) as load:
        gifts = _Gifts(load, stamp)
        for piece in drawn:
            for table, rows in piece.items():
                if table == "told":
                    told.add(rows)
                elif table == "gift":
                    gifts.add(rows)
                elif table in CONTACTS:
                    load.copy_new(table, rows, LEADS.get(table, "false"))
                else:
                    load.copy(table, rows)
        follow(session, "donor")
        follow(session, "gift")
    return told


class _Gifts:
    """Gifts that come in, numbered; what an earlier list of the source told is left out."""

    def __init__(self, load: Load, stamp: Stamp) -> None:
        self._load = load
        self._next = 0
        self._told_before = load.session.scalar(
            text("select exists (select from list_batch where source = :source and id < :batch)"),
            {"source": stamp.source, "batch": stamp.batch_id},
        )

    def add(self, gifts: pa.Table) -> None:
        """Copy some gifts."""
        first = self._next or next_id(self._load.session, "gift")
        self._next = first + gifts.num_rows
        gifts = gifts.append_column("id", pa.array(np.arange(first, self._next)))
        (self._load.copy_new if self._told_before else self._load.copy)("gift", gifts)


def follow(session: Session, table: str) -> None:
    """Let the table's own numbering go on after ours."""
    session.execute(
        text(
            f"select setval(pg_get_serial_sequence('{table}', 'id'), max(id)) from {table}"
            " having max(id) > 0"
        )
    )


def write_part(session: Session, batch_id: int, number: int, rows: range, data: pa.Buffer) -> None:
    """Keep the normalised values of a part as they are packed."""
    driver(session).execute(  # in binary: as text it would be twice as long
        "insert into list_part (batch_id, number, first_row, rows, data)"
        " values (%s, %s, %s, %s, %b)",
        (batch_id, number, rows.start, len(rows), memoryview(data)),
    )


class Told:
    """What a list tells of people who were known: it fills their blanks; what is known stays."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_there = False

    def add(self, rows: pa.Table) -> None:
        """Lay some of it by."""
        if not self._is_there:
            shape = f"select {', '.join(rows.column_names)} from donor limit 0"
            self._session.execute(text(f"create temp table told on commit drop as {shape}"))
            self._is_there = True
        copy_table(self._session, "told", rows)

    def fill(self, stamp: Stamp) -> None:
        """Fill the blanks of everybody of whom something was told, and drop what leads by now."""
        if self._is_there:
            values = {"terms": json.dumps(stamp.terms), "now": stamp.now}
            self._session.execute(text(_FILL), values)
            self._session.execute(text("drop table told"))
        _drop_leads(self._session, stamp)


def _filled(name: str) -> str:
    if name == "first_name":
        told = "coalesce(t.first_name, d.first_name)"
        return f"first_name = case when length(d.first_name) > 1 then d.first_name else {told} end"
    if name in _WITH_PHONE:
        return f"{name} = case when d.phone_e164 is null then t.{name} else d.{name} end"
    if name in _WITH_ADDRESS:
        unknown = "d.street is null and d.postal_code is null"
        return f"{name} = case when {unknown} then t.{name} else d.{name} end"
    return f"{name} = coalesce(d.{name}, t.{name})"


_FILL = f"""
    update donor d set {", ".join(map(_filled, (*_FILLED, *_WITH_PHONE, *_WITH_ADDRESS)))},
        consent = d.consent || coalesce(t.consent, '{{}}'),
        language = case when d.language = 'en' then coalesce(t.language, 'en')
            else d.language end,
        provenance = d.provenance || coalesce((select jsonb_agg(each)
            from jsonb_array_elements(cast(:terms as jsonb)) each
            where not d.provenance @> jsonb_build_array(each)), '[]'), updated_at = :now
    from told t where t.id = d.id
"""


def _drop_leads(session: Session, stamp: Stamp) -> None:
    """Leave out what leads by now: in an empty table it came in, or it filled a blank since."""
    for table, leads in LEADS.items():
        query = text(f"delete from {table} i where i.batch_id = :batch and {leads}")
        session.execute(query, {"batch": stamp.batch_id})


def write_households(session: Session, groups: pd.DataFrame) -> int:
    """Put people who live together into one household; return how many people that are."""
    if groups.empty:
        return 0
    session.execute(
        text("create temp table together (donor_id bigint, head_id bigint) on commit drop")
    )
    copy_table(session, "together", pa.Table.from_pandas(groups, preserve_index=False))
    first = next_id(session, "household")
    session.execute(
        text(
            # An older household of any of them takes the others in.
            "create temp table home on commit drop as"
            " select t.head_id, min(d.household_id) as household_id"
            " from together t join donor d on d.id = t.donor_id group by t.head_id"
        )
    )
    session.execute(
        text(
            "update home set household_id = :first + n.place - 1 from ("
            "  select head_id, row_number() over (order by head_id) as place from home"
            "  where household_id is null) n where n.head_id = home.head_id"
        ),
        {"first": first},
    )
    session.execute(
        text(
            "insert into household (id, key) select household_id, 'donor:' || min(head_id)"
            " from home where household_id >= :first group by household_id"
        ),
        {"first": first},
    )
    session.execute(
        text(
            "update donor set household_id = home.household_id from together t"
            " join home on home.head_id = t.head_id where donor.id = t.donor_id"
            " and donor.household_id is distinct from home.household_id"
        )
    )
    follow(session, "household")
    session.execute(text("drop table together, home"))
    return len(groups)
