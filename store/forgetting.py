"""Forgetting a person: what the law does not keep is overwritten, everywhere it stands.

Belongs here: the tables and the rows of lists that name a person. Does not belong here: what may
go (`campaign/compliance/retention`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.compliance.retention import Footprint, cutoffs
from campaign.days import day_of
from campaign.errors import InputError
from store import lists
from store.committees import the_committee
from store.locks import hold_calls
from store.payers import MOMENTS_OF_DONOR
from store.people import part_values
from store.suppressions import Subject, suppress_many

# Columns of a row that name nobody: they keep the accounts of the list whole.
_ACCOUNTS: Final = frozenset({"source_row", "fingerprint", "disposition", "reason"})
FORGOTTEN: Final = "forgotten on request"
_EXTRAS: Final = (
    "birth_date = null, birth_year = null, gender = null, "
    "phone_e164 = null, line_type = null, phone_timezone = null, email = null"
)
_IDENTITY: Final = (
    "first_name = null, middle_name = null, last_name = null, suffix = null, street = null, "
    "city = null, state = null, postal_code = null, country = null, county = null, "
    "timezone = null, occupation = null, employer = null, household_id = null"
)
# Whoever became one with them has a record of what was theirs.
_ALL_OF: Final = """
    with recursive every (id) as (
        select unnest(cast(:ids as bigint[]))
        union select d.id from donor d join every e on d.merged_into_id = e.id
    )
    select id from every order by id
"""


def hold(session: Session, donor_ids: Sequence[int]) -> None:
    """Let nobody else bring these people in, merge or call them until they are forgotten."""
    lists.lock_admission(session)  # a list that comes in would bring them back
    hold_calls(session, "donor_id = any(:ids)", ids=list(donor_ids))


def footprint(session: Session, donor_id: int, zone: str) -> Footprint:
    """Return what the books hold of a person; InputError when there is none."""
    row = session.execute(
        text(
            f"""
            select (select max((created_at at time zone :zone)::date)
                    from {MOMENTS_OF_DONOR} payment) as gift_on,
                   (select max(given_on) from gift where donor_id = d.id) as history_on,
                   (select max((started_at at time zone :zone)::date) from call_attempt
                    where donor_id = d.id) as call_on,
                   exists (select from pledge where donor_id = d.id and status = 'open') as owes
            from donor d where d.id = :id and d.status <> 'merged'
            """
        ),
        {"id": donor_id, "zone": zone},
    ).first()
    if row is None:
        raise InputError(f"There is no donor {donor_id}.")
    days: list[date] = [day for day in (row.gift_on, row.history_on) if day is not None]
    return Footprint(max(days, default=None), row.call_on, row.owes)


def forget(
    session: Session, donor_ids: Sequence[int], *, keep_identity: bool, at: datetime
) -> dict[str, int]:
    """Overwrite what may go; return how many rows of each kind. Repeating finds nothing left."""
    ids = list(session.scalars(text(_ALL_OF), {"ids": list(donor_ids)}))
    reached = _reached_by(session, ids)
    changes = _EXTRAS if keep_identity else f"{_EXTRAS}, {_IDENTITY}"
    session.execute(
        text(
            f"update donor set {changes}, updated_at = :at, "
            "status = case status when 'merged' then status else 'suppressed' end, status_reason = "
            f"case status when 'merged' then status_reason else '{FORGOTTEN}' end "
            "where id = any(:ids)"
        ),
        {"ids": ids, "at": at},
    )
    counts = {"suppressed": 0, "list_rows": _blank_list_rows(session, ids)}
    counts["merges"] = _count(
        session,
        "update donor_merge set evidence = '{}' where evidence <> '{}' "
        "and (kept_id = any(:ids) or gone_id = any(:ids))",
        ids,
    )
    for table in ("donor_phone", "donor_email", "donor_external_id"):
        counts[table] = _delete(session, table, ids)
    if not keep_identity:
        counts["donor_address"] = _delete(session, "donor_address", ids)
        counts["pledges"] = _count(
            session,
            "update pledge set first_name = null, last_name = null, email = null, "
            "phone_e164 = null, postal_code = null where donor_id = any(:ids) "
            "and num_nonnulls(first_name, last_name, email, phone_e164, postal_code) > 0",
            ids,
        )
    # What was said in a call; that it was made, and to which number, is kept for its own time.
    counts["call_numbers"] = erase_numbers(session, at)
    said = "answers - 'notes' - 'survey'" if keep_identity else "'{}'::jsonb"
    counts["answers"] = _count(
        session,
        f"update call_attempt set answers = {said} where donor_id = any(:ids) "
        f"and answers <> {said}",
        ids,
    )
    counts["assignments"] = _count(
        session,
        f"update assignment set status = 'withdrawn', reason = '{FORGOTTEN}' "
        "where donor_id = any(:ids) and status = 'open'",
        ids,
    )
    # Whoever else is reached there is not called either.
    effect = suppress_many(session, "opt_out", reached, source="erasure", reason=FORGOTTEN, now=at)
    return {**counts, "suppressed": effect.new}


def erase_numbers(session: Session, at: datetime) -> int:
    """Erase which number was called, for calls to forgotten people past their time; how many.

    Until then the record of a call names the called number (16 CFR 310.5(a)(2)).
    """
    zone = the_committee(session).timezone
    erased = session.execute(
        text(
            "update call_attempt c set phone_e164 = null from donor d "
            "where d.id = c.donor_id and d.status_reason = :forgotten "
            "and c.phone_e164 is not null and (c.started_at at time zone :zone)::date < :before "
            "returning 1"
        ),
        {"forgotten": FORGOTTEN, "zone": zone, "before": cutoffs(day_of(at, zone)).calls},
    )
    return len(erased.all())


def _count(session: Session, statement: str, ids: list[int]) -> int:
    rows = session.execute(text(f"{statement} returning 1"), {"ids": ids})
    return len(rows.all())


def _delete(session: Session, table: str, ids: list[int]) -> int:
    return _count(session, f"delete from {table} where donor_id = any(:ids)", ids)


def _reached_by(session: Session, ids: list[int]) -> list[Subject]:
    """Return every number and address of these people: before they go, they are suppressed."""
    rows = session.execute(
        text(
            "select phone_e164, cast(null as text) as email from donor_phone"
            " where donor_id = any(:ids)"
            " union select phone_e164, null from donor where id = any(:ids)"
            " union select null, email from donor_email where donor_id = any(:ids)"
            " union select null, email from donor where id = any(:ids)"
        ),
        {"ids": ids},
    )
    return [Subject(row.phone_e164, row.email) for row in rows if row.phone_e164 or row.email]


def _blank_list_rows(session: Session, ids: list[int]) -> int:
    """Blank the people's rows in the lists as they came; the rows stay counted."""
    rows = session.execute(
        text(
            "select r.batch_id, p.number, array_agg(r.source_row - p.first_row) as places "
            "from staged_row r join list_part p on p.batch_id = r.batch_id "
            "and r.source_row >= p.first_row and r.source_row < p.first_row + p.rows "
            "where r.donor_id = any(:ids) group by 1, 2 order by 1, 2"
        ),
        {"ids": ids},
    ).all()
    for row in rows:
        values = part_values(session, row.batch_id, row.number)
        session.execute(
            text("update list_part set data = :data where batch_id = :batch and number = :number"),
            {
                "data": _blanked(values, row.places),
                "batch": row.batch_id,
                "number": row.number,
            },
        )
    return sum(len(row.places) for row in rows)


def _blanked(values: pa.Table, places: list[int]) -> bytes:
    gone = pc.is_in(pa.array(range(values.num_rows)), pa.array(places, pa.int64()))
    blanked = values
    for position, name in enumerate(values.column_names):
        if name not in _ACCOUNTS:
            kind = values.schema.field(name).type
            column = pc.if_else(gone, pa.scalar(None, kind), values[name].combine_chunks())
            blanked = blanked.set_column(position, values.schema.field(name), column)
    buffer = BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(buffer, values.schema, options=options) as writer:
        writer.write_table(blanked)
    return buffer.getvalue()
