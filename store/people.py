"""A person's story, and everybody as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.lists.fields import EXTRA
from store.bulk import driver
from store.frames import read_columns

_TEXT, _WHOLE = pa.string(), pa.int64()
_EXPORTED = {
    "donor_id": _WHOLE, "source_rows": _WHOLE, "first_name": _TEXT, "middle_name": _TEXT,
    "last_name": _TEXT, "suffix": _TEXT, "phone_e164": _TEXT, "line_type": _TEXT, "email": _TEXT,
    "street": _TEXT, "city": _TEXT, "state": _TEXT, "postal_code": _TEXT, "country": _TEXT,
    "county": _TEXT, "timezone": _TEXT, "phone_timezone": _TEXT, "household_id": _WHOLE,
    "status": _TEXT, "reason": _TEXT, "birth_date": _TEXT, "language": _TEXT, "occupation": _TEXT,
    "employer": _TEXT, "other_phones": _TEXT, "other_emails": _TEXT, "provenance": _TEXT,
    "gifts": _WHOLE, "total_cents": _WHOLE,
}  # fmt: skip
_EXPORT = """
    with rows as (select donor_id, count(*) as n from row_end where donor_id is not null
        group by donor_id),
    phones as (select donor_id, string_agg(phone_e164, '; ' order by phone_e164) as list
        from donor_phone group by donor_id),
    emails as (select donor_id, string_agg(email, ' ' order by email) as list
        from donor_email group by donor_id),
    gifts as (select donor_id, count(*) filter (where amount_cents > 0) as n,
        sum(amount_cents) as cents from gift
        group by donor_id),
    kinds as (select provenance, string_agg(distinct kind, ' ') as list
        from (select distinct provenance from donor) each
            cross join jsonb_array_elements_text(provenance) kind group by provenance)
    select d.id, coalesce(rows.n, 0) + (d.first_row is not null)::int, d.first_name, d.middle_name,
        d.last_name, d.suffix, d.phone_e164, d.line_type, d.email, d.street, d.city, d.state,
        d.postal_code, d.country, d.county, coalesce(d.timezone, d.phone_timezone),
        d.phone_timezone, d.household_id, d.status, d.status_reason, d.birth_date, d.language,
        d.occupation, d.employer, phones.list, emails.list, kinds.list, coalesce(gifts.n, 0),
        coalesce(gifts.cents, 0)
    from donor d left join rows on rows.donor_id = d.id left join phones on phones.donor_id = d.id
        left join emails on emails.donor_id = d.id left join gifts on gifts.donor_id = d.id
        left join kinds on kinds.provenance = d.provenance
    where d.status <> 'merged' order by d.id
"""


def exported_donors(session: Session) -> pa.Table:
    """Return a row a person, as `donors export` writes it."""
    return read_columns(session, _EXPORT, _EXPORTED)


def exported_rows(session: Session) -> Iterator[tuple[str, int, pa.Table, pa.Table]]:
    """Yield, part by part: source, batch, what became of each row, and its normalised values."""
    parts = session.execute(
        text(
            "select b.source, p.batch_id, p.number, p.first_row, p.rows from list_part p"
            " join list_batch b on b.id = p.batch_id order by p.batch_id, p.number"
        )
    ).all()
    types = {"source_row": _WHOLE, "donor_id": _WHOLE, "disposition": _TEXT, "reason": _TEXT}
    for batch_id, of_batch in groupby(parts, attrgetter("batch_id")):
        ends = read_columns(
            session,
            "select source_row, donor_id, disposition, reason from staged_row"
            " where batch_id = {batch} order by source_row",
            types,
            {"batch": batch_id},
        )
        rows = np.asarray(ends["source_row"])
        for part in of_batch:
            low, high = np.searchsorted(rows, (part.first_row, part.first_row + part.rows))
            values = part_values(session, batch_id, part.number)
            yield part.source, batch_id, ends.slice(low, high - low), values


def part_values(
    session: Session, batch_id: int, number: int, columns: Sequence[str] | None = None
) -> pa.Table:
    """Return the normalised values of one part, or some of its columns."""
    found = driver(session).execute(  # in binary: as text it would be twice as long
        "select data from list_part where batch_id = %s and number = %s",
        (batch_id, number),
        binary=True,
    )
    ((data,),) = found.fetchall()
    return feather.read_table(pa.BufferReader(data), columns)


def story(session: Session, donor_id: int) -> dict[str, Any] | None:
    """Return everything that made a person what the books say: rows, merges, holds."""
    donor = (
        session.execute(
            text(
                "select id, status, status_reason, merged_into_id, household_id, provenance,"
                " consent, first_batch_id from donor where id = :id"
            ),
            {"id": donor_id},
        )
        .mappings()
        .first()
    )
    if donor is None:
        return None
    return {
        **donor,
        "rows": _with_kept(session, _all(session, _ROWS, donor_id)),
        "merges": _all(session, _MERGES, donor_id),
        "pairs": _all(session, _PAIRS, donor_id),
        "suppressions": _all(session, _SUPPRESSIONS, donor_id),
        "household": _all(session, _HOUSEHOLD, donor_id),
        "barred": _all(session, _BARRED, donor_id),
        "gifts": _all(session, _GIFTS, donor_id)[0],
    }


def _all(session: Session, query: str, donor_id: int) -> list[dict[str, Any]]:
    return [dict(row) for row in session.execute(text(query), {"id": donor_id}).mappings()]


def _with_kept(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with what their columns of unknown meaning say, by the column's name."""
    for (batch_id, part), group in groupby(rows, itemgetter("batch_id", "part")):
        values = part_values(session, batch_id, part)
        extra = values.select([name for name in values.column_names if name.startswith(EXTRA)])
        for row in group:
            (told,) = extra.slice(row.pop("place"), 1).to_pylist() or ({},)
            del row["part"]
            row["kept"] = {name.removeprefix(EXTRA): told[name] for name in told if told[name]}
    return rows


_ROWS = """
    select b.source, b.file_name, r.batch_id, r.source_row, r.disposition, r.reason,
        p.number as part, r.source_row - p.first_row as place
    from staged_row r join list_batch b on b.id = r.batch_id
        join list_part p on p.batch_id = r.batch_id and r.source_row >= p.first_row
            and r.source_row < p.first_row + p.rows
    where r.donor_id = :id order by r.batch_id, r.source_row
"""
_MERGES = """
    select kept_id, gone_id, rule, merged_at, undone_at from donor_merge
    where kept_id = :id or gone_id = :id order by merged_at, id
"""
_PAIRS = """
    select case when first_id = :id then second_id else first_id end as other, status,
        probability, decided_by, evidence ->> 'but' as why from donor_pair
    where first_id = :id or second_id = :id
    order by probability desc
"""
_SUPPRESSIONS = """
    with d as (select id, phone_e164, email from donor where id = :id), reached as (
        select s.id from d join suppression s on s.donor_id = d.id
        union select s.id from d join suppression s on s.phone_e164 = d.phone_e164
        union select s.id from d join suppression s on s.email = d.email
        union select s.id from donor_phone p join suppression s on s.phone_e164 = p.phone_e164
            where p.donor_id = :id
        union select s.id from donor_email e join suppression s on s.email = e.email
            where e.donor_id = :id
    )
    select s.kind, s.source, s.reason, s.since, case when s.donor_id is not null then 'person'
        when s.email is not null then 'e-mail' else 'phone' end as by
    from suppression s join reached using (id) order by s.since, s.id
"""
_HOUSEHOLD = """
    select o.id from donor d join donor o on o.household_id = d.household_id and o.id <> d.id
    where d.id = :id and o.status <> 'merged' order by o.id
"""
_GIFTS = """
    select count(*) filter (where amount_cents > 0) as count,
        coalesce(sum(amount_cents), 0)::bigint as cents,
        max(given_on) filter (where amount_cents > 0) as last_on from gift where donor_id = :id
"""
_BARRED = """
    select distinct b.source, b.provenance ->> 'kind' as kind, b.provenance -> 'not_to' as not_to,
        b.provenance ->> 'rule' as rule
    from staged_row r join list_batch b on b.id = r.batch_id
    where r.donor_id = :id order by 1
"""
