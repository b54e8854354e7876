"""What a call is expected to bring: chances of contact, pledge and payment, and how sure they are.

Empirical Bayes: each segment starts from an assumption of `rules/base_rates.csv` and moves to the
campaign's own results, the faster the more the segments' results spread. Teams get a factor the
same way, so that a lucky morning of ten calls moves little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, betaln

from campaign.calling.rule_rows import base_rates
from campaign.calling.segments import SEGMENTS

Floats = npt.NDArray[np.float64]
_STRENGTHS = np.array([20, 40, 80, 160, 320, 640, 1280], dtype=float)
_TEAM_STRENGTH = 20.0  # pledges that a team must show before its own record counts half
# What the assumption of 0.85 weighs, as calls: tries before, dials, contacts.
_ASSUMED_TRIES = ((0, 200, 56.0), (1, 200, 47.6))
_LEFT = np.linspace(0.5, 1.0, 51)
STEPS = ("contact", "pledge", "fulfil")


@dataclass(frozen=True, slots=True)
class Chance:
    """A chance, with the interval that holds it nineteen times in twenty."""

    mean: float
    low: float
    high: float
    trials: int
    successes: int


@dataclass(frozen=True, slots=True)
class Chances:
    """By segment: contact, pledge when reached, payment when pledged; by team: a factor."""

    of_segment: Mapping[str, Mapping[str, Chance]]
    team_factor: Mapping[int, float]
    left_of_a_try: float = 0.85  # what is left of the chance of contact after a try in vain

    def weariness(self, tries: Floats) -> Floats:
        """Return what is left of a first call's chance of contact after so many tries in vain."""
        return np.asarray(self.left_of_a_try**tries, dtype=float)

    def settled_share(self) -> Floats:
        """Return, by segment, the share of an ask that one call is expected to bring in."""
        return np.array(
            [np.prod([self.of_segment[name][step].mean for step in STEPS]) for name in SEGMENTS]
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What the calls so far brought, in one segment or by one team."""

    dials: float = 0  # in first calls: one after tries in vain counts as less of a chance
    contacts: int = 0
    pledges: int = 0
    due_pledges: int = 0
    paid_pledges: int = 0

    def plus(self, figures: Sequence[float]) -> Record:
        """Return the record with more of each."""
        return Record(*(a + b for a, b in zip(astuple(self), figures, strict=True)))


@dataclass(frozen=True, slots=True)
class Made:
    """The calls of one segment by one team that came after so many tries in vain."""

    segment: str
    team_id: int
    tries: int
    dials: int
    contacts: int
    pledges: int
    due_pledges: int
    paid_pledges: int


def learn_from(calls: Sequence[Made]) -> Chances:
    """Return what calls teach: about segments, about teams, and about calling again."""
    left = _left_of_a_try(calls)
    by_segment: dict[str, Record] = {}
    by_team: dict[int, dict[str, Record]] = {}
    for made in calls:
        name = made.segment if made.segment in SEGMENTS else "prospect"
        dials = made.dials * left**made.tries
        more = (dials, made.contacts, made.pledges, made.due_pledges, made.paid_pledges)
        by_segment[name] = by_segment.get(name, Record()).plus(more)
        team = by_team.setdefault(made.team_id, {})
        team[name] = team.get(name, Record()).plus(more)
    return replace(learn(by_segment, by_team), left_of_a_try=left)


def _left_of_a_try(calls: Sequence[Made]) -> float:
    """Return the share of the chance of contact that a try in vain leaves, the likeliest one."""
    told = [*((made.tries, made.dials, made.contacts) for made in calls), *_ASSUMED_TRIES]
    tries, dials, contacts = np.array(told, dtype=float).T
    share = _LEFT[:, None] ** tries
    first = contacts.sum() / (share * dials).sum(axis=1, keepdims=True)
    chance = np.clip(first * share, 1e-6, 1 - 1e-6)
    likelihood = contacts * np.log(chance) + (dials - contacts) * np.log1p(-chance)
    return float(_LEFT[likelihood.sum(axis=1).argmax()])


def learn(by_segment: Mapping[str, Record], by_team: Mapping[int, Mapping[str, Record]]) -> Chances:
    """Return the chances that assumption and results so far give together."""
    rates = base_rates()
    records = [by_segment.get(name, Record()) for name in SEGMENTS]
    columns: dict[str, tuple[Sequence[float], Sequence[float]]] = {
        "contact": ([r.dials for r in records], [r.contacts for r in records]),
        "pledge": ([r.contacts for r in records], [r.pledges for r in records]),
        "fulfil": ([r.due_pledges for r in records], [r.paid_pledges for r in records]),
    }
    of_segment: dict[str, dict[str, Chance]] = {name: {} for name in SEGMENTS}
    for step, (trials, successes) in columns.items():
        prior = np.array([rates[name][step] for name in SEGMENTS])
        for name, chance in zip(SEGMENTS, shrink(trials, successes, prior), strict=True):
            of_segment[name][step] = chance
    factors = {team: _team_factor(record, of_segment) for team, record in by_team.items()}
    return Chances(of_segment, factors)


def shrink(trials: Sequence[float], successes: Sequence[float], prior: Floats) -> list[Chance]:
    """Return each cell's chance: its own record, pulled towards the prior.

    The prior is first moved to the level of all cells together; how hard it pulls is the
    strength under which the records are the likeliest (beta-binomial).
    """
    k = np.asarray(successes, dtype=float)
    n = np.maximum(np.asarray(trials, dtype=float), k)
    level = (k.sum() + 50) / ((n * prior).sum() + 50)
    mean = np.clip(prior * level, 0.001, 0.99)
    strength = _likeliest_strength(n, k, mean)
    a, b = strength * mean + k, strength * (1 - mean) + n - k
    low, high = betaincinv(a, b, 0.025), betaincinv(a, b, 0.975)
    return [
        Chance(float(m), float(lo), float(hi), int(count), int(hits))
        for m, lo, hi, count, hits in zip(a / (a + b), low, high, n, k, strict=True)
    ]


def _likeliest_strength(n: Floats, k: Floats, mean: Floats) -> float:
    if n.sum() == 0:
        return 80.0
    a, b = np.outer(_STRENGTHS, mean), np.outer(_STRENGTHS, 1 - mean)
    likelihood = (betaln(a + k, b + n - k) - betaln(a, b)).sum(axis=1)
    return float(_STRENGTHS[likelihood.argmax()])


def _team_factor(
    records: Mapping[str, Record], of_segment: Mapping[str, Mapping[str, Chance]]
) -> float:
    """Return how many pledges the team brings for one that is expected of anybody."""
    expected = sum(
        record.dials * of_segment[name]["contact"].mean * of_segment[name]["pledge"].mean
        for name, record in records.items()
    )
    brought = sum(record.pledges for record in records.values())
    return (brought + _TEAM_STRENGTH) / (expected + _TEAM_STRENGTH)


def expected_gift(
    segment: npt.NDArray[np.int8],
    gifts: npt.NDArray[np.int64],
    total_cents: npt.NDArray[np.int64],
    last_cents: npt.NDArray[np.int64],
) -> Floats:
    """Return the gift that a pledge is expected to be: the donor's own, pulled to the segment's."""
    typical = np.array([base_rates()[name]["typical_ask_cents"] for name in SEGMENTS])[segment]
    own = (total_cents + last_cents) / np.maximum(gifts + (gifts > 0), 1)
    weight = gifts / (gifts + 1.0)
    return np.asarray(weight * own + (1 - weight) * typical, dtype=float)


def interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the interval that holds a rate nineteen times in twenty (Jeffreys' prior)."""
    if trials == 0:
        return 0.0, 1.0
    a, b = successes + 0.5, trials - successes + 0.5
    return float(betaincinv(a, b, 0.025)), float(betaincinv(a, b, 0.975))
