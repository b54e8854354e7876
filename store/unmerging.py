"""A merge taken back: two people again, each with what was theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.errors import InputError, StateError
from store import audit, donor_pairs, lists, merging
from store.changes import rows_changed
from store.locks import hold_calls
from store.refilling import refill
from store.retelling import name_staying, tell_again
from store.suppressions import SUPPRESSED_DONORS, mark_suppressed

_CONTACT_KEYS: Final = {
    "donor_phone": "phone_e164",
    "donor_email": "email",
    "donor_address": "key",
    "donor_external_id": "space, external_id",
}


def undo_merge(session: Session, gone: int, *, by: str, now: datetime) -> dict[str, int]:
    """Make two people of a merged one again; return whom, and how much went back.

    What came after the merge stays with the one who was kept. That they are two is remembered.
    """
    lists.lock_admission(session)
    merge = _merge_of(session, gone)
    kept = int(merge["kept_id"])
    hold_calls(session, "donor_id in (:kept, :gone)", kept=kept, gone=gone)
    _refuse(session, kept, gone, merge["evidence"])
    counts = _part(session, merge, gone, now)
    _tell_again(session, kept, gone, merge["evidence"]["rows"], now)
    mark_suppressed(session, now, donors=[kept, gone])
    donor_pairs.remember_not_same(session, kept, gone, by=by, now=now)
    audit.append(session, "donor.unmerge", f"donor:{kept}", {"gone": gone, **counts}, at=now)
    return {"kept": kept, "gone": gone, **counts}


def _tell_again(
    session: Session, kept: int, gone: int, rows: list[list[int]], now: datetime
) -> None:
    """Let both have what lists tell of each since, and not what a list told that is gone."""
    one = "select cast(:donor as bigint) as id"
    there = session.scalars(
        text("select distinct batch_id from row_end where donor_id = :gone"), {"gone": gone}
    )
    is_gone = bool({batch for batch, _ in rows} - set(there))  # a list that told of them
    name_staying(session, one, donor=gone)
    refill(session, now, blanks=not is_gone)
    name_staying(session, one, donor=kept)
    refill(session, now, blanks=True)
    name_staying(session, f"{one} union select cast(:other as bigint)", donor=kept, other=gone)
    tell_again(session)


_BY_BATCH: Final = """
    select m.gone_id from donor_merge m join donor g on g.id = m.gone_id
    join donor k on k.id = m.kept_id and k.merged_into_id is null
    where m.batch_id = :batch and m.undone_at is null and g.first_batch_id <> :batch
    and m.evidence ? 'moved' and not exists (select from pledge p where p.donor_id = m.kept_id
        and m.evidence #> '{moved,pledge}' @> to_jsonb(p.id)
        and signed_report(null, p.pledged_on) is not null)
    order by m.id desc
"""


def take_back(session: Session, batch_id: int, now: datetime) -> None:
    """Part the people whom a batch made one: what said so goes with it.

    Where a signed report, or a later merge, rests on it they stay one.
    """
    for gone in session.scalars(text(_BY_BATCH), {"batch": batch_id}).all():
        merge = _merge_of(session, gone)
        counts = _part(session, merge, gone, now)
        detail = {"gone": gone, "batch": batch_id, **counts}
        audit.append(session, "donor.unmerge", f"donor:{merge['kept_id']}", detail, at=now)


def _part(session: Session, merge: dict[str, Any], gone: int, now: datetime) -> dict[str, int]:
    """Give each of two what was theirs before they became one."""
    kept = int(merge["kept_id"])
    values = {"kept": kept, "gone": gone, "evidence": merge["evidence_text"], "now": now}
    counts = _move_back(session, merge["evidence"], values)
    _take_contacts_back(session, merge["evidence"], values)
    _split_record(session, values)
    mark_suppressed(session, now, donors=[kept, gone])
    session.execute(
        text("update donor_merge set undone_at = :now where id = :id"),
        {"now": now, "id": merge["id"]},
    )
    return counts


def _merge_of(session: Session, gone: int) -> dict[str, Any]:
    found = (
        session.execute(
            text(
                "select id, kept_id, evidence, evidence::text as evidence_text from donor_merge"
                " where gone_id = :gone and undone_at is null order by id desc limit 1 for update"
            ),
            {"gone": gone},
        )
        .mappings()
        .first()
    )
    if found is not None:
        return dict(found)
    if session.scalar(text("select id from donor where id = :gone"), {"gone": gone}) is None:
        raise InputError(f"There is no donor {gone}.")
    raise StateError(f"Donor {gone} is not merged into another.")


def _refuse(session: Session, kept: int, gone: int, evidence: dict[str, Any]) -> None:
    into = session.scalar(
        text("select merged_into_id from donor where id = :kept for update"), {"kept": kept}
    )
    if into is not None:
        raise StateError(f"Donor {kept} was merged into {into} since: take that merge back first.")
    if "moved" not in evidence:
        raise StateError(
            f"The merge of {gone} into {kept} kept no account of what moved: it cannot be undone."
        )
    signed = session.scalar(
        text(
            "select min(signed_report(null, pledged_on)) from pledge"
            " where id = any(:pledges) and donor_id = :kept"
        ),
        {"pledges": evidence["moved"]["pledge"], "kept": kept},
    )
    if signed is not None:
        raise StateError(
            f"Pledges of donor {gone} stand in the signed report {signed} as donor {kept}'s: "
            "they stay one person."
        )


def _move_back(
    session: Session, evidence: dict[str, Any], values: dict[str, Any]
) -> dict[str, int]:
    counts = {"rows": _rows_back(session, values)}
    for table, ids in evidence["moved"].items():
        result = session.execute(
            text(
                f"update {table} set donor_id = :gone where donor_id = :kept and id = any(:ids)"
                + (" and status not in ('open', 'handed_out')" if table == "assignment" else "")
            ),
            {"gone": values["gone"], "kept": values["kept"], "ids": ids},
        )
        counts[_NAMES[table]] = rows_changed(result)
    return counts


_NAMES: Final = {
    "gift": "gifts",
    "pledge": "pledges",
    "call_attempt": "calls",
    "suppression": "suppressions",
    "assignment": "assignments",
}


def _rows_back(session: Session, values: dict[str, Any]) -> int:
    result = session.execute(
        text(
            "update row_end r set donor_id = :gone"
            " from jsonb_array_elements(cast(:evidence as jsonb) -> 'rows') each"
            " where r.donor_id = :kept and r.batch_id = (each ->> 0)::bigint"
            " and r.source_row = (each ->> 1)::bigint"
        ),
        {name: values[name] for name in ("gone", "kept", "evidence")},
    )
    return rows_changed(result)


def _take_contacts_back(session: Session, evidence: dict[str, Any], values: dict[str, Any]) -> None:
    for table, key in _CONTACT_KEYS.items():
        for one in evidence["contacts"][table]:
            session.execute(
                text(f"delete from {table} where donor_id = :kept and array[{key}] = :key"),
                {"kept": values["kept"], "key": one},
            )


def _split_record(session: Session, values: dict[str, Any]) -> None:
    """Take out of the kept record what the other one filled, and let the other live again."""
    emptied = ", ".join(
        f"{name} = case when b.was ->> '{name}' is distinct from cast(d.{name} as text)"
        f" and d.{name} is not distinct from g.{name} then null else d.{name} end"
        for name in merging.BLANKS
    )
    session.execute(
        text(
            f"update donor d set {emptied}, updated_at = :now,"
            " provenance = case when d.provenance = (b.was -> 'provenance') || g.provenance"
            "   then b.was -> 'provenance' else d.provenance end,"
            " consent = case when d.consent = g.consent || (b.was -> 'consent')"
            "   then b.was -> 'consent' else d.consent end"
            " from donor g, (select cast(:evidence as jsonb) -> 'kept' as was) b"
            " where d.id = :kept and g.id = :gone"
        ),
        values,
    )
    # Only now does the kept one have no number of the other's that keeps both from calls.
    session.execute(
        text(
            "update donor d set status = b.was ->> 'status',"
            " status_reason = b.was ->> 'status_reason'"
            " from (select cast(:evidence as jsonb) -> 'kept' as was) b"
            " where d.id = :kept and d.status in ('suppressed', 'deceased')"
            f" and not exists (select from ({SUPPRESSED_DONORS}) s where s.donor_id = d.id)"
        ),
        {name: values[name] for name in ("kept", "evidence")},
    )
    session.execute(
        text(
            "update donor set merged_into_id = null, updated_at = :now,"
            " status = cast(:evidence as jsonb) #>> '{gone,status}',"
            " status_reason = cast(:evidence as jsonb) #>> '{gone,status_reason}'"
            " where id = :gone"
        ),
        {name: values[name] for name in ("now", "evidence", "gone")},
    )
