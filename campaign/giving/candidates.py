"""Which pledges a payment may be for: pairs of a payment and a pledge, and how far they agree.

Everything is columns of whole numbers: texts become numbers once, so that a million payments and a
million pledges are joined in seconds. What the agreement is worth is decided in `matching`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from campaign.giving import payers

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]

# How far payer and pledger agree, from nothing to the best.
IDENTITIES = (
    "nothing agrees",
    "the full name agrees, the postcode differs",
    "first name and postcode agree, the family name differs",
    "family name and postcode agree (same household)",
    "the full name agrees, no postcode to compare",
    "e-mail, phone or card agrees, the name differs",
    "e-mail, phone or card and family name agree (same household)",
    "full name and postcode agree",
    "e-mail, phone or card agrees, no full name to compare",
    "e-mail, phone or card and full name agree",
)
NOTHING, NAME_ELSEWHERE, NEW_NAME, HOUSEHOLD, NAME_ONLY = 0, 1, 2, 3, 4
CONTACT_ONLY, CONTACT_HOUSEHOLD, NAME_AND_PLACE, CONTACT, CONTACT_AND_NAME = 5, 6, 7, 8, 9

AMOUNTS = (
    "the amount is what is open",
    "the amount is one instalment",
    "the amount is several instalments",
    "the amount is what is due plus the card fee",
    "the amount is what is due, rounded",
    "the amount is a plain fraction of what is open",
    "the amount is a part of what is open",
    "the amount is more than what is open",
)
EXACT, INSTALMENT, INSTALMENTS, WITH_FEE, ROUNDED, FRACTION, PART, OVER = range(8)

# A key that so many pledges share says too little to join on.
_MOST_PLEDGES = {"contact": 60, "household": 40, "first_place": 12, "name": 12}
_RARITY_COUNTS = (-1.5, 3.0)  # so far and no further: shares are estimates
EARLIEST_DAY = -1  # a payment may be stamped a day before its pledge, across time zones
TYPED_LATE = -7  # a pledge may be typed days after the call, when its payment is already there


@dataclass(frozen=True, slots=True)
class People:
    """Who paid, or who promised: one row a payment or pledge, texts as numbers, 0 where unknown.

    The numbers of payers and of pledgers are the same for the same text.
    """

    email: Ints
    phone: Ints
    postal: Ints
    first: Ints
    last: Ints


@dataclass(frozen=True, slots=True)
class Crowd:
    """Payers and pledgers, with the names that their numbers stand for."""

    payers: People
    pledgers: People
    first_names: list[str]
    last_names: list[str]

    @classmethod
    def of(cls, payments: pd.DataFrame, pledges: pd.DataFrame) -> Crowd:
        """Read clean columns: email, phone, postal_code, first, last."""
        sides = [frame.assign(email=payers.email_keys(frame["email"])) for frame in
                 (payments, pledges)]  # fmt: skip
        ours: list[Ints] = []
        theirs: list[Ints] = []
        names: list[list[str]] = []
        for column in ("email", "phone", "postal_code", "first", "last"):
            (one, other), texts = numbers(*(side[column] for side in sides))
            ours.append(one)
            theirs.append(other)
            names.append(texts.to_pylist() if column in ("first", "last") else [])
        return cls(People(*ours), People(*theirs), names[3], names[4])


def numbers(*columns: pd.Series) -> tuple[list[Ints], pa.Array]:
    """Return each column as numbers, equal for equal texts, 0 for a missing or blank one.

    Number n stands for the n-th of the texts that come back, counted from 1.
    """
    parts = [pc.fill_null(pa.array(column, pa.string()), "") for column in columns]
    whole = pa.concat_arrays(
        [part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part for part in parts]
    )
    encoded = whole.dictionary_encode()
    found = encoded.indices.to_numpy().astype(np.int64) + 1
    blank = encoded.dictionary.index("").as_py()
    found[found == blank + 1] = 0
    return np.split(found, np.cumsum([len(part) for part in parts])[:-1]), encoded.dictionary


def both(one: Ints, other: Ints) -> Ints:
    """Return a number of two numbers; 0 where either is unknown."""
    return np.where((one == 0) | (other == 0), 0, (one << 32) + other)


def join(left: Ints, right: Ints, most: int) -> tuple[Ints, Ints]:
    """Return the places of equal known keys; keys that are too common on the right are left out."""
    known = np.flatnonzero(right)
    order = known[np.argsort(right[known], kind="stable")]
    sorted_keys = right[order]
    starts = np.flatnonzero(np.diff(sorted_keys, prepend=0))
    sizes = np.diff(starts, append=len(order))
    is_rare = np.repeat(sizes <= most, sizes)
    order, sorted_keys = order[is_rare], sorted_keys[is_rare]
    asked = np.flatnonzero(left)
    start = np.searchsorted(sorted_keys, left[asked], "left")
    stop = np.searchsorted(sorted_keys, left[asked], "right")
    found = stop - start
    offsets = np.repeat(start - np.concatenate(([0], np.cumsum(found)[:-1])), found)
    places = offsets + np.arange(found.sum())
    return np.repeat(asked, found), order[places]


def pairs(crowd: Crowd, linked: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Return every pair worth a look, once: (payment, pledge); `linked` are pairs known by card."""
    found = [linked, *_joins(crowd.payers, crowd.pledgers)]
    payment = np.concatenate([pair[0] for pair in found])
    pledge = np.concatenate([pair[1] for pair in found])
    width = np.int64(len(crowd.pledgers.email) or 1)
    keys = payment * width + pledge
    keys.sort()
    keys = keys[np.diff(keys, prepend=-1) > 0]
    return keys // width, keys % width


def _joins(ours: People, theirs: People) -> Iterator[tuple[Ints, Ints]]:
    yield join(ours.email, theirs.email, _MOST_PLEDGES["contact"])
    yield join(ours.phone, theirs.phone, _MOST_PLEDGES["contact"])
    for one, two, most in (
        ("last", "postal", "household"),
        ("first", "postal", "first_place"),
        ("first", "last", "name"),
    ):
        left = both(getattr(ours, one), getattr(ours, two))
        right = both(getattr(theirs, one), getattr(theirs, two))
        yield join(left, right, _MOST_PLEDGES[most])


def identity(crowd: Crowd, payment: Ints, pledge: Ints, by_card: npt.NDArray[np.bool_]) -> Codes:
    """Return for each pair how far payer and pledger agree (the places of IDENTITIES)."""
    ours, theirs = crowd.payers, crowd.pledgers

    def same(left: Ints, right: Ints) -> npt.NDArray[np.bool_]:
        return np.asarray((left[payment] == right[pledge]) & (left[payment] != 0), dtype=bool)

    contact = same(ours.email, theirs.email) | same(ours.phone, theirs.phone) | by_card
    place = same(ours.postal, theirs.postal)
    place_unknown = (ours.postal[payment] == 0) | (theirs.postal[pledge] == 0)
    first = _compare(
        ours.first[payment], theirs.first[pledge], crowd.first_names, payers.first_names_agree
    )
    last = _compare(
        ours.last[payment], theirs.last[pledge], crowd.last_names, payers.last_names_agree
    ).astype(bool)
    last_unknown = (ours.last[payment] == 0) | (theirs.last[pledge] == 0)
    agrees, differs = first == payers.FIRST_AGREES, first == payers.FIRST_DIFFERS
    full = agrees & last
    return np.select(
        [
            contact & full,
            contact & (last_unknown | (last & ~differs)),
            contact & last,
            full & place,
            contact,
            full & place_unknown,
            last & place,
            agrees & place,
            full,
        ],
        [
            CONTACT_AND_NAME,
            CONTACT,
            CONTACT_HOUSEHOLD,
            NAME_AND_PLACE,
            CONTACT_ONLY,
            NAME_ONLY,
            HOUSEHOLD,
            NEW_NAME,
            NAME_ELSEWHERE,
        ],
        NOTHING,
    ).astype(np.int8)


def _compare(ours: Ints, theirs: Ints, names: list[str], rule: Callable[[str, str], int]) -> Codes:
    """Apply a rule once to each distinct pair: a million pairs hold few distinct names."""
    distinct, where = np.unique((ours << 32) + theirs, return_inverse=True)
    texts = ["", *names]
    values = [rule(texts[code >> 32], texts[code & 0xFFFFFFFF]) for code in distinct.tolist()]
    return np.array(values, dtype=np.int8)[where] if len(values) else np.zeros(0, dtype=np.int8)


def amount_class(paid: Ints, due: Ints, whole: Ints, instalments: Ints) -> Codes:
    """Return how what was paid fits what is due (the places of AMOUNTS).

    `due` is what is open, `whole` the pledge, which a donor may pay in full whatever came before.
    """
    part = np.maximum(whole // instalments, 1)
    several = instalments > 1
    multiple = np.rint(paid / part).astype(np.int64)
    on_parts = several & (np.abs(paid - multiple * part) <= multiple) & (multiple >= 1)
    is_one = on_parts & (multiple == 1)
    is_several = on_parts & (multiple > 1) & (paid <= due)
    fraction = np.zeros(len(paid), dtype=bool)
    for divisor in (2, 3, 4):
        fraction |= np.abs(paid * divisor - due) <= divisor
    return np.select(
        [
            paid == due,
            is_one,
            is_several,
            _has_fee(paid, due) | (several & _has_fee(paid, part)),
            _is_rounded(paid, due) | (several & _is_rounded(paid, part)),
            fraction,
            paid < due,
        ],
        [EXACT, INSTALMENT, INSTALMENTS, WITH_FEE, ROUNDED, FRACTION, PART],
        OVER,
    ).astype(np.int8)


def _has_fee(paid: Ints, due: Ints) -> npt.NDArray[np.bool_]:
    """Whether the payer added about what a card costs: 1.5 to 4.5 percent, and a little more."""
    extra = paid - due
    return (extra > due * 15 // 1000) & (extra <= due * 45 // 1000 + 60) & (due > 0)


def _is_rounded(paid: Ints, due: Ints) -> npt.NDArray[np.bool_]:
    slack = np.minimum(due // 20, 500)
    is_near = (np.abs(paid - due) <= slack) & (paid % 100 == 0) & (due > 0) & (paid != due)
    return np.asarray(is_near, dtype=bool)


def rarity(paid: Ints) -> npt.NDArray[np.float64]:
    """Return for each payment how much rarer its amount is than the usual one (a logarithm).

    That a gift of 137 dollars equals a pledge by chance is unlikelier than one of 100 dollars.
    """
    if not len(paid):
        return np.zeros(0)
    _, which, counts = np.unique(paid, return_inverse=True, return_counts=True)
    share = counts / len(paid)
    rare = np.clip(np.log((share**2).sum() / share), *_RARITY_COUNTS)
    return np.asarray(rare[which], dtype=np.float64)


# Bins of when it was paid, in three families: a pledge with a due day (days after the pledge, about
# the due day or not), one without (days after the pledge), one in instalments (days off schedule).
_DAYS_AFTER = (EARLIEST_DAY, 2, 4, 7, 11, 16, 22, 32, 46, 61, 91, 151)
_DAYS_OFF = (1, 2, 3, 4, 5, 7, 9, 11, 13)
_ABOUT_DUE = (-5, 4)
BY_DUE_DAY, BY_PLEDGE_DAY, BY_SCHEDULE = 0, 26, 39
TIMES = 51


def time_class(day: Ints, pledged: Ints, due: Ints, instalments: Ints) -> Codes:
    """Return a bin of when it was paid: against the due day, the pledge's day, or the schedule."""
    found = np.empty(len(day), dtype=np.int8)
    several = instalments > 1
    # Kind by kind: with a million payments each whole column counts.
    at = np.flatnonzero(~several)
    after = np.searchsorted(_DAYS_AFTER, day[at] - pledged[at], "right")
    off = day[at] - due[at]
    is_due = (off >= _ABOUT_DUE[0]) & (off < _ABOUT_DUE[1])
    found[at] = np.where(due[at] >= 0, BY_DUE_DAY + after + 13 * is_due, BY_PLEDGE_DAY + after)
    at = np.flatnonzero(several)
    first_due = np.where(due[at] >= 0, due[at], pledged[at] + 30)
    month = np.rint((day[at] - first_due) / 30.44)
    off_schedule = np.abs(day[at] - first_due - month * 30.44)
    outside = (month < -1) | (month > instalments[at] + 2)
    scheduled = np.searchsorted(_DAYS_OFF, off_schedule, "right")
    found[at] = BY_SCHEDULE + np.where(outside, 11, scheduled)
    return found
