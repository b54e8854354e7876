"""What an agreement is worth: learned from the campaign's own payments that carry a reference.

Such a payment tells which pledge it paid; with the reference hidden it is a labelled example, and
every other pledge of the same payer a counter-example. Ordinary gifts are seen in what payers
without a reference sent to pledges that were long paid: these pledges are decoys.
The words: `true` pairs are a payment and the pledge that it paid, `false` pairs any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from campaign.giving.candidates import (
    AMOUNTS,
    EXACT,
    IDENTITIES,
    INSTALMENT,
    TIMES,
    Codes,
    Ints,
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# What is assumed before the first reference was seen, worth as much as this many examples.
_PRIOR_WEIGHT = 30.0
_TRUE_IDENTITY = [0.002, 0.02, 0.02, 0.1, 0.06, 0.03, 0.08, 0.16, 0.03, 0.498]
_FALSE_IDENTITY = [0.02, 0.2, 0.1, 0.17, 0.06, 0.04, 0.06, 0.12, 0.03, 0.2]
_TRUE_AMOUNT = [0.6, 0.13, 0.02, 0.1, 0.04, 0.04, 0.05, 0.02]
_FALSE_AMOUNT = [0.05, 0.03, 0.01, 0.03, 0.03, 0.06, 0.39, 0.4]
_TRUE_TIME = [
    *[0.03, 0.02, 0.12, 0.08, 0.25, 0.2, 0.05, 0.1, 0.03, 0.07, 0.02, 0.03],
    *[0.15, 0.15, 0.13, 0.12, 0.1, 0.1, 0.09, 0.06, 0.04, 0.03, 0.02, 0.01],
    *[0.22, 0.18, 0.14, 0.11, 0.08, 0.09, 0.06, 0.04, 0.02, 0.01, 0.01, 0.04],
]
_FALSE_TIME = [
    *[0.05, 0.1, 0.05, 0.08, 0.04, 0.06, 0.03, 0.07, 0.05, 0.17, 0.05, 0.25],
    *[0.02, 0.02, 0.03, 0.04, 0.05, 0.06, 0.09, 0.1, 0.1, 0.14, 0.2, 0.15],
    *[0.07, 0.05, 0.06, 0.06, 0.07, 0.1, 0.1, 0.1, 0.06, 0.05, 0.02, 0.26],
]
_FAMILIES = 3
_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much likelier each pattern is when the payment was made for the pledge (logarithms)."""

    identity_amount: Floats
    time: Floats
    examples: int

    def weigh(self, identity: Codes, amount: Codes, time: Codes, rare: Floats) -> Floats:
        """Return the logarithm of how much likelier each pair is true than false.

        `rare` counts where amounts are equal: a rare one is equal by chance more rarely.
        """
        equal = np.isin(amount, (EXACT, INSTALMENT))
        return np.asarray(
            self.identity_amount[identity, amount] + self.time[time] + rare * equal,
            dtype=np.float64,
        )


def learn(identity: Codes, amount: Codes, time: Codes, is_true: Flags, is_false: Flags) -> Evidence:
    """Return what the labelled pairs teach; with few of them the assumption rules."""
    grid = identity.astype(np.int64) * len(AMOUNTS) + amount
    cells = len(IDENTITIES) * len(AMOUNTS)
    true_prior = np.outer(_TRUE_IDENTITY, _TRUE_AMOUNT).ravel()
    false_prior = np.outer(_FALSE_IDENTITY, _FALSE_AMOUNT).ravel()
    ratio = np.log(_shares(grid[is_true], true_prior, cells)) - np.log(
        _shares(grid[is_false], false_prior, cells)
    )
    times = time.astype(np.int64)
    true_time = _family_shares(times[is_true], np.array(_TRUE_TIME))
    false_time = _family_shares(times[is_false], np.array(_FALSE_TIME))
    return Evidence(
        identity_amount=ratio.reshape(len(IDENTITIES), len(AMOUNTS)),
        time=np.log(true_time) - np.log(false_time),
        examples=int(is_true.sum()),
    )


def _shares(codes: Ints, prior: Floats, cells: int) -> Floats:
    """Return shares that lean on the product of the margins where a cell is rarely seen."""
    counts = np.bincount(codes, minlength=cells).astype(np.float64)
    table = (counts + _PRIOR_WEIGHT * prior).reshape(len(IDENTITIES), len(AMOUNTS))
    total = table.sum()
    margins = np.outer(table.sum(axis=1), table.sum(axis=0)).ravel() / total**2
    shares = (counts + _PRIOR_WEIGHT * margins) / (counts.sum() + _PRIOR_WEIGHT)
    return np.asarray(shares, dtype=np.float64)


def _family_shares(codes: Ints, prior: Floats) -> Floats:
    """Return shares within each way of telling the time: due day, pledge's day, schedule."""
    counts = np.bincount(codes, minlength=TIMES) + _PRIOR_WEIGHT * prior
    families = counts.reshape(_FAMILIES, TIMES // _FAMILIES)
    return np.asarray((families / families.sum(axis=1, keepdims=True)).ravel(), dtype=np.float64)


def share_true(weights: Floats) -> float:
    """Return which share of unlabelled pairs is true, so that the weights fit them best."""
    if not len(weights):
        return 0.5
    share = 0.3
    likelihood = np.exp(np.clip(weights, -30, 30))
    for _ in range(_ROUNDS):
        expected = share * likelihood / (share * likelihood + 1 - share)
        # A world of nothing but true or nothing but false pairs is never assumed.
        share = float((expected.sum() + 0.3) / (len(weights) + 1))
    return share


def odds(weights: Floats, share: float) -> Floats:
    """Return the odds of each pair where this share of all pairs is true."""
    return np.asarray(np.exp(np.clip(weights, -30, 30)) * share / (1 - share), dtype=np.float64)


def probabilities(odds: Floats, payment: Ints, pledge: Ints, uses: Ints, capacity: Ints) -> Floats:
    """Return how surely each pair is true, given everything else that could explain it.

    A payment goes to one pledge; payments share a pledge only as far as there is room.
    """
    if not len(odds):
        return odds
    others_of_payment = np.bincount(payment, odds)[payment] - odds
    serious = odds > 0.05
    wanted = np.bincount(pledge, uses * serious, minlength=len(capacity))
    is_contested = wanted[pledge] > capacity[pledge]
    others_of_pledge = np.bincount(pledge, odds)[pledge] - odds
    rivals = np.maximum(others_of_payment, 0) + np.where(is_contested, others_of_pledge, 0).clip(0)
    return np.asarray(odds / (1 + odds + rivals), dtype=np.float64)


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
    order = np.argsort(probability, kind="stable")
    fitted = isotonic_regression(is_right[order].astype(np.float64), weights=weight[order])
    starts = np.asarray(fitted.blocks[:-1], dtype=np.int64)
    size = np.add.reduceat(weight[order], starts)
    middle = np.add.reduceat(probability[order] * weight[order], starts) / size
    precision = (fitted.x[starts] * size + 1.0) / (size + 1.3)
    return Calibration(middle, np.maximum.accumulate(precision))


def wrong_by_sum(precision: Floats) -> Floats:
    """Return for each pair how many of those at least as sure are wrong, as their precision says.

    >>> wrong_by_sum(np.array([0.5, 0.75])).tolist()
    [0.75, 0.25]
    """
    order = np.argsort(-precision, kind="stable")
    wrong = np.empty(len(precision))
    wrong[order] = np.cumsum(1 - precision[order])
    return wrong


def wrong_by_decoys(found: Floats, decoys: Floats, weight: Floats) -> Floats:
    """Return for each pair how many of those at least as sure are wrong, as decoys show.

    As in target-decoy competition: the decoys that look at least as sure, and one for safety.

    >>> wrong_by_decoys(np.array([0.9, 0.5]), np.array([0.7]), np.array([2.0])).tolist()
    [1.0, 3.0]
    """
    order = np.argsort(-decoys, kind="stable")
    above = np.concatenate([[0.0], np.cumsum(weight[order])])
    return np.asarray(above[np.searchsorted(-decoys[order], -found, "right")] + 1, dtype=np.float64)


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
