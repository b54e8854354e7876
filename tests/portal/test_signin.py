from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import text

from campaign.errors import StateError
from config.clock import real_now
from store.session import unit_of_work
from store.users import add_user, disable_user
from tests.portal.client import TestClient
from tests.support.waiting import until_done_or_waiting

PASSWORD = "a calm and long sentence"


@pytest.fixture
def visitor(database) -> TestClient:
    from portal.app import create_app

    client = TestClient(create_app(), base_url="http://127.0.0.1:8700", follow_redirects=False)
    client.headers["origin"] = "http://127.0.0.1:8700"
    return client


def account(email="ana@example.org", roles=("administrator",), password=PASSWORD) -> int:
    with unit_of_work() as session:
        return add_user(
            session,
            email=email,
            name="Ana",
            roles=list(roles),
            password=password,
            now=real_now(),
        )


def sign_in(visitor, password=PASSWORD, email="ana@example.org"):
    return visitor.post("/sign-in", data={"email": email, "password": password, "next": "/users"})


def csrf_in(page: str) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page)[1]


def enrol(visitor) -> str:
    """Return the code that was shown."""
    page = visitor.get("/second-factor").text
    secret = re.search(r'class="mono">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    code = pyotp.TOTP(secret).now()
    answer = visitor.post("/second-factor", data={"code": code, "csrf": csrf_in(page)})
    assert answer.status_code == 303
    return code


def test_the_first_page_tells_how_the_first_account_is_made(visitor):
    page = visitor.get("/sign-in")
    assert page.status_code == 200
    assert "pledgeline users add" in page.text


def test_whoever_manages_accounts_enrols_a_second_factor_before_anything_else(visitor):
    account()
    assert sign_in(visitor).headers["location"] == "/second-factor?next=/users"
    assert visitor.get("/account").headers["location"] == "/second-factor?next=/account"
    enrol(visitor)
    assert visitor.get("/account").status_code == 200


def test_a_code_is_good_for_one_use(visitor):
    account()
    sign_in(visitor)
    code = enrol(visitor)
    sign_in(visitor)
    page = visitor.get("/second-factor").text
    again = visitor.post("/second-factor", data={"code": code, "csrf": csrf_in(page)})
    assert again.status_code == 422
    assert "used before" in again.text


def test_a_telephone_whose_clock_is_half_a_minute_ahead_signs_in(visitor):
    account()
    sign_in(visitor)
    page = visitor.get("/second-factor").text
    secret = re.search(r'class="mono">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    code = pyotp.TOTP(secret).at(real_now() + timedelta(seconds=30))
    answer = visitor.post("/second-factor", data={"code": code, "csrf": csrf_in(page)})
    assert answer.status_code == 303


def test_the_cookie_changes_when_the_second_factor_was_shown(visitor):
    account()
    sign_in(visitor)
    before = visitor.cookies["pledgeline"]
    enrol(visitor)
    after = visitor.cookies["pledgeline"]
    visitor.cookies.set("pledgeline", before, domain="127.0.0.1")
    assert after != before
    fresh = TestClient(visitor.app, base_url="http://127.0.0.1:8700", follow_redirects=False)
    fresh.cookies.set("pledgeline", before)
    assert fresh.get("/account").headers["location"].startswith("/sign-in")


def test_who_did_not_sign_out_reads_that_the_session_ended_and_comes_back(visitor):
    account()
    sign_in(visitor)
    enrol(visitor)
    with unit_of_work() as session:
        session.execute(text("update portal_session set seen_at = seen_at - interval '2 days'"))
    to_sign_in = visitor.get("/audit?page=2").headers["location"]
    assert to_sign_in == "/sign-in?next=/audit%3Fpage%3D2"
    assert "Your session has ended." in visitor.get(to_sign_in).text
    around = {"hx-request": "true", "hx-current-url": "http://127.0.0.1:8700/runs?state=failed"}
    part = visitor.get("/runs/table", headers=around)
    assert part.headers["hx-redirect"] == "/sign-in?next=/runs%3Fstate%3Dfailed"


def test_who_signed_out_is_told_of_no_ended_session(visitor):
    account()
    sign_in(visitor)
    enrol(visitor)
    form = {"csrf": csrf_in(visitor.get("/account").text)}
    assert visitor.post("/sign-out", data=form).status_code == 303
    assert "Your session has ended." not in visitor.get("/sign-in").text


def test_an_unknown_address_and_a_wrong_password_sound_alike(visitor):
    account()
    wrong = sign_in(visitor, "not the password")
    unknown = sign_in(visitor, email="nobody@example.org")
    said = [re.search(r'role="alert">([^<]+)<', page.text)[1] for page in (wrong, unknown)]
    assert wrong.status_code == unknown.status_code == 422
    assert said[0] == said[1]


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(visitor):
    account()
    for _ in range(5):
        sign_in(visitor, "not the password")
    locked = sign_in(visitor)
    assert locked.status_code == 422
    assert "Too many attempts" in locked.text


def test_an_administrator_opens_a_locked_account_at_once(visitor, cli):
    account()
    for _ in range(5):
        sign_in(visitor, "not the password")
    assert cli("users", "enable", "ana@example.org").exit_code == 0
    assert sign_in(visitor).status_code == 303


def test_many_failures_from_one_place_close_it_for_every_account(visitor, monkeypatch):
    monkeypatch.setattr("store.users.FAILURES_A_PLACE", 3)
    account()
    for number in range(3):
        sign_in(visitor, email=f"nobody{number}@example.org")
    assert "from here" in sign_in(visitor).text


def test_another_site_cannot_sign_somebody_in(visitor):
    account()
    visitor.headers["origin"] = "https://evil.example"
    assert sign_in(visitor).status_code == 403
    del visitor.headers["origin"]
    assert sign_in(visitor).status_code == 403


def test_signing_in_goes_nowhere_else(visitor):
    account(roles=["administrator"])
    answer = visitor.get("/sign-in", params={"next": "//evil.example"})
    assert "evil.example" not in answer.text


def test_words_in_a_link_from_elsewhere_are_not_shown_as_ours(visitor):
    words = {"said": "Call this number at once"}
    assert words["said"] in visitor.get("/sign-in", params=words).text
    for site in ("cross-site", "none"):
        page = visitor.get("/sign-in", params=words, headers={"sec-fetch-site": site})
        assert words["said"] not in page.text


def test_an_invitation_is_good_once(visitor):
    from store.portal_sessions import issue_ticket

    user_id = account(password=None)
    with unit_of_work() as session:
        token = issue_ticket(session, user_id, "invitation", real_now())
    form = {"password": PASSWORD, "again": PASSWORD}
    assert visitor.post(f"/welcome/{token}", data=form).headers["location"].startswith("/sign-in")
    assert visitor.post(f"/welcome/{token}", data=form).status_code == 422
    assert sign_in(visitor).status_code == 303


def test_another_password_ends_what_was_open_with_the_old_one(visitor):
    from store.portal_sessions import issue_ticket

    user_id = account()
    sign_in(visitor)
    enrol(visitor)
    assert visitor.get("/account").status_code == 200
    with unit_of_work() as session:
        token = issue_ticket(session, user_id, "invitation", real_now())
    other = TestClient(visitor.app, base_url="http://127.0.0.1:8700", follow_redirects=False)
    form = {"password": "another long sentence", "again": "another long sentence"}
    answer = other.post(f"/welcome/{token}", data=form, headers=dict(visitor.headers))
    assert answer.status_code == 303
    assert visitor.get("/account").headers["location"].startswith("/sign-in")


def test_an_invitation_grows_old(visitor):
    from store.portal_sessions import issue_ticket

    user_id = account(password=None)
    with unit_of_work() as session:
        token = issue_ticket(session, user_id, "invitation", real_now() - timedelta(days=8))
    assert visitor.get(f"/welcome/{token}").status_code == 404


def test_a_forgotten_password_is_answered_alike_for_everybody(visitor, home):
    account()
    known = visitor.post("/forgotten", data={"email": "ana@example.org"})
    unknown = visitor.post("/forgotten", data={"email": "nobody@example.org"})
    letters = list((home / "files" / "outbox").glob("*.eml"))
    assert known.text == unknown.text
    assert len(letters) == 1
    assert "/welcome/" in letters[0].read_text()


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("short", id="short"),
        pytest.param("aaaaaaaaaaaaaaaaa", id="repetitive"),
        pytest.param("anastasia-anastasia", id="the name"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password, database):
    from campaign.accounts import PasswordError

    with pytest.raises(PasswordError), unit_of_work() as session:
        add_user(
            session,
            email="anastasia@example.org",
            name="Ana",
            roles=["administrator"],
            password=password,
            now=real_now(),
        )


def test_nothing_that_proves_an_account_is_stored_readable(visitor, database):
    account()
    sign_in(visitor)
    with database.connect() as connection:
        stored = str(connection.exec_driver_sql("select * from app_user").all()) + str(
            connection.exec_driver_sql("select token_hash from portal_session").all()
        )
    assert PASSWORD not in stored
    assert visitor.cookies["pledgeline"] not in stored
    assert "$argon2id$" in stored


def test_every_answer_carries_the_security_headers(visitor):
    for path in ("/sign-in", "/nowhere", "/static/base.css", "/account"):
        headers = visitor.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(visitor):
    account()
    cookie = sign_in(visitor).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_accounts_are_made_listed_and_closed_on_the_command_line(cli, database):
    import io
    import json
    import sys
    from unittest.mock import patch

    with patch.object(sys, "stdin", io.StringIO(PASSWORD + "\n")):
        made = cli("users", "add", "Ana@Example.org", "--role", "treasurer", "--password-stdin")
    invited = cli("users", "add", "adm@example.org", "--role", "administrator", "--invite")
    again = cli("users", "add", "ana@example.org", "--role", "treasurer", "--invite")
    closed = cli("users", "disable", "ana@example.org")
    users = json.loads(cli("users", "list", "--json").stdout)["users"]
    assert (made.exit_code, invited.exit_code, closed.exit_code) == (0, 0, 0)
    assert "/welcome/" in invited.stdout
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert [(user["email"], user["status"]) for user in users] == [
        ("adm@example.org", "invited"),
        ("ana@example.org", "disabled"),
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["x@example.org", "--role", "king"], "no role 'king'", id="unknown role"),
        pytest.param(["x@example.org", "--role", "caller"], "name it", id="caller without team"),
        pytest.param(["nonsense", "--role", "treasurer"], "not an e-mail", id="no address"),
    ],
)
def test_a_wrong_account_is_refused_with_a_sentence(cli, database, words, said):
    result = cli("users", "add", *words, "--invite")
    assert result.exit_code == 2
    assert said in result.stderr


def test_the_last_administrator_stays(cli, database):
    account()
    result = cli("users", "disable", "ana@example.org")
    assert result.exit_code == 2
    assert "last administrator" in result.stderr


def test_two_administrators_who_close_each_other_at_once_leave_one(database):
    ana, bo = account(), account("bo@example.org")

    def close(user_id: int) -> None:
        with unit_of_work() as session:
            disable_user(session, user_id, real_now())

    with ThreadPoolExecutor(1) as pool:
        with unit_of_work() as session:
            disable_user(session, bo, real_now())
            other = pool.submit(close, ana)
            until_done_or_waiting(database, other)
        with pytest.raises(StateError, match="last administrator"):
            other.result()


def test_an_account_takes_the_place_that_the_campaign_file_gave_its_caller(database, world):
    with database.begin() as connection:
        named = connection.scalar(
            text("insert into agent (team_id, code, name, languages, certified) values (:team,"
                 " 'dev', 'Dev Price', '[\"en\", \"es\"]', '{}') returning id"),
            {"team": world.teams["HOUSE"]},
        )  # fmt: skip
    for email, is_named in (("dev@example.org", True), ("other-dev@example.org", False)):
        with unit_of_work() as session:
            add_user(session, email=email, name="Dev Price", roles=["caller"], team="HOUSE",
                     now=real_now())  # fmt: skip
        with database.connect() as connection:
            found = connection.scalar(
                text("select agent_id from app_user where email = :email"), {"email": email}
            )
        assert (found == named) == is_named


def test_an_address_of_nobody_is_locked_as_an_account_is(visitor):
    """Or five wrong passwords would tell whose address is known."""
    account()
    said = []
    for email in ("ana@example.org", "nobody@example.org"):
        for _ in range(5):
            sign_in(visitor, "not the password", email=email)
        locked = sign_in(visitor, "not the password", email=email)
        said.append(re.search(r'role="alert">([^<]+)<', locked.text)[1])
    assert said[0] == said[1]
    assert "Too many attempts" in said[0]


def test_nobodys_mailbox_is_filled_with_links(visitor, home):
    account()
    for _ in range(4):
        assert visitor.post("/forgotten", data={"email": "ana@example.org"}).status_code == 200
    (letter,) = (home / "files" / "outbox").glob("*.eml")
    token = re.search(r"/welcome/(\S+)", letter.read_text())[1]
    assert visitor.get(f"/welcome/{token}").status_code == 200


def test_a_fault_is_logged_without_the_words_of_the_address(visitor, monkeypatch, caplog):
    def broken(*_args, **_values):
        raise RuntimeError("Ann Secret")

    monkeypatch.setattr("portal.signin.ticket_holder", broken)
    assert visitor.get("/welcome/x%0aforged%20line").status_code == 500
    (line,) = [record.getMessage() for record in caplog.records if "fault" in record.getMessage()]
    assert line.endswith("RuntimeError on /welcome/{token}")


def test_the_password_between_wrong_codes_does_not_buy_more_guesses(visitor):
    account()
    sign_in(visitor)
    enrol(visitor)
    for _ in range(5):
        sign_in(visitor)
        page = visitor.get("/second-factor").text
        visitor.post("/second-factor", data={"code": "000000", "csrf": csrf_in(page)})
    assert "Too many attempts" in sign_in(visitor).text
