"""Pledges as a treasurer follows them: which are open, and what happened to one, in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class PledgeStory:
    """A pledge, what has paid it or may have, and what happened to it."""

    ref: str
    amount_cents: int
    paid_cents: int
    suggested_cents: int
    written_off_cents: int
    currency: str
    pledged_on: date
    due_on: date | None
    status: str
    reason: str | None
    events: list[RowMapping]  # at, what, how, detail, number, cents, charge_id; the oldest first

    @property
    def open_cents(self) -> int:
        """Return what nobody has paid and nobody has written off."""
        return max(0, self.amount_cents - self.paid_cents - self.written_off_cents)

    def standing(self, today: date) -> str:
        """Return in a sentence why it is paid or not."""
        if self.status != "open":
            return self.reason or f"The pledge is {self.status.replace('_', ' ')}."
        payments = [event["how"] for event in self.events if event["what"] == "payment"]
        letters = [event for event in self.events if event["what"] in ("link", "reminder")]
        if self.suggested_cents:
            return "A payment probably pays it: it counts once somebody confirms it."
        if payments and payments[-1] == "pending":
            return "A payment is on its way; it counts once it has come in."
        if payments and payments[-1] == "failed":
            return "The last payment failed, and no other has come."
        if self.paid_cents:
            return "A part is paid; what is open is asked for as it falls due."
        if not letters:
            return "Nobody has been sent a way to pay it: Collect pledges sends the link."
        if self.due_on is not None and self.due_on >= today:
            return "The link was sent; the day it is due has not passed."
        return "The link was sent and the day has passed; no payment has come."


_PLEDGE = """
select p.id, p.ref, p.amount_cents, p.written_off_cents, p.currency, p.pledged_on, p.due_on,
    p.status, p.reason,
    coalesce(sum(a.amount_cents) filter (where a.tier = 'confirmed'), 0)::bigint as paid_cents,
    coalesce(sum(a.amount_cents) filter (where a.tier = 'suggested'), 0)::bigint as suggested_cents
from pledge p left join allocation a on a.pledge_id = p.id where p.ref = :ref group by p.id"""
_EVENTS = """
select t.started_at as at, 'call' as what, t.call_result as how, team.name as detail,
    null::int as number, null::bigint as cents, null as charge_id
from pledge p join call_attempt t on t.id = p.call_attempt_id join team on team.id = t.team_id
where p.id = :id
union all
select l.sent_at, l.kind, l.status, l.channel, i.number, i.amount_cents, null
from instalment i join letter l on l.subject_key = 'pledge:' || i.pledge_id || ':' || i.number
where i.pledge_id = :id and l.kind in ('link', 'reminder') and l.channel <> 'skipped'
union all
select c.created_at, 'payment', c.status, c.raw ->> 'failure_message', null, c.amount_cents, c.id
from stripe_charge c where c.pledge_ref = :ref
    or c.id in (select charge_id from allocation where pledge_id = :id)
order by at nulls first, number"""
_OPEN = """
select p.ref, p.pledged_on, p.due_on, p.currency, team.name as team,
    p.amount_cents - p.written_off_cents - coalesce(a.cents, 0) as cents,
    (select count(*) from instalment i
        join letter l on l.subject_key = 'pledge:' || i.pledge_id || ':' || i.number
        where i.pledge_id = p.id and l.kind in ('link', 'reminder') and l.channel <> 'skipped'
    ) as letters
from pledge p left join team on team.id = p.team_id left join (
    select pledge_id, sum(amount_cents)::bigint as cents from allocation
    where tier = 'confirmed' group by pledge_id) a on a.pledge_id = p.id
where p.status = 'open' and p.amount_cents - p.written_off_cents > coalesce(a.cents, 0)
order by p.due_on nulls last, p.id limit :limit"""


def open_pledges(session: Session, limit: int = 500) -> list[RowMapping]:
    """Return the pledges of which something is open, the longest due first."""
    return list(session.execute(text(_OPEN), {"limit": limit}).mappings())


def story(session: Session, ref: str) -> PledgeStory | None:
    """Return what happened to the pledge of that name; None when none is in sight."""
    pledge = session.execute(text(_PLEDGE), {"ref": ref}).mappings().one_or_none()
    if pledge is None:
        return None
    facts = dict(pledge)
    known = {"id": facts.pop("id"), "ref": ref}
    events = session.execute(text(_EVENTS), known).mappings()
    return PledgeStory(**facts, events=list(events))
