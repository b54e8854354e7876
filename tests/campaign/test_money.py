"""Money: text becomes whole minor units exactly, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.money import (
    AmountError,
    exponent,
    format_minor,
    parse_minor,
    split_evenly,
    to_major,
)

CENTS = st.integers(min_value=-(10**13), max_value=10**13)
CURRENCIES = st.sampled_from(["usd", "eur", "jpy", "krw", "kwd"])


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        pytest.param("12.5", 1250, id="dot"),
        pytest.param("12,50", 1250, id="decimal comma"),
        pytest.param("1,250", 125_000, id="thousands"),
        pytest.param("1.250,50", 125_050, id="European thousands"),
        pytest.param("$ 1,250.00", 125_000, id="dollar sign"),
        pytest.param("(12.00)", -1200, id="accountant's minus"),
        pytest.param("25 USD", 2500, id="code behind"),
        pytest.param("0", 0, id="zero"),
    ],
)
def test_amounts_are_read_exactly(text: str, cents: int) -> None:
    assert parse_minor(text) == cents


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "12.345", "1e5", "٣", "--5", "1,2,3", "NaN"])
def test_what_is_no_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        parse_minor(text)


@given(minor=CENTS, currency=CURRENCIES)
def test_a_written_amount_is_read_back(minor: int, currency: str) -> None:
    assert parse_minor(to_major(minor, currency), currency) == minor
    assert parse_minor(format_minor(minor, currency, symbol=False), currency) == minor


@given(minor=st.integers(0, 10**12), parts=st.integers(1, 400))
def test_instalments_sum_to_the_cent(minor: int, parts: int) -> None:
    shares = split_evenly(minor, parts)
    assert sum(shares) == minor
    assert len(shares) == parts
    assert max(shares) - min(shares) <= 1


def test_exponents_follow_the_currency() -> None:
    assert [exponent(code) for code in ("usd", "jpy", "kwd")] == [2, 0, 3]
