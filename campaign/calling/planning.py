"""The plan of a day: who may be called, what a call is worth, and which team makes it.

Takes the donors' facts and the teams; returns one row a donor with team, window, asks and reason,
and the figures that a director decides by. Solving is in `allocation`, the rules in `eligibility`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from campaign.calling.allocation import LoadRule, Problem, Solution, share_rule, solve
from campaign.calling.asks import ladders
from campaign.calling.chances import Chances, expected_gift
from campaign.calling.eligibility import Lane, Question, Verdict, judge, lane_rules
from campaign.calling.hours import Intervals
from campaign.calling.segments import SEGMENTS, segment_codes
from campaign.calling.teams import Shift, Team

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MAX_CLASSES = 4_000
_NONE = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about one day's plan."""

    rows: pd.DataFrame  # a row a donor: donor_id, lane, reason, value, asks, window …
    lanes: tuple[Lane, ...]
    windows: Sequence[Intervals]
    solution: Solution
    problem: Problem
    rules: tuple[LoadRule, ...]
    bucketing_bound_cents: int

    @property
    def assigned(self) -> pd.DataFrame:
        """The donors that a team is to call, the best first in each team."""
        return self.rows[self.rows["lane"] != _NONE]


def make_plan(
    donors: pd.DataFrame,
    teams: Sequence[Team],
    question: Question,
    chances: Chances,
    pins: Mapping[int, int] | None = None,
) -> Plan:
    """Return the plan of highest expected settled money net of cost.

    `donors` is `store.calling.facts_frame`; `pins` names the team of single donors.
    """
    verdict = judge(donors, question)
    rows = pd.DataFrame({"donor_id": donors["donor_id"].to_numpy(dtype=np.int64)})
    rows["reason"] = verdict.first_reason()
    rows["segment"] = segment_codes(donors, question.day)
    rows["value"] = _values(donors, rows["segment"].to_numpy(), chances)
    _take_turns(rows, donors)
    lanes = lanes_of(teams, question)
    choice = _Choice(donors, rows, verdict, lanes, question, chances, pins or {})
    return choice.plan()


def lanes_of(teams: Sequence[Team], question: Question) -> tuple[Lane, ...]:
    """Return the shifts of the day that are not over, with the capacity that is left in them."""
    lanes = []
    for team in teams:
        shifts = team.shifts(question.day)
        whole = sum(shift.minutes for shift in shifts)
        for shift in shifts:
            left = _minutes_left(shift, question)
            if left > 0:
                share = team.capacity * left / whole
                lanes.append(Lane(team, shift, max(1, round(share))))
    return tuple(lanes)


def _minutes_left(shift: Shift, question: Question) -> float:
    starts = max(shift.starts_at, question.span.starts_at)
    return (shift.ends_at - starts).total_seconds() / 60


def _values(donors: pd.DataFrame, segment: npt.NDArray[np.int8], chances: Chances) -> Floats:
    """Return the settled cents that a call by an average team is expected to bring."""
    gift = expected_gift(
        segment,
        donors["gifts"].to_numpy(dtype=np.int64),
        donors["total_cents"].to_numpy(dtype=np.int64),
        donors["last_cents"].to_numpy(dtype=np.int64),
    )
    gift = np.minimum(gift, donors["headroom_cents"].to_numpy(dtype=np.float64))
    # The more often somebody was tried in vain, the less likely the next try is.
    tries = donors["attempts_total"].to_numpy(dtype=np.float64)
    return np.maximum(gift, 0) * chances.settled_share()[segment] * 0.85**tries


def _take_turns(rows: pd.DataFrame, donors: pd.DataFrame) -> None:
    """Keep one donor a household and one a number: the one who is worth most."""
    for key in ("household_id", "phone_e164"):
        open_rows = rows[rows["reason"] == ""]
        shared = donors[key].iloc[open_rows.index]
        shared = shared[shared.notna().to_numpy()]
        ordered = open_rows.loc[shared.index].sort_values(
            ["value", "donor_id"], ascending=[False, True], kind="stable"
        )
        waiting = ordered.index[shared.loc[ordered.index].duplicated().to_numpy()]
        rows.loc[waiting, "reason"] = "household_turn"


class _Choice:
    """The donors who may be called, cut into classes for the optimiser and out again."""

    def __init__(
        self,
        donors: pd.DataFrame,
        rows: pd.DataFrame,
        verdict: Verdict,
        lanes: tuple[Lane, ...],
        question: Question,
        chances: Chances,
        pins: Mapping[int, int],
    ) -> None:
        self.rows, self.verdict, self.lanes = rows, verdict, lanes
        self.question, self.chances = question, chances
        self.donors = donors
        self.open = np.flatnonzero((rows["reason"] == "").to_numpy())
        self.pin = self._pins(pins)
        self.team_of_lane = np.array([lane.team.id for lane in lanes], dtype=np.int64)
        factor = [chances.team_factor.get(lane.team.id, 1.0) for lane in lanes]
        kept = [lane.team.kept_of_money for lane in lanes]
        self.multiplier = np.array(factor) * np.array(kept)
        self.cost = np.array([lane.team.cents_per_call for lane in lanes], dtype=float)

    def _pins(self, pins: Mapping[int, int]) -> Ints:
        ids = self.rows["donor_id"].iloc[self.open]
        return ids.map(pins).fillna(_NONE).to_numpy(dtype=np.int64)

    def plan(self) -> Plan:
        """Return the plan."""
        signature, eligible = self._signatures()
        self._name_the_unreachable(signature, eligible)
        class_of, problem = self._classes(signature, eligible)
        solution = solve(problem)
        lane = self._spread(class_of, solution)
        bound = self._bucketing_bound(class_of, problem, solution, lane)
        self._tell(class_of, problem, lane)
        return Plan(
            self.rows, self.lanes, self.verdict.windows, solution, problem, problem.rules, bound
        )

    def _signatures(self) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return each open donor's signature, and which lanes may serve each signature."""
        frame = self.donors.iloc[self.open]
        window_keys = [str(window) for window in self.verdict.windows]
        distinct_windows, window_code = np.unique(window_keys, return_inverse=True)
        windows = dict(zip(window_keys, self.verdict.windows, strict=True))
        of_window = window_code[self.verdict.window_of[self.open]]
        keys = [frame["language"].fillna("en"), frame["provenance"], frame["state"].fillna("")]
        codes, values = zip(*(pd.factorize(key) for key in keys), strict=True)
        rules = lane_rules(
            *([str(v) for v in value] for value in values),
            [windows[str(key)] for key in distinct_windows],
            self.lanes,
            self.question,
        )
        self.parts = (rules, (*codes, of_window))
        last_team = frame["last_team_id"].fillna(_NONE).to_numpy(dtype=np.int64)
        combined = _combine([*codes, of_window, self.pin, last_team])
        _, first, signature = np.unique(combined, return_index=True, return_inverse=True)
        eligible = (
            rules.ready[None, :]
            & rules.language[codes[0][first]]
            & rules.provenance[codes[1][first]]
            & rules.registration[codes[2][first]]
            & rules.shift[of_window[first]]
        )
        pinned = self.pin[first]
        eligible &= (pinned[:, None] == _NONE) | (pinned[:, None] == self.team_of_lane[None, :])
        self.last_team = last_team
        self.last_team_of_signature = last_team[first]
        return signature.astype(np.int64), eligible

    def _name_the_unreachable(self, signature: Ints, eligible: npt.NDArray[np.bool_]) -> None:
        """Give each donor whom no lane may call the first rule that leaves none."""
        stuck = ~eligible.any(axis=1)[signature] if len(signature) else np.zeros(0, dtype=bool)
        if not stuck.any():
            return
        rules, (language, provenance, state, window) = self.parts
        left = np.broadcast_to(rules.ready, (int(stuck.sum()), len(self.lanes)))
        reason = np.full(len(left), "" if len(self.lanes) else "team_not_ready", dtype=object)
        steps = {
            "team_not_ready": left,
            "language": rules.language[language[stuck]],
            "provenance": rules.provenance[provenance[stuck]],
            "state_registration": rules.registration[state[stuck]],
            "no_shift": rules.shift[window[stuck]],
        }
        for name, allowed in steps.items():
            left = left & allowed
            reason[(reason == "") & ~left.any(axis=1)] = name
        reason[reason == ""] = "no_shift"  # pinned to a team that may not call
        self.rows.loc[self.open[stuck], "reason"] = reason

    def _classes(self, signature: Ints, eligible: npt.NDArray[np.bool_]) -> tuple[Ints, Problem]:
        """Cut donors into classes of one signature and like value; holdouts apart, by lot."""
        value = self.rows["value"].to_numpy()[self.open]
        lots = self._lots(signature, eligible)
        bucket = like_values(value, signature, MAX_CLASSES)
        bucket = np.where(lots == _NONE, bucket, -1 - lots)  # one class a lane and signature
        _, first, class_of = np.unique(
            _combine([signature, bucket]), return_index=True, return_inverse=True
        )
        class_of = class_of.astype(np.int64)
        sizes = np.bincount(class_of, minlength=len(first)).astype(np.int64)
        mean = np.bincount(class_of, weights=value, minlength=len(first)) / np.maximum(sizes, 1)
        of_signature = signature[first]
        able = eligible[of_signature].copy()
        drawn = lots[first]
        able &= (drawn[:, None] == _NONE) | (drawn[:, None] == np.arange(len(self.lanes))[None, :])
        same = self.last_team_of_signature[of_signature][:, None] == self.team_of_lane[None, :]
        worth = mean[:, None] * self._multipliers(same) - self.cost[None, :]
        problem = Problem(
            sizes=sizes,
            values=np.rint(worth).astype(np.int64),
            eligible=able,
            capacity=np.array([lane.capacity for lane in self.lanes], dtype=np.int64),
            rules=load_rules(self.lanes, self.question),
        )
        self.lots = lots
        return class_of, problem

    def _multipliers(self, same_team: npt.NDArray[np.bool_]) -> Floats:
        uplift = 1 + same_team * self.question.policy.continuity_percent / 100
        return np.asarray(self.multiplier[None, :] * uplift, dtype=float)

    def _lots(self, signature: Ints, eligible: npt.NDArray[np.bool_]) -> Ints:
        """Draw the holdout: by hash of donor and campaign, so that a plan can be repeated.

        A drawn donor may go to the drawn lane only; lanes are drawn in proportion to capacity.
        """
        lots = np.full(len(signature), _NONE, dtype=np.int64)
        share = self.question.policy.holdout_percent / 100
        if share == 0 or not len(self.lanes):
            return lots
        ids = self.rows["donor_id"].to_numpy()[self.open]
        draw = _uniform(ids, f"{self.question.campaign_code}|holdout")
        drawn = np.flatnonzero((draw < share) & eligible[signature].any(axis=1))
        weights = eligible[signature[drawn]] * np.array([lane.capacity for lane in self.lanes])
        reach = np.cumsum(weights, axis=1)
        point = _uniform(ids[drawn], f"{self.question.campaign_code}|lane") * reach[:, -1]
        lots[drawn] = (reach <= point[:, None]).sum(axis=1)
        return lots

    def _spread(self, class_of: Ints, solution: Solution) -> Ints:
        """Hand the classes' counts to their donors: the dearest to the lane that gains most."""
        ids = self.rows["donor_id"].to_numpy()[self.open]
        value = self.rows["value"].to_numpy()[self.open]
        # Within a holdout class the lot decides who is called, not the value.
        rank = np.where(self.lots == _NONE, -value, _uniform(ids, "order"))
        order = np.lexsort((ids, rank, class_of))
        start = np.searchsorted(class_of[order], np.arange(class_of.max(initial=-1) + 2))
        lane = np.full(len(class_of), _NONE, dtype=np.int64)
        by_gain = np.lexsort((-self.multiplier[solution.lane_of], solution.class_of))
        taken = np.zeros(len(start), dtype=np.int64)
        for flow in by_gain:
            group, count = solution.class_of[flow], solution.count[flow]
            begin = start[group] + taken[group]
            lane[order[begin : begin + count]] = solution.lane_of[flow]
            taken[group] += count
        return lane

    def _bucketing_bound(
        self, class_of: Ints, problem: Problem, solution: Solution, lane: Ints
    ) -> int:
        """Return the most that a plan donor by donor could bring more than this one, in cents.

        Linear duality: whoever is priced at the lanes' prices bounds every plan from above.
        """
        if not len(class_of):
            return 0
        value = self.rows["value"].to_numpy()[self.open]
        price = solution.call_price + self.cost
        order = np.argsort(class_of, kind="stable")
        start = np.searchsorted(class_of[order], np.arange(len(problem.sizes) + 1))
        gain = class_gain = 0.0
        for number in range(len(problem.sizes)):
            members = order[start[number] : start[number + 1]]
            able = problem.eligible[number]
            if not able.any() or self.lots[members[0]] != _NONE:
                continue
            same = self.last_team[members[0]] == self.team_of_lane[able]
            slope = self._slopes(able, same)
            best = (value[members][:, None] * slope - price[able]).max(axis=1)
            gain += np.maximum(best, 0).sum()
            seat = (problem.values[number][able] - solution.call_price[able]).max()
            class_gain += max(0.0, float(seat)) * len(members)
        placed = lane != _NONE
        free = self.lots == _NONE
        chosen = placed & free
        same_team = self.last_team[chosen] == self.team_of_lane[lane[chosen]]
        uplift = 1 + same_team * self.question.policy.continuity_percent / 100
        real = value[chosen] * self.multiplier[lane[chosen]] * uplift - self.cost[lane[chosen]]
        planned = problem.values[class_of[chosen], lane[chosen]].sum()
        return max(0, int(np.ceil(gain - class_gain - (real.sum() - planned))))

    def _slopes(self, able: npt.NDArray[np.bool_], same: npt.NDArray[np.bool_]) -> Floats:
        uplift = 1 + same * self.question.policy.continuity_percent / 100
        return np.asarray(self.multiplier[able] * uplift, dtype=float)

    def _tell(self, class_of: Ints, problem: Problem, lane: Ints) -> None:
        """Write team, asks, window and reason into the rows."""
        rows, open_rows = self.rows, self.open
        reason = rows["reason"].to_numpy(dtype=object)
        best = np.where(problem.eligible, problem.values, np.iinfo(np.int64).min).max(
            axis=1, initial=np.iinfo(np.int64).min
        )
        idle = (lane == _NONE) & (reason[open_rows] == "")
        worthless = best[class_of] <= 0 if len(class_of) else idle
        reason[open_rows[idle]] = np.where(worthless[idle], "not_worth_it", "no_capacity")
        placed = lane != _NONE
        lane_of_row = np.full(len(rows), _NONE, dtype=np.int64)
        lane_of_row[open_rows] = lane
        rows["lane"] = lane_of_row
        rows["reason"] = reason
        rows["is_holdout"] = False
        rows.loc[open_rows[placed & (self.lots != _NONE)], "is_holdout"] = True
        net = np.zeros(len(rows))
        same = self.last_team[placed] == self.team_of_lane[lane[placed]]
        uplift = 1 + same * self.question.policy.continuity_percent / 100
        gross = rows["value"].to_numpy()[open_rows[placed]]
        net[open_rows[placed]] = (
            gross * self.multiplier[lane[placed]] * uplift - self.cost[lane[placed]]
        )
        rows["net_cents"] = np.rint(net).astype(np.int64)
        rows["window"] = self.verdict.window_of
        rows["is_continued"] = False
        rows.loc[open_rows[placed][same], "is_continued"] = True
        rows["headroom_cents"] = self.donors["headroom_cents"].to_numpy(dtype=np.int64)
        rungs = ladders(
            self.donors["last_cents"].to_numpy(dtype=np.int64),
            self.donors["largest_cents"].to_numpy(dtype=np.int64),
            rows["headroom_cents"].to_numpy(),
            self.question.policy,
        )
        for number in range(3):
            rows[f"ask_{number + 1}"] = rungs[:, number]


def _combine(codes: Sequence[npt.NDArray[np.int64]]) -> Ints:
    """Return one code for each distinct combination."""
    combined = np.zeros(len(codes[0]), dtype=np.int64)
    for code in codes:
        dense = pd.factorize(code)[0].astype(np.int64)
        combined = combined * (int(dense.max(initial=0)) + 1) + dense
        combined = pd.factorize(combined)[0].astype(np.int64)
    return combined


def _uniform(ids: Ints, salt: str) -> Floats:
    """Return a number in [0, 1) for each id that depends on id and salt alone (splitmix64)."""
    seed = np.uint64(int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big"))
    with np.errstate(over="ignore"):
        z = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + seed
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def like_values(value: Floats, signature: Ints, most: int) -> Ints:
    """Return a bucket of like values for each donor; each value its own where there are few.

    Buckets are equal steps of the logarithm, so that a class errs by a small share of its value.
    """
    whole = np.rint(value).astype(np.int64)
    if len(np.unique(_combine([signature, whole]))) <= most:
        return whole
    low, high = 1.0, 1_000_000.0
    for _ in range(40):  # the finest steps that stay within the number of classes
        steps = np.sqrt(low * high)
        bucket = np.rint(np.log(np.maximum(value, 1)) * steps).astype(np.int64)
        if len(np.unique(_combine([signature, bucket]))) <= most:
            low = steps
        else:
            high = steps
    return np.rint(np.log(np.maximum(value, 1)) * low).astype(np.int64)


def load_rules(lanes: Sequence[Lane], question: Question) -> tuple[LoadRule, ...]:
    """Return the policy's floors, caps and fair shares that can bind."""
    policy = question.policy
    made = []
    shares = [
        ("in-house floor", policy.in_house_min_percent, lambda team: team.is_in_house, True),
        ("local-jobs floor", policy.local_min_percent, lambda team: team.is_local, True),
        ("offshore cap", policy.offshore_max_percent, lambda team: team.is_offshore, False),
    ]
    for name, percent, inside, is_floor in shares:
        belongs = [bool(inside(lane.team)) for lane in lanes]
        is_set = percent != (0 if is_floor else 100)
        # A floor that no lane can meet, and a cap that every lane exceeds, leave no call at all.
        if is_set and (not all(belongs) if is_floor else any(belongs)):
            made.append(share_rule(f"{name} of {percent} %", belongs, percent, is_floor=is_floor))
    return (*made, *_fair_shares(lanes, policy.fair_share_percent))


def _fair_shares(lanes: Sequence[Lane], percent: int) -> list[LoadRule]:
    """Return, for each team with a sister of its kind, the least it gets of their calls."""
    made = []
    teams = {lane.team.id: lane.team for lane in lanes}
    for team in teams.values() if percent else ():
        sisters = [t for t in teams.values() if t.kind == team.kind]
        whole = sum(sister.capacity for sister in sisters)
        if len(sisters) > 1:
            weights = tuple(
                (100 * whole if lane.team.id == team.id else 0)
                - (percent * team.capacity if lane.team.kind == team.kind else 0)
                for lane in lanes
            )
            made.append(LoadRule(f"fair share of {team.code}", weights, 0, None, 100 * whole))
    return made


def segment_name(code: int) -> str:
    """Return the segment's name."""
    return SEGMENTS[code]
