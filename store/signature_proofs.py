"""Proofs that a signer is present: a fresh sign-in at the identity provider, for one signature.

A proof belongs to one browser's session and to one report as it stood when it was asked for. It
counts once, and only for some minutes. Whoever has a password signs with that (`store/users`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from campaign.accounts import SIGNATURE_PROOF_LASTS, is_fresh
from campaign.errors import RuleError, StateError
from models.users import AppUser, PortalSession, SignatureProof
from store import reports
from store.portal_sessions import hash_of
from store.reports import Report

_KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Means:
    """What an account can show once more before it signs."""

    has_password: bool
    has_identity: bool


def means_of(session: Session, user_id: int) -> Means:
    """Return whether an account has a password, an identity at the provider, or both."""
    user = session.get_one(AppUser, user_id)
    return Means(user.password_hash is not None, user.oidc_subject is not None)


def report_hash(report: Report) -> str:
    """Return what stands for all that a signature of this report vouches for."""
    told = [report.code, report.edition, report.input_hash, report.submitted_by, report.files]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def ask(session: Session, session_id: int | None, code: str, state: str, now: datetime) -> None:
    """Note that a browser leaves for the provider, to sign a report as it stands now."""
    if session_id is None:
        raise StateError("A person signs, with a browser; a machine does not.")
    report = reports.by_code(session, code)
    reports.require_submitted(report)
    session.execute(delete(SignatureProof).where(SignatureProof.expires_at < now - _KEPT_FOR))
    session.add(
        SignatureProof(
            state_hash=hash_of(state),
            session_id=session_id,
            report_code=code,
            report_hash=report_hash(report),
            asked_at=now,
            expires_at=now + SIGNATURE_PROOF_LASTS,
        )
    )
    session.flush()


def accept(
    session: Session, state: str, subject: str, signed_in_at: int | None, now: datetime
) -> str:
    """Note that the provider vouched for the person who left; return the report's code."""
    found = session.execute(
        select(SignatureProof, AppUser.oidc_subject)
        .join(PortalSession, PortalSession.id == SignatureProof.session_id)
        .join(AppUser, AppUser.id == PortalSession.user_id)
        .where(
            SignatureProof.state_hash == hash_of(state),
            SignatureProof.proven_at.is_(None),
            SignatureProof.expires_at > now,
        )
        .with_for_update(of=SignatureProof)
    ).first()
    if found is None:
        raise StateError("This proof was used before or is too old. Begin at the report again.")
    row, known = found
    if known != subject:
        raise RuleError("Somebody else signed in at the provider: nothing was signed.")
    if signed_in_at is None:
        raise RuleError(
            "Your identity provider does not say when you signed in, so it cannot stand for a "
            "signature. Choose a password under “Forgot your password?”, and sign with that."
        )
    if not is_fresh(signed_in_at, row.asked_at, now):
        raise RuleError(
            "Your identity provider did not ask you to sign in again: nothing was signed."
        )
    row.proven_at = now
    return str(row.report_code)


def stands(session: Session, session_id: int | None, report: Report, now: datetime) -> bool:
    """Whether this browser may sign the report now, with a proof that still counts."""
    found = select(SignatureProof.id).where(*_counts(session_id, report, now))
    return session.scalar(found.limit(1)) is not None


def spend(session: Session, session_id: int | None, report: Report, now: datetime) -> None:
    """Use a proof up; StateError when this browser holds none for the report as it stands."""
    one = select(SignatureProof.id).where(*_counts(session_id, report, now)).limit(1)
    spent = session.scalar(
        update(SignatureProof)
        .where(SignatureProof.id.in_(one.with_for_update()))
        .values(used_at=now)
        .returning(SignatureProof.id)
    )
    if spent is None:
        raise StateError("Sign in at your identity provider once more: nothing was signed.")


def _counts(
    session_id: int | None, report: Report, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    return (
        SignatureProof.session_id == session_id,
        SignatureProof.report_hash == report_hash(report),
        SignatureProof.proven_at.is_not(None),
        SignatureProof.used_at.is_(None),
        SignatureProof.expires_at > now,
    )
