"""Signing in with an identity provider: a stand-in on a loopback port plays its part."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from config.clock import real_now
from config.settings import settings
from store.session import unit_of_work
from store.users import add_user
from tests.portal.client import TestClient


class Provider:
    """Answers as a provider does; a test changes what its token says."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
        self.signing_key = self.key
        self.claims: dict[str, object] = {}
        self.asked: dict[str, str] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(provider.document(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                provider.asked = {name: value[0] for name, value in parse_qs(body).items()}
                self.reply({"access_token": "a", "token_type": "Bearer", "expires_in": 60,
                            "id_token": provider.token()})  # fmt: skip

            def reply(self, document: object) -> None:
                content = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def document(self, path: str) -> object:
        if path == "/jwks":
            return KeySet([self.key]).as_dict(private=False)
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "pledgeline",
            "sub": "person-1",
            "iat": now,
            "exp": now + 300,
            "email": "ana@example.org",
            "email_verified": True,
        } | self.claims
        return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, self.signing_key)


@pytest.fixture
def provider(database, monkeypatch) -> Iterator[Provider]:
    played = Provider()
    monkeypatch.setenv("PLEDGELINE_OIDC_ISSUER", played.issuer)
    monkeypatch.setenv("PLEDGELINE_OIDC_CLIENT_ID", "pledgeline")
    monkeypatch.setenv("PLEDGELINE_OIDC_CLIENT_SECRET", "s3cret")
    settings.cache_clear()
    yield played
    played.server.shutdown()
    played.server.server_close()


@pytest.fixture
def visitor(provider) -> TestClient:
    from portal.app import create_app

    with unit_of_work() as session:
        add_user(
            session, email="ana@example.org", name="Ana", roles=["compliance_officer"],
            now=real_now(),
        )  # fmt: skip
    return TestClient(create_app(), base_url="http://127.0.0.1:8700", follow_redirects=False)


def go(visitor, provider, **claims):
    """Leave for the provider and come back with its code."""
    leaving = visitor.get("/oidc/start")
    assert leaving.status_code == 303
    asked = parse_qs(urlsplit(leaving.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    provider.claims = {"nonce": asked["nonce"][0]} | claims
    return visitor.get("/oidc/back", params={"code": "c", "state": asked["state"][0]})


def test_a_person_whom_the_provider_vouches_for_is_admitted(visitor, provider):
    back = go(visitor, provider)
    assert back.status_code == 303, back.text
    assert "pledgeline" in visitor.cookies
    assert provider.asked["code_verifier"]
    assert visitor.get("/suppression").status_code == 200
    assert visitor.get("/sign-in").text.count("Sign in with your organisation") == 1


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"aud": "somebody else"}, id="meant for another client"),
        pytest.param({"iss": "https://evil.example"}, id="from another issuer"),
        pytest.param({"nonce": "replayed"}, id="of another sign-in"),
        pytest.param({"exp": 1}, id="too old"),
        pytest.param({"email_verified": False}, id="an address nobody proved"),
        pytest.param({"email": "stranger@example.org"}, id="without an account here"),
    ],
)
def test_a_token_that_does_not_prove_it_admits_nobody(visitor, provider, claims):
    assert go(visitor, provider, **claims).status_code == 403
    assert "pledgeline" not in visitor.cookies


def test_a_token_signed_with_another_key_admits_nobody(visitor, provider):
    provider.signing_key = ECKey.generate_key("P-256", {"kid": "k1"})
    assert go(visitor, provider).status_code == 403


def test_a_way_back_that_did_not_begin_here_is_refused(visitor, provider):
    visitor.get("/oidc/start")
    assert visitor.get("/oidc/back", params={"code": "c", "state": "guessed"}).status_code == 403


def test_another_person_of_the_provider_cannot_take_over_a_bound_account(visitor, provider):
    assert go(visitor, provider).status_code == 303
    assert go(visitor, provider, sub="person-2").status_code == 403
