"""Cutting a stretch of time into windows, so that a long list is fetched in parallel.

Stripe lists the newest first and cannot say how many there are: the first page tells how dense
the rows are, and the rest is cut by that. Moments are whole seconds since 1970, as Stripe's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

PAGE = 100
MOST_PARTS = 8


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Records of one kind, created from the first second to the last, both included."""

    kind: str
    first: int
    last: int
    after: str | None = None  # the cursor: what follows this record


def rest_of(window: Window, seen: list[tuple[int, str]]) -> list[Window]:
    """Return what is still to be fetched after one full page of (created, id), newest first.

    A server that ignores the range shows rows outside of it: then only its cursor is trusted.
    """
    oldest, oldest_id = seen[-1]
    by_cursor = replace(window, after=oldest_id)
    ignores_range = any(not window.first <= created <= window.last for created, _ in seen)
    if ignores_range or oldest <= window.first or window.after is not None:
        return [by_cursor]
    seconds = window.last - oldest + 1
    left = oldest - window.first + 1
    parts = min(MOST_PARTS, left, -(-len(seen) * left // (seconds * PAGE)))
    if parts < 2:
        return [by_cursor]
    # The oldest second may hold more than the page showed: the next window holds it again.
    edges = [window.first + left * part // parts for part in range(parts + 1)]
    return [Window(window.kind, start, end - 1) for start, end in pairwise(edges)]


def gaps(window: Window, done: Iterable[tuple[int, int]]) -> list[Window]:
    """Return the parts of a window that no finished stretch covers.

    >>> gaps(Window("charge", 0, 9), [(2, 3), (3, 5)])
    [Window(kind='charge', first=0, last=1, after=None), \
Window(kind='charge', first=6, last=9, after=None)]
    """
    left = []
    start = window.first
    for first, last in sorted(done):
        if first > start:
            left.append(Window(window.kind, start, min(first - 1, window.last)))
        start = max(start, last + 1)
        if start > window.last:
            break
    if start <= window.last:
        left.append(Window(window.kind, start, window.last))
    return [part for part in left if part.first <= part.last]
