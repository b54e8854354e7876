"""An admitted list goes into the tables: all of it, or nothing, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.lists.admission import Admission
from campaign.lists.identity.records import NUMBERS, PERSON
from store.bulk import copy_rows, copy_table
from store.bulk_load import Load, bulk_load
from store.frames import read_columns

_FILLED = (
    "first_name", "middle_name", "last_name", "suffix", "email", "gender", "birth_date",
    "birth_year", "occupation", "employer",
)  # fmt: skip
_WITH_PHONE = ("phone_e164", "line_type", "phone_timezone")
_WITH_ADDRESS = ("street", "city", "state", "postal_code", "country", "county", "timezone")

_KNOWN = """
    select null::bigint, d.id, i.space, i.external_id, (select min(n.external_id)
            from donor_external_id n where n.donor_id = d.id and n.space = {numbers}),
        d.first_name, d.middle_name, d.last_name,
        d.suffix, d.gender, d.birth_date, d.birth_year,
        concat_ws(' ', d.phone_e164, (select string_agg(p.phone_e164, ' ') from donor_phone p
            where p.donor_id = d.id)),
        concat_ws(' ', d.email, (select string_agg(e.email, ' ') from donor_email e
            where e.donor_id = d.id)),
        d.street, d.city, d.state, d.postal_code, d.employer, d.occupation
    from donor d left join lateral (select space, external_id from donor_external_id x
        where x.donor_id = d.id and x.space = {space} limit 1) i on true
    where d.status <> 'merged' and ({all} or d.id in (select donor_id from candidate))
    union all
    select null::bigint, d.id, null, null, null, d.first_name, d.middle_name, d.last_name,
        d.suffix, d.gender, d.birth_date, d.birth_year, null, null,
        a.street, a.city, a.state, a.postal_code, null, null
    from donor d join donor_address a on a.donor_id = d.id
    where d.status <> 'merged' and ({all} or d.id in (select donor_id from candidate))
"""

# People who share anything with the new rows: only those are compared with them.
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
    union select d.id from donor d join probe p on p.kind = 'last and ZIP'
        and p.value = lower(d.last_name) || '|' || left(d.postal_code, 5)
    union select d.id from donor d join probe p on p.kind = 'first and ZIP'
        and p.value = lower(d.first_name) || '|' || left(d.postal_code, 5)
    union select a.donor_id from donor_address a join donor d on d.id = a.donor_id join probe p
        on p.kind = 'last and ZIP' and p.value = lower(d.last_name) || '|' || left(a.postal_code, 5)
    union select d.id from donor d join probe p on p.kind = 'born'
        and p.value = d.birth_date::text
"""
_FEW = 5  # donors there, for each new row: below that, all of them are read


def known_people(session: Session, fresh: pa.Table, space: str) -> pa.Table:
    """Return the known people whom the new rows may be."""
    types = {field.name: field.type for field in PERSON}
    donors = session.scalar(text("select count(*) from donor")) or 0
    if donors == 0:
        return PERSON.empty_table()
    everybody = donors <= max(fresh.num_rows * _FEW, 1000)
    _probe(session, fresh.slice(0, 0) if everybody else fresh)
    spaces = {"space": space, "numbers": NUMBERS}
    session.execute(text(_CANDIDATES), spaces)
    return read_columns(session, _KNOWN, types, {**spaces, "all": everybody}).cast(PERSON)


def _probe(session: Session, fresh: pa.Table) -> None:
    session.execute(text("create temp table probe (kind text, value text) on commit drop"))
    frame = fresh.to_pandas()
    zips = "|" + frame.postal_code.str[:5]
    values = {
        "phone": frame.phones.str.split(" ").explode(),
        "email": frame.emails.str.split(" ").explode(),
        "id": frame.external_id,
        "number": frame.number,
        "last and ZIP": frame.last_name.str.lower() + zips,
        "first and ZIP": frame.first_name.str.lower() + zips,
        "born": frame.birth_date.astype(str).where(frame.birth_date.notna()),
    }
    for kind, series in values.items():
        distinct = series.dropna().unique()
        copy_rows(session, "probe", ("kind", "value"), ((kind, value) for value in distinct))
    session.execute(text("analyze probe"))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every row of a batch carries."""

    batch_id: int
    source: str
    terms: list[str]  # the kind of its source, and where it may not go
    now: datetime


def next_id(session: Session, table: str) -> int:
    """Return the number after the last; the table takes no other rows until the end."""
    session.execute(text(f"lock table {table} in share row exclusive mode"))
    return int(session.scalar(text(f"select coalesce(max(id), 0) + 1 from {table}")) or 1)


def write(
    session: Session, admission: Admission, rows: pa.Table, parts: Iterable[bytes], stamp: Stamp
) -> None:
    """Write everything that a list adds.

    `rows` holds source_row and fingerprint; the parts are kept as they are.
    """
    contacts = {
        "donor_external_id": admission.external_ids,
        "donor_phone": admission.phones,
        "donor_email": admission.emails,
        "donor_address": admission.addresses,
    }
    tables = ("donor", "gift", "staged_row", *contacts)
    with bulk_load(session, tables, admission.donors.num_rows) as load:
        _write_donors(load, admission, stamp)
        _write_gifts(load, admission.gifts, stamp)
        _write_rows(load, admission, rows, stamp)
        for table, told in contacts.items():
            stamped = told.append_column("batch_id", _constant(stamp.batch_id, told.num_rows))
            _copy_new(load, table, stamped)
    _write_parts(session, parts, stamp)
    _fill_known(session, admission.updates, stamp)
    _drop_leads(session, stamp)


def _constant(value: object, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), rows)


def _write_donors(load: Load, admission: Admission, stamp: Stamp) -> None:
    donors = admission.donors
    count = donors.num_rows
    languages = donors["language"].fill_null("en")
    donors = donors.set_column(donors.column_names.index("language"), "language", languages)
    for name, value in (
        ("provenance", json.dumps(stamp.terms)),
        ("first_batch_id", stamp.batch_id),
        ("updated_at", stamp.now.isoformat()),
        ("status", "active"),
    ):
        donors = donors.append_column(name, _constant(value, count))
    load.copy("donor", donors)
    _follow(load.session, "donor")


def _write_gifts(load: Load, gifts: pa.Table, stamp: Stamp) -> None:
    if gifts.num_rows == 0:
        return
    session = load.session
    first = next_id(session, "gift")
    count = gifts.num_rows
    gifts = gifts.append_column("id", pa.array(np.arange(first, first + count)))
    gifts = gifts.append_column("source", _constant(stamp.source, count))
    gifts = gifts.append_column("batch_id", _constant(stamp.batch_id, count))
    told_before = session.scalar(
        text("select exists (select from list_batch where source = :source and id < :batch)"),
        {"source": stamp.source, "batch": stamp.batch_id},
    )
    if told_before:
        _copy_new(load, "gift", gifts)
    else:
        load.copy("gift", gifts)
    _follow(session, "gift")


def _follow(session: Session, table: str) -> None:
    """Let the table's own numbering go on after ours."""
    session.execute(
        text(
            f"select setval(pg_get_serial_sequence('{table}', 'id'), max(id)) from {table}"
            " having max(id) > 0"
        )
    )


def _copy_new(load: Load, table: str, rows: pa.Table) -> None:
    """Copy rows; those whose key is there already are left out."""
    if rows.num_rows == 0:
        return
    if table in load.empty:
        load.copy(table, rows)
        return
    session = load.session
    names = ", ".join(rows.column_names)
    incoming = f"incoming_{table}"
    shape = f"select {names} from {table} limit 0"
    session.execute(text(f"create temp table {incoming} on commit drop as {shape}"))
    copy_table(session, incoming, rows)
    chosen = f"select {names} from {incoming}"
    session.execute(text(f"insert into {table} ({names}) {chosen} on conflict do nothing"))
    session.execute(text(f"drop table {incoming}"))


def _write_rows(load: Load, admission: Admission, rows: pa.Table, stamp: Stamp) -> None:
    donor = admission.donor_of_row
    table = pa.table(
        {
            "batch_id": _constant(stamp.batch_id, rows.num_rows),
            "source_row": rows["source_row"],
            "donor_id": pa.array(donor, mask=donor < 0),
            "disposition": admission.disposition,
            "reason": admission.reason,
            "fingerprint": rows["fingerprint"],
        }
    )
    load.copy("staged_row", table)


def _write_parts(session: Session, parts: Iterable[bytes], stamp: Stamp) -> None:
    first = 1
    for number, data in enumerate(parts, start=1):
        count = _rows_of(data)
        session.execute(
            text(
                "insert into list_part (batch_id, number, first_row, rows, data)"
                " values (:batch_id, :number, :first_row, :rows, :data)"
            ),
            {
                "batch_id": stamp.batch_id,
                "number": number,
                "first_row": first,
                "rows": count,
                "data": data,
            },
        )
        first += count


def _rows_of(data: bytes) -> int:
    with pa.ipc.open_file(data) as reader:
        return sum(reader.get_batch(place).num_rows for place in range(reader.num_record_batches))


def _fill_known(session: Session, updates: pa.Table, stamp: Stamp) -> None:
    """Fill the blanks of people who were known; what is known stays."""
    if updates.num_rows == 0:
        return
    names = ", ".join(updates.column_names)
    session.execute(
        text(f"create temp table told on commit drop as select {names} from donor limit 0")
    )
    copy_table(session, "told", updates)
    filled = [f"{name} = coalesce(d.{name}, t.{name})" for name in _FILLED if name != "first_name"]
    filled.append(
        "first_name = case when length(d.first_name) > 1 then d.first_name"
        " else coalesce(t.first_name, d.first_name) end"
    )
    filled += [
        f"{name} = case when d.phone_e164 is null then t.{name} else d.{name} end"
        for name in _WITH_PHONE
    ]
    filled += [
        f"{name} = case when d.street is null and d.postal_code is null then t.{name}"
        f" else d.{name} end"
        for name in _WITH_ADDRESS
    ]
    session.execute(
        text(
            f"update donor d set {', '.join(filled)}, consent = d.consent || t.consent,"
            " language = case when d.language = 'en' then coalesce(t.language, 'en')"
            "   else d.language end,"
            " provenance = d.provenance || coalesce((select jsonb_agg(each)"
            "   from jsonb_array_elements(cast(:terms as jsonb)) each"
            "   where not d.provenance @> jsonb_build_array(each)), '[]'), updated_at = :now"
            " from told t where t.id = d.id"
        ),
        {"terms": json.dumps(stamp.terms), "now": stamp.now},
    )
    session.execute(text("drop table told"))


def _drop_leads(session: Session, stamp: Stamp) -> None:
    """Leave out of the further numbers, e-mails and addresses those that lead."""
    for table, column in (("donor_phone", "phone_e164"), ("donor_email", "email")):
        session.execute(
            text(
                f"delete from {table} o using donor d where d.id = o.donor_id"
                f" and o.batch_id = :batch and d.{column} = o.{column}"
            ),
            {"batch": stamp.batch_id},
        )
    session.execute(
        text(
            "delete from donor_address o using donor d where d.id = o.donor_id"
            " and o.batch_id = :batch and d.street is not distinct from o.street"
            " and d.postal_code is not distinct from o.postal_code"
        ),
        {"batch": stamp.batch_id},
    )


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
    _follow(session, "household")
    session.execute(text("drop table together, home"))
    return len(groups)


def write_doubts(session: Session, doubts: pd.DataFrame, batch_id: int) -> int:
    """Keep the pairs that a person should look at; decided ones stay decided."""
    rows = [
        (int(min(a, b)), int(max(a, b)), "waiting", float(p), json.dumps(evidence), batch_id)
        for a, b, p, evidence in doubts.itertuples(index=False, name=None)
        if a != b
    ]
    columns = ("first_id", "second_id", "status", "probability", "evidence", "batch_id")
    for row in rows:
        session.execute(
            text(
                f"insert into donor_pair ({', '.join(columns)}) values"
                f" ({', '.join(':' + name for name in columns)}) on conflict do nothing"
            ),
            dict(zip(columns, row, strict=True)),
        )
    return len(rows)


def not_same(session: Session) -> list[tuple[int, int]]:
    """Return the pairs that a person said are two people."""
    rows = session.execute(
        text("select first_id, second_id from donor_pair where status = 'not_same'")
    )
    return [(first, second) for first, second in rows]
