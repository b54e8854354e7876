"""What each payment pays: references first, then everything else as one optimisation.

Who paid and what it pays are weighed apart (`candidates`, `evidence`); here the open books are
closed as far as it is certain. Confirmed is only what is as precise as asked when measured on
payments whose reference was hidden; the rest is suggested, a tie never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from campaign.giving import candidates as c
from campaign.giving import evidence
from campaign.giving.assignment import best_assignment
from campaign.giving.candidates import Ints
from campaign.giving.evidence import Flags, Floats
from campaign.giving.measuring import WEAK, Model
from campaign.giving.open_books import (
    BY_MATCH,
    BY_PERSON,
    BY_REFERENCE,
    BY_SUM,
    OpenBooks,
    facts,
    no_allocations,
)
from campaign.giving.pairs import Pairs, named_pledge
from campaign.giving.references import double_clicks, doubtful_references, wrong_references

LOWEST_SUGGESTED = 0.03
_STRONG = c.CONTACT_HOUSEHOLD
_PAYMENT_NUMBERS = ["captured", "kept", "day"]
_PLEDGE_NUMBERS = ["open", "whole", "instalments", "pledged_day", "due_day"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pays what; places in the two frames that came in."""

    allocations: pd.DataFrame  # payment, pledge, cents, tier, confidence, how, identity, amount …
    left_cents: Ints
    unknown_reference: Flags
    wrong_reference: Flags
    double_click: Flags
    doubtful_reference: Flags
    threshold: float
    examples: int
    measured_precision: float


def match(payments: pd.DataFrame, pledges: pd.DataFrame, decisions: pd.DataFrame) -> Outcome:
    """Return what pays what.

    Payments, in the order they came: ref_key, captured, kept, day, created, email, phone,
    postal_code, first, last, card. Pledges: ref_key, open, whole, instalments, pledged_day,
    due_day (-1: none), email, phone, postal_code, first, last, person. Decisions: payment, pledge
    (-1: none), verdict.
    """
    if pledges.empty:
        return _nothing_to_pay(payments)
    double = double_clicks(payments)
    named = named_pledge(payments, pledges)
    has_ref = (payments["ref_key"] != "").to_numpy(bool)
    pairs = Pairs.of(payments, pledges, named, decisions)
    # Of a million payments the texts take most room, and are no longer needed.
    payments, pledges = payments[_PAYMENT_NUMBERS], pledges[_PLEDGE_NUMBERS]
    pa.default_memory_pool().release_unused()
    books = OpenBooks(
        payments,
        pledges,
        payments["kept"].to_numpy(np.int64).copy(),
        pledges["open"].to_numpy(np.int64).copy(),
    )
    is_settled = _keep_decisions(books, decisions)
    wrong = wrong_references(payments, pledges, named, pairs) & ~is_settled
    by_reference = (named >= 0) & ~wrong & ~is_settled & (books.left > 0)
    is_doubtful = double | doubtful_references(payments, pledges, named, pairs)
    due_then = _pay_references(books, named, by_reference, is_doubtful)
    pairs.set_due(books, named, by_reference, due_then)
    free = ~by_reference & ~is_settled & (books.left > 0) & ~double
    limit, examples, precision = _pay_by_match(books, pairs, free, wrong)
    _pay_by_sum(books, pairs, by_reference | free)
    parts = books.parts or [no_allocations()]
    allocations = pd.concat(parts, ignore_index=True).sort_values(["payment", "pledge"])
    return Outcome(
        allocations.reset_index(drop=True),
        books.left,
        has_ref & (named < 0),
        wrong,
        double,
        is_doubtful & ~double,
        limit,
        examples,
        precision,
    )


def _nothing_to_pay(payments: pd.DataFrame) -> Outcome:
    left = payments["kept"].to_numpy(np.int64).copy()
    none = np.zeros(len(payments), dtype=bool)
    has_ref = (payments["ref_key"] != "").to_numpy(bool)
    return Outcome(no_allocations(), left, has_ref, none, none, none, 1.0, 0, 0.0)


def _keep_decisions(books: OpenBooks, decisions: pd.DataFrame) -> Flags:
    """Let people's decisions stand; return the payments that they settle."""
    settled = np.zeros(len(books.payments), dtype=bool)
    pays = decisions[decisions["verdict"] == "pays"]
    for row in pays.itertuples(index=False):  # few: made by hand, and one payment may pay several
        books.allocate(
            np.array([row.payment]),
            np.array([row.pledge]),
            **facts("confirmed", 1.0, BY_PERSON),
        )
    settled[pays["payment"].to_numpy(np.int64)] = True
    is_gift = decisions["verdict"].isin(["gift", "not_campaign"])
    settled[decisions.loc[is_gift, "payment"].to_numpy(np.int64)] = True
    return settled


def _pay_references(books: OpenBooks, named: Ints, by_reference: Flags, doubtful: Flags) -> Ints:
    """Let references pay, in the order the payments came; return what was due at each."""
    payment = np.flatnonzero(by_reference)
    pledge = named[payment]
    kept = books.left[payment].copy()
    room = books.room.copy()
    tier = np.where(doubtful[payment], "suggested", "confirmed")
    confidence = np.where(doubtful[payment], 0.5, 0.999)
    books.allocate(payment, pledge, **facts(tier, confidence, BY_REFERENCE))
    due_then = np.zeros(len(books.payments), dtype=np.int64)
    before = pd.Series(kept).groupby(pledge).cumsum().to_numpy(np.int64) - kept
    due_then[payment] = np.maximum(room[pledge] - before, 0)
    return due_then


def _pay_by_match(
    books: OpenBooks, pairs: Pairs, free: Flags, wrong: Flags
) -> tuple[float, int, float]:
    """Let payments without a reference pay; return the threshold, the examples, the precision."""
    live = np.flatnonzero(free[pairs.payment] & ~pairs.is_false & (books.room[pairs.pledge] > 0))
    payment, pledge = pairs.payment[live], pairs.pledge[live]
    uses = np.minimum(books.left[payment], books.room[pledge])
    model = Model.of(books, pairs, live, uses)
    odds = model.odds[live]
    seems = evidence.probabilities(odds, payment, pledge, uses, books.room, model.learned.unpaid)
    serious = np.flatnonzero(seems >= LOWEST_SUGGESTED)
    chosen = serious[
        best_assignment(
            payment[serious],
            pledge[serious],
            np.log1p(odds[serious]),
            uses[serious],
            books.room,
        )
    ]
    is_weak = np.isin(pairs.identity[live], WEAK)
    may = (~is_weak & ~wrong[payment] & ~pairs.is_before[live])[chosen]
    sure = model.calibrated(pledge[chosen], seems[chosen], seems)
    mine = chosen[may]
    limit, precision = model.limit(seems[mine], sure[mine])
    next_best, next_sure = _runners_up(payment, pledge, sure, chosen)
    is_sure = may & (sure[chosen] >= limit)
    stated = np.where(is_sure, np.maximum(sure[chosen], precision), sure[chosen])
    books.allocate(
        payment[chosen],
        pledge[chosen],
        **facts(
            np.where(is_sure, "confirmed", "suggested"),
            stated,
            BY_MATCH,
            identity=pairs.identity[live][chosen],
            amount=pairs.amount[live][chosen],
            next_best=next_best,
            next_confidence=next_sure,
        ),
    )
    return limit, model.learned.examples, precision


def _runners_up(payment: Ints, pledge: Ints, sure: Floats, chosen: Ints) -> tuple[Ints, Floats]:
    """Return for each chosen pair the payment's next best pledge, -1 where there is none."""
    is_chosen = np.zeros(len(payment), dtype=bool)
    is_chosen[chosen] = True
    others = np.flatnonzero(~is_chosen)
    others = others[np.argsort(sure[others], kind="stable")]  # the best comes last and stays
    size = int(payment.max()) + 1 if len(payment) else 0
    place = np.full(size, -1)
    place[payment[others]] = others
    found = place[payment[chosen]]
    return np.where(found >= 0, pledge[found], -1), np.where(found >= 0, sure[found], 0.0)


def _pay_by_sum(books: OpenBooks, pairs: Pairs, allowed: Flags) -> None:
    """Let what is left of a payment pay other pledges of the household that it fits to the cent.

    A payment without any allocation may pay two pledges at once; one with a reference may pay a
    second pledge with what the first did not take. What went back of it since does not matter.
    """
    left, room = books.left, books.room
    kept = books.payments["kept"].to_numpy(np.int64)
    came = left + books.payments["captured"].to_numpy(np.int64) - kept
    live = allowed[pairs.payment] & (left[pairs.payment] > 0) & (room[pairs.pledge] > 0)
    live &= np.isin(pairs.identity, WEAK, invert=True)
    frame = pd.DataFrame(
        {
            "payment": pairs.payment[live],
            "pledge": pairs.pledge[live],
            "identity": pairs.identity[live],
        }
    )
    is_used = left < kept
    single = frame[is_used[frame["payment"]] & (came[frame["payment"]] == room[frame["pledge"]])]
    _take_unique(books, single.assign(second=-1))
    two = frame[~is_used[frame["payment"]]]
    two = two.merge(two, on="payment", suffixes=("", "_2"))
    two = two[two["pledge"] < two["pledge_2"]]
    total = books.room[two["pledge"]] + books.room[two["pledge_2"]]
    two = two[came[two["payment"]] == total]
    two = two.assign(
        second=two["pledge_2"], identity=np.minimum(two["identity"], two["identity_2"])
    )
    _take_unique(books, two)


def _take_unique(books: OpenBooks, found: pd.DataFrame) -> None:
    """Keep to what is the only way for the payment and the only one for its pledges."""
    found = found[~found["payment"].duplicated(keep=False)]
    found = found[~found["pledge"].duplicated(keep=False)]
    found = found[(found["second"] < 0) | ~found["second"].duplicated(keep=False)]
    found = found[~found["second"].isin(found["pledge"])]
    identity = found["identity"].to_numpy(np.int8)
    tier = np.where(identity >= _STRONG, "confirmed", "suggested")
    said = facts(
        tier, np.where(identity >= _STRONG, 0.99, 0.8), BY_SUM, identity=identity, amount=c.EXACT
    )
    payment = found["payment"].to_numpy(np.int64)
    books.allocate(payment, found["pledge"].to_numpy(np.int64), **said)
    has_second = (found["second"] >= 0).to_numpy(bool)
    more = {
        key: value[has_second] if isinstance(value, np.ndarray) else value
        for key, value in said.items()
    }
    books.allocate(payment[has_second], found["second"].to_numpy(np.int64)[has_second], **more)
