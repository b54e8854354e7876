from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import text

from campaign.roles import Role
from config.clock import real_now
from store.portal_sessions import issue_api_token, viewer_of_session
from store.session import unit_of_work
from tests.portal.world import NOW

HEADER = "packet_row_id,call_id,agent,started_at,duration_seconds,disposition\n"
ROW = "abc,c-1,agent1,2026-10-07T13:00:00-06:00,30,no_answer\n"


def scalar(database, statement, **values):
    with database.connect() as connection:
        return connection.scalar(text(statement), values)


def one(database, statement, **values):
    with database.connect() as connection:
        return connection.execute(text(statement), values).one()


def foreign(database, world, table, team="PACIFICA"):
    if table == "agent":
        with database.begin() as connection:
            connection.execute(
                text("insert into agent (team_id, code, name, languages, certified)"
                     " values (:team, 'x', 'X', '[]', '{}')"),
                {"team": world.teams[team]},
            )  # fmt: skip
    return scalar(
        database, f"select min(id) from {table} where team_id = :team", team=world.teams[team]
    )


def test_a_lead_touches_nothing_of_another_team(browser, database, world):
    client = browser(Role.TEAM_LEAD)
    assignment = foreign(database, world, "assignment")
    attempt = foreign(database, world, "call_attempt")
    agent = foreign(database, world, "agent")
    form = {"campaign": "FALL-26", "until": "2026-12-31"}
    answers = [
        client.post(f"/team/calls/{assignment}/release"),
        client.post(f"/team/callers/{agent}/certificate", data=form),
        client.post(f"/team/monitoring/{attempt}", data={"outcome": "passed"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_no_page_of_a_team_names_another_teams_people(browser, database, world):
    with database.connect() as connection:
        others = connection.scalars(
            text("select code from packet where team_id <> :own union"
                 " select 'A-' || id from assignment where team_id <> :own"),
            {"own": world.teams["HOUSE"]},
        ).all()  # fmt: skip
    page = browser(Role.TEAM_LEAD).get("/team").text + browser(Role.CALLER).get("/sheets").text
    assert not [name for name in others if f">{name}<" in page]


def test_a_call_left_behind_goes_back_to_the_queue(browser, database):
    browser(Role.CALLER).get("/calls")
    held = scalar(database, "select id from assignment where status = 'handed_out'")
    client = browser(Role.TEAM_LEAD)
    assert f"A-{held}" in client.get("/team").text
    assert client.post(f"/team/calls/{held}/release").status_code == 303
    assert scalar(database, "select status from assignment where id = :id", id=held) == "open"
    assert client.post(f"/team/calls/{held}/release").status_code == 409


def test_a_certificate_is_kept(browser, database, world):
    client = browser(Role.TEAM_LEAD)
    agent = scalar(database, "select id from agent where code = 'caller'")
    form = {"campaign": "FALL-26", "until": "2026-11-03"}
    assert client.post(f"/team/callers/{agent}/certificate", data=form).status_code == 303
    kept = scalar(database, "select certified->>'FALL-26' from agent where id = :id", id=agent)
    assert kept == "2026-11-03"
    wrong = {"campaign": "NOPE", "until": "2026-11-03"}
    assert client.post(f"/team/callers/{agent}/certificate", data=wrong).status_code == 422


def test_a_packet_is_taken_as_often_as_needed_and_each_time_is_logged(
    browser, database, home, world
):
    sealed = home / "files" / "packets" / "x.zip.age"
    sealed.parent.mkdir(parents=True)
    sealed.write_bytes(b"age-encryption.org/v1 sealed")
    with database.begin() as connection:
        connection.execute(text("update packet set path = :path"), {"path": str(sealed)})
    client = browser(Role.VENDOR_MANAGER)
    for _ in range(2):
        taken = client.get("/packets/FALL-26-NORTHSTAR-1/file")
        assert taken.content == sealed.read_bytes()
    assert scalar(database, "select count(*) from audit_entry where action = 'packet.taken'") == 2
    assert client.post("/packets/FALL-26-NORTHSTAR-1/deleted").status_code == 303
    with database.begin() as connection:
        connection.execute(text("update packet set expires_at = '2026-10-01'"))
    assert client.get("/packets/FALL-26-NORTHSTAR-1/file").status_code == 409


def test_another_teams_packet_does_not_exist_for_a_vendor(browser, database, world):
    with database.begin() as connection:
        connection.execute(
            text("update packet set team_id = :team"), {"team": world.teams["PACIFICA"]}
        )
    client = browser(Role.VENDOR_MANAGER)
    assert client.get("/packets/FALL-26-NORTHSTAR-1/file").status_code == 404
    assert client.post("/packets/FALL-26-NORTHSTAR-1/deleted").status_code == 404


def test_results_come_back_into_the_teams_inbox(browser, home):
    client = browser(Role.VENDOR_MANAGER)
    answer = client.post("/packets/results", files={"file": ("../r.csv", HEADER + ROW)})
    assert answer.status_code == 303, answer.text
    kept = list((home / "inbox" / "results" / "NORTHSTAR").iterdir())
    assert [file.read_text() for file in kept] == [HEADER + ROW]


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 90, b"a,b\n1,2\n", b"%PDF-1.7"])
def test_what_is_no_file_of_results_is_refused_and_not_kept(browser, home, content):
    client = browser(Role.VENDOR_MANAGER)
    answer = client.post("/packets/results", files={"file": ("r.csv", content)})
    assert answer.status_code == 422
    assert not [path for path in (home / "inbox").rglob("*") if path.is_file()]


def vendor_key(world, role=Role.VENDOR_MANAGER) -> str:
    with unit_of_work() as session:
        owner = viewer_of_session(session, world.cookies[role], real_now())
        assert owner is not None
        scopes: list[str] = sorted(owner.permissions)
        return issue_api_token(session, owner, "Results", scopes, timedelta(days=1), real_now())


def test_a_centre_sends_results_by_machine_for_its_own_team_only(browser, world, home):
    client = browser()
    send = {"content": HEADER + ROW, "headers": {"authorization": f"Bearer {vendor_key(world)}"}}
    assert client.post("/webhooks/results/NORTHSTAR", **send).status_code == 202
    assert client.post("/webhooks/results/PACIFICA", **send).status_code == 404
    assert client.post("/webhooks/results/NORTHSTAR", content=HEADER + ROW).status_code == 401
    caller = {"authorization": f"Bearer {vendor_key(world, Role.CALLER)}"}
    told = client.post("/webhooks/results/HOUSE", content=HEADER + ROW, headers=caller)
    assert told.status_code == 403


def signed(payload: str, secret: str, at: int) -> str:
    digest = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@pytest.mark.parametrize(
    ("secret", "age", "status"),
    [
        pytest.param("whsec_ours", 0, 200, id="signed"),
        pytest.param("whsec_theirs", 0, 403, id="signed by somebody else"),
        pytest.param("whsec_ours", 3600, 403, id="played back an hour later"),
    ],
)
def test_an_event_of_stripe_counts_when_its_signature_holds(
    browser, database, monkeypatch, secret, age, status
):
    from config.settings import settings

    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_ours")
    settings.cache_clear()
    event = {"id": "evt_1", "type": "charge.dispute.closed", "data": {"object": {"id": "du_1"}}}
    payload = json.dumps(event)
    header = {"stripe-signature": signed(payload, secret, int(NOW.timestamp()) - age)}
    for _ in range(2):  # Stripe sends an event again when it is not sure
        answer = browser().post("/webhooks/stripe", content=payload, headers=header)
        assert answer.status_code == status
    with database.connect() as connection:
        kept = connection.execute(text("select kind, subject from stripe_hint")).all()
    assert kept == ([("dispute", "du_1")] if status == 200 else [])


@pytest.mark.parametrize("header", ["", "t=x,v1=y", "nonsense", "t=,v1="])
def test_a_broken_signature_is_refused(browser, monkeypatch, header):
    from config.settings import settings

    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_ours")
    settings.cache_clear()
    answer = browser().post("/webhooks/stripe", content="{}", headers={"stripe-signature": header})
    assert answer.status_code == 403


def test_calls_are_printed_typed_in_and_kept_from_the_queue_meanwhile(browser, database):
    client = browser(Role.CALLER)
    assert client.get("/sheets/print").status_code == 409
    assert client.post("/sheets", data={"count": 3}).status_code == 303
    pdf = client.get("/sheets/print")
    assert pdf.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(pdf.content)
    printed = "".join(page.get_textpage().get_text_range() for page in document)
    with database.connect() as connection:
        held = connection.execute(
            text("select a.id, d.last_name from assignment a join donor d on d.id = a.donor_id"
                 " where a.status = 'handed_out'")
        ).all()  # fmt: skip
    assert len(held) == 3
    assert all(f"A-{row.id}" in printed and row.last_name in printed for row in held)
    assert "paid for by Holt for Congress" in printed
    assert "Federal law requires" in printed
    assert "{{" not in printed
    queued = client.get("/calls").text
    assert not [row for row in held if f"/calls/{row.id}/result" in queued]
    first = held[0].id
    for _ in range(2):
        told = client.post(f"/sheets/{first}/result", data={"disposition": "no_answer"})
    assert told.status_code == 404  # it is off the sheet once it is told
    assert scalar(database, "select count(*) from call_attempt where external_id like 'S-%'") == 1
    assert client.post("/sheets/drop").status_code == 303
    assert "Nothing is reserved" in client.get("/sheets").text


def test_a_call_of_somebody_elses_sheet_cannot_be_told(browser, database):
    browser(Role.CALLER).post("/sheets", data={"count": 1})
    held = scalar(database, "select id from assignment where status = 'handed_out'")
    told = browser(Role.TEAM_LEAD).post(f"/sheets/{held}/result", data={"disposition": "no_answer"})
    assert told.status_code == 404


def test_what_a_donor_told_on_paper_is_typed_in(browser, database):
    """Occupation and employer stand on the sheet, so the page takes them."""
    with database.begin() as connection:
        connection.execute(text("update donor set occupation = null, employer = null"))
    client = browser(Role.CALLER)
    client.post("/sheets", data={"count": 1})
    held, donor = one(database, "select id, donor_id from assignment where status = 'handed_out'")
    page = client.get("/sheets").text
    assert 'name="occupation"' in page
    told = {"disposition": "pledged", "amount": "25", "occupation": "Baker", "employer": "Own shop"}
    assert client.post(f"/sheets/{held}/result", data=told).status_code == 303
    kept = one(database, "select occupation, employer from donor where id = :id", id=donor)
    assert tuple(kept) == ("Baker", "Own shop")
