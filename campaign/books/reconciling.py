"""One reconciliation: the books in, what pays what and what was proven out.

The same in, the same out: nothing here knows a clock, a database or a random number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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


def _currencies(books: Books) -> list[str]:
    """Return the currencies of the books, that of most payments and pledges first."""
    promised = pd.concat([books.charges["currency"], books.pledges["currency"]])
    counts = promised.value_counts()
    known = sorted({*counts.index, *books.ledger["currency"]})
    return sorted(known, key=lambda code: -int(counts.get(code, 0))) or ["usd"]


def _in_currency(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return the rows in one currency; a million rows of one alone are not copied."""
    mine = frame["currency"] == code
    return frame if mine.all() else frame[mine]


def _payments(books: Books, kept: Ints, paying: Paying) -> dict[str, tieout.Payments]:
    """Return, by currency, the sums of the period's payments and of every pledge."""
    charges, pledges = books.charges, books.pledges
    brought = np.where(charges["status"] == "succeeded", charges["captured"], 0)
    found = paying.allocations
    allocated = _sums_at(found, "payment", len(charges))
    is_matched = allocated > 0
    money = pd.DataFrame(
        {
            "charged": brought,
            "returned": brought - kept,
            "allocated": allocated,
            "unallocated": paying.left,
            "rows": brought > 0,
            "matched_rows": (brought > 0) & is_matched,
            "exception_rows": (brought > 0) & ~is_matched & paying.has_exception,
            "unmatched_rows": (brought > 0) & ~is_matched & ~paying.has_exception,
        }
    )
    # A suggestion is no fact: until a person confirms it, its pledge is open.
    paid = _sums_at(found[found["tier"] == "confirmed"], "pledge", len(pledges))
    due = (pledges["whole"] - pledges["written_off"]).to_numpy(np.int64)
    promises = pledges[["whole", "written_off"]].rename(columns={"whole": "pledged"})
    promises = promises.assign(paid=paid, open=np.maximum(due - paid, 0))
    over = charges.loc[allocated > kept, ["id", "currency"]]
    overpaid = pledges.loc[_sums_at(found, "pledge", len(pledges)) > due, ["ref", "currency"]]
    codes, inside = _currencies(books), _inside(books)
    sums = pd.concat(
        [
            money[inside].groupby(charges["currency"][inside]).sum().reindex(codes, fill_value=0),
            promises.groupby(pledges["currency"]).sum().reindex(codes, fill_value=0),
        ],
        axis=1,
    ).astype("int64")
    return {
        str(code): tieout.Payments(
            **row,
            over_allocated=tuple(over["id"][over["currency"] == code]),
            overpaid_pledges=tuple(overpaid["ref"][overpaid["currency"] == code]),
        )
        for code, row in sums.to_dict("index").items()
    }


def _sums_at(allocations: pd.DataFrame, side: str, count: int) -> Ints:
    """Return what is allocated of each payment, or to each pledge."""
    places = allocations[side].to_numpy(np.int64)
    cents = allocations["cents"].to_numpy(np.int64)
    return np.bincount(places, cents, minlength=count).astype(np.int64)


def _totals(
    books: Books,
    kept: Ints,
    paying: Paying,
    tie: BankTie,
    payments: Mapping[str, tieout.Payments],
) -> dict[str, Any]:
    """Return the sums that a treasurer looks for first, in minor units.

    They are in the currency of most payments and pledges; every other one has its own, apart.
    """
    main, *others = payments
    sums = {code: _sums(books, kept, paying, tie, code, payments[code]) for code in payments}
    return sums[main] | {
        "currency": main,
        "other_currencies": {code: sums[code] for code in others},
        "days": _days(books, tie, main),
        # None: nothing but references was certain enough.
        "confirmed_from": round(paying.threshold, 4) if paying.threshold <= 1 else None,
        "expected_precision": round(paying.expected_precision, 4) or None,
        "examples": paying.examples,
    }


def _sums(
    books: Books, kept: Ints, paying: Paying, tie: BankTie, code: str, payments: tieout.Payments
) -> dict[str, Any]:
    inside = _inside(books) & (books.charges["currency"] == code).to_numpy(bool)
    period = paying.allocations[inside[paying.allocations["payment"]]]
    by_tier = period.groupby("tier")["cents"].sum()
    ledger, payouts = (
        books.in_period(_in_currency(frame, code)) for frame in (books.ledger, books.payouts)
    )
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
        "pledges": int((books.pledges["currency"] == code).sum()),
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
    }


def _days(books: Books, tie: BankTie, main: str) -> list[dict[str, Any]]:
    """Return day by day what donors gave, what Stripe booked for it, and what reached the bank.

    A day's contributions and Stripe's rows for them agree; payouts follow days later.
    """
    charges, ledger, payouts = (
        frame[frame["currency"] == main] for frame in (books.charges, books.ledger, books.payouts)
    )
    parts = [part for lines in tie.lines_of.values() for part in lines.items()]
    bank = books.bank.iloc[[line for line, _ in parts]].assign(cents=[cents for _, cents in parts])
    booked = ledger[ledger["category"] == "charge"]
    returned = ledger[ledger["category"].isin(_RETURNS)]
    sent = payouts[~payouts["status"].isin(("failed", "canceled"))]
    columns = {
        "charged_cents": charges[charges["status"] == "succeeded"].groupby("day")["captured"].sum(),
        "stripe_charges_cents": booked.groupby("day")["cents"].sum(),
        "returned_cents": -returned.groupby("day")["cents"].sum(),
        "payouts_cents": sent.groupby("day")["cents"].sum(),
        "bank_cents": bank[bank["currency"] == main].groupby("day")["cents"].sum(),
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
