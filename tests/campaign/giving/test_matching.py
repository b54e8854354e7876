"""The laws of matching: nothing is over-allocated, no cent is lost, no tie is guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.giving.assignment import best_assignment
from campaign.giving.evidence import probabilities
from campaign.giving.matching import Outcome, match
from campaign.giving.payers import first_names_agree

NO_DECISIONS = pd.DataFrame(
    {
        "payment": pd.Series(dtype="int64"),
        "pledge": pd.Series(dtype="int64"),
        "verdict": pd.Series(dtype="str"),
    }
)


def payment(cents: int, name: str = "ana li", **more: Any) -> dict[str, Any]:
    first, _, last = name.partition(" ")
    return {
        "ref_key": "", "captured": cents, "kept": cents, "day": 110, "created": 110 * 86_400,
        "email": f"{first}@x.org", "phone": None, "postal_code": "10001", "first": first,
        "last": last, "card": f"card-{first}-{last}", **more,
    }  # fmt: skip


def pledge(ref: str, cents: int, name: str = "ana li", **more: Any) -> dict[str, Any]:
    first, _, last = name.partition(" ")
    return {
        "ref_key": ref, "open": cents, "whole": cents, "instalments": 1, "pledged_day": 100,
        "due_day": 130, "email": f"{first}@x.org", "phone": None, "postal_code": "10001",
        "first": first, "last": last,
        "person": len(name) * 1000 + sum(map(ord, name)), **more,
    }  # fmt: skip


def run(payments: list[dict[str, Any]], pledges: list[dict[str, Any]]) -> Outcome:
    return match(pd.DataFrame(payments), pd.DataFrame(pledges), NO_DECISIONS)


def pairs(outcome: Outcome) -> list[tuple[int, int, int]]:
    columns = outcome.allocations[["payment", "pledge", "cents"]]
    return sorted(columns.astype(int).itertuples(index=False, name=None))


def test_a_reference_pays_in_the_order_of_payments_and_the_rest_is_left() -> None:
    found = run(
        [payment(6_000, ref_key="A"), payment(6_000, ref_key="A", created=111 * 86_400)],
        [pledge("A", 10_000)],
    )
    assert pairs(found) == [(0, 0, 6_000), (1, 0, 4_000)]
    assert found.left_cents.tolist() == [0, 2_000]


def test_a_reference_of_a_strangers_pledge_is_no_match() -> None:
    found = run(
        [payment(5_000, "bo ray", ref_key="A", postal_code="90001")],
        [pledge("A", 10_000), pledge("B", 5_000, "bo ray", postal_code="90001")],
    )
    assert found.wrong_reference.tolist() == [True]
    assert "confirmed" not in set(found.allocations["tier"])


def test_a_strangers_odd_amount_with_a_reference_is_only_suggested() -> None:
    found = run([payment(3_333, "bo ray", ref_key="A", postal_code="90001")], [pledge("A", 10_000)])
    assert found.doubtful_reference.tolist() == [True]
    assert found.allocations["tier"].tolist() == ["suggested"]


def test_a_spouse_may_use_the_reference() -> None:
    found = run([payment(10_000, "tom li", ref_key="A")], [pledge("A", 10_000)])
    assert found.allocations["tier"].tolist() == ["confirmed"]


def test_a_tie_is_never_confirmed() -> None:
    twins = [pledge("A", 5_000), pledge("B", 5_000)]
    found = run([payment(5_000)], twins)
    assert set(found.allocations["tier"]) <= {"suggested"}


def test_a_name_alone_is_never_confirmed() -> None:
    found = run([payment(5_000, email=None, postal_code=None)], [pledge("A", 5_000, email=None)])
    assert set(found.allocations["tier"]) <= {"suggested"}


def test_a_gift_before_the_pledge_pays_nothing() -> None:
    found = run([payment(5_000, day=90)], [pledge("A", 5_000)])
    assert found.allocations.empty


def test_a_payment_from_before_the_pledge_was_typed_is_never_confirmed() -> None:
    payments, pledges = many(0)
    for row in pledges[:20]:
        row["pledged_day"] = 114
    found = run(payments, pledges)
    late = found.allocations[found.allocations["pledge"] < 20]
    assert len(late)
    assert set(late["tier"]) == {"suggested"}


def test_a_strangers_reference_gives_way_to_the_pledgers_own_payment() -> None:
    found = run(
        [payment(5_000, "bo ray", ref_key="A", postal_code="90001"), payment(10_000)],
        [pledge("A", 10_000)],
    )
    assert found.wrong_reference.tolist() == [True, False]
    assert pairs(found) == [(1, 0, 10_000)]


def test_part_payments_share_a_pledge_and_a_rival_takes_their_place_or_not() -> None:
    odds = np.array([20.0, 20.0, 20.0, 5.0])
    place, room = np.zeros(4, dtype=np.int64), np.array([90])
    uses = np.array([30, 30, 30, 90])
    sure = probabilities(odds, np.arange(4), place, uses, room)
    assert sure[:3].min() > 0.95
    assert sure[3] < 0.01
    alone = probabilities(odds[3:], np.arange(1), place[:1], uses[3:], room)
    assert alone[0] == pytest.approx(5 / 6)


def test_one_payment_pays_two_pledges_of_a_household_to_the_cent() -> None:
    found = run([payment(15_000)], [pledge("A", 5_000), pledge("B", 10_000, "tom li")])
    assert pairs(found) == [(0, 0, 5_000), (0, 1, 10_000)]


@pytest.mark.parametrize(("too_much", "left"), [(3_000, 3_000), (5_000, 0), (6_000, 6_000)])
def test_what_is_left_pays_another_pledge_to_the_cent_or_not_at_all(
    too_much: int, left: int
) -> None:
    both = [pledge("A", 10_000), pledge("B", 5_000)]
    found = run([payment(10_000 + too_much, ref_key="A")], both)
    assert found.left_cents.tolist() == [left]


def test_a_double_click_pays_once() -> None:
    clicks = [payment(5_000, ref_key="A"), payment(5_000, created=110 * 86_400 + 60)]
    found = run(clicks, [pledge("A", 10_000, instalments=2)])
    assert found.double_click.tolist() == [False, True]
    assert pairs(found) == [(0, 0, 5_000)]


@pytest.mark.parametrize(("seconds", "is_double"), [(899, True), (900, True), (901, False)])
def test_a_second_payment_after_a_quarter_of_an_hour_is_meant(
    seconds: int, is_double: bool
) -> None:
    twice = [payment(5_000), payment(5_000, created=110 * 86_400 + seconds)]
    assert run(twice, [pledge("A", 10_000, instalments=2)]).double_click[1] == is_double


def test_what_a_person_decided_stands() -> None:
    payments = pd.DataFrame([payment(5_000), payment(5_000, created=112 * 86_400)])
    pledges = pd.DataFrame([pledge("A", 5_000), pledge("B", 5_000, "zoe ray")])
    decisions = pd.DataFrame({"payment": [0, 1], "pledge": [1, -1], "verdict": ["pays", "gift"]})
    found = match(payments, pledges, decisions)
    assert pairs(found) == [(0, 1, 5_000)]
    refused = pd.DataFrame({"payment": [0], "pledge": [0], "verdict": ["not"]})
    assert (0, 0) not in [pair[:2] for pair in pairs(match(payments, pledges, refused))]


def many(gifts_before: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Four hundred donors without a reference; so many gave the same before they pledged."""
    payments, pledges = [], []
    for number in range(400):
        who = f"ana{number} li{number}"
        about = {"postal_code": f"{10_000 + number}"}
        cents = 5_000 + number % 7 * 1_000
        pledges.append(pledge(f"P{number}", cents, who, **about, person=number))
        payments.append(payment(cents, who, **about))
        if number < gifts_before:
            payments.append(payment(cents, who, **about, day=82, created=82 * 86_400 + number))
    payments.append(payment(100, "zoe ray", day=20, created=20 * 86_400))
    payments.sort(key=lambda row: row["created"])
    return payments, pledges


@pytest.mark.parametrize(
    ("gifts_before", "is_confirmed"), [pytest.param(0, True, id="none"), pytest.param(40, False,
                                                                                     id="many")]
)  # fmt: skip
def test_without_references_gifts_from_before_the_pledges_tell_what_is_certain(
    gifts_before: int, is_confirmed: bool
) -> None:
    found = run(*many(gifts_before))
    assert len(found.allocations) == 400
    assert (set(found.allocations["tier"]) == {"confirmed"}) == is_confirmed


NAMES = st.sampled_from(["ana li", "tom li", "bo ray", "zoe ray", "ana ray"])
REFS = st.sampled_from(["", "", "P0", "P1", "P9"])
PAYMENTS = st.lists(
    st.builds(
        lambda cents, name, ref, day, kept: payment(
            cents * 500, name, ref_key=ref, day=day, created=day * 86_400, kept=cents * kept
        ),
        st.integers(1, 8),
        NAMES,
        REFS,
        st.integers(95, 200),
        st.sampled_from([500, 500, 250]),
    ),
    min_size=1,
    max_size=14,
)
PLEDGES = st.lists(
    st.tuples(st.integers(1, 8), NAMES, st.sampled_from([1, 1, 3])), min_size=1, max_size=10
)


@settings(deadline=None, max_examples=60)
@given(payments=PAYMENTS, pledges=PLEDGES)
def test_nothing_is_over_allocated_and_no_cent_is_lost(
    payments: list[dict[str, Any]], pledges: list[tuple[int, str, int]]
) -> None:
    payments.sort(key=lambda row: row["created"])
    rows = [
        pledge(f"P{i}", cents * 1500, name, instalments=parts)
        for i, (cents, name, parts) in enumerate(pledges)
    ]
    found = run(payments, rows)
    table = found.allocations
    assert (table["cents"] > 0).all()
    assert not table.duplicated(["payment", "pledge"]).any()
    paid = np.bincount(table["pledge"].astype(int), table["cents"], minlength=len(rows))
    assert (paid <= [row["open"] for row in rows]).all()
    used = np.bincount(table["payment"].astype(int), table["cents"], minlength=len(payments))
    assert (used + found.left_cents == [row["kept"] for row in payments]).all()
    assert pairs(run(payments, rows)) == pairs(found)


@settings(deadline=None, max_examples=60)
@given(
    edges=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(1, 9), st.integers(1, 20)),
        min_size=1,
        max_size=9,
        unique_by=lambda edge: edge[:2],
    ),
    room=st.lists(st.integers(20, 40), min_size=4, max_size=4),
)
def test_the_assignment_is_the_best_there_is(
    edges: list[tuple[int, int, int, int]], room: list[int]
) -> None:
    payments, pledges, weights, uses = (np.array(column) for column in zip(*edges, strict=True))
    chosen = best_assignment(
        payments, pledges, weights.astype(float), uses, np.array(room, dtype=np.int64)
    )
    best = 0
    for subset in range(1 << len(edges)):
        picked = [i for i in range(len(edges)) if subset >> i & 1]
        is_once = len({payments[i] for i in picked}) == len(picked)
        held = np.bincount(pledges[picked], uses[picked], minlength=4) if picked else np.zeros(4)
        if is_once and (held <= room).all():
            best = max(best, int(weights[picked].sum()))
    assert int(weights[chosen].sum()) == best


@pytest.mark.parametrize(
    ("one", "other", "agrees"),
    [
        pytest.param("bill", "william", 2, id="nickname"),
        pytest.param("jon", "john", 2, id="slip"),
        pytest.param("a", "ana", 2, id="initial"),
        pytest.param("", "ana", 1, id="unknown"),
        pytest.param("tom", "ana", 0, id="other"),
    ],
)
def test_first_names_agree_as_people_use_them(one: str, other: str, agrees: int) -> None:
    assert first_names_agree(one, other) == first_names_agree(other, one) == agrees
