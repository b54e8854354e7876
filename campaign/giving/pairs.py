"""Every pair of a payment and a pledge that is worth a look, with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from campaign.giving import candidates as c
from campaign.giving.candidates import Codes, Ints
from campaign.giving.evidence import Flags, Floats
from campaign.giving.open_books import OpenBooks

_REPEATED_DAYS = 2
_USUAL_DAYS = 60  # in so many days most pledges are paid


@dataclass(frozen=True)
class Early:
    """Pairs of a pledge and a gift before it, mirrored in time: decoys that need no reference.

    `weight` says for how many gifts after a pledge one before it stands: the books tell of more
    days after a pledge than before it, or of fewer.
    """

    payment: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    pledge: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    identity: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    amount: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    time: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    weight: Floats = field(default_factory=lambda: np.zeros(0))
    seen_share: float = 0.0

    @classmethod
    def of(
        cls,
        payments: pd.DataFrame,
        pledges: pd.DataFrame,
        payment: Ints,
        pledge: Ints,
        identity: Codes,
        time: Codes,
    ) -> Early:
        """Say how each amount fits, and how much each pair stands for."""
        day = payments["day"].to_numpy(np.int64)
        pledged = pledges["pledged_day"].to_numpy(np.int64)
        if not len(day):
            return cls()
        before, after = pledged - day.min(), day.max() - pledged
        gap = pledged[pledge] - day[payment]
        known = np.flatnonzero(_mirrored(gap) <= after.max())
        payment, pledge, gap = payment[known], pledge[known], gap[known]
        before.sort()
        after.sort()
        usual = np.arange(_USUAL_DAYS)
        due = float((len(after) - np.searchsorted(after, usual)).sum())
        seen = float((len(before) - np.searchsorted(before, usual - c.TYPED_LATE)).sum())
        watched_before = len(before) - np.searchsorted(before, gap)
        watched_after = len(after) - np.searchsorted(after, _mirrored(gap))
        whole = pledges["whole"].to_numpy(np.int64)[pledge]
        amount = c.amount_class(
            payments["captured"].to_numpy(np.int64)[payment],
            np.maximum(whole, 1),
            whole,
            pledges["instalments"].to_numpy(np.int64)[pledge],
        )
        return cls(
            payment,
            pledge,
            identity[known],
            amount,
            time[known],
            watched_after / np.maximum(watched_before, 1),
            seen / max(due, 1.0),
        )


def _mirrored(days_before: Ints) -> Ints:
    """Return how long after a pledge a gift is looked at that came so long before it.

    What came in the last days before may be its payment: the others move up.
    """
    return days_before + c.TYPED_LATE - 1


@dataclass
class Pairs:
    """Every pair of a payment and a pledge that is worth a look."""

    payment: Ints
    pledge: Ints
    identity: Codes
    time: Codes
    is_before: Flags  # the payment is older than the pledge
    due: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    amount: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    is_true: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))
    is_false: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))
    early: Early = field(default_factory=lambda: Early())

    @classmethod
    def of(
        cls, payments: pd.DataFrame, pledges: pd.DataFrame, named: Ints, decisions: pd.DataFrame
    ) -> Pairs:
        """Look for pairs by contact, name, place and card; a payment before its pledge is none."""
        crowd = c.Crowd.of(payments, pledges)
        linked = linked_by_card(payments, pledges, named)
        payment, pledge = c.pairs(crowd, linked)
        day = payments["day"].to_numpy(np.int64)
        pledged = pledges["pledged_day"].to_numpy(np.int64)
        width = np.int64(len(pledges) or 1)
        by_card = np.isin(payment * width + pledge, linked[0] * width + linked[1])
        found = c.identity(crowd, payment, pledge, by_card)
        # A gift before the pledge is none of its payments: looked at as if it had come as long
        # after, it shows what ordinary gifts look like.
        since = day[payment] - pledged[pledge]
        newest = day.max() if len(day) else 0
        alive = (found != c.NOTHING) & (
            (since >= c.TYPED_LATE) | (pledged[pledge] + _mirrored(-since) <= newest)
        )
        payment, pledge, found, since = payment[alive], pledge[alive], found[alive], since[alive]
        as_if = pledged[pledge] + np.where(since >= c.TYPED_LATE, since, _mirrored(-since))
        due_day = pledges["due_day"].to_numpy(np.int64)
        parts = pledges["instalments"].to_numpy(np.int64)
        time = c.time_class(as_if, pledged[pledge], due_day[pledge], parts[pledge])
        refused = decisions[decisions["verdict"] == "not"]
        banned = refused["payment"].to_numpy(np.int64) * width + refused["pledge"].to_numpy(
            np.int64
        )
        early = since < c.TYPED_LATE
        some = ~early & ~np.isin(payment * width + pledge, banned)
        return cls(
            payment[some],
            pledge[some],
            found[some],
            time[some],
            since[some] < c.EARLIEST_DAY,
            early=Early.of(
                payments, pledges, payment[early], pledge[early], found[early], time[early]
            ),
        )

    def best_identity(self, count: int) -> Codes:
        """Return for each payment how well its best pair agrees."""
        best = np.zeros(count, dtype=np.int8)
        np.maximum.at(best, self.payment, self.identity)
        return best

    def named_identity(self, named: Ints) -> Codes:
        """Return for each payment how well its payer agrees with the pledge that it names."""
        found = np.zeros(len(named), dtype=np.int8)
        own = named[self.payment] == self.pledge
        found[self.payment[own]] = self.identity[own]
        return found

    def set_due(self, books: OpenBooks, named: Ints, by_reference: Flags, due_then: Ints) -> None:
        """Say what was due in each pair, and which pairs are known to be true or false."""
        is_named = by_reference[self.payment]
        self.is_true = is_named & (named[self.payment] == self.pledge)
        whole = books.pledges["whole"].to_numpy(np.int64)
        room = books.room
        is_decoy = ~is_named & (room[self.pledge] == 0) & self._is_other(books, named, by_reference)
        self.is_false = (is_named & ~self.is_true) | is_decoy
        due = np.where(is_named | is_decoy, whole[self.pledge], room[self.pledge])
        self.due = np.where(self.is_true, due_then[self.payment], due)
        self.amount = c.amount_class(
            books.payments["captured"].to_numpy(np.int64)[self.payment],
            np.maximum(self.due, 1),
            whole[self.pledge],
            books.pledges["instalments"].to_numpy(np.int64)[self.pledge],
        )

    def _is_other(self, books: OpenBooks, named: Ints, by_reference: Flags) -> Flags:
        """Whether another payment of the pledger's own people settled the pledge.

        One that says the same again within days is no ordinary gift, but a slip.
        """
        captured = books.payments["captured"].to_numpy(np.int64)
        day = books.payments["day"].to_numpy(np.int64)
        by_own = by_reference & (self.named_identity(named) >= c.HOUSEHOLD)
        settled_by = np.full(len(books.room), -1)
        settled_by[named[by_own]] = np.flatnonzero(by_own)
        other = settled_by[self.pledge]
        is_same = captured[self.payment] == captured[other]
        is_soon = np.abs(day[self.payment] - day[other]) <= _REPEATED_DAYS
        return np.asarray((other >= 0) & ~(is_same & is_soon), dtype=bool)


def named_pledge(payments: pd.DataFrame, pledges: pd.DataFrame) -> Ints:
    """Return the pledge that each payment's reference names; -1 where none."""
    place = pd.Series(np.arange(len(pledges)), index=pledges["ref_key"].to_numpy())
    place = place[~place.index.duplicated(keep="first")]
    return np.asarray(
        payments["ref_key"].map(place).fillna(-1).to_numpy(np.float64), dtype=np.int64
    )


def linked_by_card(payments: pd.DataFrame, pledges: pd.DataFrame, named: Ints) -> tuple[Ints, Ints]:
    """Return pairs known by the card: it paid, with a reference, a pledge of the same person."""
    ((card,), _) = c.numbers(payments["card"])
    with_ref = np.flatnonzero((named >= 0) & (card != 0))
    payment, place = c.join(card, card[with_ref], 40)
    other = with_ref[place]
    payment, other = payment[payment != other], other[payment != other]
    person = pledges["person"].to_numpy(np.int64) + 1
    index, pledge = c.join(person[named[other]], person, 20)
    return payment[index], pledge
