"""The bank's lines in the database: each once, however often its statement is brought in."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from store.bulk import copy_rows

Line = tuple[date, int, str, str, str | None]


def add_lines(session: Session, lines: Iterable[Line], sha256: str, at: datetime) -> int:
    """Add the lines (day, cents, currency, text, reference) that are new; return how many.

    Two equal lines of one statement are two lines; the same statement again adds none.
    """
    session.execute(
        text(
            "create temporary table incoming_line (key text, booked_on date, amount_cents bigint, "
            "currency text, description text, reference text) on commit drop"
        )
    )
    seen: Counter[str] = Counter()
    rows = []
    for booked_on, cents, currency, description, reference in lines:
        said = "\x1f".join([str(booked_on), str(cents), currency, description, reference or ""])
        seen[said] += 1
        key = hashlib.sha256(f"{said}\x1f{seen[said]}".encode()).hexdigest()[:32]
        rows.append((key, booked_on, cents, currency, description, reference))
    columns = ["key", "booked_on", "amount_cents", "currency", "description", "reference"]
    copy_rows(session, "incoming_line", columns, rows)
    names = ", ".join(columns)
    added = session.execute(
        text(
            f"insert into bank_line ({names}, file_sha256, imported_at) select {names}, :sha, :at "
            "from incoming_line order by booked_on, key on conflict (key) do nothing"
        ),
        {"sha": sha256, "at": at},
    )
    return int(added.rowcount)  # type: ignore[attr-defined]
