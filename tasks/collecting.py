"""Asking for what was pledged: a link a part, a letter a link, reminders that stop themselves."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import segno

from campaign.days import day_of
from campaign.giving.letters import Ask, Sender, letter, notice, printed, subject, text_message
from campaign.giving.pledges import reminders_due
from campaign.requests import CollectRequest
from config.clock import now
from gateways.letters import Parcel, PostOffice, post_office
from gateways.stripe import LinkRequest, StripeGateway
from store import audit, collecting
from store.collecting import DuePart
from store.committees import the_committee
from store.locks import Lock
from store.session import one_at_a_time, unit_of_work
from tasks.policies import step
from tasks.stripe_objects import stripe_gateway

_THREADS = 8


def _due(request: CollectRequest) -> tuple[list[DuePart], Sender, date]:
    with unit_of_work() as session:
        committee = the_committee(session)
        if request.campaign is not None:
            collecting.require_campaign(session, request.campaign)
        today = day_of(now(), committee.timezone)
        parts = collecting.due_parts(session, request.campaign, today)
    sender = Sender(
        committee.name, committee.kind, committee.paid_for_by, committee.street, committee.city
    )
    return parts, sender, today


@step
def make_links(request: CollectRequest) -> int:
    """Make a payment link for each part that has none that serves; return how many."""
    parts, sender, _ = _due(request)
    wanted = [part for part in parts if part.url is None or _may_be_spent(part)]
    if not wanted:
        return 0
    gateway = stripe_gateway()
    kind = "-open" if request.open_amount else ""

    def make(part: DuePart) -> int:
        if part.link is not None and not _is_spent(gateway, part, part.link):
            return 0
        after = f"-after-{part.link}" if part.link else ""
        link = gateway.create_link(
            LinkRequest(
                pledge_ref=part.ref,
                amount_cents=part.amount_cents,
                currency=part.currency,
                title=f"Pledge to {sender.name}",
                notice=notice(sender),
                # Killed between Stripe and us, the same key brings the same link back.
                idempotency_key=f"{part.ref}-{part.number}-{part.amount_cents}{kind}{after}",
                is_open=request.open_amount,
            )
        )
        with unit_of_work() as session:
            collecting.save_link(session, part, *link, now())
        return 1

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="links") as pool:
        return sum(pool.map(make, wanted))


def _may_be_spent(part: DuePart) -> bool:
    return part.is_tried or part.link_cents != part.amount_cents


def _is_spent(gateway: StripeGateway, part: DuePart, name: str) -> bool:
    """Whether a part's link takes no longer what is due; one that asks for another sum is closed.

    A link serves once, and a debit that failed has used it up. One that leaves the sum to the donor
    serves until it is closed (docs.stripe.com/api/payment-link, restrictions).
    """
    link = gateway.retrieve("payment_link", name)
    if link is None or not link["active"]:
        return link is not None  # a key that may not look at links tells nothing
    uses = (link["restrictions"] or {}).get("completed_sessions")
    if uses is None or (uses["count"] < uses["limit"] and part.link_cents == part.amount_cents):
        return False
    gateway.close_link(name)
    return True


@step
def close_links() -> int:
    """Close the links of pledges that are done; return how many."""
    with unit_of_work() as session:
        links = collecting.links_to_close(session)
    gateway = stripe_gateway() if links else None
    for link in links:
        assert gateway is not None
        gateway.close_link(link)
        with unit_of_work() as session:
            collecting.note_closed(session, link, now())
    return len(links)


@step
def send_letters(request: CollectRequest) -> dict[str, int]:
    """Send each link its letter, and reminders where they are due; return counts by channel.

    Two at once would send each letter twice: the second waits, and finds them sent.
    """
    with one_at_a_time(Lock.LETTERS, "pledges"):
        return _send_due(request)


def _send_due(request: CollectRequest) -> dict[str, int]:
    parts, sender, today = _due(request)
    office = post_office()
    sent: Counter[str] = Counter()
    for part in parts:
        if part.url is None:
            continue
        if part.letters == 0:
            sent[f"letters by {_send(office, sender, part, 'link', 1)}"] += 1
        elif request.send_reminders and part.reminders < reminders_due(part.due_on, today):
            # However many were missed, one is sent: nobody gets two on a day.
            number = reminders_due(part.due_on, today)
            with unit_of_work() as session:
                for skipped in range(part.reminders + 1, number):
                    collecting.note_letter(
                        session, part, "reminder", skipped, "skipped", None, now()
                    )
            sent[f"reminders by {_send(office, sender, part, 'reminder', number)}"] += 1
    if sent:
        with unit_of_work() as session:
            audit.append(session, "letters sent", "pledges", dict(sent), at=now())
    return dict(sent)


def _send(office: PostOffice, sender: Sender, part: DuePart, kind: str, number: int) -> str:
    """Send one letter and note it; killed in between, the same letter is written again."""
    channel = _channel(part)
    parcel = _parcel(sender, part, kind, number, channel)
    path = office.send(parcel)
    with unit_of_work() as session:
        collecting.note_letter(
            session, part, kind, number, channel, str(path) if path else None, now()
        )
    return channel


def _channel(part: DuePart) -> str:
    if part.email:
        return "email"
    return "sms" if part.phone and part.may_text else "paper"


def _parcel(sender: Sender, part: DuePart, kind: str, number: int, channel: str) -> Parcel:
    is_reminder = kind == "reminder"
    ask = Ask(
        first_name=part.first_name,
        amount_cents=part.amount_cents,
        currency=part.currency,
        pledged_on=part.pledged_on,
        due_on=part.due_on,
        pledge_ref=part.ref,
        part=part.number,
        parts=part.parts,
        url=str(part.url),
    )
    text = letter(sender, ask, is_reminder=is_reminder)
    html = None
    if channel == "sms":
        text = text_message(sender, ask)
    elif channel == "paper":
        name = " ".join(name for name in (part.first_name, part.last_name) if name)
        place = ", ".join(p for p in (part.street, part.city, part.state, part.postal_code) if p)
        html = printed(text, f"{name}, {place}", segno.make(ask.url).svg_inline(scale=4))
    return Parcel(
        name=f"{kind}-{part.pledge_id}-{part.number}-{number}",
        channel=channel,
        to=(part.email if channel == "email" else part.phone) or "",
        subject=subject(sender, is_reminder=is_reminder),
        text=text,
        html=html,
    )
