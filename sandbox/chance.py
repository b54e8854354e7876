"""Luck that can be repeated: the same seed, person and question draw the same number."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of draws that belongs to one key, whatever else was drawn before.

    >>> Chance(1, "person", 7).draw() == Chance(1, "person", 7).draw()
    True
    """

    def __init__(self, *key: object) -> None:
        self._random = random.Random("|".join(map(str, key)))

    def draw(self) -> float:
        """Return a number from 0 up to 1."""
        return self._random.random()

    def happens(self, chance: float) -> bool:
        """Return whether something of that chance happens."""
        return self._random.random() < chance

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return self._random.randint(low, high)

    def one_of(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return self._random.choice(choices)

    def weighted(self, choices: dict[str, float]) -> str:
        """Return one of the words, by weight."""
        return self._random.choices(list(choices), list(choices.values()))[0]
