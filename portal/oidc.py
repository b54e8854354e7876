"""Signing in with an organisation's own identity provider (OpenID Connect, code flow with PKCE).

The provider proves an e-mail address that an account already has; it makes no accounts. Our own
second factor is not asked for then: the provider's sign-in is the organisation's to guard.
"""

from __future__ import annotations

import json
import secrets
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from campaign.errors import SetupError
from config.clock import real_now
from config.settings import settings
from portal.access import ForbiddenError, is_https, local_path, set_session_cookie
from portal.pages import render
from store import audit, signature_proofs
from store.portal_sessions import Viewer, open_session
from store.session import unit_of_work
from store.users import user_of_identity

router = APIRouter()
_COOKIE = "pledgeline-oidc"
_ALGORITHMS = ["RS256", "PS256", "ES256"]
# The provider refused, spoke nonsense, or was not there (requests' errors are the system's).
_UNCONFIRMED = (AuthlibBaseError, JoseError, OSError, httpx.HTTPError, KeyError, ValueError)


def is_offered() -> bool:
    """Whether the settings name an identity provider."""
    return bool(settings().oidc_issuer and settings().oidc_client_id)


@lru_cache(maxsize=4)
def _provider(issuer: str) -> dict[str, Any]:
    """Return what the provider says of itself."""
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        found: dict[str, Any] = httpx.get(address, timeout=10).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise SetupError("The identity provider does not answer.") from error
    if found.get("issuer") != issuer:
        raise SetupError("The identity provider names another issuer than the settings do.")
    return found


def _client() -> OAuth2Session:
    found = settings()
    secret = found.oidc_client_secret
    return OAuth2Session(
        client_id=found.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        scope="openid email profile",
        redirect_uri=f"{found.portal_url}/oidc/back",
        code_challenge_method="S256",
        default_timeout=10,
    )


def _the_provider() -> dict[str, Any]:
    if not is_offered():
        raise SetupError("No identity provider is set (PLEDGELINE_OIDC_ISSUER).")
    return _provider(settings().oidc_issuer or "")


@router.get("/oidc/start")
def leave_for_provider(next: str = "/") -> Response:  # noqa: A002 - the address says it
    """Send the browser to the identity provider, to sign in."""
    return _leave({"next": local_path(next)})


def leave_to_prove(viewer: Viewer, code: str) -> Response:
    """Send a signer to the identity provider, who must sign in there anew for this report."""
    response = _leave({"signs": code}, prompt="login", max_age="0")
    with unit_of_work() as session:
        state = parse_qs(urlsplit(response.headers["location"]).query)["state"][0]
        signature_proofs.ask(session, viewer.session_id, code, state, real_now())
    return response


def _leave(purpose: dict[str, str], **asked: str) -> Response:
    provider = _the_provider()
    kept = {"nonce": secrets.token_urlsafe(24), "verifier": secrets.token_urlsafe(48)} | purpose
    with _client() as client:
        address, kept["state"] = client.create_authorization_url(
            provider["authorization_endpoint"],
            nonce=kept["nonce"],
            code_verifier=kept["verifier"],
            **asked,
        )
    response = RedirectResponse(address, status_code=303)
    # Lax, not strict: the browser must bring it along when the provider sends it back.
    response.set_cookie(
        _COOKIE,
        json.dumps(kept),
        max_age=600,
        httponly=True,
        secure=is_https(),
        samesite="lax",
        path="/oidc",
    )
    return response


@router.get("/oidc/back")
def come_back(request: Request) -> Response:
    """Take what the provider says of the person: a sign-in, or the proof for a signature."""
    provider, kept = _the_provider(), _kept(request)
    claims = _claims(provider, request, kept)
    response = _prove(request, kept, claims) if "signs" in kept else _admit(request, kept, claims)
    response.delete_cookie(_COOKIE, path="/oidc")
    return response


def _admit(request: Request, kept: dict[str, str], claims: dict[str, Any]) -> Response:
    """Sign the person in whom the provider names, where an account has that address."""
    if not claims.get("email_verified") or not claims.get("email"):
        raise ForbiddenError("The identity provider does not vouch for your e-mail address.")
    with unit_of_work() as session:
        user = user_of_identity(session, _subject(claims), str(claims["email"]))
        if user is None:
            raise ForbiddenError("No account here has your e-mail address; ask for one.")
        token = open_session(
            session,
            user.id,
            is_complete=True,
            browser=request.headers.get("user-agent", "unknown"),
            now=real_now(),
        )
        audit.append(
            session, "user.sign_in", f"user:{user.id}", {"with": "oidc"}, actor=f"user:{user.id}"
        )
    response = _landed(request, kept.get("next", "/"))
    set_session_cookie(response, token)
    return response


def _prove(request: Request, kept: dict[str, str], claims: dict[str, Any]) -> Response:
    """Keep the fresh sign-in for the one signature it was asked for."""
    signed_in_at = claims.get("auth_time")
    with unit_of_work() as session:
        code = signature_proofs.accept(
            session,
            kept["state"],
            _subject(claims),
            signed_in_at if isinstance(signed_in_at, int) else None,
            real_now(),
        )
    return _landed(request, f"/reports/{quote(code)}")


def _landed(request: Request, path: str) -> Response:
    """Answer with a page that goes on by itself.

    A browser that comes from the provider brings no strict cookie along, not through a redirect
    either; from a page of ours it does.
    """
    return render(request, "landed.html", next=path)


def _subject(claims: dict[str, Any]) -> str:
    return f"{claims['iss']} {claims['sub']}"


def _kept(request: Request) -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(request.cookies.get(_COOKIE, ""))
    except ValueError:
        kept = {}
    given = request.query_params.get("state", "")
    if not kept.get("state") or not secrets.compare_digest(kept["state"], given):
        raise ForbiddenError("This sign-in did not begin in this browser. Start again.")
    return kept


def _claims(provider: dict[str, Any], request: Request, kept: dict[str, str]) -> dict[str, Any]:
    """Return what the provider's signed token says, once it proved to be meant for us, now."""
    try:
        with _client() as client:
            answer = client.fetch_token(
                provider["token_endpoint"],
                code=request.query_params.get("code", ""),
                code_verifier=kept["verifier"],
            )
        keys = KeySet.import_key_set(httpx.get(provider["jwks_uri"], timeout=10).json())
        claims = jwt.decode(answer["id_token"], keys, algorithms=_ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            now=lambda: int(real_now().timestamp()),
            leeway=60,
            iss={"essential": True, "value": provider["issuer"]},
            aud={"essential": True, "value": settings().oidc_client_id or ""},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": kept["nonce"]},
        ).validate(claims)
    except _UNCONFIRMED as error:
        raise ForbiddenError("The identity provider did not confirm the sign-in.") from error
    return dict(claims)
