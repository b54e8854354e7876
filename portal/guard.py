"""Compliance and administration: suppression, audit log, health."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from campaign.compliance.audit_chain import first_break
from campaign.errors import InputError, SetupError
from campaign.lists.phones import to_e164
from campaign.roles import Permission
from config.clock import now
from config.settings import settings
from portal import runs
from portal.access import Needs, decided_by, sight_of
from portal.pages import account_names, go, render
from store import audit, portal_guard, portal_notices
from store.lists import lock_admission
from store.portal_sessions import Viewer
from store.session import unit_of_work
from store.suppressions import KINDS, Subject, suppress_many, take_back_typed

router = APIRouter()
Suppressor = Annotated[Viewer, Depends(Needs(Permission.SUPPRESS))]
Auditor = Annotated[Viewer, Depends(Needs(Permission.VIEW_AUDIT))]
Keeper = Annotated[Viewer, Depends(Needs(Permission.MANAGE_USERS))]
Nurse = Annotated[Viewer, Depends(Needs(Permission.VIEW_HEALTH))]


# Suppression -----------------------------------------------------------------------------


@router.get("/suppression")
def suppression_page(request: Request, viewer: Suppressor) -> Response:
    """Show how many are not to be called, and take in another."""
    with sight_of(viewer) as session:
        counts = portal_guard.suppression_counts(session)
    return render(
        request,
        "suppression.html",
        viewer,
        counts=counts,
        kinds=KINDS,
        found=None,
        asked=False,
        who="",
    )


@router.post("/suppression")
def suppress_now(
    viewer: Suppressor,
    who: Annotated[str, Form(max_length=320)],
    kind: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Suppress a number or an address at once, everywhere."""
    if kind not in KINDS:
        raise InputError("Choose why: " + ", ".join(KINDS) + ".")
    with decided_by(viewer) as session:
        effect = suppress_many(
            session, kind, [subject_of(who)], source="portal", reason=reason or None, now=now()
        )
    said = "Suppressed. It was withdrawn from every queue and packet."
    return go("/suppression", said if effect.new else "It was suppressed already.")


@router.post("/suppression/search")
def suppression_search(
    request: Request, viewer: Suppressor, who: Annotated[str, Form(max_length=320)]
) -> Response:
    """Say whether a number or an address is suppressed, and why."""
    subject = subject_of(who)
    with sight_of(viewer) as session:
        counts = portal_guard.suppression_counts(session)
        found = portal_guard.suppressions_of(
            session, phone_e164=subject.phone_e164, email=subject.email
        )
    return render(
        request,
        "suppression.html",
        viewer,
        counts=counts,
        kinds=KINDS,
        found=found,
        asked=True,
        who=who,
    )


@router.post("/suppression/back")
def take_back(
    viewer: Suppressor,
    who: Annotated[str, Form(max_length=320)],
    because: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take back a number or an address that was typed in by mistake."""
    subject = subject_of(who)
    with decided_by(viewer) as session:
        lock_admission(session)
        taken = take_back_typed(session, subject, because=because, now=now())
    said = "Taken back. Whom nobody else suppresses may be called again."
    return go("/suppression", said if taken.taken else "Nobody typed it in here.")


def subject_of(who: str) -> Subject:
    """Return the number or the address that was typed; InputError when it is neither."""
    if "@" in who:
        return Subject(email=who.strip().lower())
    number = to_e164(who)
    if number is None:
        raise InputError("This is neither a telephone number nor an e-mail address.")
    return Subject(phone_e164=number)


# Audit log -------------------------------------------------------------------------------


@router.get("/audit")
def audit_page(
    request: Request, viewer: Auditor, words: str = "", before: int | None = None
) -> Response:
    """Show what was decided and looked at, and by whom."""
    with sight_of(viewer) as session:
        lines = portal_guard.audit_lines(session, words=words[:100], before=before)
    return render(
        request, "audit.html", viewer, lines=lines, words=words, verdict=None, names=account_names()
    )


@router.post("/audit/verify")
def verify_audit(request: Request, viewer: Auditor) -> Response:
    """Prove that no entry was changed or taken out."""
    with sight_of(viewer) as session:
        broken = first_break(audit.chain(session))
        total = audit.length(session)
        lines = portal_guard.audit_lines(session)
    verdict = (
        f"Entry {broken[0]} does not hold: {broken[1]}."
        if broken
        else f"All {total:,} entries hold, each to the one before it."
    )
    return render(
        request,
        "audit.html",
        viewer,
        lines=lines,
        words="",
        verdict=(broken is None, verdict),
        names=account_names(),
    )


# Health ----------------------------------------------------------------------------------


@router.get("/health")
def alive() -> dict[str, str]:
    """Say that the portal answers (for whoever started it)."""
    return {"status": "ok"}


@router.get("/condition")
def health_page(request: Request, viewer: Nurse) -> Response:
    """Show whether database, flows, Stripe and mail are as they should be."""
    with unit_of_work() as session:  # counts only, so that an administrator sees them too
        figures = portal_guard.health(session)
        notices = portal_notices.open_for(session, [Permission.VIEW_HEALTH])
    return render(
        request, "health.html", viewer, figures=figures, services=_services(), notices=notices
    )


def _services() -> list[tuple[str, bool, str]]:
    found = settings()
    return [
        ("Database", True, "Answers"),
        ("Prefect", *_prefect()),
        (
            "Stripe",
            found.stripe_api_key is not None,
            ("Live key" if found.is_live else "Test key")
            if found.stripe_api_key
            else "No key is set (STRIPE_API_KEY)",
        ),
        (
            "Stripe's webhook",
            found.stripe_webhook_secret is not None,
            "Signatures are checked"
            if found.stripe_webhook_secret
            else "No secret is set (STRIPE_WEBHOOK_SECRET); records are fetched by schedule only",
        ),
        (
            "Mail",
            found.mail_url is not None,
            "A mail server is set" if found.mail_url else "Letters stay in the home's outbox",
        ),
    ]


def _prefect() -> tuple[bool, str]:
    try:
        runs.recent(1)
    except SetupError as error:
        return False, str(error)
    return True, "Answers"
