"""Donors into classes for the optimiser, and the optimiser's counts out to donors again.

A class is one signature and one step of value. The steps are as fine as the number of classes
allows; what they may cost is bounded exactly, donor by donor, with the prices of the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from campaign.calling.allocation import LoadRule, Problem, Solution
from campaign.calling.chances import Chances
from campaign.calling.eligibility import Lane
from campaign.calling.reach import NONE, Bools, Floats, Ints, Reach, combined, uniform

MAX_CLASSES = 3_000


@dataclass(frozen=True, slots=True)
class Worth:
    """What a call by each lane brings, as a line over the donor's value."""

    multiplier: Floats  # by lane: how well the team calls, and what it leaves of the money
    cost: Floats  # by lane: cents a call
    uplift: float  # gain when the same team calls again

    @classmethod
    def of(cls, lanes: Sequence[Lane], chances: Chances, continuity_percent: int) -> Worth:
        """Return the worth of these lanes' calls."""
        factor = [chances.team_factor.get(lane.team.id, 1.0) for lane in lanes]
        kept = [lane.team.price.kept_of_money for lane in lanes]
        cost = [lane.team.price.cents_a_call for lane in lanes]
        return cls(
            np.array(factor, dtype=float) * np.array(kept, dtype=float),
            np.array(cost, dtype=float),
            continuity_percent / 100,
        )

    def slope(self, continued: Bools) -> Floats:
        """Return the multipliers, raised where the team spoke to the donor before."""
        return np.asarray(self.multiplier * (1 + continued * self.uplift), dtype=float)

    def net(self, value: Floats, lane: Ints, continued: Bools) -> Floats:
        """Return the expected net cents of one call each."""
        gross = value * self.multiplier[lane] * (1 + continued * self.uplift)
        return np.asarray(gross - self.cost[lane], dtype=float)


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes, and each donor's."""

    class_of: Ints
    signature: Ints  # by class
    problem: Problem


def cut(
    value: Floats,
    reach: Reach,
    lanes: Sequence[Lane],
    worth: Worth,
    rules: tuple[LoadRule, ...],
    most: int = MAX_CLASSES,
) -> Classes:
    """Cut donors into classes of one signature and like value; those drawn by lot apart."""
    lotless = reach.lot == NONE
    bucket = like_values(value, reach.signature, most)
    bucket = np.where(lotless, bucket, -1 - reach.lot)  # one class a lane: who is called is chance
    _, first, class_of = np.unique(
        combined([reach.signature, bucket]), return_index=True, return_inverse=True
    )
    class_of = class_of.astype(np.int64)
    sizes = np.bincount(class_of, minlength=len(first)).astype(np.int64)
    mean = np.bincount(class_of, weights=value, minlength=len(first)) / np.maximum(sizes, 1)
    signature, lot = reach.signature[first], reach.lot[first]
    eligible = reach.eligible[signature].copy()
    eligible &= (lot[:, None] == NONE) | (lot[:, None] == np.arange(len(lanes))[None, :])
    net = mean[:, None] * worth.slope(reach.continued[signature]) - worth.cost[None, :]
    problem = Problem(
        sizes=sizes,
        values=np.rint(net).astype(np.int64),
        eligible=eligible,
        capacity=np.array([lane.capacity for lane in lanes], dtype=np.int64),
        rules=rules,
    )
    return Classes(class_of, signature, problem)


def like_values(value: Floats, signature: Ints, most: int) -> Ints:
    """Return a step of value for each donor; each value its own where there are few.

    Steps are equal on the logarithm, so that a class errs by a small share of its value, and
    finer where a signature has many donors, since there an error weighs more.
    """
    whole = np.rint(value).astype(np.int64)
    if _count(signature, whole) <= most:
        return whole
    scale = np.log(np.maximum(value, 1)) * np.cbrt(np.bincount(signature))[signature]
    low, high = 1e-4, 1e3
    for _ in range(24):  # the finest steps that stay within the number of classes
        fineness = float(np.sqrt(low * high))
        if _count(signature, np.rint(scale * fineness).astype(np.int64)) <= most:
            low = fineness
        else:
            high = fineness
    return np.rint(scale * low).astype(np.int64)


def _count(signature: Ints, bucket: Ints) -> int:
    low = int(bucket.min(initial=0))
    width = int(bucket.max(initial=0)) - low + 1
    return len(pd.unique(signature * width + (bucket - low)))


def hand_out(
    classes: Classes, solution: Solution, reach: Reach, value: Floats, worth: Worth
) -> Ints:
    """Return each donor's lane: the dearest of a class go to the lane that gains most by them."""
    # Within a class that was drawn by lot chance decides who is called, not the value.
    rank = np.where(reach.lot == NONE, -value, uniform(reach.ids, "order"))
    order = np.lexsort((reach.ids, rank, classes.class_of))
    begin = np.searchsorted(classes.class_of[order], np.arange(len(classes.problem.sizes)))
    lane = np.full(len(classes.class_of), NONE, dtype=np.int64)
    slope = worth.slope(reach.continued[classes.signature[solution.class_of]])
    gain = slope[np.arange(len(solution.lane_of)), solution.lane_of]
    for flow in np.lexsort((-gain, solution.class_of)):
        group, count = solution.class_of[flow], int(solution.count[flow])
        lane[order[begin[group] : begin[group] + count]] = solution.lane_of[flow]
        begin[group] += count
    return lane


def bucketing_bound(
    classes: Classes, solution: Solution, reach: Reach, value: Floats, worth: Worth, lane: Ints
) -> int:
    """Return the most that a plan made donor by donor could bring more than this one, in cents.

    Linear duality: donors priced at the lanes' prices bound every plan from above.
    """
    free = np.flatnonzero(reach.lot == NONE)
    if not len(free):
        return 0
    problem = classes.problem
    order = free[np.argsort(classes.class_of[free], kind="stable")]
    begin = np.searchsorted(classes.class_of[order], np.arange(len(problem.sizes) + 1))
    price = solution.call_price + worth.cost
    donors = whole = 0.0
    for number in np.flatnonzero(np.diff(begin)):
        members, able = order[begin[number] : begin[number + 1]], problem.eligible[number]
        if not able.any():
            continue
        slope = worth.slope(reach.continued[classes.signature[number]])[able]
        surplus = (value[members, None] * slope - price[able]).max(axis=1)
        donors += float(np.maximum(surplus, 0).sum())
        seat = float((problem.values[number] - solution.call_price)[able].max())
        whole += max(0.0, seat) * len(members)
    placed = free[lane[free] != NONE]
    continued = reach.continued[reach.signature[placed], lane[placed]]
    real = worth.net(value[placed], lane[placed], continued).sum()
    planned = problem.values[classes.class_of[placed], lane[placed]].sum()
    return max(0, int(np.ceil(donors - whole - (real - planned))))


def best_net(problem: Problem) -> npt.NDArray[np.int64]:
    """Return what the best lane would bring for each class, if it had a seat."""
    least = np.iinfo(np.int64).min
    best = np.where(problem.eligible, problem.values, least).max(axis=1, initial=least)
    return np.asarray(best, dtype=np.int64)
