"""Which team calls whom: an exact optimum over classes of like donors, with its prices.

Donors that the same lanes may call and that are worth the same form a class. How many of each
class go to each lane is a linear program: class sizes and lane capacities bound it, and policies
(floors, caps, fair shares) are linear in the lanes' loads. With capacities alone its corners are
whole numbers; where a policy leaves a fraction, a small integer program finishes. Columns are
priced in as they are needed, so that a million donors and hundreds of lanes take seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_WHOLE = 1e-6
_COLUMNS_A_ROUND = 3
_ALL_AT_ONCE = 50_000  # columns; a smaller problem needs no pricing
_FIRST_LANES = 8
_INTERIOR_ROUNDS = 2  # the interior-point method is fast from nothing, the simplex from nearby


@dataclass(frozen=True, slots=True)
class LoadRule:
    """A policy on loads: the weighted sum of the lanes' calls is at least (or at most) a bound."""

    name: str
    weights: tuple[int, ...]
    at_least: int | None = None
    at_most: int | None = None
    calls_a_unit: int = 1  # the weights of one call: a price is told per call


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


def _nothing(problem: Problem) -> Solution:
    none = np.zeros(0, dtype=np.int64)
    free = np.zeros(problem.eligible.shape[1])
    rules = np.zeros(len(problem.rules))
    return Solution(none, none, none, 0, 0, free, rules, free)


class _Master:
    """The program with the columns that were priced in so far."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.classes, self.lanes = problem.eligible.shape
        # Without a policy no call that loses money is made; a floor may need some.
        self.usable = problem.eligible & ((problem.values > 0) | bool(problem.rules))
        self.present = np.zeros_like(self.usable)
        self.column_class = np.zeros(0, dtype=np.int64)
        self.column_lane = np.zeros(0, dtype=np.int64)
        self.highs = _silent()
        self._rows()

    def _rows(self) -> None:
        """Lay the rows: class sizes, lane balances, policies; and a column for each load."""
        infinity = highspy.kHighsInf
        lower = np.concatenate([np.full(self.classes, -infinity), np.zeros(self.lanes)])
        upper = np.concatenate([self.problem.sizes.astype(float), np.zeros(self.lanes)])
        rules = self.problem.rules
        low = [-infinity if rule.at_least is None else float(rule.at_least) for rule in rules]
        high = [infinity if rule.at_most is None else float(rule.at_most) for rule in rules]
        lower, upper = np.concatenate([lower, low]), np.concatenate([upper, high])
        rows = len(lower)
        self.highs.addRows(
            rows,
            lower,
            upper,
            0,
            np.zeros(rows, dtype=np.int32),
            np.zeros(0, dtype=np.int32),
            np.zeros(0),
        )
        first_rule = self.classes + self.lanes
        weights = np.array([rule.weights for rule in rules], dtype=float).reshape(-1, self.lanes)
        for lane in range(self.lanes):
            used = np.flatnonzero(weights[:, lane]) if len(rules) else np.zeros(0, dtype=int)
            index = np.concatenate([[self.classes + lane], first_rule + used]).astype(np.int32)
            value = np.concatenate([[-1.0], weights[used, lane] if len(rules) else []])
            self.highs.addCol(
                0.0, 0.0, float(self.problem.capacity[lane]), len(index), index, value
            )

    def run(self) -> Solution:
        """Price columns in until none can improve the plan; then make it whole."""
        is_large = int(self.usable.sum()) > _ALL_AT_ONCE
        self._add(self._best_lanes() if is_large else _places(self.usable))
        rounds = 0
        while True:
            interior = is_large and rounds < _INTERIOR_ROUNDS
            self.highs.setOptionValue("solver", "ipm" if interior else "simplex")
            self.highs.run()
            rounds += 1
            _require_optimal(self.highs)
            reduced = self._reduced()
            better = _best_of_each_class(reduced, self.usable & ~self.present)
            if not len(better[0]):
                break
            self._add(better)
        return self._whole(reduced, rounds)

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
        self.highs.addCols(
            count,
            cost,
            np.zeros(count),
            np.full(count, highspy.kHighsInf),
            2 * count,
            np.arange(0, 2 * count, 2, dtype=np.int32),
            index,
            np.ones(2 * count),
        )
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

    def _whole(self, reduced: Floats, rounds: int) -> Solution:
        """Return the plan in whole calls, with the prices of the linear program."""
        solution = self.highs.getSolution()
        flows = np.array(solution.col_value)[self.lanes :]
        row_dual, col_dual = np.array(solution.row_dual), np.array(solution.col_dual)
        best = -float(self.highs.getInfo().objective_function_value)
        bound = int(np.floor(best + 1e-4))
        if np.abs(flows - np.rint(flows)).max(initial=0) > _WHOLE:
            flows, bound = self._branch(reduced, bound)
        counts = np.rint(flows).astype(np.int64)
        used = counts > 0
        classes, lanes = (
            self.column_class[: len(counts)][used],
            self.column_lane[: len(counts)][used],
        )
        units = np.array([rule.calls_a_unit for rule in self.problem.rules], dtype=float)
        return Solution(
            class_of=classes,
            lane_of=lanes,
            count=counts[used],
            objective_cents=int((counts[used] * self.problem.values[classes, lanes]).sum()),
            bound_cents=bound,
            lane_price=np.maximum(-col_dual[: self.lanes], 0),
            rule_price=np.abs(row_dual[self.classes + self.lanes :]) * units,
            call_price=-row_dual[self.classes : self.classes + self.lanes],
            rounds=rounds,
        )

    def _branch(self, reduced: Floats, bound: int) -> tuple[Floats, int]:
        """Finish with whole numbers: exact, since columns too dear to matter are proven so."""
        flows, value, proven = self._integer_program()
        if value < bound:
            # A column can be part of a better plan only if it loses less than what is missing.
            promising = self.usable & ~self.present & (reduced > value - bound - 1)
            self._add(_places(promising))
            flows, value, proven = self._integer_program()
        return flows, min(bound, proven)

    def _integer_program(self) -> tuple[Floats, int, int]:
        columns = len(self.column_class) + self.lanes
        kinds = np.full(columns, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
        self.highs.changeColsIntegrality(columns, np.arange(columns, dtype=np.int32), kinds)
        self.highs.setOptionValue("mip_abs_gap", 0.5)  # cents are whole: less than one is none
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        self.highs.run()
        info = self.highs.getInfo()
        flows = np.array(self.highs.getSolution().col_value)[self.lanes :]
        found = round(-float(info.objective_function_value))
        return flows, found, int(np.floor(-float(info.mip_dual_bound) + 1e-4))


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
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", 0)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    highs.setOptionValue("time_limit", 120.0)
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
