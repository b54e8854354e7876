"""One reconciliation: the books in, what pays what and what was proven out.

The same in, the same out: nothing here knows a clock, a database or a random number.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from campaign.books import tieout
from campaign.books.exceptions import BookException, stripe_exceptions
from campaign.books.ledger import Books, Ints, kept_cents, sums_by_category
from campaign.books.paying import Paying, pay
from campaign.books.payouts import BankTie, tie_bank
from campaign.books.tieout import Invariant

_ROWS_A_PIECE = 50_000
_RETURNS = ("refund", "refund_failure", "charge_failure", "dispute", "dispute_reversal")


@dataclass(frozen=True, slots=True)
class Result:
    """What a reconciliation found; `paying` covers all books, the rest the asked days."""

    paying: Paying
    tie: BankTie
    exceptions: list[BookException]
    invariants: list[Invariant]
    totals: dict[str, Any]
    output_hash: str


def reconcile(books: Books) -> Result:
    """Match the books and prove them."""
    kept = kept_cents(books)
    paying = pay(books, kept)
    tie = tie_bank(books)
    exceptions = [*paying.exceptions, *stripe_exceptions(books, tie)]
    payments = _payments(books, kept, paying)
    invariants = [
        *tieout.stripe_invariants(books, tie),
        *tieout.payment_invariants(payments),
    ]
    totals = _totals(books, kept, paying, tie, payments)
    found = sorted(invariants, key=lambda invariant: invariant.number)
    return Result(
        paying, tie, exceptions, found, totals, _output_hash(paying, exceptions, found, totals)
    )


def with_determinism(result: Result, earlier_outputs: list[str]) -> Result:
    """Add the thirteenth invariant, from what this input gave before."""
    last = tieout.determinism([*earlier_outputs, result.output_hash])
    found = sorted([*result.invariants, last], key=lambda invariant: invariant.number)
    return replace(result, invariants=found)


def _inside(books: Books) -> Any:
    return books.charges["day"].between(books.first_day, books.last_day).to_numpy(bool)


def _payments(books: Books, kept: Ints, paying: Paying) -> tieout.Payments:
    """Return the sums of the period's payments, and of every pledge."""
    inside = _inside(books)
    charges, pledges = books.charges, books.pledges
    brought = np.where(charges["status"] == "succeeded", charges["captured"], 0)
    cents = paying.allocations["cents"].to_numpy(np.int64)
    payment = paying.allocations["payment"].to_numpy(np.int64)
    pledge = paying.allocations["pledge"].to_numpy(np.int64)
    allocated = np.bincount(payment, cents, minlength=len(charges)).astype(np.int64)
    paid = np.bincount(pledge, cents, minlength=len(pledges)).astype(np.int64)
    amount = pledges["whole"].to_numpy(np.int64)
    written_off = pledges["written_off"].to_numpy(np.int64)
    is_over = allocated > kept
    counts = inside & (brought > 0)
    is_exception = paying.has_exception & (allocated == 0)
    return tieout.Payments(
        charged=int(brought[inside].sum()),
        returned=int((brought - kept)[inside].sum()),
        allocated=int(allocated[inside].sum()),
        unallocated=int(paying.left[inside].sum()),
        over_allocated=tuple(charges["id"][is_over]),
        pledged=int(amount.sum()),
        paid=int(paid.sum()),
        written_off=int(written_off.sum()),
        open=int(np.maximum(amount - written_off - paid, 0).sum()),
        overpaid_pledges=tuple(pledges["ref"][paid > amount - written_off]),
        rows=int(counts.sum()),
        matched_rows=int((counts & (allocated > 0)).sum()),
        exception_rows=int((counts & is_exception).sum()),
        unmatched_rows=int((counts & (allocated == 0) & ~is_exception).sum()),
    )


def _totals(
    books: Books, kept: Ints, paying: Paying, tie: BankTie, payments: tieout.Payments
) -> dict[str, Any]:
    """Return the sums that a treasurer looks for first, in minor units."""
    inside = _inside(books)
    period = paying.allocations[inside[paying.allocations["payment"]]]
    by_tier = period.groupby("tier")["cents"].sum()
    ledger = books.in_period(books.ledger)
    payouts = books.in_period(books.payouts)
    in_bank = payouts["id"].isin([*tie.lines_of]) & (payouts["status"] != "failed")
    sent = payouts[~payouts["status"].isin(("failed", "canceled"))]
    return {
        "payments": int((inside & (kept > 0)).sum()),
        "charged_cents": payments.charged,
        "returned_cents": payments.returned,
        "kept_cents": int(kept[inside].sum()),
        "confirmed_cents": int(by_tier.get("confirmed", 0)),
        "suggested_cents": int(by_tier.get("suggested", 0)),
        "unallocated_cents": payments.unallocated,
        "pledges": len(books.pledges),
        "pledged_cents": payments.pledged,
        "paid_cents": payments.paid,
        "written_off_cents": payments.written_off,
        "open_cents": payments.open,
        "fees_cents": int(ledger["fee"].sum())
        - int(ledger.loc[ledger["category"] == "fee", "cents"].sum()),
        "net_cents": int(ledger["net"].sum()),
        "by_category": sums_by_category(ledger),
        "payouts": len(sent),
        "payouts_cents": int(sent["cents"].sum()),
        "bank_cents": int(payouts.loc[in_bank, "cents"].sum()),
        "in_transit_cents": int(sent.loc[sent["id"].isin(tie.in_transit), "cents"].sum()),
        "unexplained_cents": payments.charged
        - payments.allocated
        - payments.unallocated
        - payments.returned,
        # None: nothing but references was certain enough.
        "days": _days(books, tie),
        "confirmed_from": round(paying.threshold, 4) if paying.threshold <= 1 else None,
        "expected_precision": round(paying.expected_precision, 4) or None,
        "examples": paying.examples,
    }


def _days(books: Books, tie: BankTie) -> list[dict[str, Any]]:
    """Return day by day what donors gave, what Stripe booked for it, and what reached the bank.

    In the currency of most payments.
    A day's contributions and Stripe's rows for them agree; payouts follow days later.
    """
    main = books.charges["currency"].mode()
    if main.empty:
        return []
    charges, ledger, payouts = (
        frame[frame["currency"] == main[0]]
        for frame in (books.charges, books.ledger, books.payouts)
    )
    bank = books.bank.iloc[[line for lines in tie.lines_of.values() for line in lines]]
    booked = ledger[ledger["category"] == "charge"]
    returned = ledger[ledger["category"].isin(_RETURNS)]
    sent = payouts[~payouts["status"].isin(("failed", "canceled"))]
    columns = {
        "charged_cents": charges[charges["status"] == "succeeded"].groupby("day")["captured"].sum(),
        "stripe_charges_cents": booked.groupby("day")["cents"].sum(),
        "returned_cents": -returned.groupby("day")["cents"].sum(),
        "payouts_cents": sent.groupby("day")["cents"].sum(),
        "bank_cents": bank[bank["currency"] == main[0]].groupby("day")["cents"].sum(),
    }
    days = pd.DataFrame(columns).fillna(0).astype("int64").sort_index()
    inside = days[(days.index >= books.first_day) & (days.index <= books.last_day)]
    names = ["day", *columns]
    return [
        dict(zip(names, (date.fromordinal(day).isoformat(), *row), strict=True))
        for day, row in zip(inside.index.tolist(), inside.to_numpy().tolist(), strict=True)
    ]


def _output_hash(
    paying: Paying,
    exceptions: list[BookException],
    invariants: list[Invariant],
    totals: dict[str, Any],
) -> str:
    """Return one hash of all that was found; days of opening and numbers of rows are not in it."""
    digest = hashlib.sha256()
    columns = paying.listing[["payment_id", "pledge_ref", "cents", "tier", "confidence", "reason"]]
    for frame in (columns, paying.leftovers):
        table = pa.Table.from_pandas(frame, preserve_index=False)
        for piece in table.to_batches(max_chunksize=_ROWS_A_PIECE):
            text = pa.BufferOutputStream()
            pa_csv.write_csv(piece, text)
            digest.update(text.getvalue())
    facts = [
        [(e.kind, e.subject, e.amount_cents, e.currency, e.reason) for e in exceptions],
        [(i.number, i.status, i.detail, i.rows) for i in invariants],
        totals,
    ]
    digest.update(json.dumps(facts, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def as_document(
    result: Result,
    books: Books,
    *,
    timezone: str,
    input_hash: str,
    exceptions: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return the public form of a reconciliation: the keys are a contract.

    What may be a million rows stays a table; whoever writes the document writes it row by row.
    """
    inside = _inside(books)
    paying = result.paying
    listing = paying.listing[inside[paying.allocations["payment"].to_numpy(np.int64)]]
    leftovers = paying.leftovers[inside[paying.left > 0]]
    return {
        "period": {
            "from": date.fromordinal(books.first_day).isoformat(),
            "to": date.fromordinal(books.last_day).isoformat(),
            "timezone": timezone,
        },
        "allocations": listing.rename(columns={"cents": "amount_cents"}),
        "unallocated": leftovers.rename(columns={"cents": "amount_cents"}),
        "exceptions": exceptions,
        "invariants": [as_row(invariant) for invariant in result.invariants],
        "totals": result.totals,
        "input_hash": input_hash,
        "output_hash": result.output_hash,
    }


def as_row(invariant: Invariant) -> dict[str, Any]:
    """Return an invariant's public form."""
    row: dict[str, Any] = {
        "number": invariant.number,
        "name": invariant.name,
        "status": invariant.status,
        "detail": invariant.detail,
    }
    return {**row, "rows": list(invariant.rows)} if invariant.rows else row
