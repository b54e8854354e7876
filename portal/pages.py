"""How a page is drawn: templates, the words and figures in them, and the way round the portal."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from campaign.books.proofs import in_money
from campaign.calling.eligibility import REASONS, TEAM_REASONS
from campaign.errors import PledgelineError
from campaign.money import format_minor, parse_minor
from campaign.roles import Permission
from config.clock import now
from config.settings import settings
from portal import charts
from store.committees import Committee, the_committee
from store.memo import remembered
from store.portal_sessions import Viewer
from store.session import unit_of_work

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
    Place("/campaigns", "Campaigns", "Raise", (_P.VIEW_CAMPAIGNS,), "flag"),
    Place("/lists", "Lists", "Raise", (_P.IMPORT_LISTS,), "list"),
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
    Place("/suggestions", "Suggestions", "Account", (_P.VIEW_BOOKS,), "link"),
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


def places_of(viewer: Viewer) -> list[Place]:
    """Return where the viewer may go."""
    return [place for place in PLACES if any(viewer.may(p) for p in place.permissions)]


@lru_cache(maxsize=64)
def static(name: str) -> str:
    """Return the address of one of our files; it changes with its content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def count(number: float | None) -> str:
    """Return a number as people read it.

    >>> count(1234567), count(None)
    ('1,234,567', '–')
    """
    return "–" if number is None else f"{number:,.0f}"


def several(number: int, one: str, many: str) -> str:
    """Return a number with what it counts.

    >>> several(1, "call is", "calls are"), several(1200, "call", "calls")
    ('1 call is', '1,200 calls')
    """
    return f"{number:,} {one if number == 1 else many}"


def percent(part: float | None, whole: float | None = 1) -> str:
    """Return a share with one decimal; a dash when there is no whole.

    >>> percent(1, 3), percent(0, 0)
    ('33.3 %', '–')
    """
    return "–" if not whole or part is None else f"{100 * part / whole:.1f} %"


def money(cents: float | None, currency: str = "usd", *, whole: bool = False) -> str:
    """Return an amount; `whole` leaves the cents out where an overview is enough.

    >>> money(5.9), money(123456, whole=True)
    ('$0.06', '$1,234')
    """
    if cents is None:
        return "–"
    text = format_minor(round(cents), currency)
    return text.removesuffix(f".{abs(round(cents)) % 100:02d}") if whole else text


def day(value: date | None) -> str:
    """Return a day that nobody reads the wrong way round.

    >>> day(date(2026, 10, 3))
    'Oct 3, 2026'
    """
    return f"{value:%b} {value.day}, {value.year}" if value else "–"


def moment(value: datetime | str | None, zone: str = "UTC") -> str:
    """Return a moment on a place's clock, with the clock's name."""
    if not value:
        return "–"
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local)}, {local.hour % 12 or 12}:{local:%M %p} {local.tzname()}"


@pass_context
def _moment(context: Context, value: datetime | str | None, zone: str | None = None) -> str:
    """Return a moment as an element that sorts and never breaks, on the committee's clock."""
    if not value:
        return "–"
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    told = moment(value, zone or context["home_zone"])
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), told)


def clock(value: datetime | None, zone: str = "UTC") -> str:
    """Return the time of day on a place's clock."""
    if value is None:
        return "–"
    local = value.astimezone(ZoneInfo(zone))
    return f"{local.hour % 12 or 12}:{local:%M %p}"


def lasting(value: timedelta | float | None) -> str:
    """Return how long something takes.

    >>> lasting(75), lasting(0.4), lasting(None)
    ('1 min 15 s', 'under 1 s', '–')
    """
    if value is None:
        return "–"
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    if minutes:
        return f"{minutes} min {seconds:02d} s"
    return f"{seconds} s" if seconds else "under 1 s"


_SPELT = {
    abbreviation.lower(): abbreviation
    for abbreviation in (
        *("LYBUNT", "SYBUNT", "FEC", "PAC", "IE", "API", "ZIP", "ID", "F3", "F3X", "F6", "VAN"),
        *("ActBlue", "WinRed", "Stripe"),
    )
}


def words(code: object) -> str:
    """Return a code as words; an abbreviation stays one, and a name is spelt as its own.

    >>> words("left_message"), words("lybunt"), words("fec_report"), words("sync-stripe")
    ('Left message', 'LYBUNT', 'FEC report', 'Sync Stripe')
    """
    if str(code).isupper():
        return str(code)
    said = re.split(r"[_\-\s]+", str(code).strip())
    said = [_SPELT.get(word.lower(), word) for word in said]
    return " ".join([said[0][:1].upper() + said[0][1:], *said[1:]])


def why(code: str) -> str:
    """Return why a donor is not called, as a sentence without its full stop.

    >>> why("no_phone"), why("Seen by hand")
    ('No number that can be dialled', 'Seen by hand')
    """
    told = REASONS.get(code) or TEAM_REASONS.get(code) or code
    told = re.sub(r"\b[ls]ybunt\b", lambda found: found[0].upper(), told)
    return told[:1].upper() + told[1:]


_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def fact(value: object) -> str:
    """Return a fact of a log or a row as people read it; of a hash, what tells it from others.

    >>> fact("2026-10-03"), fact(False), fact(None), fact("file:" + "3f" * 32)
    ('Oct 3, 2026', 'No', '–', 'file:3f3f3f3f3f3f…')
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    text = re.sub(r"\b([0-9a-f]{12})[0-9a-f]{20,}\b", r"\1…", str(value))
    try:
        return day(date.fromisoformat(text)) if _ISO_DAY.fullmatch(text) else text
    except ValueError:
        return text


def phone(e164: str | None) -> str:
    """Return a number as it is read aloud.

    >>> phone("+14155550101")
    '(415) 555-0101'
    """
    if e164 and e164.startswith("+1") and len(e164) == 12:
        return f"({e164[2:5]}) {e164[5:8]}-{e164[8:]}"
    return e164 or "–"


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
        "count": count,
        "several": several,
        "percent": percent,
        "money": money,
        "day": day,
        "moment": _moment,
        "clock": clock,
        "lasting": lasting,
        "words": words,
        "why": why,
        "sums": in_money,
        "fact": fact,
        "typed_money": lambda text: money(parse_minor(text)),
        "phone": phone,
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
            here=next((p.path for p in places if (path + "/").startswith(p.path + "/")), path),
            path=path,
            now=now(),
            home_zone=_home_zone(),
            is_sandbox=is_sandbox(),
            said=_said(request),
            **values,
        )
    )
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})


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
