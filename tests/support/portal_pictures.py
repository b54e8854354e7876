"""Pictures of every page of the portal: wide and narrow, light and dark, over a demo's home.

    pledgeline demo --out demo-out
    python -m tests.support.portal_pictures demo-out/home pictures/

Not a test: whoever changes the looks takes the pictures and looks at them.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from campaign.roles import Role

MOMENT = datetime(2026, 9, 30, 18, 40, tzinfo=UTC)  # an afternoon on which calls may be made
PHONE = {"has_touch": True, "is_mobile": True}
LOOKS: dict[str, dict[str, Any]] = {
    "desk-light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "desk-dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone-light": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"} | PHONE,
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"} | PHONE,
}
_NAMES = {
    Role.FINANCE_DIRECTOR: "Ana Brook",
    Role.TREASURER: "Ruth Okafor",
    Role.REVIEWER: "Tom Vale",
    Role.TEAM_LEAD: "Lena Ford",
    Role.CALLER: "Maria Lopez",
    Role.VENDOR_MANAGER: "Vera Pike",
    Role.COMPLIANCE_OFFICER: "Omar Hill",
    Role.ADMINISTRATOR: "Iris Stone",
}
_TEAMS = {Role.TEAM_LEAD: "HQ", Role.CALLER: "HQ", Role.VENDOR_MANAGER: "BUCKEYE"}
_OPEN = ("/sign-in", "/forgotten", "/welcome/over", "/api/v1/docs", "/nowhere")
# Pages that a link leads to: the first link of each kind is followed.
_DEEPER = re.compile(
    r"^/(campaigns|lists|plans|runs|books/\d+/proof|exceptions|reports|users)/(?!incoming)"
    r"|^/pledges$|^/trace\?|^/rules\?|[?](status|look)="
)


def _prepare(home: Path) -> None:
    """Point this process at the home, with a clock of its own."""
    clock = home / "picture-clock"
    clock.write_text(MOMENT.isoformat(), encoding="utf-8")
    os.environ |= {
        "PLEDGELINE_HOME": str(home),
        "PLEDGELINE_CLOCK_FILE": str(clock),
        "STRIPE_API_KEY": "sk_test_sandbox",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
    }
    for name in ("PLEDGELINE_DATABASE_URL", "PREFECT_API_URL", "PLEDGELINE_MAIL_URL"):
        os.environ.pop(name, None)


def _plan() -> None:
    """Publish a plan for the pictures' day, and leave a draft to compare it with."""
    from campaign.requests import AllocateRequest, PublishRequest
    from flows.allocate_calls import allocate_calls
    from flows.publish_assignments import publish_assignments

    allocate_calls.fn(AllocateRequest(campaign="FALL-26"))
    publish_assignments.fn(PublishRequest(campaign="FALL-26"))


def _accounts() -> dict[Role, str]:
    """Return a session for each role; its account is made when it is missing."""
    from config.clock import real_now
    from store import callers
    from store.portal_sessions import open_session
    from store.session import unit_of_work
    from store.users import add_user, all_users, user_by_id

    cookies = {}
    for role, name in _NAMES.items():
        email = f"{role.value.replace('_', '.')}@rivera.example"
        with unit_of_work() as session:
            known = {user.email: user.id for user in all_users(session)}
            user_id = known.get(email) or add_user(
                session, email=email, name=name, roles=[role.value], team=_TEAMS.get(role),
                now=real_now(),
            )  # fmt: skip
            if agent := user_by_id(session, user_id).agent:
                agent_id = callers.caller(session, "HQ", agent)
                callers.certify(session, agent_id, "FALL-26", MOMENT.date(), MOMENT)
            cookies[role] = open_session(
                session, user_id, is_complete=True, browser="Firefox on Linux", now=real_now()
            )
    return cookies


@contextmanager
def _served() -> Iterator[str]:
    import uvicorn

    from cli.servers import free_port
    from config.settings import settings
    from portal.app import create_app

    port = free_port()
    address = os.environ["PLEDGELINE_PORTAL_URL"] = f"http://127.0.0.1:{port}"
    settings.cache_clear()
    server = uvicorn.Server(uvicorn.Config(create_app(), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield address
    server.should_exit = True
    thread.join(10)


def _file_name(role: str, path: str) -> str:
    return f"{role}-{re.sub(r'[^a-z0-9]+', '-', path.lower()).strip('-') or 'start'}"[:80]


def _kind(path: str) -> str:
    """Return what is alike in the addresses of pages of one kind."""
    path = re.sub(r"(figures/|what=(?:PL)?|table=|start/|proof/).*", r"\1", path)
    return re.sub(r"\d+", "#", re.sub(r"[0-9a-f]{8}-[-0-9a-f]{27}", "U", path))


class Photographer:
    """Goes round with a camera."""

    def __init__(self, opened: Any, site: str, out: Path, looks: list[str], only: str) -> None:
        self.browser, self.site, self.out = opened, site, out
        self.looks, self.only = looks, re.compile(only)
        self.seen: set[tuple[str, str]] = set()

    def tour(self, role: Role | None, cookie: str, paths: list[str]) -> None:
        """Take every page that a role may see, and the first page behind each kind of link."""
        for look in self.looks:
            context = self.browser.new_context(base_url=self.site, **LOOKS[look])
            if cookie:
                context.add_cookies([{"name": "pledgeline", "value": cookie, "url": self.site}])
            page = context.new_page()
            if role is not None:
                page.goto("/")
                found = page.locator("nav li a")
                ways = found.evaluate_all("all => all.map(a => a.getAttribute('href'))")
                paths = self._deepened(page, [*ways, "/account"])
            for path in paths:
                if (look, path) in self.seen:
                    continue
                self.seen.add((look, path))
                name = _file_name(role.value if role else "open", path)
                if self.only.search(name):
                    page.goto(path)
                    page.screenshot(path=self.out / f"{name}.{look}.png", full_page=True)
            context.close()

    def _deepened(self, page: Any, ways: list[str]) -> list[str]:
        found, kinds = list(ways), {_kind(way) for way in ways}
        for way in found:  # grows as it is walked
            page.goto(way)
            links = page.locator("main a").evaluate_all(
                "all => all.map(a => a.getAttribute('href'))"
            )
            for link in links:
                if _DEEPER.search(link) and "/files/" not in link and _kind(link) not in kinds:
                    kinds.add(_kind(link))
                    found.append(link)
        return found


def main(home: Path, out: Path, looks: list[str], only: str) -> None:
    """Take the pictures."""
    _prepare(home.resolve())
    import shutil

    from playwright.sync_api import sync_playwright

    from cli.servers import Servers, free_port
    from cli.up import use_prefect

    out.mkdir(parents=True, exist_ok=True)
    if os.environ.get("PICTURES_PLAN"):
        _plan()
    cookies = _accounts()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with Servers() as servers:
        use_prefect(servers, free_port(), with_schedules=False)
        with _served() as site, sync_playwright() as playwright:
            opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            photographer = Photographer(opened, site, out, looks, only)
            photographer.tour(None, "", list(_OPEN))
            for role, cookie in cookies.items():
                photographer.tour(role, cookie, [])
            opened.close()


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        sys.argv[3].split(",") if len(sys.argv) > 3 else list(LOOKS),
        sys.argv[4] if len(sys.argv) > 4 else ".",
    )
