from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import text

from config.settings import settings
from portal.watching import look_around


def outbox(home) -> list[str]:
    return [path.read_text() for path in (home / "files" / "outbox").glob("*.eml")]


def test_a_broken_proof_is_told_once_to_those_who_read_the_books(world, home):
    assert look_around() == 1
    assert look_around() == 0
    letters = outbox(home)
    readers = {"finance_director", "treasurer", "reviewer", "compliance_officer"}
    assert len(letters) == len(readers)
    assert all(any(f"To: {role}@" in letter for letter in letters) for role in readers)
    assert "/books?run=1" in letters[0]


def test_a_stopped_list_is_told_to_whoever_imports_lists(world, home, database):
    look_around()
    before = len(outbox(home))
    with database.begin() as connection:
        connection.execute(text("update list_batch set status = 'stopped'"))
    assert look_around() == 1
    assert len(outbox(home)) == before + 1


def test_a_notice_shows_up_and_is_put_away(world, browser):
    look_around()
    client = browser("finance_director")
    assert "broken proof" in client.get("/runs").text
    assert client.post("/runs/notices/2/close").status_code == 303
    assert "broken proof" not in client.get("/runs").text


def test_whoever_keeps_the_machine_is_told_that_no_letter_can_be_sent(world, browser, monkeypatch):
    monkeypatch.setenv("PLEDGELINE_MAIL_URL", "smtp://127.0.0.1:1")
    monkeypatch.setenv("PLEDGELINE_MAIL_FROM", "finance@example.org")
    settings.cache_clear()
    keeper = browser("administrator")
    assert "could not be sent" not in keeper.get("/condition").text
    assert browser().post("/forgotten", data={"email": "caller@example.org"}).status_code == 200
    page = keeper.get("/condition").text
    assert "A letter of the portal could not be sent" in page
    (path,) = re.findall(r"/runs/notices/\d+/close", page)
    assert keeper.post(path).headers["location"].startswith("/condition")
    assert "could not be sent" not in keeper.get("/condition").text


def test_a_letter_holds_nothing_of_a_donor(world, home, database):
    look_around()
    with database.connect() as connection:
        names = connection.scalars(text("select distinct last_name from donor")).all()
    assert not [name for letter in outbox(home) for name in names if name in letter]


def test_a_receipt_of_a_thousand_before_the_election_is_told_with_its_hour(
    world, home, database, clock
):
    look_around()
    before = len(outbox(home))
    clock.set(datetime(2026, 10, 20, 15, 0, tzinfo=UTC))
    one = "(select min(charge_id) from allocation where tier = 'confirmed')"
    with database.begin() as connection:
        for change in (
            (
                "update stripe_charge set captured_cents = 150000, amount_cents = 150000,"
                f" created_at = '2026-10-20 14:00+00' where id = {one}"
            ),
            (
                "update pledge set amount_cents = 150000 where id in"
                f" (select pledge_id from allocation where charge_id = {one})"
            ),
            f"update allocation set amount_cents = 150000 where charge_id = {one}",
        ):
            connection.execute(text(change))
    assert look_around() == 1
    letters = outbox(home)[before:]
    assert len(letters) == 4
    assert look_around() == 0
    told = [letter for letter in outbox(home) if "48-hour notice" in letter]
    assert all("Oct 22, 08:00" in letter.replace("=\n", "") for letter in told)
