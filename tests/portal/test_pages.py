from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from campaign.roles import Role
from config.settings import settings


@pytest.mark.parametrize(
    ("role", "path", "holds"),
    [
        ("finance_director", "/campaigns", "Fall call time"),
        ("finance_director", "/campaigns/FALL-26", "Headquarters"),
        ("finance_director", "/scorecards", "Northstar Calls"),
        ("finance_director", "/lists", "actblue-2025.csv"),
        ("finance_director", "/lists/1", "into people known already"),
        ("finance_director", "/plans", "Published"),
        ("finance_director", "/plans/1", "Spanish-speaking hour"),
        ("finance_director", "/runs", "Allocate calls"),
        ("finance_director", "/runs/start/reconcile-pledges", "Last day, included"),
        ("caller", "/account", "Signed in on"),
        ("compliance_officer", "/suppression", "asked not to be called"),
        ("compliance_officer", "/rules", "52 USC 30116"),
        ("compliance_officer", "/rules?table=state_calling_hours", "47 CFR"),
        ("compliance_officer", "/audit", "Plan publish"),
        ("administrator", "/users", "Carl Moss"),
        ("team_lead", "/team", "Carl Moss"),
        ("vendor_manager", "/team", "Northstar Calls"),
        ("vendor_manager", "/packets", "FALL-26-NORTHSTAR-1"),
        ("caller", "/sheets", "Nothing is reserved"),
        ("treasurer", "/books", "1 of 13 proofs is broken"),
        ("treasurer", "/books/1/proof/6", "STRIPE TRANSFER|po_1"),
        ("reviewer", "/books/1/proof/9", "PL-T"),
        ("treasurer", "/exceptions", "Unknown bank line"),
        ("treasurer", "/clocks", "52 USC 30116"),
        ("treasurer", "/suggestions", "Same name, same amount"),
        ("treasurer", "/bank", "STRIPE TRANSFER"),
        ("treasurer", "/trace?what=nothing", "No payment"),
        ("reviewer", "/reports", "TR-2026-09-24-2026-10-07-1"),
        ("reviewer", "/reports/TR-2026-09-24-2026-10-07-1", "Submitted"),
        ("administrator", "/condition", "Services"),
    ],
)
def test_a_page_shows_what_its_people_need(browser, role, path, holds):
    answer = browser(role).get(path)
    assert answer.status_code == 200, answer.text[-900:]
    assert any(words in answer.text for words in holds.split("|"))


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        pytest.param(None, "hand the link over yourself", id="no-mail"),
        pytest.param("smtp://127.0.0.1:1", "The link goes out by mail", id="mail"),
    ],
)
def test_whoever_invites_is_told_whether_the_link_is_mailed(browser, monkeypatch, mail, said):
    if mail:
        monkeypatch.setenv("PLEDGELINE_MAIL_URL", mail)
    settings.cache_clear()
    asked = {"email": "dev@example.org", "name": "Dev Price", "role": "treasurer"}
    page = browser("administrator").post("/users", data=asked).text
    assert said in page
    assert "/welcome/" in page


def test_a_number_typed_in_by_mistake_is_taken_back_alone(browser, database):
    client = browser("compliance_officer")
    typed = {"who": "(415) 555-0189", "kind": "opt_out"}
    client.post("/suppression", data=typed)
    client.post("/suppression", data={**typed, "kind": "deceased"})
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into suppression (kind, phone_e164, source, since)"
                " values ('opt_out', '+14155550189', 'call:HQ', now())"
            )
        )
    found = client.post("/suppression/search", data={"who": typed["who"]}).text
    assert "Take it back" in found
    refused = client.post("/suppression/back", data={"who": typed["who"]})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    form = {"who": typed["who"], "because": "a slip of the hand"}
    assert "Taken+back" in client.post("/suppression/back", data=form).headers["location"]
    found = client.post("/suppression/search", data={"who": typed["who"]}).text
    assert "Told on a call of HQ" in found
    assert "Typed in here" not in found
    assert "Take it back" not in found
    assert "Nobody+typed" in client.post("/suppression/back", data=form).headers["location"]


@pytest.mark.parametrize(
    ("role", "path", "row", "many"),
    [
        pytest.param(Role.FINANCE_DIRECTOR, "/lists", r'href="/lists/(\d+)"', """
            insert into list_batch select (jsonb_populate_record(b, jsonb_build_object(
                'id', 1000 + n, 'file_sha256', md5(n::text)))).*
            from list_batch b, generate_series(1, 230) n
            where b.id = (select min(id) from list_batch)""", id="lists"),
        pytest.param(Role.FINANCE_DIRECTOR, "/plans", r'href="/plans/(\d+)"', """
            insert into plan select (jsonb_populate_record(p, jsonb_build_object(
                'id', 1000 + n))).* from plan p, generate_series(1, 130) n
            where p.id = (select min(id) from plan)""", id="plans"),
        pytest.param(Role.TREASURER, "/bank", r"<td>(line-\d+)</td>", """
            insert into bank_line (key, booked_on, amount_cents, description, reference,
                file_sha256, imported_at)
            select 'n' || n, date '2026-01-01' + n % 40, n, 'DEPOSIT', 'line-' || n, '', now()
            from generate_series(1, 700) n""", id="bank lines"),
    ],
)  # fmt: skip
def test_every_row_of_a_long_table_is_reached_once(browser, database, role, path, row, many):
    with database.begin() as connection:
        connection.execute(text(many))
    client = browser(role)
    seen, address = [], path
    while address:
        page = client.get(address).text
        seen += re.findall(row, page)
        onward = re.search(rf'href="({path}\?before=\d+)">Older ones', page)
        assert ("The newest" in page) == (address != path)
        address = onward and onward[1]
    with database.connect() as connection:
        table = {"/lists": "list_batch", "/plans": "plan", "/bank": "bank_line"}[path]
        known = connection.scalar(
            text(f"select count(*) from {table}"
                 + (" where reference like 'line-%'" if path == "/bank" else ""))
        )  # fmt: skip
    assert len(seen) == len(set(seen)) == known
