"""What a director reads of a plan: counts, reasons, money, and prices in plain words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from campaign.calling.allocation import worth_of_seats, worth_of_slack
from campaign.calling.eligibility import Lane
from campaign.calling.planning import Plan
from campaign.calling.reasons import REASONS, TEAM_REASONS

_NOTABLE = 0.01  # cents a call; less is the solver's rounding
_MOST_PLANNED_ANEW = 50_000  # places of all plans together: about a second


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """The public figures of a plan, as `calls allocate --json` prints them."""

    assignments: int
    held: list[dict[str, Any]]
    teams: list[dict[str, Any]]
    objective_cents: int
    optimality_gap: float
    prices: list[dict[str, Any]]
    seconds: float
    bucketing_bound_cents: int

    def as_json(self) -> dict[str, Any]:
        """Return the summary as one JSON document."""
        return asdict(self)


def summarise(plan: Plan, seconds: float) -> PlanSummary:
    """Return the plan's figures."""
    assigned = plan.assigned
    return PlanSummary(
        assignments=len(assigned),
        held=held(plan),
        teams=team_figures(plan),
        objective_cents=int(assigned["net_cents"].sum()),
        optimality_gap=plan.solution.optimality_gap,
        prices=prices(plan),
        seconds=round(seconds, 3),
        bucketing_bound_cents=plan.bucketing_bound_cents,
    )


def held(plan: Plan) -> list[dict[str, Any]]:
    """Return how many donors are not called, by the first reason, the commonest first."""
    counts = plan.rows.loc[plan.rows["lane"] < 0, "reason"].value_counts()
    return [{"reason": str(reason), "count": int(count)} for reason, count in counts.items()]


def reason_text(code: str) -> str:
    """Return a reason in words."""
    return REASONS.get(code) or TEAM_REASONS.get(code) or code


def team_figures(plan: Plan) -> list[dict[str, Any]]:
    """Return each team's calls, capacity, cost and expected net."""
    assigned = plan.assigned
    lanes = assigned["lane"].to_numpy()
    count = np.bincount(lanes, minlength=len(plan.lanes))
    net = np.bincount(lanes, weights=assigned["net_cents"], minlength=len(plan.lanes))
    figures: dict[str, dict[str, Any]] = {}
    for number, lane in enumerate(plan.lanes):
        row = figures.setdefault(
            lane.team.code,
            {
                "team": lane.team.code,
                "assigned": 0,
                "capacity": 0,
                "cost_cents": 0,
                "expected_net_cents": 0,
            },
        )
        row["assigned"] += int(count[number])
        row["capacity"] += lane.capacity
        row["expected_net_cents"] += int(net[number])
    for lane in plan.lanes:
        row = figures[lane.team.code]
        row["cost_cents"] = lane.team.price.cost_cents(row["assigned"], 0)
    return list(figures.values())


def prices(plan: Plan) -> list[dict[str, Any]]:
    """Return what an hour more of each full shift, or a call of slack in a policy, is worth.

    Planned anew with each, so that a director who adds the hour gets what was told. A plan too
    large for that tells the marginal price, which an hour of its many hardly moves.
    """
    problem, solution = plan.problem, plan.solution
    full = np.flatnonzero(solution.lane_price >= _NOTABLE).tolist()
    binding = np.flatnonzero(solution.rule_price >= 1).tolist()
    is_exact = problem.eligible.size * (len(full) + len(binding)) <= _MOST_PLANNED_ANEW
    found = []
    for place in full:
        calls = plan.lanes[place].team.price.calls_per_hour
        if is_exact:
            cents = worth_of_seats(problem, solution, place, calls)
        else:
            cents = round(float(solution.lane_price[place]) * calls)
        found.append((_hour_of(plan.lanes[place]), cents))
    for place in binding:
        if is_exact:
            cents = worth_of_slack(problem, solution, place)
        else:
            cents = int(solution.rule_price[place])
        found.append((f"one call of slack in the {problem.rules[place].name}", cents))
    dearest = sorted(found, key=lambda price: -price[1])
    return [{"what": what, "cents": cents} for what, cents in dearest if cents >= 1]


def _hour_of(lane: Lane) -> str:
    hours = f"{lane.shift.starts_at:%H:%M}-{lane.shift.ends_at:%H:%M}"
    spoken = " and ".join(lane.team.languages)
    return f"one more hour of {lane.team.code} at {hours}, speaking {spoken}"
