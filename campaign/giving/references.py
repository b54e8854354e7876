"""What a payment's reference is worth, and payments that are there twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from campaign.giving import candidates as c
from campaign.giving.candidates import Ints
from campaign.giving.evidence import Flags
from campaign.giving.pairs import Pairs

DOUBLE_CLICK_SECONDS = 900


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


def wrong_references(payments: pd.DataFrame, named: Ints, pairs: Pairs) -> Flags:
    """Return payments whose reference names a stranger's pledge while the payer has their own."""
    strangers = (c.NOTHING, c.NAME_ELSEWHERE, c.NEW_NAME)
    is_stranger = np.isin(pairs.named_identity(named), strangers)
    has_own = pairs.best_identity(len(payments)) >= c.NAME_AND_PLACE
    return np.asarray((named >= 0) & is_stranger & has_own, dtype=bool)


def doubtful_references(
    payments: pd.DataFrame, pledges: pd.DataFrame, named: Ints, pairs: Pairs
) -> Flags:
    """Return payments whose reference names a pledge that neither payer nor amount fits."""
    fits = np.isin(
        c.amount_class(
            payments["captured"].to_numpy(np.int64),
            np.maximum(pledges["open"].to_numpy(np.int64)[named], 1),
            pledges["whole"].to_numpy(np.int64)[named],
            pledges["instalments"].to_numpy(np.int64)[named],
        ),
        (c.EXACT, c.INSTALMENT, c.INSTALMENTS, c.WITH_FEE, c.ROUNDED),
    )
    is_nobody = pairs.named_identity(named) == c.NOTHING
    return np.asarray((named >= 0) & is_nobody & ~fits, dtype=bool)
