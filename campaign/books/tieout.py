"""The thirteen invariants: each is held, broken (with its rows) or not provable (with the reason).

Whole minor units; several currencies are proven apart and reported together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Literal

import numpy as np
import pandas as pd

from campaign.books.ledger import NOT_REFUNDED, Books, refunds_differ
from campaign.books.payouts import BankTie, can_be_opened, contents_net
from campaign.days import short_day
from campaign.money import format_minor

Status = Literal["held", "broken", "not_provable"]

NAMES = {
    1: "net = amount - fee on each ledger row",
    2: "opening + activity + payouts = closing",
    3: "closing = available + pending",
    4: "a payout is the sum of its rows",
    5: "each settled row is in one payout or unsettled",
    6: "payout = bank line, one to one",
    7: "refunds = amount refunded, at most what was captured",
    8: "a lost dispute takes its amount, a won one nothing",
    9: "pledged = paid + written off + open",
    10: "allocations + unallocated + returned = succeeded charges",
    11: "matched + exceptions = all rows",
    12: "our totals = Stripe's own report",
    13: "the same input gives the same output",
}


@dataclass(frozen=True, slots=True)
class Invariant:
    """What one of them came to."""

    number: int
    status: Status
    detail: str
    rows: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it says."""
        return NAMES[self.number]


@dataclass(frozen=True, slots=True)
class Payments:
    """The payments of the period with what became of their money, and the pledges' sums."""

    charged: int
    returned: int
    allocated: int
    unallocated: int
    over_allocated: tuple[str, ...]
    pledged: int
    paid: int
    written_off: int
    open: int
    overpaid_pledges: tuple[str, ...]
    rows: int
    matched_rows: int
    exception_rows: int
    unmatched_rows: int


def stripe_invariants(books: Books, tie: BankTie) -> list[Invariant]:
    """Return what Stripe's records and the bank's prove: numbers 1 to 8 and 12."""
    rules: list[Callable[[], Invariant]] = [
        lambda: _nets(books),
        lambda: _roll_forward(books),
        lambda: _closing(books),
        lambda: _compositions(books),
        lambda: _settled_once(books),
        lambda: _bank(books, tie),
        lambda: _refunds(books),
        lambda: _disputes(books),
        lambda: _stripe_report(books),
    ]
    return [rule() for rule in rules]


def payment_invariants(payments: Mapping[str, Payments]) -> list[Invariant]:
    """Return what our own sums prove in each currency: numbers 9 to 11."""
    proofs = [_payment_proofs(sums) for sums in payments.values()]
    if len(proofs) == 1:
        return proofs[0]
    return [
        _verdict(
            same[0].number,
            all(proof.status == "held" for proof in same),
            "; ".join(f"{code}: {p.detail}" for code, p in zip(payments, same, strict=True)),
            (row for proof in same for row in proof.rows),
        )
        for same in zip(*proofs, strict=True)
    ]


def _payment_proofs(p: Payments) -> list[Invariant]:
    nine = p.pledged - p.paid - p.written_off - p.open
    ten = p.charged - p.allocated - p.unallocated - p.returned
    eleven = p.rows - p.matched_rows - p.exception_rows - p.unmatched_rows
    return [
        _verdict(
            9,
            nine == 0 and not p.overpaid_pledges,
            f"{p.pledged} = {p.paid} + {p.written_off} + {p.open}",
            p.overpaid_pledges,
        ),
        _verdict(
            10,
            ten == 0 and not p.over_allocated,
            f"{p.allocated} + {p.unallocated} + {p.returned} = {p.charged}",
            p.over_allocated,
        ),
        _verdict(
            11,
            eleven == 0,
            f"{p.matched_rows} matched + {p.exception_rows} with an exception + "
            f"{p.unmatched_rows} ordinary = {p.rows} rows",
        ),
    ]


def determinism(outputs: list[str]) -> Invariant:
    """Return number 13 from the output hashes that this input has given so far."""
    if len(outputs) < 2:
        return Invariant(13, "not_provable", "matched once so far; --again matches it anew")
    is_held = len(set(outputs)) == 1
    return _verdict(13, is_held, f"{len(outputs)} outputs of this input compared")


def _verdict(number: int, is_held: bool, detail: str, rows: Iterable[object] = ()) -> Invariant:
    names = tuple(str(row) for row in islice(rows, 50)) if not is_held else ()
    return Invariant(number, "held" if is_held else "broken", detail, names)


def _nets(books: Books) -> Invariant:
    rows = books.in_period(books.ledger)
    wrong = rows[rows["net"] != rows["cents"] - rows["fee"]]
    return _verdict(1, wrong.empty, f"{len(rows)} rows, {len(wrong)} wrong", wrong["id"])


def _roll_forward(books: Books) -> Invariant:
    if books.balances.empty or not books.balances["is_from_the_start"].all():
        return Invariant(2, "not_provable", "no balance of Stripe's is known yet; run books sync")
    parts, wrong = [], []
    for currency, held in _held(books):
        ledger = books.ledger[books.ledger["currency"] == currency]
        opening = _net(ledger, ledger["day"] < books.first_day)
        inside = books.in_period(ledger)
        is_payout = inside["category"].isin(("payout", "payout_reversal"))
        activity, payouts = _net(inside, ~is_payout), _net(inside, is_payout)
        closing = held - _net(ledger, ledger["day"] > books.last_day)
        parts.append(f"{currency}: {opening} + {activity} + {payouts} = {closing}")
        if opening + activity + payouts != closing:
            wrong.append(f"{currency}: {closing - opening - activity - payouts} unexplained")
    return _verdict(2, not wrong, "; ".join(parts), wrong)


def _closing(books: Books) -> Invariant:
    if books.balances.empty:
        return Invariant(3, "not_provable", "no balance of Stripe's is known yet; run books sync")
    parts, wrong = [], []
    for currency, held in _held(books):
        total = _net(books.ledger, books.ledger["currency"] == currency)
        parts.append(f"{currency}: {total} = {held}")
        if total != held:
            wrong.append(currency)
    return _verdict(3, not wrong, "; ".join(parts) + " (as of the last sync)", wrong)


def _held(books: Books) -> list[tuple[str, int]]:
    """Return what Stripe said that it holds, available and pending, by currency."""
    balances = books.balances
    total = (balances["available"] + balances["pending"]).tolist()
    return list(zip(balances["currency"].tolist(), total, strict=True))


def _net(ledger: pd.DataFrame, which: pd.Series) -> int:
    return int(ledger.loc[which, "net"].sum())


def _compositions(books: Books) -> Invariant:
    payouts = books.in_period(books.payouts)
    openable = can_be_opened(payouts)
    sums = contents_net(books)
    known = payouts[openable & payouts["id"].isin(sums.index)]
    wrong = known[known["cents"] != known["id"].map(sums)]
    missing = payouts[openable & ~payouts["id"].isin(sums.index)]
    closed = int((~openable).sum())
    detail = f"{len(known) - len(wrong)} of {len(payouts)} payouts tie"
    if len(wrong):
        return _verdict(4, is_held=False, detail=detail, rows=wrong["id"])
    if closed or len(missing):
        more = f"; {closed} manual, instant or unfinished and {len(missing)} unopened are not shown"
        return Invariant(4, "not_provable", detail + more)
    return _verdict(4, is_held=True, detail=detail)


def _settled_once(books: Books) -> Invariant:
    """Rows in no payout are what Stripe still holds; a row in two payouts is wrong."""
    counts = books.contents.groupby("row")["payout_id"].nunique()
    twice = counts[counts > 1]
    if len(twice):
        return _verdict(5, is_held=False, detail=f"{len(twice)} rows in two", rows=twice.index)
    if not can_be_opened(books.payouts).all():
        return Invariant(5, "not_provable", "a manual, instant or unfinished payout hides its rows")
    if len(contents_net(books)) < len(books.payouts):
        return Invariant(5, "not_provable", "a payout was not opened yet; run books sync")
    inside = books.ledger["id"].isin(books.contents["row"])
    is_own = (books.ledger["category"] == "payout") & books.ledger["source"].isin(
        books.payouts["id"]
    )
    unsettled = books.ledger[~inside & ~is_own]
    paid_out = int(books.ledger.loc[inside | is_own, "net"].sum())
    detail = (
        f"{int(inside.sum())} rows in payouts, {len(unsettled)} unsettled "
        f"({int(unsettled['net'].sum())})"
    )
    return _verdict(5, paid_out == 0, detail)


def _bank(books: Books, tie: BankTie) -> Invariant:
    if books.bank.empty:
        return Invariant(6, "not_provable", "no bank statement was brought in; run books bank")
    is_held = not (tie.missing or tie.doubled or tie.unknown)
    lines = (_line(books, place) for place in (*tie.doubled, *tie.unknown))
    detail = (
        f"{len(tie.lines_of)} payouts in the bank, {len(tie.in_transit)} on the way, "
        f"{len(tie.missing)} missing, {len(tie.doubled)} lines doubled, {len(tie.unknown)} unknown"
    )
    if shared := tie.shared:
        detail += f"; {len(shared)} lines are the sum of one day's payouts"
    return _verdict(6, is_held, detail, (*tie.missing, *islice(lines, 50)))


def _line(books: Books, place: int) -> str:
    """Return how a treasurer finds a line on the statement."""
    line = books.bank.iloc[place]
    day = short_day(date.fromordinal(int(line["day"])))
    return f"bank line of {day}, {format_minor(int(line['cents']), str(line['currency']))}"


def _refunds(books: Books) -> Invariant:
    good = books.refunds[~books.refunds["status"].isin(NOT_REFUNDED)]
    wrong = books.charges.loc[refunds_differ(books.charges, books.refunds), "id"]
    return _verdict(7, wrong.empty, f"{len(good)} refunds, {len(wrong)} charges differ", wrong)


def _disputes(books: Books) -> Invariant:
    ended = books.disputes[books.disputes["status"].isin(("lost", "won"))]
    rows = books.ledger[books.ledger["category"].isin(("dispute", "dispute_reversal"))]
    gross = rows.groupby("source")["cents"].sum()
    by_charge = ended["charge"].map(gross)
    moved = ended["id"].map(gross).fillna(by_charge)
    expected = np.where(ended["status"] == "lost", -ended["cents"], 0)
    is_unknown = moved.isna() & (ended["status"] == "lost")
    wrong = ended[(moved.fillna(0) != expected) & ~is_unknown]
    detail = f"{len(ended)} disputes ended, {len(wrong)} do not add up"
    if wrong.empty and is_unknown.any():
        return Invariant(8, "not_provable", f"{detail}; {int(is_unknown.sum())} without their rows")
    return _verdict(8, wrong.empty, detail, wrong["id"])


def _stripe_report(books: Books) -> Invariant:
    if books.stripe_totals.empty:
        return Invariant(12, "not_provable", "Stripe's own report cannot be had with this key")
    rows = books.in_period(books.ledger).groupby(["currency", "category"])["net"].sum()
    theirs = books.stripe_totals.set_index(["currency", "category"])["net"]
    both = pd.concat([rows, theirs], axis=1, keys=["ours", "theirs"]).fillna(0)
    wrong = both[both["ours"] != both["theirs"]]
    detail = f"{len(both)} categories compared, {len(wrong)} differ"
    return _verdict(12, wrong.empty, detail, [str(key) for key in wrong.index])
