"""The one box that finds: a page, a campaign, a list, a report, a pledge, a payment, a number.

What belongs here: where what was typed leads. Not here: people; donors are found where somebody
has a reason to look, and each look is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from campaign.roles import Permission
from portal.access import SignedIn, sight_of
from portal.pages import go, places_of, render
from portal.words import day, report_kind
from store import portal_campaigns as figures
from store import reports
from store.portal_sessions import Viewer

router = APIRouter()
_TRACED = re.compile(r"(PL-\w+-?\w*|(ch|py|pi)_\w+)$", re.IGNORECASE)
_NUMBERED = {
    "plan": (Permission.PLAN_CALLS, "/plans/"),
    "exception": (Permission.VIEW_BOOKS, "/exceptions/"),
    "list": (Permission.IMPORT_LISTS, "/lists/"),
}
_MOST = 20
Found = tuple[str, str, str]  # where it is, what it is called, what kind of thing it is


@router.get("/find")
def find_page(
    request: Request, viewer: SignedIn, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Go to what was typed where it is one thing, else show what it may be."""
    typed = q.strip()
    if way := _one_thing(viewer, typed):
        return go(way)
    with sight_of(viewer) as session:
        known = _known(session, viewer) if typed else ()
        found = [one for one, words in known if typed.lower() in words.lower()][:_MOST]
    exact = [one for one in found if typed.lower() in (one[1].lower(), one[0].rpartition("/")[2])]
    if len(found) == 1 or len(exact) == 1:
        return go((exact or found)[0][0])
    return render(request, "find.html", viewer, typed=typed, found=found)


def _one_thing(viewer: Viewer, typed: str) -> str | None:
    """Return where a reference, or "plan 12", leads; None where it is neither."""
    if _TRACED.match(typed) and viewer.may(Permission.VIEW_BOOKS):
        is_pledge = typed[:2].upper() == "PL"
        return f"/trace?what={typed.upper() if is_pledge else typed}"
    kind, _, number = typed.lower().partition(" ")
    if kind in _NUMBERED and number.isdigit() and viewer.may(_NUMBERED[kind][0]):
        return _NUMBERED[kind][1] + number
    return None


def _known(session: Session, viewer: Viewer) -> Iterator[tuple[Found, str]]:
    """Yield what the viewer may open, each with the words that find it."""
    for place in places_of(viewer):
        yield (place.path, place.title, "Page"), place.title
    if viewer.may(Permission.VIEW_CAMPAIGNS):
        for code, name in figures.campaign_codes(session):
            yield (f"/campaigns/{code}", name, "Campaign"), f"{code} {name}"
    if viewer.may(Permission.IMPORT_LISTS):
        for one in figures.batches(session):
            found = (f"/lists/{one.id}", one.file_name, f"List of {one.source}")
            yield found, f"{one.file_name} {one.source}"
    if viewer.may(Permission.VIEW_BOOKS):
        for report in reports.all_reports(session):
            kind = report_kind(report.kind)
            found = (f"/reports/{report.code}", report.code, f"{kind} to {day(report.last_day)}")
            yield found, f"{report.code} {kind}"
