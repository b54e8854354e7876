"""Submitting and signing a package: the password once more, and never by its preparer.

The same steps as the command line's (tasks/sealing), on the same stores and seals.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from campaign.days import Period
from campaign.errors import RuleError, StateError
from config.clock import now
from config.settings import settings
from gateways import report_files, report_seals
from portal.access import decided_by
from store import audit, reports
from store.committees import the_committee
from store.period_seals import period_hashes
from store.portal_sessions import Viewer


def submit(viewer: Viewer, code: str) -> None:
    """Note that the preparer is done."""
    with decided_by(viewer) as session:
        _require_whole(reports.by_code(session, code))
        reports.submit(session, code, viewer.email, now())
        audit.append(session, "report.submitted", f"report:{code}")


def sign(viewer: Viewer, code: str) -> None:
    """Seal the package in the viewer's name; RuleError for whoever prepared or submitted it."""
    at = now()
    with decided_by(viewer) as session:
        report = reports.by_code(session, code)
        if viewer.email in (report.prepared_by, report.submitted_by):
            raise RuleError("Who prepared or submitted a report does not sign it.")
        _require_whole(report)
        folder = Path(report.folder)
        report_files.unlock(folder)
        key = report_seals.SigningKey.open(settings().folder("keys"))
        signature = report_seals.seal(folder, key, _statement(report, viewer, at))
        reports.sign(session, code, viewer.email, at, signature)
        detail = {
            "manifest": report_files.sha256_of(folder / report_seals.MANIFEST),
            "signature": signature,
            "key": report_seals.fingerprint(key.public),
            "books": _books_hashes(session, report, at),
        }
        audit.append(session, "report.signed", f"report:{code}", detail, at=at)
        report_files.make_read_only(folder)


def _statement(report: reports.Report, viewer: Viewer, at: datetime) -> dict[str, object]:
    return {
        "report": report.code,
        "edition": report.edition,
        "input_hash": report.input_hash,
        "prepared_by": report.prepared_by,
        "submitted_by": report.submitted_by,
        "signed_by": viewer.email,
        "signed_name": viewer.name,
        "signed_at": at.isoformat(timespec="seconds"),
    }


def _books_hashes(session: Session, report: reports.Report, at: datetime) -> dict[str, str]:
    zone = the_committee(session).timezone
    days = Period(report.first_day, report.last_day, zone)
    return period_hashes(session, days.starts_at, days.ends_at, at)


def _require_whole(report: reports.Report) -> None:
    """Refuse a package whose files are no longer those that were drawn up."""
    folder = Path(report.folder)
    for file in report.files:
        path = folder / file["name"]
        if not path.is_file() or report_files.sha256_of(path) != file["sha256"]:
            raise StateError(
                f"{file['name']} of {report.code} is not what was drawn up: draw it up again."
            )
