"""The page on which a day begins: what waits for the viewer, each count a way to its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from campaign.days import day_of
from campaign.roles import Permission
from config.clock import now
from portal.access import Needs, sight_of
from portal.pages import committee, render
from portal.words import count, day, money, moneys, report_kind, several
from store import portal_campaigns as figures
from store import portal_notices, portal_today
from store.portal_sessions import Viewer

router = APIRouter()
Watcher = Annotated[Viewer, Depends(Needs(Permission.VIEW_CAMPAIGNS, Permission.VIEW_BOOKS))]
_STOPPED_DAYS = 14  # a list that was stopped longer ago was left on purpose
_WORKING_WEEK = 5
_STALE_DAYS = 7  # a reconciliation or a statement that is older is asked for


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that somebody should do or know, with the way to it."""

    figure: str
    what: str
    about: str
    link: str
    act: str
    is_late: bool = False


@router.get("/today")
def today_page(request: Request, viewer: Watcher) -> Response:
    """Show what waits for the viewer, the calls of the day, and how far each campaign is."""
    home = committee()
    today = day_of(now(), home.timezone)
    midnight = datetime.combine(today, time(), ZoneInfo(home.timezone))
    with sight_of(viewer) as session:
        waiting = [
            *(_lists(session, midnight) if viewer.may(Permission.IMPORT_LISTS) else ()),
            *(_plans(session, today) if viewer.may(Permission.PLAN_CALLS) else ()),
            *(_books(session, viewer, today) if viewer.may(Permission.VIEW_BOOKS) else ()),
        ]
        sees_campaigns = viewer.may(Permission.VIEW_CAMPAIGNS)
        return render(
            request,
            "today.html",
            viewer,
            today=today,
            waiting=sorted(waiting, key=lambda one: not one.is_late),
            notices=portal_notices.open_for(session, viewer.permissions),
            calling=portal_today.calling_today(session, midnight) if sees_campaigns else [],
            cards=[
                card
                for card in (figures.campaigns(session) if sees_campaigns else [])
                if card.starts_on <= today <= card.ends_on
            ],
        )


def _lists(session: Session, midnight: datetime) -> Iterator[Waiting]:
    found = portal_today.lists_today(session, midnight - timedelta(days=_STOPPED_DAYS))
    yield from _first_steps(found)
    if found.stopped:
        yield Waiting(
            count(found.stopped),
            "list was stopped" if found.stopped == 1 else "lists were stopped",
            "The quality gate let none of its rows in. See why, then bring it again.",
            f"/lists/{found.last_stopped_id}",
            "See why",
            is_late=True,
        )
    if found.pairs:
        yield Waiting(
            count(found.pairs),
            "pair may be one person" if found.pairs == 1 else "pairs may be one person each",
            "Until you answer, both are called as two people.",
            "/pairs",
            "Answer",
        )


def _first_steps(found: RowMapping) -> Iterator[Waiting]:
    """Yield what a new committee begins with, one step after another."""
    if not found.has_campaign:
        yield Waiting(
            "First",
            "comes the campaign: committee, elections, teams, hours and limits in one file",
            "Whoever runs this machine applies it: pledgeline campaign apply FILE.toml.",
            "/campaigns",
            "See how",
        )
    elif not found.has_list:
        yield Waiting(
            "Next",
            "comes a list: your own donors of last year are the ones who give again",
            "Bring the file as it is. You see what it is before anything is imported.",
            "/lists",
            "Bring a list",
        )
    elif not found.has_plan:
        yield Waiting(
            "Next",
            "comes a plan: who calls whom, and what is expected of it",
            "A dry run releases nothing.",
            "/plans",
            "Plan calls",
        )


def _plans(session: Session, today: date) -> Iterator[Waiting]:
    for plan in portal_today.open_plans(session, today):
        yield Waiting(
            count(plan.calls),
            f"calls are planned for {day(plan.on_day)}, not handed out",
            f"{plan.campaign}: plan {plan.id}, {money(plan.objective_cents, whole=True)} expected "
            "after cost.",
            f"/plans/{plan.id}",
            "Look and publish",
        )
    for paper in portal_today.papers_ending(session, today):
        left = (paper.ends_on - today).days
        yield Waiting(
            several(left, "day", "days") if left >= 0 else "Over",
            f"{paper.name}: papers {'end' if left >= 0 else 'ended'} {day(paper.ends_on)}",
            "Without a contract and a data-sharing agreement in date no call goes there.",
            "/scorecards",
            "See contracts",
            is_late=left < 0,
        )


def _books(session: Session, viewer: Viewer, today: date) -> Iterator[Waiting]:
    found = portal_today.books_today(session)
    if found.broken:
        yield Waiting(
            count(found.broken),
            "proof is broken" if found.broken == 1 else "proofs are broken",
            "The books do not tie out. The rows that do not fit are named.",
            "/books",
            "See the proofs",
            is_late=True,
        )
    if found.exceptions:
        age = (today - found.oldest_on).days
        yield Waiting(
            count(found.exceptions),
            "payment or payout does not fit"
            if found.exceptions == 1
            else "payments and payouts do not fit",
            f"{moneys(found.sums)} in all, the oldest for {several(age, 'day', 'days')}.",
            "/exceptions",
            "Work through",
            is_late=age >= 30,
        )
    if found.suggestions:
        yield Waiting(
            count(found.suggestions),
            "payment may pay a pledge" if found.suggestions == 1 else "payments may pay a pledge",
            "Not sure enough to be booked by itself: confirm or refuse.",
            "/suggestions",
            "Decide",
        )
    if viewer.may(Permission.KEEP_BOOKS):
        until = found.bank_until
        if until is None or (today - until).days > _STALE_DAYS:
            yield Waiting(
                "Bank",
                f"statement reaches to {day(until)}" if until else "statement was never brought",
                "Each payout must be one line at the bank.",
                "/bank",
                "Bring the next",
            )
    yield from _reports(session, viewer, today)


def _reports(session: Session, viewer: Viewer, today: date) -> Iterator[Waiting]:
    drawn = portal_today.reports_today(session)
    for filing in portal_today.filings_due(session, committee(), today):
        left = (filing.due_on - today).days
        drafts = [one for one in drawn if one.kind == "fec_f3" and one.last_day == filing.last_day]
        is_open = filing.last_day >= today
        yield Waiting(
            several(left, "day", "days"),
            f"until FEC Form 3, {filing.code}, is due on {day(filing.due_on)}",
            f"It covers {day(filing.first_day)} to {day(filing.last_day)}"
            + (": its days are not over." if is_open else ".")
            + (f" {drafts[0].code} is drawn up." if drafts else " It is not drawn up yet."),
            f"/reports/{drafts[0].code}" if drafts else "/reports",
            "Open it" if drafts else "See reports",
            is_late=left <= _WORKING_WEEK,
        )
    for one in drawn:
        waits_for_viewer = viewer.may(Permission.SIGN_REPORTS) and viewer.email not in (
            one.prepared_by,
            one.submitted_by,
        )
        if one.status == "submitted" and waits_for_viewer:
            yield Waiting(
                "Sign",
                f"{report_kind(one.kind)} waits for your signature",
                f"{day(one.first_day)} to {day(one.last_day)}.",
                f"/reports/{one.code}",
                "Read and sign",
            )
        elif (
            one.status == "draft"
            and one.kind == "treasurer"
            and viewer.may(Permission.PREPARE_REPORTS)
        ):
            yield Waiting(
                "Draft",
                "of the treasurer's package is not submitted",
                f"{day(one.first_day)} to {day(one.last_day)}.",
                f"/reports/{one.code}",
                "Look and submit",
            )
