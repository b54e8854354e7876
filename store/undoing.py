"""A batch taken back: its rows, its gifts, and the people who stand on it alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.errors import StateError
from store import audit, unmerging
from store.bulk_load import bulk_removal
from store.changes import rows_changed
from store.lists import Batch, close_batch
from store.locks import hold_calls
from store.refilling import take_out
from store.retelling import name_staying, release, tell_again

# What may rest on a person: as long as it does, the person cannot go.
_RESTS: Final = {
    "pledges": "select donor_id as id from pledge",
    "calls": "select donor_id as id from call_attempt",
    "calls in packets": "select donor_id as id from assignment a"
    " where exists (select from packet_row r where r.assignment_id = a.id)",
    "remedies of contributions": "select to_donor_id as id from remedy",
}
# Whatever else names a person goes with the person.
_NAMED_IN: Final = {
    "assignment": ("donor_id",),
    "call_pin": ("donor_id",),
    "donor_pair": ("first_id", "second_id"),
    "donor_merge": ("kept_id", "gone_id"),
    "suppression": ("donor_id",),
    "gift": ("donor_id",),
    "donor_phone": ("donor_id",),
    "donor_email": ("donor_id",),
    "donor_address": ("donor_id",),
    "donor_external_id": ("donor_id",),
}

_REACHED: Final = """reached as not materialized (
        select id, 'phone' as kind, phone_e164 as value from donor
        union all select donor_id, 'phone', phone_e164 from donor_phone
        union all select id, 'e-mail', email from donor
        union all select donor_id, 'e-mail', email from donor_email
    )"""
# Questions whose two no longer share a phone or an e-mail that made them one: what they share still
# is asked on, without the other.
_NO_LONGER_SHARED: Final = f"""
    create temp table no_longer_shared on commit drop as
    with {_REACHED}
    select p.first_id, p.second_id, array_agg(w.kind) as kinds
    from donor_pair p cross join (values ('phone'), ('e-mail')) w (kind)
    where p.status = 'waiting' and p.evidence -> 'agree' ? w.kind
    and (p.first_id in (select id from staying) or p.second_id in (select id from staying))
    and not exists (select from reached x join reached y using (kind, value)
        where x.id = p.first_id and y.id = p.second_id and x.kind = w.kind)
    group by 1, 2
"""
_ASK_WITHOUT: Final = """
    update donor_pair p set evidence = jsonb_set(p.evidence, '{agree}',
        (p.evidence -> 'agree') - n.kinds)
    from no_longer_shared n where (p.first_id, p.second_id) = (n.first_id, n.second_id)
"""
_ASKED_IN_VAIN: Final = """
    delete from donor_pair p using no_longer_shared n
    where (p.first_id, p.second_id) = (n.first_id, n.second_id)
    and not p.evidence -> 'agree' ?| array['phone', 'e-mail']
"""
_BROUGHT: Final = "select count(first_row) from donor where first_batch_id = :batch"
_ASKED_OTHERWISE: Final = (_NO_LONGER_SHARED, _ASK_WITHOUT, _ASKED_IN_VAIN)

# Whoever shares neither number, e-mail nor house with the others of the home any more. A house is
# its number and ZIP code: streets are written in too many ways.
_HOUSE: Final = "coalesce(substring(street from '[0-9]+'), street) || ' ' || left(postal_code, 5)"
_MOVED_OUT: Final = f"""
    with {_REACHED}, member as materialized (
        select id, household_id from donor where status <> 'merged'
        and household_id in (select household_id from donor join staying using (id))
    ), lives as materialized (
        select id, household_id, kind, value from member join (
            select * from reached union all select id, 'house', {_HOUSE} from donor
            union all select donor_id, 'house', {_HOUSE} from donor_address
        ) each using (id)
    )
    update donor set household_id = null where id in (select id from member join staying using (id))
    and id not in (select x.id from lives x join lives y using (household_id, kind, value)
        where x.id <> y.id)
"""
_ALONE_NOW: Final = """
    update donor set household_id = null where household_id in (
        select household_id from donor group by household_id having count(*) = 1)
"""
_EMPTY_HOMES: Final = """
    delete from household h where not exists (select from donor d where d.household_id = h.id)
"""


# A call that is being made rests on its donor as soon as its result is in.
_OF_ITS_PEOPLE: Final = "donor_id in (select donor_id from staged_row where batch_id = :batch)"


def undo(session: Session, batch: Batch, now: datetime) -> dict[str, int]:
    """Take a batch back; people whom other lists know stay, without what it alone told."""
    if batch.status == "admitted":
        hold_calls(session, _OF_ITS_PEOPLE, batch=batch.id)
        unmerging.take_back(session, batch.id, now)
        leaving = _only_here(session, batch.id)
        _refuse_if_needed(session, batch)
        changed = take_out(session, batch.id, now)
        counts = {**_remove(session, batch.id, leaving), "changed": changed}
        release(session, batch, tell_again(session), now)
        for statement in (*_ASKED_OTHERWISE, _MOVED_OUT, _ALONE_NOW, _EMPTY_HOMES):
            session.execute(text(statement))
    else:
        counts = {"donors": 0, "rows": 0, "gifts": 0, "changed": 0}
    close_batch(session, batch.id, status="undone")
    audit.append(session, "list.undo", f"batch:{batch.id}", counts, at=now)
    return counts


# Whoever stands on this batch alone; and who went into another, with rows of this batch alone and
# nothing that was asked of them. Who stays, too, may have taken in somebody who goes.
_LEAVING: Final = """
    create temp table leaving on commit drop as
    with recursive alone as (
        select distinct r.donor_id as id from staged_row r where r.batch_id = :batch
        and r.donor_id is not null and not exists (select from staged_row o
            where o.donor_id = r.donor_id and o.batch_id <> :batch)
    ), went as (
        select m.gone_id as id from donor_merge m where m.undone_at is null
        and m.evidence #> '{moved,pledge}' = '[]' and m.evidence #> '{moved,call_attempt}' = '[]'
        and exists (select from jsonb_array_elements(m.evidence -> 'rows') e
            where (e ->> 0)::bigint = :batch)
        and not exists (select from jsonb_array_elements(m.evidence -> 'rows') e
            join row_end r on r.batch_id = (e ->> 0)::bigint
                and r.source_row = (e ->> 1)::bigint
            where r.batch_id <> :batch)
    ), every (id) as (
        select id from alone union select id from went
        union select d.id from donor d join every e on d.merged_into_id = e.id
    )
    select id from every
"""
_STAYING: Final = """
    select distinct donor_id as id from staged_row where batch_id = :batch
    and donor_id is not null and donor_id not in (select id from leaving)
"""


def _only_here(session: Session, batch_id: int) -> int:
    """Name who goes with a batch, and of whom it tells who stay; return how many go."""
    session.execute(text(_LEAVING), {"batch": batch_id})
    session.execute(text("analyze leaving"))
    name_staying(session, _STAYING, batch=batch_id)
    return int(session.scalar(text("select count(*) from leaving")) or 0)


def _refuse_if_needed(session: Session, batch: Batch) -> None:
    for what, those in _RESTS.items():
        count = session.scalar(text(f"select count(*) from ({those}) each join leaving using (id)"))
        if count:
            raise StateError(
                f"Batch {batch.id} cannot be taken back: {count:,} {what} rest on its donors."
            )


def _remove(session: Session, batch_id: int, leaving: int) -> dict[str, int]:
    def run(statement: str) -> int:
        values = {"batch": batch_id} if ":batch" in statement else {}
        return rows_changed(session.execute(text(statement), values))

    gifts = run("delete from gift where batch_id = :batch")
    for table in ("donor_phone", "donor_email", "donor_address", "donor_external_id"):
        run(f"delete from {table} where batch_id = :batch")
    for table, columns in _NAMED_IN.items():
        for column in columns:
            run(f"delete from {table} where {column} in (select id from leaving)")
    rows = run("delete from row_end where batch_id = :batch")
    rows += session.scalar(text(_BROUGHT), {"batch": batch_id}) or 0
    run("delete from list_part where batch_id = :batch")
    run("update donor set merged_into_id = null where merged_into_id in (select id from leaving)")
    with bulk_removal(session, "donor", leaving):
        donors = run("delete from donor where id in (select id from leaving)")
    run("update donor set first_row = null where first_batch_id = :batch and first_row is not null")
    return {"donors": donors, "rows": rows, "gifts": gifts}
