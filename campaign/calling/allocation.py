"""Which team calls whom: an exact optimum over classes of like donors, with its prices.

Donors that the same lanes may call and that are worth the same form a class. How many of each
class go to each lane is a linear program: class sizes and lane capacities bound it, and policies
(floors, caps, fair shares) are linear in the lanes' loads. With capacities alone its corners are
whole numbers; where a policy leaves a fraction, branching on the loads that it counts finishes.
Columns are priced in as they are needed, so that a million donors and hundreds of lanes take
seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_WHOLE = 1e-6
_COLUMNS_A_ROUND = 6
_ALL_AT_ONCE = 50_000  # columns; a smaller problem needs no pricing
_FIRST_LANES = 10
_MOST_NODES = 500  # more than any plan seen has needed; beyond, the gap says what is not proven
_INTERIOR_ROUNDS = 2  # the interior-point method is fast from nothing, the simplex from nearby


@dataclass(frozen=True, slots=True)
class LoadRule:
    """A policy on loads: the weighted sum of the lanes' calls is at least (or at most) a bound."""

    name: str
    weights: tuple[int, ...]
    at_least: int | None = None
    at_most: int | None = None
    calls_a_unit: int = 1  # the weights of one call: a price is told per call

    def eased(self) -> LoadRule:
        """Return the rule with one call of slack."""
        low = None if self.at_least is None else self.at_least - self.calls_a_unit
        high = None if self.at_most is None else self.at_most + self.calls_a_unit
        return replace(self, at_least=low, at_most=high)


@dataclass(frozen=True, slots=True)
class Problem:
    """Classes of donors, lanes of teams, and what a call of one by the other is worth."""

    sizes: Ints  # donors a class
    values: Ints  # class × lane: expected net cents of one call
    eligible: npt.NDArray[np.bool_]  # class × lane
    capacity: Ints  # calls a lane
    rules: tuple[LoadRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Solution:
    """How many of each class go to each lane, and what the limits are worth."""

    class_of: Ints
    lane_of: Ints
    count: Ints
    objective_cents: int
    bound_cents: int
    lane_price: Floats  # cents that one more call of the lane's capacity is worth
    rule_price: Floats  # cents that one call of slack in the rule is worth
    call_price: Floats  # cents that a seat on the lane costs: what a donor must beat
    rounds: int = field(default=0)

    @property
    def optimality_gap(self) -> float:
        """How far from the best plan this may be, as a share; 0 is proven best."""
        short = max(0, self.bound_cents - self.objective_cents)
        return short / max(1, abs(self.bound_cents)) if short else 0.0

    def loads(self, lanes: int) -> Ints:
        """Return the calls of each lane."""
        loads = np.bincount(self.lane_of, weights=self.count, minlength=lanes)
        return loads.astype(np.int64)


def share_rule(name: str, in_share: Sequence[bool], percent: int, *, is_floor: bool) -> LoadRule:
    """Return the rule "these lanes make at least (at most) so many percent of all calls"."""
    weights = tuple((100 if inside else 0) - percent for inside in in_share)
    return LoadRule(
        name,
        weights,
        at_least=0 if is_floor else None,
        at_most=None if is_floor else 0,
        calls_a_unit=100,
    )


def solve(problem: Problem) -> Solution:
    """Return the plan of highest expected net; no plan within the limits is better."""
    if 0 in problem.eligible.shape:
        return _nothing(problem)
    return _Master(problem).run()


def worth_of_seats(problem: Problem, solution: Solution, lane: int, calls: int) -> int:
    """Return the cents that so many more calls of a lane bring; every other limit stays."""
    capacity = problem.capacity.copy()
    capacity[lane] += calls
    return solve(replace(problem, capacity=capacity)).objective_cents - solution.objective_cents


def worth_of_slack(problem: Problem, solution: Solution, rule: int) -> int:
    """Return the cents that one call of slack in a policy brings."""
    rules = list(problem.rules)
    rules[rule] = rules[rule].eased()
    eased = solve(replace(problem, rules=tuple(rules)))
    return eased.objective_cents - solution.objective_cents


def _nothing(problem: Problem) -> Solution:
    none = np.zeros(0, dtype=np.int64)
    free = np.zeros(problem.eligible.shape[1])
    rules = np.zeros(len(problem.rules))
    return Solution(none, none, none, 0, 0, free, rules, free)


class _Master:
    """The program with the columns that were priced in so far.

    Columns are the lanes' loads, the groups' loads with their total, then flows. Lanes that all
    policies treat alike form a group; policies are rows over groups. Once each group's load is a
    whole number the rest is a network, whose corners are whole: branching on groups is exact.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.classes, self.lanes = problem.eligible.shape
        # Without a policy no call that loses money is made; a floor may need some.
        self.usable = problem.eligible & ((problem.values > 0) | bool(problem.rules))
        self.is_large = int(self.usable.sum()) > _ALL_AT_ONCE
        self.present = np.zeros_like(self.usable)
        self.column_class = np.zeros(0, dtype=np.int64)
        self.column_lane = np.zeros(0, dtype=np.int64)
        self.rounds, self.is_proven = 0, False
        weights = np.array([rule.weights for rule in problem.rules], dtype=np.int64)
        weights = weights.reshape(len(problem.rules), self.lanes)
        self.weights, self.group = np.unique(weights, axis=1, return_inverse=True)
        # The last "group" is the total: shares are shares of it, so it is branched on first.
        self.groups = self.weights.shape[1] + 1 if problem.rules else 0
        self.highs = _silent()
        self._lay_rows()
        self._lay_loads()

    def _lay_rows(self) -> None:
        """Lay the rows: class sizes, balances of lanes and of groups, policies."""
        infinity, rules = highspy.kHighsInf, self.problem.rules
        balance = np.zeros(self.lanes + self.groups)
        low = [-infinity if rule.at_least is None else float(rule.at_least) for rule in rules]
        high = [infinity if rule.at_most is None else float(rule.at_most) for rule in rules]
        lower = np.concatenate([np.full(self.classes, -infinity), balance, low])
        upper = np.concatenate([self.problem.sizes.astype(float), balance, high])
        none = np.zeros(0, dtype=np.int32)
        starts = np.zeros(len(lower), dtype=np.int32)
        self.highs.addRows(len(lower), lower, upper, 0, starts, none, np.zeros(0))

    def _lay_loads(self) -> None:
        """Lay the columns of the loads: what flows into a lane leaves it for its group."""
        first_group, first_rule = self.classes + self.lanes, self.classes + self.lanes + self.groups
        for lane, capacity in enumerate(self.problem.capacity):
            rows, values = [self.classes + lane], [-1.0]
            if self.groups:
                rows += [first_group + int(self.group[lane]), first_rule - 1]
                values += [1.0, 1.0]
            self._add_load(float(capacity), rows, values)
        for group in range(self.groups - 1):
            used = np.flatnonzero(self.weights[:, group])
            rows = [first_group + group, *(first_rule + used).tolist()]
            values = [-1.0, *self.weights[used, group].astype(float).tolist()]
            self._add_load(highspy.kHighsInf, rows, values)
        if self.groups:
            self._add_load(highspy.kHighsInf, [first_rule - 1], [-1.0])

    def _add_load(self, most: float, rows: list[int], values: list[float]) -> None:
        index = np.array(rows, dtype=np.int32)
        self.highs.addCol(0.0, 0.0, most, len(rows), index, np.array(values))

    def run(self) -> Solution:
        """Return the best plan in whole calls, with the prices of the linear program."""
        self._add(self._best_lanes() if self.is_large else _places(self.usable))
        self._price_in()
        prices = self._prices()
        bound = self._objective()
        best = self._branch(bound)
        counts = np.rint(best).astype(np.int64)
        used = np.flatnonzero(counts)
        classes, lanes = self.column_class[used], self.column_lane[used]
        objective = int((counts[used] * self.problem.values[classes, lanes]).sum())
        bound = objective if self.is_proven else bound
        return Solution(classes, lanes, counts[used], objective, bound, *prices, self.rounds)

    def _price_in(self) -> None:
        """Solve, and add columns until none can improve the plan."""
        while True:
            interior = self.is_large and self.rounds < _INTERIOR_ROUNDS
            self.highs.setOptionValue("solver", "ipm" if interior else "simplex")
            self.highs.run()
            self.rounds += 1
            if self.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
                return
            _require_optimal(self.highs)
            better = _best_of_each_class(self._reduced(), self.usable & ~self.present)
            if not len(better[0]):
                return
            self._add(better)

    def _objective(self) -> int:
        """Return the whole cents that no plan within the present limits exceeds."""
        return int(np.floor(-float(self.highs.getInfo().objective_function_value) + 1e-4))

    def _flows(self) -> Floats:
        return np.array(self.highs.getSolution().col_value)[self.lanes + self.groups :]

    def _group_loads(self) -> Floats:
        return np.array(self.highs.getSolution().col_value)[self.lanes : self.lanes + self.groups]

    def _branch(self, bound: int) -> Floats:
        """Branch on the groups' loads until a whole plan is proven best: the deepest first."""
        best, best_cents = np.zeros(0), -1
        infinity = highspy.kHighsInf
        waiting = [(bound, np.zeros(self.groups), np.full(self.groups, infinity))]
        nodes = 0
        while waiting and nodes < _MOST_NODES:
            promise, low, high = waiting.pop()
            if promise <= best_cents:
                continue
            nodes += 1
            self._limit_groups(low, high)
            self._price_in()
            if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                continue
            promise, loads = self._objective(), self._group_loads()
            if promise <= best_cents:
                continue
            off = np.abs(loads - np.rint(loads))
            if off.max(initial=0) <= _WHOLE:
                best, best_cents = self._flows(), promise
                continue
            group = self.groups - 1 if off[-1] > _WHOLE else int(off.argmax())
            below, above = high.copy(), low.copy()
            below[group], above[group] = np.floor(loads[group]), np.ceil(loads[group])
            waiting += [(promise, above, high), (promise, low, below)]
        self.is_proven = all(promise <= best_cents for promise, _, _ in waiting)
        return best

    def _limit_groups(self, low: Floats, high: Floats) -> None:
        for group in range(self.groups):
            self.highs.changeColBounds(self.lanes + group, float(low[group]), float(high[group]))

    def _prices(self) -> tuple[Floats, Floats, Floats]:
        """Return what a call more of a lane, of slack in a rule, and a seat are worth."""
        solution = self.highs.getSolution()
        row_dual, col_dual = np.array(solution.row_dual), np.array(solution.col_dual)
        units = np.array([rule.calls_a_unit for rule in self.problem.rules], dtype=float)
        of_rules = row_dual[self.classes + self.lanes + self.groups :]
        return (
            np.maximum(-col_dual[: self.lanes], 0),
            np.abs(of_rules) * units,
            -row_dual[self.classes : self.classes + self.lanes],
        )

    def _best_lanes(self) -> tuple[Ints, Ints]:
        """Return each class's best lanes at prices near the final ones."""
        net = np.where(self.usable, self.problem.values - near_prices(self.problem), -np.inf)
        top = min(_FIRST_LANES, self.lanes - 1)
        lanes = np.argpartition(-net, top, axis=1)[:, :top].ravel().astype(np.int64)
        classes = np.repeat(np.arange(self.classes), top)
        kept = self.usable[classes, lanes]
        return classes[kept], lanes[kept]

    def _add(self, columns: tuple[Ints, Ints]) -> None:
        classes, lanes = columns
        if not len(classes):
            return
        count = len(classes)
        cost = -self.problem.values[classes, lanes].astype(float)
        index = np.stack([classes, self.classes + lanes], axis=1).ravel().astype(np.int32)
        starts = np.arange(0, 2 * count, 2, dtype=np.int32)
        none, most = np.zeros(count), np.full(count, highspy.kHighsInf)
        self.highs.addCols(count, cost, none, most, 2 * count, starts, index, np.ones(2 * count))
        self.present[classes, lanes] = True
        self.column_class = np.concatenate([self.column_class, classes])
        self.column_lane = np.concatenate([self.column_lane, lanes])

    def _reduced(self) -> Floats:
        """Return what one call of each class by each lane would add to the plan."""
        dual = np.array(self.highs.getSolution().row_dual)
        of_class = dual[: self.classes]
        of_lane = dual[self.classes : self.classes + self.lanes]
        gain = self.problem.values + of_class[:, None] + of_lane[None, :]
        return np.asarray(gain, dtype=float)


def near_prices(problem: Problem, rounds: int = 120) -> Floats:
    """Return what a call of each lane is roughly worth: prices rise where donors crowd in.

    Donors choose lanes as in a multinomial logit whose temperature falls (a smoothed dual).
    """
    values = np.where(problem.eligible, problem.values, -1e15).astype(np.float32)
    prices = np.zeros(problem.eligible.shape[1])
    capacity = np.maximum(problem.capacity, 1e-3)
    hottest = 0.3 * float(np.quantile(values[problem.eligible], 0.99)) + 1.0
    for number in range(rounds):
        heat = hottest * 0.005 ** (number / rounds)
        appeal = (values - prices.astype(np.float32)) / np.float32(heat)
        top = np.maximum(appeal.max(axis=1), 0)
        chosen = np.exp(appeal - top[:, None])
        share = problem.sizes / (chosen.sum(axis=1) + np.exp(-top))
        prices = np.maximum(0, prices + heat * np.log(np.maximum(share @ chosen, 1e-9) / capacity))
    return prices


def _places(mask: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    classes, lanes = np.nonzero(mask)
    return classes.astype(np.int64), lanes.astype(np.int64)


def _silent() -> Any:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", 0)
    return highs


def _require_optimal(highs: Any) -> None:
    status = highs.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"The allocation was not solved: {highs.modelStatusToString(status)}.")


def _best_of_each_class(reduced: Floats, candidates: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return the columns to price in: each class's most promising ones."""
    gains = np.where(candidates, reduced, -np.inf)
    found_class, found_lane = [], []
    rows = np.arange(len(gains))
    for _ in range(min(_COLUMNS_A_ROUND, gains.shape[1])):
        lane = gains.argmax(axis=1)
        improving = gains[rows, lane] > 1e-6
        found_class.append(rows[improving])
        found_lane.append(lane[improving])
        gains[rows, lane] = -np.inf
    return np.concatenate(found_class), np.concatenate(found_lane)
