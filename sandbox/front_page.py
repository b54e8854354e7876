"""The sandbox's front page: for people who try the product by hand with `pledgeline up --sandbox`.

Lists to import, a call centre that calls a packet's rows, letters to read, time to let pass, links
to pay, and what the bank has got.
"""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, HTTPException, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from campaign.money import format_minor
from sandbox import links, pledge_file
from sandbox.call_centre import COLUMNS, CallCentre
from sandbox.clock import ClockError, parse_moment
from sandbox.donor_lists import LISTS
from sandbox.html import frame, table
from sandbox.world import World

SHOWN_LINKS = 20


def make_router(world: World) -> APIRouter:
    """Return the front page of one world, and what its buttons do."""
    router = APIRouter(include_in_schema=False)
    _add_page(router, world)
    _add_files(router, world)
    return router


def _add_page(router: APIRouter, world: World) -> None:
    @router.get("/", response_class=HTMLResponse)
    def show() -> HTMLResponse:
        with world.lock:
            body = _time(world) + _people() + _money(world)
        return HTMLResponse(frame("Pledgeline SANDBOX", f"<h1>The world outside</h1>{body}"))

    @router.post("/advance")
    def advance(days: Annotated[float, Form(gt=0, le=366)]) -> RedirectResponse:
        world.advance(timedelta(days=days))
        return RedirectResponse("/", 303)

    @router.post("/read_letters")
    def read_letters() -> RedirectResponse:
        if world.outbox is None:
            raise HTTPException(400, "Start the sandbox with --outbox, the folder of letters.")
        world.donors_pay(world.outbox)
        return RedirectResponse("/", 303)


def _add_files(router: APIRouter, world: World) -> None:
    @router.get(f"/lists/{pledge_file.NAME}")
    def download_pledges() -> Response:
        text = pledge_file.pledge_file(world.population, world.now.date())
        return _file(text, pledge_file.NAME, "text/csv")

    @router.get("/lists/{name}")
    def download(name: str) -> Response:
        if name not in LISTS:
            raise HTTPException(404, f"The lists are: {', '.join(LISTS)}.")
        with tempfile.TemporaryDirectory() as folder:
            paths = {path.name: path for path in world.population.write_lists(Path(folder))}
            content = paths[name].read_bytes()
        return _file(content, name, "application/octet-stream")

    @router.post("/calls")
    def call(
        packet: Annotated[UploadFile, File()],
        start: Annotated[str, Form()] = "",
        hours: Annotated[float, Form(gt=0, le=24)] = 4,
        attempt: Annotated[int, Form(ge=1, le=50)] = 1,
    ) -> Response:
        """Call every row of an opened packet (CSV) and return the results file."""
        try:
            begin = parse_moment(start) if start else world.now
            rows = list(csv.DictReader(io.TextIOWrapper(packet.file, encoding="utf-8-sig")))
        except (ClockError, UnicodeDecodeError, csv.Error) as error:
            raise HTTPException(400, f"This is no opened packet: {error}") from error
        if not rows or "packet_row_id" not in rows[0]:
            raise HTTPException(400, "An opened packet is a CSV with the column packet_row_id.")
        centre = CallCentre(world.population, "SANDBOX", languages=("en", "es"))
        results = centre.results(rows, begin, begin + timedelta(hours=hours), attempt=attempt)
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(result.as_row() for result in results)
        return _file(text.getvalue(), "results.csv", "text/csv")


def _file(content: str | bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _time(world: World) -> str:
    buttons = "".join(
        f'<button name="days" value="{days}">{text}</button>'
        for days, text in ((0.125, "3 hours on"), (1, "a day on"), (7, "a week on"))
    )
    return (
        f"<h2>Time</h2><p>It is <strong>{world.now:%A, %d %B %Y, %H:%M} UTC</strong>. Payments, "
        f'payouts and disputes move as time passes.</p><form class="row" method="post" '
        f'action="/advance">{buttons}</form>'
    )


def _people() -> str:
    files = "".join(f'<li><a href="/lists/{name}">{name}</a></li>' for name in LISTS)
    return (
        f"<h2>Donors</h2><p>Lists to import:</p><ul>{files}</ul><p>Pledges from elsewhere: "
        f'<a href="/lists/{pledge_file.NAME}">{pledge_file.NAME}</a></p>'
        '<form class="row" method="post" action="/read_letters">'
        "<button>Let donors read their letters</button></form>"
        '<h2>Call centre</h2><form method="post" action="/calls" enctype="multipart/form-data">'
        '<label>An opened packet (CSV) <input type="file" name="packet" required></label>'
        "<button>Call everybody in it, get the results</button></form>"
    )


def _money(world: World) -> str:
    held = world.account.balance()
    sums = [
        [side, format_minor(part["amount"], part["currency"])]
        for side in ("available", "pending")
        for part in held[side]
    ]
    arrived = sum(line.amount for line in world.bank.between())
    sums.append(["at the bank", format_minor(arrived)])
    open_links = [link for link in world.account.shelves["payment_link"] if link["active"]]
    rows = [_link_row(world, link["id"], link["url"]) for link in open_links[-SHOWN_LINKS:][::-1]]
    shown = table(["reference", "asks for", ""], rows) if rows else "<p>None yet.</p>"
    return (
        f"<h2>Money</h2>{table(['where', 'how much'], sums)}"
        '<p>Statement: <a href="/_sandbox/bank.csv">CSV</a>, '
        '<a href="/_sandbox/bank.ofx">OFX</a>, <a href="/_sandbox/bank.camt">camt.053</a>, '
        '<a href="/_sandbox/bank.bai2">BAI2</a>. <a href="/_sandbox/docs">All controls</a></p>'
        f"<h2>Links to pay</h2>{shown}"
    )


def _link_row(world: World, link_id: str, url: str) -> list[str]:
    asked = links.amount_asked(world.account, link_id)
    link = world.account.shelves["payment_link"][link_id]
    reference = escape(str(link["metadata"].get("pledge_ref", "none")))
    amount = "any amount" if asked is None else format_minor(asked, link["currency"])
    return [reference, amount, f'<a href="{escape(url)}">pay {reference}</a>']
