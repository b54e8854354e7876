"""A day's plan for a million donors and 200 teams, against taking turns and against greed.

Target (DESIGN.md): 20 seconds on 2 cores, optimality gap 0. Run:
    python -m benchmarks.bench_allocation
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd

from campaign.calling.baselines import gain
from campaign.calling.chances import Chances, learn
from campaign.calling.costs import Price
from campaign.calling.eligibility import Circumstances
from campaign.calling.hours import Interval
from campaign.calling.plan_summary import summarise
from campaign.calling.planning import make_plan
from campaign.calling.policy import Policy
from campaign.calling.teams import Agent, Team

DAY = date(2026, 9, 9)
STATES = {
    "OH": ("America/New_York", "+1614"),
    "PA": ("America/New_York", "+1215"),
    "TX": ("America/Chicago", "+1512"),
    "AZ": ("America/Phoenix", "+1602"),
    "CA": ("America/Los_Angeles", "+1415"),
    "FL": ("America/New_York", "+1305"),
    "WA": ("America/Los_Angeles", "+1206"),
    "RI": ("America/New_York", "+1401"),
}


def donors(count: int, seed: int) -> pd.DataFrame:
    """Return invented donors of eight states, four languages and three sources."""
    rng = np.random.default_rng(seed)
    codes = np.array(list(STATES))
    state = rng.integers(0, len(codes), count)
    moved = np.where(rng.random(count) < 0.1, rng.integers(0, len(codes), count), state)
    prefixes = np.array([STATES[code][1] for code in codes])
    zones = np.array([STATES[code][0] for code in codes])
    line = pd.Series(np.arange(count) % 10_000_000).astype(str).str.zfill(7)
    gifts = rng.poisson(1.6, count)
    last = (np.exp(rng.normal(8.6, 1.1, count)) // 100 * 100).astype(np.int64) * (gifts > 0)
    days = rng.integers(20, 2_500, count)
    last_on = pd.Series(np.datetime64("2026-09-01") - days.astype("timedelta64[D]")).where(
        gifts > 0
    )
    return pd.DataFrame(
        {
            "donor_id": np.arange(1, count + 1),
            "phone_e164": pd.Series(prefixes[moved]).str.cat(line),
            "line_type": "mobile",
            "state": codes[state],
            "postal_code": "43004",
            "country": "US",
            "timezone": zones[state],
            "phone_timezone": zones[moved],
            "household_id": pd.array(rng.integers(1, count * 3, count), dtype="Int64"),
            "status": "active",
            "provenance": rng.choice(
                ['["house"]', '["purchased"]', '["voter_file"]'], count, p=[0.6, 0.2, 0.2]
            ),
            "consent_autodial": False,
            "language": rng.choice(["en", "es", "zh", "vi"], count, p=[0.85, 0.1, 0.03, 0.02]),
            "suppressed": rng.random(count) < 0.03,
            "deceased": False,
            "gifts": gifts,
            "last_gift_on": last_on,
            "total_cents": last * np.maximum(gifts, 1),
            "largest_cents": (last * (1 + rng.random(count))).astype(np.int64),
            "last_cents": last,
            "headroom_cents": np.maximum(350_000 - last * gifts, 0),
            "has_open_pledge": False,
            "refused": False,
            "bad_number": False,
            "attempts_total": rng.integers(0, 2, count),
            "attempts_today": 0,
            "calls_24h": 0,
            "last_team_id": pd.array(
                np.where(rng.random(count) < 0.05, rng.integers(1, 200, count), -1), dtype="Int64"
            ),
            "household_calls_today": 0,
            "in_progress": False,
            "callback_later": False,
        }
    )


def teams(count: int, seats: int, seed: int) -> list[Team]:
    """Return teams of three kinds with prices, shifts and languages of their own."""
    rng = np.random.default_rng(seed)
    span = (date(2026, 1, 1), date(2026, 12, 31))
    shifts = (("09:00-15:00", "15:00-21:00"), ("12:00-21:00",), ("10:00-18:00",))
    made = []
    for number in range(1, count + 1):
        kind = ("in_house", "onshore", "offshore")[number % 3]
        spoken = ("en", "es", "zh", "vi")[: int(rng.choice([1, 2, 4], p=[0.6, 0.3, 0.1]))]
        agent = Agent(number, "a", spoken, {"BENCH": span[1]})
        made.append(
            Team(
                id=number,
                code=f"T{number:03}",
                name=f"Team {number}",
                kind=kind,
                timezone="America/New_York",
                languages=spoken,
                hours={"wed": shifts[int(rng.integers(3))]},
                capacity=int(rng.integers(seats // 2, seats * 3 // 2)),
                price=Price("per_call", int(rng.integers(50, 220)), 0, 20),
                contract=span,
                data_sharing=span,
                fair_conditions_on=span[0],
                registered_states=frozenset(),
                is_local=kind != "offshore",
                place="",
                age_recipient=None,
                agents=(agent,),
            )
        )
    return made


def skilled(crew: list[Team], seed: int) -> Chances:
    """Return chances in which teams differ in skill."""
    rng = np.random.default_rng(seed)
    factor = {team.id: float(np.clip(rng.normal(1, 0.15), 0.6, 1.5)) for team in crew}
    return Chances(learn({}, {}).of_segment, factor)


def main() -> None:
    """Time one plan and print it against the two baselines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--donors", type=int, default=1_000_000)
    parser.add_argument("--teams", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    frame = donors(told.donors, told.seed)
    crew = teams(told.teams, told.donors // told.teams // 2, told.seed)
    policy = Policy(in_house_min_percent=20, offshore_max_percent=30)
    question = Circumstances(
        campaign_code="BENCH",
        committee_kind="candidate",
        policy=policy,
        day=DAY,
        span=Interval(datetime(2026, 9, 9, 4, tzinfo=UTC), datetime(2026, 9, 10, 4, tzinfo=UTC)),
        script_languages=frozenset({"en", "es", "zh", "vi"}),
    )
    started, cpu = time.perf_counter(), time.process_time()
    plan = make_plan(frame, crew, question, skilled(crew, told.seed))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    summary = summarise(plan, seconds)
    print(
        f"{told.donors:,} donors, {told.teams} teams, {len(plan.lanes)} lanes, "
        f"{len(plan.problem.sizes):,} classes, {plan.solution.rounds} rounds: {seconds:.1f} s, "
        f"{cpu:.1f} s of it CPU (target 20 s at a million), gap {summary.optimality_gap:.0%} "
        "(target 0)"
    )
    print(
        f"{summary.assignments:,} calls, ${summary.objective_cents / 100:,.0f} expected net; "
        f"grouping costs at most ${summary.bucketing_bound_cents / 100:,.2f} "
        f"({summary.bucketing_bound_cents / max(1, summary.objective_cents):.4%})"
    )
    found = gain(plan.problem)
    best = found["without_floors_and_caps_cents"]
    for name in ("taking_turns", "greedy"):
        net = found[name]["expected_net_cents"]
        print(
            f"without floor and cap, against {name.replace('_', ' ')}: ${best / 100:,.0f} to "
            f"${net / 100:,.0f}, {best / net - 1:+.2%}"
        )


if __name__ == "__main__":
    main()
