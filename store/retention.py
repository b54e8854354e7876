"""Who is past the time for which records are kept.

Belongs here: finding people. Does not belong here: the rule (`campaign/compliance/retention`) and
the forgetting (`store/forgetting`).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.compliance.retention import Cutoffs
from store.forgetting import FORGOTTEN
from store.payers import MOMENTS_OF_DONOR

# A list that was brought in lately is a reason of its own to know somebody: it is counted with the
# gifts. Who owes, waits for a call or was forgotten before is left out. Most people are known by
# something new, most of those by the list that brought them: they go first, and what is known of
# the others is looked up one by one.
_DUE = f"""
    with new_list as materialized (
        select id from list_batch
        where status = 'admitted' and (created_at at time zone :zone)::date >= :gifts
    ), recent as materialized (
        select donor_id from gift where given_on >= :gifts
        union all
        select donor_id from row_end where batch_id in (select id from new_list)
        union all
        select donor_id from call_attempt where (started_at at time zone :zone)::date >= :calls
    )
    select d.id, given.on_day as last_known_on, called.on_day as last_call_on
    from donor d left join lateral (
        select max(on_day) as on_day from (
            select max(given_on) as on_day from gift where donor_id = d.id
            union all
            select max((created_at at time zone :zone)::date) from {MOMENTS_OF_DONOR} payment
            union all
            select max((b.created_at at time zone :zone)::date)
            from staged_row w join list_batch b on b.id = w.batch_id
            where w.donor_id = d.id and b.status = 'admitted'
        ) known
    ) given on true left join lateral (
        select max((started_at at time zone :zone)::date) as on_day
        from call_attempt where donor_id = d.id
    ) called on true
    where d.status <> 'merged' and d.status_reason is distinct from :forgotten
        and coalesce(d.first_batch_id not in (select id from new_list), true)
        and d.id not in (select donor_id from recent where donor_id is not null)
        and coalesce(given.on_day, (d.updated_at at time zone :zone)::date) < :gifts
        and not exists (select from pledge p where p.donor_id = d.id and p.status = 'open')
        and not exists (select from assignment a where a.donor_id = d.id
            and a.status in ('open', 'handed_out', 'planned'))
    order by d.id limit :limit
"""


def due(session: Session, before: Cutoffs, zone: str, limit: int) -> list[RowMapping]:
    """Return people for whom no rule keeps anything any more, by number."""
    values = {
        "gifts": before.gifts,
        "calls": before.calls,
        "zone": zone,
        "forgotten": FORGOTTEN,
        "limit": limit,
    }
    return list(session.execute(text(_DUE), values).mappings())


def people_with(session: Session, *, phone_e164: str | None, email: str | None) -> list[RowMapping]:
    """Return who has a number or an address, with what tells them apart."""
    rows = session.execute(
        text("""
            select id, first_name, last_name, city, state, status from donor d
            where status <> 'merged' and (
                phone_e164 = :phone or lower(email) = :email
                or exists (select from donor_phone p where p.donor_id = d.id
                    and p.phone_e164 = :phone)
                or exists (select from donor_email m where m.donor_id = d.id
                    and lower(m.email) = :email))
            order by id limit 20"""),
        {"phone": phone_e164, "email": email},
    )
    return list(rows.mappings())


def forgotten_count(session: Session) -> tuple[int, datetime | date | None]:
    """Return how many people were forgotten so far, and when the last one was."""
    row = session.execute(
        text("select count(*), max(updated_at) from donor where status_reason = :forgotten"),
        {"forgotten": FORGOTTEN},
    ).one()
    return row[0], row[1]
