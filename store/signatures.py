"""Submitting and signing: who may, what is stated, and what the record keeps of it.

The command line and the portal both do these steps, around the seal on the files
(`gateways/report_seals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaign.days import Period
from campaign.errors import RuleError
from store import audit, reports
from store.committees import the_committee
from store.period_seals import period_hashes
from store.reports import Report


@dataclass(frozen=True, slots=True)
class Signer:
    """The person who signs; the chain names the account, never its address."""

    email: str
    name: str
    actor: str


def submit(session: Session, code: str, email: str, at: datetime) -> None:
    """Note that the preparer is done."""
    reports.submit(session, code, email, at)
    audit.append(session, "report.submitted", f"report:{code}", at=at)


def signable(session: Session, code: str, email: str) -> Report:
    """Return the report, when this person may sign it as it stands."""
    report = reports.by_code(session, code)
    if email in (report.prepared_by, report.submitted_by):
        raise RuleError("Who prepared or submitted a report does not sign it.")
    reports.require_submitted(report)
    return report


def statement_of(report: Report, signer: Signer, at: datetime) -> dict[str, Any]:
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


def keep(
    session: Session, report: Report, signer: Signer, seal: dict[str, str], at: datetime
) -> None:
    """Keep the signature, with the hashes of the books it vouches for."""
    reports.sign(session, report.code, signer.email, at, seal["signature"])
    detail = seal | {"books": books_hashes(session, report, at)}
    audit.append(
        session, "report.signed", f"report:{report.code}", detail, actor=signer.actor, at=at
    )


def books_hashes(session: Session, report: Report, at: datetime) -> dict[str, str]:
    """Return the hash of each table's rows of the report's days, as they stood at a moment."""
    zone = the_committee(session).timezone
    days = Period(report.first_day, report.last_day, zone)
    return period_hashes(session, days.starts_at, days.ends_at, at)
