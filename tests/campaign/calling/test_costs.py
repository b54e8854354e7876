"""One rule says what calls cost, wherever a cost is told."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.calling.costs import Price
from campaign.calling.scorecard import InvoiceLine, check_invoice
from campaign.compliance.vendors import accruals

FIRST = date(2026, 7, 1)
PRICES = st.builds(
    Price,
    st.sampled_from(["per_call", "per_hour", "percentage"]),
    st.integers(0, 50_000),
    st.integers(0, 9_000),
    st.integers(1, 120),
)
# Day by day: the calls that were made, what they brought, and what went back of it.
DAYS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 90_000), st.integers(0, 40_000)), max_size=12
)


def exactly(price: Price, calls: int, settled: int) -> Fraction:
    """The cost with every part of a cent, by the words of the contract."""
    return {
        "per_call": Fraction(calls * price.cents),
        "per_hour": Fraction(calls, price.calls_per_hour) * price.cents,
        "percentage": Fraction(settled * price.basis_points, 10_000),
    }[price.model]


@given(price=PRICES, calls=st.integers(0, 10**7), settled=st.integers(-(10**9), 10**11))
def test_a_cost_is_the_contract_s_to_half_a_cent(price: Price, calls: int, settled: int) -> None:
    told = price.cost_cents(calls, settled)
    assert abs(told - exactly(price, calls, settled)) <= Fraction(1, 2)


@given(price=PRICES, days=DAYS)
def test_the_days_of_a_vendor_sum_to_the_cost_of_all_calls(
    price: Price, days: list[tuple[int, int, int]]
) -> None:
    """What Schedule D says was incurred is what the scorecard says the team cost."""
    teams = pd.DataFrame(
        [("OHIO", "onshore", price.model, price.cents, price.basis_points, price.calls_per_hour)],
        columns=["team_code", "kind", "cost_model", "cost_cents", "cost_basis_points",
                 "calls_per_hour"],
    )  # fmt: skip
    table = pd.DataFrame(days, columns=["attempts", "amount_cents", "back_cents"], dtype="int64")
    table = table.assign(
        team_code="OHIO", campaign_code="FALL-26", pledge_id=1,
        on=[FIRST + timedelta(days=number) for number in range(len(days))],
        charge_id=[f"ch_{number}" for number in range(len(days))], kind="refund", return_id="re",
        at_most_cents=table["amount_cents"], at_most_since_cents=table["amount_cents"],
        refunded_cents=table["back_cents"], taken_back_cents=0,
        confirmed_cents=table["amount_cents"] - table["back_cents"],
    )  # fmt: skip
    returns = table.assign(amount_cents=table["back_cents"], returned_on=table["on"])
    earned = accruals(teams, table, table.assign(received_on=table["on"]), returns)
    settled = int(table["amount_cents"].sum() - table["back_cents"].sum())
    assert earned["cents"].sum() == price.cost_cents(int(table["attempts"].sum()), settled)


@given(price=PRICES, calls=st.integers(0, 80))
def test_an_invoice_of_the_contract_s_price_is_agreed(price: Price, calls: int) -> None:
    """Where a call costs a part of a cent, a vendor may round each line up or down."""
    known = [str(number) for number in range(calls)]
    whole = price.cost_cents(calls, 0)
    each, rest = divmod(whole, calls or 1)
    lines = [InvoiceLine(one, each + (n < rest)) for n, one in enumerate(known)]
    told = check_invoice(lines, known, price)
    assert (told["agreed_cents"], told["difference_cents"]) == (whole, 0)
    assert told["disputed"] == []


@pytest.mark.parametrize(
    ("price", "cents"),
    [
        pytest.param(Price("per_call", 135, 0, 20), 135.0, id="a call"),
        pytest.param(Price("per_hour", 1_900, 0, 24), 1_900 / 24, id="an hour"),
        pytest.param(Price("percentage", 0, 1_200, 20), 0.0, id="a share of what comes"),
    ],
)
def test_a_call_more_costs_its_price_before_money_comes(price: Price, cents: float) -> None:
    assert price.cents_a_call == cents


@pytest.mark.parametrize(
    ("paid", "pledged", "kept", "back", "settled"),
    [
        pytest.param(7_500, 5_000, 5_000, (), [5_000], id="overpaid"),
        pytest.param(7_500, 5_000, 3_000, (4_500,), [5_000, -2_000], id="then given back in part"),
        pytest.param(7_500, 5_000, 5_000, (1_000,), [5_000, 0], id="what was beyond went back"),
        pytest.param(10_000, 10_000, 6_000, (4_000,), [10_000, -4_000], id="a part went back"),
        pytest.param(4_000, 10_000, 4_000, (), [4_000], id="an instalment"),
    ],
)
def test_a_share_is_of_what_a_pledge_was_paid_not_of_what_came_with_it(
    paid: int, pledged: int, kept: int, back: tuple[int, ...], settled: list[int]
) -> None:
    """The scorecard counts what is allocated; so does what the committee owes the vendor."""
    teams = pd.DataFrame(
        [("OHIO", "onshore", "percentage", 0, 10_000, 20)],
        columns=["team_code", "kind", "cost_model", "cost_cents", "cost_basis_points",
                 "calls_per_hour"],
    )  # fmt: skip
    receipt = {"charge_id": "ch_1", "pledge_id": 1, "team_code": "OHIO", "campaign_code": "F",
               "received_on": FIRST, "amount_cents": paid, "at_most_cents": pledged,
               "at_most_since_cents": pledged, "confirmed_cents": kept, "refunded_cents": sum(back),
               "taken_back_cents": 0}  # fmt: skip
    receipts = pd.DataFrame([receipt])
    went = [("refund", f"re_{n}", "ch_1", FIRST + timedelta(n + 1), c) for n, c in enumerate(back)]
    returns = pd.DataFrame(
        went, columns=["kind", "return_id", "charge_id", "returned_on", "amount_cents"]
    ).astype({"amount_cents": "int64"})
    days = pd.DataFrame(
        [("OHIO", "F", FIRST, 0)], columns=["team_code", "campaign_code", "on", "attempts"]
    )
    earned = accruals(teams, days, receipts, returns).sort_values("on")
    assert earned["cents"].tolist() == [cents for cents in settled if cents]
