"""The plan of a day: who may be called, what a call is worth, and which team makes it.

Takes the donors' facts and the teams; returns one row a donor with team, window, asks and reason,
and the figures that a director decides by. Solving is in `allocation`, the rules in `eligibility`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from campaign.calling.allocation import LoadRule, Problem, Solution, share_rule, solve
from campaign.calling.asks import ladders
from campaign.calling.chances import Chances, expected_gift
from campaign.calling.classes import Classes, Worth, best_net, bucketing_bound, cut, hand_out
from campaign.calling.eligibility import Circumstances, Lane, judge
from campaign.calling.hours import Intervals
from campaign.calling.reach import NONE, Floats, Ints, Reach, reach_of
from campaign.calling.segments import segment_codes
from campaign.calling.teams import Shift, Team


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about one day's plan."""

    rows: pd.DataFrame  # a row a donor: donor_id, lane, reason, value, asks, window …
    lanes: tuple[Lane, ...]
    windows: Sequence[Intervals]
    problem: Problem
    solution: Solution
    bucketing_bound_cents: int

    @property
    def assigned(self) -> pd.DataFrame:
        """The donors whom a team is to call."""
        return self.rows[self.rows["lane"] != NONE]


def make_plan(
    donors: pd.DataFrame,
    teams: Sequence[Team],
    question: Circumstances,
    chances: Chances,
    *,
    pins: Mapping[int, int] | None = None,
    busy: Mapping[int, int] | None = None,
) -> Plan:
    """Return the plan of highest expected settled money net of cost.

    `donors` is `store.donor_facts.facts_frame`; `pins` names the team of single donors; `busy` says
    how many of today's calls a team has made or holds already.
    """
    verdict = judge(donors, question)
    rows = pd.DataFrame({"donor_id": donors["donor_id"].to_numpy(dtype=np.int64)})
    rows["reason"] = verdict.first_reason().astype(object)
    rows["window"] = verdict.window_of
    rows["segment"] = segment_codes(donors, question.day)
    rows["value"] = values(donors, rows["segment"].to_numpy(), chances)
    rows["headroom_cents"] = donors["headroom_cents"].to_numpy(dtype=np.int64)
    _take_turns(rows, donors)
    lanes = lanes_of(teams, question, busy or {})
    open_rows = np.flatnonzero((rows["reason"] == "").to_numpy())
    reach = reach_of(donors, verdict, open_rows, lanes, question, pins or {})
    worth = Worth.of(lanes, chances, question.policy.continuity_percent)
    value = rows["value"].to_numpy()[open_rows]
    classes = cut(value, reach, lanes, worth, load_rules(lanes, question))
    solution = solve(classes.problem)
    lane = hand_out(classes, solution, reach, value, worth)
    bound = bucketing_bound(classes, solution, reach, value, worth, lane)
    _tell(rows, open_rows, lane, classes, reach, worth)
    _add_asks(rows, donors, question)
    return Plan(rows, lanes, verdict.windows, classes.problem, solution, bound)


def lanes_of(
    teams: Sequence[Team], question: Circumstances, busy: Mapping[int, int]
) -> tuple[Lane, ...]:
    """Return the shifts of the day that are not over, with the calls that fit into each."""
    lanes = []
    for team in teams:
        shifts = [(shift, _minutes_left(shift, question)) for shift in team.shifts(question.day)]
        whole = sum(shift.minutes for shift, _ in shifts)
        seats = max(0, team.capacity - busy.get(team.id, 0))
        for shift, left in shifts:
            fitting = min(seats, round(team.capacity * left / whole)) if left > 0 else 0
            seats -= fitting
            if fitting:
                lanes.append(Lane(team, shift, fitting))
    return tuple(lanes)


def _minutes_left(shift: Shift, question: Circumstances) -> float:
    starts = max(shift.starts_at, question.span.starts_at)
    return (shift.ends_at - starts).total_seconds() / 60


def values(donors: pd.DataFrame, segment: npt.NDArray[np.int8], chances: Chances) -> Floats:
    """Return the settled cents that a call by an average team is expected to bring."""
    gift = expected_gift(
        segment,
        donors["gifts"].to_numpy(dtype=np.int64),
        donors["total_cents"].to_numpy(dtype=np.int64),
        donors["last_cents"].to_numpy(dtype=np.int64),
    )
    gift = np.minimum(gift, donors["headroom_cents"].to_numpy(dtype=np.float64))
    tries = donors["attempts_total"].to_numpy(dtype=np.float64)
    found = np.maximum(gift, 0) * chances.settled_share()[segment] * chances.weariness(tries)
    return np.asarray(found, dtype=float)


def _take_turns(rows: pd.DataFrame, donors: pd.DataFrame) -> None:
    """Keep one donor a household and one a number: the one who is worth most."""
    for key in ("household_id", "phone_e164"):
        open_rows = rows[rows["reason"] == ""]
        shared = donors[key].iloc[open_rows.index].dropna()
        shared = shared[shared.duplicated(keep=False)]
        ordered = open_rows.loc[shared.index].sort_values(
            ["value", "donor_id"], ascending=[False, True], kind="stable"
        )
        waiting = ordered.index[shared.loc[ordered.index].duplicated()]
        rows.loc[waiting, "reason"] = "household_turn"


def _tell(
    rows: pd.DataFrame, open_rows: Ints, lane: Ints, classes: Classes, reach: Reach, worth: Worth
) -> None:
    """Write lane, net and reason into the rows."""
    reason = rows["reason"].to_numpy(dtype=object, copy=True)
    idle = np.where(best_net(classes.problem)[classes.class_of] > 0, "no_capacity", "not_worth_it")
    placed = lane != NONE
    told = np.where(placed, "", np.where(reach.unreachable != "", reach.unreachable, idle))
    reason[open_rows] = told
    rows["reason"] = reason
    for column, default in {"lane": NONE, "net_cents": 0, "is_holdout": False}.items():
        rows[column] = default
    rows["is_continued"] = False
    chosen = open_rows[placed]
    continued = reach.continued[reach.signature[placed], lane[placed]]
    net = worth.net(rows["value"].to_numpy()[chosen], lane[placed], continued)
    rows.loc[chosen, "lane"] = lane[placed]
    rows.loc[chosen, "net_cents"] = np.rint(net).astype(np.int64)
    rows.loc[chosen, "is_holdout"] = reach.lot[placed] != NONE
    rows.loc[chosen, "is_continued"] = continued


def _add_asks(rows: pd.DataFrame, donors: pd.DataFrame, question: Circumstances) -> None:
    rungs = ladders(
        donors["last_cents"].to_numpy(dtype=np.int64),
        donors["largest_cents"].to_numpy(dtype=np.int64),
        rows["headroom_cents"].to_numpy(),
        question.policy,
    )
    for number in range(3):
        rows[f"ask_{number + 1}"] = rungs[:, number]


def load_rules(lanes: Sequence[Lane], question: Circumstances) -> tuple[LoadRule, ...]:
    """Return the policy's floors, caps and fair shares that can bind."""
    made = [
        share_rule(f"{name} of {percent}%", belongs, percent, is_floor=True)
        for name, percent, belongs in _floors(lanes, question)
        if any(belongs) and not all(belongs)
    ]
    cap, offshore = question.policy.offshore_max_percent, [x.team.is_offshore for x in lanes]
    if cap < 100 and any(offshore):
        made.append(share_rule(f"offshore cap of {cap}%", offshore, cap, is_floor=False))
    return (*made, *_fair_shares(lanes, question.policy.fair_share_percent))


def _floors(lanes: Sequence[Lane], question: Circumstances) -> list[tuple[str, int, list[bool]]]:
    """Return the floors that are set, with the lanes that count for them and may call."""
    policy, code, day = question.policy, question.campaign_code, question.day
    ready = [not lane.team.unready(code, day) for lane in lanes]
    wanted = [
        ("in-house floor", policy.in_house_min_percent, [x.team.is_in_house for x in lanes]),
        ("local-jobs floor", policy.local_min_percent, [x.team.is_local for x in lanes]),
    ]
    return [
        (name, percent, [a and b for a, b in zip(belongs, ready, strict=True)])
        for name, percent, belongs in wanted
        if percent
    ]


def floors_set_aside(lanes: Sequence[Lane], question: Circumstances) -> list[str]:
    """Return a sentence for each floor that nobody can meet, since no such team works any more."""
    return [
        f"The {name} of {percent}% is set aside: no team that counts for it works on "
        f"{question.day} any more."
        for name, percent, belongs in _floors(lanes, question)
        if lanes and not any(belongs)
    ]


def _fair_shares(lanes: Sequence[Lane], percent: int) -> list[LoadRule]:
    """Return, for each team with a sister of its kind, the least it gets of their calls."""
    seats: dict[str, dict[int, int]] = {}
    for lane in lanes if percent else ():
        of_kind = seats.setdefault(lane.team.kind, {})
        of_kind[lane.team.id] = of_kind.get(lane.team.id, 0) + lane.capacity
    made = []
    for kind, of_team in seats.items():
        whole = sum(of_team.values())
        for team_id, own in of_team.items() if len(of_team) > 1 else ():
            weights = tuple(
                (100 * whole if lane.team.id == team_id else 0)
                - (percent * own if lane.team.kind == kind else 0)
                for lane in lanes
            )
            code = next(lane.team.code for lane in lanes if lane.team.id == team_id)
            made.append(LoadRule(f"fair share of {code}", weights, 0, None, 100 * whole))
    return made
