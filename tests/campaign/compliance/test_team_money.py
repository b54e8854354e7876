"""A payment for pledges of two teams: each team has its own, to the cent, whatever goes back."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.compliance.team_money import parts_of, team_moves

FIRST = date(2026, 7, 1)
PLEDGES = st.lists(
    st.tuples(st.sampled_from(["OHIO", "HQ", None]), st.integers(1, 90_000)),
    min_size=1, max_size=3, unique_by=lambda pledge: pledge[0],
)  # fmt: skip


def moves_of(
    paid: int, pledges: list[tuple[str | None, int]], confirmed: list[int], back: list[int]
) -> pd.DataFrame:
    """What moved of one payment; the parts are its pledges, the first as the receipt names it."""
    parts = [
        {"charge_id": "ch_1", "pledge_id": number, "confirmed_cents": sure, "at_most_cents": cents,
         "at_most_since_cents": cents, "team_code": team, "campaign_code": "F"}
        for number, ((team, cents), sure) in enumerate(zip(pledges, confirmed, strict=True))
    ]  # fmt: skip
    receipt = {**parts[0], "confirmed_cents": sum(confirmed), "received_on": FIRST,
               "amount_cents": paid, "refunded_cents": sum(back[1:]),
               "taken_back_cents": sum(back[:1])}  # fmt: skip
    split = pd.DataFrame(parts) if len(parts) > 1 else pd.DataFrame(columns=["charge_id"])
    went = [("refund", f"re_{n}", "ch_1", FIRST + timedelta(n + 1), c) for n, c in enumerate(back)]
    returns = pd.DataFrame(
        went, columns=["kind", "return_id", "charge_id", "returned_on", "amount_cents"]
    ).astype({"amount_cents": "int64"})
    return team_moves(parts_of(pd.DataFrame([receipt]), split), returns)


def by_team(moves: pd.DataFrame, column: str) -> dict[str, int]:
    sums = moves.groupby("team_code")[column].sum()
    return {str(team): int(cents) for team, cents in sums.items()}


@pytest.mark.parametrize(
    ("paid", "confirmed", "back", "gross", "settled"),
    [
        pytest.param(15_000, [10_000, 5_000], [], {"OHIO": 10_000, "HQ": 5_000},
                     {"OHIO": 10_000, "HQ": 5_000}, id="each its own"),
        pytest.param(16_000, [10_000, 5_000], [], {"OHIO": 11_000, "HQ": 5_000},
                     {"OHIO": 10_000, "HQ": 5_000}, id="beyond both"),
        pytest.param(16_000, [10_000, 5_000], [1_000], {"OHIO": 10_000, "HQ": 5_000},
                     {"OHIO": 10_000, "HQ": 5_000}, id="what was beyond went back"),
        pytest.param(15_000, [10_000, 2_000], [3_000], {"OHIO": 10_000, "HQ": 2_000},
                     {"OHIO": 10_000, "HQ": 2_000}, id="a part of the second went back"),
    ],
)  # fmt: skip
def test_each_team_has_what_pays_its_own_pledge(
    paid: int, confirmed: list[int], back: list[int], gross: dict[str, int], settled: dict[str, int]
) -> None:
    moves = moves_of(paid, [("OHIO", 10_000), ("HQ", 5_000)], confirmed, back)
    assert by_team(moves, "cents") == gross
    assert by_team(moves, "settled_cents") == settled


def test_before_a_part_went_back_each_team_had_its_whole_pledge() -> None:
    moves = moves_of(15_000, [("OHIO", 10_000), ("HQ", 5_000)], [10_000, 2_000], [3_000])
    came = moves.loc[~moves["is_return"]]
    assert by_team(came, "settled_cents") == {"OHIO": 10_000, "HQ": 5_000}


@given(
    pledges=PLEDGES, data=st.data(), paid=st.integers(1, 200_000),
    back=st.lists(st.integers(1, 100_000), max_size=4),
)  # fmt: skip
def test_the_teams_and_nobody_together_have_the_whole_payment(
    pledges: list[tuple[str | None, int]], data: st.DataObject, paid: int, back: list[int]
) -> None:
    """Of each move too; and in the end each team has settled what is confirmed for its pledge."""
    while sum(back) > paid:
        back.pop()
    left, confirmed = paid - sum(back), []
    for _, cents in pledges:
        confirmed.append(data.draw(st.integers(0, min(cents, left))))
        left -= confirmed[-1]
    moves = moves_of(paid, pledges, confirmed, back)
    assert moves.loc[~moves["is_return"], "cents"].sum() == paid
    by_day = moves.loc[moves["is_return"]].groupby("on")["cents"].sum()
    assert (-by_day).tolist() == back
    ended = moves.groupby("team_code", dropna=False)["settled_cents"].sum()
    for (team, _), sure in zip(pledges, confirmed, strict=True):
        assert ended[team or float("nan")] == sure
