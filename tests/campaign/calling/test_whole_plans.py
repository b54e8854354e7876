"""Whole plans against another exact solver, with every constraint there is, told donor by donor.

What the program decides with classes, signatures and matrices is told here once more in plain
loops over donors and shifts, and OR-Tools finds the best plan of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from campaign.calling.allocation import LoadRule, Problem
from campaign.calling.chances import Chances, learn
from campaign.calling.eligibility import Circumstances, Lane, judge
from campaign.calling.planning import Plan, make_plan
from campaign.calling.policy import Policy
from campaign.calling.reach import NONE, reach_of
from campaign.calling.teams import Agent, Team
from tests.support.calling import facts, question, team
from tests.support.exact_allocation import best_objectives

SPAN = (date(2026, 1, 1), date(2026, 12, 31))
COUNT = 200
STATES = {"OH": ("America/New_York", "+1614"), "CA": ("America/Los_Angeles", "+1415")}


@dataclass(frozen=True)
class Instance:
    """A small world: donors, teams, policy, pins."""

    frame: pd.DataFrame
    teams: list[Team]
    asked: Circumstances
    chances: Chances
    pins: dict[int, int]


def instance(seed: int) -> Instance:
    dice = np.random.default_rng(seed)
    teams = [a_team(dice, number) for number in range(1, int(dice.integers(3, 6)))]
    rows = [a_donor(dice, number) for number in range(int(dice.integers(6, 16)))]
    policy = Policy(
        in_house_min_percent=int(dice.choice([0, 25, 50])),
        local_min_percent=int(dice.choice([0, 0, 30])),
        offshore_max_percent=int(dice.choice([100, 40, 20])),
        fair_share_percent=int(dice.choice([0, 60])),
        continuity_percent=int(dice.choice([0, 30])),
        holdout_percent=int(dice.choice([0, 40])),
    )
    asked = question(policy=policy, campaign_code=f"C{seed}")
    factor = {one.id: float(dice.uniform(0.6, 1.5)) for one in teams}
    pins = {n + 1: int(dice.integers(1, 4)) for n in range(len(rows)) if dice.random() < 0.1}
    return Instance(facts(rows), teams, asked, Chances(learn({}, {}).of_segment, factor), pins)


def a_team(dice: np.random.Generator, number: int) -> Team:
    kind = ("in_house", "onshore", "offshore", "onshore")[(number - 1) % 4]
    spoken = ("en",) if dice.random() < 0.6 else ("en", "es")
    days = (("09:00-10:30", "12:00-18:00"), ("09:00-10:30",), ("13:00-21:00",))
    agents = (Agent(number, "a", spoken, {}),)
    has_papers = dice.random() < 0.85
    return team(
        id=number,
        code=f"T{number}",
        kind=kind,
        languages=("en", "es"),
        hours={"wed": days[int(dice.integers(3))]},
        capacity=int(dice.integers(2, 7)),
        cost_cents=int(dice.integers(20, 900)),
        contract=SPAN if has_papers else None,
        data_sharing=SPAN,
        fair_conditions_on=SPAN[0],
        is_local=bool(dice.random() < 0.5),
        agents=agents,
    )


def a_donor(dice: np.random.Generator, number: int) -> dict[str, Any]:
    state = str(dice.choice(["OH", "CA"]))
    zone, prefix = STATES[state]
    cents = int(dice.integers(1, 400)) * 100
    spoke = int(dice.integers(1, 5))
    return {
        "phone_e164": f"{prefix}555{number:04d}",
        "state": state,
        "timezone": zone,
        "phone_timezone": zone,
        "language": str(dice.choice(["en", "en", "es"])),
        "provenance": str(
            dice.choice(['["own_donors"]', '["voter_file"]', '["own_donors", "not:T2"]'])
        ),
        "total_cents": cents,
        "last_cents": cents,
        "largest_cents": cents,
        "gifts": 1,
        "last_team_id": spoke if dice.random() < 0.3 else None,
    }


def certified(given: Instance) -> Instance:
    """Let the agents be certified for the instance's campaign."""
    from dataclasses import replace

    code = given.asked.campaign_code
    teams = [
        replace(one, agents=tuple(replace(a, certified={code: SPAN[1]}) for a in one.agents))
        for one in given.teams
    ]
    return replace(given, teams=teams)


def allows(given: Instance, row: pd.Series, hours: Any, lane: Lane) -> bool:
    """Whether this shift may call this donor, told in words."""
    one, kinds = lane.team, str(row["provenance"])
    has_papers = one.kind == "in_house" or one.contract is not None
    spoken = {language for agent in one.agents for language in agent.languages}
    barred = (one.kind == "offshore" and "voter_file" in kinds) or f'"not:{one.code}"' in kinds
    pinned = given.pins.get(int(row["donor_id"]), one.id) == one.id
    shared = sum(
        max(0.0, (min(span.ends_at, lane.shift.ends_at) - max(span.starts_at, lane.shift.starts_at))
            .total_seconds())
        for span in hours
    )  # fmt: skip
    return (
        has_papers
        and row["language"] in spoken
        and not barred
        and pinned
        and shared >= 60 * given.asked.policy.min_window_minutes
    )


def told_plainly(given: Instance, plan: Plan) -> Problem:
    """Return the problem donor by donor, from the donors' values and the draw alone."""
    frame, lanes, policy = given.frame, plan.lanes, given.asked.policy
    verdict = judge(frame, given.asked)
    everybody = np.arange(len(frame))
    reach = reach_of(frame, verdict, everybody, lanes, given.asked, given.pins)
    value = plan.rows["value"].to_numpy(dtype=float).copy()
    # Whom chance gave to a shift is worth what such donors are worth on average: the value must
    # not decide who of them is called.
    for signature, lot in set(zip(reach.signature.tolist(), reach.lot.tolist(), strict=True)):
        if lot != NONE:
            alike = (reach.signature == signature) & (reach.lot == lot)
            value[alike] = value[alike].mean()
    eligible = np.zeros((len(frame), len(lanes)), dtype=bool)
    values = np.zeros((len(frame), len(lanes)), dtype=np.int64)
    for position in range(len(frame)):
        row, lot = frame.iloc[position], reach.lot[position]
        for number, lane in enumerate(lanes):
            fits = allows(given, row, verdict.hours_of(position), lane)
            eligible[position, number] = fits and lot in (NONE, number)
            again = row["last_team_id"] is not pd.NA and row["last_team_id"] == lane.team.id
            uplift = 1 + policy.continuity_percent / 100 * bool(again)
            gross = value[position] * given.chances.team_factor[lane.team.id] * uplift
            values[position, number] = round(gross - lane.team.price.cents)
    capacity = np.array([lane.capacity for lane in lanes], dtype=np.int64)
    return Problem(np.ones(len(frame), np.int64), values, eligible, capacity, rules(given, lanes))


def rules(given: Instance, lanes: tuple[Lane, ...]) -> tuple[LoadRule, ...]:
    """Return floors, cap and fair shares as sums over shifts."""
    policy = given.asked.policy
    ready = [lane.team.kind == "in_house" or lane.team.contract is not None for lane in lanes]
    made = []
    floors = (
        (policy.in_house_min_percent, [lane.team.kind == "in_house" for lane in lanes]),
        (policy.local_min_percent, [lane.team.is_local for lane in lanes]),
    )
    for percent, counts in floors:
        inside = [a and b for a, b in zip(counts, ready, strict=True)]
        if percent and any(inside):
            made.append(LoadRule("floor", tuple(100 * i - percent for i in inside), at_least=0))
    offshore = [lane.team.kind == "offshore" for lane in lanes]
    cap = policy.offshore_max_percent
    made.append(LoadRule("cap", tuple(100 * i - cap for i in offshore), at_most=0))
    for one in {lane.team.id: lane.team for lane in lanes}.values():
        sisters = [lane for lane in lanes if lane.team.kind == one.kind]
        if policy.fair_share_percent and {lane.team.id for lane in sisters} != {one.id}:
            own = sum(lane.capacity for lane in sisters if lane.team.id == one.id)
            whole = sum(lane.capacity for lane in sisters)
            share = policy.fair_share_percent * own
            weights = tuple(
                100 * whole * (lane.team.id == one.id) - share * (lane.team.kind == one.kind)
                for lane in lanes
            )
            made.append(LoadRule("fair share", weights, at_least=0))
    return tuple(made)


def test_no_plan_told_donor_by_donor_is_better_in_200_worlds() -> None:
    worlds = [certified(instance(seed)) for seed in range(COUNT)]
    plans = [make_plan(w.frame, w.teams, w.asked, w.chances, pins=w.pins) for w in worlds]
    exact = best_objectives(
        [told_plainly(world, plan) for world, plan in zip(worlds, plans, strict=True)]
    )
    for seed, (plan, best) in enumerate(zip(plans, exact, strict=True)):
        assert plan.solution.optimality_gap == 0
        # Cents are rounded once a donor here, once a class there.
        assert abs(plan.solution.objective_cents - best) <= len(plan.rows), seed
    assert sum(plan.rows["is_holdout"].any() for plan in plans) > COUNT / 10
    assert sum(plan.rows["is_continued"].any() for plan in plans) > COUNT / 10
    assert sum(best > 0 for best in exact) > COUNT / 2
