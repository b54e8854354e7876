"""Segments: what a donor's history says about the next call, in the field's words."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

SEGMENTS = ("prospect", "major", "recurring", "current", "lybunt", "sybunt", "lapsed")
MAJOR_CENTS = 100_000
LAPSED_YEARS = 3
MEANING = {
    "prospect": "never gave",
    "major": "gave $1,000 or more at once within three years",
    "recurring": "gives again and again: four gifts or more, the last within a year",
    "current": "gave this year",
    "lybunt": "gave last year, not yet this year",
    "sybunt": "gave in some year before, not last year nor this",
    "lapsed": "last gift more than three years ago",
}


def segment_codes(history: pd.DataFrame, today: date) -> npt.NDArray[np.int8]:
    """Return each donor's segment as a position in SEGMENTS.

    `history` has gifts, last_gift_on and largest_cents; a donor without gifts has 0 gifts.
    """
    gifts = history["gifts"].fillna(0).to_numpy(dtype=np.int64)
    largest = history["largest_cents"].fillna(0).to_numpy(dtype=np.int64)
    last = pd.to_datetime(history["last_gift_on"])
    year = last.dt.year.fillna(0).to_numpy(dtype=np.int64)
    days = (pd.Timestamp(today) - last).dt.days.fillna(99_999).to_numpy(dtype=np.int64)
    choices = {
        "prospect": gifts == 0,
        "major": (largest >= MAJOR_CENTS) & (days <= LAPSED_YEARS * 365),
        "recurring": (gifts >= 4) & (days <= 365),
        "current": year >= today.year,
        "lybunt": year == today.year - 1,
        "lapsed": days > LAPSED_YEARS * 365,
        "sybunt": year < today.year - 1,
    }
    return np.select(
        list(choices.values()), [SEGMENTS.index(name) for name in choices], default=0
    ).astype(np.int8)
