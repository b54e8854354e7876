"""Pledges as a treasurer follows them: which are open, and what happened to one, in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.books.ledger import OPEN_DISPUTE


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
    events: list[RowMapping]  # at, what, how, detail, number, cents, charge_id, currency; by time

    @property
    def open_cents(self) -> int:
        """Return what nobody has paid and nobody has written off."""
        return max(0, self.amount_cents - self.paid_cents - self.written_off_cents)

    def standing(self, today: date) -> str:
        """Return in a sentence why it is paid or not."""
        if self.status != "open":
            return self.reason or f"The pledge is {self.status.replace('_', ' ')}."
        if told := self._told_by_payments():
            return told
        letters = [event for event in self.events if event["what"] in ("link", "reminder")]
        if not letters:
            return "Nobody has been sent a way to pay it: Collect pledges sends the link."
        if self.due_on is not None and self.due_on >= today:
            return "The link was sent; the day it is due has not passed."
        return "The link was sent and the day has passed; no payment has come."

    def _told_by_payments(self) -> str | None:
        payments = [event["how"] for event in self.events if event["what"] == "payment"]
        last = payments[-1] if payments else ""
        is_contested = any(event["how"] in OPEN_DISPUTE for event in self.events)
        has_returned = any((event["cents"] or 0) < 0 for event in self.events)
        sentences = (
            (self.suggested_cents, "A payment probably pays it: it counts once it is confirmed."),
            (last == "pending", "A payment is on its way; it counts once it has come in."),
            (last == "failed", "The last payment failed, and none has come since."),
            (self.paid_cents, "A part is paid; what is open is asked for as it falls due."),
            (is_contested, "The payer contests a payment: it counts again if that is won."),
            (has_returned, "What had come went back to the payer, and nothing else pays it."),
            (
                "succeeded" in payments,
                "A payment names it but does not count: reconcile, or see Exceptions.",
            ),
        )
        return next((sentence for holds, sentence in sentences if holds), None)


_PLEDGE = """
select p.id, p.ref, p.amount_cents, p.written_off_cents, p.currency, p.pledged_on, p.due_on,
    p.status, p.reason,
    coalesce(sum(a.amount_cents) filter (where a.tier = 'confirmed'), 0)::bigint as paid_cents,
    coalesce(sum(a.amount_cents) filter (where a.tier = 'suggested'), 0)::bigint as suggested_cents
from pledge p left join allocation a on a.pledge_id = p.id where p.ref = :ref group by p.id"""
# Money of a payment that went back, or that the payer's bank holds until a dispute is decided.
_BACK = """
select r.created_at as at, 'refund' as what, r.status as how, r.reason as detail,
    null::int as number, -r.amount_cents as cents, r.charge as charge_id, r.currency
from stripe_refund r where r.status in ('succeeded', 'pending') and r.charge = any(:charges)
union all
select d.created_at, 'dispute', d.status, d.reason, null,
    case when d.status = 'lost' or d.status = any(:open) then -d.amount_cents end,
    d.charge, d.currency
from stripe_dispute d where d.charge = any(:charges)
union all
select b.created_at, 'failure', 'failed', c.raw ->> 'failure_message', null, b.amount_cents, c.id,
    b.currency
from stripe_balance_transaction b join stripe_charge c on c.id = b.source
where b.reporting_category = 'charge_failure' and b.source = any(:charges)"""
_PAYMENTS = """
select id from stripe_charge where pledge_ref = :ref
union select charge_id from allocation where pledge_id = :id
union select charge_id from allocation_before_return where pledge_id = :id"""
_EVENTS = f"""
select t.started_at as at, 'call' as what, t.call_result as how, team.name as detail,
    null::int as number, null::bigint as cents, null as charge_id,
    null as currency
from pledge p join call_attempt t on t.id = p.call_attempt_id join team on team.id = t.team_id
where p.id = :id
union all
select l.sent_at, l.kind, l.status, l.channel, i.number, i.amount_cents, null, null
from instalment i join letter l on l.subject_key = 'pledge:' || i.pledge_id || ':' || i.number
where i.pledge_id = :id and l.kind in ('link', 'reminder') and l.channel <> 'skipped'
union all
select c.created_at, 'payment', c.status,
    case when c.status = 'failed' then c.raw ->> 'failure_message' end, null, c.amount_cents, c.id,
    c.currency
from stripe_charge c where c.id = any(:charges)
union all {_BACK}
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
    charges = list(session.scalars(text(_PAYMENTS), known))
    asked = {"id": known["id"], "charges": charges, "open": list(OPEN_DISPUTE)}
    events = session.execute(text(_EVENTS), asked).mappings()
    return PledgeStory(**facts, events=list(events))


def went_back(session: Session, charge_id: str) -> list[RowMapping]:
    """Return what of a payment went back, or is contested: as events tell it."""
    asked = {"charges": [charge_id], "open": list(OPEN_DISPUTE)}
    return list(session.execute(text(f"{_BACK} order by at"), asked).mappings())
