"""A campaign that people run in the browser, over the sandbox's donors, Stripe, bank and centres.

Flows run at once in this process, as the command line runs them: what is tested here is what people
do and see. That Prefect's server is asked rightly is tested in test_runs.py.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyotp
from sqlalchemy import Engine, text

from campaign.errors import PledgelineError
from campaign.requests import AllocateRequest, CollectRequest, ImportRequest, PublishRequest
from campaign.roles import Role
from cli.demo_play import Play
from config.clock import real_now
from config.settings import settings
from gateways.sealed_packets import unseal
from portal import runs
from portal.startable import Startable, startable
from sandbox.world import World
from store import callers
from store.session import unit_of_work
from store.users import add_user, all_users, set_password, user_by_id
from tests.portal.chromium import PATIENCE

PASSWORD = "a calm and long sentence"
AFTERNOON = datetime(2026, 9, 8, 18, 0, tzinfo=UTC)  # two o'clock in Columbus
EVENING = AFTERNOON.replace(hour=23)
TEAMS = {Role.CALLER: "HQ", Role.TEAM_LEAD: "HQ", Role.VENDOR_MANAGER: "BUCKEYE"}


def _flow(name: str) -> Any:
    from importlib import import_module

    module = name.replace("-", "_")
    return getattr(import_module(f"flows.{module}"), module)


class RunsAtOnce:
    """Prefect's part: a flow that is asked for runs at once, and is remembered."""

    def __init__(self) -> None:
        self.kept: dict[str, runs.Run] = {}

    def start(self, flow: Startable, request: Any, by: str) -> str:
        """Run a flow to its end; return its id."""
        run_id, state, message = str(uuid4()), "Completed", ""
        try:
            _flow(flow.name).fn(request)
        except PledgelineError as error:
            state, message = "Failed", str(error)
        self.kept[run_id] = runs.Run(
            run_id, f"by {by}", flow.name, state, message, real_now(), real_now(), 1.0,
            {"request": request.model_dump(mode="json")},
        )  # fmt: skip
        return run_id

    def install(self, monkeypatch: Any) -> None:
        """Stand in for Prefect in the portal."""
        stand_ins = {
            "start": self.start,
            "one": self.kept.__getitem__,
            "recent": lambda limit=30: list(self.kept.values())[::-1][:limit],
            "schedules": list,
            "log_of": lambda run_id: [],
            "is_connected": lambda: True,
            "require_connection": lambda: None,
        }
        for name, stand_in in stand_ins.items():
            monkeypatch.setattr(runs, name, stand_in)


@dataclass
class Story:
    """The stage, and who is on it."""

    site: str
    world: World
    play: Play
    engine: Engine
    chromium: Any
    runs: RunsAtOnce
    folder: Path
    faults: list[str] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)

    def scalar(self, statement: str) -> Any:
        """Return one value of the books."""
        with self.engine.connect() as connection:
            return connection.scalar(text(statement))

    def sign_in(self, role: Role) -> Any:
        """Sign a person in: password, and a second factor that is set up on the first day."""
        email = f"{role.value}@rivera.example"
        secret = ""
        with unit_of_work() as session:
            known = {user.email: user.id for user in all_users(session)}
            user_id = known.get(email) or add_user(
                session, email=email, name=role.value.replace("_", " ").title(),
                roles=[role.value], team=TEAMS.get(role), now=real_now(),
            )  # fmt: skip
            set_password(session, user_id, PASSWORD)
            if agent := user_by_id(session, user_id).agent:
                agent_id = callers.caller(session, TEAMS[role], agent)
                callers.certify(session, agent_id, "FALL-26", date(2026, 11, 3), AFTERNOON)
        context = self.chromium.new_context(base_url=self.site, accept_downloads=True)
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("/")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "/sign-in" not in address)
        if "/second-factor" in page.url:
            page.get_by_text("Cannot scan?").click()
            secret = page.locator("details .mono").inner_text().replace(" ", "")
            page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
            page.keyboard.press("Enter")
        page.wait_for_selector("nav")
        return page

    # What happened before a person's journey, where the journeys before it were not made ----

    def list_file(self) -> Path:
        """Return a list of the population as a fundraising page exports it, two rows spoilt."""
        path = self.folder / "lists" / "actblue_paid_contributions.csv"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            self.world.population.write_lists(path.parent)
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            width = len(next(csv.reader([lines[0]])))
            lines += ["," * (width - 1), "torn off in the middle"]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def be_published(self) -> None:
        """Have a list imported and a plan handed out."""
        if self.scalar("select count(*) from plan where status = 'published'"):
            return
        request = ImportRequest(path=str(self.list_file()), source="ACTBLUE", campaign="FALL-26")
        _flow("import-donors").fn(request)
        _flow("allocate-calls").fn(AllocateRequest(campaign="FALL-26"))
        _flow("publish-assignments").fn(PublishRequest(campaign="FALL-26"))

    def results_of(self, packet: Path) -> Path:
        """Open a packet as the call centre does, call everybody, and write the results down."""
        centre = next(one for one in self.play.centres if one.code == "BUCKEYE")
        calls = unseal(packet, str(centre.identity))["calls.csv"].decode()
        results = self.folder / "results.csv"
        if not results.exists():
            rows = list(csv.DictReader(io.StringIO(calls)))
            centre.crew.write_results(rows, results, AFTERNOON, EVENING, attempt=1)
        if self.world.now < EVENING:
            self.world.advance(EVENING)
        return results

    def be_called(self) -> None:
        """Have the call centre's results taken in."""
        self.be_published()
        if self.scalar("select count(*) from call_attempt c join team t on t.id = c.team_id"
                       " where t.code = 'BUCKEYE'"):  # fmt: skip
            return
        from campaign.requests import ResultsRequest

        packet = settings().home / self.scalar("select path from packet p join team t on "
                                         "t.id = p.team_id where t.code = 'BUCKEYE'")  # fmt: skip
        _flow("record-results").fn(
            ResultsRequest(team="BUCKEYE", path=str(self.results_of(packet)))
        )

    def be_paid(self) -> None:
        """Let links go out, donors pay, and Stripe pay out."""
        self.be_called()
        if self.scalar("select count(*) from bank_line"):
            return
        _flow("collect-pledges").fn(CollectRequest())
        self.world.donors_pay(settings().home / "files" / "outbox")
        self.world.advance(AFTERNOON.replace(day=25) - self.world.now)

    def be_reported(self, first_day: str, last_day: str) -> None:
        """Have the days' books fetched, tied out and drawn up."""
        self.be_paid()
        for name in ("sync-stripe", "reconcile-pledges", "report-compliance"):
            flow = startable(name)
            asked = {"first_day": first_day, "last_day": last_day}
            _flow(name).fn(flow.request.model_validate(asked))

    def statement(self) -> Path:
        """Return the bank's statement, with a line that is nobody's payout."""
        path = self.folder / "bank.csv"
        self.world.bank.write_csv(path)
        with path.open(encoding="utf-8", newline="") as file:
            header, first, *_ = [*csv.reader(file), ["", "", "", ""]]
        line = dict(zip(header, first, strict=True))
        line |= {"date": "2026-09-20", "amount": "12.50", "description": "STRIPE TRANSFER",
                 "reference": "po_of_nobody"}  # fmt: skip
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, header, lineterminator="\n").writerow(line)
        return path
