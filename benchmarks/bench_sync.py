"""How much of the allowed request rate a sync uses, against a server that takes 50 ms a page.

    python -m benchmarks sync

Baseline: one page after the other, as a plain loop over Stripe's list would ask.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from rich.console import Console
from rich.table import Table

from campaign.books.windows import Window
from gateways.stripe import StripeApi

ROWS = 30_000
SECONDS_A_PAGE = 0.05
ALLOWED = 25.0  # Stripe's limit for a test key, and for one endpoint of a live one
FIRST, LAST = 1_750_000_000, 1_752_592_000


class _Server:
    """Ledger rows spread over a month, with days that are busy and days that are not."""

    def __init__(self) -> None:
        span = LAST - FIRST
        moments = [FIRST + int(span * (i / ROWS) ** 2) for i in range(ROWS)]
        self.rows = [{"id": f"txn_{i:07d}", "created": at} for i, at in enumerate(moments)][::-1]
        self.places = {row["id"]: place for place, row in enumerate(self.rows)}
        self.starts: list[float] = []
        self.lock = threading.Lock()

    def page(self, query: dict[str, list[str]]) -> dict[str, object]:
        with self.lock:
            self.starts.append(time.monotonic())
        low, high = int(query["created[gte]"][0]), int(query["created[lte]"][0])
        after = query.get("starting_after", [""])[0]
        start = self.places[after] + 1 if after else 0
        rows: list[dict[str, object]] = []
        more = False
        for row in self.rows[start:]:
            if low <= int(str(row["created"])) <= high:
                if len(rows) == 100:
                    more = True
                    break
                rows.append(row)
        return {"object": "list", "data": rows, "has_more": more}


@contextmanager
def _serving(world: _Server) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            content = json.dumps(world.page(parse_qs(urlsplit(self.path).query))).encode()
            time.sleep(SECONDS_A_PAGE)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def _one_by_one(base: str, pages: int) -> float:
    """Return the request rate of a plain loop, over its first pages."""
    api = StripeApi("sk_test_bench", base, 1_000_000)
    cursor = ""
    started = time.monotonic()
    for _ in range(pages):
        window = Window("balance_transaction", FIRST, LAST, cursor or None)
        page, _rest = api._page(window)  # noqa: SLF001 - one page, as a plain loop asks for it
        cursor = str(page.rows[-1]["id"])
    return pages / (time.monotonic() - started)


def main() -> None:
    """Print the rates."""
    world = _Server()
    with _serving(world) as base:
        plain = _one_by_one(base, 60)
        world.starts.clear()
        api = StripeApi("sk_test_bench", base)
        started = time.monotonic()
        seen = {
            str(row["id"])
            for page in api.pages([Window("balance_transaction", FIRST, LAST)])
            for row in page.rows
        }
        seconds = time.monotonic() - started
        rate = len(world.starts) / seconds
        world.starts.clear()
        fast = StripeApi("sk_test_bench", base, 200)
        started = time.monotonic()
        for _ in fast.pages([Window("balance_transaction", FIRST, LAST)]):
            pass
        fast_rate = len(world.starts) / (time.monotonic() - started)
    table = Table(title=f"{ROWS:,} ledger rows, {SECONDS_A_PAGE * 1000:.0f} ms a page")
    for column in ("what", "requests a second", "of the allowed rate", "rows a second"):
        table.add_column(column)
    table.add_row("one page after the other", f"{plain:.1f}", f"{plain / ALLOWED:.0%}", "")
    table.add_row("ours", f"{rate:.1f}", f"{rate / ALLOWED:.0%}", f"{len(seen) / seconds:,.0f}")
    table.add_row("ours, allowed 200", f"{fast_rate:.1f}", f"{fast_rate / 200:.0%}", "")
    Console().print(table)
    if len(seen) != ROWS:
        raise SystemExit(f"Only {len(seen)} of {ROWS} rows arrived.")


if __name__ == "__main__":
    main()
