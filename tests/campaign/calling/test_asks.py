"""Asks are natural, descending, and never above what the law leaves."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from campaign.calling.asks import ladder_within, ladders, near_limit_sentence
from campaign.calling.policy import NATURAL_ASKS, Policy
from campaign.compliance.limits import NO_LIMIT

cents = st.integers(0, 2_000_000)


def ladder(last: int, largest: int, room: int = NO_LIMIT) -> list[int]:
    one = np.array([last]), np.array([max(last, largest)]), np.array([room])
    return [int(ask) for ask in ladders(*one, Policy())[0]]


@given(last=cents, largest=cents, room=st.one_of(st.just(NO_LIMIT), cents))
def test_a_ladder_descends_within_the_room(last: int, largest: int, room: int) -> None:
    rungs = [ask for ask in ladder(last, largest, room) if ask]
    assert rungs == sorted(set(rungs), reverse=True)
    assert all(1_000 <= ask <= room for ask in rungs)
    assert all(ask in NATURAL_ASKS for ask in rungs if ask != room)
    assert bool(rungs) == (room >= 1_000)


def test_asks_grow_from_what_somebody_gave() -> None:
    assert ladder(5_000, 15_000) == [25_000, 15_000, 5_000]
    assert ladder(0, 0) == [7_500, 5_000, 2_500]


def test_near_the_limit_the_first_ask_is_the_room_that_is_left() -> None:
    assert ladder(50_000, 100_000, room=70_000) == [70_000, 60_000, 50_000]


@example(asks=[5_000, 2_500], room=NATURAL_ASKS[0])
@given(
    asks=st.lists(st.sampled_from(NATURAL_ASKS), max_size=3, unique=True),
    room=st.one_of(st.none(), cents),
)
def test_a_ladder_is_lowered_to_the_room_of_now(asks: list[int], room: int | None) -> None:
    told = sorted(asks, reverse=True)
    lowered = ladder_within(told, room)
    assert lowered == sorted(set(lowered), reverse=True)
    if room is None or not told or told[0] <= room:
        assert lowered == told
    else:
        assert all(ask <= room for ask in lowered)
        assert bool(lowered) == (room >= NATURAL_ASKS[0])


def test_the_caller_may_tell_what_the_law_leaves() -> None:
    said = near_limit_sentence(70_000, [50_000], "G2026")
    assert said == "By law you may still give up to $700 for G2026."
    assert near_limit_sentence(350_000, [5_000], "G2026") == ""
    assert near_limit_sentence(None, [5_000], "G2026") == ""
