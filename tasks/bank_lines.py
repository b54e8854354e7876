"""Bringing in a bank statement."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from config.clock import now
from gateways.bank_files import read_statement
from store import audit, bank_lines
from store.session import unit_of_work
from tasks.policies import step


@step
def import_bank_file(path: str) -> dict[str, Any]:
    """Add a statement's new lines to the books; return counts and the days it covers."""
    rows = read_statement(Path(path))
    sha256 = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    at = now()
    with unit_of_work() as session:
        added = bank_lines.add_lines(
            session,
            (
                (row.booked_on, row.amount_cents, row.currency, row.description, row.reference)
                for row in rows
            ),
            sha256,
            at,
        )
        if added:
            detail = {"lines": len(rows), "added": added}
            audit.append(session, "bank statement imported", f"file:{sha256}", detail, at=at)
    return {
        "lines_read": len(rows),
        "added": added,
        "already_known": len(rows) - added,
        "from": min(row.booked_on for row in rows).isoformat(),
        "to": max(row.booked_on for row in rows).isoformat(),
        "total_cents": sum(row.amount_cents for row in rows),
    }
