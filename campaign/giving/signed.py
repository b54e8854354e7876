"""What a signed report told of payments and pledges stays, whatever would fit better since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from campaign.giving.evidence import Flags
from campaign.giving.matching import Outcome
from campaign.giving.open_books import BY_SIGNATURE, OpenBooks, facts

_PAIR = ["payment", "pledge"]


def keep_signed(
    outcome: Outcome, payments: pd.DataFrame, pledges: pd.DataFrame, signed: pd.DataFrame
) -> Outcome:
    """Let each payment that would pay less of what was signed pay that, and all else what is left.

    Payments: kept, captured. Pledges: open. Signed: payment, pledge (their places), cents. A
    payment of which money went back pays what it can: what its month told of it is kept elsewhere.
    """
    moved = _moved(outcome.allocations, payments, signed)
    if not moved.any():
        return outcome
    books = OpenBooks(
        payments,
        pledges,
        payments["kept"].to_numpy(np.int64).copy(),
        pledges["open"].to_numpy(np.int64).copy(),
    )
    held = signed[moved[signed["payment"]]]
    firm = pd.DataFrame(dict(held.items()) | facts("confirmed", 1.0, BY_SIGNATURE))
    found = outcome.allocations[~moved[outcome.allocations["payment"]]]
    is_near = found["pledge"].isin(firm["pledge"])
    near = found[is_near].merge(signed[_PAIR].assign(is_signed=True), on=_PAIR, how="left")
    near = near.sort_values(["is_signed", "tier"], kind="stable").drop(columns="is_signed")
    parts = [found[~is_near], *_poured(books, firm), *_poured(books, near)]
    allocations = pd.concat(parts, ignore_index=True).sort_values(_PAIR)
    paid = np.zeros(len(payments), dtype=np.int64)
    np.add.at(paid, allocations["payment"].to_numpy(), allocations["cents"].to_numpy())
    return replace(
        outcome,
        allocations=allocations.reset_index(drop=True),
        left_cents=payments["kept"].to_numpy(np.int64) - paid,
        wrong_reference=outcome.wrong_reference & ~moved,
        double_click=outcome.double_click & ~moved,
        doubtful_reference=outcome.doubtful_reference & ~moved,
    )


def _moved(allocations: pd.DataFrame, payments: pd.DataFrame, signed: pd.DataFrame) -> Flags:
    """Return which payments, still whole, are not sure to pay all that was signed of them."""
    sure = allocations.loc[allocations["tier"] == "confirmed", [*_PAIR, "cents"]]
    both = signed.merge(sure, on=_PAIR, how="left", suffixes=("", "_now"))
    short = both.loc[both["cents_now"].fillna(0) < both["cents"], "payment"].to_numpy(np.int64)
    moved = np.zeros(len(payments), dtype=bool)
    moved[short] = True
    return moved & (payments["kept"] == payments["captured"]).to_numpy(bool)


def _poured(books: OpenBooks, rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the rows with the cents for which there is room: one of each payment at once."""
    for _, each in rows.groupby(rows.groupby("payment").cumcount()):
        payment, pledge, cents = (each[name].to_numpy(np.int64) for name in (*_PAIR, "cents"))
        taken = books.take(payment, pledge, cents)
        yield each.assign(cents=taken)[taken > 0]
