"""What an agreement is worth: learned from the campaign's own books.

A payment with a reference tells which pledge it paid; with the reference hidden it is a labelled
example. The books teach without references, too: gifts that are put against pledges of other people
show how often an amount and a day fit by chance, gifts from before a pledge how often the same
person's do; what fits more often than that was paid for the pledge.
The words: `true` pairs are a payment and the pledge that it paid, `false` pairs any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from campaign.giving.candidates import (
    AMOUNTS,
    BY_DUE_DAY,
    BY_PLEDGE_DAY,
    BY_SCHEDULE,
    EXACT,
    IDENTITIES,
    INSTALMENT,
    TIMES,
    Codes,
    Ints,
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# What is assumed before anything was seen, worth as much as so many examples.
_PRIOR_WEIGHT = 30.0
_CHANCE_WEIGHT = 100.0  # what chance gives, against the false pairs that are known
_TRUE_IDENTITY = [0.002, 0.02, 0.02, 0.1, 0.06, 0.03, 0.08, 0.16, 0.03, 0.498]
_FALSE_IDENTITY = [0.02, 0.2, 0.1, 0.17, 0.06, 0.04, 0.06, 0.12, 0.03, 0.2]
_TRUE_AMOUNT = [
    [0.73, 0.0, 0.0, 0.11, 0.04, 0.04, 0.05, 0.03],  # all at once
    [0.05, 0.76, 0.04, 0.08, 0.02, 0.01, 0.02, 0.02],  # in instalments
]
_FALSE_AMOUNT = [0.07, 0.04, 0.01, 0.03, 0.03, 0.06, 0.38, 0.38]
_TRUE_AFTER = [0.01, 0.15, 0.15, 0.13, 0.12, 0.1, 0.1, 0.09, 0.06, 0.04, 0.03, 0.02, 0.01]
_FALSE_AFTER = [0.05, 0.02, 0.02, 0.03, 0.04, 0.05, 0.06, 0.09, 0.1, 0.1, 0.14, 0.2, 0.15]
_TRUE_TIME = [
    *(0.7 * share for share in _TRUE_AFTER), *(0.3 * share for share in _TRUE_AFTER),
    *_TRUE_AFTER,
    *[0.22, 0.18, 0.14, 0.11, 0.08, 0.09, 0.06, 0.04, 0.02, 0.01, 0.01, 0.04],
]  # fmt: skip
_FALSE_TIME = [
    *(0.92 * share for share in _FALSE_AFTER), *(0.08 * share for share in _FALSE_AFTER),
    *_FALSE_AFTER,
    *[0.07, 0.05, 0.06, 0.06, 0.07, 0.1, 0.1, 0.1, 0.06, 0.05, 0.02, 0.26],
]  # fmt: skip
_FAMILIES = (BY_DUE_DAY, BY_PLEDGE_DAY, BY_SCHEDULE, TIMES)
_KINDS = (0, len(AMOUNTS), 2 * len(AMOUNTS))  # at once, in instalments
_ROUNDS = 25
_STILL = 2e-4  # less than this a pair's probability changes in a round: nothing more is learned
_SHARE_TRUE = 0.3  # of the pairs worth a look, and of the pledges paid, before anything was seen
_PAID = 0.5
_LEAST_UNPAID = 0.15  # some pledges are always paid by cheque, or never
_SERIOUS = 0.05  # odds from which on a payment may keep another from a pledge
_LEAST_SHARE = 1e-4  # nothing is impossible
_LEAST_OF_PRIOR = 0.1
_PRIOR_DECOYS = 3.0
_EXAMPLES_A_DECOY = 50
_PRIOR_EXAMPLES = 300.0
_MOST_RIVALS = 8
_MOST_NUMBERS = 1 << 22


@dataclass(frozen=True, slots=True)
class Looks:
    """How pairs look: the places of IDENTITIES and AMOUNTS, the bin of time, the rarity."""

    identity: Codes
    amount: Codes
    time: Codes
    rare: Floats

    def __getitem__(self, which: Flags | Ints) -> Looks:
        return Looks(self.identity[which], self.amount[which], self.time[which], self.rare[which])

    @property
    def cell(self) -> Ints:
        """The way in which the amount fits, instalments apart."""
        return cells(self.amount, self.time)


def cells(amount: Codes, time: Codes) -> Ints:
    """Return the ways in which amounts fit, those of pledges in instalments apart."""
    return (time >= BY_SCHEDULE) * len(AMOUNTS) + amount.astype(np.int64)


def together(*looks: Looks) -> Looks:
    """Return all these pairs as one."""
    return Looks(
        *(
            np.concatenate([getattr(one, name) for one in looks])
            for name in ("identity", "amount", "time", "rare")
        )
    )


@dataclass(frozen=True, slots=True)
class Chance:
    """Payments put against pledges of others: what amounts and days look like by chance."""

    payment: Ints
    cell: Ints
    time: Codes


@dataclass(frozen=True, slots=True)
class Evidence:
    """How likely a pair is true by who paid, and how much likelier by what and when: logarithms."""

    identity: Floats
    amount: Floats
    time: Floats
    examples: int
    unpaid: float

    def odds(self, looks: Looks) -> Floats:
        """Return the odds that each pair is true.

        Rarity counts where amounts are equal: a rare one is equal by chance more rarely.
        """
        equal = np.isin(looks.amount, (EXACT, INSTALMENT))
        weight = (
            self.identity[looks.identity]
            + self.amount[looks.cell]
            + self.time[looks.time]
            + looks.rare * equal
        )
        return np.asarray(np.exp(np.clip(weight, -30, 30)), dtype=np.float64)


def learn(
    true: Looks, false: Looks, live: Looks, places: tuple[Ints, Ints, Ints, Ints], chance: Chance
) -> Evidence:
    """Return what the books teach; where they teach little the assumption rules.

    `live` are the pairs to be judged. Round by round they are judged by what is known, and what
    is known is learned from them anew (expectation and maximisation).
    """
    seen = _Seen.of(true, false)
    payment, pledge, uses, room = places
    prior = np.array(_TRUE_IDENTITY) * _SHARE_TRUE
    prior /= prior + np.array(_FALSE_IDENTITY) * (1 - _SHARE_TRUE)
    sure, before = prior[live.identity], prior[live.identity]
    for _ in range(_ROUNDS):
        is_gift = np.clip(1.0 - np.bincount(payment, sure), 0.0, 1.0)
        found = seen.evidence(live, sure, prior, chance, is_gift, _unpaid(pledge, sure, room))
        before = sure
        sure = probabilities(found.odds(live), payment, pledge, uses, room, found.unpaid)
        if np.abs(sure - before).sum() <= _STILL * len(sure):
            break
    return found


def _unpaid(pledge: Ints, sure: Floats, room: Ints) -> float:
    """Return which share of the open pledges none of these payments pays."""
    paid = np.clip(np.bincount(pledge, sure, minlength=len(room)), 0.0, 1.0).sum()
    count = int((room > 0).sum())
    share = 1 - (float(paid) + _PRIOR_WEIGHT * _PAID) / (count + _PRIOR_WEIGHT)
    return max(share, _LEAST_UNPAID)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The labelled pairs, counted."""

    true_cells: Floats
    true_times: Floats
    false_cells: Floats
    examples: int

    @classmethod
    def of(cls, true: Looks, false: Looks) -> _Seen:
        return cls(
            np.bincount(true.cell, minlength=_KINDS[-1]).astype(np.float64),
            np.bincount(true.time, minlength=TIMES).astype(np.float64),
            np.bincount(false.cell, minlength=_KINDS[-1]).astype(np.float64),
            len(true.cell),
        )

    def evidence(
        self,
        live: Looks,
        sure: Floats,
        prior: Floats,
        chance: Chance,
        is_gift: Floats,
        unpaid: float,
    ) -> Evidence:
        """Weigh what was labelled, what is likely, and what chance gives."""
        count = np.bincount(live.identity, minlength=len(IDENTITIES))
        is_true = _sums(live.identity, sure, len(IDENTITIES))
        share = np.maximum((is_true + 3 * prior) / (count + 3), prior * _LEAST_OF_PRIOR)
        true_cells = self.true_cells + _sums(live.cell, sure, _KINDS[-1])
        weight = is_gift[chance.payment]
        by_chance = _shares(
            _sums(chance.cell, weight, _KINDS[-1]), np.tile(_FALSE_AMOUNT, 2), _KINDS
        )
        true_times = self.true_times + _sums(live.time, sure, TIMES)
        false_times = _sums(chance.time, weight, TIMES)
        return Evidence(
            np.log(share / (1 - share)),
            np.log(_shares(true_cells, np.concatenate(_TRUE_AMOUNT), _KINDS))
            - np.log(_shares(self.false_cells, by_chance, _KINDS, _CHANCE_WEIGHT)),
            np.log(_shares(true_times, np.array(_TRUE_TIME), _FAMILIES))
            - np.log(_shares(false_times, np.array(_FALSE_TIME), _FAMILIES)),
            self.examples,
            unpaid,
        )


def _sums(places: Ints | Codes, weight: Floats, count: int) -> Floats:
    return np.bincount(places, weight, minlength=count).astype(np.float64)


def _shares(
    counts: Floats, prior: Floats, families: tuple[int, ...], weight: float = _PRIOR_WEIGHT
) -> Floats:
    """Return shares within each family, leaning on the prior."""
    found = np.empty(len(counts))
    for start, end in pairwise(families):
        assumed = np.maximum(prior[start:end] / prior[start:end].sum(), _LEAST_SHARE)
        table = counts[start:end] + weight * assumed
        found[start:end] = table / table.sum()
    return found


def probabilities(
    odds: Floats, payment: Ints, pledge: Ints, uses: Ints, capacity: Ints, unpaid: float = 1.0
) -> Floats:
    """Return how surely each pair is true, given everything else that could explain it.

    A payment goes to one pledge; payments share a pledge only as far as there is room. `unpaid` is
    the share of pledges that nobody pays: the rarer they are, the more tells it that no other
    payment comes into question.
    """
    if not len(odds):
        return odds
    others = np.bincount(payment, odds)[payment] - odds
    alone = odds / (1 + np.maximum(others, 0))
    serious = np.flatnonzero(odds > _SERIOUS)
    is_only = np.bincount(pledge[serious], minlength=len(capacity))[pledge] == 1
    only = alone / np.where(is_only, unpaid, 1.0)
    sure = only / (1 + only)
    wanted = np.bincount(pledge[serious], uses[serious], minlength=len(capacity))
    contested = serious[wanted[pledge[serious]] > capacity[pledge[serious]]]
    # The surest first, so that those beyond what can be told apart are the least sure.
    order = contested[np.lexsort((-alone[contested], pledge[contested]))]
    starts = np.flatnonzero(np.diff(pledge[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    for size in np.unique(sizes):
        for some in _some(starts[sizes == size], int(size)):
            few = order[some[:, None] + np.arange(min(int(size), _MOST_RIVALS))]
            room = capacity[pledge[few[:, 0]]]
            sure[few] = _sharing(alone[few], uses[few], room, unpaid)
            rest = order[some[:, None] + np.arange(min(int(size), _MOST_RIVALS), int(size))]
            sure[rest] = np.minimum(sure[rest], sure[few[:, -1:]])
    return np.asarray(sure, dtype=np.float64)


def _some(starts: Ints, size: int) -> list[Ints]:
    """Return groups some at a time: each takes as many numbers as there are ways to choose."""
    most = max(1, _MOST_NUMBERS >> min(size, _MOST_RIVALS))
    return [starts[at : at + most] for at in range(0, len(starts), most)]


def _sharing(odds: Floats, uses: Ints, room: Ints, unpaid: float) -> Floats:
    """Return how surely each of a pledge's payments is true: every way that fits is weighed.

    >>> odds, uses = np.array([[9.0, 9.0]]), np.array([[50, 50]])
    >>> _sharing(odds, uses, np.array([60]), 1.0).round(2).tolist()
    [[0.47, 0.47]]
    """
    count = odds.shape[1]
    ways = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1
    weight = np.exp(np.log(np.maximum(odds, 1e-12)) @ ways.T)
    weight *= uses @ ways.T <= room[:, None]
    weight[:, 0] *= unpaid
    return np.asarray(weight @ ways / weight.sum(axis=1, keepdims=True), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a probability was worth when the answer was known: a line that only rises."""

    probability: Floats
    precision: Floats

    def apply(self, probability: Floats) -> Floats:
        """Return the measured precision for each probability."""
        return np.asarray(
            np.interp(probability, self.probability, self.precision), dtype=np.float64
        )


def calibrate(probability: Floats, is_right: Flags, weight: Floats) -> Calibration:
    """Return how precise each probability proved to be.

    `weight` counts a decoy's failure as often as open pledges stand for it. Each step is taken a
    little worse than seen, the more the fewer examples it rests on.
    """
    prior = _PRIOR_EXAMPLES / max(len(probability), 1) * weight.mean() if len(weight) else 0.0
    seen = (is_right * weight + prior * probability) / (weight + prior)
    weight = weight + prior
    order = np.argsort(probability, kind="stable")
    fitted = isotonic_regression(seen[order], weights=weight[order])
    starts = np.asarray(fitted.blocks[:-1], dtype=np.int64)
    size = np.add.reduceat(weight[order], starts)
    middle = np.add.reduceat(probability[order] * weight[order], starts) / size
    return Calibration(middle, fitted.x[starts])


def wrong_by_sum(precision: Floats) -> Floats:
    """Return for each pair how many of those at least as sure are wrong, as their precision says.

    >>> wrong_by_sum(np.array([0.5, 0.75])).tolist()
    [0.75, 0.25]
    """
    order = np.argsort(-precision, kind="stable")
    wrong = np.empty(len(precision))
    wrong[order] = np.cumsum(1 - precision[order])
    return wrong


def wrong_by_decoys(
    found: Floats, expected: Floats, decoys: Floats, weight: Floats, examples: int = 0
) -> Floats:
    """Return for each pair how many of those at least as sure are wrong, as decoys show.

    As in target-decoy competition the decoys that look at least as sure are counted; what the
    probabilities say is worth as much as a few decoys (a gamma prior to a Poisson count).

    >>> one, two = np.array([0.7]), np.array([2.0])
    >>> wrong_by_decoys(np.array([0.9, 0.5]), np.array([0.1, 0.6]), one, two).round(2).tolist()
    [0.07, 1.07]
    """
    if not len(decoys):
        return expected
    usual = float(weight.mean())
    order = np.argsort(-decoys, kind="stable")
    above = np.concatenate([[0.0], np.cumsum(weight[order])])
    count = above[np.searchsorted(-decoys[order], -found, "right")] / usual
    expected = np.maximum(expected, 1e-9)
    trust = np.minimum(expected, _PRIOR_DECOYS) + examples / _EXAMPLES_A_DECOY
    prior = trust / expected
    return np.asarray((trust + count) / (prior + 1 / usual), dtype=np.float64)


def lowest_confirmed(sure: Floats, wrong: Floats, allowed: float, share: float) -> float:
    """Return from where on no more are wrong than allowed, and this share of them; 1.1 if nowhere.

    `wrong` counts, for each, those that are wrong among all at least as sure.
    """
    order = np.argsort(-sure, kind="stable")
    ranked = sure[order]
    is_last_of_equals = np.append(ranked[1:] < ranked[:-1], True)[: len(ranked)]
    count = np.arange(1, len(ranked) + 1)
    good = np.flatnonzero((wrong[order] <= allowed + share * count) & is_last_of_equals)
    return float(ranked[good[-1]]) if len(good) else 1.1
