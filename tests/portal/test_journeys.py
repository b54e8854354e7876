"""One journey a role, from sign-in to result, in Chromium over the sandbox's campaign.

Each journey stands on what those before it leave behind, and makes what it needs where they did not
run; whichever is asked for after a later one, the story begins anew.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from campaign.roles import Role
from tests.portal.chromium import CHROMIUM, served
from tests.portal.story import AFTERNOON, PASSWORD, RunsAtOnce, Story
from tests.support.databases import TEMPLATE, lay

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium can be found"),
]
ENDINGS = {
    "n": "no_answer", "l": "left_message", "r": "refused", "b": "busy", "h": "not_home",
    "w": "wrong_number", "d": "disconnected", "g": "language_barrier", "x": "deceased",
    "o": "do_not_call", "v": "contributed",
}  # fmt: skip


@contextmanager
def begun(cluster: str, chromium, folder: Path) -> Iterator[Story]:
    """The stage: a committee with three teams, invented donors, Stripe, a bank, and the portal."""
    from campaign.campaign_file import read_campaign_file
    from cli.demo_play import Play
    from config.clock import now
    from config.settings import settings
    from sandbox.population import make_population
    from sandbox.stripe_server import serve
    from sandbox.world import World
    from store import campaigns
    from store import session as store_session

    name = f"t_{uuid4().hex[:12]}"
    url = lay(cluster, name, TEMPLATE)
    clock = folder / "clock"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for key, value in {
            "PLEDGELINE_HOME": str(folder / "home"),
            "PLEDGELINE_DATABASE_URL": url,
            "PLEDGELINE_CLOCK_FILE": str(clock),
            "PLEDGELINE_STRIPE_RATE": "500",
            "STRIPE_API_KEY": "sk_test_sandbox",
        }.items():
            patch.setenv(key, value)
        population = make_population(seed=7, donors=900)
        world = World(seed=7, population=population, clock_file=clock)
        world.advance(AFTERNOON)
        with serve(world) as stripe:
            patch.setenv("STRIPE_API_BASE", stripe.url)
            settings.cache_clear()
            store_session.forget()
            play = Play(world)
            told = read_campaign_file(
                play.write_campaign_file(folder / "campaign.toml"),
                roles=[role.value for role in Role],
            )
            with store_session.unit_of_work() as session:
                campaigns.apply(session, told, now())
            flows = RunsAtOnce()
            flows.install(patch)
            with served(patch) as site:
                made = Story(site, world, play, store_session.engine(), chromium, flows, folder)
                yield made
                for context in made.contexts:
                    context.close()
        store_session.forget()
    settings.cache_clear()
    with psycopg.connect(cluster.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")
    assert made.faults == []


class Stories:
    """The story as far as it was told; whoever asks for an earlier part hears it from the start."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Story]]) -> None:
        self.begin, self.stage, self.line = begin, ExitStack(), 0
        self.told: Story | None = None

    def at(self, line: int) -> Story:
        """Return the story before the part that stands in this line of the file."""
        if self.told is None or line <= self.line:
            self.stage.close()
            self.told = self.stage.enter_context(self.begin())
        self.line = line
        return self.told


@pytest.fixture(scope="module")
def stories(cluster: str, chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stories]:
    made = Stories(lambda: begun(cluster, chromium, tmp_path_factory.mktemp("story")))
    with made.stage:
        yield made


@pytest.fixture
def story(stories: Stories, request: pytest.FixtureRequest) -> Story:
    return stories.at(request.function.__code__.co_firstlineno)


def drop_file(page, path: Path) -> None:
    """Let a file fall onto the page, as a hand with a mouse does."""
    content = base64.b64encode(path.read_bytes()).decode()
    transfer = page.evaluate_handle(
        "([name, content]) => { const held = new DataTransfer();"
        " const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));"
        " held.items.add(new File([bytes], name)); return held; }",
        [path.name, content],
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": transfer})


def start_flow(page, *, dry_run: bool = False, **fields: str) -> None:
    """Fill in a flow's form, start it, and see that it completed."""
    for label, value in fields.items():
        page.get_by_label(label.replace("_", " ").capitalize()).fill(value)
    if dry_run:
        page.get_by_label("Dry run").check()
    page.locator("main form .form-end button").first.click()
    page.wait_for_url("**/runs/*-*-*-*")
    assert "Completed" in page.locator("main").inner_text(), page.locator("main").inner_text()


def test_a_director_brings_a_list_and_publishes_a_plan(story: Story) -> None:
    page = story.sign_in(Role.FINANCE_DIRECTOR)
    assert page.url.endswith("/today")
    page.get_by_role("link", name="Lists", exact=True).click()
    drop_file(page, story.list_file())
    page.get_by_role("button", name="Look at it").click()
    page.wait_for_url("**/lists/incoming/*")
    assert "ActBlue" in page.locator("main").inner_text()
    assert page.get_by_label("Donor First Name holds").input_value() == "first_name"
    page.get_by_label("Fundraising Page holds").select_option("ignore")
    page.get_by_label("Source code").fill("ACTBLUE")
    page.get_by_label("Campaign").select_option("FALL-26")
    page.get_by_role("button", name="Import").click()
    page.wait_for_selector("text=The import was started")
    assert "Completed" in page.locator("main").inner_text()

    page.get_by_role("link", name="Lists", exact=True).click()
    page.get_by_role("link", name="actblue_paid_contributions.csv").click()
    account = page.locator("main").inner_text()
    assert "expectations met" in account
    assert story.scalar("select quarantined from list_batch") >= 1
    with page.expect_download() as download:
        page.get_by_role("link", name="Take the rows to mend").click()
    assert "torn off" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("link", name="Data Docs").click()
    assert "Expectation" in page.locator("body").inner_text()
    page.get_by_role("link", name="Back to the list").click()

    for day in ("2026-09-09", "2026-09-08"):  # tomorrow, to compare it with today
        page.get_by_role("link", name="Plans", exact=True).click()
        page.get_by_role("link", name="Plan calls").or_(
            page.get_by_role("link", name="Make the first plan")
        ).first.click()
        start_flow(page, dry_run=True, on_day=day)
    assert story.scalar("select count(*) from assignment where status = 'open'") == 0
    page.get_by_role("link", name="Plans", exact=True).click()
    page.get_by_role("link", name="Plan 2", exact=True).click()
    page.get_by_label("Compare with").select_option("1")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_selector("text=Calls, plan 1")
    page.get_by_role("button", name="Approve and publish").click()
    page.wait_for_selector("text=approved and being handed out")
    assert story.scalar("select approved_by from plan where id = 2").startswith("user:")
    assert story.scalar("select count(*) from assignment where status = 'open'") > 12
    assert story.scalar("select count(*) from packet") >= 1


def test_a_caller_makes_calls_of_every_kind_by_keyboard(story: Story) -> None:
    story.be_published()
    page = story.sign_in(Role.CALLER)
    page.wait_for_selector(".dial")
    page.on("dialog", lambda asked: asked.accept())
    for key in ENDINGS:
        with page.expect_navigation(url="**/calls?said=*"):
            page.keyboard.press(key)
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Tomorrow").press("Enter")
    with page.expect_navigation(url="**/calls?said=*"):
        page.get_by_role("button", name="Note callback").press("Enter")

    phone = page.locator(".dial").inner_text()
    page.context.set_offline(True)
    page.keyboard.press("1")
    asked = page.get_by_label("Amount").input_value()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=No connection")
    page.context.set_offline(False)
    page.wait_for_selector("text=The link is on its way")
    assert page.locator(".dial").inner_text() != phone

    made = "from call_attempt where external_id like 'P-%'"
    assert story.scalar(f"select count(*) {made}") == len(ENDINGS) + 2
    assert story.scalar(f"select count(distinct donor_id) {made}") == len(ENDINGS) + 2
    kinds = set(story.scalar(f"select array_agg(distinct call_result) {made}"))
    assert kinds == {*ENDINGS.values(), "callback", "pledged"}
    assert story.scalar("select count(*) from suppression where kind = 'deceased'") == 1
    cents = "select p.amount_cents from pledge p join call_attempt t on t.id = p.call_attempt_id"
    assert story.scalar(f"{cents} where t.external_id like 'P-%'") == float(asked) * 100
    links = "select count(*) from payment_link l join pledge p on p.id = l.pledge_id"
    assert story.scalar(links) >= 1


def test_a_caller_hears_why_there_is_no_call_and_when_there_will_be(story: Story) -> None:
    story.be_published()
    page = story.sign_in(Role.TEAM_LEAD)
    night = datetime(2026, 9, 9, 6, 0, tzinfo=UTC)  # two at night in Columbus
    clock = story.folder / "clock"
    afternoon = clock.read_text(encoding="ascii")
    clock.write_text(night.isoformat(), encoding="ascii")
    try:
        page.goto("/calls")
        said = page.locator("main").inner_text()
        assert "outside of the legal hours" in said or "list is done" in said
        waits = story.scalar(
            "select count(*) from assignment a join team t on t.id = a.team_id"
            f" where t.code = 'HQ' and a.status = 'open' and a.callable_from > '{night}'"
        )
        assert ("The next one may be made" in said) == (waits > 0)
    finally:
        clock.write_text(afternoon, encoding="ascii")


def test_a_vendor_manager_takes_the_packet_and_brings_the_file_back(
    story: Story, tmp_path: Path
) -> None:
    story.be_published()
    page = story.sign_in(Role.VENDOR_MANAGER)
    assert page.url.endswith("/packets")
    with page.expect_download() as download:
        page.get_by_role("link", name="Take the file").first.click()
    packet = tmp_path / "packet.zip.age"
    download.value.save_as(packet)
    results = story.results_of(packet)
    drop_file(page, results)
    page.get_by_role("button", name="Bring it in").click()
    page.wait_for_selector("text=they are being taken in")
    page.wait_for_selector("#accounts td")
    rows = len(results.read_text().splitlines()) - 1
    account = page.locator("#accounts").inner_text()
    assert str(rows) in account
    taken = "from call_attempt c join team t on t.id = c.team_id where t.code = 'BUCKEYE'"
    controls = story.scalar("select sum(p.controls) from packet p join team t on t.id = p.team_id"
                            " where t.code = 'BUCKEYE'")  # fmt: skip
    assert story.scalar(f"select count(*) {taken}") == rows - controls
    assert story.scalar("select sum(exceptions) from result_file") == 0
    page.get_by_role("button", name="Certify").first.click()
    page.wait_for_selector("text=certificate of deletion is noted")


def test_a_treasurer_ties_out_decides_and_submits(story: Story, tmp_path: Path) -> None:
    story.be_paid()
    page = story.sign_in(Role.TREASURER)
    assert page.url.endswith("/today")
    page.get_by_role("link", name="Tie-out", exact=True).click()
    page.get_by_role("link", name="Sync Stripe").first.click()
    start_flow(page, first_day="2026-09-01", last_day="2026-09-25")
    page.get_by_role("link", name="Bank", exact=True).click()
    drop_file(page, story.statement())
    page.get_by_role("button", name="Bring it in").click()
    page.wait_for_selector("text=lines read")
    page.get_by_role("link", name="Tie-out", exact=True).click()
    page.get_by_role("link", name="Reconcile", exact=True).click()
    start_flow(page, first_day="2026-09-01", last_day="2026-09-25")
    page.get_by_role("link", name="Tie-out", exact=True).click()
    assert page.locator(".proof").count() == 13
    page.get_by_role("link", name="Exceptions", exact=True).click()
    row = page.get_by_role("row").filter(has_text="Bank line unknown")
    row.get_by_role("link").click()
    page.get_by_label("Because").fill("Of another account, the bank says")
    page.get_by_role("button", name="Keep decision").click()
    page.wait_for_selector("text=Decided; the next")
    assert story.scalar("select because from book_exception where status = 'resolved'")

    page.get_by_role("link", name="Suggestions", exact=True).click()
    offered = page.locator("input[name=ids]").count()
    if offered:  # how many there are is chance: test_browser.py has some in any case
        page.get_by_role("button", name="All or none").click()
        page.get_by_label("Why", exact=True).fill("Asked the donors")
        page.get_by_role("button", name="Confirm chosen").click()
        page.wait_for_selector(f"text={offered} confirmed")

    page.get_by_role("link", name="Reports", exact=True).click()
    page.get_by_role("link", name="New package").or_(
        page.get_by_role("link", name="Draw up the first")
    ).first.click()
    start_flow(page, first_day="2026-09-01", last_day="2026-09-25")
    page.get_by_role("link", name="Reports", exact=True).click()
    page.get_by_role("link", name="TR-2026-09-01").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="treasurer-report.pdf").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="Processor fees").click()
    page.wait_for_selector("text=The rows behind it")
    page.go_back()
    page.get_by_role("button", name="Submit for signature").click()
    page.wait_for_selector("text=Submitted; a reviewer")


def submitted(story: Story) -> str:
    """Return a package that waits for a signature; it is drawn up where none does."""
    found = story.scalar("select code from report where status = 'submitted'")
    if found is None:
        from tasks.sealing import submit_report

        story.be_reported("2026-09-01", "2026-09-25")
        found = story.scalar("select code from report where status = 'draft'")
        submit_report(found)
    return str(found)


def test_a_reviewer_checks_a_sample_and_signs(story: Story) -> None:
    code = submitted(story)
    page = story.sign_in(Role.REVIEWER)
    assert page.url.endswith("/today")
    assert "waits for your signature" in page.locator("main").inner_text()
    page.locator(f'a[href="/reports/{code}"]').first.click()
    page.get_by_role("link", name="Audit sample").click()
    page.get_by_label("How many").fill("3")
    page.get_by_label("Seed").fill("11")
    page.get_by_role("button", name="Draw").click()
    page.wait_for_url("**/sample?size=3&seed=11")
    first = page.locator("main h2").first.inner_text()
    page.get_by_role("button", name="It differs").first.click()
    page.wait_for_selector("text=Say what differs")
    page.get_by_label("What you found").first.fill("Receipt, call and bank line seen")
    page.get_by_role("button", name="It fits").first.click()
    page.wait_for_selector("text=1 checked so far")
    assert page.locator("main h2").first.inner_text() == first
    assert story.scalar("select outcome from sample_finding") == "fits"

    page.get_by_role("link", name="The report").click()
    page.get_by_label("Your password, once more").fill("not it")
    page.get_by_role("button", name="Sign and seal").click()
    page.wait_for_selector("text=nothing was signed")
    page.get_by_label("Your password, once more").fill(PASSWORD)
    page.get_by_role("button", name="Sign and seal").click()
    page.wait_for_selector("text=Signed and sealed")
    page.get_by_role("button", name="Verify the seal").click()
    page.wait_for_selector("text=as they were signed")
    assert story.scalar("select signed_by from report where status = 'signed'") == (
        "reviewer@rivera.example"
    )
