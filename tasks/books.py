"""Tying out the books: match, prove, keep what was found."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

import campaign.books
import campaign.giving
from campaign.books.reconciling import as_document, as_row, reconcile, with_determinism
from campaign.days import Period, day_of
from campaign.requests import ReconcileRequest
from config.clock import now
from config.settings import settings
from gateways.whole_files import written_whole
from store import books, reconciliations
from store.session import unit_of_work
from tasks.policies import step
from tasks.stripe_objects import committee_period

log = logging.getLogger(__name__)

# Up to so many payments the matching is simply done twice to see that it is repeatable.
_MOST_TO_REPEAT = 100_000
_ROWS_A_PIECE = 50_000


@step
def reconcile_books(request: ReconcileRequest) -> dict[str, Any]:
    """Match and prove the books of these days; return totals, counts and where the whole lies.

    Where nothing has changed since, what was found then is the answer.
    """
    period = committee_period(request)
    path = _path_of(period)
    with unit_of_work() as session:
        seen = reconciliations.begin(session)
        done = None if request.again else reconciliations.latest(session, period, _rules())
        if done is not None and not done.changed and path.is_file():
            return _as_before(done, path)
        snapshot = books.read_books(session, period)
        is_same = done is not None and snapshot.input_hash == done.input_hash
        if done and is_same and not done.changed & reconciliations.OUTCOMES and path.is_file():
            reconciliations.renew(session, done, seen)
            return _as_before(done, path)
        # Killed before the new document is written, the next run must not find the old one.
        path.unlink(missing_ok=True)
        document, summary, output_hash = _reconcile(session, snapshot, period, seen)
    _write(document, path)
    log.info("reconciled %s to %s", period.first_day, period.last_day)
    return {**summary, "output_hash": output_hash, "path": str(path)}


def _reconcile(
    session: Session, snapshot: books.Snapshot, period: Period, seen: str
) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Match, prove and keep; return the whole document, its short form and its hash."""
    at = now()
    found = reconcile(snapshot.books)
    outputs = reconciliations.outputs_of(session, snapshot.input_hash, _rules())
    if not outputs and len(snapshot.books.charges) <= _MOST_TO_REPEAT:
        outputs = [reconcile(snapshot.books).output_hash]
    found = with_determinism(found, outputs)
    reasons = found.paying.listing["reason"]
    changed = books.save_allocations(session, snapshot.books, found.paying.allocations, reasons, at)
    books.save_bank_ties(session, snapshot.books, found.tie)
    today = day_of(at, period.timezone)
    changed += books.save_exceptions(session, found.exceptions, today, at)
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
    hashes = (snapshot.input_hash, found.output_hash)
    number = reconciliations.save(
        session, period, hashes, summary, at, rules=_rules(), seen=seen, changed=changed
    )
    return document, {**summary, "number": number}, found.output_hash


def _as_before(done: reconciliations.Done, path: Path) -> dict[str, Any]:
    """Return what the last reconciliation found: nothing has changed since."""
    log.info("nothing has changed since the last reconciliation of these days")
    summary = {key: done.result[key] for key in ("totals", "invariants", "exceptions")}
    return {**summary, "number": done.id, "output_hash": done.output_hash, "path": str(path)}


@lru_cache(maxsize=1)
def _rules() -> str:
    """Return a mark of the rules that match and prove: with others the same books are new."""
    digest = hashlib.sha256()
    for room in (campaign.giving, campaign.books):
        for path in sorted(Path(room.__path__[0]).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _path_of(period: Period) -> Path:
    days = f"{period.first_day.isoformat()}_{period.last_day.isoformat()}"
    return settings().folder("files", "reconciliations") / f"{days}.json"


def _write(document: dict[str, Any], path: Path) -> None:
    """Write the whole document to the home: it names payments and pledges, so not to Prefect."""
    with written_whole(path) as part, part.open("w", encoding="utf-8") as file:
        file.write("{")
        for place, (key, value) in enumerate(document.items()):
            file.write(f"{',' if place else ''}\n{json.dumps(key)}: ")
            file.writelines(_pieces(value))
        file.write("\n}\n")


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
