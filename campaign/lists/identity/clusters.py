"""Pairs become people: joined step by step, never across a pair that is forbidden."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]


def components(count: int, a: Ints, b: Ints) -> Ints:
    """Return for each record the number of the component that the pairs put it in."""
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def join(
    count: int, edges: Iterable[tuple[int, int]], forbidden: Iterable[tuple[int, int]]
) -> tuple[list[int], list[tuple[int, int]]]:
    """Join the records along the edges, the strongest first; refuse what a ban would cross.

    Returns each record's leader and the edges that were refused.

    >>> join(3, [(0, 1), (1, 2)], [(0, 2)])
    ([0, 0, 2], [(1, 2)])
    """
    leader = list(range(count))
    members: dict[int, list[int]] = {}
    bans: dict[int, set[int]] = defaultdict(set)
    for a, b in forbidden:
        bans[a].add(b)
        bans[b].add(a)
    refused = []
    for a, b in edges:
        keep, gone = sorted((leader[a], leader[b]))
        if keep == gone:
            continue
        if gone in bans[keep]:
            refused.append((a, b))
            continue
        for member in (moved := members.pop(gone, [gone])):
            leader[member] = keep
        members.setdefault(keep, [keep]).extend(moved)
        _move_bans(bans, keep, gone)
    return leader, refused


def _move_bans(bans: dict[int, set[int]], keep: int, gone: int) -> None:
    for other in bans.pop(gone, set()):
        bans[other].discard(gone)
        bans[other].add(keep)
        bans[keep].add(other)
