"""What vendors are owed, and since when."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.compliance.vendors import debts

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
TEAMS = pd.DataFrame([{"team_code": "OHIO", "team": "Example Calls", "kind": "onshore"}])
DAYS = st.dates(date(2026, 3, 1), LAST)
SUMS = st.dictionaries(DAYS, st.integers(1, 90_000), max_size=8)


def owed(earned: dict[date, int], paid: dict[date, int]) -> list[dict[Hashable, Any]]:
    rows = [("OHIO", "FALL-26", day, cents) for day, cents in earned.items()]
    frame = pd.DataFrame(rows, columns=["team_code", "campaign_code", "on", "cents"])
    return debts(frame, TEAMS, {"OHIO": paid}, FIRST, LAST).to_dict("records")


@pytest.mark.parametrize(
    ("paid", "since"),
    [
        pytest.param({}, date(2026, 4, 1), id="nothing paid"),
        pytest.param({date(2026, 5, 1): 60_000}, date(2026, 8, 1), id="the first bill paid"),
        pytest.param({date(2026, 8, 9): 50_000}, date(2026, 4, 1), id="a part of the first bill"),
    ],
)
def test_a_debt_is_as_old_as_its_oldest_unpaid_bill(paid: dict[date, int], since: date) -> None:
    (row,) = owed({date(2026, 4, 1): 60_000, date(2026, 8, 1): 70_000}, paid)
    assert row["oldest_on"] == since


def test_what_went_back_makes_no_later_debt_older() -> None:
    april, june, august = date(2026, 4, 1), date(2026, 6, 1), date(2026, 8, 1)
    (row,) = owed({april: 60_000, june: -60_000, august: 70_000}, {})
    assert row["oldest_on"] == august


def test_a_small_debt_after_a_paid_one_is_not_shown_before_it_is_old() -> None:
    """Sixty days run from the bill that is owed, not from one that was paid long ago."""
    april, september = date(2026, 4, 1), date(2026, 9, 20)
    assert owed({april: 60_000, september: 9_000}, {date(2026, 5, 1): 60_000}) == []
    (row,) = owed({april: 9_000}, {})
    assert row["closing_cents"] == 9_000


def test_a_debt_that_a_refund_takes_away_is_told_once_more() -> None:
    """Schedule D begins with what the one before ended with."""
    (row,) = owed({date(2026, 6, 1): 60_000, date(2026, 8, 1): -60_000}, {})
    assert (row["opening_cents"], row["incurred_cents"], row["closing_cents"]) == (
        60_000,
        -60_000,
        0,
    )
    assert owed({date(2026, 3, 1): 60_000, date(2026, 6, 1): -60_000}, {}) == []


@given(earned=SUMS, paid=SUMS)
def test_opening_and_incurred_less_paid_is_closing(
    earned: dict[date, int], paid: dict[date, int]
) -> None:
    for row in owed(earned, paid):
        made = row["opening_cents"] + row["incurred_cents"] - row["paid_cents"]
        assert made == row["closing_cents"] == sum(earned.values()) - sum(paid.values())
