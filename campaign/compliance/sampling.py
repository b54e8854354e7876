"""An auditor's sample: payments drawn by lot, and what their chain of evidence lacks.

Belongs here: the lot and the gaps. Does not belong here: the evidence itself (`store/evidence`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from campaign.errors import InputError

# Without a pledge a payment has no call behind it: that is no gap.
_NEEDED = ("ledger_row", "payout", "bank_line")
_NEEDED_WITH_PLEDGE = ("donor_id", "call", "team")


def draw(payments: Iterable[str], input_hash: str, size: int, seed: int) -> list[str]:
    """Return payments by lot: the same books, size and seed draw the same, whoever draws.

    >>> draw(["c", "a", "b"], "hash", 2, 7) == draw(["b", "c", "a"], "hash", 2, 7)
    True
    """
    if size < 1:
        raise InputError("A sample holds at least one payment.")
    known = sorted(payments)
    return Random(f"{input_hash}:{seed}").sample(known, min(size, len(known)))


def gap(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return which links the chain of a payment lacks."""
    needed = list(_NEEDED)
    if item["pledge"] and item["pledge_source"] == "call":
        needed += _NEEDED_WITH_PLEDGE
    return {"payment": item["payment"], "missing": [name for name in needed if not item[name]]}
