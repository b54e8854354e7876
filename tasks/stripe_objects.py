"""Bringing Stripe's records into our books: fetch, follow what changes, open payouts, prove."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from campaign.books.windows import Window
from campaign.days import Period
from campaign.errors import SetupError
from campaign.requests import PeriodRequest, SyncRequest
from config.clock import now
from config.settings import settings
from gateways.stripe import Page, StripeApi, StripeGateway
from store import audit, committees, stripe_objects
from store.session import unit_of_work
from tasks.policies import step

log = logging.getLogger(__name__)

_IN_PERIOD = ("charge", "payment_intent", "checkout.session")
# A subscription's invoice is drawn up before its payment: by hours, over a weekend by days.
_INVOICED_BEFORE = 3 * 86_400
# A refund or a dispute of the period's money may come after the period.
_FROM_PERIOD = ("refund", "dispute")
# The ledger and its payouts come whole, so that the balance can be proven.
_WHOLE = ("balance_transaction", "payout")
# Stripe's clock, or the sandbox's, may be ahead of ours: what is newest has no end.
_AHEAD = timedelta(days=3650)
_PAGES_A_WRITE = 10
_THREADS = 8
_TRIES = 5
_OVERLAP = timedelta(days=2)


def stripe_gateway() -> StripeGateway:
    """Return the door to Stripe; SetupError when no key is set."""
    key = settings().stripe_api_key
    if key is None or not key.get_secret_value():
        raise SetupError("Set STRIPE_API_KEY: Stripe cannot be asked without a key.")
    return StripeApi(key.get_secret_value(), settings().stripe_api_base, settings().stripe_rate)


def committee_period(request: PeriodRequest) -> Period:
    """Return the asked days in the committee's time zone."""
    with unit_of_work() as session:
        timezone = committees.the_committee(session).timezone
    return Period(request.first_day, request.last_day, timezone)


@step
def fetch_stripe_records(request: SyncRequest) -> dict[str, int]:
    """Fetch what was created in these days, and the ledger up to now; return counts by kind."""
    gateway = stripe_gateway()
    account = gateway.account() or {}
    dashboard = (account.get("settings") or {}).get("dashboard") or {}
    with unit_of_work() as session:
        if account.get("id"):  # a restricted key may not tell
            mode = "live" if settings().is_live else "test"
            committees.bind_account(session, f"{account['id']} {mode}")
        committees.adopt_account(
            session,
            _known_zone(dashboard.get("timezone") or account.get("timezone")),
            account.get("default_currency"),
        )
    period = committee_period(request)
    started = time.monotonic()
    asked_at = now()
    counts: Counter[str] = Counter()
    windows = _windows(period, asked_at)
    with unit_of_work() as session:
        left = [part for w in windows for part in stripe_objects.unfinished(session, w, asked_at)]
    _save_pages(gateway.pages(left), counts, asked_at)
    _follow_changes(gateway, period, counts)
    _open_payouts(gateway, counts)
    _prove(gateway, windows, asked_at)
    _control(gateway, period)
    counts.update(gateway.counts)
    log.info("synchronised in %.1f s: %s", time.monotonic() - started, dict(counts))
    return dict(counts)


def _known_zone(name: object) -> str | None:
    """Return a time zone that this machine knows; None for any other name."""
    return str(name) if name in available_timezones() else None


def _windows(period: Period, asked_at: datetime) -> list[Window]:
    """Return the stretches to fetch; the ledger comes whole, so that its balance is proven."""
    first = int(period.starts_at.timestamp())
    last = int(period.ends_at.timestamp()) - 1
    newest = int((asked_at + _AHEAD).timestamp())
    with unit_of_work() as session:
        known = stripe_objects.ledger_known_until(session)
    whole = 0 if known is None else max(min(first, int((known - _OVERLAP).timestamp())), 0)
    return [
        *(Window(kind, first, last) for kind in _IN_PERIOD),
        Window("invoice", first - _INVOICED_BEFORE, last),
        *(Window(kind, first, newest) for kind in _FROM_PERIOD),
        *(Window(kind, whole, newest) for kind in _WHOLE),
    ]


def _save_pages(pages: Iterable[Page], counts: Counter[str], at: datetime) -> None:
    """Write pages as they come, some at a time: a page and its mark in one transaction."""
    waiting: list[Page] = []
    for page in pages:
        waiting.append(page)
        if len(waiting) >= _PAGES_A_WRITE:
            _write(waiting, counts, at)
            waiting = []
    _write(waiting, counts, at)


def _write(pages: list[Page], counts: Counter[str], at: datetime) -> None:
    rows: dict[str, list[dict[str, Any]]] = {}
    for page in pages:
        rows.setdefault(page.kind, []).extend(page.rows)
    with unit_of_work() as session:
        for kind in sorted(rows):
            customers = [c for raw in rows[kind] if isinstance(c := raw.get("customer"), dict)]
            stripe_objects.save(session, "customer", customers, at)
            counts[kind] += stripe_objects.save(session, kind, rows[kind], at)
        for page in pages:
            if page.finished and page.finished[0] <= page.finished[1]:
                stripe_objects.note_finished(session, page.kind, page.finished, at)


def _follow_changes(gateway: StripeGateway, period: Period, counts: Counter[str]) -> None:
    """Fetch again what is older than the period and may have changed, or was named by it."""
    at = now()
    with unit_of_work() as session:
        stale = stripe_objects.may_have_changed(session, period.starts_at, period.ends_at, at)
        stale += [("customer", identity) for identity in stripe_objects.missing_customers(session)]
        stale += stripe_objects.hints_to_follow(session)
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, identity in dict.fromkeys(stale):
        raw = gateway.retrieve(kind, identity)
        if raw is not None and not raw.get("deleted"):
            found.setdefault(kind, []).append(raw)
    with unit_of_work() as session:
        for kind in sorted(found):
            counts[f"{kind} again"] += stripe_objects.save(session, kind, found[kind], at)
        stripe_objects.link_payments(session)
        stripe_objects.note_followed(session, at, now())


def _open_payouts(gateway: StripeGateway, counts: Counter[str]) -> None:
    """Ask of each automatic payout which ledger rows it holds."""
    with unit_of_work() as session:
        payouts = stripe_objects.payouts_to_open(session)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="payout") as pool:
        for payout, rows in zip(payouts, pool.map(gateway.payout_rows, payouts), strict=True):
            if rows is None:
                counts["payouts that cannot be opened"] += 1
                continue
            with unit_of_work() as session:
                stripe_objects.note_payout_contents(session, payout, rows, now())
            counts["payouts opened"] += 1


def _prove(gateway: StripeGateway, windows: list[Window], asked_at: datetime) -> None:
    """Keep the balance that Stripe tells, for the roll-forward, and close the sync."""
    balance = _settled_balance(gateway, asked_at)
    at = now()
    with unit_of_work() as session:
        if balance is not None:
            stripe_objects.save_balance(session, balance, at, is_from_the_start=True)
        stripe_objects.close_sync(session, windows, asked_at)
        detail = {"windows": len(windows), "until": at.astimezone(UTC).isoformat()}
        audit.append(session, "stripe synchronised", "stripe", detail, at=at)


def _control(gateway: StripeGateway, period: Period) -> None:
    """Keep Stripe's own totals of the period, where its reports can be had."""
    # An end is excluded; what happened in this very second belongs to it.
    end = min(period.ends_at, now() + timedelta(seconds=1))
    if end <= period.starts_at:
        return
    totals = gateway.totals(int(period.starts_at.timestamp()), int(end.timestamp()))
    with unit_of_work() as session:
        stripe_objects.save_totals(session, period.first_day, period.last_day, totals or [])


def _settled_balance(gateway: StripeGateway, asked_at: datetime) -> dict[str, Any] | None:
    """Return the balance once nothing moved while it was read: the ledger's tail is read again."""
    before = gateway.balance()
    newest = int((asked_at + _AHEAD).timestamp())
    tail = [Window(kind, int(asked_at.timestamp()) - 600, newest) for kind in _WHOLE]
    for _ in range(_TRIES):
        _save_pages(gateway.pages(tail), Counter(), asked_at)
        after = gateway.balance()
        if after == before:
            break
        before = after
    return before
