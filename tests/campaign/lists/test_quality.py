"""Counts of a list's parts add up to the counts of the list."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.lists.fields import NORMALISED
from campaign.lists.quality import Gate, Tally, checked_thresholds, tally

_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "reason": st.sampled_from([None, "the date lies in the future"]),
            "first_name": st.sampled_from([None, "Ann"]),
            "phone_e164": st.sampled_from([None, "+16175550142"]),
            "line_type": st.sampled_from([None, "mobile", "pager"]),
            "email": st.sampled_from([None, "a@example.org"]),
            "state": st.sampled_from([None, "MA", "ON", "XX"]),
            "country": st.sampled_from([None, "US", "CA"]),
            "amount_cents": st.sampled_from([None, 0, 500, -500, 10**9]),
            "given_on": st.sampled_from([None, date(1950, 1, 1), date(2026, 1, 2)]),
            "consent_call": st.sampled_from([None, True, False]),
        }
    ),
    max_size=12,
)
_LARGEST = 100_000_000


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    whole = [{name: row.get(name) for name in NORMALISED.names} for row in rows]
    return pa.Table.from_pylist(whole, NORMALISED)


@given(rows=_ROWS, cut=st.integers(0, 12))
def test_two_parts_count_as_their_whole(rows: list[dict[str, Any]], cut: int) -> None:
    parts = [tally(_table(rows[:cut]), _LARGEST), tally(_table(rows[cut:]), _LARGEST)]
    whole = tally(_table(rows), _LARGEST)
    together = sum(parts, Tally())
    assert together.shares() == whole.shares()
    assert together.profile(1) == whole.profile(1)


@given(rows=_ROWS)
def test_the_shares_are_what_one_would_count_by_hand(rows: list[dict[str, Any]]) -> None:
    shares = tally(_table(rows), _LARGEST).shares()
    gifts = [abs(row["amount_cents"]) for row in rows if row["amount_cents"] is not None]
    at_home = [row for row in rows if row["country"] != "CA" and row["state"] is not None]
    assert shares["named"] * len(rows) == sum(row["first_name"] is not None for row in rows)
    assert shares["reachable"] * len(rows) == sum(
        row["phone_e164"] is not None or row["email"] is not None for row in rows
    )
    unknown = sum(row["state"] != "MA" for row in at_home)
    assert round(shares["known_states"] * len(rows)) == len(rows) - unknown
    assert ("plausible_gifts" in shares) == bool(gifts)
    if gifts:
        good = sum(1 <= cents <= _LARGEST for cents in gifts)
        assert round(shares["plausible_gifts"] * len(gifts)) == good


@pytest.mark.parametrize(
    ("told", "why"),
    [
        pytest.param({"named": 0.5, "stops": ["named", "drift"]}, None, id="good"),
        pytest.param({"callable_phonez": 0.5}, "callable_phones", id="unknown"),
        pytest.param({"named": "half"}, "a number", id="a word"),
        pytest.param({"named": 50}, "from 0 to 1", id="a percentage"),
        pytest.param({"stops": "named"}, "in brackets", id="one name"),
        pytest.param({"stops": ["nobody"]}, "usable_rows", id="an unknown name"),
    ],
)
def test_a_threshold_that_cannot_be_used_is_said(told: dict[str, Any], why: str | None) -> None:
    if why is None:
        gate = Gate.of(checked_thresholds(told))
        assert (gate.named, gate.stops) == (0.5, ("named", "drift"))
        return
    with pytest.raises(ValueError, match=why):
        checked_thresholds(told)
