"""The sandbox's Stripe account: its objects, its ledger, and what is due at which moment.

Everything that Stripe would remember is here and nowhere else; what payments, disputes and payouts
do with it is in the modules of those names.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox import objects
from sandbox.bank import Bank
from sandbox.clock import SandboxClock, midnight
from sandbox.null_fields import NULL_FIELDS
from sandbox.objects import Object
from sandbox.shelf import Shelf

KINDS = (
    "product", "price", "payment_link", "checkout_session", "customer", "payment_intent",
    "charge", "balance_transaction", "refund", "dispute", "payout", "event", "report_run", "file",
    "webhook_endpoint",
)  # fmt: skip
PREFIXES = {
    "product": "prod_", "price": "price_1", "payment_link": "plink_1",
    "checkout_session": "cs_test_a1", "customer": "cus_", "payment_intent": "pi_3",
    "charge": "ch_3", "payment": "py_3", "balance_transaction": "txn_1", "refund": "re_3",
    "dispute": "du_1", "payout": "po_1", "event": "evt_1", "report_run": "frr_1",
    "file": "file_1", "account": "acct_1", "bank_account": "ba_1", "webhook_endpoint": "we_1",
    "request": "req_", "link_code": "test_",
}  # fmt: skip
API_VERSION = "2026-10-28.endive"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(order=True)
class Due:
    """Something that happens at a moment, in the order in which it was planned."""

    at: datetime
    number: int
    act: Callable[..., object] = field(compare=False)
    facts: tuple[Any, ...] = field(compare=False)


class Account:
    """One Stripe account with its bank, as of the clock's moment."""

    def __init__(
        self, seed: int, clock: SandboxClock, *, timezone: str = "America/New_York"
    ) -> None:
        self.seed = seed
        self.clock = clock
        self.base_url = "http://127.0.0.1"
        self.shelves = {kind: Shelf() for kind in KINDS}
        self.bank = Bank()
        self.agenda: list[Due] = []
        self.story: list[dict[str, Any]] = []
        self.rows_of_payout: dict[str, list[str]] = defaultdict(list)
        self.session_of_intent: dict[str, str] = {}
        self.link_of_code: dict[str, str] = {}
        self.answered_links: set[str] = set()
        self.line_items: dict[str, list[Object]] = {}
        self.reports: dict[str, str] = {}
        self.webhook_secrets: dict[str, str] = {}
        self.unpaid_rows: dict[str, None] = {}
        self.pending_rows: dict[str, None] = {}
        self.available: Counter[str] = Counter()
        self.pending: Counter[str] = Counter()
        self.debits_negative_balances = False
        self.keeps_events = True
        self.unsent_events: list[str] = []
        self._drawn: Counter[str] = Counter()
        self._planned = 0
        self.bank_id = self.new_id("bank_account")
        self.account = objects.account(
            self.new_id("account"), self.bank_id, clock.timestamp, timezone
        )

    def new_id(self, kind: str) -> str:
        """Return the next id of that kind, which looks like Stripe's and follows from the seed."""
        self._drawn[kind] += 1
        text = f"{self.seed}|{kind}|{self._drawn[kind]}"
        number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=17).digest(), "big")
        letters = []
        for _ in range(22):
            number, place = divmod(number, 62)
            letters.append(_LETTERS[place])
        return PREFIXES[kind] + "".join(letters)

    def number_of(self, text: str) -> int:
        """Return a number that always belongs to that text: a card's, or a bank account's."""
        digest = hashlib.blake2b(f"{self.seed}|{text}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big")

    def answer_at(self, url: str) -> None:
        """Say at which address the sandbox answers now; pay pages move along."""
        self.base_url = url
        for code, link_id in self.link_of_code.items():
            self.shelves["payment_link"][link_id]["url"] = self.pay_page(code)

    def pay_page(self, code: str) -> str:
        """Return the address of a link's page."""
        return f"{self.base_url}/pay/{code}"

    def add(self, kind: str, thing: Object, event: str | None = None) -> Object:
        """Put an object on its shelf and tell of it."""
        for name in NULL_FIELDS.get(kind, ()):
            thing.setdefault(name, None)
        self.shelves[kind].add(thing, self.clock.timestamp)
        if event is not None:
            self.emit(event, thing)
        return thing

    def emit(self, event_type: str, thing: Object) -> None:
        """Record an event with the object as it is now."""
        if not self.keeps_events:
            return
        event = {
            "id": self.new_id("event"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.clock.timestamp,
            "data": {"object": json.loads(json.dumps(thing))},
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": None, "idempotency_key": None},
            "type": event_type,
        }
        self.shelves["event"].add(event, self.clock.timestamp)
        self.unsent_events.append(str(event["id"]))

    def at(self, moment: datetime, act: Callable[..., object], *facts: Any) -> None:
        """Plan `act(account, *facts)` for a moment; what is past happens at the next advance."""
        self._planned += 1
        heapq.heappush(self.agenda, Due(moment, self._planned, act, facts))

    def advance(self, to: datetime) -> int:
        """Let time pass up to the moment, do all that falls due in order, return how much did."""
        done = 0
        while self.agenda and self.agenda[0].at <= to:
            due = heapq.heappop(self.agenda)
            self.clock.move(due.at)
            due.act(self, *due.facts)
            done += 1
        self.clock.move(to)
        self.clock.tell()
        return done

    def book(self, kind: str, category: str, amount: int, **values: Any) -> Object:
        """Write a row into the ledger, and into the balance of its currency.

        `available_on` is a day at whose start (UTC) the money may leave; at once when left out.
        """
        day = values.pop("available_on", None)
        now = self.clock.timestamp
        row = objects.balance_transaction(
            self.new_id("balance_transaction"),
            now,
            int(midnight(day).timestamp()) if day else now,
            type=kind,
            reporting_category=category,
            amount=amount,
            **values,
        )
        self.shelves["balance_transaction"].add(row, now)
        if row["status"] == "pending":
            self.pending[row["currency"]] += row["net"]
            self.pending_rows[row["id"]] = None
        else:
            self.available[row["currency"]] += row["net"]
        self.unpaid_rows[row["id"]] = None
        return row

    def release_pending(self) -> None:
        """Make available what has waited long enough."""
        now = self.clock.timestamp
        for row_id in list(self.pending_rows):
            row = self.shelves["balance_transaction"][row_id]
            if row["available_on"] <= now:
                row["status"] = "available"
                del self.pending_rows[row_id]
                self.pending[row["currency"]] -= row["net"]
                self.available[row["currency"]] += row["net"]

    def balance(self) -> Object:
        """Return the balance as Stripe tells it."""
        currencies = sorted({"usd", *self.available, *self.pending})
        sums = {"available": self.available, "pending": self.pending}
        return {
            "object": "balance",
            "livemode": False,
            **{
                name: [
                    {"amount": held[code], "currency": code, "source_types": {"card": held[code]}}
                    for code in currencies
                ]
                for name, held in sums.items()
            },
        }

    def tell(self, kind: str, person: int | None = None, **facts: Any) -> None:
        """Add a line to the story: what kind of thing happened, ids and amounts only."""
        line = {"kind": kind, "at": self.clock.now.isoformat(), **facts}
        self.story.append(line if person is None else {**line, "person_id": person})
