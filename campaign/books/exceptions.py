"""What does not fit: kind, subject, amount, reason, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from campaign.books.ledger import OPEN_DISPUTE, Books, refunds_differ, refunds_listed
from campaign.books.payouts import BankTie, can_be_opened, contents_net
from campaign.books.statements import statement_findings
from campaign.days import short_day
from campaign.money import format_minor

# How a person may resolve each kind; the first is proposed.
RESOLUTIONS = {
    "unknown_reference": ("gift", "pledge", "not_campaign"),
    "wrong_reference": ("pledge", "gift", "not_campaign"),
    "doubtful_reference": ("confirm", "gift", "pledge", "not_campaign"),
    "double_payment": ("refund", "gift", "pledge"),
    "overpayment": ("gift", "refund", "pledge"),
    "other_currency": ("gift", "not_campaign"),
}
NOTED = ("noted",)
# What a person may answer: `pledge` and `not` name a pledge, `undo` takes an answer back.
ANSWERS = ("confirm", "pledge", "not", "gift", "not_campaign", "refund", "noted", "undo")

# https://docs.stripe.com/reports/reporting-categories
KNOWN_CATEGORIES = frozenset(
    [
        "advance",
        "advance_funding",
        "anticipation_repayment",
        "charge",
        "charge_failure",
        "connect_reserved_funds",
        "contribution",
        "dispute",
        "dispute_reversal",
        "fee",
        "network_cost",
        "other_adjustment",
        "partial_capture_reversal",
        "payment_network_reserve_hold",
        "payment_network_reserve_release",
        "payout",
        "payout_minimum_balance_hold",
        "payout_minimum_balance_release",
        "payout_reversal",
        "platform_earning",
        "platform_earning_refund",
        "refund",
        "refund_failure",
        "reserve_hold",
        "reserve_release",
        "risk_reserved_funds",
        "tax",
        "topup",
        "topup_reversal",
        "transfer",
        "transfer_reversal",
        "unreconciled_customer_funds",
    ]
)


@dataclass(frozen=True, slots=True)
class BookException:
    """One thing that a person should look at."""

    kind: str
    subject: str
    amount_cents: int
    currency: str
    reason: str
    day: int
    proposal: dict[str, Any] = field(default_factory=dict, hash=False)


def resolutions(kind: str) -> tuple[str, ...]:
    """Return what a person may decide about a kind, the proposed one first."""
    return RESOLUTIONS.get(kind, NOTED)


def stripe_exceptions(books: Books, tie: BankTie) -> list[BookException]:
    """Return what does not fit in Stripe's records and the bank's, in a fixed order."""
    parts: Iterable[Iterator[BookException]] = (
        _ledger(books),
        _charges(books),
        _refunds(books),
        _disputes(books),
        _payouts(books, tie),
        _bank(books, tie),
        _statements(books),
    )
    found = [exception for part in parts for exception in part if exception.day <= books.last_day]
    return sorted(found, key=lambda exception: (exception.kind, exception.subject))


def _make(
    kind: str, subject: str, row: Any, reason: str, cents: int | None = None
) -> BookException:
    amount = int(row.cents) if cents is None else cents
    proposal = {"resolutions": list(resolutions(kind))}
    return BookException(kind, subject, amount, str(row.currency), reason, int(row.day), proposal)


@lru_cache(maxsize=4096)
def _money(cents: int, currency: str) -> str:
    return format_minor(cents, currency)


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    yield from frame.itertuples(index=False)


def _ledger(books: Books) -> Iterator[BookException]:
    ledger = books.ledger
    for row in _rows(ledger[~ledger["category"].isin(KNOWN_CATEGORIES)]):
        reason = f"Stripe's ledger has a row of the unknown category {row.category!r}."
        yield _make("unknown_category", f"ledger:{row.id}", row, reason)
    for row in _rows(ledger[ledger["net"] != ledger["cents"] - ledger["fee"]]):
        net, amount, fee = (_money(cents, row.currency) for cents in (row.net, row.cents, row.fee))
        reason = f"Net {net} is not amount {amount} less fee {fee}."
        yield _make("wrong_net", f"ledger:{row.id}", row, reason)


def _charges(books: Books) -> Iterator[BookException]:
    charges = books.charges
    is_taken = (charges["status"] == "succeeded") & (charges["captured"] > 0)
    bare = charges[is_taken & charges["balance_transaction"].isna()]
    in_ledger = books.ledger["source"][books.ledger["source"].isin(bare["id"])]
    for row in _rows(bare[~bare["id"].isin(in_ledger)]):
        reason = "The charge succeeded, but Stripe's ledger has no row for it yet."
        yield _make("charge_without_ledger_row", f"charge:{row.id}", row, reason)
    late = books.ledger[books.ledger["category"] == "charge_failure"]
    for row in _rows(late):
        cents, day = _money(-row.cents, row.currency), short_day(date.fromordinal(int(row.day)))
        reason = f"The payer's bank took {cents} back on {day}: the debit had come and failed."
        yield _make("payment_failed_late", f"charge:{row.source}", row, reason, -int(row.cents))


def _refunds(books: Books) -> Iterator[BookException]:
    refunds = books.refunds
    for row in _rows(refunds[refunds["status"] == "failed"]):
        reason = "The refund did not reach the donor: the money is back and must go another way."
        yield _make("refund_failed", f"refund:{row.id}", row, reason)
    sums = refunds_listed(books.charges, refunds)
    differs = refunds_differ(books.charges, refunds)
    for row in _rows(books.charges[differs].assign(listed=sums[differs])):
        listed, told = (_money(cents, row.currency) for cents in (row.listed, row.refunded))
        reason = f"Refunds sum to {listed}, the charge says {told}."
        cents = abs(int(row.listed) - int(row.refunded))
        yield _make("refunds_differ", f"charge:{row.id}", row, reason, cents)


def _disputes(books: Books) -> Iterator[BookException]:
    disputes = books.disputes
    for row in _rows(disputes[disputes["status"].isin(OPEN_DISPUTE)]):
        reason = "The payer contests it; Stripe holds the money until it is decided."
        yield _make("dispute_open", f"dispute:{row.id}", row, reason)
    for row in _rows(disputes[disputes["status"] == "lost"]):
        reason = "The dispute was lost: the money went back to the payer."
        yield _make("dispute_lost", f"dispute:{row.id}", row, reason)
    for row in _rows(disputes[disputes["status"].str.startswith("warning_n")]):
        reason = "The payer's bank asks about it; no money has moved yet."
        yield _make("dispute_warning", f"dispute:{row.id}", row, reason)


def _payouts(books: Books, tie: BankTie) -> Iterator[BookException]:
    payouts = books.payouts
    sums = contents_net(books)
    openable = can_be_opened(payouts)
    opened = openable & payouts["id"].isin(sums.index)
    is_off = opened & (payouts["id"].map(sums) != payouts["cents"])
    for row in _rows(payouts[is_off]):
        difference = int(row.cents) - int(sums[row.id])
        reason = f"The payout is {_money(difference, row.currency)} off the sum of its rows."
        yield _make("payout_differs", f"payout:{row.id}", row, reason, difference)
    for row in _rows(payouts[~openable & (payouts["status"] != "canceled")]):
        reason = "Stripe does not tell what a manual, instant or unfinished payout holds."
        yield _make("payout_not_provable", f"payout:{row.id}", row, reason)
    for row in _rows(payouts[payouts["status"] == "failed"]):
        reason = "The bank refused the payout; the money is back at Stripe and goes out again."
        yield _make("payout_failed", f"payout:{row.id}", row, reason)
    if books.bank.empty:
        return
    for row in _rows(payouts[payouts["id"].isin(tie.missing)]):
        reason = "The payout should have arrived, and the bank's statement has no line for it."
        yield _make("payout_not_in_bank", f"payout:{row.id}", row, reason)


def _bank(books: Books, tie: BankTie) -> Iterator[BookException]:
    for kind, lines, reason in (
        ("bank_line_doubled", tie.doubled, "A second bank line of a payout that has its line."),
        ("bank_line_unknown", tie.unknown, "The bank has a line from Stripe that no payout is."),
        (
            "bank_line_currency",
            tie.other_currency,
            "The bank's line names a payout that is in another currency.",
        ),
    ):
        for line in lines:
            row: Any = books.bank.loc[line]
            yield _make(kind, f"bank:{row.key}", row, reason)


def _statements(books: Books) -> Iterator[BookException]:
    for kind, row, cents, reason in statement_findings(books.statements):
        subject = f"statement:{row.id}"
        proposal = {"resolutions": list(resolutions(kind))}
        currency, day = str(row.currency), int(row.last_day)
        yield BookException(kind, subject, cents, currency, reason, day, proposal)
