"""Bringing in a bank statement."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from config.clock import now
from gateways.bank_files import read_statements
from store import bank_lines
from store.committees import the_committee
from store.session import unit_of_work
from tasks.policies import step


@step
def import_bank_file(path: str) -> dict[str, Any]:
    """Add a statement's new lines to the books; return counts and the days it covers."""
    with unit_of_work() as session:
        currency = the_committee(session).currency
    statements = read_statements(Path(path), currency)
    sha256 = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    with unit_of_work() as session:
        added = bank_lines.take_statements(session, statements, sha256, now())
    rows = [row for statement in statements for row in statement.rows]
    days = [day for statement in statements for day in statement.days() or ()]
    return {
        "format": statements[0].format.partition(":")[0],
        "statements": len(statements),
        "lines_read": len(rows),
        "added": added,
        "already_known": len(rows) - added,
        "from": min(days).isoformat(),
        "to": max(days).isoformat(),
        "total_cents": sum(row.amount_cents for row in rows),
    }
