"""The best way for payments to pay pledges: one exact optimisation, solved piece by piece.

Maximise the sum of the weights, so that a payment goes to one pledge and no pledge takes more than
it has room for. Payments and pledges that no shared candidate connects do not touch each other:
pieces without a conflict are taken whole, the others go to HiGHS, many pieces in one model.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, vstack
from scipy.sparse.csgraph import connected_components

from campaign.giving.candidates import Ints
from campaign.giving.evidence import Flags, Floats

_PAIRS_A_MODEL = 400


def best_assignment(payment: Ints, pledge: Ints, weight: Floats, uses: Ints, room: Ints) -> Ints:
    """Return the places of the chosen pairs, in order."""
    if not len(payment):
        return np.zeros(0, dtype=np.int64)
    demand = np.bincount(pledge, uses, minlength=len(room))
    has_conflict = (np.bincount(payment)[payment] > 1) | (demand[pledge] > room[pledge])
    if not has_conflict.any():
        return np.arange(len(payment))
    piece = _pieces(payment, pledge)
    in_conflict = np.zeros(piece.max() + 1, dtype=bool)
    in_conflict[piece[has_conflict]] = True
    chosen = ~in_conflict[piece]
    contested = np.flatnonzero(~chosen)
    contested = contested[np.argsort(piece[contested], kind="stable")]
    for batch in _batches(contested, piece):
        chosen[batch] = _solve(payment[batch], pledge[batch], weight[batch], uses[batch], room)
    return np.flatnonzero(chosen)


def _pieces(payment: Ints, pledge: Ints) -> Ints:
    """Return for each pair the number of its connected piece."""
    payments, payment = np.unique(payment, return_inverse=True)
    pledges, pledge = np.unique(pledge, return_inverse=True)
    size = len(payments) + len(pledges)
    links = coo_matrix((np.ones(len(payment)), (payment, pledge + len(payments))), (size, size))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)[payment]


def _batches(pairs: Ints, piece: Ints) -> list[Ints]:
    """Return runs of whole pieces of about so many pairs."""
    ends = np.flatnonzero(np.diff(piece[pairs], append=-1)) + 1
    cuts, last = [], 0
    for end in ends:
        if end - last >= _PAIRS_A_MODEL:
            cuts.append(int(end))
            last = int(end)
    return [batch for batch in np.split(pairs, cuts) if len(batch)]


def _solve(payment: Ints, pledge: Ints, weight: Floats, uses: Ints, room: Ints) -> Flags:
    payments, row = np.unique(payment, return_inverse=True)
    pledges, column = np.unique(pledge, return_inverse=True)
    count = len(payment)
    pairs = np.arange(count)
    once = coo_matrix((np.ones(count), (row, pairs)), (len(payments), count))
    # In shares of the room, so that large pledges do not strain the solver's tolerance.
    share = uses / room[pledge]
    within = coo_matrix((share, (column, pairs)), (len(pledges), count))
    # The earlier of two equals, by so little that it decides nothing else.
    earlier = weight + 1e-6 * (count - pairs) / count
    found = milp(
        -earlier,
        integrality=np.ones(count),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(vstack([once, within]).tocsr(), ub=1 + 1e-9),
    )
    if found.x is None:  # cannot be: choosing nothing is always allowed
        raise ArithmeticError("The assignment of payments to pledges has no solution.")
    return np.asarray(found.x > 0.5, dtype=bool)
