"""Teams compared by lot: no winner by chance, none by one large gift, and a real one is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.calling.fair_comparison import LEAST_DONORS, LotDonor, compare


def drawn(
    dice: np.random.Generator, team: str, count: int, chance: float, cents: int = 10_000
) -> list[LotDonor]:
    """Return donors of two groups, who pledge with this chance and pay all of it."""
    made = []
    for number in range(count):
        has_pledged = bool(dice.random() < chance)
        net = cents * has_pledged - 150
        made.append(LotDonor(team, ("en", "es")[number % 2], 1, has_pledged, net))
    return made


def test_equal_teams_seldom_differ() -> None:
    """Of 120 comparisons of equal teams at most one in twenty may name a winner by chance."""
    wrong = 0
    for seed in range(40):
        dice = np.random.default_rng(seed)
        rows = [row for team in "ABC" for row in drawn(dice, team, 60, 0.15)]
        wrong += any(row["p_value"] < 0.05 for row in compare(rows))
    assert wrong <= 6  # the 99.9th percentile of 40 tries at 5 %


def test_a_team_that_brings_twice_as_much_is_named() -> None:
    dice = np.random.default_rng(3)
    rows = drawn(dice, "GOOD", 300, 0.3) + drawn(dice, "PLAIN", 300, 0.1)
    found = {row["team"]: row for row in compare(rows)}
    assert found["GOOD"]["verdict"] == "brings more than the others"
    assert found["PLAIN"]["verdict"] == "brings less than the others"
    assert found["GOOD"]["low_cents"] > 0
    assert found["GOOD"]["difference_cents"] == -found["PLAIN"]["difference_cents"]


def test_one_large_gift_makes_no_winner() -> None:
    dice = np.random.default_rng(5)
    rows = drawn(dice, "LUCKY", 40, 0.1) + drawn(dice, "OTHER", 40, 0.1)
    rows[0] = LotDonor("LUCKY", "en", 1, True, 350_000)
    assert all(row["verdict"] == "no difference is shown" for row in compare(rows))


@pytest.mark.parametrize(
    ("own", "chance"),
    [
        pytest.param(LEAST_DONORS - 1, 0.9, id="few donors"),
        pytest.param(60, 0.0, id="no pledge"),
    ],
)
def test_small_numbers_say_nothing(own: int, chance: float) -> None:
    dice = np.random.default_rng(1)
    rows = drawn(dice, "A", own, chance) + drawn(dice, "B", 200, 0.0)
    assert {row["verdict"] for row in compare(rows)} == {"too few donors by lot to tell"}


def test_groups_that_only_one_team_may_call_are_left_out() -> None:
    """The Spanish speakers all went to one team: they say nothing about the other."""
    dice = np.random.default_rng(2)
    rows = drawn(dice, "A", 100, 0.2) + drawn(dice, "B", 100, 0.2)
    rich = [LotDonor("A", "tl", 1, True, 100_000)] * 50
    found = {row["team"]: row for row in compare(rows + rich)}
    plain = {row["team"]: row for row in compare(rows)}
    for team in "AB":
        assert found[team]["difference_cents"] == plain[team]["difference_cents"]


def test_nobody_drawn_is_nothing_compared() -> None:
    assert compare([]) == []


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), counts=st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_every_team_has_a_row_and_p_is_a_chance(seed: int, counts: list[int]) -> None:
    dice = np.random.default_rng(seed)
    rows = [r for n, count in enumerate(counts) for r in drawn(dice, f"T{n}", count, 0.3)]
    found = compare(rows)
    assert sorted(row["team"] for row in found) == sorted({row.team for row in rows})
    assert all(row["p_value"] is None or 0 < row["p_value"] <= 1 for row in found)
    assert all((row["p_value"] is None) == (row["low_cents"] is None) for row in found)
