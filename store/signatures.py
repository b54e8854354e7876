"""Submitting and signing a package: who may, what is stated, and what the record keeps of it.

The command line and the portal say who acts; the seal on the files is theirs to bring
(`gateways/report_seals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Session

from campaign.days import Period
from campaign.errors import RuleError
from store import audit, reports
from store.committees import the_committee
from store.period_seals import keep_matches, period_hashes
from store.reports import Report


class Sealer(Protocol):
    """What checks the files of a package, and seals them."""

    def require_whole(self, folder: Path, code: str, files: list[dict[str, Any]]) -> None:
        """Refuse a package whose files are no longer those that were drawn up."""

    def seal(self, folder: Path, statement: dict[str, Any]) -> dict[str, str]:
        """Seal a folder for good; return manifest hash, signature and key."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The person who signs; the chain names the account, never its address."""

    email: str
    name: str
    actor: str


def submit(session: Session, code: str, by: str, at: datetime, sealer: Sealer) -> None:
    """Note that the preparer is done with the package as it lies there."""
    report = reports.by_code(session, code)
    sealer.require_whole(Path(report.folder), code, report.files)
    reports.submit(session, code, by, at)
    audit.append(session, "report.submitted", f"report:{code}", at=at)


def sign(
    session: Session, code: str, signer: Signer, at: datetime, sealer: Sealer
) -> dict[str, str]:
    """Seal the package and keep the signature, with the hashes of the books it vouches for.

    RuleError for whoever prepared or submitted it. Return what the record keeps of the seal.
    """
    report = _signable(session, code, signer.email)
    folder = Path(report.folder)
    sealer.require_whole(folder, code, report.files)
    seal = sealer.seal(folder, _statement_of(report, signer, at))
    reports.sign(session, code, signer.email, at, seal["signature"])
    days = _days(session, report)
    keep_matches(session, code, days.starts_at, days.ends_at)
    detail = seal | {"books": books_hashes(session, report, at)}
    audit.append(session, "report.signed", f"report:{code}", detail, actor=signer.actor, at=at)
    return seal


def _signable(session: Session, code: str, email: str) -> Report:
    """Return the report, when this person may sign it as it stands."""
    report = reports.by_code(session, code)
    if email in (report.prepared_by, report.submitted_by):
        raise RuleError("Who prepared or submitted a report does not sign it.")
    reports.require_submitted(report)
    return report


def _statement_of(report: Report, signer: Signer, at: datetime) -> dict[str, Any]:
    """Return what is signed."""
    return {
        "report": report.code,
        "edition": report.edition,
        "input_hash": report.input_hash,
        "prepared_by": report.prepared_by,
        "submitted_by": report.submitted_by,
        "signed_by": signer.email,
        "signed_name": signer.name,
        "signed_at": at.isoformat(timespec="seconds"),
    }


def books_hashes(session: Session, report: Report, at: datetime) -> dict[str, str]:
    """Return the hash of each table's rows of the report's days, as they stood at a moment."""
    days = _days(session, report)
    return period_hashes(session, days.starts_at, days.ends_at, at)


def _days(session: Session, report: Report) -> Period:
    return Period(report.first_day, report.last_day, the_committee(session).timezone)
