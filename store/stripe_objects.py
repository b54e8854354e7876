"""Stripe's records in the database: each id once, the newest state wins, raw JSON kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.books import records
from campaign.books.windows import Window, gaps
from store.bulk import copy_rows
from store.changes import rows_changed
from store.period_seals import amending

_KINDS = {
    "charge": ("stripe_charge", records.charge_row),
    "refund": ("stripe_refund", records.refund_row),
    "dispute": ("stripe_dispute", records.dispute_row),
    "payout": ("stripe_payout", records.payout_row),
    "balance_transaction": ("stripe_balance_transaction", records.balance_transaction_row),
}
# An unfinished sync is taken up again for so long; later everything is asked anew.
_RESUME_HOURS = 6


def save(session: Session, kind: str, rows: Iterable[dict[str, Any]], at: datetime) -> int:
    """Write these records; return how many ids they hold. Repeating it changes nothing."""
    unique = {str(raw["id"]): raw for raw in rows if raw.get("id")}
    if not unique:
        return 0
    amending(session, "Stripe tells more")
    if kind in _KINDS:
        table, to_row = _KINDS[kind]
        _upsert(session, table, [to_row(raw) for raw in unique.values()], at)
    else:
        others = [records.other_row(kind, raw) for raw in unique.values()]
        _upsert(session, "stripe_object", others, at)
    return len(unique)


def _upsert(session: Session, table: str, rows: Sequence[dict[str, Any]], at: datetime) -> None:
    columns = [*rows[0], "fetched_at"]
    if table == "stripe_object":
        columns = [name for name in columns if name != "currency"]
    staged = f"staged_{table}"
    names = ", ".join(columns)
    session.execute(
        text(
            f"create temporary table if not exists {staged} on commit drop "
            f"as select {names} from {table} with no data"
        )
    )
    session.execute(text(f"truncate {staged}"))
    copy_rows(
        session, staged, columns, ([_value(row, name, at) for name in columns] for row in rows)
    )
    sets = ", ".join(f"{name} = {_newest(table, name)}" for name in columns if name != "id")
    # In the order of their ids, so that two syncs at once wait for each other and never deadlock.
    session.execute(
        text(
            f"insert into {table} ({names}) select {names} from {staged} order by id "
            f"on conflict (id) do update set {sets}"
        )
    )


def _newest(table: str, name: str) -> str:
    """Return what becomes of a column: what Stripe tells now, but what had come stays told.

    A bank debit may fail days after it succeeded: it goes back by a row of the ledger, on its day.
    """
    if table == "stripe_charge" and name in ("status", "captured_cents"):
        return (
            f"case when stripe_charge.status = 'succeeded' and excluded.status = 'failed' "
            f"then stripe_charge.{name} else excluded.{name} end"
        )
    return f"excluded.{name}"


def _value(row: dict[str, Any], name: str, at: datetime) -> Any:
    if name == "fetched_at":
        return at
    value = row[name]
    return json.dumps(value) if name in ("raw", "payer_address") else value


def note_payout_contents(
    session: Session, payout: str, rows: list[dict[str, Any]], at: datetime
) -> None:
    """Keep which ledger rows a payout holds: the rows themselves do not say it."""
    save(session, "balance_transaction", rows, at)
    ids = [str(row["id"]) for row in rows]
    session.execute(
        text(
            "update stripe_balance_transaction set payout = case when id = any(:ids) "
            "then :payout end where id = any(:ids) or payout = :payout"
        ),
        {"ids": ids, "payout": payout},
    )
    session.execute(text("delete from payout_row where payout = :payout"), {"payout": payout})
    copy_rows(
        session,
        "payout_row",
        ["payout", "balance_transaction"],
        ((payout, row) for row in set(ids)),
    )


def link_payments(session: Session) -> None:
    """Complete charges with what only their payment intent, session or invoice tells."""
    session.execute(
        text(
            """
            with told as (
                select links_to,
                       max(coalesce(
                           nullif(trim(raw #>> '{metadata,pledge_ref}'), ''),
                           nullif(trim(raw #>> '{subscription_details,metadata,pledge_ref}'), ''),
                           nullif(trim(raw #>>
                               '{parent,subscription_details,metadata,pledge_ref}'), '')
                       )) as ref,
                       max(coalesce(nullif(raw #>> '{customer_details,name}', ''),
                                    nullif(raw ->> 'customer_name', ''))) as name,
                       max(coalesce(nullif(raw #>> '{customer_details,email}', ''),
                                    nullif(raw ->> 'customer_email', ''))) as email,
                       max(nullif(raw #>> '{customer_details,phone}', '')) as phone,
                       max(nullif(raw #>> '{customer_details,address,postal_code}', '')) as postal
                from stripe_object
                where kind in ('payment_intent', 'checkout.session', 'invoice')
                  and links_to is not null
                group by links_to
            )
            update stripe_charge c set
                pledge_ref = coalesce(c.pledge_ref, told.ref),
                payer_name = coalesce(c.payer_name, told.name),
                payer_email = coalesce(c.payer_email, told.email),
                payer_phone = coalesce(c.payer_phone, told.phone),
                postal_code = coalesce(c.postal_code, told.postal)
            from told where told.links_to = c.payment_intent
              and (c.pledge_ref, c.payer_name, c.payer_email, c.payer_phone, c.postal_code)
                  is distinct from
                  (coalesce(c.pledge_ref, told.ref), coalesce(c.payer_name, told.name),
                   coalesce(c.payer_email, told.email), coalesce(c.payer_phone, told.phone),
                   coalesce(c.postal_code, told.postal))
            """
        )
    )
    session.execute(
        text(
            """
            update stripe_charge c set
                payer_name = coalesce(c.payer_name, o.raw ->> 'name'),
                payer_email = coalesce(c.payer_email, o.raw ->> 'email'),
                payer_phone = coalesce(c.payer_phone, o.raw ->> 'phone')
            from stripe_object o where o.id = c.customer
              and num_nulls(c.payer_name, c.payer_email, c.payer_phone) > 0
            """
        )
    )


def may_have_changed(
    session: Session, since: datetime, until: datetime, now: datetime
) -> list[tuple[str, str]]:
    """Return records outside of the window that may still change, or did: (kind, id).

    Disputes that are open, payouts that may yet fail (five business days), what is pending,
    charges that a refund or dispute names, and whatever the ledger says has come back since.
    """
    rows = session.execute(
        text(
            """
            select 'dispute', id from stripe_dispute
             where created_at < :since and status not in ('won', 'lost', 'warning_closed')
            union select 'payout', id from stripe_payout
             where created_at < :since and (status in ('pending', 'in_transit')
                   or (status = 'paid' and created_at > :now - interval '10 days'))
            union select 'refund', id from stripe_refund
             where created_at < :since and status in ('pending', 'requires_action')
            union select 'charge', id from stripe_charge
             where created_at < :since and (status = 'pending' or balance_transaction is null)
               and status <> 'failed'
            union select 'balance_transaction', id from stripe_balance_transaction
             where created_at < :since and status = 'pending'
            union select 'charge', named.charge from
               (select charge from stripe_refund union select charge from stripe_dispute) named
             left join stripe_charge c on c.id = named.charge
             where named.charge is not null
               and (c.id is null or c.created_at < :since or c.created_at >= :until)
            union select 'refund', r.id from stripe_refund r
             join stripe_balance_transaction b on b.source = r.id
             where b.reporting_category = 'refund_failure'
               and r.status not in ('failed', 'canceled')
            union select 'charge', c.id from stripe_charge c
             join stripe_balance_transaction b on b.source = c.id
             where b.reporting_category = 'charge_failure'
               and c.raw ->> 'status' is distinct from 'failed'
            union select 'payout', o.id from stripe_payout o
             join stripe_balance_transaction b on b.source = o.id
             where b.reporting_category = 'payout_reversal' and o.status = 'paid'
            union select 'dispute', d.id from stripe_dispute d
             join stripe_balance_transaction b on b.source = d.id
             where b.reporting_category = 'dispute_reversal' and d.status <> 'won'
            order by 1, 2
            """
        ),
        {"since": since, "until": until, "now": now},
    )
    return [(str(kind), str(identity)) for kind, identity in rows]


def missing_customers(session: Session) -> list[str]:
    """Return customers of charges that do not say who paid, and that were never fetched."""
    rows = session.scalars(
        text(
            "select distinct c.customer from stripe_charge c "
            "left join stripe_object o on o.id = c.customer where c.customer is not null "
            "and o.id is null and c.payer_email is null and c.payer_name is null order by 1"
        )
    )
    return list(rows)


def payouts_to_open(session: Session) -> list[str]:
    """Return payouts whose contents Stripe can tell and that do not tie yet."""
    rows = session.scalars(
        text(
            "select p.id from stripe_payout p where p.is_automatic "
            "and coalesce(p.reconciliation_status, 'completed') = 'completed' "
            "and coalesce(p.method, 'standard') <> 'instant' and p.status <> 'canceled' "
            "and p.amount_cents is distinct from (select sum(t.net_cents) from payout_row r "
            "join stripe_balance_transaction t on t.id = r.balance_transaction "
            "where r.payout = p.id and t.source is distinct from p.id) order by p.created_at, p.id"
        )
    )
    return list(rows)


def unfinished(session: Session, window: Window, now: datetime) -> list[Window]:
    """Return what an interrupted sync of this window has left to fetch."""
    rows = session.execute(
        text(
            "select starts_at, ends_at from sync_window where kind = :kind "
            "and starts_at < ends_at and fetched_at > :now - make_interval(hours => :hours) "
            "and is_open"
        ),
        {"kind": window.kind, "now": now, "hours": _RESUME_HOURS},
    )
    return gaps(window, [(int(a.timestamp()), int(b.timestamp()) - 1) for a, b in rows])


def note_finished(session: Session, kind: str, stretch: tuple[int, int], at: datetime) -> None:
    """Keep that every record of this stretch is stored, until the whole sync is done."""
    session.execute(
        text(
            "insert into sync_window (kind, starts_at, ends_at, rows, fetched_at, is_open) "
            "values (:kind, :first, :last, 0, :at, true) on conflict (kind, starts_at) do update "
            "set ends_at = greatest(sync_window.ends_at, excluded.ends_at), "
            "fetched_at = excluded.fetched_at, is_open = true"
        ),
        {
            "kind": kind,
            "first": datetime.fromtimestamp(stretch[0], UTC),
            "last": datetime.fromtimestamp(stretch[1] + 1, UTC),
            "at": at,
        },
    )


def close_sync(session: Session, windows: Iterable[Window], at: datetime) -> None:
    """Forget the parts of a finished sync and keep its whole windows."""
    session.execute(text("delete from sync_window where is_open"))
    for window in windows:
        note_finished(session, window.kind, (window.first, window.last), at)
    session.execute(text("update sync_window set is_open = false where is_open"))


def save_balance(
    session: Session, balance: dict[str, Any], at: datetime, *, is_from_the_start: bool
) -> None:
    """Keep what the account holds now, by currency."""
    totals: dict[str, dict[str, int]] = {}
    for part in ("available", "pending"):
        for entry in balance.get(part) or []:
            currency = str(entry.get("currency", "usd")).lower()
            totals.setdefault(currency, {"available": 0, "pending": 0})[part] += int(
                entry.get("amount") or 0
            )
    for currency, held in totals.items():
        session.execute(
            text(
                "insert into balance_snapshot "
                "values (:at, :currency, :available, :pending, :whole) "
                "on conflict (taken_at, currency) do update set "
                "available_cents = excluded.available_cents, "
                "pending_cents = excluded.pending_cents, "
                "is_from_the_start = excluded.is_from_the_start"
            ),
            {"at": at, "currency": currency, "whole": is_from_the_start, **held},
        )


def ledger_known_until(session: Session) -> datetime | None:
    """Return up to when every ledger row is stored from the account's first on; None if never."""
    known: datetime | None = session.scalar(
        text("select max(taken_at) from balance_snapshot where is_from_the_start")
    )
    return known


def save_totals(
    session: Session, first_day: date, last_day: date, totals: list[tuple[str, str, int]]
) -> None:
    """Keep Stripe's own totals of a period; the newest replace those before."""
    days = {"first": first_day, "last": last_day}
    session.execute(
        text("delete from stripe_report_total where first_day = :first and last_day = :last"), days
    )
    columns = ["first_day", "last_day", "currency", "category", "net_cents"]
    rows = ((first_day, last_day, *total) for total in totals)
    copy_rows(session, "stripe_report_total", columns, rows)


def note_hint(
    session: Session, event: str, kind: str, subject: str | None, created_at: datetime, at: datetime
) -> bool:
    """Keep a webhook's hint; return whether it is new. Delivered twice, it counts once."""
    added = session.execute(
        text(
            "insert into stripe_hint (event, kind, subject, created_at, received_at) "
            "values (:event, :kind, :subject, :created, :at) on conflict (event) do nothing"
        ),
        {"event": event, "kind": kind, "subject": subject, "created": created_at, "at": at},
    )
    return rows_changed(added) > 0


def hints_to_follow(session: Session) -> list[tuple[str, str]]:
    """Return what hints name and no sync has fetched since: (kind, id)."""
    rows = session.execute(
        text(
            "select distinct kind, subject from stripe_hint where followed_at is null "
            "and subject is not null order by 1, 2"
        )
    )
    return [(str(kind), str(subject)) for kind, subject in rows]


def note_followed(session: Session, until: datetime, at: datetime) -> None:
    """Keep that hints that came until then were followed."""
    session.execute(
        text(
            "update stripe_hint set followed_at = :at "
            "where followed_at is null and received_at <= :until"
        ),
        {"until": until, "at": at},
    )
