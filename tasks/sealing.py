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


def _seals() -> report_seals.Seals:
    return report_seals.Seals(settings().folder("keys"))


@step
def submit_report(code: str, email: str | None = None) -> None:
    """Note that the preparer is done with the package."""
    by = email or settings().actor
    with audit.acting_as(by), unit_of_work() as session:
        signatures.submit(session, code, by, now(), _seals())


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
        folder = kept.by_code(session, code).folder
        seal = signatures.sign(session, code, signer, at, _seals())
    log.info("%s is signed and sealed", code)
    return {
        "report": code,
        "folder": folder,
        "signed_by": user.email,
        "signed_at": at.isoformat(timespec="seconds"),
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
    if key_file is not None:
        return report_seals.verify(folder, report_seals.public_key_of(key_file))
    return _seals().verify(folder)
