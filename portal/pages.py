"""How a page is drawn: templates, the words and figures in them, and the way round the portal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from campaign.accounts import actor_in_words
from campaign.books.proofs import in_money
from campaign.errors import PledgelineError
from campaign.money import parse_minor
from campaign.roles import Permission
from config.clock import now
from config.settings import settings
from portal import charts, words
from store.committees import Committee, the_committee
from store.memo import remembered
from store.portal_sessions import Viewer
from store.session import unit_of_work
from store.users import all_users

# A page of the newest rows goes on before the last of them.
Before = Annotated[int | None, Query(ge=1, lt=2**63)]
_HERE = Path(__file__).parent
STATIC = _HERE / "static"


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the way round."""

    path: str
    title: str
    group: str
    permissions: tuple[Permission, ...]
    icon: str


_P = Permission
PLACES = (
    Place("/today", "Today", "", (_P.VIEW_CAMPAIGNS, _P.VIEW_BOOKS), "sun"),
    Place("/campaigns", "Campaigns", "Raise", (_P.VIEW_CAMPAIGNS,), "flag"),
    Place("/lists", "Lists", "Raise", (_P.IMPORT_LISTS,), "list"),
    Place("/pairs", "Same person?", "Raise", (_P.IMPORT_LISTS,), "twins"),
    Place("/plans", "Plans", "Raise", (_P.PLAN_CALLS,), "split"),
    Place("/scorecards", "Teams", "Raise", (_P.VIEW_CAMPAIGNS,), "people"),
    Place("/callers", "Callers", "Raise", (_P.PLAN_CALLS,), "badge"),
    Place("/runs", "Flows", "Raise", (_P.TRIGGER_FLOWS,), "play"),
    Place("/calls", "Next call", "Call", (_P.MAKE_CALLS,), "phone"),
    Place("/sheets", "Call sheets", "Call", (_P.MAKE_CALLS,), "print"),
    Place("/team", "My team", "Call", (_P.LEAD_TEAM,), "people"),
    Place("/packets", "Packets", "Call", (_P.EXCHANGE_PACKETS,), "box"),
    Place("/books", "Tie-out", "Account", (_P.VIEW_BOOKS,), "scales"),
    Place("/exceptions", "Exceptions", "Account", (_P.VIEW_BOOKS,), "alert"),
    Place("/suggestions", "Suggestions", "Account", (_P.VIEW_BOOKS,), "match"),
    Place("/bank", "Bank", "Account", (_P.KEEP_BOOKS,), "bank"),
    Place("/clocks", "Limits and clocks", "Account", (_P.VIEW_BOOKS,), "clock"),
    Place("/reports", "Reports", "Account", (_P.VIEW_BOOKS,), "file"),
    Place("/suppression", "Suppression", "Guard", (_P.SUPPRESS,), "mute"),
    Place("/monitoring", "Monitoring", "Guard", (_P.PLAN_CALLS, _P.CHANGE_RULES), "ear"),
    Place("/retention", "Retention", "Guard", (_P.FORGET,), "bin"),
    Place("/rules", "Rules", "Guard", (_P.VIEW_AUDIT,), "book"),
    Place("/audit", "Audit log", "Guard", (_P.VIEW_AUDIT,), "eye"),
    Place("/users", "Accounts", "Guard", (_P.MANAGE_USERS,), "key"),
    Place("/condition", "Health", "Guard", (_P.VIEW_HEALTH,), "pulse"),
)
# Pages that a place leads to, under an address of their own.
_PART_OF = {"/pledges": "/books", "/trace": "/books"}


def places_of(viewer: Viewer) -> list[Place]:
    """Return where the viewer may go."""
    return [place for place in PLACES if any(viewer.may(p) for p in place.permissions)]


@lru_cache(maxsize=64)
def static(name: str) -> str:
    """Return the address of one of our files; it changes with its content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@pass_context
def _moment(context: Context, value: datetime | str | None, zone: str | None = None) -> str:
    """Return a moment as an element that sorts and never breaks, on the committee's clock."""
    if not value:
        return "–"
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    told = words.moment(value, zone or context["home_zone"])
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), told)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(words, name)
        for name in (
            *("count", "several", "percent", "money", "moneys", "day", "clock", "lasting", "phone"),
            *("sentence", "words", "why", "giving", "source", "tongue", "may", "fact", "sure"),
            "report_kind",
        )
    }
    environment.filters |= {
        "moment": _moment,
        "by": actor_in_words,
        "sums": in_money,
        "typed_money": lambda text: words.money(parse_minor(text)),
    }
    environment.globals |= {"static": static, "charts": charts, "P": Permission}
    return environment


def committee() -> Committee:
    """Return the committee whose portal this is."""
    with unit_of_work() as session:
        return remembered(session, ("committee",), lambda: the_committee(session))


def _home_zone() -> str:
    """Return the committee's time zone; a page about a broken database is drawn without it."""
    try:
        return committee().timezone
    except PledgelineError:
        return "UTC"


def is_sandbox() -> bool:
    """Whether the money and the people here are invented."""
    found = settings()
    return found.clock_file is not None or "api.stripe.com" not in found.stripe_api_base


def render(
    request: Request,
    template: str,
    viewer: Viewer | None = None,
    *,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """Draw a page, or a part of one, for a viewer."""
    path = request.url.path
    places = places_of(viewer) if viewer and viewer.is_complete else []
    html = (
        _templates()
        .get_template(template)
        .render(
            viewer=viewer,
            csrf=viewer.csrf if viewer else "",
            places=places,
            here=_PART_OF.get(path)
            or next((p.path for p in places if (path + "/").startswith(p.path + "/")), path),
            path=path,
            now=now(),
            home_zone=_home_zone(),
            is_sandbox=is_sandbox(),
            said=_said(request),
            **values,
        )
    )
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})


def account_names() -> dict[str, str]:
    """Return the names of the accounts, as the record of what was decided numbers them."""
    with unit_of_work() as session:
        return {f"user:{user.id}": user.name for user in all_users(session)}


def _said(request: Request) -> str | None:
    """Return what the last change said; words that another site put into a link are not ours."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return None
    return request.query_params.get("said")


def go(path: str, said: str | None = None) -> RedirectResponse:
    """Send the browser on after a change, with a sentence that says what happened."""
    if said:
        path += ("&" if "?" in path else "?") + urlencode({"said": said})
    return RedirectResponse(path, status_code=303)
