"""The treasurer's and the reviewer's pages: proofs, exceptions, suggestions, reports, trace."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse

from campaign.days import Period, day_of
from campaign.errors import PledgelineError
from campaign.roles import Permission
from config.clock import now
from config.settings import settings
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.pages import committee, render
from store import audit, portal_books, portal_notices, reports
from store.portal_sessions import Viewer

router = APIRouter()
Reader = Annotated[Viewer, Depends(Needs(Permission.VIEW_BOOKS))]
Keeper = Annotated[Viewer, Depends(Needs(Permission.KEEP_BOOKS))]


@router.get("/books")
def books_page(request: Request, viewer: Reader, run: int | None = None) -> Response:
    """Show the tie-out: each proof held, broken or not provable, and the sums behind it."""
    today = day_of(now(), committee().timezone)
    with sight_of(viewer) as session:
        found = portal_books.reconciliations(session)
        ages = portal_books.pledges_by_age(session, today)
        open_ones = portal_books.exceptions(session, "open")
        notices = portal_notices.open_for(session, viewer.permissions)
    shown = next((one for one in found if one.id == run), found[0] if found else None)
    return render(
        request,
        "books.html",
        viewer,
        shown=shown,
        runs=found,
        ages=ages,
        exceptions=open_ones,
        notices=notices,
        week=(today - timedelta(days=7), today),
    )


@router.get("/books/{run}/proof/{number}")
def proof_page(request: Request, viewer: Reader, run: int, number: int) -> Response:
    """Show the rows behind one proof."""
    with sight_of(viewer) as session:
        shown = portal_books.reconciliation(session, run)
        proof = shown.proof(number) if shown else None
        if shown is None or proof is None:
            raise NotFoundError("There is no such proof.")
        period = Period(shown.first_day, shown.last_day, committee().timezone)
        rows = portal_books.proof_rows(session, number, period.starts_at, period.ends_at)
    return render(
        request, "proof.html", viewer, shown=shown, proof=proof, rows=rows, zone=period.timezone
    )


@router.get("/exceptions")
def exceptions_page(request: Request, viewer: Reader, status: str = "open") -> Response:
    """Show what does not fit, the oldest first."""
    if status not in ("open", "resolved"):
        raise NotFoundError("Exceptions are open or resolved.")
    with sight_of(viewer) as session:
        found = portal_books.exceptions(session, status)
    today = day_of(now(), committee().timezone)
    return render(request, "exceptions.html", viewer, found=found, shown=status, today=today)


@router.get("/suggestions")
def suggestions_page(request: Request, viewer: Reader) -> Response:
    """Show what the matcher suggests, payment and pledge side by side."""
    with sight_of(viewer) as session:
        found = portal_books.suggestions(session)
    return render(request, "suggestions.html", viewer, found=found)


@router.get("/bank")
def bank_page(request: Request, viewer: Keeper) -> Response:
    """Show the bank's lines, and take a statement."""
    with sight_of(viewer) as session:
        lines = portal_books.bank_lines(session)
    return render(request, "bank.html", viewer, lines=lines)


@router.get("/trace")
def trace_page(request: Request, viewer: Reader, what: str = "") -> Response:
    """Follow a payment or a pledge from the call to the bank."""
    steps, missed = [], ""
    if what.strip():
        with sight_of(viewer) as session:
            charge = what.strip()
            if charge.upper().startswith("PL-"):
                charge = portal_books.charge_of_pledge(session, charge.upper()) or ""
            steps = portal_books.trace(session, charge)
        missed = "" if steps else "No payment or paid pledge has this name."
    return render(
        request, "trace.html", viewer, what=what, steps=steps, missed=missed,
        zone=committee().timezone,
    )  # fmt: skip


# Reports ---------------------------------------------------------------------------------


@router.get("/reports")
def reports_page(request: Request, viewer: Reader) -> Response:
    """Show the packages and filings, the newest first."""
    with sight_of(viewer) as session:
        found = reports.all_reports(session)
    return render(request, "reports.html", viewer, found=found)


def _report(viewer: Viewer, code: str) -> reports.Report:
    with sight_of(viewer) as session:
        try:
            return reports.by_code(session, code)
        except PledgelineError as error:
            raise NotFoundError("There is no such report.") from error


@router.get("/reports/{code}")
def report_page(request: Request, viewer: Reader, code: str) -> Response:
    """Show one report, its files and its signatures."""
    return render(request, "report.html", viewer, report=_report(viewer, code))


@router.get("/reports/{code}/files/{name}")
def report_file(viewer: Reader, code: str, name: str) -> Response:
    """Hand out one file of a report, and note who took it."""
    found = _report(viewer, code)
    folder = Path(found.folder)
    folder = (folder if folder.is_absolute() else settings().home / folder).resolve()
    path = (folder / name).resolve()
    listed = {str(file.get("name")) for file in found.files}
    if name not in listed or path.parent != folder or not path.is_file():
        raise NotFoundError("There is no such file.")
    with decided_by(viewer) as session:
        audit.append(session, "report.download", f"report:{code}", {"file": name})
    return FileResponse(path, filename=name, headers={"Cache-Control": "no-store"})
