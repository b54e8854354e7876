"""The chances are graded on days that taught them nothing, and a wrong one is seen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from campaign.calling.calibration import as_json, calibration, learned
from campaign.calling.chances import Made, learn, learn_from
from campaign.calling.segments import SEGMENTS
from reports.calibration_chart import draw

FIRST = date(2026, 9, 1)


def calls(days: int, contact: float, pledge: float = 0.25, seed: int = 1) -> pd.DataFrame:
    """Return fifty calls a day to two segments; the second is reached twice as often."""
    dice = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for day in range(days):
        for number in range(50):
            segment = ("lapsed", "lybunt")[number % 2]
            is_contact = bool(dice.random() < contact * (1 + number % 2))
            is_pledge = is_contact and bool(dice.random() < pledge)
            rows.append(
                {
                    "on_day": FIRST + timedelta(days=day),
                    "team_id": 1,
                    "segment": segment,
                    "tries": 0,
                    "is_contact": is_contact,
                    "is_pledge": is_pledge,
                    "amount_cents": 10_000 if is_pledge else 0,
                    "due_on": FIRST + timedelta(days=day + 7) if is_pledge else date.max,
                    "is_kept": is_pledge and bool(dice.random() < 0.8),
                    "gifts": 2,
                    "total_cents": 15_000,
                    "last_cents": 10_000,
                }
            )
    return pd.DataFrame(rows)


def test_a_day_is_foretold_by_earlier_days_alone() -> None:
    made = calls(2, 0.2)
    # Whatever happens on the last day, what was expected of it is the same.
    turned = made.assign(
        is_contact=made["is_contact"] ^ (made["on_day"] == FIRST + timedelta(days=1))
    )
    first, other = (calibration(each)["contact"][0] for each in (made, turned))
    assert first.expected == other.expected
    assert first.observed != other.observed


def test_the_first_day_is_foretold_by_the_assumption() -> None:
    told = calibration(calls(1, 0.2))["contact"]
    assumed = learn({}, {})
    means = [assumed.of_segment[name]["contact"].mean for name in ("lapsed", "lybunt")]
    assert told[0].expected == np.mean(means)


def test_after_some_days_the_chances_hold() -> None:
    """The campaign's own rates are far from the assumption; they are learned within days."""
    made = calls(30, 0.4, seed=4)
    late = {step: rows[0] for step, rows in calibration(made).items()}
    assert abs(late["contact"].expected - late["contact"].observed) < 0.04
    now = learned(made, FIRST + timedelta(days=60))
    assert abs(now.of_segment["lybunt"]["contact"].mean - 0.8) < 0.05
    assert abs(now.of_segment["lapsed"]["contact"].mean - 0.4) < 0.05
    tenths = [row for row in calibration(made)["contact"] if row.number]
    assert sum(row.cases for row in tenths) == len(made)
    assert [row.expected for row in tenths] == sorted(row.expected for row in tenths)


def test_a_chance_that_is_off_is_told_so() -> None:
    """Nobody is ever reached: on the first day the assumption is far too high."""
    found = calibration(calls(1, 0.0))
    assert not found["contact"][0].holds
    assert found["pledge"] == []
    assert as_json(found)["contact"][0]["tenth"] == "all"


def test_calling_again_is_learned_and_first_calls_are_not_punished_for_it() -> None:
    """Second calls are reached half as often as first ones, and the segment stays what it is."""
    made = [Made("lybunt", 1, 0, 2_000, 1_000, 0, 0, 0), Made("lybunt", 1, 1, 2_000, 500, 0, 0, 0)]
    known = learn_from(made)
    assert 0.5 <= known.left_of_a_try < 0.55  # the assumption of 0.85 pulls a little still
    assert abs(known.of_segment["lybunt"]["contact"].mean - 0.5) < 0.03
    assert known.weariness(np.array([0.0, 1.0]))[0] == 1.0
    assert learn_from([]).left_of_a_try == pytest.approx(0.85)


def test_the_chart_is_a_picture_also_of_nothing() -> None:
    for made in (calls(4, 0.3), calls(1, 0.3).iloc[:0], calls(1, 0.3).iloc[:1]):
        picture = ET.fromstring(draw(calibration(made), "FALL & <26>"))
        assert picture.tag.endswith("svg")
        assert len(picture.findall("{*}g")) == 4


def test_every_segment_has_a_chance_without_calls() -> None:
    assert set(learned(calls(1, 0.3).iloc[:0], FIRST).of_segment) == set(SEGMENTS)
