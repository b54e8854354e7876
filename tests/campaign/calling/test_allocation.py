"""The plan is the best there is: against another solver, and by the laws of optimal plans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.calling.allocation import LoadRule, Problem, Solution, share_rule, solve
from tests.support.exact_allocation import best_objectives


def random_problem(seed: int, *, with_rules: bool = True) -> Problem:
    rng = np.random.default_rng(seed)
    classes, lanes = int(rng.integers(1, 12)), int(rng.integers(1, 6))
    rules = tuple(
        share_rule(
            f"rule {number}",
            [bool(inside) for inside in rng.random(lanes) < 0.5],
            int(rng.integers(0, 80)),
            is_floor=bool(rng.random() < 0.5),
        )
        for number in range(int(rng.integers(0, 4)) if with_rules else 0)
    )
    return Problem(
        sizes=rng.integers(1, 9, classes),
        values=rng.integers(-200, 3_000, (classes, lanes)),
        eligible=rng.random((classes, lanes)) < 0.7,
        capacity=rng.integers(0, 15, lanes),
        rules=rules,
    )


def check_limits(problem: Problem, solution: Solution) -> None:
    lanes = len(problem.capacity)
    loads = solution.loads(lanes)
    used = np.bincount(solution.class_of, weights=solution.count, minlength=len(problem.sizes))
    assert (loads <= problem.capacity).all()
    assert (used <= problem.sizes).all()
    assert (solution.count > 0).all()
    assert problem.eligible[solution.class_of, solution.lane_of].all()
    for rule in problem.rules:
        total = int((np.array(rule.weights) * loads).sum())
        assert rule.at_least is None or total >= rule.at_least
        assert rule.at_most is None or total <= rule.at_most


def test_another_exact_solver_finds_nothing_better_in_200_problems() -> None:
    problems = [random_problem(seed) for seed in range(200)]
    solutions = [solve(problem) for problem in problems]
    for problem, solution in zip(problems, solutions, strict=True):
        check_limits(problem, solution)
        assert solution.optimality_gap == 0
    assert [s.objective_cents for s in solutions] == best_objectives(problems)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), lane=st.integers(0, 5), more=st.integers(1, 10))
def test_more_capacity_never_brings_less(seed: int, lane: int, more: int) -> None:
    problem = random_problem(seed)
    capacity = problem.capacity.copy()
    capacity[lane % len(capacity)] += more
    wider = solve(replace(problem, capacity=capacity))
    assert wider.objective_cents >= solve(problem).objective_cents


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_lane_price_bounds_what_one_more_call_brings(seed: int) -> None:
    problem = random_problem(seed, with_rules=False)
    solution = solve(problem)
    for lane, price in enumerate(solution.lane_price):
        capacity = problem.capacity.copy()
        capacity[lane] += 1
        gain = solve(replace(problem, capacity=capacity)).objective_cents - solution.objective_cents
        assert gain <= price + 1e-6


def test_pricing_columns_in_finds_the_same_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    problem = Problem(
        sizes=rng.integers(1, 30, 120),
        values=rng.integers(-100, 9_000, (120, 25)),
        eligible=rng.random((120, 25)) < 0.6,
        capacity=rng.integers(1, 60, 25),
        rules=(share_rule("floor", [n < 8 for n in range(25)], 40, is_floor=True),),
    )
    whole = solve(problem)
    monkeypatch.setattr("campaign.calling.allocation._ALL_AT_ONCE", 0)
    monkeypatch.setattr("campaign.calling.allocation._FIRST_LANES", 1)
    priced = solve(problem)
    assert priced.rounds > 1
    assert priced.objective_cents == whole.objective_cents
    check_limits(problem, priced)


def test_a_floor_costs_what_it_says() -> None:
    """Ten donors, each worth 10 in-house and 12 elsewhere: a floor of half costs 10 cents."""
    problem = Problem(
        sizes=np.array([10]),
        values=np.array([[10, 12]]),
        eligible=np.array([[True, True]]),
        capacity=np.array([10, 10]),
        rules=(share_rule("in-house floor", [True, False], 50, is_floor=True),),
    )
    solution = solve(problem)
    assert solution.objective_cents == 110
    assert list(solution.loads(2)) == [5, 5]
    assert solution.rule_price[0] == pytest.approx(2.0)  # one call moved is worth two cents


def test_a_fraction_is_made_whole() -> None:
    """A third of the calls at least: three calls, or none that breaks the rule."""
    problem = Problem(
        sizes=np.array([1, 1]),
        values=np.array([[1, 50], [1, 60]]),
        eligible=np.ones((2, 2), dtype=bool),
        capacity=np.array([5, 5]),
        rules=(LoadRule("a third", (2, -1), at_least=0),),
    )
    solution = solve(problem)
    assert solution.objective_cents == 61
    assert solution.optimality_gap == 0


def test_nothing_to_share_out_is_an_empty_plan() -> None:
    empty = Problem(
        sizes=np.zeros(0, dtype=np.int64),
        values=np.zeros((0, 2), dtype=np.int64),
        eligible=np.zeros((0, 2), dtype=bool),
        capacity=np.array([3, 4]),
    )
    assert solve(empty).objective_cents == 0
    no_lanes = Problem(
        sizes=np.array([3]),
        values=np.zeros((1, 0), dtype=np.int64),
        eligible=np.zeros((1, 0), dtype=bool),
        capacity=np.zeros(0, dtype=np.int64),
    )
    assert solve(no_lanes).objective_cents == 0
