"""Which pledges wait for a link, a letter or a reminder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.errors import UnknownCodeError

# The next part of a pledge is asked for so many days before it is due.
ASK_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class DuePart:
    """A part of a pledge that is open, with whom to ask and how far it was asked for."""

    pledge_id: int
    ref: str
    number: int
    parts: int
    amount_cents: int
    currency: str
    pledged_on: date
    due_on: date
    donor_id: int | None
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    may_text: bool
    postal_code: str | None
    street: str | None
    city: str | None
    state: str | None
    url: str | None
    link: str | None  # Stripe's name of it
    link_cents: int | None
    is_tried: bool  # a payment of the pledge was begun, whatever came of it
    letters: int
    reminders: int


# A part is covered when what was paid (suggested payments, too: nobody is dunned for a doubt)
# reaches the sum of the parts up to it. Nobody who opted out, disputes or is deceased is asked, nor
# whose payment is under way: a bank debit takes days.
_DUE_PARTS = """
with paid as (
    select pledge_id, sum(amount_cents) as cents from allocation group by pledge_id
), part as (
    select i.*, sum(i.amount_cents) over (partition by i.pledge_id order by i.number) as up_to,
           count(*) over (partition by i.pledge_id) as parts
    from instalment i
), tried as (
    select pledge_ref, bool_or(status = 'pending') as is_under_way from stripe_charge
    where pledge_ref is not null group by pledge_ref
)
select p.id, p.ref, part.number, part.parts,
       least(part.amount_cents, part.up_to - coalesce(paid.cents, 0)) as amount_cents,
       p.currency, p.pledged_on, part.due_on, p.donor_id, p.first_name, p.last_name, p.email,
       p.phone_e164, coalesce((d.consent ->> 'sms')::text in ('true', 'yes', 'express'), false),
       p.postal_code, d.street, d.city, d.state, l.url,
       l.stripe_id, l.amount_cents, tried.pledge_ref is not null,
       (select count(*) from letter t where t.kind = 'link' and t.status = 'sent'
          and t.subject_key = 'pledge:' || p.id || ':' || part.number),
       (select count(*) from letter t where t.kind = 'reminder' and t.status = 'sent'
          and t.subject_key = 'pledge:' || p.id || ':' || part.number)
from part
join pledge p on p.id = part.pledge_id
left join campaign c on c.id = p.campaign_id
left join donor d on d.id = p.donor_id
left join paid on paid.pledge_id = p.id
left join payment_link l on l.pledge_id = p.id and l.instalment_number = part.number
left join tried on tried.pledge_ref = p.ref
where p.status = 'open' and part.due_on <= :until
  and part.up_to > coalesce(paid.cents, 0) and not coalesce(tried.is_under_way, false)
  and (cast(:campaign as text) is null or c.code = :campaign)
  and coalesce(d.status, 'active') <> 'deceased'
  and not exists (select 1 from suppression s where s.kind in ('opt_out', 'deceased')
        and (s.donor_id = p.donor_id or s.email = p.email or s.phone_e164 = p.phone_e164))
  and not exists (select 1 from allocation a join stripe_dispute x on x.charge = a.charge_id
        where a.pledge_id = p.id)
  and not exists (select 1 from stripe_charge g join stripe_dispute x on x.charge = g.id
        where g.pledge_ref = p.ref)
order by p.id, part.number
"""


def due_parts(session: Session, campaign: str | None, today: date) -> list[DuePart]:
    """Return the parts that are open and due, or due soon; each pledge's first part at once."""
    rows = session.execute(
        text(_DUE_PARTS.replace("part.due_on <= :until", "(part.due_on <= :until or number = 1)")),
        {"until": today + ASK_AHEAD, "campaign": campaign},
    )
    return [DuePart(*row) for row in rows]


def require_campaign(session: Session, code: str) -> None:
    """Refuse a campaign that does not exist, and name those that do."""
    known = list(session.scalars(text("select code from campaign order by code")))
    if code not in known:
        raise UnknownCodeError("campaign", code, known)


def save_link(session: Session, part: DuePart, stripe_id: str, url: str, at: datetime) -> None:
    """Keep a part's link; a part has one, the newest."""
    session.execute(
        text(
            "insert into payment_link (pledge_id, instalment_number, stripe_id, url, amount_cents, "
            "created_at) values (:pledge, :number, :stripe_id, :url, :cents, :at) "
            "on conflict (pledge_id, instalment_number) do update set "
            "stripe_id = excluded.stripe_id, url = excluded.url, created_at = excluded.created_at, "
            "amount_cents = excluded.amount_cents, deactivated_at = null"
        ),
        {
            "pledge": part.pledge_id,
            "number": part.number,
            "stripe_id": stripe_id,
            "url": url,
            "cents": part.amount_cents,
            "at": at,
        },
    )


def note_letter(
    session: Session, part: DuePart, kind: str, number: int, channel: str, path: str | None,
    at: datetime,
) -> None:  # fmt: skip
    """Keep that a letter went out; its kind, part and number are its identity."""
    session.execute(
        text(
            "insert into letter (kind, subject_key, number, donor_id, channel, status, path, "
            "sent_at) values (:kind, :key, :number, :donor, :channel, 'sent', :path, :at) "
            "on conflict (kind, subject_key, number) do nothing"
        ),
        {
            "kind": kind,
            "key": f"pledge:{part.pledge_id}:{part.number}",
            "number": number,
            "donor": part.donor_id,
            "channel": channel,
            "path": path,
            "at": at,
        },
    )


def links_to_close(session: Session) -> list[str]:
    """Return links whose pledge is paid, written off or cancelled."""
    rows = session.scalars(
        text(
            "select l.stripe_id from payment_link l join pledge p on p.id = l.pledge_id "
            "where l.deactivated_at is null and p.status <> 'open' order by l.id"
        )
    )
    return list(rows)


def note_closed(session: Session, stripe_id: str, at: datetime) -> None:
    """Keep that a link takes no payment any more."""
    session.execute(
        text("update payment_link set deactivated_at = :at where stripe_id = :id"),
        {"id": stripe_id, "at": at},
    )
