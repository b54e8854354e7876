"""The open books while they are being closed: what is left of payments, what is open of pledges."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from campaign.giving.candidates import Ints

BY_PERSON, BY_REFERENCE, BY_MATCH, BY_SUM = "person", "reference", "match", "sum"
BY_SIGNATURE = "signature"


@dataclass
class OpenBooks:
    """The open books while they are being closed."""

    payments: pd.DataFrame
    pledges: pd.DataFrame
    left: Ints
    room: Ints
    parts: list[pd.DataFrame] = field(default_factory=list)

    def allocate(self, payment: Ints, pledge: Ints, **facts: object) -> None:
        """Let payments pay pledges, in this order, as far as both have something left."""
        if not len(payment):
            return
        cents = self.take(payment, pledge, self.left[payment])
        frame = pd.DataFrame({"payment": payment, "pledge": pledge, "cents": cents, **facts})
        self.parts.append(frame[frame["cents"] > 0])

    def take(self, payment: Ints, pledge: Ints, wanted: Ints) -> Ints:
        """Take what is wanted, in this order, as far as both have it; return what each pair took.

        A payment stands in one pair here, a pledge may stand in many.
        """
        cents = _pour(np.minimum(wanted, self.left[payment]), pledge, self.room)
        np.subtract.at(self.left, payment, cents)
        np.subtract.at(self.room, pledge, cents)
        return cents


def _pour(wanted: Ints, pledge: Ints, room: Ints) -> Ints:
    """Return how much each pair takes of what it wants, first come, first served."""
    order = np.argsort(pledge, kind="stable")
    running = np.cumsum(wanted[order])
    starts = np.flatnonzero(np.diff(pledge[order], prepend=-1))
    before_group = np.repeat((running - wanted[order])[starts], np.diff([*starts, len(order)]))
    before = running - wanted[order] - before_group
    cents = np.empty(len(wanted), dtype=np.int64)
    cents[order] = np.clip(room[pledge[order]] - before, 0, wanted[order])
    return cents


def facts(tier: object, confidence: object, how: str, **more: object) -> dict[str, object]:
    """Return what is said of some allocations."""
    none = {"identity": -1, "amount": -1, "next_best": -1, "next_confidence": 0.0}
    return {"tier": tier, "confidence": confidence, "how": how, **none, **more}


def no_allocations() -> pd.DataFrame:
    """Return a table of allocations without a row."""
    columns = ["payment", "pledge", "cents", "confidence", "identity", "amount", "next_best"]
    frame = pd.DataFrame({name: np.zeros(0, dtype=np.int64) for name in columns})
    return frame.assign(tier="", how="", next_confidence=0.0)
