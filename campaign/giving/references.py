"""What a payment's reference is worth, and payments that are there twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from campaign.giving import candidates as c
from campaign.giving.candidates import Ints
from campaign.giving.evidence import Flags
from campaign.giving.pairs import Pairs

DOUBLE_CLICK_SECONDS = 900
_STRANGERS = (c.NOTHING, c.NAME_ELSEWHERE, c.NEW_NAME)
_EQUAL = (c.EXACT, c.INSTALMENT, c.WITH_FEE)
_FITTING = (*_EQUAL, c.INSTALMENTS, c.ROUNDED)


def double_clicks(payments: pd.DataFrame) -> Flags:
    """Return which payments repeat one of the same payer and amount within a quarter of an hour."""
    who = np.zeros(len(payments), dtype=np.int64)
    for place, name in enumerate(("card", "email", "phone")):
        ((found,), _) = c.numbers(payments[name])
        who = np.where((who == 0) & (found > 0), found * 3 + place, who)
    frame = pd.DataFrame(
        {
            "who": who,
            "cents": payments["captured"].to_numpy(),
            "at": payments["created"].to_numpy(),
            "counts": (payments["kept"] > 0).to_numpy() & (who != 0),
        }
    )
    frame = frame[frame["counts"]].sort_values(["who", "cents", "at"], kind="stable")
    same = (frame[["who", "cents"]] == frame[["who", "cents"]].shift()).all(axis=1)
    soon = frame["at"].diff() <= DOUBLE_CLICK_SECONDS
    flags = np.zeros(len(payments), dtype=bool)
    flags[frame.index[same & soon]] = True
    return flags


def wrong_references(
    payments: pd.DataFrame, pledges: pd.DataFrame, named: Ints, pairs: Pairs
) -> Flags:
    """Return payments whose reference names a stranger's pledge, where others show that it is one.

    The payer has a pledge of their own, or the pledger paid what was due without a reference.
    """
    own = pairs.named_identity(named)
    has_own = np.isin(own, _STRANGERS) & (pairs.best_identity(len(payments)) >= c.NAME_AND_PLACE)
    is_good = (named[pairs.payment] < 0) & (pairs.identity >= c.NAME_AND_PLACE)
    payment, pledge = pairs.payment[is_good], pairs.pledge[is_good]
    is_paid = np.zeros(len(pledges), dtype=bool)
    is_paid[pledge[_fits(payments, pledges, payment, pledge, _EQUAL)]] = True
    is_taken = (own == c.NOTHING) & is_paid[named]
    return np.asarray((named >= 0) & (has_own | is_taken), dtype=bool)


def doubtful_references(
    payments: pd.DataFrame, pledges: pd.DataFrame, named: Ints, pairs: Pairs
) -> Flags:
    """Return payments whose reference names a pledge that neither payer nor amount or day fits."""
    fits = _fits(payments, pledges, np.arange(len(payments)), named, _FITTING)
    day = payments["day"].to_numpy(np.int64)
    fits &= day >= pledges["pledged_day"].to_numpy(np.int64)[named] + c.EARLIEST_DAY
    is_nobody = pairs.named_identity(named) == c.NOTHING
    return np.asarray((named >= 0) & is_nobody & ~fits, dtype=bool)


def _fits(
    payments: pd.DataFrame, pledges: pd.DataFrame, payment: Ints, pledge: Ints, how: tuple[int, ...]
) -> Flags:
    """Whether what was paid fits the whole pledge in one of these ways."""
    amount = c.amount_class(
        payments["captured"].to_numpy(np.int64)[payment],
        np.maximum(pledges["open"].to_numpy(np.int64)[pledge], 1),
        pledges["whole"].to_numpy(np.int64)[pledge],
        pledges["instalments"].to_numpy(np.int64)[pledge],
    )
    return np.isin(amount, how)
