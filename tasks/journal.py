"""The period as double entries, in a file."""

from __future__ import annotations

from pathlib import Path

from campaign.books.journal import as_beancount, as_csv, entries
from campaign.books.payouts import tie_bank
from campaign.errors import InputError
from campaign.requests import ReconcileRequest
from gateways.whole_files import write_whole
from store import books
from store.session import unit_of_work
from tasks.policies import step
from tasks.stripe_objects import committee_period


@step
def write_journal(request: ReconcileRequest, path: str) -> dict[str, int]:
    """Write the period's entries as CSV or for beancount; return how many there are."""
    target = Path(path)
    if target.suffix not in (".csv", ".beancount", ".bean"):
        raise InputError("--out must end in .csv or .beancount.")
    period = committee_period(request)
    with unit_of_work() as session:
        found = books.read_books(session, period).books
    journal = entries(found, tie_bank(found))
    is_csv = target.suffix == ".csv"
    content = as_csv(journal) if is_csv else as_beancount(journal, period.last_day)
    write_whole(target, content.encode())
    return {"entries": len(journal), "lines": sum(len(entry.postings) for entry in journal)}
