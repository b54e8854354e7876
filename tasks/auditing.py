"""Proving the record: the audit chain, and the sealed reports that it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from campaign.compliance.audit_chain import GENESIS, Entry, first_break
from gateways import report_files, report_seals
from store import audit
from store import reports as kept
from store.session import unit_of_work
from store.signatures import books_hashes
from tasks.policies import step


@step
def verify_audit() -> dict[str, Any]:
    """Return whether the chain is whole, and every signed report what its entry says."""
    with unit_of_work() as session:
        chain = audit.chain(session)
        signed = {entry.subject: entry for entry, _ in chain if entry.action == "report.signed"}
        broken = first_break(chain)
        problems = [f"entry {broken[0]}: {broken[1]}"] if broken else []
        reports = [
            report
            for report in kept.all_reports(session)
            if report.status == "signed" or f"report:{report.code}" in signed
        ]
        for report in reports:
            entry = signed.get(f"report:{report.code}")
            problems += _report_problems(report, entry)
            problems += _books_problems(session, report, entry) if entry else []
    return {
        "entries": len(chain),
        "head": chain[-1][1] if chain else GENESIS,
        "signed_reports": len(reports),
        "problems": problems,
        "is_whole": not problems,
    }


def _books_problems(session: Session, report: kept.Report, entry: Entry) -> list[str]:
    """Return which tables of the signed days are no longer what was signed."""
    now = books_hashes(session, report, entry.at)
    return [
        f"{report.code}: the rows of {table} are not those that were signed"
        for table, value in entry.detail["books"].items()
        if now.get(table) != value
    ]


def _report_problems(report: kept.Report, entry: Entry | None) -> list[str]:
    """Return where a signed report is not what the chain says was signed."""
    if entry is None:
        return [f"{report.code} is called signed, but no entry says so"]
    if report.status != "signed" or entry.detail["signature"] != report.signature:
        return [f"{report.code} is not as its entry says: state or signature differ"]
    folder = Path(report.folder)
    if not (folder / report_seals.MANIFEST).exists():
        return [f"{report.code}: its files are gone"]
    if report_files.sha256_of(folder / report_seals.MANIFEST) != entry.detail["manifest"]:
        return [f"{report.code}: its manifest is not the one that was signed"]
    verdict = report_seals.verify(folder)
    return [f"{report.code}: {problem}" for problem in verdict.problems]
