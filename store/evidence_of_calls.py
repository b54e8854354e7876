"""The facts behind a reason not to call: which pledge, which call, who asked and when."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.money import format_minor
from store.scenes import Scene

_PLEDGE = text("""
    select p.ref, p.amount_cents, p.pledged_on, t.code from pledge p
        left join team t on t.id = p.team_id
    where p.donor_id = :donor_id and p.campaign_id = :campaign_id and p.status <> 'cancelled'
    order by p.id desc limit 1
""")
_CALL = text("""
    select t.code, c.started_at at time zone :zone as at from call_attempt c
        join team t on t.id = c.team_id
    where c.donor_id = :donor_id and c.call_result = any(:results)
    order by c.started_at desc limit 1
""")
_COUNTS = text("""
    select count(*), max(started_at at time zone :zone) from call_attempt
    where donor_id = :donor_id and campaign_id = :campaign_id
""")
_ASKED = text("""
    select s.kind, s.source, (s.since at time zone :zone)::date from suppression s
        join donor d on d.id = :donor_id
    where (s.donor_id = d.id or s.phone_e164 = d.phone_e164 or s.email = d.email)
        and (s.kind = 'deceased') = :has_died
    order by s.since limit 1
""")
_WITH = text("""
    select t.code, a.status from assignment a join team t on t.id = a.team_id
    where a.donor_id = :donor_id and a.status in ('open', 'handed_out') limit 1
""")
_ABROAD = text("""
    select case when country in ('US', 'USA', 'PR', 'VI', 'GU', 'MP', 'AS') or country is null
        then 'the number' else 'the address' end from donor where id = :donor_id
""")
_RESULTS = {
    "refused": ("told to", ["refused"]),
    "bad_number": ("found by", ["wrong_number", "disconnected"]),
    "callback_later": ("told to", ["callback"]),
}


def evidence(session: Session, view: Scene, donor_id: int, reason: str) -> str:
    """Return in a few words what a reason rests on; empty where the reason says it all."""
    values = {
        "donor_id": donor_id,
        "campaign_id": view.campaign.id,
        "zone": view.committee.timezone,
        "has_died": reason == "deceased",
    }
    if reason in _RESULTS:
        verb, results = _RESULTS[reason]
        row = session.execute(_CALL, values | {"results": results}).one_or_none()
        return f"{verb} {row[0]} on {row[1]:%Y-%m-%d %H:%M}" if row else ""
    if reason in ("opted_out", "deceased"):
        row = session.execute(_ASKED, values).one_or_none()
        return f"{row[0].replace('_', ' ')}, by {row[1]}, since {row[2]}" if row else ""
    if reason == "pledged":
        row = session.execute(_PLEDGE, values).one_or_none()
        by = f" to {row[3]}" if row and row[3] else ""
        return f"{row[0]}: {format_minor(row[1])} on {row[2]}{by}" if row else ""
    if reason in ("attempts_total", "attempts_today"):
        count, last = session.execute(_COUNTS, values).one()
        most = view.campaign.policy.attempts_total
        return f"{count} of {most} calls made, the last on {last:%Y-%m-%d}" if count else ""
    if reason == "foreign":
        return str(session.execute(_ABROAD, values).scalar_one())
    if reason == "in_progress":
        row = session.execute(_WITH, values).one_or_none()
        return f"with {row[0]}" if row else ""
    return ""
