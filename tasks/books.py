"""Tying out the books: match, prove, keep what was found."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from campaign.books.reconciling import as_document, as_row, reconcile, with_determinism
from campaign.days import day_of
from campaign.requests import ReconcileRequest
from config.clock import now
from config.settings import settings
from store import books
from store.session import unit_of_work
from tasks.policies import step
from tasks.stripe_objects import committee_period

log = logging.getLogger(__name__)

# Up to so many payments the matching is simply done twice to see that it is repeatable.
_MOST_TO_REPEAT = 100_000
_ROWS_A_PIECE = 50_000


@step
def reconcile_books(request: ReconcileRequest) -> dict[str, Any]:
    """Match and prove the books of these days; return totals, counts and where the whole lies."""
    period = committee_period(request)
    at = now()
    today = day_of(at, period.timezone)
    with unit_of_work() as session:
        books.one_at_a_time(session)
        snapshot = books.read_books(session, period)
        found = reconcile(snapshot.books)
        outputs = books.outputs_of(session, snapshot.input_hash)
        if not outputs and len(snapshot.books.charges) <= _MOST_TO_REPEAT:
            outputs = [reconcile(snapshot.books).output_hash]
        found = with_determinism(found, outputs)
        books.save_allocations(
            session,
            snapshot.books,
            found.paying.allocations,
            found.paying.listing["reason"],
            at,
        )
        books.save_bank_ties(session, snapshot.books, found.tie)
        books.save_exceptions(session, found.exceptions, today, at)
        waiting = books.open_exceptions(session)
        document = as_document(
            found,
            snapshot.books,
            timezone=period.timezone,
            input_hash=snapshot.input_hash,
            exceptions=waiting,
        )
        summary = {
            "totals": found.totals,
            "invariants": [as_row(invariant) for invariant in found.invariants],
            "exceptions": dict(Counter(str(row["kind"]) for row in waiting)),
        }
        books.save_reconciliation(
            session, period, (snapshot.input_hash, found.output_hash), summary, at
        )
    path = _write(document, period.first_day.isoformat(), period.last_day.isoformat())
    log.info("reconciled %s to %s", period.first_day, period.last_day)
    return {**summary, "output_hash": found.output_hash, "path": str(path)}


def _write(document: dict[str, Any], first: str, last: str) -> Path:
    """Write the whole document to the home: it names payments and pledges, so not to Prefect."""
    path = settings().folder("files", "reconciliations") / f"{first}_{last}.json"
    # Two that end at once write apart; each document is whole.
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write("{")
        for place, (key, value) in enumerate(document.items()):
            file.write(f"{',' if place else ''}\n{json.dumps(key)}: ")
            file.writelines(_pieces(value))
        file.write("\n}\n")
    part.replace(path)
    return path


def _pieces(value: object) -> Iterator[str]:
    """Yield a value as JSON: tables some rows at a time, so that a million fit."""
    if not isinstance(value, pd.DataFrame):
        yield json.dumps(value, ensure_ascii=False, default=str)
        return
    yield "["
    for start in range(0, len(value), _ROWS_A_PIECE):
        rows = value.iloc[start : start + _ROWS_A_PIECE]
        text = str(rows.to_json(orient="records", force_ascii=False, double_precision=4))
        yield ("," if start else "") + text[1:-1]
    yield "]"
