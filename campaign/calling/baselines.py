"""What a plan is held against: plans made without an optimiser, and the calls that are out now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from campaign.calling.allocation import Problem, solve
from campaign.calling.planning import Plan


def by_turns(problem: Problem, *, greedy: bool) -> int:
    """Return the expected net of a plan without an optimiser, with the same rights and seats.

    Taking turns deals donors out evenly among the lanes that may call them; greed gives the
    dearest donors first to the lane that brings most by them.
    """
    shuffled = np.random.default_rng(0).permutation(len(problem.sizes))
    dearest = np.where(problem.eligible, problem.values, 0).max(axis=1, initial=0)
    order = np.argsort(-dearest, kind="stable") if greedy else shuffled
    left, whole = problem.capacity.copy(), 0
    for group in order:
        waiting, value = int(problem.sizes[group]), problem.values[group]
        lanes = np.flatnonzero(problem.eligible[group] & (value > 0))
        lanes = lanes[np.argsort(-value[lanes])] if greedy else np.roll(lanes, int(group))
        for number, lane in enumerate(lanes):
            share = waiting if greedy else -(-waiting // (len(lanes) - number))
            taken = min(share, int(left[lane]))
            left[lane] -= taken
            waiting -= taken
            whole += taken * int(value[lane])
    return whole


def gain(problem: Problem) -> dict[str, Any]:
    """Return the best plan beside taking turns and greed; none of them keeps floors or caps.

    Without an optimiser a floor or cap is hard to keep at all, so that all three go without:
    what the policy costs stands in the plan's prices.
    """
    free = replace(problem, rules=())
    best = solve(free).objective_cents
    found: dict[str, Any] = {"without_floors_and_caps_cents": best}
    for name, greedy in (("taking_turns", False), ("greedy", True)):
        net = by_turns(free, greedy=greedy)
        share = round(best / net - 1, 4) if net > 0 else None
        found[name] = {"expected_net_cents": net, "gain_cents": best - net, "gain": share}
    return found


def changes(made: Plan, current: Mapping[int, int]) -> dict[str, int]:
    """Return what a plan changes of the calls that are out and untouched, as donor to team."""
    teams = np.array([lane.team.id for lane in made.lanes], dtype=np.int64)
    assigned = made.assigned
    planned = pd.Series(teams[assigned["lane"].to_numpy()], index=assigned["donor_id"].to_numpy())
    now = pd.Series(current, dtype=np.int64)
    before = now.reindex(planned.index)
    stays = before.notna()
    same = int((before == planned).sum())
    return {
        "same_team": same,
        "other_team": int(stays.sum()) - same,
        "new": int((~stays).sum()),
        "dropped": len(now) - int(stays.sum()),
    }
