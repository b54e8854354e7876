"""Pages of packages and filings: what they say, submitting, signing, verifying, taking files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import FileResponse

from campaign.errors import UnknownCodeError
from campaign.roles import Permission
from config.clock import now, real_now
from config.settings import settings
from gateways import report_seals
from portal import oidc
from portal.access import Needs, NotFoundError, decided_by, place_of, sight_of
from portal.pages import go, render
from store import audit, reports, signature_proofs, signatures
from store.portal_sessions import Viewer
from store.session import unit_of_work
from store.users import sign_in

router = APIRouter(prefix="/reports")
Reader = Annotated[Viewer, Depends(Needs(Permission.VIEW_BOOKS))]
Preparer = Annotated[Viewer, Depends(Needs(Permission.PREPARE_REPORTS))]
Signer = Annotated[Viewer, Depends(Needs(Permission.SIGN_REPORTS))]

# What is folded away, in the singular and the plural.
_BEGUN = ("draft of a month that a later one covers", "drafts of a month that a later one covers")
_REPLACED = ("earlier edition, replaced since", "earlier editions, replaced since")


@router.get("")
def reports_page(request: Request, viewer: Reader) -> Response:
    """Show the packages and filings, the newest first."""
    with sight_of(viewer) as session:
        found = reports.all_reports(session)
    begun = reports.outgrown(found)
    groups = [
        (None, [one for one in found if one.status != "replaced" and one.code not in begun]),
        (_BEGUN, [one for one in found if one.code in begun]),
        (_REPLACED, [one for one in found if one.status == "replaced"]),
    ]
    return render(request, "reports.html", viewer, groups=[group for group in groups if group[1]])


def report_in_sight(viewer: Viewer, code: str) -> reports.Report:
    """Return a report that the viewer may see; NotFoundError when there is none."""
    with sight_of(viewer) as session:
        try:
            return reports.by_code(session, code)
        except UnknownCodeError as error:
            raise NotFoundError("There is no such report.") from error


@router.get("/{code}")
def report_page(request: Request, viewer: Reader, code: str) -> Response:
    """Show one report, its files and its signatures."""
    return _report_page(request, viewer, report_in_sight(viewer, code))


def _report_page(
    request: Request,
    viewer: Viewer,
    report: reports.Report,
    verdict: report_seals.Verdict | None = None,
    problem: str | None = None,
) -> Response:
    files = [file | {"is_row": str(file["name"]).startswith("rows/")} for file in report.files]
    files.sort(key=_rank)
    with unit_of_work() as session:
        means = signature_proofs.means_of(session, viewer.user_id)
        is_proven = signature_proofs.stands(session, viewer.session_id, report, real_now())
    return render(
        request,
        "report.html",
        viewer,
        status=422 if problem else 200,
        report=report,
        files=files,
        abouts=_ABOUTS,
        figures=sorted(report.figures.items(), key=_place_of_figure),
        lines=_lines(report),
        verdict=verdict,
        problem=problem,
        has_password=means.has_password,
        may_prove=means.has_identity and oidc.is_offered(),
        is_proven=is_proven,
    )


# What people open first comes first.
_ABOUTS = {
    "pdf": "To read, print and sign · ",
    "xlsx": "Every figure with its rows and formulas · ",
    "fec": "To upload to the FEC · ",
    "json": "What belongs to the package, with each file's hash · ",
}


def _rank(file: dict[str, Any]) -> int:
    kinds, kind = list(_ABOUTS), str(file["name"]).rpartition(".")[2]
    return kinds.index(kind) if kind in kinds else len(kinds)


# From the call to the bank, then what the law asks: the database keeps no order of keys.
_SUBJECTS = (
    *("calls", "teams", "pledges", "receipts", "returns", "fees", "ledger", "payouts", "tieout"),
    *("exceptions", "invariants", "excess", "sources", "best-efforts", "records", "notices"),
    *("deposits", "vendors", "contracts", "calling"),
)


def _place_of_figure(figure: tuple[str, Any]) -> tuple[int, str]:
    subject = figure[0].partition(".")[0]
    return (_SUBJECTS.index(subject) if subject in _SUBJECTS else len(_SUBJECTS)), figure[0]


def _lines(report: reports.Report) -> list[tuple[str, str, int]]:
    """Return line, figure and cents of a filing's cover, in the form's own order."""
    if report.kind == "treasurer":
        return []
    from reports.fec import line_of_form_3  # its library is of use to filings only

    is_form_3 = report.kind == "fec_f3"
    found = [
        (line_of_form_3(name) if is_form_3 else "", name, cents)
        for name, cents in report.figures.items()
        if isinstance(cents, int)
    ]
    return sorted(found, key=lambda row: (not row[0], int(row[0].partition("(")[0] or 0), row))


def _seals() -> report_seals.Seals:
    return report_seals.Seals(settings().folder("keys"))


@router.post("/{code}/submit")
def submit_report(viewer: Preparer, code: str) -> Response:
    """Hand a package to the reviewer."""
    report_in_sight(viewer, code)
    with decided_by(viewer) as session:
        signatures.submit(session, code, viewer.email, now(), _seals())
    return go(f"/reports/{code}", "Submitted; a reviewer signs it now.")


@router.get("/{code}/prove")
def prove_presence(viewer: Signer, code: str) -> Response:
    """Send a signer to the identity provider, to sign in there anew for this signature."""
    report_in_sight(viewer, code)
    return oidc.leave_to_prove(viewer, code)


@router.post("/{code}/sign")
def sign_report(
    request: Request,
    viewer: Signer,
    code: str,
    password: Annotated[str, Form(max_length=1024)] = "",
) -> Response:
    """Sign a package: with the password once more, or a fresh sign-in at the identity provider."""
    report = report_in_sight(viewer, code)
    if password and (problem := _wrong(request, viewer, password)):
        return _report_page(request, viewer, report, problem=problem)
    signer = signatures.Signer(viewer.email, viewer.name, viewer.actor)
    with decided_by(viewer) as session:
        if not password:
            signature_proofs.spend(session, viewer.session_id, report, real_now())
        shown = {"with": "password" if password else "oidc"}
        audit.append(session, "report.signer_proven", f"report:{code}", shown)
        signatures.sign(session, code, signer, now(), _seals())
    return go(f"/reports/{code}", "Signed and sealed.")


def _wrong(request: Request, viewer: Viewer, password: str) -> str | None:
    """Return why a password does not prove the viewer, or None."""
    with unit_of_work() as session:
        proof = sign_in(
            session,
            email=viewer.email,
            password=password,
            place=place_of(request),
            now=real_now(),
        )
    if not isinstance(proof, str):
        return None
    if proof.startswith("Too many"):
        return f"{proof} Nothing was signed."
    return "The password is not right: nothing was signed."


@router.post("/{code}/verify")
def verify_report(request: Request, viewer: Reader, code: str) -> Response:
    """Check each file of a package against its seal."""
    found = report_in_sight(viewer, code)
    return _report_page(request, viewer, found, _seals().verify(Path(found.folder)))


@router.get("/{code}/files/{name:path}")
def report_file(viewer: Reader, code: str, name: str) -> Response:
    """Hand out one file of a report, and note who took it."""
    found = report_in_sight(viewer, code)
    folder = Path(found.folder)
    folder = (folder if folder.is_absolute() else settings().home / folder).resolve()
    path = (folder / name).resolve()
    listed = {str(file.get("name")) for file in found.files}
    if name not in listed or not path.is_relative_to(folder) or not path.is_file():
        raise NotFoundError("There is no such file.")
    with decided_by(viewer) as session:
        audit.append(session, "report.download", f"report:{code}", {"file": name})
    # Files of one name are of many months: each says which report it is of.
    named = f"{code}-{path.name}"
    return FileResponse(path, filename=named, headers={"Cache-Control": "no-store"})
