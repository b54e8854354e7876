"""Webhooks of the sandbox: signed events, sent to whoever asked for them.

Signatures carry the true time of day, as Stripe's do, not the sandbox's: that is what the official
library checks. `Manners` make the delivery as bad as the world's: twice, in the wrong order, or not
at all; and say whether events come whole (snapshots) or thin (only the id of what changed).
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from sandbox.account import Account
from sandbox.chance import Chance

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Manners:
    """How badly events are delivered."""

    twice: bool = False
    backwards: bool = False
    thin: bool = False
    lost_share: float = 0.0


@dataclass(frozen=True)
class Parcel:
    """One event on its way to one endpoint."""

    url: str
    secret: str
    body: str


class Postman:
    """Sends events in a thread of its own."""

    def __init__(self) -> None:
        self.manners = Manners()
        self._parcels: queue.Queue[Parcel] = queue.Queue()
        self._thread: threading.Thread | None = None
        self.delivered = 0
        self.failed = 0

    def collect(self, account: Account) -> None:
        """Take the events that nobody has sent yet."""
        unsent, account.unsent_events = account.unsent_events, []
        endpoints = [
            one for one in account.shelves["webhook_endpoint"] if one["status"] == "enabled"
        ]
        if not endpoints or not unsent:
            return
        self._start()
        for event_id in self._spoilt(unsent, account.seed):
            event = account.shelves["event"][event_id]
            for endpoint in endpoints:
                if _wants(endpoint, event["type"]):
                    secret = account.webhook_secrets[endpoint["id"]]
                    body = json.dumps(thin(event) if self.manners.thin else event)
                    self._parcels.put(Parcel(endpoint["url"], secret, body))

    def wait(self) -> None:
        """Return when everything collected so far was sent."""
        self._parcels.join()

    def _spoilt(self, event_ids: list[str], seed: int) -> list[str]:
        manners = self.manners
        kept = [
            one for one in event_ids if not Chance(seed, "lost", one).happens(manners.lost_share)
        ]
        kept = kept[::-1] if manners.backwards else kept
        return [one for one in kept for _ in range(2 if manners.twice else 1)]

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="postman", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        with httpx.Client(timeout=10) as client:
            while True:
                parcel = self._parcels.get()
                try:
                    self._send(client, parcel)
                finally:
                    self._parcels.task_done()

    def _send(self, client: httpx.Client, parcel: Parcel) -> None:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(parcel.body, parcel.secret),
            "User-Agent": "Stripe/1.0 (SANDBOX)",
        }
        try:
            client.post(parcel.url, content=parcel.body, headers=headers).raise_for_status()
        except httpx.HTTPError as error:
            self.failed += 1
            log.warning("a webhook was not taken: %s", type(error).__name__)
        else:
            self.delivered += 1


def thin(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event without its object, as Stripe's second generation sends them."""
    thing = event["data"]["object"]
    return {
        "id": event["id"],
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "livemode": False,
        "created": datetime.fromtimestamp(event["created"], UTC).isoformat(),
        "related_object": {"id": thing["id"], "type": thing["object"], "url": None},
    }


def signature(body: str, secret: str) -> str:
    """Return the header that proves where an event comes from."""
    from stripe import WebhookSignature  # takes half a second to import, and few need it

    header: str = WebhookSignature.generate_signature_header(body, secret)
    return header


def _wants(endpoint: dict[str, Any], event_type: str) -> bool:
    return any(wanted in ("*", event_type) for wanted in endpoint["enabled_events"])
