"""What others send us: Stripe's events, and a call centre's results.

An event is a hint that something changed; the records are fetched from the API, so it does not
matter whether it came twice, late or out of order.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from campaign.days import day_of
from campaign.errors import InputError, SetupError
from campaign.requests import SyncRequest
from campaign.roles import Permission
from config.clock import now
from config.settings import settings
from gateways.webhooks import Hint, read_hint
from portal import runs
from portal.access import ForbiddenError, NotFoundError
from portal.api import KeyNeeds
from portal.pages import committee
from portal.startable import startable
from portal.teams import receive_results
from store.portal_calls import team_of
from store.portal_scope import seen_by
from store.portal_sessions import Viewer
from store.session import unit_of_work
from store.stripe_objects import note_hint

router = APIRouter(prefix="/webhooks")
VendorKey = Annotated[Viewer, Depends(KeyNeeds(Permission.EXCHANGE_PACKETS))]
_LARGEST_EVENT = 1024 * 1024
_LARGEST_RESULTS = 20 * 1024 * 1024
_BEFORE = timedelta(days=3)  # an event may come days late


async def _body(request: Request, largest: int) -> bytes:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > largest:
            raise InputError("This is more than is taken at once.")
    return bytes(content)


@router.post("/stripe")
async def stripe_event(request: Request) -> Response:
    """Take an event whose signature holds, and fetch the last days' records from Stripe."""
    secret = settings().stripe_webhook_secret
    if secret is None:
        raise SetupError("No webhook secret is set (STRIPE_WEBHOOK_SECRET).")
    payload = await _body(request, _LARGEST_EVENT)
    signature = request.headers.get("stripe-signature", "")
    try:
        hint = read_hint(payload, signature, secret.get_secret_value(), now())
    except ValueError:
        raise ForbiddenError("The signature does not hold.") from None
    fetched = await run_in_threadpool(_fetch, hint) if hint else "nothing to fetch"
    return JSONResponse({"received": hint.kind if hint else None, "fetch": fetched})


def _fetch(hint: Hint) -> str:
    """Start a fetch of the last days and of what the event names, however old that is.

    A fetch that waits to start already is enough.
    """
    at = now()
    with unit_of_work() as session:
        note_hint(session, hint.event, hint.kind, hint.subject, hint.created_at, at)
    today = day_of(at, committee().timezone)
    request = SyncRequest(first_day=today - _BEFORE, last_day=today)
    try:
        waiting = [run for run in runs.recent(10) if run.flow == "sync-stripe"]
        if any(run.state == "Pending" for run in waiting):
            return "waits already"
        runs.start(startable("sync-stripe"), request, "stripe")
    except (SetupError, NotFoundError):
        return "with the next run"  # answered with success: Stripe need not send it again
    return "started"


@router.post("/results/{team}")
async def vendor_results(request: Request, viewer: VendorKey, team: str) -> Response:
    """Take a call centre's results as CSV, as its packet's template has them."""
    content = await _body(request, _LARGEST_RESULTS)
    said = await run_in_threadpool(_take, viewer, team, content)
    return JSONResponse({"detail": said}, status_code=202)


def _take(viewer: Viewer, team: str, content: bytes) -> str:
    with seen_by(viewer.scope) as session:
        own = team_of(session, viewer.team_id) if viewer.team_id is not None else None
    if own is None or own["code"] != team:
        raise NotFoundError("This is not your team.")
    return receive_results(viewer, team, content, "webhook.csv")
