"""Signing without a password: a fresh sign-in at the identity provider stands for one signature."""

from __future__ import annotations

import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from campaign.roles import Role
from config.clock import real_now
from store.portal_sessions import open_session
from store.session import unit_of_work
from tests.portal.chromium import CHROMIUM
from tests.portal.packages import draw_up


@pytest.fixture
def code(database, home, world, provider) -> str:
    """A submitted package, and a reviewer whom the provider knows as person 1."""
    with database.begin() as connection:
        connection.execute(
            text(
                "update app_user set oidc_subject = :subject, password_hash = null where id = :id"
            ),
            {"subject": f"{provider.issuer} person-1", "id": world.users[Role.REVIEWER]},
        )
    return draw_up(database, home, world)


def prove(client, provider, code, **claims):
    """Leave for the provider from the report, and come back as whoever it names."""
    leaving = client.get(f"/reports/{code}/prove")
    assert leaving.status_code == 303, leaving.text
    asked = parse_qs(urlsplit(leaving.headers["location"]).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    provider.claims = {"nonce": asked["nonce"][0], "auth_time": int(time.time())} | claims
    return client.get("/oidc/back", params={"code": "c", "state": asked["state"][0]})


def signature(database, code):
    with database.connect() as connection:
        return connection.scalar(
            text("select signed_by from report where code = :code"), {"code": code}
        )


def test_a_fresh_sign_in_at_the_provider_signs_once(browser, provider, database, code):
    client = browser(Role.REVIEWER)
    assert "Sign in again to sign" in client.get(f"/reports/{code}").text
    back = prove(client, provider, code)
    assert back.status_code == 200, back.text
    assert f"0; url=/reports/{code}" in back.text
    assert "counts for this one signature" in client.get(f"/reports/{code}").text
    assert client.post(f"/reports/{code}/sign").status_code == 303
    assert signature(database, code) == "reviewer@example.org"
    with database.connect() as connection:
        told = text("select detail from audit_entry where action = 'report.signer_proven'")
        assert connection.scalar(told) == {"with": "oidc"}
    with database.begin() as connection:
        assert connection.scalar(text("select count(used_at) from signature_proof")) == 1


def test_without_a_fresh_sign_in_nothing_is_signed(browser, database, code):
    answer = browser(Role.REVIEWER).post(f"/reports/{code}/sign")
    assert answer.status_code == 409
    assert signature(database, code) is None


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"auth_time": int(time.time()) - 3600}, id="signed in an hour ago"),
        pytest.param({"auth_time": int(time.time()) + 3600}, id="signs in tomorrow"),
        pytest.param({"auth_time": None}, id="does not say when"),
        pytest.param({"auth_time": "now"}, id="says when in words"),
        pytest.param({"sub": "person-2"}, id="somebody else"),
    ],
)
def test_a_sign_in_that_does_not_prove_the_signer_signs_nothing(
    browser, provider, database, code, claims
):
    client = browser(Role.REVIEWER)
    assert prove(client, provider, code, **claims).status_code == 409
    assert client.post(f"/reports/{code}/sign").status_code == 409
    assert signature(database, code) is None


def test_a_proof_is_good_in_the_browser_that_asked_for_it_only(
    browser, provider, database, world, code
):
    client, other = browser(Role.REVIEWER), browser()
    prove(client, provider, code)
    with unit_of_work() as session:
        cookie = open_session(
            session, world.users[Role.REVIEWER], is_complete=True, browser="B", now=real_now()
        )
    other.cookies.set("pledgeline", cookie)
    page = other.get(f"/reports/{code}")
    secret = re.search(r'data-csrf="([^"]+)"', page.text)
    assert secret is not None
    assert "counts for this one signature" not in page.text
    answer = other.post(f"/reports/{code}/sign", data={"csrf": secret[1]})
    assert answer.status_code == 409
    assert signature(database, code) is None


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param("update report set input_hash = 'of other books'", id="another report"),
        pytest.param(
            "update signature_proof set expires_at = now() - interval '1 s'", id="ten minutes"
        ),
    ],
)
def test_a_proof_is_good_for_the_report_as_it_was_and_for_minutes(
    browser, provider, database, code, meanwhile
):
    client = browser(Role.REVIEWER)
    prove(client, provider, code)
    with database.begin() as connection:
        connection.execute(text(meanwhile))
    assert client.post(f"/reports/{code}/sign").status_code == 409
    assert signature(database, code) is None


def test_an_answer_of_the_provider_is_taken_once(browser, provider, code):
    client = browser(Role.REVIEWER)
    prove(client, provider, code)
    cookie = client.cookies.get("pledgeline-oidc")
    assert cookie is None
    answer = client.get("/oidc/back", params={"code": "c", "state": "again"})
    assert answer.status_code == 403


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium can be found")
def test_a_treasurer_of_the_provider_signs_in_and_signs(visit, provider, database, world, code):
    """The provider is another site for the browser: its strict cookie is not sent on the way."""
    page = visit(None, f"/reports/{code}")
    provider.claims = {"email": "reviewer@example.org"}
    page.get_by_role("link", name="Sign in with your organisation").click()
    page.get_by_role("link", name="It is me").click()
    page.wait_for_url(f"**/reports/{code}")
    page.get_by_role("link", name="Sign in again to sign").click()
    provider.claims = {"auth_time": int(time.time())}
    page.reload()
    page.get_by_role("link", name="It is me").click()
    page.get_by_role("button", name="Sign and seal").click()
    page.wait_for_selector("text=Signed and sealed")
    assert signature(database, code) == "reviewer@example.org"
