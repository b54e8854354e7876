"""What calls cost by a team's terms: the one rule of plans, scorecards, invoices and debts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Count = TypeVar("Count", int, npt.NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class Price:
    """A team's terms: so much a call, so much an hour at a pace, or a share of settled money."""

    model: str
    cents: int
    basis_points: int
    calls_per_hour: int

    def cost_cents(self, calls: Count, settled_cents: Count) -> Count:
        """Return what all these calls cost together, and the money that they brought.

        It is rounded once, at the end: the cost of two days is that of the calls of both.

        >>> Price("per_hour", 1_900, 0, 24).cost_cents(3, 10_000)  # 79.17 cents a call
        238
        >>> Price("percentage", 0, 1_250, 20).cost_cents(3, 10_001)
        1250
        """
        if self.model == "per_call":
            return calls * self.cents
        if self.model == "per_hour":
            return (2 * calls * self.cents + self.calls_per_hour) // (2 * self.calls_per_hour)
        return (settled_cents * self.basis_points + 5_000) // 10_000

    @property
    def cents_a_call(self) -> float:
        """What one call more costs, won or not; a share costs nothing before money comes."""
        if self.model == "per_hour":
            return self.cents / self.calls_per_hour
        return float(self.cents) if self.model == "per_call" else 0.0

    @property
    def kept_of_money(self) -> float:
        """The part of settled money that stays with the committee."""
        return 1 - (self.basis_points / 10_000 if self.model == "percentage" else 0)
