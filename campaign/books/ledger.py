"""What each payment brought and kept, and the books as columns.

Amounts are whole minor units, days are counted as Python's ordinals in the committee's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NOT_REFUNDED = ("failed", "canceled")
# Money that a dispute took and has not brought back; warnings take none
# (https://docs.stripe.com/disputes/how-disputes-work).
WITHHELD = ("needs_response", "under_review", "lost", "charge_refunded")
OPEN_DISPUTE = ("needs_response", "under_review")


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a reconciliation looks at, as columns, in the order of their ids."""

    first_day: int
    last_day: int
    pledges: pd.DataFrame
    charges: pd.DataFrame
    refunds: pd.DataFrame
    disputes: pd.DataFrame
    payouts: pd.DataFrame
    ledger: pd.DataFrame
    contents: pd.DataFrame  # payout, row
    bank: pd.DataFrame
    balances: pd.DataFrame  # what Stripe said last that it holds
    decisions: pd.DataFrame
    signed: pd.DataFrame  # payment, pledge, cents: what signed reports say pays what
    stripe_totals: pd.DataFrame  # Stripe's own report by category, where it was had
    statements: pd.DataFrame  # what bank statements say of their balances

    def in_period(self, frame: pd.DataFrame, column: str = "day") -> pd.DataFrame:
        """Return the rows of the asked days, both included."""
        return frame[frame[column].between(self.first_day, self.last_day)]


def refunds_listed(charges: pd.DataFrame, refunds: pd.DataFrame) -> Ints:
    """Return what the refunds of each charge sum to, those that failed left out."""
    good = refunds[~refunds["status"].isin(NOT_REFUNDED)]
    return _of(charges, good.groupby("charge")["cents"].sum())


def refunds_differ(charges: pd.DataFrame, refunds: pd.DataFrame) -> Flags:
    """Return which charges say another sum than their refunds, or more than was captured.

    What was authorised and never captured is released: Stripe calls that refunded, and no money
    moved (https://docs.stripe.com/api/payment_intents/cancel). A debit that came back after a
    refund has nothing captured any more: both took the money.
    """
    told = charges["refunded"].to_numpy(np.int64)
    captured = charges["captured"].to_numpy(np.int64)
    is_kept = charges["status"].to_numpy() == "succeeded"
    most = np.where(is_kept, captured, charges["cents"].to_numpy(np.int64))
    is_released = is_kept & (captured == 0)
    differs = (refunds_listed(charges, refunds) != told) | (told > most)
    return np.asarray(differs & ~is_released, dtype=np.bool_)


def returned_cents(charges: pd.DataFrame, refunds: pd.DataFrame, disputes: pd.DataFrame) -> Ints:
    """Return what of each charge went back: refunds that did not fail, and disputes that took."""
    asked = refunds.groupby("charge")["cents"].sum()
    listed = refunds_listed(charges, refunds)
    told = charges["refunded"].to_numpy(np.int64)
    # A refund that failed may still stand in the charge's own sum; else the larger is believed.
    is_stale = (told == _of(charges, asked)) & (told > listed)
    refunded = np.where(is_stale, listed, np.maximum(told, listed))
    taken = disputes[disputes["status"].isin(WITHHELD)].groupby("charge")["cents"].sum()
    captured = charges["captured"].to_numpy(np.int64)
    return np.asarray(np.minimum(refunded + _of(charges, taken), captured), dtype=np.int64)


def kept_cents(books: Books) -> Ints:
    """Return what each charge brought and kept: nothing while it is pending or when it failed."""
    charges = books.charges
    captured = np.where(charges["status"] == "succeeded", charges["captured"], 0)
    reversed_later = books.ledger[books.ledger["category"] == "charge_failure"]
    failed = -_of(charges, reversed_later.groupby("source")["cents"].sum())
    returned = returned_cents(charges, books.refunds, books.disputes)
    return np.maximum(captured - np.maximum(failed, 0) - returned, 0).astype(np.int64)


def _of(charges: pd.DataFrame, totals: pd.Series) -> Ints:
    return np.asarray(charges["id"].map(totals).fillna(0).to_numpy(np.int64), dtype=np.int64)


def sums_by_category(rows: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return gross, fee and net of ledger rows by category, in the order of their names."""
    grouped = rows.groupby("category", sort=True)[["cents", "fee", "net"]].sum()
    return {
        str(category): {"cents": int(cents), "fee": int(fee), "net": int(net)}
        for category, cents, fee, net in grouped.itertuples(name=None)
    }
