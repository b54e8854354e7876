"""An independent exact solver: OR-Tools, in a process of its own (its HiGHS hides ours)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from campaign.calling.allocation import Problem


def best_objectives(problems: Sequence[Problem]) -> list[int]:
    """Return what OR-Tools finds for each problem."""
    told = [
        {
            "sizes": problem.sizes.tolist(),
            "values": problem.values.tolist(),
            "eligible": problem.eligible.tolist(),
            "capacity": problem.capacity.tolist(),
            "rules": [(rule.weights, rule.at_least, rule.at_most) for rule in problem.rules],
        }
        for problem in problems
    ]
    done = subprocess.run(
        [sys.executable, "-c", _SOLVER],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[int] = json.loads(done.stdout)
    return found


_SOLVER = """
import json, sys
from ortools.sat.python import cp_model

def best(p):
    model = cp_model.CpModel()
    classes, lanes = range(len(p["sizes"])), range(len(p["capacity"]))
    x = {(c, l): model.new_int_var(0, p["sizes"][c], "")
         for c in classes for l in lanes if p["eligible"][c][l]}
    for c in classes:
        model.add(sum(x[c, l] for l in lanes if (c, l) in x) <= p["sizes"][c])
    load = [sum(x[c, l] for c in classes if (c, l) in x) for l in lanes]
    for l in lanes:
        model.add(load[l] <= p["capacity"][l])
    for weights, least, most in p["rules"]:
        total = sum(w * load[l] for l, w in enumerate(weights))
        if least is not None:
            model.add(total >= least)
        if most is not None:
            model.add(total <= most)
    model.maximize(sum(p["values"][c][l] * v for (c, l), v in x.items()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)

print(json.dumps([best(p) for p in json.load(sys.stdin)]))
"""
