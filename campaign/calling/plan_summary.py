"""What a director reads of a plan: counts, reasons, money, and prices in plain words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from campaign.calling.eligibility import REASONS, TEAM_REASONS
from campaign.calling.planning import Plan


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
    """Return what an hour more of each full shift, or a call of slack in a policy, is worth."""
    found = []
    for lane, price in zip(plan.lanes, plan.solution.lane_price, strict=True):
        cents = round(price * lane.team.price.calls_per_hour)
        if cents >= 1:
            hours = f"{lane.shift.starts_at:%H:%M}-{lane.shift.ends_at:%H:%M}"
            spoken = " and ".join(lane.team.languages)
            what = f"one more hour of {lane.team.code} at {hours}, speaking {spoken}"
            found.append({"what": what, "cents": cents})
    for rule, price in zip(plan.problem.rules, plan.solution.rule_price, strict=True):
        if price >= 1:
            found.append({"what": f"one call of slack in the {rule.name}", "cents": int(price)})
    return sorted(found, key=lambda price: -price["cents"])
