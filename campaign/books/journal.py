"""The books as double entries: each of Stripe's rows and each payout's arrival, in balance.

Gross is income, the fee an expense, and Stripe's balance an asset of its own, so that the journal
shows what the law wants (gross receipts, fees apart) and closes with what Stripe holds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from campaign.books.ledger import Books
from campaign.books.payouts import BankTie
from campaign.cells import neutral
from campaign.money import to_major

STRIPE = "Assets:Stripe"
ON_THE_WAY = "Assets:Stripe-Payouts"
BANK = "Assets:Bank"
FEES = "Expenses:Stripe-Fees"
OPENING = "Equity:Opening"
_ACCOUNT_OF = {
    "charge": "Income:Contributions",
    "refund": "Income:Refunds",
    "refund_failure": "Income:Refunds",
    "partial_capture_reversal": "Income:Refunds",
    "charge_failure": "Income:Returned",
    "dispute": "Income:Disputes",
    "dispute_reversal": "Income:Disputes",
    "fee": FEES,
    "network_cost": FEES,
    "tax": "Expenses:Stripe-Taxes",
    "payout": ON_THE_WAY,
    "payout_reversal": ON_THE_WAY,
    "topup": BANK,
    "topup_reversal": BANK,
}
_OTHER = "Equity:Stripe-Adjustments"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry."""

    account: str
    cents: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened on a day; its postings sum to zero."""

    day: date
    text: str
    link: str
    currency: str
    postings: tuple[Posting, ...]


def entries(books: Books, tie: BankTie) -> list[Entry]:
    """Return the period's entries, by day, after what each account held before."""
    before = books.ledger[books.ledger["day"] < books.first_day]
    sums = before.groupby("currency", sort=True)["net"].sum()
    opening = [
        _entry(
            books.first_day,
            "Opening balance at Stripe",
            "opening",
            currency,
            [(STRIPE, net), (OPENING, -net)],
        )
        for currency, net in zip(sums.index.tolist(), sums.tolist(), strict=True)
        if net
    ]
    moved = [*_from_ledger(books.in_period(books.ledger)), *_from_bank(books, tie)]
    return opening + sorted(moved, key=lambda entry: (entry.day, entry.link))


def _from_ledger(ledger: pd.DataFrame) -> Iterator[Entry]:
    for row in ledger.itertuples(index=False):
        other = _ACCOUNT_OF.get(str(row.category), _OTHER)
        # What Stripe's row says is kept, even where its net is not amount less fee.
        cents, fee, net = (int(str(value)) for value in (row.cents, row.fee, row.net))
        postings = [(STRIPE, net), (FEES, fee), (other, -cents), (_OTHER, cents - fee - net)]
        yield _entry(
            int(str(row.day)), f"Stripe {row.category}", str(row.id), str(row.currency),
            postings,
        )  # fmt: skip


def _from_bank(books: Books, tie: BankTie) -> Iterator[Entry]:
    days, whole, currencies = (books.bank[name].tolist() for name in ("day", "cents", "currency"))
    pairs = [
        (payout, line, cents)
        for payout, lines in tie.lines_of.items()
        for line, cents in lines.items()
    ]
    pairs += [(payout, line, whole[line]) for payout, line in tie.returned.items()]
    for payout, line, cents in pairs:
        if books.first_day <= days[line] <= books.last_day:
            sides = [(BANK, cents), (ON_THE_WAY, -cents)]
            yield _entry(days[line], "Payout in the bank", payout, currencies[line], sides)


def _entry(
    day: int, text: str, link: str, currency: str, sides: Iterable[tuple[str, int]]
) -> Entry:
    postings = tuple(Posting(account, cents) for account, cents in sides if cents)
    return Entry(date.fromordinal(day), text, link, currency, postings)


def as_csv(found: Iterable[Entry]) -> str:
    """Return the entries as a table: one posting a row, amounts in major units."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["entry", "date", "text", "link", "account", "amount", "currency"])
    for number, entry in enumerate(found, start=1):
        for posting in entry.postings:
            rows.writerow(
                [number, entry.day, neutral(entry.text), entry.link, posting.account,
                 to_major(posting.cents, entry.currency), entry.currency.upper()]
            )  # fmt: skip
    return out.getvalue()


def as_beancount(found: list[Entry], last_day: date) -> str:
    """Return the entries for beancount, closed with what Stripe held at the end of the period."""
    days = [entry.day for entry in found]
    first = min(days, default=last_day)
    accounts = sorted({posting.account for entry in found for posting in entry.postings})
    lines = ['option "title" "Pledgeline"', ""]
    lines += [f"{first} open {account}" for account in accounts] + [""]
    closing: dict[str, int] = {}
    for entry in found:
        currency = entry.currency.upper()
        lines.append(f'{entry.day} * "{entry.text}" ^{entry.link}')
        for posting in entry.postings:
            amount = to_major(posting.cents, entry.currency)
            lines.append(f"  {posting.account}  {amount} {currency}")
            if posting.account == STRIPE:
                closing[entry.currency] = closing.get(entry.currency, 0) + posting.cents
        lines.append("")
    after = last_day + timedelta(days=1)
    lines += [
        f"{after} balance {STRIPE}  {to_major(cents, currency)} {currency.upper()}"
        for currency, cents in sorted(closing.items())
    ]
    return "\n".join(lines) + "\n"
