"""The page behind a payment link, for people who try the sandbox by hand."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from campaign.money import AmountError, format_minor, parse_minor
from sandbox import links
from sandbox.api_errors import ApiError
from sandbox.html import frame
from sandbox.objects import Payer
from sandbox.payments import Terms
from sandbox.world import World


def make_router(world: World) -> APIRouter:
    """Return the pay pages of one world."""
    router = APIRouter(include_in_schema=False)

    @router.get("/pay/{code}", response_class=HTMLResponse)
    def show(code: str) -> HTMLResponse:
        return _page(world, code)

    @router.post("/pay/{code}", response_class=HTMLResponse)
    def pay(
        code: str,
        name: Annotated[str, Form()],
        email: Annotated[str, Form()],
        postal_code: Annotated[str, Form()],
        method: Annotated[str, Form()] = "card",
        amount: Annotated[str, Form()] = "",
    ) -> HTMLResponse:
        link_id = world.account.link_of_code.get(code)
        if link_id is None:
            return _page(world, code)
        address = {"postal_code": postal_code, "country": "US"}
        kind = "us_bank_account" if method in ("us_bank_account", "returned") else "card"
        payer = Payer(name, email, None, address, kind, f"{kind}-{email.lower()}")
        try:
            minor = parse_minor(amount) if amount else None
            with world.lock:
                terms = Terms(
                    declines=method == "declined",
                    debit="returned" if method == "returned" else "settles",
                )
                charge = links.pay_link(world.account, link_id, payer, minor, terms)
                world.postman.collect(world.account)
        except (AmountError, ApiError) as error:
            return _page(world, code, str(error))
        if charge["status"] == "failed":
            return _page(world, code, "The card was declined.")
        sum_text = format_minor(charge["amount"], charge["currency"])
        text = f"<h1>Thank you</h1><p>{escape(sum_text)} received. No money was moved.</p>"
        return HTMLResponse(_page_of(text))

    return router


def _page(world: World, code: str, problem: str = "") -> HTMLResponse:
    with world.lock:
        link_id = world.account.link_of_code.get(code)
        link = world.account.shelves["payment_link"][link_id] if link_id else None
        if link is None or link_id is None:
            return HTMLResponse(_page_of("<h1>There is no such page</h1>"), 404)
        if not link["active"]:
            return HTMLResponse(_page_of("<h1>This link was used already</h1><p>Thank you.</p>"))
        asked = links.amount_asked(world.account, link_id)
        title = world.account.line_items[link_id][0]["description"]
        text = (link["custom_text"].get("submit") or {}).get("message") or ""
    return HTMLResponse(_page_of(_form(title, asked, link["currency"], text, problem)))


def _form(title: str, asked: int | None, currency: str, text: str, problem: str) -> str:
    amount = (
        f"<p><strong>{escape(format_minor(asked, currency))}</strong></p>"
        if asked is not None
        else '<label>Amount <input name="amount" inputmode="decimal" required></label>'
    )
    error = f'<p class="error" role="alert">{escape(problem)}</p>' if problem else ""
    return f"""<h1>{escape(title)}</h1>{error}<form method="post">{amount}
<label>Name <input name="name" autocomplete="name" required></label>
<label>E-mail <input name="email" type="email" autocomplete="email" required></label>
<label>ZIP code <input name="postal_code" required></label>
<label>Pay by <select name="method"><option value="card">a card that works</option>
<option value="us_bank_account">a bank account (takes four days)</option>
<option value="returned">an empty bank account (comes, and is taken back later)</option>
<option value="declined">a card that is declined</option></select></label>
<button>Pay</button></form><p><small>{escape(text)}</small></p>"""


def _page_of(body: str) -> str:
    return frame("SANDBOX payment", body, is_narrow=True)
