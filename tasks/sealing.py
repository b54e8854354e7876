"""Signing a package: the preparer submits it, another person signs, and it is sealed."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from campaign.days import Period
from campaign.errors import InputError, RuleError, StateError
from campaign.roles import Permission
from config.clock import now, real_now
from config.settings import settings
from gateways import report_files, report_seals
from store import audit
from store import reports as kept
from store.committees import the_committee
from store.period_seals import period_hashes
from store.session import unit_of_work
from store.users import User, sign_in
from tasks.policies import step

log = logging.getLogger(__name__)


def signing_key() -> report_seals.SigningKey:
    """Return the key of this installation."""
    return report_seals.SigningKey.open(settings().folder("keys"))


@step
def submit_report(code: str, email: str | None = None) -> None:
    """Note that the preparer is done with the package."""
    with unit_of_work() as session:
        report = kept.by_code(session, code)
        _require_whole(report)
        kept.submit(session, code, email or settings().actor, now())
        audit.append(session, "report.submitted", f"report:{code}", {}, actor=email)


def require_report(code: str) -> None:
    """Refuse a code that names no report, before a password is asked for."""
    with unit_of_work() as session:
        kept.by_code(session, code)


@step
def sign_report(code: str, email: str, password: str) -> dict[str, Any]:
    """Let a second person sign: password again, another account than the preparer's."""
    user = _signer(email, password)
    at = now()
    with unit_of_work() as session:
        report = kept.by_code(session, code)
        if user.email in (report.prepared_by, report.submitted_by):
            raise RuleError("Who prepared or submitted a report does not sign it.")
        _require_whole(report)
        folder = Path(report.folder)
        report_files.unlock(folder)
        statement = {
            "report": report.code,
            "edition": report.edition,
            "input_hash": report.input_hash,
            "prepared_by": report.prepared_by,
            "submitted_by": report.submitted_by,
            "signed_by": user.email,
            "signed_name": user.name,
            "signed_at": at.isoformat(timespec="seconds"),
        }
        key = signing_key()
        signature = report_seals.seal(folder, key, statement)
        kept.sign(session, code, user.email, at, signature)
        detail = {
            "manifest": report_files.sha256_of(folder / report_seals.MANIFEST),
            "signature": signature,
            "key": report_seals.fingerprint(key.public),
            "books": books_hashes(session, report, at),
        }
        # The chain names the account, never its address.
        audit.append(
            session, "report.signed", f"report:{code}", detail, actor=f"user:{user.id}", at=at
        )
        report_files.make_read_only(folder)
    log.info("%s is signed and sealed", code)
    return {
        "report": code,
        "folder": str(folder),
        "signed_by": user.email,
        "signed_at": at.isoformat(timespec="seconds"),
        "manifest": detail["manifest"],
        "key": detail["key"],
    }


def books_hashes(session: Session, report: kept.Report, at: datetime) -> dict[str, str]:
    """Return the hash of each table's rows of the report's days, as they stood at a moment."""
    zone = the_committee(session).timezone
    days = Period(report.first_day, report.last_day, zone)
    return period_hashes(session, days.starts_at, days.ends_at, at)


def _signer(email: str, password: str) -> User:
    with unit_of_work() as session:
        found = sign_in(
            session, email=email, password=password, place="command line", now=real_now()
        )
    if isinstance(found, str):
        raise InputError(found)
    if Permission.SIGN_REPORTS not in found.permissions:
        raise RuleError("This account may not sign reports: it needs the role 'reviewer'.")
    return found


def _require_whole(report: kept.Report) -> None:
    """Refuse a package whose files are no longer those that were drawn up."""
    folder = Path(report.folder)
    for file in report.files:
        path = folder / file["name"]
        if not path.is_file() or report_files.sha256_of(path) != file["sha256"]:
            raise StateError(
                f"{file['name']} of {report.code} is not what was drawn up: draw it up again."
            )


def verify_folder(folder: Path, key_file: Path | None = None) -> report_seals.Verdict:
    """Check a package in a folder; without a key file, this installation's key is trusted."""
    trusted = None
    if key_file is not None:
        trusted = report_seals.public_key_of(key_file)
    elif (settings().home / "keys" / report_seals.KEY_FILE).exists():
        trusted = signing_key().public
    return report_seals.verify(folder, trusted)
