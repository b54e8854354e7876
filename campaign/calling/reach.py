"""Which lanes may call which donors: donors with the same answer share a signature.

A signature is all that decides between a donor and a lane: language, provenance, state, window,
pin, and the team that spoke to the donor before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from campaign.calling.eligibility import Circumstances, Lane, LaneRules, Verdict, lane_rules
from campaign.calling.hours import Intervals

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
NONE = -1


@dataclass(frozen=True, slots=True)
class Reach:
    """For the donors who may be called: their signature, and what each signature may reach."""

    ids: Ints
    signature: Ints
    eligible: Bools  # signature × lane
    continued: Bools  # signature × lane: this team spoke to the donor before
    unreachable: npt.NDArray[np.object_]  # a reason where no lane may call the donor, else ""
    lot: Ints  # the lane drawn for the comparison of teams, else NONE


def reach_of(
    donors: pd.DataFrame,
    verdict: Verdict,
    open_rows: Ints,
    lanes: Sequence[Lane],
    question: Circumstances,
    pins: Mapping[int, int],
) -> Reach:
    """Return what the lanes may reach among the donors in `open_rows`."""
    frame = donors.iloc[open_rows]
    ids = frame["donor_id"].to_numpy(dtype=np.int64)
    window_of, windows = _distinct_windows(verdict, open_rows)
    language, languages = pd.factorize(frame["language"].fillna("en"))
    provenance, provenances = pd.factorize(frame["provenance"])
    state, states = pd.factorize(frame["state"].fillna(""))
    rules = lane_rules(
        [str(value) for value in languages],
        [str(value) for value in provenances],
        [str(value) for value in states],
        windows,
        lanes,
        question,
    )
    pin = pd.Series(ids).map(pins).fillna(NONE).to_numpy(dtype=np.int64)
    spoke = frame["last_team_id"].fillna(NONE).to_numpy(dtype=np.int64)
    codes = [language, provenance, state, window_of]
    answer, allowed = _distinct_answers(rules, codes, pin, lanes)
    spoke = np.where(_knows(spoke, answer, allowed, lanes), spoke, NONE)
    _, first, signature = np.unique(
        combined([answer, spoke]), return_index=True, return_inverse=True
    )
    team = np.array([lane.team.id for lane in lanes], dtype=np.int64)
    eligible = allowed[answer[first]]
    signature = signature.astype(np.int64)
    return Reach(
        ids=ids,
        signature=signature,
        eligible=eligible,
        continued=spoke[first, None] == team[None, :],
        unreachable=_unreachable(rules, codes, eligible, signature),
        lot=_lots(ids, signature, eligible, lanes, question),
    )


def _distinct_windows(verdict: Verdict, open_rows: Ints) -> tuple[Ints, list[Intervals]]:
    """Return each donor's window as a number, and the windows that are really different."""
    number_of: dict[Intervals, int] = {}
    numbers = [number_of.setdefault(window, len(number_of)) for window in verdict.windows]
    return np.array(numbers, dtype=np.int64)[verdict.window_of[open_rows]], list(number_of)


def _distinct_answers(
    rules: LaneRules,
    codes: Sequence[npt.NDArray[np.integer[Any]]],
    pin: npt.NDArray[np.integer[Any]],
    lanes: Sequence[Lane],
) -> tuple[Ints, Bools]:
    """Return each donor's answer as a number, and the answers (lanes allowed) that differ."""
    _, first, case = np.unique(combined([*codes, pin]), return_index=True, return_inverse=True)
    team = np.array([lane.team.id for lane in lanes], dtype=np.int64)
    allowed = _allowed(rules, [code[first] for code in codes])
    allowed &= (pin[first, None] == NONE) | (pin[first, None] == team[None, :])
    distinct, of_case = np.unique(allowed, axis=0, return_inverse=True)
    return of_case.ravel()[case].astype(np.int64), distinct


def _knows(
    spoke: npt.NDArray[np.integer[Any]], answer: Ints, allowed: Bools, lanes: Sequence[Lane]
) -> Bools:
    """Whether the team that spoke to the donor before may call again today."""
    teams = sorted({lane.team.id for lane in lanes})
    place = {team: number for number, team in enumerate(teams)}
    may = np.zeros((len(allowed), len(teams) + 1), dtype=bool)
    for number, lane in enumerate(lanes):
        may[:, place[lane.team.id]] |= allowed[:, number]
    column = pd.Series(spoke).map(place).fillna(len(teams)).to_numpy(dtype=np.int64)
    return np.asarray(may[answer, column], dtype=np.bool_)


def _allowed(rules: LaneRules, codes: Sequence[npt.NDArray[np.integer[Any]]]) -> Bools:
    language, provenance, state, window = codes
    allowed = (
        rules.ready[None, :]
        & rules.language[language]
        & rules.provenance[provenance]
        & rules.registration[state]
        & rules.shift[window]
    )
    return np.asarray(allowed, dtype=np.bool_)


def _unreachable(
    rules: LaneRules,
    codes: Sequence[npt.NDArray[np.integer[Any]]],
    eligible: Bools,
    signature: Ints,
) -> npt.NDArray[np.object_]:
    """Give each donor whom no lane may call the first rule that leaves none."""
    reason = np.full(len(signature), "", dtype=object)
    if not len(signature):
        return reason
    stuck = np.flatnonzero(~np.any(eligible, axis=1)[signature])
    language, provenance, state, window = (code[stuck] for code in codes)
    left = np.ones((len(stuck), eligible.shape[1]), dtype=bool)
    told = np.full(len(stuck), "", dtype=object)
    for name, allowed in {
        "team_not_ready": np.broadcast_to(rules.ready, left.shape),
        "language": rules.language[language],
        "provenance": rules.provenance[provenance],
        "state_registration": rules.registration[state],
        "no_shift": rules.shift[window],
    }.items():
        left = left & allowed
        told[(told == "") & ~left.any(axis=1)] = name
    told[told == ""] = "pinned_elsewhere"
    reason[stuck] = told
    return reason


def _lots(
    ids: Ints, signature: Ints, eligible: Bools, lanes: Sequence[Lane], question: Circumstances
) -> Ints:
    """Draw the holdout: by hash of donor and campaign, so that a plan can be repeated.

    A drawn donor may go to the drawn lane only; lanes are drawn in proportion to capacity.
    """
    lots = np.full(len(ids), NONE, dtype=np.int64)
    share = question.policy.holdout_percent / 100
    if share == 0 or not len(ids) or not lanes:
        return lots
    draw = uniform(ids, f"{question.campaign_code}|holdout")
    drawn = np.flatnonzero((draw < share) & np.any(eligible, axis=1)[signature])
    weights = eligible[signature[drawn]] * np.array([lane.capacity for lane in lanes])
    reach = np.cumsum(weights, axis=1)
    point = uniform(ids[drawn], f"{question.campaign_code}|lane") * reach[:, -1]
    lots[drawn] = (reach <= point[:, None]).sum(axis=1)
    lots[lots >= len(lanes)] = NONE  # a lane without seats draws nobody
    return lots


def combined(codes: Sequence[npt.NDArray[np.integer[Any]]]) -> Ints:
    """Return one number for each distinct combination of codes."""
    whole = np.zeros(len(codes[0]), dtype=np.int64)
    for code in codes:
        dense = pd.factorize(code)[0].astype(np.int64)
        whole = whole * (int(dense.max(initial=0)) + 1) + dense
        whole = pd.factorize(whole)[0].astype(np.int64)
    return whole


def uniform(ids: Ints, salt: str) -> Floats:
    """Return a number in [0, 1) for each id that depends on id and salt alone (splitmix64)."""
    seed = np.uint64(int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big"))
    with np.errstate(over="ignore"):
        z = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + seed
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)
