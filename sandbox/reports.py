"""Stripe's own summary reports, as the sandbox draws them up: amounts in major units."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from io import StringIO

from campaign.money import to_major
from sandbox.account import Account
from sandbox.objects import Object

Rows = list[list[str]]
PAYOUT_CATEGORIES = ("payout", "payout_reversal")


def run(account: Account, report_type: str, start: int, end: int, currency: str | None) -> Object:
    """Return a report run as it is when asked for: pending. Asked again, it has succeeded."""
    columns, draw = REPORTS[report_type]
    rows = [
        row
        for row in account.shelves["balance_transaction"]
        if row["created"] < end and currency in (None, row["currency"])
    ]
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(draw(rows, start))
    file_id, now = account.new_id("file"), account.clock.timestamp
    file = {
        "id": file_id, "object": "file", "created": now, "expires_at": now + 365 * 86_400,
        "filename": f"{file_id}.csv", "links": None, "purpose": "finance_report_run",
        "size": len(text.getvalue()), "title": None, "type": "csv",
        "url": f"{account.base_url}/v1/files/{file_id}/contents",
    }  # fmt: skip
    account.reports[file_id] = text.getvalue()
    account.add("file", file)
    report = {
        "id": account.new_id("report_run"), "object": "reporting.report_run", "created": now,
        "error": None, "livemode": False,
        "parameters": {"interval_start": start, "interval_end": end}, "report_type": report_type,
        "result": file, "status": "succeeded", "succeeded_at": now,
    }  # fmt: skip
    account.add("report_run", report, "reporting.report_run.succeeded")
    return {**report, "status": "pending", "result": None, "succeeded_at": None}


def _balance_summary(rows: Iterable[Object], start: int) -> Rows:
    """Return opening balance, activity, payouts and closing balance of each currency."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        held = sums[row["currency"]]
        held["ending_balance"] += row["net"]
        if row["created"] < start:
            held["starting_balance"] += row["net"]
            continue
        what = "payouts" if row["reporting_category"] in PAYOUT_CATEGORIES else "activity"
        held[f"{what}_gross"] += row["amount"]
        held[f"{what}_fee"] -= row["fee"]
        held[what] += row["net"]
    names = {
        "starting_balance": "Starting balance",
        "activity_gross": "Account activity before fees", "activity_fee": "Less fees",
        "activity": "Net balance change from activity",
        "payouts_gross": "Payouts before fees", "payouts_fee": "Less payout fees",
        "payouts": "Total payouts", "ending_balance": "Ending balance",
    }  # fmt: skip
    return [
        [category, code, text, to_major(sums[code][category], code)]
        for code in sorted(sums)
        for category, text in names.items()
    ]


def _by_category(rows: Iterable[Object], start: int, *, payouts: bool) -> Rows:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        is_payout = row["reporting_category"] in PAYOUT_CATEGORIES
        if row["created"] >= start and is_payout == payouts:
            held = sums[(row["reporting_category"], row["currency"])]
            for place, part in enumerate((1, row["amount"], row["fee"], row["net"])):
                held[place] += part
    return [
        [category, code, str(held[0]), *(to_major(part, code) for part in held[1:])]
        for (category, code), held in sorted(sums.items())
    ]


def _activity(rows: Iterable[Object], start: int) -> Rows:
    return _by_category(rows, start, payouts=False)


def _payouts(rows: Iterable[Object], start: int) -> Rows:
    return _by_category(rows, start, payouts=True)


_SUMMARY = ("reporting_category", "currency", "count", "gross", "fee", "net")
REPORTS: dict[str, tuple[tuple[str, ...], Callable[[Iterable[Object], int], Rows]]] = {
    "balance.summary.1": (("category", "currency", "description", "net_amount"), _balance_summary),
    "balance_change_from_activity.summary.1": (_SUMMARY, _activity),
    "payouts.summary.1": (_SUMMARY, _payouts),
}
