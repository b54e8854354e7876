"""Signing a package: the preparer submits it, another person signs, and it is sealed."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from campaign.errors import InputError, RuleError
from campaign.roles import Permission
from config.clock import now, real_now
from config.settings import settings
from gateways import report_seals
from store import audit, signatures
from store import reports as kept
from store.session import unit_of_work
from store.users import User, sign_in
from tasks.policies import step

log = logging.getLogger(__name__)


@step
def submit_report(code: str, email: str | None = None) -> None:
    """Note that the preparer is done with the package."""
    by = email or settings().actor
    with audit.acting_as(by), unit_of_work() as session:
        report = kept.by_code(session, code)
        report_seals.require_whole(Path(report.folder), code, report.files)
        signatures.submit(session, code, by, now())


def require_report(code: str) -> None:
    """Refuse a code that names no report, before a password is asked for."""
    with unit_of_work() as session:
        kept.by_code(session, code)


@step
def sign_report(code: str, email: str, password: str) -> dict[str, Any]:
    """Let a second person sign: password again, another account than the preparer's."""
    user = _signer(email, password)
    at, signer = now(), signatures.Signer(user.email, user.name, f"user:{user.id}")
    with unit_of_work() as session:
        report = signatures.signable(session, code, user.email)
        folder = Path(report.folder)
        report_seals.require_whole(folder, code, report.files)
        statement = signatures.statement_of(report, signer, at)
        seal = report_seals.seal_for_good(folder, settings().folder("keys"), statement)
        signatures.keep(session, report, signer, seal, at)
    log.info("%s is signed and sealed", code)
    return {
        "report": code,
        "folder": str(folder),
        "signed_by": user.email,
        "signed_at": statement["signed_at"],
        "manifest": seal["manifest"],
        "key": seal["key"],
    }


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


def verify_folder(folder: Path, key_file: Path | None = None) -> report_seals.Verdict:
    """Check a package in a folder; without a key file, this installation's key is trusted."""
    trusted = None
    if key_file is not None:
        trusted = report_seals.public_key_of(key_file)
    elif (settings().home / "keys" / report_seals.KEY_FILE).exists():
        trusted = report_seals.SigningKey.open(settings().folder("keys")).public
    return report_seals.verify(folder, trusted)
