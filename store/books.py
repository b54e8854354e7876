"""The books in the database: read as columns, written as differences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.books.exceptions import BookException
from campaign.books.ledger import Books, kept_cents
from campaign.books.payouts import BankTie
from campaign.days import Period
from store.bulk import copy_out, copy_rows, copy_table
from store.period_seals import amending
from store.taken_back import WON_BACK

_ORDINAL_1970 = date(1970, 1, 1).toordinal()

_I, _S, _B = pa.int64(), pa.string(), pa.bool_()
# Columns with their types, and where they come from; {day} turns a moment into a day's ordinal.
_QUERIES: dict[str, tuple[dict[str, pa.DataType], str]] = {
    "pledges": (
        {
            "id": _I, "ref": _S, "donor_id": _I, "first_name": _S, "last_name": _S, "email": _S,
            "phone": _S, "postal_code": _S, "whole": _I, "written_off": _I, "currency": _S,
            "pledged_day": _I, "due_day": _I, "instalments": _I,
        },
        """
        select p.id, p.ref, p.donor_id, p.first_name, p.last_name, lower(p.email), p.phone_e164,
               p.postal_code, p.amount_cents,
               case when p.status = 'cancelled' then p.amount_cents else p.written_off_cents end,
               p.currency, p.pledged_on - date '0001-01-01' + 1,
               coalesce(i.first_due - date '0001-01-01' + 1, -1), coalesce(i.parts, 1)
        from pledge p left join (
            select pledge_id, count(*) as parts,
                   case when count(*) > 1 then min(due_on) end as first_due
            from instalment group by pledge_id) i on i.pledge_id = p.id
        order by p.id
        """,
    ),
    "charges": (
        {
            "id": _S, "status": _S, "captured": _I, "cents": _I, "refunded": _I, "currency": _S,
            "created": _I, "day": _I, "pledge_ref": _S, "name": _S, "email": _S, "phone": _S,
            "postal_code": _S, "card": _S, "balance_transaction": _S, "is_won_back": _B,
        },
        f"""
        select id, status, captured_cents, amount_cents, refunded_cents, currency,
               extract(epoch from created_at)::bigint, {{day}}, pledge_ref, payer_name,
               payer_email, payer_phone, postal_code, coalesce(card_fingerprint, customer),
               balance_transaction, won.at is not null
        from stripe_charge left join {WON_BACK} won on won.charge = id
        order by coalesce(won.at, created_at), id
        """,
    ),
    "refunds": (
        {"id": _S, "charge": _S, "status": _S, "cents": _I, "currency": _S, "day": _I},
        "select id, charge, status, amount_cents, currency, {day} from stripe_refund order by id",
    ),
    "disputes": (
        {"id": _S, "charge": _S, "status": _S, "cents": _I, "currency": _S, "day": _I},
        "select id, charge, status, amount_cents, currency, {day} from stripe_dispute order by id",
    ),
    "payouts": (
        {
            "id": _S, "status": _S, "cents": _I, "currency": _S, "is_automatic": _B, "method": _S,
            "reconciliation_status": _S, "arrives": _I, "balance_transaction": _S,
            "failure_balance_transaction": _S, "day": _I,
        },
        """
        select id, status, amount_cents, currency, is_automatic, method, reconciliation_status,
               arrives_on - date '0001-01-01' + 1, balance_transaction,
               failure_balance_transaction, {day}
        from stripe_payout order by id
        """,
    ),
    "ledger": (
        {
            "id": _S, "category": _S, "status": _S, "cents": _I, "fee": _I, "net": _I,
            "currency": _S, "source": _S, "day": _I,
        },
        """
        select id, reporting_category, status, amount_cents, fee_cents, net_cents, currency,
               source, {day}
        from stripe_balance_transaction
        where coalesce(raw ->> 'balance_type', 'payments') = 'payments' order by id
        """,
    ),
    "contents": (
        {"payout_id": _S, "row": _S},
        "select payout, balance_transaction from payout_row order by 1, 2",
    ),
    "bank": (
        {
            "key": _S, "day": _I, "cents": _I, "currency": _S, "text": _S,
        },
        """
        select key, booked_on - date '0001-01-01' + 1, amount_cents, currency,
               lower(description || ' ' || coalesce(reference, ''))
        from bank_line order by booked_on, key
        """,
    ),
    "statements": (
        {
            "id": _I, "account": _S, "currency": _S, "first_day": _I, "last_day": _I, "number": _S,
            "format": _S, "opening": _I, "closing": _I, "lines": _I, "finding": _S,
        },
        """
        select id, account, currency, first_day - date '0001-01-01' + 1,
               last_day - date '0001-01-01' + 1, number, format, opening_cents, closing_cents,
               lines_cents, finding
        from bank_statement order by account, currency, first_day, id
        """,
    ),
    "balances": (
        {"currency": _S, "available": _I, "pending": _I, "is_from_the_start": _B},
        """
        select currency, available_cents, pending_cents, is_from_the_start from balance_snapshot
        where taken_at = (select max(taken_at) from balance_snapshot) order by currency
        """,
    ),
    "stripe_totals": (
        {"currency": _S, "category": _S, "net": _I},
        """
        select currency, category, net_cents from stripe_report_total
        where first_day = {first} and last_day = {last} order by 1, 2
        """,
    ),
    "decisions": (
        {"charge_id": _S, "pledge_id": _I, "verdict": _S},
        "select charge_id, pledge_id, verdict from payment_decision order by charge_id, pledge_id",
    ),
    "signed": (
        {"charge_id": _S, "pledge_id": _I, "cents": _I},
        """
        select charge_id, pledge_id, max(amount_cents) from signed_allocation
        group by charge_id, pledge_id order by charge_id, pledge_id
        """,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The books at one moment, and the hash of all that was read."""

    books: Books
    input_hash: str


def read_books(session: Session, period: Period) -> Snapshot:
    """Return everything that a reconciliation looks at, from one consistent moment."""
    # Arrow's own pools keep what they freed: with a million payments that is a gigabyte.
    pa.set_memory_pool(pa.system_memory_pool())
    digest = hashlib.sha256(f"{period.first_day} {period.last_day} {period.timezone}".encode())
    frames: dict[str, pd.DataFrame] = {}
    for name, content in _contents(session, period):
        digest.update(name.encode())
        digest.update(content.getbuffer())
        frames[name] = _as_frame(content, _QUERIES[name][0])
        pa.default_memory_pool().release_unused()
    for name in ("decisions", "signed"):
        frames[name] = _by_place(frames[name], frames["charges"], frames["pledges"])
    books = Books(
        first_day=period.first_day.toordinal(), last_day=period.last_day.toordinal(), **frames
    )
    return Snapshot(books, digest.hexdigest())


def _contents(session: Session, period: Period) -> Iterator[tuple[str, BytesIO]]:
    """Yield each table as CSV; the database sorts the next one while this one is parsed."""
    names = list(_QUERIES)
    with ThreadPoolExecutor(1, thread_name_prefix="books") as ahead:
        coming = ahead.submit(_copy_out, session, names[0], period)
        for name, following in zip(names, [*names[1:], None], strict=True):
            content = coming.result()
            if following is not None:
                coming = ahead.submit(_copy_out, session, following, period)
            yield name, content


def _by_place(rows: pd.DataFrame, charges: pd.DataFrame, pledges: pd.DataFrame) -> pd.DataFrame:
    """Return rows about payments by the places of payment and pledge in their columns."""
    payment = rows["charge_id"].map(pd.Series(charges.index, index=charges["id"]))
    pledge = rows["pledge_id"].map(pd.Series(pledges.index, index=pledges["id"]))
    places = {"payment": payment.astype("int64"), "pledge": pledge.fillna(-1).astype("int64")}
    return rows.drop(columns=["charge_id", "pledge_id"]).assign(**places)


def _copy_out(session: Session, name: str, period: Period) -> BytesIO:
    day = sql.SQL("((created_at at time zone {})::date - date '0001-01-01' + 1)").format(
        sql.Literal(period.timezone)
    )
    select = sql.SQL(_QUERIES[name][1]).format(
        day=day, first=sql.Literal(period.first_day), last=sql.Literal(period.last_day)
    )
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(select)
    return copy_out(session, statement)


def _as_frame(content: BytesIO, types: dict[str, pa.DataType]) -> pd.DataFrame:
    if not content.getbuffer().nbytes:
        table = pa.table({name: pa.array([], kind) for name, kind in types.items()})
    else:
        content.seek(0)
        table = pa_csv.read_csv(
            content,
            read_options=pa_csv.ReadOptions(column_names=list(types)),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=types,
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
    content.close()
    # Column by column, each given back as it is copied.
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return frame


def save_allocations(
    session: Session, books: Books, allocations: pd.DataFrame, reasons: pd.Series, at: datetime
) -> int:
    """Write what pays what, as differences from what is there; return how many rows changed."""
    session.execute(
        text(
            "create temporary table found_allocation (charge_id text, pledge_id bigint, "
            "amount_cents bigint, tier text, confidence float8, reason text, decided_by text) "
            "on commit drop"
        )
    )
    charge = books.charges["id"].take(allocations["payment"].to_numpy())
    pledge = books.pledges["id"].take(allocations["pledge"].to_numpy())
    decided_by = allocations["how"].eq("person").map({True: "person", False: "rule"})
    table = pa.table(
        {
            "charge_id": pa.array(charge, pa.string()),
            "pledge_id": pa.array(pledge.to_numpy(), pa.int64()),
            "amount_cents": pa.array(allocations["cents"].to_numpy(), pa.int64()),
            "tier": pa.array(allocations["tier"], pa.string()),
            "confidence": pa.array(allocations["confidence"].astype(float).round(4).to_numpy()),
            "reason": pa.array(reasons, pa.string()),
            "decided_by": pa.array(decided_by, pa.string()),
        }
    )
    copy_table(session, "found_allocation", table)
    session.execute(text("analyze found_allocation"))
    amending(session, "the books are matched anew")
    won_back = books.charges.loc[books.charges["is_won_back"].to_numpy(bool), "id"].tolist()
    _keep_what_went_back(session, _only_returned(books, allocations), won_back)
    same = (
        "(f.charge_id, f.pledge_id, f.amount_cents, f.tier, f.confidence, f.reason, f.decided_by) "
        "= (a.charge_id, a.pledge_id, a.amount_cents, a.tier, a.confidence, a.reason, a.decided_by)"
    )
    gone = session.execute(
        text(
            "delete from allocation a where not exists "
            f"(select 1 from found_allocation f where {same})"
        )
    )
    fresh = session.execute(
        text(
            "insert into allocation (charge_id, pledge_id, amount_cents, tier, confidence, reason, "
            "decided_by, decided_at) select charge_id, pledge_id, amount_cents, tier, confidence, "
            "reason, decided_by, :at from found_allocation f where not exists "
            "(select 1 from allocation a where a.charge_id = f.charge_id "
            "and a.pledge_id = f.pledge_id)"
        ),
        {"at": at},
    )
    _settle_pledges(session)
    return _rows_of(gone) + _rows_of(fresh)


def _only_returned(books: Books, allocations: pd.DataFrame) -> list[str]:
    """Return the payments that lost money, and of which all that is left is confirmed."""
    kept, sure = kept_cents(books), allocations[allocations["tier"] == "confirmed"]
    paid = np.bincount(sure["payment"], sure["cents"], minlength=len(kept)).astype(np.int64)
    captured = books.charges["captured"].to_numpy(np.int64)
    found: list[str] = books.charges["id"][(captured > kept) & (paid >= kept)].tolist()
    return found


def _keep_what_went_back(session: Session, charges: list[str], won_back: list[str]) -> None:
    """Keep what these payments paid so far where less is left: their months told of it.

    What had gone back before the first match was told as paid, as far as the pledge had room. A
    payment that was matched anew, with another pledge or with none, was told wrongly; but one that
    was won back may pay what is still open, and its months before tell what they told.
    """
    values = {"charges": charges, "won_back": won_back}
    session.execute(
        text(
            """
            with others as (
                -- What is not this pledge's of the payment, nor this payment's of the pledge.
                select a.charge_id, a.pledge_id,
                    (select sum(amount_cents) from allocation
                        where charge_id = a.charge_id) - a.amount_cents as of_payment,
                    (select coalesce(sum(amount_cents), 0) from allocation
                        where pledge_id = a.pledge_id and charge_id <> a.charge_id
                            and tier = 'confirmed') as of_pledge
                from allocation a where tier = 'confirmed' and charge_id = any(:charges)
            )
            insert into allocation_before_return (charge_id, pledge_id, amount_cents)
            select charge_id, pledge_id, greatest(a.amount_cents, least(
                c.captured_cents - of_payment,
                p.amount_cents - p.written_off_cents - of_pledge))
            from others join allocation a using (charge_id, pledge_id)
                join stripe_charge c on c.id = charge_id join pledge p on p.id = pledge_id
            where not exists (select from found_allocation f
                where (f.charge_id, f.pledge_id, f.tier) = (a.charge_id, a.pledge_id, a.tier)
                    and f.amount_cents >= a.amount_cents)
            on conflict (charge_id, pledge_id) do update set amount_cents =
                greatest(excluded.amount_cents, allocation_before_return.amount_cents)
                where allocation_before_return.won_back_cents is null
            """
        ),
        values,
    )
    session.execute(
        text(
            """
            with was as (
                select charge_id, pledge_id, amount_cents from allocation_before_return
                where charge_id = any(:won_back)
                union all
                select charge_id, pledge_id, amount_cents from allocation a
                where charge_id = any(:won_back) and tier = 'confirmed' and not exists (
                    select from allocation_before_return b
                    where (b.charge_id, b.pledge_id) = (a.charge_id, a.pledge_id))
            ), pays as (
                select charge_id, pledge_id, amount_cents from found_allocation
                where tier = 'confirmed' and charge_id in (select charge_id from was)
            )
            insert into allocation_before_return as kept
                (charge_id, pledge_id, amount_cents, won_back_cents)
            select charge_id, pledge_id,
                coalesce(was.amount_cents, 0), coalesce(pays.amount_cents, 0)
            from was full join pays using (charge_id, pledge_id)
            on conflict (charge_id, pledge_id) do update set won_back_cents =
                greatest(excluded.won_back_cents, kept.won_back_cents)
            """
        ),
        values,
    )
    session.execute(
        text(
            """
            with anew as (
                select charge_id, pledge_id from found_allocation where tier = 'confirmed'
                except select charge_id, pledge_id from allocation
                except select charge_id, pledge_id from allocation_before_return
            )
            delete from allocation_before_return
            where charge_id <> all(:won_back)
                and (charge_id <> all(:charges) or charge_id in (select charge_id from anew))
            """
        ),
        values,
    )


def _rows_of(result: Any) -> int:
    """Return how many rows a statement changed: SQLAlchemy types it as any result."""
    return int(result.rowcount)


def _settle_pledges(session: Session) -> None:
    """Say of each pledge whether confirmed payments have kept it."""
    session.execute(
        text(
            """
            with paid as (
                select pledge_id, sum(amount_cents) as cents from allocation
                where tier = 'confirmed' group by pledge_id
            ), settled as (
                select p.id, case when coalesce(paid.cents, 0) >= p.amount_cents
                       - p.written_off_cents then 'fulfilled' else 'open' end as status
                from pledge p left join paid on paid.pledge_id = p.id
                where p.status in ('open', 'fulfilled')
            )
            update pledge p set status = settled.status
            from settled where settled.id = p.id and p.status <> settled.status
            """
        )
    )


def save_bank_ties(session: Session, books: Books, tie: BankTie) -> None:
    """Note at each bank line which payout it is; a failed payout has its line and the line back.

    A line that several payouts share is none of them alone: its parts are noted apart.
    """
    keys, shared = books.bank["key"].tolist(), tie.shared
    whole = [
        (keys[line], payout)
        for payout, lines in tie.lines_of.items()
        for line in lines
        if line not in shared
    ]
    whole += [(keys[line], payout) for payout, line in tie.returned.items()]
    parts = [
        (keys[line], payout, tie.lines_of[payout][line])
        for line, payouts in shared.items()
        for payout in payouts
    ]
    session.execute(
        text(
            "create temporary table bank_tie (key text, payout text) on commit drop; "
            "create temporary table bank_part (key text, payout text, cents bigint) on commit drop"
        )
    )
    copy_rows(session, "bank_tie", ["key", "payout"], whole)
    copy_rows(session, "bank_part", ["key", "payout", "cents"], parts)
    session.execute(
        text(
            """
            update bank_line line set payout = found.payout
            from bank_line known left join bank_tie found on found.key = known.key
            where known.id = line.id and line.payout is distinct from found.payout
            """
        )
    )
    session.execute(text("delete from bank_line_part"))
    session.execute(
        text(
            "insert into bank_line_part (bank_line_id, payout, amount_cents) "
            "select line.id, part.payout, part.cents "
            "from bank_part part join bank_line line on line.key = part.key"
        )
    )


def save_exceptions(
    session: Session, found: Sequence[BookException], today: date, at: datetime
) -> int:
    """Open what is new, keep what is open, close what no longer stands; return what changed."""
    session.execute(
        text(
            "create temporary table found_exception (kind text, subject text, amount_cents bigint, "
            "currency text, reason text, proposal jsonb) on commit drop"
        )
    )
    unique = {(e.kind, e.subject): e for e in found}
    copy_rows(
        session,
        "found_exception",
        ["kind", "subject", "amount_cents", "currency", "reason", "proposal"],
        (
            (e.kind, e.subject, e.amount_cents, e.currency, e.reason, json.dumps(e.proposal))
            for e in unique.values()
        ),
    )
    opened = session.execute(
        text(
            """
            insert into book_exception (kind, subject, amount_cents, currency, reason, proposal,
                                        opened_on, status)
            select kind, subject, amount_cents, currency, reason, proposal, :today, 'open'
            from found_exception order by kind, subject
            on conflict (kind, subject) do update set
                amount_cents = excluded.amount_cents, reason = excluded.reason,
                status = 'open', resolution = null, resolved_by = null, resolved_at = null,
                because = null
            where book_exception.resolved_by = 'rule'
               or (book_exception.status = 'open'
                   and (book_exception.amount_cents, book_exception.reason)
                       is distinct from (excluded.amount_cents, excluded.reason))
            """
        ),
        {"today": today},
    )
    closed = session.execute(
        text(
            """
            update book_exception b set status = 'resolved', resolution = 'no longer there',
                   because = 'the books changed', resolved_by = 'rule', resolved_at = :at
            where status = 'open' and not exists (
                select 1 from found_exception f where f.kind = b.kind and f.subject = b.subject)
            """
        ),
        {"at": at},
    )
    return _rows_of(opened) + _rows_of(closed)


def open_exceptions(session: Session) -> list[dict[str, Any]]:
    """Return what waits for a person, the oldest first."""
    rows = session.execute(
        text(
            "select id, kind, subject, amount_cents, currency, reason, opened_on, owner, proposal "
            "from book_exception where status = 'open' order by opened_on, kind, subject"
        )
    )
    return [dict(row) for row in rows.mappings()]
