"""Signing in and out: password, second factor, invitations, forgotten passwords, one's account."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import pyotp
import segno
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from starlette.background import BackgroundTask

from campaign.errors import InputError, PledgelineError
from campaign.roles import Permission, needs_second_factor
from config.clock import real_now
from config.settings import settings
from portal import letters
from portal.access import (
    HalfSignedIn,
    SignedIn,
    cookie_name,
    from_our_page,
    local_path,
    place_of,
    second_factor_address,
    set_session_cookie,
)
from portal.oidc import is_offered
from portal.pages import go, render
from store import audit
from store.portal_sessions import (
    Viewer,
    api_tokens,
    complete_session,
    end_session,
    issue_api_token,
    issue_ticket,
    open_session,
    open_sessions,
    redeem_ticket,
    revoke_api_token,
    ticket_holder,
    viewer_of_session,
    was_just_mailed,
)
from store.session import unit_of_work
from store.users import (
    User,
    accept_code,
    all_users,
    has_users,
    second_factor_secret,
    set_password,
    sign_in,
)

router = APIRouter()
OurPage = Depends(from_our_page)

_STARTS = (
    (Permission.MAKE_CALLS, "/calls"),
    (Permission.PLAN_CALLS, "/today"),
    (Permission.KEEP_BOOKS, "/today"),
    (Permission.SIGN_REPORTS, "/today"),
    (Permission.EXCHANGE_PACKETS, "/packets"),
    (Permission.CHANGE_RULES, "/suppression"),
    (Permission.MANAGE_USERS, "/users"),
)


def start_of(viewer: Viewer) -> str:
    """Return the page that a person's work begins on."""
    return next((path for permission, path in _STARTS if viewer.may(permission)), "/account")


@router.get("/")
def start(viewer: SignedIn) -> RedirectResponse:
    """Go to where the viewer's work begins."""
    return go(start_of(viewer))


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the address says it
    """Show the form; or how the first account is made."""
    token = request.cookies.get(cookie_name())
    with unit_of_work() as session:
        nobody_yet = not has_users(session)
        # Signing out takes the cookie along: who still has it did not mean to go.
        has_ended = bool(token) and viewer_of_session(session, token or "", real_now()) is None
    return render(
        request,
        "sign_in.html",
        problem=None,
        email="",
        next=local_path(next),
        nobody_yet=nobody_yet,
        has_ended=has_ended,
        oidc=is_offered(),
    )


@router.post("/sign-in", dependencies=[OurPage])
def sign_in_now(
    request: Request,
    email: Annotated[str, Form(max_length=320)],
    password: Annotated[str, Form(max_length=1024)],
    next: Annotated[str, Form(max_length=500)] = "/",  # noqa: A002 - the form says it
) -> Response:
    """Check the password and give the browser a session."""
    with unit_of_work() as session:
        found = sign_in(
            session, email=email, password=password, place=place_of(request), now=real_now()
        )
    if isinstance(found, str):
        return render(
            request,
            "sign_in.html",
            status=422,
            problem=found,
            email=email,
            next=local_path(next),
            nobody_yet=False,
            has_ended=False,
            oidc=is_offered(),
        )
    return admit(request, found, next)


def admit(request: Request, user: User, next_path: str) -> Response:
    """Open a session for a proven account; a second factor may still be asked for."""
    needs_code = user.has_second_factor or needs_second_factor(user.permissions)
    with unit_of_work() as session:
        token = open_session(
            session,
            user.id,
            is_complete=not needs_code,
            browser=request.headers.get("user-agent", "unknown"),
            now=real_now(),
        )
        audit.append(session, "user.sign_in", f"user:{user.id}", actor=f"user:{user.id}")
    response = go(second_factor_address(next_path) if needs_code else local_path(next_path))
    set_session_cookie(response, token)
    return response


@router.post("/sign-out")
def sign_out(viewer: HalfSignedIn) -> Response:
    """End this browser's session."""
    with unit_of_work() as session:
        if viewer.session_id is not None:
            end_session(session, viewer.session_id, viewer.user_id, real_now())
    response = go("/sign-in")
    response.delete_cookie(cookie_name(), path="/")
    return response


# The second factor -----------------------------------------------------------------------


@router.get("/second-factor")
def second_factor_page(
    request: Request,
    viewer: HalfSignedIn,
    next: str = "/",  # noqa: A002 - the address says it
) -> Response:
    """Ask for a code; or show the picture that an authenticator scans first."""
    return _second_factor(request, viewer, next, None)


def _second_factor(
    request: Request, viewer: Viewer, next_path: str, problem: str | None
) -> Response:
    secret, picture = "", Markup("")
    if not viewer.has_second_factor:
        with unit_of_work() as session:
            secret = second_factor_secret(session, viewer.user_id, pyotp.random_base32())
        address = pyotp.TOTP(secret).provisioning_uri(name=viewer.email, issuer_name="Pledgeline")
        drawn = segno.make(address, error="m").svg_inline(
            scale=4, border=2, dark="#17211d", light="#ffffff"
        )
        picture = Markup(drawn)  # noqa: S704 - drawn from our own secret
    return render(
        request,
        "second_factor.html",
        viewer,
        status=422 if problem else 200,
        problem=problem,
        next=local_path(next_path),
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        picture=picture,
    )


@router.post("/second-factor")
def second_factor_now(
    request: Request,
    viewer: HalfSignedIn,
    code: Annotated[str, Form(max_length=12)],
    next: Annotated[str, Form(max_length=500)] = "/",  # noqa: A002 - the form says it
) -> Response:
    """Accept the code and open the page that was asked for, with a fresh cookie."""
    with unit_of_work() as session:
        problem = accept_code(session, viewer.user_id, code, place_of(request), real_now())
        token = ""
        if problem is None and viewer.session_id is not None:
            token = complete_session(session, viewer.session_id, real_now())
    if problem is not None:
        return _second_factor(request, viewer, next, problem)
    response = go(local_path(next))
    set_session_cookie(response, token)
    return response


# Invitations and forgotten passwords -----------------------------------------------------


@router.get("/forgotten")
def forgotten_page(request: Request) -> Response:
    """Ask for the address of the account."""
    return render(request, "forgotten.html", sent=False)


@router.post("/forgotten", dependencies=[OurPage])
def forgotten_now(request: Request, email: Annotated[str, Form(max_length=320)]) -> Response:
    """Mail a link where an account exists; the page says the same where none does."""
    with unit_of_work() as session:
        users = {user.email: user for user in all_users(session) if not user.disabled_at}
        user = users.get(email.strip().lower())
        if user is not None and was_just_mailed(session, user.id, real_now()):
            user = None
        token = issue_ticket(session, user.id, "reset", real_now()) if user else None
    response = render(request, "forgotten.html", sent=True)
    if user is not None and token is not None:
        # Sent after the answer: how long it takes would tell whose address is known.
        response.background = BackgroundTask(
            letters.send,
            to=user.email,
            subject="Choose a new password for Pledgeline",
            text=f"Open this link within an hour:\n\n{settings().portal_url}/welcome/{token}\n\n"
            "If you did not ask for it, ignore this letter.",
        )
    return response


@router.get("/welcome/{token}")
def welcome_page(request: Request, token: str) -> Response:
    """Let the holder of a mailed link choose a password."""
    with unit_of_work() as session:
        email = ticket_holder(session, token, real_now())
    status = 200 if email else 404
    return render(request, "welcome.html", status=status, email=email, token=token, problem=None)


@router.post("/welcome/{token}", dependencies=[OurPage])
def welcome_now(
    request: Request,
    token: str,
    password: Annotated[str, Form(max_length=1024)],
    again: Annotated[str, Form(max_length=1024)],
) -> Response:
    """Set the password that was chosen."""
    try:
        if password != again:
            raise InputError("The two passwords differ.")
        with unit_of_work() as session:
            user_id = redeem_ticket(session, token, password, real_now())
            audit.append(session, "user.password", f"user:{user_id}", actor=f"user:{user_id}")
    except PledgelineError as error:
        with unit_of_work() as session:
            email = ticket_holder(session, token, real_now())
        return render(
            request,
            "welcome.html",
            status=422,
            email=email,
            token=token,
            problem=str(error),
        )
    return go("/sign-in", "Your password is set. Sign in with it.")


# One's own account -----------------------------------------------------------------------


@router.get("/account")
def account_page(request: Request, viewer: SignedIn) -> Response:
    """Show one's sessions, machine keys and password form."""
    return _account(request, viewer)


def _account(request: Request, viewer: Viewer, new_token: str = "") -> Response:
    with unit_of_work() as session:
        sessions = open_sessions(session, viewer.user_id, real_now())
        tokens = api_tokens(session, viewer.user_id)
    return render(
        request,
        "account.html",
        viewer,
        sessions=sessions,
        tokens=tokens,
        new_token=new_token,
        real_now=real_now(),
        scopes=sorted(viewer.permissions),
    )


@router.post("/account/password")
def change_password(
    request: Request,
    viewer: SignedIn,
    old: Annotated[str, Form(max_length=1024)],
    password: Annotated[str, Form(max_length=1024)],
    again: Annotated[str, Form(max_length=1024)],
) -> Response:
    """Change the password; every browser signs in anew."""
    if password != again:
        raise InputError("The two new passwords differ.")
    with unit_of_work() as session:
        proof = sign_in(
            session,
            email=viewer.email,
            password=old,
            place=place_of(request),
            now=real_now(),
        )
        if not isinstance(proof, str):
            set_password(session, viewer.user_id, password)
            audit.append(session, "user.password", f"user:{viewer.user_id}", actor=viewer.actor)
    if isinstance(proof, str):
        raise InputError("The old password is not right.")
    return go("/sign-in", "Your password is changed. Sign in with it.")


@router.post("/account/sessions/{session_id}/end")
def end_one_session(viewer: SignedIn, session_id: int) -> Response:
    """Sign another browser of one's own out."""
    with unit_of_work() as session:
        end_session(session, session_id, viewer.user_id, real_now())
    return go("/account", "That browser is signed out.")


@router.post("/account/tokens")
def make_token(
    request: Request,
    viewer: SignedIn,
    name: Annotated[str, Form(max_length=80)],
    days: Annotated[int, Form(ge=1, le=366)],
    scopes: Annotated[list[str], Form()],
) -> Response:
    """Make a machine's key and show it this once."""
    with unit_of_work() as session:
        token = issue_api_token(session, viewer, name, scopes, timedelta(days=days), real_now())
        audit.append(
            session,
            "token.issue",
            f"user:{viewer.user_id}",
            {"scopes": sorted(set(scopes)), "days": days},
            actor=viewer.actor,
        )
    return _account(request, viewer, token)


@router.post("/account/tokens/{token_id}/revoke")
def revoke_token(viewer: SignedIn, token_id: int) -> Response:
    """End a machine's key of one's own."""
    with unit_of_work() as session:
        revoke_api_token(session, token_id, viewer.user_id, real_now())
        audit.append(session, "token.revoke", f"token:{token_id}", actor=viewer.actor)
    return go("/account", "That key no longer works.")
