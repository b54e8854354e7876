"""The door to Stripe's own summary reports: a control of our totals that does not come from us.

Reports are drawn up by request and not for every key (test keys and recent days often have none).
Whatever keeps one from us is no fault of the books: the answer is None, and nothing is tried again.
"""

from __future__ import annotations

import csv
import io
import time
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import stripe

from campaign.money import AmountError, parse_minor

# https://docs.stripe.com/reports/report-types/balance: together they hold every ledger row.
REPORT_TYPES = ("balance_change_from_activity.summary.1", "payouts.summary.1")
_FILES_HOST = "files.stripe.com"
_LOOKS = 6


Total = tuple[str, str, int]


class Door(Protocol):
    """Where and with which key Stripe is asked."""

    key: str
    base: str


def totals_by_category(door: Door, first: int, end: int) -> list[Total] | None:
    """Return Stripe's own (currency, category, net) of a stretch; None where it tells none."""
    client = stripe.StripeClient(
        door.key, base_addresses={"api": door.base.rstrip("/")}, max_network_retries=0
    )
    found: list[Total] = []
    for report_type in REPORT_TYPES:
        try:
            url = _url_of(client, report_type, {"interval_start": first, "interval_end": end})
            text = None if url is None else _download(door, url)
            found += [] if text is None else parse_totals(text)
        except (stripe.StripeError, httpx.HTTPError, AmountError, KeyError, ValueError):
            return None
        if text is None:
            return None
    return found


def _url_of(client: stripe.StripeClient, report_type: str, interval: dict[str, int]) -> str | None:
    """Order a report and look for it a few times; return where its file is."""
    path = "/v1/reporting/report_runs"
    run = _data(client.raw_request("post", path, report_type=report_type, parameters=interval))
    for look in range(_LOOKS):
        if run.get("status") != "pending":
            break
        time.sleep(0.5 * look)
        run = _data(client.raw_request("get", f"{path}/{run['id']}"))
    return str(run["result"]["url"]) if run.get("status") == "succeeded" else None


def _download(door: Door, url: str) -> str | None:
    """Return the file; the key goes to nobody but Stripe."""
    place = urlsplit(url)
    is_known = place.netloc == urlsplit(door.base).netloc
    if not is_known and (place.scheme, place.netloc) != ("https", _FILES_HOST):
        return None
    return httpx.get(url, auth=(door.key, ""), timeout=60).raise_for_status().text


def parse_totals(text: str) -> list[Total]:
    r"""Return the categories of a summary report; its amounts are in major units.

    >>> parse_totals("reporting_category,currency,net\ncharge,usd,12.50\n")
    [('usd', 'charge', 1250)]
    """
    return [
        (
            row["currency"].lower(),
            row["reporting_category"],
            parse_minor(row["net"], row["currency"]),
        )
        for row in csv.DictReader(io.StringIO(text))
    ]


def _data(answer: Any) -> dict[str, Any]:
    if not isinstance(answer.data, dict):
        raise ValueError("The answer is no object.")
    return answer.data
