"""The portal as one ASGI application: what every page and every answer has in common."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Scope

from campaign.errors import (
    CollisionError,
    PledgelineError,
    RuleError,
    SetupError,
    StateError,
    StoreError,
)
from portal import (
    accounts,
    api,
    calls,
    director,
    evidence,
    finding,
    forms,
    guard,
    lists,
    monitoring,
    oidc,
    pairs,
    report_pages,
    retention,
    rules,
    run_pages,
    sheets,
    signin,
    teams,
    today,
    treasurer,
    watching,
    webhooks,
)
from portal.access import (
    ForbiddenError,
    NotFoundError,
    SecondFactorNeededError,
    SignInNeededError,
    is_https,
    second_factor_address,
    sign_in_address,
)
from portal.pages import STATIC, render
from store.session import engine

log = logging.getLogger(__name__)

ROUTERS = (
    signin.router,
    oidc.router,
    today.router,
    director.router,
    lists.router,
    pairs.router,
    calls.router,
    sheets.router,
    teams.router,
    run_pages.router,
    guard.router,
    accounts.router,
    monitoring.router,
    retention.router,
    rules.router,
    treasurer.router,
    report_pages.router,
    evidence.router,
    finding.router,
    api.router,
    webhooks.router,
)
LARGEST_UPLOAD = 512 * 1024 * 1024

# No script, style, frame or connection but our own; nothing inline.
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_STATUS: dict[type[PledgelineError], int] = {
    ForbiddenError: 403,
    NotFoundError: 404,
    StateError: 409,
    RuleError: 409,
    SetupError: 503,
    CollisionError: 409,
    StoreError: 500,
}


@asynccontextmanager
async def _watched(_: FastAPI) -> AsyncIterator[None]:
    """Open the database before the first page, and tell people what happens meanwhile."""
    await run_in_threadpool(engine)
    stop = threading.Event()
    watcher = threading.Thread(target=watching.watch, args=(stop,), daemon=True)
    watcher.start()
    yield
    stop.set()


def create_app() -> FastAPI:
    """Return the portal, ready for any ASGI server."""
    app = FastAPI(
        title="Pledgeline portal",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_watched,
    )
    app.mount("/static", _Static(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(GZipMiddleware, minimum_size=800)
    app.middleware("http")(_guard)
    app.add_exception_handler(PledgelineError, _sentence)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_values)
    return app


class _Static(StaticFiles):
    """Our files; their addresses carry their hash, so browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def _guard(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse what is too large, lay the security headers, and turn a fault into a page."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGEST_UPLOAD:
        response = _answer(request, 413, "The file is larger than 512 MB; split it.")
    else:
        try:
            response = await call(request)
        except Exception as error:
            # The fault's text may carry a person's values: its kind and place are enough.
            number = secrets.token_hex(4)
            # The address may carry a line of its own, or a name: the route's is enough.
            route = getattr(request.scope.get("route"), "path", "no route")
            log.error("fault %s: %s on %s", number, type(error).__name__, route)
            log.debug("fault %s", number, exc_info=error)
            response = _answer(
                request, 500, f"Something went wrong here; nothing was changed. Fault {number}."
            )
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if is_https():
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response


def _status_of(error: PledgelineError) -> int:
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 422)


def _sentence(request: Request, error: Exception) -> Response:
    if isinstance(error, SignInNeededError) and not _is_for_machines(request):
        return _leave(request, sign_in_address(_page_of(request)))
    if isinstance(error, SecondFactorNeededError) and not _is_for_machines(request):
        return _leave(request, second_factor_address(_page_of(request)))
    if isinstance(error, SignInNeededError | SecondFactorNeededError):
        return _answer(request, 401, str(error))
    status = _status_of(error) if isinstance(error, PledgelineError) else 500
    return _answer(request, status, str(error))


def _page_of(request: Request) -> str:
    """Return the page to come back to: a part of a page is asked for by the page around it."""
    around = request.headers.get("hx-current-url")
    page = urlsplit(around) if around else request.url
    if not around and request.method != "GET":
        return "/"
    return f"{page.path}?{page.query}" if page.query else page.path


def _leave(request: Request, address: str) -> Response:
    if request.headers.get("hx-request"):  # a part of a page must not become the sign-in page
        return Response(status_code=204, headers={"HX-Redirect": address})
    if _wants_json(request):  # a caller's result in waiting
        return JSONResponse({"detail": "Sign in again."}, status_code=401)
    return RedirectResponse(address, status_code=303)


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    sentences = {
        404: "There is no such page.",
        405: "This page does not take that.",
    }
    response = _answer(request, status, sentences.get(status, HTTPStatus(status).phrase + "."))
    response.headers.update(headers or {})
    return response


def _bad_values(request: Request, error: Exception) -> Response:
    details = error.errors() if isinstance(error, RequestValidationError) else []
    if any(detail["loc"][0] == "path" for detail in details):
        return _answer(request, 404, "There is no such page.")
    said = "; ".join(forms.refused(detail) for detail in details)
    return _answer(request, 422, f"Please correct: {said}.")


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


def _is_for_machines(request: Request) -> bool:
    path: str = request.scope["path"]
    return path.startswith(("/api/", "/webhooks/"))


def _answer(request: Request, status: int, sentence: str) -> Response:
    if _is_for_machines(request) or _wants_json(request):
        return JSONResponse(
            {
                "type": "about:blank",
                "title": HTTPStatus(status).phrase,
                "status": status,
                "detail": sentence,
            },
            status_code=status,
            media_type="application/problem+json",
        )
    return render(request, "problem.html", None, status=status, code=status, sentence=sentence)
