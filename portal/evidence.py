"""From a report's figures to their rows, and an auditor's sample with what was found in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from campaign.compliance.sampling import draw, gap
from campaign.days import day_of
from campaign.errors import InputError
from campaign.roles import Permission
from config.clock import now
from gateways.report_rows import rows_of_figure, section_rows
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.pages import committee, go, render
from portal.report_pages import report_in_sight
from store import audit, portal_samples, reports
from store.evidence import chains
from store.portal_sessions import Viewer

router = APIRouter(prefix="/reports/{code}")
Reader = Annotated[Viewer, Depends(Needs(Permission.VIEW_BOOKS))]
Signer = Annotated[Viewer, Depends(Needs(Permission.SIGN_REPORTS))]
Size = Annotated[int, Query(ge=1, le=200)]
Seed = Annotated[int, Query(ge=0, le=2_000_000_000)]
_SHOWN = 500


@router.get("/figures/{key}")
def figure_page(request: Request, viewer: Reader, code: str, key: str) -> Response:
    """Show how a figure is made: its rows, or the figures that it follows from."""
    report = report_in_sight(viewer, code)
    fact = report.figures.get(key)
    if not isinstance(fact, dict):
        raise NotFoundError("There is no such figure.")
    rows: list[dict[str, str]] = []
    if fact["section"]:
        rows = rows_of_figure(code, Path(report.folder), report.files, fact)
        with decided_by(viewer) as session:
            audit.append(session, "report.traced", f"report:{code}", {"figure": key})
    return render(
        request,
        "figure.html",
        viewer,
        report=report,
        key=key,
        fact=fact,
        rows=rows[:_SHOWN],
        total=len(rows),
        parts=_parts(report, fact),
        numbers=_columns(rows, _NUMBER),
        coded=_columns(rows, _CODE),
    )


_NUMBER = re.compile(r"-?\d{1,9}")
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")


def _columns(rows: list[dict[str, str]], form: re.Pattern[str]) -> set[str]:
    """Return the columns in which every cell has this form; ids are names, not numbers."""
    names = [
        name for name in (rows[0] if rows else ()) if not name.endswith(("_id", "_ref", "zip"))
    ]
    return {
        name
        for name in names
        if any(row[name] for row in rows)
        and all(form.fullmatch(row[name]) for row in rows if row[name])
    }


def _parts(report: reports.Report, fact: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    signed = [("+", key) for key in fact["plus"]] + [("−", key) for key in fact["minus"]]
    return [(sign, key, report.figures[key]) for sign, key in signed if key in report.figures]


@router.get("/sample")
def sample_page(
    request: Request, viewer: Reader, code: str, size: Size = 10, seed: Seed = 1
) -> Response:
    """Draw payments by lot, each with its chain of evidence and what a reviewer found."""
    report = report_in_sight(viewer, code)
    drawn, total = _drawn(report, size, seed)
    zone = committee().timezone
    with sight_of(viewer) as session:
        found = portal_samples.findings(session, code)
        items = chains(session, drawn, zone)
    with decided_by(viewer) as session:
        detail = {"seed": seed, "size": len(drawn)}
        audit.append(session, "report.sampled", f"report:{code}", detail)
    return render(
        request,
        "sample.html",
        viewer,
        report=report,
        size=size,
        seed=seed,
        total=total,
        chains=_by_payment(drawn, items),
        gap=gap,
        found=found,
        today=day_of(now(), zone),
        checked=sum(payment in found for payment in drawn),
    )


def _drawn(report: reports.Report, size: int, seed: int) -> tuple[list[str], int]:
    if report.kind != "treasurer":
        raise InputError("A sample is drawn from a treasurer's package.")
    rows = section_rows(report.code, Path(report.folder), report.files, "receipts")
    payments = {row["charge_id"] for row in rows}
    return draw(payments, report.input_hash, size, seed), len(payments)


def _by_payment(
    drawn: list[str], items: list[dict[str, Any]]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the chains in the order of the lot; a payment may pay several pledges."""
    return [(payment, [item for item in items if item["payment"] == payment]) for payment in drawn]


@router.post("/sample/{payment}")
def note_finding(
    viewer: Signer,
    code: str,
    payment: str,
    size: Annotated[int, Form(ge=1, le=200)],
    seed: Annotated[int, Form(ge=0, le=2_000_000_000)],
    outcome: Annotated[Literal["fits", "differs"], Form()],
    words: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Note whether a payment of the sample fits its papers; what differs needs a word."""
    report = report_in_sight(viewer, code)
    drawn, _ = _drawn(report, size, seed)
    if payment not in drawn:
        raise NotFoundError("This payment is not in the sample.")
    if outcome == "differs" and not words.strip():
        raise InputError("Say what differs.")
    with decided_by(viewer) as session:
        portal_samples.note(
            session,
            code,
            payment,
            seed=seed,
            size=size,
            outcome=outcome,
            words=words.strip(),
            by=viewer.actor,
            at=now(),
        )
    return go(f"/reports/{code}/sample?size={size}&seed={seed}", "What you found is noted.")
