"""How much to ask: three natural amounts from history, never above the room the law leaves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from campaign.calling.policy import NATURAL_ASKS, Policy
from campaign.compliance.limits import NO_LIMIT
from campaign.money import format_minor

Cents = npt.NDArray[np.int64]
_NATURAL = np.array(NATURAL_ASKS, dtype=np.int64)


def ladders(last: Cents, largest: Cents, headroom: Cents, policy: Policy) -> Cents:
    """Return three descending asks a donor; 0 where a rung is missing.

    The first is above the largest gift so far, the second about that gift, the third about the
    last one. Where the law leaves less room than the first ask, the first ask is that room.
    """
    least = policy.min_ask_cents
    base = np.maximum(np.where(largest > 0, largest, policy.default_ask_cents), least)
    low = np.maximum(np.where(last > 0, last, policy.default_ask_cents // 2), least)
    room = np.minimum(headroom, NO_LIMIT)
    top = np.minimum(_natural_at_least(base + base // 2), room)
    middle = np.minimum(_natural_at_least(base), _natural_at_most(room))
    bottom = np.minimum(_natural_at_most(low), _natural_at_most(room))
    # Each rung is lower than the one above: step down to the next natural amount.
    middle = np.where(middle >= top, _natural_below(top), middle)
    bottom = np.where(bottom >= middle, _natural_below(middle), bottom)
    rungs = np.stack([top, middle, bottom], axis=1)
    return np.where(rungs >= policy.min_ask_cents, rungs, 0)


def _natural_at_least(cents: Cents) -> Cents:
    return _NATURAL[np.minimum(np.searchsorted(_NATURAL, cents, side="left"), len(_NATURAL) - 1)]


def _natural_at_most(cents: Cents) -> Cents:
    position = np.searchsorted(_NATURAL, cents, side="right") - 1
    return np.where(position >= 0, _NATURAL[np.maximum(position, 0)], 0)


def _natural_below(cents: Cents) -> Cents:
    return _natural_at_most(cents - 1)


def ladder_within(asks_cents: list[int], room_cents: int | None) -> list[int]:
    """Return a ladder of asks lowered to the room that is left now.

    >>> ladder_within([50_000, 25_000, 10_000], 20_000)
    [20000, 10000]
    """
    if room_cents is None or not asks_cents or asks_cents[0] <= room_cents:
        return asks_cents
    if room_cents < NATURAL_ASKS[0]:
        return []
    return [room_cents, *(cents for cents in asks_cents if cents < room_cents)]


def near_limit_sentence(room_cents: int | None, asks_cents: list[int], election: str) -> str:
    """Return what the caller may say when the donor is near the legal limit, else nothing."""
    if room_cents is None or not asks_cents or room_cents > 2 * asks_cents[0]:
        return ""
    room = format_minor(room_cents).removesuffix(".00")
    return f"By law you may still give up to {room}{f' for {election}' if election else ''}."
