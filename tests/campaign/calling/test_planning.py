"""The plan of a day: nobody twice, no rule broken, like donors grouped without loss."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.calling import classes
from campaign.calling.chances import Chances, Record, learn
from campaign.calling.eligibility import judge
from campaign.calling.plan_summary import summarise
from campaign.calling.planning import Plan, floors_set_aside, make_plan
from campaign.calling.policy import Policy
from campaign.calling.segments import SEGMENTS
from campaign.calling.teams import Agent, Team
from tests.support.calling import facts, question, team

NEUTRAL: Chances = learn({}, {})
PAPERS: dict[str, Any] = {
    "contract": (date(2026, 1, 1), date(2026, 12, 31)),
    "data_sharing": (date(2026, 1, 1), date(2026, 12, 31)),
    "fair_conditions_on": date(2026, 1, 1),
}


def vendor(number: int, **changes: Any) -> Team:
    agent = Agent(number, "a", ("en", "es"), {"FALL-26": date(2026, 12, 31)})
    ordinary: dict[str, Any] = {
        "id": number,
        "code": f"V{number}",
        "kind": "onshore",
        "agents": (agent,),
    }
    return team(**(ordinary | PAPERS | changes))


def lane_codes(plan: Plan) -> pd.Series[str]:
    codes = {number: lane.team.code for number, lane in enumerate(plan.lanes)}
    return plan.assigned.set_index("donor_id")["lane"].map(codes)


donors = st.lists(
    st.fixed_dictionaries(
        {
            "largest_cents": st.sampled_from([0, 2_500, 15_000, 400_000]),
            "total_cents": st.sampled_from([2_500, 40_000, 900_000]),
            "gifts": st.integers(0, 6),
            "language": st.sampled_from(["en", "es", "tl"]),
            "state": st.sampled_from(["OH", "PA", "CA", "RI"]),
            "provenance": st.sampled_from(['["house"]', '["voter_file"]', '["fec_report"]']),
            "suppressed": st.booleans(),
            "household_id": st.sampled_from([None, 1, 2, 3]),
            "headroom_cents": st.sampled_from([0, 5_000, 350_000]),
            "attempts_today": st.integers(0, 1),
            "last_team_id": st.sampled_from([None, 1, 2]),
        }
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(rows=donors, small=st.integers(1, 6), holdout=st.sampled_from([0, 40]))
def test_a_plan_breaks_no_rule(rows: list[dict[str, Any]], small: int, holdout: int) -> None:
    frame = facts(rows)
    teams = [
        team(capacity=small, languages=("en", "es")),
        vendor(2, capacity=5),
        vendor(3, kind="offshore", capacity=20, cost_cents=40),
    ]
    policy = Policy(holdout_percent=holdout, offshore_max_percent=50, in_house_min_percent=10)
    asked = question(policy=policy)
    plan = make_plan(frame, teams, asked, NEUTRAL)
    assigned = plan.assigned
    assert assigned["donor_id"].is_unique
    assert judge(frame, asked).may_call[assigned.index].all()
    team_of = lane_codes(plan)
    for one in teams:
        assert (team_of == one.code).sum() <= one.capacity
    offshore = int((team_of == "V3").sum())
    assert 2 * offshore <= len(assigned)
    assert 10 * int((team_of == "HQ").sum()) >= len(assigned)
    chosen = frame.set_index("donor_id").loc[assigned["donor_id"]]
    assert chosen["household_id"].dropna().is_unique
    assert not (chosen["provenance"][team_of.to_numpy() == "V3"] == '["voter_file"]').any()
    assert not (chosen["language"] == "tl").any()
    assert (assigned[["ask_1", "ask_2", "ask_3"]].max(axis=1) <= assigned["headroom_cents"]).all()
    held = plan.rows[plan.rows["lane"] < 0]
    assert (held["reason"] != "").all()
    assert len(held) + len(assigned) == len(rows)
    assert summarise(plan, 0.1).optimality_gap == 0


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.integers(100, 500_000), min_size=1, max_size=60))
def test_grouping_costs_no_more_than_is_said(values: list[int]) -> None:
    rows = [{"total_cents": v, "last_cents": v, "largest_cents": v, "gifts": 1} for v in values]
    frame, teams = facts(rows), [team(capacity=7), vendor(2, capacity=9, cost_cents=250)]
    chances = Chances(NEUTRAL.of_segment, {1: 0.7, 2: 1.3})
    exact = make_plan(frame, teams, question(), chances)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes, "like_values", _four_steps)
        coarse = make_plan(frame, teams, question(), chances)
    lost = int(exact.assigned["net_cents"].sum() - coarse.assigned["net_cents"].sum())
    rounding = len(values) + 1  # cents are rounded once a donor
    assert lost <= coarse.bucketing_bound_cents + rounding
    assert exact.bucketing_bound_cents <= rounding


def _four_steps(value: Any, signature: Any, most: int) -> Any:
    return pd.qcut(value, 4, labels=False, duplicates="drop") if len(value) > 4 else signature


def test_the_same_day_gives_the_same_plan() -> None:
    frame = facts([{"largest_cents": 1_000 * n} for n in range(50)])
    asked = question(policy=Policy(holdout_percent=20))
    teams = [team(capacity=10), vendor(2, capacity=10)]
    first = make_plan(frame, teams, asked, NEUTRAL)
    again = make_plan(frame, teams, asked, NEUTRAL)
    pd.testing.assert_frame_equal(first.rows, again.rows)


def test_the_holdout_is_drawn_by_lot_among_all_teams() -> None:
    frame = facts([{"largest_cents": 15_000} for _ in range(2_000)])
    asked = question(policy=Policy(holdout_percent=20))
    plan = make_plan(frame, [team(capacity=900), vendor(2, capacity=900)], asked, NEUTRAL)
    lots = plan.assigned[plan.assigned["is_holdout"]]
    share = (lane_codes(plan).loc[lots["donor_id"]] == "HQ").mean()
    assert 300 < len(lots) < 480
    assert 0.4 < share < 0.6


def test_a_pinned_donor_goes_to_that_team_or_nowhere() -> None:
    frame = facts([{}, {}, {"provenance": '["voter_file"]'}])
    teams = [team(), vendor(2, kind="offshore", cost_cents=500)]
    plan = make_plan(frame, teams, question(), NEUTRAL, pins={1: 2, 3: 2})
    assert lane_codes(plan).to_dict() == {1: "V2", 2: "HQ"}
    assert plan.rows["reason"].iloc[2] in {"provenance", "pinned_elsewhere"}


def test_who_spoke_to_the_donor_before_calls_again() -> None:
    frame = facts([{"last_team_id": 2}, {"last_team_id": 1}])
    plan = make_plan(frame, [team(), vendor(2)], question(), NEUTRAL)
    assert lane_codes(plan).to_dict() == {1: "V2", 2: "HQ"}
    assert plan.assigned["is_continued"].all()


def test_what_was_called_today_takes_seats() -> None:
    frame = facts([{} for _ in range(30)])
    plan = make_plan(frame, [team(capacity=20)], question(), NEUTRAL, busy={1: 15})
    assert len(plan.assigned) == 5
    assert (plan.rows["reason"] == "no_capacity").sum() == 25


def test_no_shift_of_a_team_gives_it_more_calls_than_it_has_seats() -> None:
    frame = facts([{} for _ in range(30)])
    three = team(capacity=7, hours={"wed": ("09:00-13:00", "13:00-17:00", "17:00-21:00")})
    assert len(make_plan(frame, [three], question(), NEUTRAL).assigned) <= 7
    assert len(make_plan(frame, [three], question(), NEUTRAL, busy={1: 4}).assigned) == 3


def test_fair_shares_keep_a_dearer_sister_at_work() -> None:
    frame = facts([{} for _ in range(20)])
    teams = [vendor(2, capacity=20, cost_cents=10), vendor(3, capacity=20, cost_cents=90)]
    plan = make_plan(frame, teams, question(), NEUTRAL)
    assert (lane_codes(plan) == "V3").sum() == 0
    fair = question(policy=Policy(holdout_percent=0, fair_share_percent=50))
    plan = make_plan(frame, teams, fair, NEUTRAL)
    assert (lane_codes(plan) == "V3").sum() == 5


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"language": "tl"}, "language"),
        ({"headroom_cents": 1_000}, "not_worth_it"),
        ({"state": "HI", "timezone": "Pacific/Honolulu", "phone_e164": "+18085550100"}, "no_shift"),
    ],
)
def test_who_is_callable_yet_not_called_is_told_why(row: dict[str, Any], reason: str) -> None:
    morning = team(hours={"wed": ("09:00-12:00",)}, cost_cents=500)
    plan = make_plan(facts([row]), [morning], question(), NEUTRAL)
    assert list(plan.rows["reason"]) == [reason]


def test_without_a_ready_team_nobody_is_called() -> None:
    plan = make_plan(facts([{}]), [vendor(2, contract=None)], question(), NEUTRAL)
    assert list(plan.rows["reason"]) == ["team_not_ready"]
    assert list(make_plan(facts([{}]), [], question(), NEUTRAL).rows["reason"]) == [
        "team_not_ready"
    ]


def test_results_move_the_chances_and_a_lucky_team_only_a_little() -> None:
    good = Record(dials=2_000, contacts=900, pledges=400, due_pledges=300, paid_pledges=290)
    lucky = {name: Record() for name in SEGMENTS} | {"lybunt": Record(10, 6, 5, 0, 0)}
    chances = learn({"lybunt": good}, {7: lucky})
    before, after = (c.of_segment["lybunt"]["contact"] for c in (NEUTRAL, chances))
    assert before.mean < 0.3 < after.mean
    assert after.low < after.mean < after.high
    assert after.high - after.low < before.high - before.low
    assert 1.0 < chances.team_factor[7] < 1.3


def test_a_floor_that_nobody_can_meet_is_set_aside_and_told() -> None:
    """Our own callers have gone home: the others go on, and the director hears of it."""
    at_home = team(hours={"mon": ("09:00-17:00",)})
    asked = question(policy=Policy(holdout_percent=0, in_house_min_percent=50))
    plan = make_plan(facts([{} for _ in range(4)]), [at_home, vendor(2)], asked, NEUTRAL)
    assert set(lane_codes(plan)) == {"V2"}
    (told,) = floors_set_aside(plan.lanes, asked)
    assert "in-house floor of 50% is set aside" in told
    both = make_plan(facts([{} for _ in range(4)]), [team(), vendor(2)], asked, NEUTRAL)
    assert floors_set_aside(both.lanes, asked) == []


def test_one_more_hour_brings_what_its_price_said() -> None:
    frame = facts([{"largest_cents": 2_000 + 150 * n} for n in range(90)])
    asked = question(policy=Policy(offshore_max_percent=30))

    def planned(hours: int) -> Plan:
        home = team(capacity=20 + hours * team().price.calls_per_hour)
        return make_plan(frame, [home, vendor(2, kind="offshore", capacity=40)], asked, NEUTRAL)

    before, after = summarise(planned(0), 0.1), summarise(planned(1), 0.1)
    (price,) = [one["cents"] for one in before.prices if "hour of HQ" in one["what"]]
    gain = after.objective_cents - before.objective_cents
    assert abs(price - gain) <= before.bucketing_bound_cents + after.bucketing_bound_cents
    (slack,) = [one["cents"] for one in before.prices if "offshore cap" in one["what"]]
    assert slack > 0
