"""Signing in with an identity provider: a stand-in on a loopback port plays its part."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey

from config.clock import real_now
from store.session import unit_of_work
from store.users import add_user, disable_user, user_by_email
from tests.portal.client import TestClient


@pytest.fixture
def visitor(provider) -> TestClient:
    from portal.app import create_app

    with unit_of_work() as session:
        add_user(
            session, email="ana@example.org", name="Ana", roles=["compliance_officer"],
            now=real_now(),
        )  # fmt: skip
    return TestClient(create_app(), base_url="http://127.0.0.1:8700", follow_redirects=False)


def go(visitor, provider, address="/oidc/start", **claims):
    """Leave for the provider and come back with its code."""
    leaving = visitor.get(address)
    assert leaving.status_code == 303
    asked = parse_qs(urlsplit(leaving.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    provider.claims = {"nonce": asked["nonce"][0]} | claims
    return visitor.get("/oidc/back", params={"code": "c", "state": asked["state"][0]})


def test_a_person_whom_the_provider_vouches_for_is_admitted(visitor, provider):
    back = go(visitor, provider, address="/oidc/start?next=/lists")
    assert back.status_code == 200, back.text
    assert "0; url=/lists" in back.text
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
    assert go(visitor, provider).status_code == 200
    assert go(visitor, provider, sub="person-2").status_code == 403


@pytest.mark.parametrize("was_here", [True, False], ids=["bound before", "never here"])
def test_a_disabled_account_admits_nobody_whom_the_provider_vouches_for(
    visitor, provider, was_here
):
    if was_here:
        assert go(visitor, provider).status_code == 200
    with unit_of_work() as session:
        add_user(
            session, email="iris@example.org", name="Iris", roles=["administrator"], now=real_now()
        )
        disable_user(session, user_by_email(session, "ana@example.org").id, real_now())
    visitor.cookies.clear()
    assert go(visitor, provider).status_code == 403
    assert "pledgeline" not in visitor.cookies


def test_a_provider_that_refuses_is_told_in_a_sentence(visitor, provider, monkeypatch):
    monkeypatch.setattr(provider, "token", lambda: "no token")
    answer = go(visitor, provider)
    assert answer.status_code == 403
    assert "did not confirm the sign-in" in answer.text
