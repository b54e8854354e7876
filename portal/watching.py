"""Telling people: a failed flow, a stopped list, a broken proof, in the portal and by mail.

Whoever starts the portal starts this beside it. Each event has one key, so several portals at once
tell it once.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from campaign.days import day_of
from campaign.errors import PledgelineError
from campaign.money import format_minor
from campaign.roles import Permission
from config.clock import now
from config.settings import settings
from portal import letters, runs
from store import portal_clocks, portal_notices
from store.committees import the_committee
from store.session import unit_of_work

log = logging.getLogger(__name__)
EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, and who should know."""

    key: str
    permission: Permission
    kind: str
    text: str
    link: str


def look_around() -> int:
    """Tell what has happened since; return how many events were new."""
    told = 0
    for event in [*_of_flows(), *_of_books(), *_of_the_law()]:
        with unit_of_work() as session:
            is_new = portal_notices.tell(
                session,
                key=event.key,
                permission=event.permission,
                kind=event.kind,
                text=event.text,
                link=event.link,
                now=now(),
            )
            readers = portal_notices.addresses(session, event.permission) if is_new else []
        for reader in readers:
            letters.send(
                to=reader,
                subject=f"Pledgeline: {event.text}",
                text=f"{event.text}\n\n{settings().portal_url}{event.link}\n",
            )
        told += is_new
    return told


def _of_flows() -> list[Event]:
    if not runs.is_connected():
        return []
    try:
        found = runs.recent(50)
    except PledgelineError as error:
        log.warning("flows could not be looked at: %s", error)
        return []
    return [
        Event(
            f"run:{run.id}",
            Permission.TRIGGER_FLOWS,
            "flow_failed",
            f"“{run.title}” failed; what it did before is kept.",
            f"/runs/{run.id}",
        )
        for run in found
        if run.state in ("Failed", "Crashed")
    ]


def _of_books() -> list[Event]:
    with unit_of_work() as session:
        lists = portal_notices.stopped_lists(session)
        broken = portal_notices.broken_proofs(session)
    return [
        Event(
            f"list:{number}",
            Permission.IMPORT_LISTS,
            "list_stopped",
            f"The quality gate stopped list {number} of {source}.",
            f"/lists/{number}",
        )
        for number, source in lists
    ] + [
        Event(
            f"reconciliation:{number}",
            Permission.VIEW_BOOKS,
            "unexplained",
            f"Reconciliation {number} has {count} broken proof{'s' if count > 1 else ''}.",
            f"/books?run={number}",
        )
        for number, count in broken
    ]


def _of_the_law() -> list[Event]:
    at = now()
    with unit_of_work() as session:
        place = the_committee(session)
        found = portal_clocks.notices(session, place, day_of(at, place.timezone))
    return [
        Event(
            f"48h:{row.charge_id}",
            Permission.VIEW_BOOKS,
            "48_hour_notice",
            f"A receipt of {format_minor(row.cents)} calls for a 48-hour notice, due"
            f" {row.due_at.astimezone(ZoneInfo(place.timezone)):%b %d, %H:%M}.",
            "/clocks",
        )
        for row in found
        if row.due_at > at
    ]


def watch(stop: threading.Event) -> None:
    """Look around until told to stop; a fault is logged and does not end the watch."""
    while not stop.wait(EVERY_SECONDS):
        try:
            look_around()
        except Exception as error:  # noqa: BLE001 - the next look may succeed
            log.warning("looking around failed: %s", type(error).__name__)
