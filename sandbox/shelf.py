"""Shelves: the objects of one kind, listed in pages as Stripe lists them, the newest first."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
Key = tuple[int, int]


@dataclass(frozen=True)
class Query:
    """What a list request asks for."""

    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: Mapping[str, int] = field(default_factory=dict)
    equals: Mapping[str, Any] = field(default_factory=dict)


class Shelf:
    """Objects by id, and in the order in which they were created."""

    def __init__(self) -> None:
        self._objects: dict[str, Object] = {}
        self._key_of: dict[str, Key] = {}
        self._order: list[Key] = []
        self._id_at: dict[Key, str] = {}

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterator[Object]:
        """Go through the objects, the oldest first."""
        return (self._objects[self._id_at[key]] for key in list(self._order))

    def __contains__(self, object_id: str) -> bool:
        return object_id in self._objects

    def __getitem__(self, object_id: str) -> Object:
        return self._objects[object_id]

    def add(self, thing: Object, created: int) -> Object:
        """Put an object on the shelf, at the place of the moment of its making."""
        key = (created, len(self._objects))
        insort(self._order, key)
        self._objects[thing["id"]] = thing
        self._key_of[thing["id"]] = key
        self._id_at[key] = thing["id"]
        return thing

    def page(self, query: Query, among: Iterable[str] | None = None) -> tuple[list[Object], bool]:
        """Return one page and whether there is more; `among` narrows the shelf to some ids.

        KeyError when the cursor names an object that is not here.
        """
        order = self._order if among is None else sorted(self._key_of[one] for one in among)
        low, high = self._span(order, query)
        backwards = query.ending_before is not None
        keys = iter(range(low, high)) if backwards else iter(range(high - 1, low - 1, -1))
        found: list[Object] = []
        for position in keys:
            thing = self._objects[self._id_at[order[position]]]
            if all(_matches(thing.get(name), wanted) for name, wanted in query.equals.items()):
                found.append(thing)
                if len(found) > query.limit:
                    break
        has_more = len(found) > query.limit
        found = found[: query.limit]
        return (found[::-1] if backwards else found), has_more

    def _span(self, order: list[Key], query: Query) -> tuple[int, int]:
        """Return which slice of the order lies within the created range and the cursors."""
        low, high = 0, len(order)
        end = float("inf")
        places = {
            "gte": lambda moment: (bisect_left(order, (moment, -1)), high),
            "gt": lambda moment: (bisect_right(order, (moment, end)), high),
            "lt": lambda moment: (low, bisect_left(order, (moment, -1))),
            "lte": lambda moment: (low, bisect_right(order, (moment, end))),
        }
        for relation, moment in query.created.items():
            one_low, one_high = places[relation](moment)
            low, high = max(low, one_low), min(high, one_high)
        if query.starting_after is not None:
            high = min(high, bisect_left(order, self._key_of[query.starting_after]))
        if query.ending_before is not None:
            low = max(low, bisect_right(order, self._key_of[query.ending_before]))
        return low, high


def _matches(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, frozenset) else value == wanted
