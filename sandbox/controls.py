"""The sandbox's controls under `/_sandbox`: let time pass, let donors pay, make things go wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from sandbox import bank, disputes, links, payments, payouts
from sandbox.api_errors import ApiError
from sandbox.faults import MEANINGS, Fault, Faults, Kind
from sandbox.objects import Object, Payer
from sandbox.payments import Terms
from sandbox.webhooks import Manners
from sandbox.world import World


class Order(BaseModel):
    """A control's body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Advance(Order):
    """Until when, or for how many days, time is to pass."""

    to: AwareDatetime | None = None
    days: float | None = Field(default=None, gt=0, le=3660)

    @model_validator(mode="after")
    def _one_of_both(self) -> Advance:
        if (self.to is None) == (self.days is None):
            raise ValueError("say either `to` or `days`")
        return self


class Outbox(Order):
    """The folder into which the product writes its letters."""

    outbox: Path


class Payment(Order):
    """Somebody pays: through a link, or at a donation page when no link is named."""

    amount: int | None = Field(default=None, gt=0)
    currency: str = "usd"
    payment_link: str | None = None
    name: str | None = "Pat Invented"
    email: str | None = "pat@example.com"
    phone: str | None = None
    postal_code: str | None = "10001"
    country: str = "US"
    method: Literal["card", "us_bank_account"] = "card"
    instrument: str = "card-of-pat"
    metadata: dict[str, str] = {}
    description: str | None = None
    customer: str | None = None
    declines: bool = False
    captures: bool = True
    debit: Literal["settles", "fails", "returned", "stays"] = "settles"
    row_after_days: int = Field(default=0, ge=0)
    settles_in: str = "usd"
    times: int = Field(default=1, ge=1, le=1_000_000, description="How many such payments")

    def payer(self) -> Payer:
        """Return who pays."""
        address = {"postal_code": self.postal_code, "country": self.country}
        return Payer(self.name, self.email, self.phone, address, self.method, self.instrument,
                     self.country)  # fmt: skip

    def terms(self) -> Terms:
        """Return how the payment goes."""
        return Terms(self.declines, self.captures, self.debit, self.row_after_days, self.settles_in)


class Refund(Order):
    """Money of a charge goes back, asked for in Stripe's dashboard."""

    charge: str
    amount: int | None = Field(default=None, gt=0)


class Dispute(Order):
    """The payer's bank contests a charge."""

    charge: str
    reason: str = "fraudulent"
    is_warning: bool = False


class LedgerRow(Order):
    """Any row of the ledger, of types known and unknown."""

    type: str
    reporting_category: str
    amount: int
    fee: int = 0
    currency: str = "usd"
    description: str | None = None
    source: str | None = None
    available_on: date | None = None


class FaultOrder(Order):
    """What goes wrong, for which requests, and how often."""

    kind: Kind
    path: str = Field(default="", description="Beginning of the path after /v1/")
    method: Literal["", "GET", "POST"] = ""
    skip: int = Field(default=0, ge=0)
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=0.0, ge=0.0)


class Pace(Order):
    """How long every answer takes, and how many requests a second are answered."""

    latency_seconds: float = Field(default=0.0, ge=0.0)
    requests_per_second: int = Field(default=0, ge=0, description="0 is without limit")


class Switch(Order):
    """On or off."""

    on: bool


class Schedule(Order):
    """When payouts are made."""

    interval: Literal["daily", "manual"]


DISPUTE_ACTS = {
    "escalate": disputes.escalate,
    "close_warning": disputes.close_warning,
    "review": disputes.review,
    "win": disputes.win,
    "lose": disputes.lose,
}


def make_router(world: World, faults: Faults) -> APIRouter:
    """Return the controls of one world."""
    router = APIRouter(prefix="/_sandbox", tags=["controls"])
    _add_time(router, world)
    _add_payments(router, world)
    _add_disputes(router, world)
    _add_ledger(router, world)
    _add_faults(router, world, faults)
    _add_looks(router, world)
    return router


def _add_time(router: APIRouter, world: World) -> None:
    @router.post("/advance")
    def advance(order: Advance) -> dict[str, Any]:
        """Let time pass; everything that falls due happens, in order."""
        done = world.advance(order.to or timedelta(days=order.days or 0))
        return {"now": world.now.isoformat(), "happened": done}

    @router.post("/donors_pay")
    def donors_pay(order: Outbox) -> dict[str, int]:
        """Let donors read their letters; they pay as time passes."""
        return world.donors_pay(order.outbox)


def _add_payments(router: APIRouter, world: World) -> None:
    @router.post("/payments")
    def make_payment(order: Payment) -> Object:
        """Let somebody pay; return the last charge."""
        return _do(world, lambda: _pay(world, order))

    @router.post("/refunds")
    def make_refund(order: Refund) -> Object:
        """Give money back."""
        return _do(world, lambda: payments.refund(world.account, order.charge, order.amount))

    @router.post("/refunds/{refund_id}/fail")
    def fail_refund(refund_id: str) -> Object:
        """Let a refund come back."""
        return _do(world, lambda: payments.fail_refund(world.account, refund_id))

    @router.post("/charges/{charge_id}/return")
    def return_debit(charge_id: str) -> Object:
        """Let the payer's bank take back a settled debit, now."""
        return _do(world, lambda: payments.return_debit(world.account, charge_id))


def _add_disputes(router: APIRouter, world: World) -> None:
    @router.post("/disputes")
    def open_dispute(order: Dispute) -> Object:
        """Open a dispute, or send a warning."""
        return _do(
            world,
            lambda: disputes.open_dispute(
                world.account, order.charge, order.reason, is_warning=order.is_warning
            ),
        )

    @router.post("/disputes/{dispute_id}/{act}")
    def move_dispute(dispute_id: str, act: str, returns_fee: bool = False) -> Object:
        """Move a dispute on: escalate, close_warning, review, win, lose."""
        if act not in DISPUTE_ACTS:
            raise HTTPException(404, f"A dispute can: {', '.join(DISPUTE_ACTS)}.")
        if act == "win":
            return _do(world, lambda: disputes.win(world.account, dispute_id, returns_fee))
        return _do(world, lambda: DISPUTE_ACTS[act](world.account, dispute_id))


def _add_ledger(router: APIRouter, world: World) -> None:
    @router.post("/payouts/{payout_id}/fail")
    def fail_payout(payout_id: str, code: str = "account_closed") -> Object:
        """Let the bank return a payout."""
        return _do(world, lambda: payouts.fail(world.account, payout_id, code))

    @router.post("/payout_schedule")
    def set_schedule(order: Schedule) -> dict[str, str]:
        """Pay out every banking day, or only by hand."""
        payouts.set_schedule(world.account, order.interval)
        return {"interval": order.interval}

    @router.post("/ledger")
    def add_row(order: LedgerRow) -> Object:
        """Write any row: fees, holds, adjustments, types that nobody knows yet."""
        values = order.model_dump(exclude={"type", "reporting_category", "amount"})
        return _do(
            world,
            lambda: world.account.book(
                order.type, order.reporting_category, order.amount, **values
            ),
        )

    @router.post("/negative_balances")
    def set_debits(order: Switch) -> dict[str, bool]:
        """Say whether a negative balance is taken from the bank (a negative payout)."""
        world.account.debits_negative_balances = order.on
        return {"debits_negative_balances": order.on}


def _add_faults(router: APIRouter, world: World, faults: Faults) -> None:
    @router.post("/faults")
    def add_fault(order: FaultOrder) -> dict[str, Any]:
        """Let something go wrong."""
        faults.waiting.append(Fault(**order.model_dump()))
        return {"waiting": len(faults.waiting), "meaning": MEANINGS[order.kind]}

    @router.delete("/faults")
    def clear_faults() -> dict[str, int]:
        """Let nothing more go wrong."""
        cleared = len(faults.waiting)
        faults.waiting.clear()
        faults.latency_seconds, faults.requests_per_second = 0.0, 0
        return {"cleared": cleared}

    @router.post("/pace")
    def set_pace(order: Pace) -> dict[str, float]:
        """Set the delay of every answer and the limit of requests a second."""
        faults.latency_seconds = order.latency_seconds
        faults.requests_per_second = order.requests_per_second
        return order.model_dump()

    @router.post("/events")
    def keep_events(order: Switch) -> dict[str, bool]:
        """Say whether events are kept; a world of 100,000 payments is lighter without."""
        world.account.keeps_events = order.on
        return {"keeps_events": order.on}

    @router.post("/webhooks")
    def set_manners(order: dict[str, Any]) -> dict[str, Any]:
        """Say how events are delivered: twice, backwards, thin, lost_share."""
        try:
            world.postman.manners = Manners(**order)
        except TypeError as error:
            raise HTTPException(422, "Only twice, backwards, thin and lost_share.") from error
        return order

    @router.post("/webhooks/wait")
    def wait_for_postman() -> dict[str, int]:
        """Return when all events so far were sent."""
        world.postman.wait()
        return {"delivered": world.postman.delivered, "failed": world.postman.failed}


def _add_looks(router: APIRouter, world: World) -> None:
    @router.get("")
    def look() -> dict[str, Any]:
        """Return the moment and how much there is of everything."""
        with world.lock:
            counts = {kind: len(shelf) for kind, shelf in world.account.shelves.items()}
            return {
                "what": "SANDBOX: invented people, invented money",
                "seed": world.seed,
                "now": world.now.isoformat(),
                "counts": counts,
                "balance": world.account.balance(),
            }

    @router.get("/health")
    def health() -> dict[str, str]:
        """Return that the sandbox is there."""
        return {"status": "ok"}

    @router.get("/story")
    def story() -> list[dict[str, Any]]:
        """Return the special things that have happened."""
        return world.story()

    @router.get("/bank.{form}", response_class=PlainTextResponse)
    def bank_statement(form: str, first: date | None = None, last: date | None = None) -> str:
        """Return the bank's statement: csv, ofx, camt (camt.053) or bai2."""
        if form not in bank.FORMATS:
            raise HTTPException(404, f"The bank writes: {', '.join(bank.FORMATS)}.")
        return bank.FORMATS[form](world.bank.statement(first, last))


def _pay(world: World, order: Payment) -> Object:
    for _ in range(order.times - 1):
        _pay_once(world, order)
    return _pay_once(world, order)


def _pay_once(world: World, order: Payment) -> Object:
    if order.payment_link is not None:
        return links.pay_link(
            world.account, order.payment_link, order.payer(), order.amount, order.terms()
        )
    if order.amount is None:
        raise ApiError(400, "Say an amount.")
    payments.known_currency({"currency": order.settles_in})
    return payments.pay(
        world.account,
        order.payer(),
        order.amount,
        payments.known_currency({"currency": order.currency}),
        metadata=order.metadata,
        description=order.description,
        customer=order.customer,
        terms=order.terms(),
    )


def _do(world: World, act: Callable[[], Object]) -> Object:
    """Do something in the world, and say in plain words why it cannot be done."""
    with world.lock:
        try:
            return act()
        except KeyError as error:
            raise HTTPException(404, f"The sandbox has no {error}.") from error
        except (ApiError, ValueError) as error:
            raise HTTPException(400, str(error)) from error
        finally:
            world.postman.collect(world.account)
