"""Limits and clocks: every payment counts, whether or not it pays a pledge."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from campaign.roles import Role

GIFT = """
    update stripe_charge set created_at = :at, captured_cents = :cents, amount_cents = :cents,
        refunded_cents = 0, status = 'succeeded', payer_name = :name, payer_email = :email,
        raw = '{}'
    where id = (select min(id) from stripe_charge)
"""
ALONE = "delete from allocation where charge_id = (select min(id) from stripe_charge)"
LATE_OCTOBER = datetime(2026, 10, 20, 18, tzinfo=UTC)
CARLA = {"name": "Carla Unknown", "email": "carla@example.org"}


def give(database, clock, cents, at=LATE_OCTOBER, **payer):
    clock.set(at)
    with database.begin() as connection:
        connection.execute(text(ALONE))
        connection.execute(text(GIFT), {"cents": cents, "at": at} | (payer or CARLA))


def test_a_large_gift_without_a_pledge_calls_for_a_notice(browser, database, clock):
    give(database, clock, 120_000)
    page = browser(Role.TREASURER).get("/clocks").text
    notices = page.split("<h2>48-hour notices")[1].split("<h2>Longer")[0]
    assert "Carla Unknown" in notices
    assert "$1,200.00" in notices


def test_a_gift_before_the_window_calls_for_none(browser, database, clock):
    give(database, clock, 120_000, at=datetime(2026, 10, 14, 18, tzinfo=UTC))
    page = browser(Role.TREASURER).get("/clocks").text
    assert "Carla Unknown" not in page.split("<h2>48-hour notices")[1].split("<h2>Longer")[0]


@pytest.mark.parametrize(
    ("payer", "is_asked"),
    [
        pytest.param(CARLA, True, id="a person"),
        pytest.param({"name": "Unknown Holdings LLC", "email": ""}, False, id="an organisation"),
    ],
)
def test_whoever_gave_above_200_without_a_pledge_is_asked_too(
    browser, database, clock, payer, is_asked
):
    give(database, clock, 25_000, **payer)
    page = browser(Role.TREASURER).get("/clocks").text
    asked = page.split("<h2>Best efforts")[1].split("<h2>48-hour")[0]
    assert (payer["name"] in asked) == is_asked


def test_whoever_paid_what_somebody_else_pledged_is_asked_and_not_the_other(
    browser, database, clock
):
    with database.begin() as connection:
        connection.execute(text("update allocation set tier = 'confirmed'"))
        connection.execute(text(GIFT), {"cents": 25_000, "at": LATE_OCTOBER} | CARLA)
    clock.set(LATE_OCTOBER)
    page = browser(Role.TREASURER).get("/clocks").text
    asked = page.split("<h2>Best efforts")[1].split("<h2>48-hour")[0]
    paid = {"Carla Unknown", "Somebody Invented"}  # the world's payments bear no other name
    assert set(re.findall(r"<tr><td>([^<]+)</td>", asked)) == paid


def test_gifts_without_a_pledge_count_against_the_limit(browser, database, clock):
    give(database, clock, 360_000)
    page = browser(Role.TREASURER).get("/clocks").text
    near = page.split("Near or over the limit")[1].split("<h2>Best efforts")[0]
    assert "Carla Unknown" in near
    assert "$100.00 over" in near


FAILED = """
    insert into stripe_balance_transaction (id, type, reporting_category, status, amount_cents,
        fee_cents, net_cents, currency, source, created_at, available_on, raw, fetched_at)
    select 'txn_failed', 'payment_failure_refund', 'charge_failure', 'available', -captured_cents,
        0, -captured_cents, 'usd', id, created_at, created_at, '{}', created_at
    from stripe_charge where id = (select min(id) from stripe_charge)
"""


def test_a_bank_debit_that_failed_starts_no_clock(browser, database, clock):
    give(database, clock, 360_000)
    with database.begin() as connection:
        connection.execute(text(FAILED))
    page = browser(Role.TREASURER).get("/clocks").text
    near, asked = page.split("Near or over the limit")[1].split("<h2>Best efforts")
    assert "Carla Unknown" not in near
    assert "Carla Unknown" not in asked.split("<h2>48-hour")[0]


def test_an_exception_has_an_owner_of_whom_the_list_tells(browser):
    client = browser(Role.TREASURER)
    assert client.post("/exceptions/1/owner", data={"owner": "Ruth Okafor"}).status_code == 303
    assert "Ruth Okafor" in client.get("/exceptions").text
    assert client.post("/exceptions/999999/owner", data={"owner": "x"}).status_code == 404
    assert (
        browser(Role.REVIEWER).post("/exceptions/1/owner", data={"owner": "x"}).status_code == 403
    )
    assert client.post("/exceptions/1/owner", data={"owner": ""}).status_code == 303
    assert "Ruth Okafor" not in client.get("/exceptions").text
