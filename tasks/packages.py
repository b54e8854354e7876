"""The treasurer's package: drawn up from the books, written, kept as an edition."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from campaign.compliance.books import ReportBooks
from campaign.compliance.package import Package
from campaign.compliance.rule_tables import rules_version
from campaign.compliance.treasurer import Heading, draw_package
from campaign.money import format_minor
from campaign.requests import ReportRequest
from config.clock import now
from config.settings import settings
from gateways import report_files
from reports import package_files
from store import audit, compliance
from store import reports as kept
from store.committees import Committee, the_committee
from store.limits import limits_in_force
from store.locks import Lock
from store.session import one_at_a_time, unit_of_work
from tasks.filings import books_of
from tasks.policies import step
from tasks.preparers import preparer

log = logging.getLogger(__name__)

KIND = "treasurer"
_SANDBOX = "Sandbox: invented people and money, for trying and testing only"


def report_store() -> report_files.LocalReportFiles:
    """Return where packages are kept."""
    return report_files.LocalReportFiles(settings().folder("files", "reports"))


@step
def draw_up_package(request: ReportRequest) -> dict[str, Any]:
    """Draw up the package of these days; the same books give the edition that there is."""
    with one_at_a_time(Lock.REPORTS, KIND):
        return _draw_up(request)


def _draw_up(request: ReportRequest) -> dict[str, Any]:
    with unit_of_work() as session:
        committee = the_committee(session)
        books = books_of(session, committee, request.first_day, request.last_day)
        package = _package(session, committee, books, request)
        before = kept.latest(session, KIND, request.first_day, request.last_day)
    input_hash = package.input_hash()
    if before and before.input_hash == input_hash and Path(before.folder).exists():
        report = before
    else:
        report = _new_edition(package, input_hash, before)
    if request.out_dir:
        report_files.copy_out(Path(report.folder), Path(request.out_dir))
    log.info("%s: %d files", report.code, len(report.files))
    return summary_of(report, request.out_dir)


def _package(
    session: Session, committee: Committee, books: ReportBooks, request: ReportRequest
) -> Package:
    limits = limits_in_force(session)
    heading = Heading(
        committee=committee.name,
        kind="nonprofit" if request.edition == "nonprofit" else committee.kind,
        office=committee.office,
        timezone=committee.timezone,
        currency=committee.currency,
        first_day=request.first_day,
        last_day=request.last_day,
        prepared_by=preparer(session),
        prepared_at=now(),
        rules_version=rules_version(limits),
    )
    proved = compliance.last_reconciliation(session, request.first_day, request.last_day)
    facts = _facts(session, committee, proved)
    return draw_package(heading, books, limits, proved, facts)


def _facts(session: Session, committee: Committee, proved: dict[str, Any] | None) -> dict[str, str]:
    facts = {}
    if committee.fec_id:
        facts["FEC id"] = committee.fec_id
    if committee.ein:
        facts["EIN"] = committee.ein
    if committee.treasurer_name:
        facts["Treasurer"] = committee.treasurer_name
    facts["Reconciled"] = (
        f"yes, books {proved['input_hash'][:12]}, outcome {proved['output_hash'][:12]}"
        if proved
        else "not yet for exactly these days"
    )
    others = compliance.other_currencies(session, committee.currency)
    if others:
        facts["Left out"] = ", ".join(
            f"{count} payments in {code.upper()}" for code, count in others
        )
    if settings().clock_file or "api.stripe.com" not in settings().stripe_api_base:
        facts["Mode"] = _SANDBOX
    return facts


def _new_edition(package: Package, input_hash: str, before: kept.Report | None) -> kept.Report:
    edition = before.edition + 1 if before else 1
    code = f"TR-{package.first_day}-{package.last_day}-{edition}"
    changes = changes_since(before, package) if before else []
    seal = [("Report", f"{code}, edition {edition}"), ("Books", input_hash)]
    store = report_store()
    with report_files.draft_folder(store.root) as draft:
        package_files.write_files(draft, package, code, seal, changes)
        files = report_files.file_list(draft)
        content = package_files.manifest(package, code, edition, input_hash, files)
        (draft / package_files.MANIFEST).write_bytes(content)
        files = report_files.file_list(draft)
        folder = store.collect(code, draft)
    report = kept.Report(
        code=code,
        kind=KIND,
        first_day=package.first_day,
        last_day=package.last_day,
        edition=edition,
        folder=str(folder),
        files=files,
        figures=package.figure_table(),
        input_hash=input_hash,
        status="draft",
        prepared_by=package.prepared_by,
        prepared_at=package.prepared_at,
        submitted_by=None,
        submitted_at=None,
        signed_by=None,
        signed_at=None,
        signature=None,
        detail={"rules": package.rules_version, "changed_figures": len(changes)},
    )
    with unit_of_work() as session:
        kept.add(session, report)
        detail = {"input_hash": input_hash, "files": len(files), "edition": edition}
        audit.append(session, "report.drawn_up", f"report:{code}", detail, at=package.prepared_at)
    return report


def changes_since(before: kept.Report, package: Package) -> list[tuple[str, str, str]]:
    """Return the figures that differ from an earlier edition: what, before, now."""
    changes = []
    for key, figure in package.figures.items():
        old = before.figures.get(key, {}).get("value", 0)
        if old != figure.value:
            changes.append(
                (figure.label, _written(old, figure.unit), _written(figure.value, figure.unit))
            )
    return changes


def _written(value: int, unit: str) -> str:
    return format_minor(value) if unit == "cents" else f"{value:,}"


def summary_of(report: kept.Report, out_dir: str | None = None) -> dict[str, Any]:
    """Return what a command prints of a report: codes, paths and figures."""
    return {
        "report": report.code,
        "edition": report.edition,
        "status": report.status,
        "first_day": str(report.first_day),
        "last_day": str(report.last_day),
        "folder": str(Path(out_dir).resolve()) if out_dir else report.folder,
        "files": [file["name"] for file in report.files],
        "input_hash": report.input_hash,
        "figures": {key: figure["value"] for key, figure in report.figures.items()},
    }


def headline(package: dict[str, Any]) -> list[dict[str, str]]:
    """Return the figures that a finance director looks for first."""
    figures = package["figures"]
    return [
        {"figure": key, "amount": format_minor(figures[key])}
        for key in ("pledges.made", "receipts.gross", "receipts.net", "payouts.bank",
                    "tieout.unexplained")
    ]  # fmt: skip
