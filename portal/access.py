"""Who is looking, and whether they may: sessions, permissions, and requests from our own pages.

Every route names the permission that it needs with `Needs`, or is listed as open; a test
generates the matrix of roles and routes from these names.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from sqlalchemy.orm import Session

from campaign.errors import PledgelineError
from campaign.roles import Permission
from config.clock import real_now
from config.settings import settings
from store import audit
from store.portal_scope import seen_by
from store.portal_sessions import Viewer, viewer_of_session
from store.session import unit_of_work

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInNeededError(PledgelineError):
    """Nobody is signed in; the page is shown after signing in."""


class SecondFactorNeededError(PledgelineError):
    """The password was right; the code is missing."""


class ForbiddenError(PledgelineError):
    """Somebody is signed in and may not do this."""


class NotFoundError(PledgelineError):
    """There is no such thing, or it is not the viewer's to see: both sound alike."""


def is_https() -> bool:
    """Whether people reach the portal through TLS."""
    return settings().portal_url.startswith("https://")


def cookie_name() -> str:
    """Return the name of the session's cookie; browsers hold the __Host- prefix to its rules."""
    return "__Host-pledgeline" if is_https() else "pledgeline"


def set_session_cookie(response: Response, token: str) -> None:
    """Give the browser its session: unreadable to scripts, unsent by other sites."""
    response.set_cookie(
        cookie_name(), token, httponly=True, secure=is_https(), samesite="strict", path="/"
    )


def place_of(request: Request) -> str:
    """Return a hash of where a request comes from, for counting failures."""
    host = request.client.host if request.client else "unknown"
    return hashlib.sha256(f"pledgeline sign-in {host}".encode()).hexdigest()[:32]


def is_from_our_page(request: Request) -> bool:
    """Whether a browser says that one of our own pages sent this."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return site == "same-origin"
    ours = {request.headers.get("host"), urlsplit(settings().portal_url).netloc}
    return urlsplit(origin).netloc in ours


def from_our_page(request: Request) -> None:
    """Refuse a change that another site sent (for pages without a session, as signing in)."""
    if request.method not in SAFE_METHODS and not is_from_our_page(request):
        raise ForbiddenError("This came from another site. Open the page here and try again.")


def half_signed_in(request: Request) -> Viewer:
    """Return who holds the session's cookie, also before the second factor was shown."""
    token = request.cookies.get(cookie_name())
    if token:
        with unit_of_work() as session:
            viewer = viewer_of_session(session, token, real_now())
        if viewer is not None:
            return viewer
    raise SignInNeededError("Sign in to see this page.")


async def with_csrf(request: Request, viewer: Annotated[Viewer, Depends(half_signed_in)]) -> Viewer:
    """Refuse a change that does not carry the session's own secret."""
    if request.method in SAFE_METHODS:
        return viewer
    given = request.headers.get("x-csrf-token") or (await request.form()).get("csrf") or ""
    if not is_from_our_page(request) or not secrets.compare_digest(str(given), viewer.csrf):
        raise ForbiddenError("This page is too old, or another site sent it. Reload it.")
    return viewer


HalfSignedIn = Annotated[Viewer, Depends(with_csrf)]


async def signed_in(viewer: HalfSignedIn) -> Viewer:
    """Return who is signed in; whoever sees money or whole lists showed a second factor.

    A session is complete once it was shown, or where the organisation's own sign-in stands for it.
    """
    if not viewer.is_complete:
        raise SecondFactorNeededError("Show your second factor first.")
    return viewer


class Needs:
    """What a route asks for: any one of these permissions."""

    def __init__(self, *permissions: Permission) -> None:
        self.permissions = permissions

    async def __call__(self, viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
        """Return the viewer who holds one of the permissions; refuse all others."""
        if not any(viewer.may(permission) for permission in self.permissions):
            raise ForbiddenError("Your role does not open this page; an administrator gives roles.")
        return viewer


SignedIn = Annotated[Viewer, Depends(Needs(*Permission))]


@contextmanager
def sight_of(viewer: Viewer) -> Iterator[Session]:
    """Open a transaction that reads with the viewer's sight, held by the database itself."""
    with seen_by(viewer.scope) as session:
        yield session


@contextmanager
def decided_by(viewer: Viewer) -> Iterator[Session]:
    """Open a transaction that writes what the viewer decided, under the viewer's name."""
    with audit.acting_as(viewer.actor), unit_of_work() as session:
        yield session


def sign_in_address(path: str) -> str:
    """Return where to sign in, and come back from."""
    return f"/sign-in?next={quote(path)}" if path not in ("", "/") else "/sign-in"


def second_factor_address(path: str) -> str:
    """Return where to show the second factor, and go on from."""
    path = local_path(path)
    return f"/second-factor?next={quote(path)}" if path != "/" else "/second-factor"


def local_path(path: str | None) -> str:
    """Return a path of our own to go to; anything that could lead elsewhere becomes the start.

    >>> local_path("//evil.example"), local_path("/books?x=1")
    ('/', '/books?x=1')
    """
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    return path if path.isprintable() and "\\" not in path else "/"
