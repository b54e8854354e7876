"""How much of what seems sure is right: measured on the campaign's own books.

What is known of payments with a reference, of gifts from before a pledge, and of chance is put
together here; how it is weighed is in `evidence`, what is done with it in `matching`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from campaign.giving import candidates as c
from campaign.giving import evidence
from campaign.giving.candidates import Ints
from campaign.giving.evidence import Evidence, Flags, Floats, Looks
from campaign.giving.open_books import BY_REFERENCE, OpenBooks
from campaign.giving.pairs import Pairs

# Never confirmed by themselves: a name is not a person.
WEAK = (c.NOTHING, c.NAME_ELSEWHERE, c.NEW_NAME, c.NAME_ONLY)
WANTED_WRONG = 0.0036  # of all that is confirmed: at most five in a thousand, chance included
WRONG_REFERENCES = 0.0015  # links that were passed on and payers who copied another's reference
LOWEST_CONFIRMED = 0.95
LOWEST_UNMEASURED = 0.97  # where neither enough examples nor enough days before are there
ENOUGH_EXAMPLES = 100
ENOUGH_DAYS_BEFORE = 0.25  # of the days in which pledges are paid, as many must be seen before them
# The surest probabilities of a model are too sure by so much, until examples correct them.
_FLATTERY = 0.7
_CORRECTED_BY = 300
_CHANCES = 200_000
_CHANCES_A_PAIR = 8


@dataclass(frozen=True, slots=True)
class Model:
    """What the books teach, and the odds by it that each pair is true."""

    books: OpenBooks
    pairs: Pairs
    learned: Evidence
    odds: Floats
    early_odds: Floats

    @classmethod
    def of(cls, books: OpenBooks, pairs: Pairs, live: Ints, uses: Ints) -> Model:
        """Learn; `live` are the pairs to be judged, `uses` what each would take."""
        early = pairs.early
        rare = c.rarity(books.payments["captured"].to_numpy(np.int64))
        looks = Looks(pairs.identity, pairs.amount, pairs.time, rare[pairs.payment])
        early_looks = Looks(early.identity, early.amount, early.time, rare[early.payment])
        payment, pledge = pairs.payment[live], pairs.pledge[live]
        learned = evidence.learn(
            looks[pairs.is_true],
            evidence.together(looks[pairs.is_false], early_looks),
            looks[live],
            (payment, pledge, uses, books.room),
            _chance(books, payment, pledge),
        )
        return cls(books, pairs, learned, learned.odds(looks), learned.odds(early_looks))

    def calibrated(self, pledge: Ints, chosen: Floats, seems: Floats) -> Floats:
        """Return what each probability proves to be worth when the references are hidden.

        Payments with a reference stand for the payments that are expected to pay without one. Each
        pledge that references settled is a decoy, and stands for the pledges that nobody paid.
        """
        pairs, books = self.pairs, self.books
        if not self.learned.examples or not len(chosen):
            return seems
        is_named = np.zeros(len(books.payments), dtype=bool)
        is_named[pairs.payment[pairs.is_true]] = True
        settled = len(np.unique(pairs.pledge[pairs.is_true]))
        examples, is_right = self._hidden_run(is_named[pairs.payment])
        decoys, _ = self._hidden_run(pairs.is_false & ~is_named[pairs.payment])
        is_paid = np.zeros(len(books.room))
        np.maximum.at(is_paid, pledge, chosen)
        unpaid = float((1 - is_paid)[books.room > 0].sum())
        weight = np.repeat(
            [float(chosen.sum()) / int(is_named.sum()), unpaid / settled],
            [len(examples), len(decoys)],
        )
        found = np.concatenate([examples, decoys])
        right = np.concatenate([is_right, np.zeros(len(decoys), dtype=bool)])
        some = weight > 0
        return evidence.calibrate(found[some], right[some], weight[some]).apply(seems)

    def limit(self, seems: Floats, sure: Floats) -> tuple[float, float]:
        """Return from which probability on to confirm, and how precise that is expected to be.

        `seems` is what the model says of each, `sure` what that is worth.
        """
        learned = self.learned
        flattery = _FLATTERY * _CORRECTED_BY / (_CORRECTED_BY + learned.examples)
        wrong = evidence.wrong_by_sum(sure) * (1 + flattery)
        wrong = evidence.wrong_by_decoys(seems, wrong, *self._early_run(), learned.examples)
        limit = evidence.lowest_confirmed(sure, wrong, self._allowed_wrong(), WANTED_WRONG)
        is_watched = self.pairs.early.seen_share >= ENOUGH_DAYS_BEFORE
        is_measured = learned.examples >= ENOUGH_EXAMPLES or is_watched
        limit = max(limit, LOWEST_CONFIRMED if is_measured else LOWEST_UNMEASURED)
        confirmed = sure >= limit
        if not confirmed.any():
            return limit, 0.0
        return limit, 1 - float(wrong[confirmed].max()) / int(confirmed.sum())

    def _hidden_run(self, which: Flags) -> tuple[Floats, Flags]:
        """Return for the best pair of each payment how sure it seems, and whether it is right."""
        pairs, books = self.pairs, self.books
        payment, pledge = pairs.payment[which], pairs.pledge[which]
        uses = np.minimum(books.payments["kept"].to_numpy(np.int64)[payment], pairs.due[which])
        sure = self._seems(self.odds[which], payment, pledge, uses)
        best = _is_best(payment, sure) & ~np.isin(pairs.identity[which], WEAK)
        return sure[best], pairs.is_true[which][best]

    def _early_run(self) -> tuple[Floats, Floats]:
        """Return how surely gifts from before a pledge seem to pay it, and what each stands for."""
        early = self.pairs.early
        uses = self.books.payments["kept"].to_numpy(np.int64)[early.payment]
        sure = self._seems(self.early_odds, early.payment, early.pledge, uses)
        best = _is_best(early.payment, sure) & ~np.isin(early.identity, WEAK)
        return sure[best], early.weight[best]

    def _seems(self, odds: Floats, payment: Ints, pledge: Ints, uses: Ints) -> Floats:
        room = self.books.pledges["open"].to_numpy(np.int64)
        return evidence.probabilities(odds, payment, pledge, uses, room, self.learned.unpaid)

    def _allowed_wrong(self) -> float:
        """Return how many may be wrong besides WANTED_WRONG of those that are matched.

        Of all that is confirmed, not of the matched alone: references are wrong more rarely.
        """
        parts = self.books.parts
        named = sum(len(part) for part in parts if (part["how"] == BY_REFERENCE).all())
        return named * (WANTED_WRONG - WRONG_REFERENCES)


def _chance(books: OpenBooks, payment: Ints, pledge: Ints) -> evidence.Chance:
    """Put payments against pledges of other people."""
    count = min(len(payment) * _CHANCES_A_PAIR, _CHANCES)
    draw = np.random.default_rng(1)  # always the same
    mine = payment[draw.integers(0, max(len(payment), 1), count)]
    theirs = pledge[draw.integers(0, max(len(payment), 1), count)]
    day = books.payments["day"].to_numpy(np.int64)
    pledged = books.pledges["pledged_day"].to_numpy(np.int64)
    some = day[mine] - pledged[theirs] >= c.TYPED_LATE
    mine, theirs = mine[some], theirs[some]
    parts = books.pledges["instalments"].to_numpy(np.int64)[theirs]
    amount = c.amount_class(
        books.payments["captured"].to_numpy(np.int64)[mine],
        np.maximum(books.room[theirs], 1),
        books.pledges["whole"].to_numpy(np.int64)[theirs],
        parts,
    )
    due_day = books.pledges["due_day"].to_numpy(np.int64)[theirs]
    time = c.time_class(day[mine], pledged[theirs], due_day, parts)
    return evidence.Chance(mine, evidence.cells(amount, time), time)


def _is_best(payment: Ints, sure: Floats) -> Flags:
    best = np.zeros(int(payment.max()) + 1 if len(payment) else 0)
    np.maximum.at(best, payment, sure)
    return np.asarray(sure >= best[payment], dtype=bool)
