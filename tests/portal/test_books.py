from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import text

from campaign.roles import Role
from store.session import unit_of_work
from store.users import set_password
from tests.portal.packages import draw_up

STATEMENT = "date,amount,description,reference\n2026-10-06,12.50,DEPOSIT,dep-1\n"
FAILED = "Insufficient funds."
PASSWORD = "a calm and long sentence"


def one(database, statement, **values):
    with database.connect() as connection:
        return connection.execute(text(statement), values).first()


def test_a_statement_brought_twice_counts_once(browser, database):
    client = browser(Role.TREASURER)
    for _ in range(2):
        answer = client.post("/bank", files={"file": ("bank.csv", STATEMENT, "text/csv")})
        assert answer.status_code == 303
    assert "0+new" in answer.headers["location"]
    assert one(database, "select count(*) from bank_line where reference = 'dep-1'")[0] == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x89PNG\r\n" + b"\x00" * 90, id="a picture"),
        pytest.param(b"<OFX>broken", id="broken OFX"),
        pytest.param(b"name,colour\nx,red\n", id="another table"),
        pytest.param(b"date,amount\nyesterday,much\n", id="words for figures"),
    ],
)
def test_a_file_that_is_no_statement_is_refused_with_a_sentence(browser, content):
    client = browser(Role.TREASURER)
    answer = client.post("/bank", files={"file": ("bank.csv", content, "text/csv")})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_line_shows_every_payout_that_came_with_it(browser, database):
    client = browser(Role.TREASURER)
    client.post("/bank", files={"file": ("bank.csv", STATEMENT, "text/csv")})
    with database.begin() as connection:
        connection.execute(
            text("""
                with payouts as (
                    insert into stripe_payout
                    select (jsonb_populate_record(p, jsonb_build_object('id', x.id))).*
                    from stripe_payout p, (values ('po_one'), ('po_two')) x (id)
                    where p.id = (select min(id) from stripe_payout) returning id
                )
                insert into bank_line_part (bank_line_id, payout, amount_cents)
                select l.id, p.id, 625 from bank_line l, payouts p where l.reference = 'dep-1'""")
        )
    assert "po_one, po_two" in client.get("/bank").text


def test_whoever_looks_at_a_payment_sees_the_pledge_with_its_address_first(browser, database):
    with database.begin() as connection:
        ref, charge = connection.execute(
            text("""
                with pledge as (
                    update pledge set email = 'zoe@example.org', amount_cents = 77 where id = (
                        select min(id) from pledge where status = 'open') returning ref
                ), payment as (
                    update stripe_charge set payer_email = 'Zoe@Example.org', payer_name = 'Q Z',
                        pledge_ref = null, captured_cents = 1234567
                    where id = (select max(id) from stripe_charge) returning id
                ) select ref, id from pledge, payment""")
        ).one()
        number = connection.scalar(
            text("""insert into book_exception (kind, subject, amount_cents, reason, opened_on,
                status) values ('unmatched', 'charge:' || :charge, 1234567, 'x',
                date '2026-10-01', 'open') returning id"""),
            {"charge": charge},
        )
    page = browser(Role.TREASURER).get(f"/exceptions/{number}").text
    assert re.findall(r"PL-T\d+", page)[0] == ref


def test_an_exception_is_decided_with_a_reason_and_under_a_name(browser, database, world):
    client = browser(Role.TREASURER)
    page = client.get("/exceptions/1")
    assert page.status_code == 200
    assert client.post("/exceptions/1", data={"answer": "noted"}).status_code == 422
    told = client.post("/exceptions/1", data={"answer": "noted", "because": "Seen at the bank"})
    assert told.status_code == 303, told.text
    row = one(database, "select status, because, resolved_by from book_exception where id = 1")
    by = f"user:{world.users[Role.TREASURER]}"
    assert row == ("resolved", "Seen at the bank", by)
    name = one(database, "select name from app_user where id = :id", id=int(by[5:]))[0]
    decided = client.get("/exceptions/1").text.split("<h2>Decided</h2>")[1]
    assert name in decided
    assert by not in decided
    undone = client.post("/exceptions/1", data={"answer": "undo", "because": "Too early"})
    assert undone.status_code == 303
    assert one(database, "select status from book_exception where id = 1")[0] == "open"


def test_a_pledge_that_is_not_there_is_named_alone(browser, database):
    charge = one(database, "select id from stripe_charge order by id limit 1")[0]
    with database.begin() as connection:
        connection.execute(
            text("update book_exception set subject = :s, kind = 'overpayment' where id = 1"),
            {"s": f"charge:{charge}"},
        )
    form = {"answer": "pledge", "other": "PL-NONE", "because": "Her own"}
    answer = browser(Role.TREASURER).post("/exceptions/1", data=form)
    assert answer.status_code == 404
    assert "There is no pledge &#39;PL-NONE&#39;." in answer.text


def test_one_exception_leads_to_the_next_until_none_is_left(browser, database):
    client = browser(Role.TREASURER)
    with database.begin() as connection:
        for payout in ("po_8", "po_9"):
            connection.execute(
                text("""insert into book_exception (kind, subject, amount_cents, reason, opened_on,
                    status) values ('payout_failed', :of, 100, 'x', date '2026-10-01', 'open')"""),
                {"of": f"payout:{payout}"},
            )
        waiting = connection.scalars(
            text("select id from book_exception where status = 'open' order by id")
        ).all()
    here = waiting[0]
    for after in [*waiting[1:], None]:
        told = client.post(
            f"/exceptions/{here}", data={"answer": "noted", "because": "Seen at the bank"}
        )
        led_to = told.headers["location"].partition("?")[0]
        assert led_to == (f"/exceptions/{after}" if after else "/exceptions")
        page = client.get(f"/exceptions/{here}").text
        onward = re.findall(r'href="/exceptions/(\d+)"', page)
        assert onward == ([str(after)] if after else [])
        here = after


def test_thousands_of_exceptions_are_counted_whole_and_gone_through_by_kind(browser, database):
    client = browser(Role.TREASURER)
    with database.begin() as connection:
        connection.execute(
            text("""insert into book_exception
                    (kind, subject, amount_cents, reason, opened_on, status)
                select case when n % 100 = 0 then 'payout_failed' else 'overpayment' end,
                    'charge:ch_many_' || n, 100, 'x', date '2026-10-01', 'open'
                from generate_series(1, 1000) n""")
        )
        number, cents = connection.execute(
            text("""select count(*), sum(amount_cents) from book_exception
                where status = 'open'""")
        ).one()
    assert f">{number:,}</strong> open" in client.get("/books").text
    assert f"${cents / 100:,.2f}</span> in all" in client.get("/books").text
    assert f"{number:,} things do not fit" in client.get("/exceptions").text

    seen: list[str] = []
    page: str | None = "/exceptions?kind=overpayment"
    while page:
        shown = client.get(page).text
        seen += re.findall(r'<td><a href="/exceptions/(\d+)"', shown)
        onward = re.search(r'href="(/exceptions[?][^"]*after=\d+)"', shown)
        page = str(onward[1]).replace("&amp;", "&") if onward else None
    known = one(database, "select count(*) from book_exception where kind = 'overpayment'")[0]
    assert len(seen) == len(set(seen)) == known


def test_any_reconciliation_that_a_link_names_is_shown_however_many_came_since(browser, database):
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into reconciliation (first_day, last_day, input_hash, output_hash, result,"
                " ran_at) select date '2026-09-01' + day, date '2026-10-07', input_hash,"
                " output_hash, jsonb_set(result, '{invariants,5,status}', '\"held\"'), ran_at"
                " from reconciliation, generate_series(1, 40) day"
            )
        )
    client = browser(Role.TREASURER)
    newest = client.get("/books").text
    assert "Nothing is broken." in newest
    assert "earlier reconciliation." not in newest
    assert "24 before these" in newest
    named = client.get("/books?run=1").text
    assert "1 of 13 proofs is broken." in named
    assert "This is an earlier reconciliation." in named
    assert client.get("/books?run=999").status_code == 404


def test_somebody_who_only_reads_the_books_decides_nothing(browser, database):
    client = browser(Role.REVIEWER)
    assert client.get("/exceptions/1").status_code == 200
    answer = client.post("/exceptions/1", data={"answer": "noted", "because": "Because"})
    assert answer.status_code == 403
    assert one(database, "select status from book_exception where id = 1")[0] == "open"


@pytest.mark.parametrize(("verdict", "kept"), [("confirm", "pays"), ("refuse", "not")])
def test_suggestions_are_decided_in_bulk_all_or_none(browser, database, verdict, kept):
    client = browser(Role.TREASURER)
    with database.connect() as connection:
        ids = connection.scalars(
            text("select id from allocation where tier = 'suggested' order by id")
        ).all()
    assert ids
    answer = client.post(
        "/suggestions", data={"ids": ids, "verdict": verdict, "because": "Asked the donor"}
    )
    assert answer.status_code == 303, answer.text
    found = one(database, "select count(*), min(verdict) from payment_decision")
    assert found == (len(ids), kept)


def reviewer_with_password(world) -> None:
    with unit_of_work() as session:
        set_password(session, world.users[Role.REVIEWER], PASSWORD)
        session.execute(text("update portal_session set revoked_at = null"))


def test_a_reviewer_signs_what_the_treasurer_prepared(browser, database, home, world):
    code = draw_up(database, home, world)
    reviewer_with_password(world)
    client = browser(Role.REVIEWER)
    wrong = client.post(f"/reports/{code}/sign", data={"password": "not the password"})
    assert wrong.status_code == 422
    assert one(database, "select status from report")[0] == "submitted"
    signed = client.post(f"/reports/{code}/sign", data={"password": PASSWORD})
    assert signed.status_code == 303, signed.text
    assert one(database, "select status, signed_by from report") == (
        "signed",
        "reviewer@example.org",
    )
    assert "as they were signed" in client.post(f"/reports/{code}/verify").text


def test_a_seal_shows_that_a_file_was_changed(browser, database, home, world):
    code = draw_up(database, home, world)
    reviewer_with_password(world)
    client = browser(Role.REVIEWER)
    client.post(f"/reports/{code}/sign", data={"password": PASSWORD})
    file = home / "files" / "reports" / "package" / "tie-out.csv"
    file.chmod(0o644)
    file.write_text("figure,cents\npledged,6\n")
    assert "as they were signed" not in client.post(f"/reports/{code}/verify").text


def test_a_folder_sealed_anew_with_a_key_of_somebody_else_is_found(browser, database, home, world):
    """Whoever changes a file can draw up a manifest and a seal to fit it, but not with our key."""
    from gateways.report_files import file_list, unlock
    from gateways.report_seals import Seals

    code = draw_up(database, home, world)
    reviewer_with_password(world)
    client = browser(Role.REVIEWER)
    client.post(f"/reports/{code}/sign", data={"password": PASSWORD})
    folder = home / "files" / "reports" / "package"
    statement = json.loads((folder / "signature.json").read_text())
    unlock(folder)
    (folder / "signature.json").unlink()
    (folder / "manifest.json").unlink()
    (folder / "tie-out.csv").write_text("figure,cents\npledged,6\n")
    (folder / "manifest.json").write_text(json.dumps({"report": code, "files": file_list(folder)}))
    known = ("signature", "public_key", "manifest_sha256")
    Seals(home / "elsewhere").seal(
        folder, {name: told for name, told in statement.items() if name not in known}
    )
    page = client.post(f"/reports/{code}/verify").text
    assert "as they were signed" not in page
    assert "another key" in page


def test_nobody_signs_what_he_prepared(browser, database, home, world):
    code = draw_up(database, home, world, prepared_by="reviewer@example.org")
    reviewer_with_password(world)
    answer = browser(Role.REVIEWER).post(f"/reports/{code}/sign", data={"password": PASSWORD})
    assert answer.status_code == 409
    assert one(database, "select status from report")[0] == "submitted"


def test_a_package_is_downloaded_and_who_took_it_is_noted(browser, database, home, world):
    code = draw_up(database, home, world)
    client = browser(Role.TREASURER)
    assert client.get(f"/reports/{code}/files/tie-out.csv").text.startswith("figure,cents")
    actor = one(database, "select actor from audit_entry where action = 'report.download'")
    assert actor[0] == f"user:{world.users[Role.TREASURER]}"


def test_the_rows_behind_the_figures_are_downloaded_from_the_page(browser, database, home, world):
    code = draw_up(database, home, world)
    folder = home / "files" / "reports" / "package"
    (folder / "rows").mkdir()
    (folder / "rows" / "fees.csv").write_text("kind,cents\n")
    files = json.dumps([{"name": "rows/fees.csv", "sha256": "0" * 64, "bytes": 11}])
    with database.begin() as connection:
        connection.execute(text("update report set files = cast(:f as jsonb)"), {"f": files})
    client = browser(Role.TREASURER)
    (link,) = re.findall(r'href="([^"]+fees\.csv)"', client.get(f"/reports/{code}").text)
    answer = client.get(link)
    assert answer.text == "kind,cents\n"
    assert f'filename="{code}-fees.csv"' in answer.headers["content-disposition"]


@pytest.mark.parametrize("name", ["manifest.json", "..%2F..%2Fclock", "%2Fetc%2Fpasswd", "none"])
def test_only_the_files_of_a_package_are_handed_out(browser, database, home, world, name):
    code = draw_up(database, home, world)
    assert browser(Role.TREASURER).get(f"/reports/{code}/files/{name}").status_code == 404


def test_a_payment_is_traced_from_the_call_to_the_bank(browser, database):
    ref = one(database, "select pledge_ref from stripe_charge limit 1")[0]
    page = browser(Role.TREASURER).get("/trace", params={"what": ref}).text
    for words in (ref, "po_1", "Pledged"):
        assert words in page


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        pytest.param("", "Nobody has been sent a way to pay it", id="no-link"),
        pytest.param("link", "The link was sent; the day it is due has not passed", id="link"),
        pytest.param("link failed", "The last payment failed", id="failed"),
        pytest.param("link failed pending", "A payment is on its way", id="pending"),
    ],
)
def test_an_unpaid_pledge_says_why_and_what_happened(browser, database, happened, said):
    number, ref = one(
        database,
        "select id, ref from pledge p where due_on >= '2026-10-07' and not exists ("
        " select from stripe_charge c where c.pledge_ref = p.ref) order by id limit 1",
    )
    with database.begin() as connection:
        for hour, step in enumerate(happened.split(), start=10):
            at = f"2026-10-07 {hour}:00Z"
            if step == "link":
                connection.execute(
                    text("insert into letter (kind, subject_key, number, channel, status, sent_at)"
                         " values ('link', :key, 1, 'email', 'sent', :at)"),
                    {"key": f"pledge:{number}:1", "at": at},
                )  # fmt: skip
            else:
                connection.execute(
                    text("insert into stripe_charge (id, status, amount_cents, captured_cents,"
                         " refunded_cents, currency, created_at, pledge_ref, raw, fetched_at)"
                         " values (:id, :status, 5000, 0, 0, 'usd', :at, :ref, :raw, :at)"),
                    {"id": f"ch_{step}", "status": step, "at": at, "ref": ref,
                     "raw": json.dumps({"failure_message": FAILED})},
                )  # fmt: skip
    page = browser(Role.TREASURER).get("/trace", params={"what": ref}).text
    assert said in page
    assert ("Link sent" in page) == ("link" in happened)
    assert (FAILED in page) == ("failed" in happened)


GONE = {
    "refund": """insert into stripe_refund (id, charge, status, amount_cents, currency, reason,
        created_at, raw, fetched_at) values ('re_1', :charge, 'succeeded', 5000, 'usd',
        'requested_by_customer', '2026-10-07 11:00Z', '{}', now())""",
    "dispute": """insert into stripe_dispute (id, charge, status, amount_cents, currency,
        created_at, raw, fetched_at)
        values ('du_1', :charge, 'under_review', 5000, 'usd', '2026-10-07 11:00Z', '{}', now())""",
    "failure": """insert into stripe_balance_transaction (id, type, reporting_category, status,
        amount_cents, fee_cents, net_cents, currency, source, created_at, available_on, raw,
        fetched_at) values ('txn_back', 'payment_failure_refund', 'charge_failure', 'available',
        -5000, 0, -5000, 'usd', :charge, '2026-10-07 11:00Z', '2026-10-07', '{}', now())""",
}


@pytest.mark.parametrize(
    ("gone", "said", "told"),
    [
        pytest.param("refund", "went back to the payer", "Given back", id="refund"),
        pytest.param("dispute", "The payer contests a payment", "Under review", id="dispute"),
        pytest.param("failure", "went back to the payer", "Taken back by the bank", id="debit"),
    ],
)
def test_a_pledge_whose_payment_went_back_says_so(browser, database, gone, said, told):
    charge, ref = one(
        database,
        "select c.id, p.ref from allocation a join stripe_charge c on c.id = a.charge_id"
        " join pledge p on p.id = a.pledge_id order by a.id limit 1",
    )
    client = browser(Role.TREASURER)
    assert told not in client.get("/trace", params={"what": charge}).text
    with database.begin() as connection:
        connection.execute(text("delete from allocation where charge_id = :c"), {"c": charge})
        connection.execute(text(GONE[gone]), {"charge": charge})
    story = client.get("/trace", params={"what": ref}).text
    assert said in story
    assert "no payment has come" not in story
    for page in (story, client.get("/trace", params={"what": charge}).text):
        assert told in page
        assert "$50.00" in page


def test_the_days_behind_a_proof_are_written_as_everywhere(browser):
    page = browser(Role.TREASURER).get("/books/1/proof/9").text
    assert re.search(r'data-value="2026-\d\d-\d\d">[A-Z][a-z]{2} \d+, 2026<', page)
    assert not re.search(r">2026-\d\d-\d\d<", page)


def test_a_decided_exception_grows_no_older(browser, database):
    with database.begin() as connection:
        connection.execute(
            text("update book_exception set opened_on = '2026-08-01', status = 'resolved',"
                 " resolution = 'noted', because = 'Seen', resolved_by = 'rule',"
                 " resolved_at = '2026-08-06 03:30Z' where id = 1")
        )  # fmt: skip
    page = browser(Role.TREASURER).get("/exceptions", params={"status": "resolved"}).text
    row = page.split('href="/exceptions/1"')[1].split("</tr>")[0]
    assert '<td class="num">4</td>' in row  # at the committee it was still August 5


def test_a_payment_is_traced_in_its_own_currency(browser, database):
    with database.begin() as connection:
        number = connection.scalar(
            text("update stripe_charge set currency = 'eur', captured_cents = 12345"
                 " where id = (select min(id) from stripe_charge) returning id")
        )  # fmt: skip
    page = browser(Role.TREASURER).get("/trace", params={"what": number}).text
    assert "123.45 EUR" in page
    assert "$123.45" not in page


def test_each_open_pledge_leads_to_what_happened_to_it(browser, database):
    is_open = """from pledge p where amount_cents > coalesce((select sum(a.amount_cents)
        from allocation a where a.pledge_id = p.id and a.tier = 'confirmed'), 0)"""
    client = browser(Role.TREASURER)
    assert 'href="/pledges"' in client.get("/books").text
    shown = re.findall(r'href="/trace\?what=(PL-T\d+)"', client.get("/pledges").text)
    with database.connect() as connection:
        refs = connection.scalars(text(f"select ref {is_open} order by due_on, id")).all()
    assert shown == list(refs)
    assert "Call" in client.get("/trace", params={"what": shown[0]}).text
    with database.begin() as connection:
        connection.execute(text("update pledge set status = 'written_off'"))
    assert "No pledge is open" in client.get("/pledges").text


def test_publishing_a_plan_needs_prefect_and_approves_nothing_without_it(browser, database):
    with database.begin() as connection:
        connection.execute(text("update plan set status = 'draft', published_at = null"))
    answer = browser(Role.FINANCE_DIRECTOR).post("/plans/1/publish")
    assert answer.status_code == 503
    assert one(database, "select status from plan")[0] == "draft"


def test_a_list_that_calls_rest_on_is_not_taken_back(browser, database, world):
    answer = browser(Role.FINANCE_DIRECTOR).post(f"/lists/{world.batch_id}/undo")
    assert answer.status_code in (303, 409)
    kept = one(database, "select count(*) from donor")[0]
    assert kept == len(world.donors)


def test_sums_of_several_currencies_stand_apart(browser, database):
    sums = {"charged_cents": 1_250, "open_cents": 0}
    totals = {**sums, "currency": "usd", "other_currencies": {"eur": {"charged_cents": 3_050}}}
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into reconciliation (first_day, last_day, input_hash, output_hash, ran_at, "
                "result) values ('2026-10-01', '2026-10-02', 'a', 'b', now(), cast(:r as jsonb))"
            ),
            {"r": json.dumps({"totals": totals, "invariants": []})},
        )
        connection.execute(
            text(
                "insert into book_exception (kind, subject, amount_cents, currency, reason, "
                "opened_on, status) values ('overpayment', 'charge:eur', 7700, 'eur', 'much', "
                "'2026-10-01', 'open')"
            )
        )
    client = browser(Role.TREASURER)
    page = client.get("/books").text
    assert re.findall(r'aria-label="Sums in (\w+)"', page) == ["USD", "EUR"]
    assert "$12.50" in page
    assert "30.50 EUR" in page
    assert "77.00 EUR and $" in page
    assert "77.00 EUR and $" in client.get("/today").text


def test_the_banks_newest_lines_come_first(browser):
    client = browser(Role.TREASURER)
    lines = ("2026-10-05,1.00,A,dep-a", "2026-10-06,2.00,B,dep-b", "2026-10-06,3.00,C,dep-c")
    statement = "\n".join(("date,amount,description,reference", *lines))
    client.post("/bank", files={"file": ("bank.csv", statement, "text/csv")})
    assert re.findall(r"dep-\w", client.get("/bank").text) == ["dep-c", "dep-b", "dep-a"]


def test_pledges_that_may_fit_come_by_reference_then_address_then_amount(browser, database):
    """Of those that share the last name or the amount alone, the nearest amount first."""
    fitting = {"F-REF": (900, "A"), "F-MAIL": (800, "B"), "F-SUM": (7_700, "C"), "F-NAME": (1, "Z")}
    with database.begin() as connection:
        connection.execute(text("update pledge set status = 'cancelled'"))
        for ref, (cents, last_name) in reversed(fitting.items()):
            connection.execute(
                text("""insert into pledge (ref, source, amount_cents, currency, pledged_on,
                    last_name, email, status, created_at) values (:ref, 'file:x', :cents, 'usd',
                    date '2026-10-01', :last_name, :email, 'open', now())"""),
                {
                    "ref": ref,
                    "cents": cents,
                    "last_name": last_name,
                    "email": f"{ref.lower()}@example.org",
                },
            )
        connection.execute(
            text("""with payment as (
                    update stripe_charge set payer_email = 'f-mail@example.org',
                        payer_name = 'Q Z', pledge_ref = 'F-REF', captured_cents = 7700
                    where id = (select max(id) from stripe_charge) returning id)
                update book_exception set subject = 'charge:' || payment.id
                from payment where book_exception.id = 1""")
        )
    page = browser(Role.TREASURER).get("/exceptions/1").text
    shown = re.findall("|".join(fitting), page.split("Pledges that may fit", 1)[-1])
    assert list(dict.fromkeys(shown)) == list(fitting)


@pytest.mark.parametrize(("proof", "row"), [(7, "re_shown"), (8, "du_shown")])
def test_the_proofs_of_refunds_and_of_disputes_show_theirs(browser, database, proof, row):
    with database.begin() as connection:
        connection.execute(
            text("""insert into stripe_refund (id, charge, status, amount_cents, currency,
                    created_at, raw, fetched_at) values ('re_shown', 'ch_1', 'succeeded', 700,
                    'usd', '2026-10-01T12:00Z', '{}', now())""")
        )
        connection.execute(
            text("""insert into stripe_dispute (id, charge, status, amount_cents, currency,
                    created_at, raw, fetched_at) values ('du_shown', 'ch_1', 'lost', 700, 'usd',
                    '2026-10-01T12:00Z', '{}', now())""")
        )
        run = connection.scalar(text("select id from reconciliation"))
    page = browser(Role.TREASURER).get(f"/books/{run}/proof/{proof}").text
    assert re.findall(r"\b(?:re|du)_shown", page) == [row]


def test_pledges_by_age_leave_out_what_is_paid_and_suggest_no_more_than_is_open(browser, database):
    """Of two pledges of $50 one is paid; of the other $30 are given up, $20 open, $50 suggested."""
    with database.begin() as connection:
        pledges = connection.scalars(
            text("select pledge_id from allocation order by id limit 2")
        ).all()
        connection.execute(
            text("delete from allocation where pledge_id <> all(:p)"), {"p": pledges}
        )
        connection.execute(text("update pledge set status = 'cancelled'"))
        for pledge, tier, given_up in zip(
            pledges, ("confirmed", "suggested"), (0, 3_000), strict=True
        ):
            connection.execute(
                text("""with paid as (update allocation set amount_cents = 5000, tier = :tier
                        where pledge_id = :pledge)
                    update pledge set status = 'open', amount_cents = 5000, due_on = null,
                        written_off_cents = :given_up where id = :pledge"""),
                {"pledge": pledge, "tier": tier, "given_up": given_up},
            )
    page = browser(Role.TREASURER).get("/books").text
    (row,) = re.findall(r"<tr><td>Not due yet</td>(.*)</tr>", page)
    assert re.findall(r">([^<]+)<", row) == ["1", "$20.00", "$20.00"]
