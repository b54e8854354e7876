"""The treasurer's pages: proofs, exceptions, suggestions, the bank, clocks, trace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from sqlalchemy.orm import Session

from campaign.books.exceptions import resolutions
from campaign.books.statements import BankStatement
from campaign.days import Period, day_of
from campaign.errors import InputError, UnknownCodeError
from campaign.roles import Permission
from config.clock import now
from config.scratch import scratch
from gateways.bank_files import read_statements
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.pages import Before, account_names, committee, go, render
from portal.words import several
from store import (
    bank_lines,
    portal_books,
    portal_clocks,
    portal_notices,
    portal_pledges,
    portal_today,
    resolving,
)
from store.portal_sessions import Viewer

router = APIRouter()
Reader = Annotated[Viewer, Depends(Needs(Permission.VIEW_BOOKS))]
Keeper = Annotated[Viewer, Depends(Needs(Permission.KEEP_BOOKS))]
Preparer = Annotated[Viewer, Depends(Needs(Permission.PREPARE_REPORTS))]
Signer = Annotated[Viewer, Depends(Needs(Permission.SIGN_REPORTS))]
Because = Annotated[str, Form(min_length=3, max_length=200)]
# What may be decided about an exception, as a treasurer would say it.
MEANINGS = {
    "confirm": "What is suggested is right",
    "gift": "A gift of its own, beside any pledge",
    "not_campaign": "Not this campaign's money",
    "refund": "It is to be given back",
    "noted": "Seen and explained",
    "pledge": "It pays a pledge",
}
_PAGE = 300  # exceptions
_PLEDGES = 500
_LINES = 300  # of the bank
_LARGEST_STATEMENT = 20 * 1024 * 1024


@router.get("/books")
def books_page(request: Request, viewer: Reader, run: int | None = None) -> Response:
    """Show the tie-out: each proof held, broken or not provable, and the sums behind it."""
    today = day_of(now(), committee().timezone)
    with sight_of(viewer) as session:
        found = portal_books.reconciliations(session)
        shown = found[0] if found else None
        if run is not None:
            shown = portal_books.reconciliation(session, run)
            if shown is None:
                raise NotFoundError("There is no such reconciliation.")
        ages = portal_books.pledges_by_age(session, today)
        unfit = portal_today.books_today(session)
        notices = portal_notices.open_for(session, viewer.permissions)
    return render(
        request,
        "books.html",
        viewer,
        shown=shown,
        runs=found,
        ages=ages,
        unfit=unfit,
        notices=notices,
        today=today,
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
def exceptions_page(
    request: Request,
    viewer: Reader,
    status: str = "open",
    kind: Annotated[str | None, Query(max_length=40)] = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> Response:
    """Show what does not fit, the oldest first; of one kind, where a kind is named."""
    if status not in ("open", "resolved"):
        raise NotFoundError("Exceptions are open or resolved.")
    with sight_of(viewer) as session:
        kinds = portal_books.exception_kinds(session, status)
        found = portal_books.exceptions(session, status, _PAGE, after, kind)
    zone = committee().timezone
    return render(
        request,
        "exceptions.html",
        viewer,
        found=found,
        kinds=kinds,
        kind=kind,
        total=sum(row["number"] for row in kinds if kind in (None, row["kind"])),
        onward=found[-1].id if len(found) == _PAGE else None,
        shown=status,
        today=day_of(now(), zone),
        zone=zone,
        proposed=resolutions,
        meanings=MEANINGS,
    )


@router.get("/exceptions/{exception_id}")
def exception_page(request: Request, viewer: Reader, exception_id: int) -> Response:
    """Show an exception beside the pledges that may fit, and what may be decided."""
    with sight_of(viewer) as session:
        found = portal_books.exception(session, exception_id)
        if found is None:
            raise NotFoundError("There is no such exception.")
        charge = found.subject.removeprefix("charge:")
        payment = portal_books.payment_card(session, charge)
        fitting = portal_books.pledges_that_may_fit(session, charge) if payment else []
        onward = _next_open(session, exception_id)
    return render(
        request,
        "exception.html",
        viewer,
        one=found,
        payment=payment,
        pledges=fitting,
        onward=onward,
        names=account_names(),
        answers=resolutions(found.kind),
        meanings=MEANINGS,
        today=day_of(now(), committee().timezone),
        zone=committee().timezone,
    )


def _next_open(session: Session, exception_id: int) -> int | None:
    """Return the open exception after this one, else the first of all; None when none is left."""
    later = portal_books.exceptions(session, "open", limit=1, after=exception_id)
    found = later or portal_books.exceptions(session, "open", limit=1)
    return next((other.id for other in found if other.id != exception_id), None)


def resolve_all(viewer: Viewer, decisions: list[tuple[str, str]], because: str) -> None:
    """Decide about exceptions or payments, all or none."""
    at = now()
    today = day_of(at, committee().timezone)
    with decided_by(viewer) as session:
        for name, answer in decisions:
            resolving.resolve(
                session, name, answer, because=because, actor=viewer.actor, at=at, today=today
            )


@router.post("/exceptions/{exception_id}")
def resolve_exception(
    viewer: Keeper,
    exception_id: int,
    answer: Annotated[str, Form(max_length=80)],
    because: Because,
    other: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Decide about an exception and go on to the next; the next reconciliation keeps to it."""
    if answer == "pledge":
        if not other.strip():
            raise InputError("Name the other pledge that it pays: PL-…")
        answer = f"pledge:{other.strip().upper()}"
    try:
        resolve_all(viewer, [(str(exception_id), answer)], because)
    except UnknownCodeError as error:
        raise NotFoundError(str(error)) from error
    if answer == "undo":
        return go(f"/exceptions/{exception_id}", "Taken back.")
    with sight_of(viewer) as session:
        onward = _next_open(session, exception_id)
    said = "Decided; the next reconciliation keeps to it."
    if onward is None:
        return go("/exceptions", said)
    return go(f"/exceptions/{onward}", f"{said} Here is the next one.")


@router.post("/exceptions/{exception_id}/owner")
def assign_exception(
    viewer: Keeper, exception_id: int, owner: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    """Note who looks into an exception; an empty name frees it."""
    try:
        with decided_by(viewer) as session:
            resolving.assign(session, str(exception_id), owner, actor=viewer.actor, at=now())
    except UnknownCodeError as error:
        raise NotFoundError("There is no such open exception.") from error
    return go(
        f"/exceptions/{exception_id}", "Noted who looks into it." if owner.strip() else "Freed."
    )


@router.get("/suggestions")
def suggestions_page(
    request: Request, viewer: Reader, shown: Annotated[int, Query(ge=1, le=1000)] = 50
) -> Response:
    """Show what the matcher suggests, payment and pledge side by side."""
    with sight_of(viewer) as session:
        found = portal_books.suggestions(session, shown)
    return render(request, "suggestions.html", viewer, found=found, shown=shown)


@router.post("/suggestions")
def decide_suggestions(
    viewer: Keeper,
    because: Because,
    verdict: Annotated[Literal["confirm", "refuse"], Form()],
    ids: Annotated[list[int] | None, Form()] = None,
) -> Response:
    """Confirm or refuse the suggestions that were ticked."""
    if not ids:
        raise InputError("Tick the suggestions that you mean.")
    decided = decide_about(viewer, ids, verdict, because)
    word = "confirmed" if verdict == "confirm" else "refused"
    return go("/suggestions", f"{decided} {word}; the next reconciliation keeps to it.")


def decide_about(
    viewer: Viewer, ids: Sequence[int], verdict: Literal["confirm", "refuse"], because: str
) -> int:
    """Confirm or refuse suggestions, all or none; return how many there were."""
    with sight_of(viewer) as session:
        chosen = [row for row in portal_books.suggestions(session, 1000) if row["id"] in set(ids)]
    kind = "pledge" if verdict == "confirm" else "not"
    resolve_all(viewer, [(row["charge_id"], f"{kind}:{row['ref']}") for row in chosen], because)
    return len(chosen)


@router.get("/bank")
def bank_page(request: Request, viewer: Keeper, before: Before = None) -> Response:
    """Show the bank's lines, and take a statement."""
    with sight_of(viewer) as session:
        lines = portal_books.bank_lines(session, _LINES + 1, before)
    return render(
        request,
        "bank.html",
        viewer,
        lines=lines[:_LINES],
        has_more=len(lines) > _LINES,
        before=before,
    )


@router.post("/bank")
def take_statement(viewer: Keeper, file: Annotated[UploadFile, File()]) -> Response:
    """Take in a bank statement; lines that are known already stay as they are."""
    content = file.file.read(_LARGEST_STATEMENT + 1)
    if len(content) > _LARGEST_STATEMENT:
        raise InputError("A statement has at most 20 MB.")
    statements = _statements(content)
    digest = hashlib.sha256(content).hexdigest()
    with decided_by(viewer) as session:
        added = bank_lines.take_statements(session, statements, digest, now())
    lines = sum(len(statement.rows) for statement in statements)
    told = several(lines, "line", "lines")
    return go("/bank", f"{told} read: {added} new, {lines - added} known already.")


def _statements(content: bytes) -> list[BankStatement]:
    with scratch() as folder:
        path = folder / "The statement"  # so it is called where it cannot be read
        path.write_bytes(content)
        return read_statements(path, committee().currency)


@router.get("/clocks")
def clocks_page(request: Request, viewer: Reader) -> Response:
    """Show who is near a limit, and which of the law's clocks run."""
    place = committee()
    today = day_of(now(), place.timezone)
    with sight_of(viewer) as session:
        found = portal_clocks.clocks(session, place, today)
    return render(request, "clocks.html", viewer, clocks=found, today=today, zone=place.timezone)


@router.get("/pledges")
def pledges_page(request: Request, viewer: Reader) -> Response:
    """Show the pledges of which something is open, each with the way to what happened to it."""
    with sight_of(viewer) as session:
        found = portal_pledges.open_pledges(session, _PLEDGES)
    today = day_of(now(), committee().timezone)
    return render(request, "pledges.html", viewer, pledges=found, most=_PLEDGES, today=today)


@router.get("/pledges/{ref}")
def pledge_page(viewer: Reader, ref: str) -> Response:
    """Go to where a pledge can be followed."""
    with sight_of(viewer) as session:
        if not portal_books.has_pledge(session, ref):
            raise NotFoundError("There is no such pledge.")
    return go(f"/trace?what={ref}")


@router.get("/trace")
def trace_page(request: Request, viewer: Reader, what: str = "") -> Response:
    """Follow a payment or a pledge from the call to the bank."""
    named = what.strip()
    with sight_of(viewer) as session:
        pledge = portal_pledges.story(session, named) or portal_pledges.story(
            session, named.upper()
        )
        charge = portal_books.charge_of_pledge(session, pledge.ref) if pledge else named
        steps = portal_books.trace(session, charge) if charge else []
        back = portal_pledges.went_back(session, charge) if charge else []
    place = committee()
    return render(
        request,
        "trace.html",
        viewer,
        what=what,
        pledge=pledge,
        today=day_of(now(), place.timezone),
        steps=steps,
        back=back,
        missed="" if pledge or steps or not named else "No payment or pledge has this name.",
        zone=place.timezone,
    )
