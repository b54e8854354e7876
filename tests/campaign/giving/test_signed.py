"""What was signed to pay a pledge does so, whatever the matcher finds since."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from campaign.giving.matching import Outcome
from campaign.giving.open_books import BY_MATCH, facts
from campaign.giving.signed import keep_signed

CENTS = st.lists(st.integers(1, 9), min_size=1, max_size=5)
WISHES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 9), st.booleans()))
Rows = dict[tuple[int, int], tuple[int, str]]


def within(
    came: list[int], open_cents: list[int], wishes: list[tuple[int, int, int, bool]]
) -> Rows:
    """Let payments pay pledges as wished, as far as both go."""
    left, room, rows = list(came), list(open_cents), Rows()
    for wanted_payment, wanted_pledge, cents, is_sure in wishes:
        payment, pledge = wanted_payment % len(left), wanted_pledge % len(room)
        taken = min(cents, left[payment], room[pledge])
        if taken and (payment, pledge) not in rows:
            left[payment] -= taken
            room[pledge] -= taken
            rows[payment, pledge] = (taken, "confirmed" if is_sure else "suggested")
    return rows


def frame(rows: Rows) -> pd.DataFrame:
    pairs = sorted(rows)
    return pd.DataFrame(
        {
            "payment": np.array([payment for payment, _ in pairs], np.int64),
            "pledge": np.array([pledge for _, pledge in pairs], np.int64),
            "cents": np.array([rows[pair][0] for pair in pairs], np.int64),
        }
    )


def outcome(came: list[int], rows: Rows) -> Outcome:
    tiers = np.array([rows[pair][1] for pair in sorted(rows)], object)
    said = pd.DataFrame(dict(frame(rows).items()) | facts(tiers, 0.99, BY_MATCH))
    paid = np.bincount(said["payment"], said["cents"], minlength=len(came)).astype(np.int64)
    none = np.zeros(len(came), dtype=bool)
    return Outcome(said, np.array(came) - paid, none, none, none, none, 0.99, 0, 1.0)


@given(CENTS, CENTS, WISHES, WISHES)
def test_all_that_was_signed_is_paid_and_nothing_pays_more_than_it_has(
    came: list[int],
    open_cents: list[int],
    then: list[tuple[int, int, int, bool]],
    now: list[tuple[int, int, int, bool]],
) -> None:
    signed = within(came, open_cents, then)
    before = outcome(came, within(came, open_cents, now))
    payments = pd.DataFrame({"kept": came, "captured": came})
    found = keep_signed(before, payments, pd.DataFrame({"open": open_cents}), frame(signed))
    rows = found.allocations
    sure = rows[rows["tier"] == "confirmed"].set_index(["payment", "pledge"])["cents"].to_dict()
    assert all(sure.get(pair, 0) >= cents for pair, (cents, _) in signed.items())
    assert not rows.duplicated(["payment", "pledge"]).any()
    assert (rows["cents"] > 0).all()
    takes = np.bincount(rows["pledge"], rows["cents"], minlength=len(open_cents))
    assert (takes <= open_cents).all()
    pays = np.bincount(rows["payment"], rows["cents"], minlength=len(came))
    assert (pays + found.left_cents == came).all()
    assert (found.left_cents >= 0).all()


@given(CENTS, CENTS, WISHES)
def test_what_still_fits_stays_as_it_was_found(
    came: list[int], open_cents: list[int], wishes: list[tuple[int, int, int, bool]]
) -> None:
    rows = within(came, open_cents, [(*wish[:3], True) for wish in wishes])
    before = outcome(came, rows)
    payments = pd.DataFrame({"kept": came, "captured": came})
    assert keep_signed(before, payments, pd.DataFrame({"open": open_cents}), frame(rows)) is before
