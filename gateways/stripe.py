"""The door to Stripe: the one place that calls its API, and the one place that tries again.

Lists come as plain JSON pages (Stripe's own objects cost more than the network); whatever passes
by itself (too many requests, server errors, broken connections) is tried again here and nowhere
else. What is not offered (404, no permission) is None.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import stripe
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from campaign.books.windows import PAGE, Window, rest_of
from campaign.errors import SetupError

R = TypeVar("R")

log = logging.getLogger(__name__)

PATHS = {
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "dispute": "/v1/disputes",
    "payout": "/v1/payouts",
    "balance_transaction": "/v1/balance_transactions",
    "payment_intent": "/v1/payment_intents",
    "checkout.session": "/v1/checkout/sessions",
    "customer": "/v1/customers",
    "invoice": "/v1/invoices",
    "payment_link": "/v1/payment_links",
}
_EXPAND = {"charge": ["data.customer"], "invoice": ["data.payments"]}
_ATTEMPTS = 9
_WORKERS = 12
_TIMEOUT = (10, 60)


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of one kind; the stretch of time that is complete with it, if one is."""

    kind: str
    rows: list[dict[str, Any]]
    finished: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """What a payment link asks for, and for which pledge."""

    pledge_ref: str
    amount_cents: int
    currency: str
    title: str
    notice: str
    idempotency_key: str
    is_open: bool = False  # the donor chooses the amount, ours is proposed


class StripeGateway(Protocol):
    """What the books ask of Stripe."""

    counts: Counter[str]

    def pages(self, windows: list[Window]) -> Iterator[Page]:
        """Yield every record of these windows, in any order, each at least once."""

    def payout_rows(self, payout: str) -> list[dict[str, Any]] | None:
        """Return the ledger rows that a payout holds; None where Stripe cannot tell."""

    def retrieve(self, kind: str, identity: str) -> dict[str, Any] | None:
        """Return one record; None where there is none."""

    def balance(self) -> dict[str, Any] | None:
        """Return what the account holds now."""

    def account(self) -> dict[str, Any] | None:
        """Return the account: its time zone, its currency."""

    def totals(self, first: int, end: int) -> list[tuple[str, str, int]] | None:
        """Return Stripe's own (currency, category, net) of a stretch; None if not to be had."""

    def create_link(self, request: LinkRequest) -> tuple[str, str]:
        """Make a payment link for one pledge; return its id and its address."""

    def close_link(self, link: str) -> None:
        """Let nobody pay through this link any more."""


class RateLimiter:
    """Lets so many requests start a second, evenly, whatever the number of threads."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may start."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._gap
        if start > now:
            time.sleep(start - now)


@dataclass
class StripeApi:
    """Stripe itself, or whatever answers at the base address as Stripe does."""

    key: str
    base: str = "https://api.stripe.com"
    requests_per_second: float | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if urlsplit(self.base).scheme not in ("http", "https"):
            raise SetupError("STRIPE_API_BASE must be an http or https address.")
        stripe.enable_telemetry = False
        self._client = stripe.StripeClient(
            self.key,
            base_addresses={"api": self.base.rstrip("/")},
            http_client=stripe.RequestsClient(timeout=_TIMEOUT),
            max_network_retries=0,
        )
        # https://docs.stripe.com/rate-limits: live 100 a second, sandboxes 25, an endpoint 25.
        is_live = self.key.startswith(("sk_live_", "rk_live_"))
        rate = self.requests_per_second
        self._limiter = RateLimiter(rate or (96 if is_live else 24))
        self._endpoint_limiters = {path: RateLimiter(rate or 24) for path in PATHS.values()}
        self._no_expand: set[str] = set()

    def pages(self, windows: list[Window]) -> Iterator[Page]:
        """Yield every record of these windows, in any order, each at least once."""
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="stripe") as pool:
            pending: set[Future[tuple[Page, list[Window]]]] = {
                pool.submit(self._page, window) for window in windows
            }
            try:
                while pending:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for future in done:
                        page, rest = future.result()
                        pending |= {pool.submit(self._page, window) for window in rest}
                        yield page
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _page(self, window: Window) -> tuple[Page, list[Window]]:
        params: dict[str, Any] = {
            "limit": PAGE,
            "created": {"gte": window.first, "lte": window.last},
        }
        if window.after:
            params["starting_after"] = window.after
        answer = self._list(window.kind, params)
        whole = (window.first, window.last)
        if not answer or not answer.get("data"):
            return Page(window.kind, [], whole), []
        data = answer["data"]
        seen = [(_created(row, window), str(row["id"])) for row in data]
        rows = [
            row
            for row, (created, _) in zip(data, seen, strict=True)
            if window.first <= created <= window.last
        ]
        # A server that knows no cursor shows the same page again: what it has is all there is.
        is_stuck = window.after is not None and window.after in {identity for _, identity in seen}
        if not answer.get("has_more") or is_stuck:
            return Page(window.kind, rows, whole), []
        rest = rest_of(window, seen)
        oldest = seen[-1][0]
        is_cut = rest[0].after is None and oldest < window.last
        return Page(window.kind, rows, (oldest + 1, window.last) if is_cut else None), rest

    def _list(self, kind: str, params: dict[str, Any]) -> dict[str, Any] | None:
        expand = [] if kind in self._no_expand else _EXPAND.get(kind, [])
        if not expand:
            return self._get(PATHS[kind], params)
        try:
            return self._get(PATHS[kind], {**params, "expand": expand})
        except stripe.InvalidRequestError:
            self._no_expand.add(kind)
            return self._get(PATHS[kind], params)

    def payout_rows(self, payout: str) -> list[dict[str, Any]] | None:
        """Return the ledger rows that a payout holds; None where Stripe cannot tell."""
        rows: list[dict[str, Any]] = []
        params: dict[str, Any] = {"limit": PAGE, "payout": payout}
        while True:
            try:
                answer = self._get(PATHS["balance_transaction"], params)
            except stripe.InvalidRequestError:
                return None
            if answer is None:
                return None
            rows += answer.get("data") or []
            if not answer.get("has_more") or not answer.get("data"):
                return rows
            params["starting_after"] = rows[-1]["id"]

    def retrieve(self, kind: str, identity: str) -> dict[str, Any] | None:
        """Return one record; None where there is none."""
        return self._get(f"{PATHS[kind]}/{identity}", {}, endpoint=PATHS[kind])

    def balance(self) -> dict[str, Any] | None:
        """Return what the account holds now."""
        return self._get("/v1/balance", {})

    def account(self) -> dict[str, Any] | None:
        """Return the account: its time zone, its currency."""
        return self._get("/v1/account", {})

    def create_link(self, request: LinkRequest) -> tuple[str, str]:
        """Make a payment link for one pledge; return its id and its address."""
        metadata = {"pledge_ref": request.pledge_ref}
        line = self._open_line(request) if request.is_open else _fixed_line(request)
        order: Any = {
            "line_items": [line],
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
            "custom_text": {"submit": {"message": request.notice[:1200]}},
            "billing_address_collection": "required",
        }
        # An open amount may come in several payments; the link is closed when the pledge is kept.
        if not request.is_open:
            order["restrictions"] = {"completed_sessions": {"limit": 1}}
        key = f"link-{request.idempotency_key}"
        link = self._call(
            lambda: self._client.v1.payment_links.create(order, {"idempotency_key": key})
        )
        return str(link.id), str(link.url)

    def _open_line(self, request: LinkRequest) -> Any:
        """Return a line whose amount the donor chooses: a price of its own, as Stripe wants it.

        https://docs.stripe.com/payments/checkout/pay-what-you-want
        """
        price = self._call(
            lambda: self._client.v1.prices.create(
                {
                    "currency": request.currency,
                    "custom_unit_amount": {"enabled": True, "preset": request.amount_cents},
                    "product_data": {"name": request.title},
                    "metadata": {"pledge_ref": request.pledge_ref},
                },
                {"idempotency_key": f"price-{request.idempotency_key}"},
            )
        )
        return {"price": str(price.id), "quantity": 1}

    def close_link(self, link: str) -> None:
        """Let nobody pay through this link any more."""
        self._call(lambda: self._client.v1.payment_links.update(link, {"active": False}))

    def totals(self, first: int, end: int) -> list[tuple[str, str, int]] | None:
        """Return Stripe's own (currency, category, net) of a stretch; None if not to be had."""
        from gateways.stripe_reports import totals_by_category

        return totals_by_category(self, first, end)

    def _get(
        self, path: str, params: Mapping[str, Any], *, endpoint: str | None = None
    ) -> dict[str, Any] | None:
        """Return the answer as JSON; None for what is not offered."""
        limiter = self._endpoint_limiters.get(endpoint or path)

        def ask() -> dict[str, Any]:
            if limiter:
                limiter.wait()
            answer: Any = self._client.raw_request("get", path, **params)
            if not isinstance(answer.data, dict):
                raise stripe.APIError("The answer is no object.")
            return answer.data

        try:
            return self._call(ask)
        except stripe.PermissionError:
            self.counts["not allowed"] += 1
            return None
        except stripe.InvalidRequestError as error:
            if error.http_status in (404, 405):
                self.counts["not offered"] += 1
                return None
            raise

    def _call(self, ask: Callable[[], R]) -> R:
        """Ask until it answers; what will not pass by itself is a SetupError or Stripe's own."""

        def limited() -> R:
            self._limiter.wait()
            self.counts["requests"] += 1
            return ask()

        try:
            return Retrying(
                retry=retry_if_exception(_may_pass),
                wait=wait_random_exponential(multiplier=0.2, max=10),
                stop=stop_after_attempt(_ATTEMPTS),
                before_sleep=self._note_retry,
                reraise=True,
            )(limited)
        except stripe.AuthenticationError as error:
            raise SetupError("Stripe refuses STRIPE_API_KEY: check the key.") from error
        except stripe.APIConnectionError as error:
            raise SetupError(f"Stripe at {self.base} does not answer.") from error
        except stripe.RateLimitError as error:
            raise SetupError(f"Stripe at {self.base} keeps refusing: too many requests.") from error
        except stripe.APIError as error:
            raise SetupError(
                f"Stripe at {self.base} keeps failing (HTTP {error.http_status})."
            ) from error

    def _note_retry(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self.counts[f"retried: {type(error).__name__}"] += 1


def _fixed_line(request: LinkRequest) -> Any:
    return {
        "price_data": {
            "currency": request.currency,
            "unit_amount": request.amount_cents,
            "product_data": {"name": request.title},
        },
        "quantity": 1,
    }


def _created(row: Mapping[str, Any], window: Window) -> int:
    """Return when a record was made; one that does not say so belongs to the window asked for."""
    return int(row.get("created") or window.first)


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, stripe.StripeError) and error.http_status == 409:
        return True  # another request holds the object
    return isinstance(error, stripe.RateLimitError | stripe.APIConnectionError | stripe.APIError)
