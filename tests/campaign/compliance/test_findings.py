"""To the day and to the cent: what the law sets, counted where it turns."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from campaign.compliance.findings import late_deposits
from campaign.compliance.limits import Election
from campaign.compliance.notices import large_gifts, needs_notice
from campaign.compliance.rule_tables import thresholds

GENERAL = Election("G2026", date(2026, 11, 3))


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("deposit", 10),  # 11 CFR 103.3(a)
        ("excess", 60),  # 11 CFR 103.3(b)(3)
        ("possibly_prohibited", 30),  # 11 CFR 103.3(b)(1)
        ("best_efforts", 30),  # 11 CFR 104.7(b)
        ("debt", 60),  # 11 CFR 104.11(b)
    ],
)
def test_the_days_are_those_of_the_law(name: str, days: int) -> None:
    assert thresholds()[name].days == days


@pytest.mark.parametrize(
    ("name", "cents", "is_reached"),
    [
        ("itemize", 20_000, False),
        ("itemize", 20_001, True),
        ("record_name_address", 5_001, True),
        ("record_occupation_employer", 20_001, True),
        ("debt", 50_000, False),
        ("debt", 50_001, True),
        ("notice_48h", 99_999, False),
        ("notice_48h", 100_000, True),
        ("acknowledge", 25_000, True),
    ],
)
def test_a_sum_is_reached_to_the_cent(name: str, cents: int, *, is_reached: bool) -> None:
    assert thresholds()[name].reached(cents) is is_reached


@pytest.mark.parametrize(
    ("day", "cents", "is_told"),
    [
        pytest.param(date(2026, 10, 14), 100_000, False, id="the 20th day before"),
        pytest.param(date(2026, 10, 15), 100_000, True, id="the 19th"),
        pytest.param(date(2026, 10, 31), 100_000, True, id="more than 48 hours before"),
        pytest.param(date(2026, 11, 1), 100_000, False, id="48 hours before"),
        pytest.param(date(2026, 10, 20), 99_999, False, id="a cent less"),
    ],
)
def test_a_gift_is_told_within_48_hours_from_day_to_day(
    day: date, cents: int, *, is_told: bool
) -> None:
    given = pd.DataFrame([{"received_on": day, "amount_cents": cents}])
    assert needs_notice(GENERAL, day, cents) is is_told
    assert len(large_gifts(given, GENERAL)) == is_told


@pytest.mark.parametrize(("waited", "is_late"), [(10, False), (11, True)])
@pytest.mark.parametrize("arrives", [True, False])
def test_a_deposit_is_late_on_the_eleventh_day(
    waited: int, *, is_late: bool, arrives: bool
) -> None:
    received = date(2026, 9, 1)
    row: dict[str, Any] = {
        "charge_id": "ch_1",
        "full_name": "Ann Invented",
        "amount_cents": 5_000,
        "received_on": received,
        "deposited_on": received + timedelta(days=waited) if arrives else None,
    }
    last_day = received + timedelta(days=waited)
    assert len(late_deposits(pd.DataFrame([row]), last_day)) == is_late
