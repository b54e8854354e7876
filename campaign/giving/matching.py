"""What each payment pays: references first, then everything else as one optimisation.

Who paid and what it pays are weighed apart (`candidates`, `evidence`); here the open books are
closed as far as it is certain. Confirmed is only what is as precise as asked when measured on
payments whose reference was hidden; the rest is suggested, a tie never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from campaign.giving import candidates as c
from campaign.giving import evidence
from campaign.giving.assignment import best_assignment
from campaign.giving.candidates import Codes, Ints
from campaign.giving.evidence import Flags, Floats

WANTED_PRECISION = 0.993  # of what no reference proves
LOWEST_CONFIRMED = 0.95
FALLBACK_CONFIRMED = 0.99  # with few examples the assumption must be surer of itself
ENOUGH_EXAMPLES = 100
LOWEST_SUGGESTED = 0.1
DOUBLE_CLICK_SECONDS = 900
# Never confirmed by themselves: a name is not a person.
_WEAK = (c.NOTHING, c.NAME_ELSEWHERE, c.NEW_NAME, c.NAME_ONLY)
_STRONG = c.CONTACT_HOUSEHOLD

BY_PERSON, BY_REFERENCE, BY_MATCH, BY_SUM = "person", "reference", "match", "sum"


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


@dataclass
class _Books:
    """The open books while they are being closed."""

    payments: pd.DataFrame
    pledges: pd.DataFrame
    left: Ints
    room: Ints
    parts: list[pd.DataFrame] = field(default_factory=list)

    def allocate(self, payment: Ints, pledge: Ints, **facts: object) -> None:
        """Let payments pay pledges, in this order, as far as both have something left."""
        if not len(payment):
            return
        cents = _pour(payment, pledge, self.left, self.room)
        frame = pd.DataFrame({"payment": payment, "pledge": pledge, "cents": cents, **facts})
        np.subtract.at(self.left, payment, cents)
        np.subtract.at(self.room, pledge, cents)
        self.parts.append(frame[frame["cents"] > 0])


def _pour(payment: Ints, pledge: Ints, left: Ints, room: Ints) -> Ints:
    """Return how much each pair takes; a payment stands in one pair here, a pledge in many."""
    wanted = left[payment]
    order = np.argsort(pledge, kind="stable")
    running = np.cumsum(wanted[order])
    starts = np.flatnonzero(np.diff(pledge[order], prepend=-1))
    before_group = np.repeat((running - wanted[order])[starts], np.diff([*starts, len(order)]))
    before = running - wanted[order] - before_group
    cents = np.empty(len(payment), dtype=np.int64)
    cents[order] = np.clip(room[pledge[order]] - before, 0, wanted[order])
    return cents


def match(payments: pd.DataFrame, pledges: pd.DataFrame, decisions: pd.DataFrame) -> Outcome:
    """Return what pays what.

    Payments, in the order they came: ref_key, captured, kept, day, created, email, phone,
    postal_code, first, last, card. Pledges: ref_key, open, whole, instalments, pledged_day,
    due_day (-1: none), email, phone, postal_code, first, last, person. Decisions: payment, pledge
    (-1: none), verdict.
    """
    books = _Books(
        payments, pledges, payments["kept"].to_numpy(np.int64), pledges["open"].to_numpy(np.int64)
    )
    books.left, books.room = books.left.copy(), books.room.copy()
    if pledges.empty:
        return _nothing_to_pay(payments, books.left)
    is_settled = _keep_decisions(books, decisions)
    double = double_clicks(payments)
    named = _named_pledge(payments, pledges)
    pairs = _Pairs.of(payments, pledges, named, decisions)
    wrong = _wrong_references(payments, named, pairs) & ~is_settled
    by_reference = (named >= 0) & ~wrong & ~is_settled & (books.left > 0)
    is_doubtful = double | _doubtful_references(payments, pledges, named, pairs)
    due_then = _pay_references(books, named, by_reference, is_doubtful)
    pairs.set_due(books, named, by_reference, due_then)
    free = ~by_reference & ~is_settled & (books.left > 0) & ~double
    limit, examples, precision = _pay_by_match(books, pairs, free, wrong)
    _pay_by_sum(books, pairs, by_reference | free)
    parts = books.parts or [no_allocations()]
    allocations = pd.concat(parts, ignore_index=True).sort_values(["payment", "pledge"])
    has_ref = (payments["ref_key"] != "").to_numpy(bool)
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


def _nothing_to_pay(payments: pd.DataFrame, left: Ints) -> Outcome:
    none = np.zeros(len(payments), dtype=bool)
    has_ref = (payments["ref_key"] != "").to_numpy(bool)
    return Outcome(no_allocations(), left, has_ref, none, none, none, 1.0, 0, 0.0)


def no_allocations() -> pd.DataFrame:
    """Return a table of allocations without a row."""
    columns = ["payment", "pledge", "cents", "confidence", "identity", "amount", "next_best"]
    frame = pd.DataFrame({name: np.zeros(0, dtype=np.int64) for name in columns})
    return frame.assign(tier="", how="", next_confidence=0.0)


def _keep_decisions(books: _Books, decisions: pd.DataFrame) -> Flags:
    """Let people's decisions stand; return the payments that they settle."""
    settled = np.zeros(len(books.payments), dtype=bool)
    pays = decisions[decisions["verdict"] == "pays"]
    for row in pays.itertuples(index=False):  # few: made by hand, and one payment may pay several
        books.allocate(
            np.array([row.payment]),
            np.array([row.pledge]),
            **_facts("confirmed", 1.0, BY_PERSON),
        )
    settled[pays["payment"].to_numpy(np.int64)] = True
    is_gift = decisions["verdict"].isin(["gift", "not_campaign"])
    settled[decisions.loc[is_gift, "payment"].to_numpy(np.int64)] = True
    return settled


def _facts(tier: object, confidence: object, how: str, **more: object) -> dict[str, object]:
    none = {"identity": -1, "amount": -1, "next_best": -1, "next_confidence": 0.0}
    return {"tier": tier, "confidence": confidence, "how": how, **none, **more}


def double_clicks(payments: pd.DataFrame) -> Flags:
    """Return which payments repeat one of the same payer and amount within a quarter of an hour."""
    who = c.hashes(payments["card"])
    for name in ("email", "phone"):
        who = np.where(who == 0, c.hashes(payments[name]), who)
    frame = pd.DataFrame(
        {
            "who": who,
            "cents": payments["captured"].to_numpy(),
            "at": payments["created"].to_numpy(),
            "counts": (payments["kept"] > 0).to_numpy() & (who != 0),
        }
    )
    frame = frame[frame["counts"]].sort_values(["who", "cents", "at"], kind="stable")
    same = (frame[["who", "cents"]] == frame[["who", "cents"]].shift()).all(axis=1)
    soon = frame["at"].diff() <= DOUBLE_CLICK_SECONDS
    flags = np.zeros(len(payments), dtype=bool)
    flags[frame.index[same & soon]] = True
    return flags


def _named_pledge(payments: pd.DataFrame, pledges: pd.DataFrame) -> Ints:
    """Return the pledge that each payment's reference names; -1 where none."""
    place = pd.Series(np.arange(len(pledges)), index=pledges["ref_key"].to_numpy())
    place = place[~place.index.duplicated(keep="first")]
    return np.asarray(
        payments["ref_key"].map(place).fillna(-1).to_numpy(np.float64), dtype=np.int64
    )


@dataclass
class _Pairs:
    """Every pair of a payment and a pledge that is worth a look."""

    payment: Ints
    pledge: Ints
    identity: Codes
    time: Codes
    due: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    amount: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    is_true: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))
    is_false: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))

    @classmethod
    def of(
        cls, payments: pd.DataFrame, pledges: pd.DataFrame, named: Ints, decisions: pd.DataFrame
    ) -> _Pairs:
        """Look for pairs by contact, name, place and card; a payment before its pledge is none."""
        ours, theirs = c.People.of(payments), c.People.of(pledges)
        linked = _linked_by_card(payments, pledges, named)
        payment, pledge = c.pairs(ours, theirs, linked)
        day = payments["day"].to_numpy(np.int64)
        pledged = pledges["pledged_day"].to_numpy(np.int64)
        width = np.int64(len(pledges) or 1)
        code = payment * width + pledge
        refused = decisions[decisions["verdict"] == "not"]
        banned = refused["payment"].to_numpy(np.int64) * width + refused["pledge"].to_numpy(
            np.int64
        )
        keep = (day[payment] >= pledged[pledge] + c.EARLIEST_DAY) & ~np.isin(code, banned)
        payment, pledge, code = payment[keep], pledge[keep], code[keep]
        by_card = np.isin(code, linked[0] * width + linked[1])
        due_day = pledges["due_day"].to_numpy(np.int64)
        parts = pledges["instalments"].to_numpy(np.int64)
        time = c.time_class(day[payment], pledged[pledge], due_day[pledge], parts[pledge])
        found = c.identity(ours, theirs, payment, pledge, by_card)
        some = found != c.NOTHING
        return cls(payment[some], pledge[some], found[some], time[some])

    def best_identity(self, count: int) -> Codes:
        """Return for each payment how well its best pair agrees."""
        best = np.zeros(count, dtype=np.int8)
        np.maximum.at(best, self.payment, self.identity)
        return best

    def named_identity(self, named: Ints) -> Codes:
        """Return for each payment how well its payer agrees with the pledge that it names."""
        found = np.zeros(len(named), dtype=np.int8)
        own = named[self.payment] == self.pledge
        found[self.payment[own]] = self.identity[own]
        return found

    def set_due(self, books: _Books, named: Ints, by_reference: Flags, due_then: Ints) -> None:
        """Say what was due in each pair, and which pairs are known to be true or false."""
        is_named = by_reference[self.payment]
        self.is_true = is_named & (named[self.payment] == self.pledge)
        whole = books.pledges["whole"].to_numpy(np.int64)
        room = books.room
        is_decoy = ~is_named & (room[self.pledge] == 0)
        self.is_false = (is_named & ~self.is_true) | is_decoy
        due = np.where(is_named | is_decoy, whole[self.pledge], room[self.pledge])
        self.due = np.where(self.is_true, due_then[self.payment], due)
        self.amount = c.amount_class(
            books.payments["captured"].to_numpy(np.int64)[self.payment],
            np.maximum(self.due, 1),
            whole[self.pledge],
            books.pledges["instalments"].to_numpy(np.int64)[self.pledge],
        )


def _linked_by_card(
    payments: pd.DataFrame, pledges: pd.DataFrame, named: Ints
) -> tuple[Ints, Ints]:
    """Return pairs known by the card: it paid, with a reference, a pledge of the same person."""
    card = c.hashes(payments["card"])
    with_ref = np.flatnonzero((named >= 0) & (card != 0))
    payment, place = c.join(card, card[with_ref], 40)
    other = with_ref[place]
    payment, other = payment[payment != other], other[payment != other]
    person = pledges["person"].to_numpy(np.int64).astype(np.uint64) + np.uint64(1)
    index, pledge = c.join(person[named[other]], person, 20)
    return payment[index], pledge


def _wrong_references(payments: pd.DataFrame, named: Ints, pairs: _Pairs) -> Flags:
    """Return payments whose reference names a stranger's pledge while the payer has their own."""
    strangers = (c.NOTHING, c.NAME_ELSEWHERE, c.NEW_NAME)
    is_stranger = np.isin(pairs.named_identity(named), strangers)
    has_own = pairs.best_identity(len(payments)) >= c.NAME_AND_PLACE
    return np.asarray((named >= 0) & is_stranger & has_own, dtype=bool)


def _doubtful_references(
    payments: pd.DataFrame, pledges: pd.DataFrame, named: Ints, pairs: _Pairs
) -> Flags:
    """Return payments whose reference names a pledge that neither payer nor amount fits."""
    fits = np.isin(
        c.amount_class(
            payments["captured"].to_numpy(np.int64),
            np.maximum(pledges["open"].to_numpy(np.int64)[named], 1),
            pledges["whole"].to_numpy(np.int64)[named],
            pledges["instalments"].to_numpy(np.int64)[named],
        ),
        (c.EXACT, c.INSTALMENT, c.INSTALMENTS, c.WITH_FEE, c.ROUNDED),
    )
    is_nobody = pairs.named_identity(named) == c.NOTHING
    return np.asarray((named >= 0) & is_nobody & ~fits, dtype=bool)


def _pay_references(books: _Books, named: Ints, by_reference: Flags, doubtful: Flags) -> Ints:
    """Let references pay, in the order the payments came; return what was due at each."""
    payment = np.flatnonzero(by_reference)
    pledge = named[payment]
    kept = books.left[payment].copy()
    room = books.room.copy()
    tier = np.where(doubtful[payment], "suggested", "confirmed")
    confidence = np.where(doubtful[payment], 0.5, 0.999)
    books.allocate(payment, pledge, **_facts(tier, confidence, BY_REFERENCE))
    due_then = np.zeros(len(books.payments), dtype=np.int64)
    before = pd.Series(kept).groupby(pledge).cumsum().to_numpy(np.int64) - kept
    due_then[payment] = np.maximum(room[pledge] - before, 0)
    return due_then


def _pay_by_match(
    books: _Books, pairs: _Pairs, free: Flags, wrong: Flags
) -> tuple[float, int, float]:
    """Let payments without a reference pay; return the threshold, the examples, the precision."""
    learned = evidence.learn(
        pairs.identity, pairs.amount, pairs.time, pairs.is_true, pairs.is_false
    )
    weights = learned.weigh(pairs.identity, pairs.amount, pairs.time)
    live = np.flatnonzero(free[pairs.payment] & ~pairs.is_false & (books.room[pairs.pledge] > 0))
    payment, pledge = pairs.payment[live], pairs.pledge[live]
    uses = np.minimum(books.left[payment], books.room[pledge])
    share = evidence.share_true(weights[live])
    odds = evidence.odds(weights[live], share)
    sure = evidence.probabilities(odds, payment, pledge, uses, books.room)
    serious = np.flatnonzero(sure >= LOWEST_SUGGESTED)
    chosen = serious[
        best_assignment(
            payment[serious],
            pledge[serious],
            np.log1p(odds[serious]),
            uses[serious],
            books.room,
        )
    ]
    may = ~np.isin(pairs.identity[live], _WEAK) & ~wrong[payment]
    if learned.examples >= ENOUGH_EXAMPLES:
        paying = float(sure[chosen].sum())
        measured = _calibrate(books, pairs, evidence.odds(weights, share), paying)
        sure = measured.apply(sure)
        limit = evidence.lowest_confirmed(
            sure[chosen][may[chosen]], WANTED_PRECISION, LOWEST_CONFIRMED
        )
    else:
        limit = FALLBACK_CONFIRMED
    next_best, next_sure = _runners_up(payment, pledge, sure, chosen)
    identity = pairs.identity[live][chosen]
    is_sure = (sure[chosen] >= limit) & may[chosen]
    precision = float(sure[chosen][is_sure].mean()) if is_sure.any() else 0.0
    books.allocate(
        payment[chosen],
        pledge[chosen],
        **_facts(
            np.where(is_sure, "confirmed", "suggested"),
            sure[chosen],
            BY_MATCH,
            identity=identity,
            amount=pairs.amount[live][chosen],
            next_best=next_best,
            next_confidence=next_sure,
        ),
    )
    return limit, learned.examples, precision


def _calibrate(books: _Books, pairs: _Pairs, odds: Floats, paying: float) -> evidence.Calibration:
    """Match again with the references hidden; return how precise each probability proved.

    Payments with a reference stand for the payments that are expected to pay without one. Each
    pledge that references settled is a decoy, and stands for the pledges that nobody paid.
    """
    is_named = np.zeros(len(books.payments), dtype=bool)
    is_named[pairs.payment[pairs.is_true]] = True
    is_settled = np.zeros(len(books.pledges), dtype=bool)
    is_settled[pairs.pledge[pairs.is_true]] = True
    unpaid = max(int((books.room > 0).sum()) - paying, 0.0)
    labelled = _hidden_run(books, pairs, odds, is_named[pairs.payment])
    decoys = _hidden_run(books, pairs, odds, pairs.is_false & ~is_named[pairs.payment])
    sure = np.concatenate([labelled[0], decoys[0]])
    right = np.concatenate([labelled[1], decoys[1]])
    weight = np.repeat(
        [paying / max(int(is_named.sum()), 1), unpaid / max(int(is_settled.sum()), 1)],
        [len(labelled[0]), len(decoys[0])],
    )
    return evidence.calibrate(sure[weight > 0], right[weight > 0], weight[weight > 0])


def _hidden_run(books: _Books, pairs: _Pairs, odds: Floats, which: Flags) -> tuple[Floats, Flags]:
    """Return for the best pair of each payment how sure it seems, and whether it is right."""
    payment, pledge = pairs.payment[which], pairs.pledge[which]
    uses = np.minimum(books.payments["kept"].to_numpy(np.int64)[payment], pairs.due[which])
    room = books.pledges["open"].to_numpy(np.int64)
    sure = evidence.probabilities(odds[which], payment, pledge, uses, room)
    best = _is_best(payment, sure) & ~np.isin(pairs.identity[which], _WEAK)
    return sure[best], pairs.is_true[which][best]


def _is_best(payment: Ints, sure: Floats) -> Flags:
    best = np.zeros(int(payment.max()) + 1 if len(payment) else 0)
    np.maximum.at(best, payment, sure)
    return np.asarray(sure >= best[payment], dtype=bool)


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


def _pay_by_sum(books: _Books, pairs: _Pairs, allowed: Flags) -> None:
    """Let what is left of a payment pay other pledges of the household that it fits to the cent.

    A payment without any allocation may pay two pledges at once; one with a reference may pay a
    second pledge with what the first did not take.
    """
    left, room = books.left, books.room
    live = allowed[pairs.payment] & (left[pairs.payment] > 0) & (room[pairs.pledge] > 0)
    live &= np.isin(pairs.identity, _WEAK, invert=True)
    frame = pd.DataFrame(
        {
            "payment": pairs.payment[live],
            "pledge": pairs.pledge[live],
            "identity": pairs.identity[live],
        }
    )
    is_used = left < books.payments["kept"].to_numpy(np.int64)
    single = frame[is_used[frame["payment"]] & (left[frame["payment"]] == room[frame["pledge"]])]
    _take_unique(books, single.assign(second=-1))
    two = frame[~is_used[frame["payment"]]]
    two = two.merge(two, on="payment", suffixes=("", "_2"))
    two = two[two["pledge"] < two["pledge_2"]]
    total = books.room[two["pledge"]] + books.room[two["pledge_2"]]
    two = two[books.left[two["payment"]] == total]
    two = two.assign(
        second=two["pledge_2"], identity=np.minimum(two["identity"], two["identity_2"])
    )
    _take_unique(books, two)


def _take_unique(books: _Books, found: pd.DataFrame) -> None:
    """Keep to what is the only way for the payment and the only one for its pledges."""
    found = found[~found["payment"].duplicated(keep=False)]
    found = found[~found["pledge"].duplicated(keep=False)]
    found = found[(found["second"] < 0) | ~found["second"].duplicated(keep=False)]
    found = found[~found["second"].isin(found["pledge"])]
    identity = found["identity"].to_numpy(np.int8)
    tier = np.where(identity >= _STRONG, "confirmed", "suggested")
    facts = _facts(
        tier, np.where(identity >= _STRONG, 0.99, 0.8), BY_SUM, identity=identity, amount=c.EXACT
    )
    payment = found["payment"].to_numpy(np.int64)
    books.allocate(payment, found["pledge"].to_numpy(np.int64), **facts)
    has_second = (found["second"] >= 0).to_numpy(bool)
    more = {
        key: value[has_second] if isinstance(value, np.ndarray) else value
        for key, value in facts.items()
    }
    books.allocate(payment[has_second], found["second"].to_numpy(np.int64)[has_second], **more)
