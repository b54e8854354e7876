"""What an administrator changes of an account, in the portal."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from campaign.roles import Role
from config.settings import settings
from store.session import unit_of_work
from store.users import set_password

PASSWORD = "a calm and long sentence"
OTHER = "another calm and long sentence"


@pytest.fixture
def caller(world) -> str:
    """The page of a caller's account."""
    return f"/users/{world.users[Role.CALLER]}"


@pytest.fixture
def administrator(browser):
    return browser(Role.ADMINISTRATOR)


def with_password(world, role=Role.CALLER) -> None:
    with unit_of_work() as session:
        set_password(session, world.users[role], PASSWORD)


def sign_in(visitor, email: str, password: str):
    return visitor.post("/sign-in", data={"email": email, "password": password})


def test_an_account_works_as_what_it_is_changed_to(browser, administrator, caller):
    called = browser(Role.CALLER)
    assert called.get("/calls").status_code == 200
    assert 'value="caller" checked' in administrator.get(caller).text
    changed = administrator.post(f"{caller}/roles", data={"role": ["finance_director"]})
    assert changed.headers["location"].startswith(caller)
    assert called.get("/calls").headers["location"].startswith("/sign-in")
    assert 'value="finance_director" checked' in administrator.get(caller).text


def test_an_account_without_a_role_is_refused(administrator, caller):
    for address, form in (
        (f"{caller}/roles", {}),
        ("/users", {"email": "dev@example.org", "name": "Dev Price"}),
    ):
        refused = administrator.post(address, data=form)
        assert refused.status_code == 422
        assert "at least one role" in refused.text


def test_a_locked_account_is_unlocked(browser, administrator, caller, world, database):
    with_password(world)
    with database.begin() as connection:
        email = connection.scalar(
            text("select email from app_user where id = :id"), {"id": world.users[Role.CALLER]}
        )
    visitor = browser()
    for _ in range(6):
        last = sign_in(visitor, email, "not the password")
    assert "Too many attempts" in last.text
    assert "Unlock" in administrator.get(caller).text
    administrator.post(f"{caller}/enable")
    assert sign_in(visitor, email, PASSWORD).status_code == 303
    assert "Unlock" not in administrator.get(caller).text


def test_a_new_link_ends_the_one_before(browser, administrator, caller):
    links = [
        re.search(r"/welcome/[\w-]+", administrator.post(f"{caller}/link").text)[0]
        for _ in range(2)
    ]
    visitor = browser()
    assert [visitor.get(link).status_code for link in links] == [404, 200]
    chosen = visitor.post(links[1], data={"password": OTHER, "again": OTHER})
    assert chosen.headers["location"].startswith("/sign-in")


def test_the_link_of_somebody_with_a_password_goes_to_them_alone(
    administrator, caller, world, monkeypatch
):
    with_password(world)
    monkeypatch.setenv("PLEDGELINE_MAIL_URL", "smtp://127.0.0.1:1")
    settings.cache_clear()
    page = administrator.post(f"{caller}/link").text
    assert "goes out by mail" in page
    assert "/welcome/" not in page


def test_a_closed_account_is_opened_before_it_gets_a_link(administrator, caller):
    assert "closed" in administrator.post(f"{caller}/disable", follow_redirects=True).text
    refused = administrator.post(f"{caller}/link")
    assert refused.status_code == 422
    assert "open it first" in refused.text
    administrator.post(f"{caller}/enable")
    assert administrator.post(f"{caller}/link").status_code == 200


def test_nobody_changes_their_own_account(administrator, world):
    own = f"/users/{world.users[Role.ADMINISTRATOR]}"
    assert administrator.get(own).headers["location"] == "/account"
    assert administrator.post(f"{own}/link").status_code == 422
    assert administrator.get("/users/999999").status_code == 404
