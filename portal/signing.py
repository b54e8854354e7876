"""Submitting and signing a package, as the signed-in person decided."""

from __future__ import annotations

from pathlib import Path

from config.clock import now
from config.settings import settings
from gateways import report_seals
from portal.access import decided_by
from store import reports, signatures
from store.portal_sessions import Viewer


def submit(viewer: Viewer, code: str) -> None:
    """Note that the preparer is done."""
    with decided_by(viewer) as session:
        report = reports.by_code(session, code)
        report_seals.require_whole(Path(report.folder), code, report.files)
        signatures.submit(session, code, viewer.email, now())


def sign(viewer: Viewer, code: str) -> None:
    """Seal the package in the viewer's name; RuleError for whoever prepared or submitted it."""
    at, signer = now(), signatures.Signer(viewer.email, viewer.name, viewer.actor)
    with decided_by(viewer) as session:
        report = signatures.signable(session, code, viewer.email)
        folder = Path(report.folder)
        report_seals.require_whole(folder, code, report.files)
        statement = signatures.statement_of(report, signer, at)
        seal = report_seals.seal_for_good(folder, settings().folder("keys"), statement)
        signatures.keep(session, report, signer, seal, at)
