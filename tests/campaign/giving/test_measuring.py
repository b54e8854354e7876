"""What is confirmed is as precise as promised, in worlds whose truth is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.bench_matching import truth_of, wilson
from benchmarks.giving_books import as_books
from benchmarks.giving_habits import make_habits
from benchmarks.giving_world import World, make_world
from campaign.books.ledger import kept_cents
from campaign.books.paying import pay


@pytest.mark.parametrize(
    ("make", "share", "least"),
    [
        pytest.param(make_world, 0.6, 0.85, id="most carry a reference"),
        pytest.param(make_world, 0.05, 0.5, id="hardly one carries a reference"),
        pytest.param(make_world, 0.0, 0.35, id="none carries a reference"),
        pytest.param(make_habits, 0.5, 0.55, id="round sums, half with a reference"),
        pytest.param(make_habits, 0.0, 0.0, id="round sums, no reference"),
    ],
)
def test_what_is_confirmed_is_precise(
    make: Callable[..., World], share: float, least: float
) -> None:
    world = make(1_500, 3, reference_share=share)
    books, truth = as_books(world), truth_of(world)
    found = pay(books, kept_cents(books)).listing
    sure = found[found["tier"] == "confirmed"]
    pairs = set(zip(sure["payment_id"], sure["pledge_ref"], strict=True))
    right = len(pairs & truth.keys())
    assert right >= least * len(truth)
    _, highest = wilson(right, max(len(pairs), 1))
    assert not pairs or highest >= 0.995
    every = set(zip(found["payment_id"], found["pledge_ref"], strict=True))
    assert len(every & truth.keys()) >= 0.88 * len(truth)
