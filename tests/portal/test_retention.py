from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from campaign.roles import Role
from config.clock import real_now
from tests.support.waiting import until_done_or_waiting

LONG_AGO = "2016-05-01"
_PAYMENT = (
    "insert into stripe_charge (id, status, amount_cents, captured_cents, refunded_cents, currency,"
    " created_at, payer_name, payer_email, raw, fetched_at) select 'ch_late', 'succeeded',"
    " 100, 100, 100, 'usd', '2026-05-01', '{}', email, jsonb_build_object(), now()"
    " from donor where id = :id returning id"
)


def scalar(database, statement, **values):
    with database.connect() as connection:
        return connection.scalar(text(statement), values)


def add_old_donor(database, name="Odell", last_gift=LONG_AGO, phone="+14155550199") -> int:
    """Lay a donor of a list of long ago, whose last gift was then."""
    with database.begin() as connection:
        donor = connection.scalar(
            text("insert into donor (first_name, last_name, phone_e164, email, updated_at)"
                 " values (:name, 'Oldacre', :phone, 'odell@example.org', '2016-05-01')"
                 " returning id"),
            {"name": name, "phone": phone},
        )  # fmt: skip
        connection.execute(
            text("insert into gift (donor_id, batch_id, source, external_id, given_on,"
                 " amount_cents) values (:donor, 1, 'OLD', :name, :day, 5000)"),
            {"donor": donor, "name": name, "day": last_gift},
        )  # fmt: skip
    return donor


def mark_of(page: str) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_who_is_due_is_looked_at_and_then_forgotten(browser, database):
    donor = add_old_donor(database)
    add_old_donor(database, "Recent", "2026-01-05", "+14155550198")
    client = browser(Role.COMPLIANCE_OFFICER)
    page = client.get("/retention?look=due").text
    assert "Forget these 1" in page
    assert "Oldacre" not in page
    form = {"mark": mark_of(page), "because": "Yearly clearing"}
    answer = client.post("/retention/due", data=form)
    assert answer.status_code == 303, answer.text
    row = "select coalesce(first_name, last_name, phone_e164, email) from donor where id = :id"
    assert scalar(database, row, id=donor) is None
    kept = "select count(*) from suppression where phone_e164 = '+14155550199'"
    assert scalar(database, kept) == 1
    assert scalar(database, "select count(*) from donor where first_name = 'Recent'") == 1
    assert "Nobody is due" in client.get("/retention?look=due").text
    assert client.post("/retention/due", data=form).status_code == 409


def test_only_who_was_looked_at_is_forgotten(browser, database):
    first = add_old_donor(database)
    client = browser(Role.COMPLIANCE_OFFICER)
    mark = mark_of(client.get("/retention?look=due").text)
    second = add_old_donor(database, "Olga", phone="+14155550197")
    answer = client.post("/retention/due", data={"mark": mark, "because": "Yearly clearing"})
    assert answer.status_code == 409
    names = "select count(first_name) from donor where id in (:a, :b)"
    assert scalar(database, names, a=first, b=second) == 2


@pytest.mark.parametrize(
    "reason",
    [
        pytest.param(
            "insert into pledge (ref, donor_id, source, amount_cents, currency, pledged_on, status,"
            " created_at) values ('PL-OLD', :id, 'call', 100, 'usd', '2016-05-01', 'open', now())",
            id="owes",
        ),
        pytest.param(
            "insert into call_attempt (external_id, campaign_id, donor_id, team_id, started_at,"
            " duration_seconds, call_result, fingerprint, recorded_at)"
            " values ('late', 1, :id, 1, '2026-05-01', 5, 'refused', '', now())",
            id="was called",
        ),
        pytest.param(
            f"with payment as ({_PAYMENT.format('A Friend')}), pledge as (insert into pledge"
            " (ref, donor_id, source, amount_cents, currency, pledged_on, status, created_at)"
            " select 'PL-OLD', :id, 'call', 100, 'usd', '2016-05-01', 'written_off', now()"
            " returning id) insert into allocation_before_return"
            " select payment.id, pledge.id, 100 from payment, pledge",
            id="paid what went back",
        ),
        pytest.param(_PAYMENT.format("Odell Oldacre"), id="paid without a pledge"),
        pytest.param(
            "update assignment set donor_id = :id"
            " where id = (select min(id) from assignment where status = 'open')",
            id="waits for a call",
        ),
    ],
)
def test_what_a_rule_keeps_is_not_due(browser, database, reason):
    donor = add_old_donor(database)
    with database.begin() as connection:
        connection.execute(text(reason), {"id": donor})
    page = browser(Role.COMPLIANCE_OFFICER).get("/retention?look=due").text
    assert "Nobody is due" in page


def test_a_person_who_asks_sees_what_stays_and_is_forgotten(browser, database):
    donor = add_old_donor(database, last_gift="2026-01-05")
    client = browser(Role.TREASURER)
    page = client.post("/retention/look", data={"who": "odell@example.org"}).text
    assert "Odell Oldacre" in page
    assert "kept three years after its report is filed" in page
    assert "payments as Stripe told them" in page
    assert scalar(database, "select email from donor where id = :id", id=donor)
    form = {"because": "By letter of October 3"}
    assert client.post(f"/retention/people/{donor}", data=form).status_code == 303
    assert scalar(database, "select email from donor where id = :id", id=donor) is None
    assert scalar(database, "select last_name from donor where id = :id", id=donor) == "Oldacre"
    assert "Nobody is known" in client.post("/retention/look", data={"who": "no@example.org"}).text


def test_a_look_at_a_person_waits_for_nobody_who_changes_them(browser, database):
    donor = add_old_donor(database)
    client = browser(Role.TREASURER)
    with database.connect() as other, ThreadPoolExecutor(1) as pool:
        other.execute(text("update donor set city = 'Ames' where id = :id"), {"id": donor})
        look = pool.submit(client.post, "/retention/look", data={"who": "odell@example.org"})
        until_done_or_waiting(database, look)
        is_answered = look.done()
        other.rollback()
    assert is_answered
    assert "Odell Oldacre" in look.result().text


def test_files_are_deleted_when_their_days_are_over(browser, home):
    old, new = (home / "files" / "lists" / name for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "list.csv").write_text("x")
    past = (real_now() - timedelta(days=40)).timestamp()
    os.utime(old, (past, past))
    client = browser(Role.COMPLIANCE_OFFICER)
    assert "Delete 1 file for good" in client.get("/retention").text
    assert client.post("/retention/files/lists").status_code == 303
    assert not old.exists()
    assert new.exists()


def test_forgetting_is_not_everybodys(browser):
    for role in (Role.FINANCE_DIRECTOR, Role.CALLER, Role.ADMINISTRATOR):
        assert browser(role).get("/retention").status_code == 403
