"""The bank's lines in the database: each once, in however many files and formats it comes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.books.statements import BankRow, BankStatement
from store import audit
from store.bulk import copy_rows
from store.changes import rows_changed
from store.locks import Lock, wait_for

# A line is known when the same text was brought in before, or when files of other kinds told of as
# many lines of that day and amount: it is the same line in other words. Files that do not name
# their account may be of any.
_ADD = """
with fresh as (
    select i.*, row_number() over (
               partition by booked_on, amount_cents, currency order by place) as nth
    from incoming_line i
    where not exists (select 1 from bank_line b where b.key = i.key)
), told as (
    select booked_on, amount_cents, currency, count(*) as lines
    from bank_line b
    where format <> :format and (account = :account or account = '' or :account = '')
      and (booked_on, amount_cents, currency) in
          (select booked_on, amount_cents, currency from incoming_line)
      and not exists (select 1 from incoming_line i where i.key = b.key)
    group by booked_on, amount_cents, currency
)
insert into bank_line (key, booked_on, amount_cents, currency, description, reference, account,
                       format, file_sha256, imported_at)
select key, booked_on, amount_cents, currency, description, reference, :account, :format, :sha, :at
from fresh left join told using (booked_on, amount_cents, currency)
where nth > coalesce(told.lines, 0)
order by booked_on, place on conflict (key) do nothing
"""
_COLUMNS = ("place", "key", "booked_on", "amount_cents", "currency", "description", "reference")


def take_statements(
    session: Session, statements: Sequence[BankStatement], sha256: str, at: datetime
) -> int:
    """Add what is new in a file's statements, and keep their balances; return the new lines."""
    # Two imports at once would both find a line missing: the second waits.
    wait_for(session, Lock.STATEMENTS)
    by_account: dict[tuple[str, str], list[BankRow]] = {}
    for statement in statements:
        by_account.setdefault((statement.account, statement.format), []).extend(statement.rows)
    added = 0
    for (account, form), rows in by_account.items():
        _set_out(session, rows, account)
        values = {"account": account, "format": form, "sha": sha256, "at": at}
        added += rows_changed(session.execute(text(_ADD), values))
    for statement in statements:
        _keep_balances(session, statement, sha256, at)
    lines = sum(len(statement.rows) for statement in statements)
    if added:
        detail = {"lines": lines, "added": added}
        audit.append(session, "bank statement imported", f"file:{sha256}", detail, at=at)
    return added


def _set_out(session: Session, rows: Sequence[BankRow], account: str) -> None:
    """Lay the file's lines beside the books; two equal lines of one file are two lines."""
    session.execute(
        text(
            "create temporary table if not exists incoming_line (place int, key text, "
            "booked_on date, amount_cents bigint, currency text, description text, "
            "reference text) on commit drop"
        )
    )
    session.execute(text("truncate incoming_line"))
    seen: Counter[str] = Counter()
    lines = []
    for place, row in enumerate(rows):
        told = (row.booked_on, row.amount_cents, row.currency, row.description)
        said = "\x1f".join(map(str, (*told, row.reference or "", *filter(None, [account]))))
        seen[said] += 1
        key = hashlib.sha256(f"{said}\x1f{seen[said]}".encode()).hexdigest()[:32]
        lines.append((place, key, *told, row.reference))
    copy_rows(session, "incoming_line", _COLUMNS, lines)


def _keep_balances(session: Session, statement: BankStatement, sha256: str, at: datetime) -> None:
    """Keep what a statement says of its balances; the latest word on the same days counts."""
    days = statement.days()
    balances = (statement.opening_cents, statement.closing_cents)
    if days is None or not (statement.findings or any(cents is not None for cents in balances)):
        return
    session.execute(
        text(
            """
            insert into bank_statement as known (account, currency, first_day, last_day, number,
                format, opening_cents, closing_cents, lines_cents, finding, file_sha256,
                imported_at)
            values (:account, :currency, :first, :last, :number, :format, :opening, :closing,
                :lines, :finding, :sha, :at)
            on conflict on constraint uq_bank_statement_once do update set
                opening_cents = excluded.opening_cents, closing_cents = excluded.closing_cents,
                lines_cents = excluded.lines_cents, finding = excluded.finding,
                file_sha256 = excluded.file_sha256, imported_at = excluded.imported_at
            where known.file_sha256 <> excluded.file_sha256
            """
        ),
        {
            "account": statement.account,
            "currency": statement.currency,
            "first": days[0],
            "last": days[1],
            "number": statement.number,
            "format": statement.format,
            "opening": statement.opening_cents,
            "closing": statement.closing_cents,
            "lines": sum(row.amount_cents for row in statement.rows),
            "finding": "; ".join(statement.findings) or None,
            "sha": sha256,
            "at": at,
        },
    )
