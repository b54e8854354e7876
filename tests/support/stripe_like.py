"""A small server that lists records as Stripe does, newest first, and can be told to misbehave.

For the laws of fetching: the sandbox is the place for Stripe's behaviour.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LISTS = (
    "charges",
    "refunds",
    "disputes",
    "payouts",
    "balance_transactions",
    "payment_intents",
    "checkout/sessions",
    "customers",
    "invoices",
)


@dataclass
class StripeLike:
    """Records by list, and how the server behaves."""

    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    payout_of: dict[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    seconds_a_page: float = 0.0
    faults: Iterator[int] | None = None
    ignores_ranges: bool = False
    balance: dict[str, int] | None = None
    timezone: str | None = None
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    base: str = ""

    def add(self, name: str, *rows: dict[str, Any]) -> None:
        """Put records into a list."""
        known = self.records.setdefault(name, [])
        known += rows
        known.sort(key=lambda row: (row["created"], row["id"]), reverse=True)

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        """Return what Stripe would say."""
        with self.lock:
            self.requests += 1
            fault = next(self.faults, 0) if self.faults else 0
        if fault:
            return fault, {"error": {"message": "on purpose", "type": "api_error"}}
        if path == "account":
            return 200, {"id": "acct_1", "settings": {"dashboard": {"timezone": self.timezone}}}
        if path == "balance":
            return 200, self._balance()
        for name in LISTS:
            if path == name and name not in self.missing:
                return 200, self._page(name, query)
            if path.startswith(name + "/"):
                found = [row for row in self.records.get(name, []) if path.endswith(row["id"])]
                if found:
                    return 200, found[0]
        return 404, {"error": {"message": "no such thing", "type": "invalid_request_error"}}

    def _balance(self) -> dict[str, Any]:
        totals: dict[str, dict[str, int]] = {}
        for row in self.records.get("balance_transactions", []):
            held = totals.setdefault(row["currency"], {"available": 0, "pending": 0})
            held[row["status"]] += row["net"]
        return {
            part: [{"amount": held[part], "currency": name} for name, held in totals.items()]
            for part in ("available", "pending")
        }

    def _page(self, name: str, query: dict[str, list[str]]) -> dict[str, Any]:
        rows = self.records.get(name, [])
        low = int(query.get("created[gte]", ["0"])[0])
        high = int(query.get("created[lte]", ["99999999999"])[0])
        if not self.ignores_ranges:
            rows = [row for row in rows if low <= row["created"] <= high]
        if "payout" in query:
            rows = [row for row in rows if self.payout_of.get(row["id"]) == query["payout"][0]]
        after = query.get("starting_after", [None])[0]
        if after:
            place = [row["id"] for row in rows].index(after)
            rows = rows[place + 1 :]
        limit = int(query.get("limit", ["10"])[0])
        return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit}


@contextmanager
def serving(world: StripeLike) -> Iterator[StripeLike]:
    """Serve on a free port of this machine; the address is in `base`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            time.sleep(world.seconds_a_page)
            status, body = world.answer(split.path.removeprefix("/v1/"), parse_qs(split.query))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    world.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
