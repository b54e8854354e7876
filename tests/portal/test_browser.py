"""Each role's main way through the portal, in Chromium, with the accessibility of every page."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import text

from campaign.roles import Role
from store.session import unit_of_work
from store.users import set_password
from tests.portal.chromium import CHROMIUM
from tests.portal.world import TOTP_SECRET

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium can be found"),
]
PASSWORD = "a calm and long sentence"
DETAILS = {
    Role.FINANCE_DIRECTOR: ["/campaigns/FALL-26", "/plans/1", "/lists/1", "/find?q=s", "/find",
                            "/runs/start/reconcile-pledges"],
    Role.TREASURER: ["/books/1/proof/6", "/exceptions/1", "/trace?what=ch_1", "/pledges",
                     "/reports/TR-2026-09-24-2026-10-07-1"],
    Role.COMPLIANCE_OFFICER: ["/rules?table=state_calling_hours"],
}  # fmt: skip


def give_password(world, role) -> None:
    with unit_of_work() as session:
        set_password(session, world.users[role], PASSWORD)


def sign_in(visit, world, role):
    give_password(world, role)
    page = visit(None, "/")
    page.get_by_label("E-mail").fill(f"{role.value}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/second-factor")
    page.get_by_label("Code").fill(pyotp.TOTP(TOTP_SECRET).now())
    page.keyboard.press("Enter")
    page.wait_for_selector("nav")
    return page


def scalar(database, statement):
    with database.connect() as connection:
        return connection.scalar(text(statement))


def test_a_director_signs_in_and_brings_a_list(visit, world, database, tmp_path):
    page = sign_in(visit, world, Role.FINANCE_DIRECTOR)
    assert page.url.endswith("/today")
    page.get_by_role("link", name="Lists", exact=True).click()
    file = tmp_path / "spring.csv"
    file.write_text("First name,Last name,Phone\nAda,Alder,(415) 555-0101\n")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Look at it").click()
    page.wait_for_url("**/lists/incoming/*")
    assert page.get_by_label("Phone holds").input_value() == "phone"
    page.get_by_role("link", name="Plans", exact=True).click()
    page.get_by_role("link", name="Plan 1").click()
    assert "Spanish-speaking hour" in page.content()


def test_a_caller_makes_ten_calls_by_keyboard_alone(visit, database):
    page = visit(Role.CALLER, "/calls")
    page.on("dialog", lambda asked: asked.accept())
    keys = ["n", "l", "r", "b", "h", "w", "d", "g", "o"]
    for key in keys:
        with page.expect_navigation(url="**/calls?said=*"):
            page.keyboard.press(key)
    page.keyboard.press("2")
    assert page.get_by_label("Amount").input_value() == "250.00"
    page.keyboard.press("Enter")
    page.wait_for_selector("text=of $250.00 recorded")
    statement = "select count(*) from call_attempt where external_id like 'P-%'"
    assert scalar(database, statement) == len(keys) + 1
    statement = "select amount_cents from pledge order by id desc limit 1"
    assert scalar(database, statement) == 25_000


@pytest.mark.parametrize("key", [pytest.param("x", id="died"), pytest.param("o", id="opt-out")])
def test_what_nobody_takes_back_is_asked_for_twice(visit, database, key):
    page = visit(Role.CALLER, "/calls")
    made = "select count(*) from call_attempt where external_id like 'P-%'"
    answers = [True, False]  # the last is given first
    page.on("dialog", lambda asked: asked.accept() if answers.pop() else asked.dismiss())
    page.keyboard.press(key)
    page.reload()
    assert scalar(database, made) == 0
    with page.expect_navigation(url="**/calls?said=*"):
        page.keyboard.press(key)
    assert scalar(database, made) == 1
    assert answers == []


def test_a_call_that_another_tab_ended_leads_to_the_next(visit, database):
    page = visit(Role.CALLER, "/calls")
    other = page.context.new_page()
    other.goto("/calls")
    shown = other.locator(".dial").inner_text()
    with page.expect_navigation(url="**/calls?said=*"):
        page.keyboard.press("b")
    other.keyboard.press("r")
    other.locator("#live a").click()
    other.wait_for_selector(".dial")
    assert other.locator(".dial").inner_text() != shown
    assert scalar(database, "select count(*) from call_attempt where external_id like 'P-%'") == 1


def test_a_call_is_handed_to_a_colleague_by_keyboard(visit, world, database):
    page = visit(Role.CALLER, "/calls")
    page.keyboard.press("z")
    page.wait_for_selector("#f-to option:nth-child(2)", state="attached")
    page.get_by_label("To whom").select_option(label="Lena Ford")
    page.get_by_role("button", name="Hand call back").press("Enter")
    page.wait_for_selector("text=your colleague's next call")
    held = "select count(*) from assignment a join agent g on g.id = a.agent_id"
    assert scalar(database, f"{held} where g.name = 'Lena Ford' and a.status = 'handed_out'") == 1


def test_questions_are_answered_by_keyboard_and_go_with_the_result(visit, database):
    page = visit(Role.CALLER, "/calls")
    page.keyboard.press("q")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.get_by_label("How many voters").fill("2")
    page.get_by_label("What should we know").press("Enter")  # ends no call
    page.get_by_label("What should we know").fill("Speaks for two")
    page.keyboard.press("Escape")
    with page.expect_navigation(url="**/calls?said=*"):
        page.keyboard.press("r")
    told = "select answers -> 'survey' from call_attempt where external_id like 'P-%'"
    assert scalar(database, told) == {
        "top_issue": "schools", "volunteers": "yes", "voters": "2", "wish": "Speaks for two",
    }  # fmt: skip


def test_without_script_a_call_ends_as_it_was_ended_and_keeps_its_answers(visit, database):
    page = visit(Role.CALLER, "/calls", java_script_enabled=False)
    made = "from call_attempt where external_id like 'P-%'"
    page.get_by_label("health care").check()
    page.get_by_label("Amount").fill("50")
    page.get_by_label("Amount").press("Enter")
    assert scalar(database, f"select count(*) {made}") == 0
    page.get_by_role("button", name="Record the pledge").click()
    page.wait_for_selector("text=of $50.00 recorded")
    asked = page.get_by_role("group", name="Would you give an evening")
    asked.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Left a message").click()
    page.wait_for_selector("text=Recorded: left a message")
    told = f"select array_agg(call_result || (answers ->> 'survey') order by id) {made}"
    assert scalar(database, told) == [
        'pledged{"top_issue": "health care"}', 'left_message{"volunteers": "no"}',
    ]  # fmt: skip


def test_a_pledge_beyond_the_limit_cannot_even_be_sent(visit, database):
    page = visit(Role.CALLER, "/calls")
    page.keyboard.press("p")
    page.keyboard.type("999999")
    page.keyboard.press("Enter")
    assert not page.get_by_label("Amount").evaluate("field => field.checkValidity()")
    assert scalar(database, "select count(*) from pledge where source = 'portal'") == 0


def test_a_result_survives_a_lost_connection_and_counts_once(visit, database):
    page = visit(Role.CALLER, "/calls")
    before = page.locator(".dial").get_attribute("href")
    page.context.set_offline(True)
    page.keyboard.press("n")
    page.wait_for_selector("text=No connection")
    page.context.set_offline(False)
    page.wait_for_function(
        "before => document.querySelector('.dial')?.getAttribute('href') !== before", arg=before
    )
    statement = "select count(*) from call_attempt where external_id like 'P-%'"
    assert scalar(database, statement) == 1


def test_a_result_told_while_signed_out_goes_out_after_signing_in(visit, world, database):
    give_password(world, Role.CALLER)
    with database.begin() as connection:
        connection.execute(text("update portal_session set revoked_at = null"))
    page = visit(Role.CALLER, "/calls")
    with database.begin() as connection:
        connection.execute(text("update portal_session set revoked_at = now()"))
        connection.execute(text("update app_user set totp_secret = null, totp_confirmed_at = null"))
    page.keyboard.press("n")
    page.wait_for_url(lambda url: "/sign-in" in url)
    page.get_by_label("E-mail").fill("caller@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Recorded: no answer")
    statement = "select count(*) from call_attempt where external_id like 'P-%'"
    assert scalar(database, statement) == 1


def test_a_vendor_takes_the_packet_and_brings_results(visit, world, database, home, tmp_path):
    sealed = home / "files" / "packets" / "x.zip.age"
    sealed.parent.mkdir(parents=True)
    sealed.write_bytes(b"sealed")
    with database.begin() as connection:
        connection.execute(
            text("update packet set path = :path"), {"path": "files/packets/x.zip.age"}
        )
    page = visit(Role.VENDOR_MANAGER, "/packets")
    with page.expect_download() as download:
        page.get_by_role("link", name="Take the file").click()
    assert Path(download.value.path()).read_bytes() == b"sealed"
    results = tmp_path / "results.csv"
    results.write_text(
        "packet_row_id,call_id,agent,started_at,duration_seconds,disposition\n"
        "abc,c-1,a1,2026-10-07T13:00:00-06:00,30,no_answer\n"
    )
    page.set_input_files("input[type=file]", results)
    page.get_by_role("button", name="Bring it in").click()
    page.wait_for_selector("text=1 row received")


def test_a_treasurer_decides_and_a_reviewer_signs(visit, world, database, home):
    from tests.portal.packages import draw_up

    code = draw_up(database, home, world)
    with database.begin() as connection:
        connection.execute(text("update report set status = 'draft', submitted_by = null"))
    page = visit(Role.TREASURER, "/exceptions")
    page.get_by_role("link", name="Unknown bank line", exact=True).click()
    page.get_by_label("Because").fill("Seen at the bank")
    page.get_by_role("button", name="Keep decision").click()
    page.wait_for_selector("text=Decided")
    page.goto("/suggestions")
    page.get_by_role("button", name="All or none").click()
    page.get_by_label("Why", exact=True).fill("Asked the donor")
    page.get_by_role("button", name="Confirm chosen").click()
    page.wait_for_selector("text=confirmed; the next")
    page.goto(f"/reports/{code}")
    with page.expect_download() as download:
        page.get_by_role("link", name="tie-out.csv").click()
    assert Path(download.value.path()).read_text().startswith("figure")
    page.get_by_role("button", name="Submit for signature").click()
    page.wait_for_selector("text=Submitted; a reviewer")
    reviewer = sign_in(visit, world, Role.REVIEWER)
    reviewer.goto(f"/reports/{code}")
    reviewer.get_by_label("Your password, once more").fill(PASSWORD)
    reviewer.get_by_role("button", name="Sign and seal").click()
    reviewer.wait_for_selector("text=Signed and sealed")
    assert scalar(database, "select signed_by from report") == "reviewer@example.org"


def test_a_refused_form_keeps_what_was_typed_and_says_why_beside_it(visit, database):
    page = visit(Role.COMPLIANCE_OFFICER, "/suppression")
    page.get_by_label("Telephone number or e-mail").first.fill("not a number")
    page.get_by_label("Note").fill("by letter of October 3")
    page.get_by_role("button", name="Suppress at once").click()
    page.wait_for_selector("[role=alert] >> text=neither a telephone number nor an e-mail")
    assert page.get_by_label("Note").input_value() == "by letter of October 3"
    page.get_by_label("Telephone number or e-mail").first.fill("(415) 555-0188")
    page.get_by_role("button", name="Suppress at once").click()
    page.wait_for_selector("text=It was withdrawn from every queue")
    page.get_by_label("Telephone number or e-mail").last.fill("(415) 555-0188")
    page.get_by_role("button", name="Look up").click()
    page.wait_for_selector("text=Opt out since")


def test_a_form_without_a_connection_says_so_and_goes_out_on_the_next_press(visit, database):
    page = visit(Role.COMPLIANCE_OFFICER, "/suppression")
    page.get_by_label("Telephone number or e-mail").first.fill("(415) 555-0189")
    page.context.set_offline(True)
    page.get_by_role("button", name="Suppress at once").click()
    page.wait_for_selector("text=nothing was changed")
    page.context.set_offline(False)
    page.get_by_role("button", name="Suppress at once").click()
    page.wait_for_selector("text=It was withdrawn from every queue")
    assert (
        scalar(database, "select count(*) from suppression where phone_e164 = '+14155550189'") == 1
    )


def test_a_wide_table_is_a_list_on_a_phone_and_stays_a_table_for_a_screen_reader(visit):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    page = visit(Role.TREASURER, "/exceptions", **phone)
    cell = page.get_by_role("cell").filter(has_text="Unknown bank line").first
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"What"'
    assert page.get_by_role("table").count() == 1
    box = page.locator(".table-scroll").first
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_on_a_phone_the_day_by_which_a_gift_must_go_back_is_in_sight(visit, database):
    with database.begin() as connection:
        connection.execute(
            text("update stripe_charge set captured_cents = 500000, amount_cents = 500000"
                 " where id = (select min(id) from stripe_charge)")
        )  # fmt: skip
    page = visit(Role.TREASURER, "/clocks", viewport={"width": 320, "height": 800})
    told = page.get_by_text("redesignate, reattribute or refund by").first
    assert told.evaluate("told => told.getBoundingClientRect().right < innerWidth")


def test_the_way_of_a_payment_keeps_to_its_columns_and_prints_without_its_form(visit, database):
    with database.connect() as connection:
        payment = connection.scalar(text("select min(id) from stripe_charge"))
    address = f"/trace?what={payment}"
    page = visit(Role.TREASURER, address, viewport={"width": 1000, "height": 800})
    over = page.locator(".way li time").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().right"
        " > one.closest('li').getBoundingClientRect().right + 1).length"
    )
    assert over == 0
    asks = page.locator(".card", has=page.locator("form"))
    assert asks.is_visible()
    page.emulate_media(media="print")
    assert not asks.is_visible()
    assert page.locator(".way").is_visible()


def test_a_caller_reads_plain_words_and_sees_every_ending_without_scrolling(visit):
    page = visit(Role.CALLER, "/calls", viewport={"width": 1280, "height": 800})
    told = page.locator("main").inner_text()
    assert "Gave last year, not yet this year" in told
    assert "YBUNT" not in told
    endings = page.locator(".call-ended button[name=disposition]")
    assert endings.count() == 11
    for place in (endings.last, page.get_by_role("button", name="Record the pledge")):
        box = place.bounding_box()
        assert box["y"] + box["height"] <= 830, "below the fold"


def test_a_table_sorts_filters_and_exports(visit):
    page = visit(Role.COMPLIANCE_OFFICER, "/rules?table=recording_consent")
    page.get_by_role("button", name="State", exact=True).click()
    page.get_by_role("button", name="State", exact=True).click()
    states = page.locator("tbody tr td:first-child").all_inner_texts()
    assert states == sorted(states, reverse=True)
    page.get_by_role("searchbox").fill("CA")
    assert 0 < page.locator("tbody tr:visible").count() < len(states)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert "State" in Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()[0]


def test_an_export_holds_days_and_sums_as_a_spreadsheet_reads_them(visit):
    page = visit(Role.FINANCE_DIRECTOR, "/campaigns/FALL-26")
    page.get_by_text("As a table").click()
    assert "Oct 1, 2026" in page.locator("[data-table='Money by day'] tbody").inner_text()
    with page.expect_download() as download:
        page.locator("[data-table='Money by day']").get_by_role("button", name="Export").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    days = [date.fromisoformat(row.pop("Day")) for row in rows]
    assert date(2026, 10, 1) in days
    sums = [float(cell) for row in rows for cell in row.values()]
    assert max(sums) >= 1000


def test_what_a_table_is_filtered_and_sorted_by_survives_going_back(visit):
    page = visit(Role.COMPLIANCE_OFFICER, "/rules?table=recording_consent")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.get_by_role("button", name="State", exact=True).click()
    page.get_by_role("button", name="State", exact=True).click()
    page.get_by_placeholder("Filter").fill("CA")
    shown = page.locator("tbody tr:visible").all_inner_texts()
    page.get_by_role("link", name="Accounts").or_(
        page.get_by_role("link", name="Audit log")
    ).click()
    page.go_back()
    assert page.get_by_placeholder("Filter").input_value() == "CA"
    assert page.locator("tbody tr:visible").all_inner_texts() == shown


@pytest.mark.parametrize("how", ["signed out", "signed in anew elsewhere"])
def test_what_was_typed_survives_an_ended_session(visit, world, database, how):
    page = sign_in(visit, world, Role.TREASURER)
    page.goto("/exceptions/1")
    page.get_by_label("Because").fill("Called the donor on Tuesday")
    with database.begin() as connection:
        end = "revoked_at = now()" if how == "signed out" else "csrf = 'another'"
        connection.execute(text(f"update portal_session set {end}"))
    page.get_by_role("button", name="Keep decision").click()
    if how == "signed out":
        page.wait_for_url("**/sign-in?next=*")
        page.get_by_text("Your session has ended.").wait_for()
        page.get_by_label("E-mail").fill("treasurer@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_label("Code").wait_for()
        with database.begin() as connection:  # the same half minute's code counts once
            connection.execute(text("update app_user set totp_last_step = null"))
        page.get_by_label("Code").fill(pyotp.TOTP(TOTP_SECRET).now())
        page.keyboard.press("Enter")
        page.wait_for_url("**/exceptions/1")
    page.wait_for_selector("text=What you typed is here again")
    assert page.get_by_label("Because").input_value() == "Called the donor on Tuesday"
    page.get_by_role("button", name="Keep decision").click()
    page.wait_for_selector("text=Decided")


def faults_of(page) -> list[str]:
    """What axe finds against WCAG and its own good practice, whatever its weight."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{page.url}: {fault['id']} {fault['nodes'][0]['html'][:160]}" for fault in found]


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        pytest.param("light", 1280, id="desk"),
        pytest.param("dark", 390, id="phone"),
        pytest.param("dark", 640, id="desk at 200 percent"),
    ],
)
def test_no_page_has_an_accessibility_fault_or_is_wider_than_the_screen(visit, scheme, width):
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    faults: list[str] = []
    seen: set[str] = set()
    for path in ("/sign-in", "/forgotten", "/welcome/x", "/api/v1/docs", "/no"):
        faults += faults_of(visit(None, path, **look))
    for role in Role:
        page = visit(role, "/", **look)
        links = page.locator("nav li a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        for path in {*links, *DETAILS.get(role, []), "/account"} - seen:
            seen.add(path)
            page.goto(path)
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            faults += faults_of(page)
            for across in (width, 320):  # 320 is a desk at 400 percent
                page.set_viewport_size({"width": across, "height": 800})
                overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert overflow <= 0, f"{path} is wider than the screen of {across}"
            page.set_viewport_size({"width": width, "height": 800})
    assert len(seen) > 25
    assert faults == []


def test_what_has_the_focus_keeps_it_when_its_part_is_fetched_anew(visit):
    page = visit(Role.FINANCE_DIRECTOR, "/runs")
    runs = ["<p><a href='/runs/2'>Sync Stripe</a></p>", "<p><a href='/runs/1'>Sync Stripe</a></p>"]
    shown = runs[1:]
    page.route("**/runs/table", lambda route: route.fulfill(body="".join(shown)))
    fetch = "() => htmx.ajax('GET', '/runs/table', {target: '#runs', swap: 'innerHTML'})"
    page.evaluate(fetch)
    page.locator("#runs a").first.focus()
    shown = runs
    page.evaluate(fetch)
    assert page.locator("#runs a").count() == 2
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/runs/1"


def test_the_first_page_is_light_and_does_not_shift(visit):
    page = visit(None, "/health")
    page.context.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "entry => { window.shift += entry.value })).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto("/sign-in", wait_until="networkidle")
    weight = page.evaluate(
        "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
        ".reduce((sum, entry) => sum + entry.transferSize, 0)"
    )
    assert 10_000 < weight < 100_000
    assert page.evaluate("window.shift") == 0


def test_the_whole_way_round_can_be_gone_by_keyboard(visit):
    page = visit(Role.FINANCE_DIRECTOR, "/today")
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim()"))
    for words in ("Skip to content", "Lists", "Plans", "Sign out", "Fall call time"):
        assert any(words in text for text in seen), words
