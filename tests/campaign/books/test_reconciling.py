"""The laws of the books: whatever happens at Stripe, each cent is somewhere, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from beancount import loader
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.books.exceptions import stripe_exceptions
from campaign.books.journal import BANK, as_beancount, entries
from campaign.books.ledger import Books, kept_cents
from campaign.books.payouts import tie_bank
from campaign.books.reconciling import reconcile, with_determinism
from campaign.books.statements import statement_findings
from campaign.books.tieout import NAMES, Payments, payment_invariants, stripe_invariants
from campaign.days import short_day

DAY = date(2026, 9, 1).toordinal()
COLUMNS = {
    "pledges": "id ref donor_id first_name last_name email phone postal_code whole written_off "
    "currency pledged_day due_day instalments",
    "charges": "id status captured cents refunded currency created day pledge_ref name email "
    "phone postal_code card balance_transaction",
    "refunds": "id charge status cents currency day",
    "disputes": "id charge status cents currency day",
    "payouts": "id status cents currency is_automatic method reconciliation_status arrives "
    "balance_transaction failure_balance_transaction day",
    "ledger": "id category status cents fee net currency source day",
    "contents": "payout_id row",
    "bank": "key day cents currency text",
    "balances": "currency available pending is_from_the_start",
    "decisions": "payment pledge verdict",
    "signed": "payment pledge cents",
    "stripe_totals": "currency category net",
    "statements": "id account currency first_day last_day number format opening closing lines "
    "finding",
}


class Account:
    """A small Stripe account that books as Stripe does."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
        self.unpaid: list[str] = []

    def add(self, table: str, **values: Any) -> dict[str, Any]:
        row = {**dict.fromkeys(COLUMNS[table].split()), "currency": "usd", **values}
        self.rows[table].append(row)
        return row

    def book(self, category: str, cents: int, source: str, day: int, fee: int = 0) -> str:
        identity = f"txn_{len(self.rows['ledger'])}"
        self.add(
            "ledger", id=identity, category=category, status="available", cents=cents, fee=fee,
            net=cents - fee, source=source, day=day,
        )  # fmt: skip
        self.unpaid.append(identity)
        return identity

    def pledge(self, cents: int) -> None:
        number = len(self.rows["pledges"])
        self.add(
            "pledges", id=number + 1, ref=f"P{number}", first_name=f"Ann{number}",
            last_name="Lee", email=f"p{number}@x.org", postal_code="10001", whole=cents,
            written_off=0, pledged_day=DAY, due_day=-1, instalments=1,
        )  # fmt: skip

    def pay(self, cents: int, pledge: int, *, ref: bool, day: int) -> None:
        identity = f"ch_{len(self.rows['charges'])}"
        self.add(
            "charges", id=identity, status="succeeded", captured=cents, cents=cents, refunded=0,
            created=day * 86_400, day=day, pledge_ref=f"P{pledge}" if ref else None,
            name=f"Ann{pledge} Lee", email=f"p{pledge}@x.org", postal_code="10001",
            balance_transaction=self.book("charge", cents, identity, day, fee=30),
        )  # fmt: skip

    def refund(self, place: int, share: int, day: int) -> None:
        charge = self._charge(place)
        cents = (charge["captured"] - charge["refunded"]) * share // 4 if charge else 0
        if charge and cents and not (charge.get("disputed") or charge.get("failed")):
            charge["refunded"] += cents
            identity = f"re_{len(self.rows['refunds'])}"
            self.add("refunds", id=identity, charge=charge["id"], status="succeeded", cents=cents,
                     day=day)  # fmt: skip
            self.book("refund", -cents, identity, day)

    def dispute(self, place: int, status: str, day: int) -> None:
        charge = self._charge(place)
        if not charge or charge["refunded"] or charge.get("disputed") or charge.get("failed"):
            return
        charge["disputed"] = True
        identity = f"du_{len(self.rows['disputes'])}"
        self.add("disputes", id=identity, charge=charge["id"], status=status,
                 cents=charge["captured"], day=day)  # fmt: skip
        self.book("dispute", -charge["captured"], identity, day, fee=1500)
        if status == "won":
            self.book("dispute_reversal", charge["captured"], identity, day)

    def fail(self, place: int, day: int) -> None:
        """Let a debit fail that had come: its money goes back whole, whatever was refunded."""
        charge = self._charge(place)
        if charge and not (charge.get("disputed") or charge.get("failed")):
            charge["failed"] = True
            self.book("charge_failure", -charge["captured"], charge["id"], day)

    def _charge(self, place: int) -> dict[str, Any] | None:
        charges = self.rows["charges"]
        return charges[place % len(charges)] if charges else None

    def payout(self, day: int) -> None:
        rows = {row["id"]: row for row in self.rows["ledger"]}
        cents = sum(rows[identity]["net"] for identity in self.unpaid)
        if not self.unpaid or cents == 0:
            return
        identity = f"po_{len(self.rows['payouts'])}"
        inside, self.unpaid = self.unpaid, []
        own = self.book("payout", -cents, identity, day)
        self.unpaid = []
        self.add("payouts", id=identity, status="paid", cents=cents, is_automatic=True,
                 method="standard", reconciliation_status="completed", arrives=day + 1,
                 balance_transaction=own, day=day)  # fmt: skip
        for row in [*inside, own]:
            self.add("contents", payout_id=identity, row=row)
        self.add("bank", key=identity, day=day + 1, cents=cents, text=f"stripe {identity}")

    def books(self) -> Books:
        held = sum(row["net"] for row in self.rows["ledger"])
        self.rows["balances"] = []
        self.add("balances", available=held, pending=0, is_from_the_start=True)
        frames = {
            name: pd.DataFrame(self.rows[name], columns=COLUMNS[name].split()) for name in COLUMNS
        }
        for name, columns in (
            ("charges", "captured cents refunded created day"),
            ("ledger", "cents fee net day"),
            ("pledges", "whole written_off pledged_day due_day instalments"),
            ("payouts", "cents arrives day"),
            ("refunds", "cents day"),
            ("disputes", "cents day"),
            ("bank", "cents day"),
            ("decisions", "payment pledge"),
            ("signed", "payment pledge cents"),
        ):
            frames[name] = frames[name].astype(dict.fromkeys(columns.split(), "int64"))
        for name in frames:
            text = [c for c in frames[name].columns if frames[name][c].dtype == object]
            frames[name] = frames[name].astype(
                {c: "str" for c in text if c not in ("is_automatic", "is_from_the_start",
                                                     "donor_id")}
            )  # fmt: skip
        return Books(first_day=DAY, last_day=DAY + 400, **frames)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("pledge"), st.integers(1, 9)),
        st.tuples(st.just("pay"), st.integers(1, 12), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("refund"), st.integers(0, 9), st.integers(1, 4)),
        st.tuples(
            st.just("dispute"),
            st.integers(0, 9),
            st.sampled_from(["needs_response", "won", "lost"]),
        ),
        st.tuples(st.just("fail"), st.integers(0, 9)),
        st.tuples(st.just("payout")),
    ),
    min_size=1,
    max_size=25,
)


def play(acts: list[tuple[Any, ...]]) -> Books:
    account = Account()
    for day, act in enumerate(acts, start=DAY):
        match act:
            case ("pledge", units):
                account.pledge(units * 1000)
            case ("pay", units, pledge, ref):
                account.pay(units * 1000, pledge, ref=ref, day=day)
            case ("refund", place, share):
                account.refund(place, share, day)
            case ("dispute", place, status):
                account.dispute(place, status, day)
            case ("fail", place):
                account.fail(place, day)
            case _:
                account.payout(day)
    return account.books()


@settings(deadline=None, max_examples=30)
@given(acts=ACTS)
def test_whatever_happens_all_invariants_hold(acts: list[tuple[Any, ...]]) -> None:
    books = play(acts)
    found = with_determinism(reconcile(books), [reconcile(books).output_hash])
    assert [invariant.number for invariant in found.invariants] == sorted(NAMES)
    assert not [invariant for invariant in found.invariants if invariant.status == "broken"]
    assert found.totals["unexplained_cents"] == 0
    kept = kept_cents(books)
    listing = found.paying.listing
    used = listing.groupby("payment_id")["cents"].sum()
    for identity, cents, left in zip(books.charges["id"], kept, found.paying.left, strict=True):
        assert int(used.get(identity, 0)) + left == cents
    sure = listing[listing["tier"] == "confirmed"].groupby("pledge_ref")["cents"].sum()
    assert found.totals["paid_cents"] == sure.sum()
    owed = (books.pledges["whole"] - books.pledges["written_off"]).to_numpy("int64")
    paid = books.pledges["ref"].map(sure.to_dict()).fillna(0).to_numpy("int64")
    assert found.totals["open_cents"] == (owed - paid).clip(0).sum()
    journal = entries(books, tie_bank(books))
    assert all(sum(posting.cents for posting in entry.postings) == 0 for entry in journal)


@given(acts=ACTS)
def test_what_each_payment_brought_day_by_day_is_what_it_keeps(acts: list[tuple[Any, ...]]) -> None:
    """A debit refunded before it fails takes more than it brought: then nothing of it is kept."""
    books = play(acts)
    charge_of = {charge: charge for charge in books.charges["id"]}
    for went in (books.refunds, books.disputes):
        charge_of |= dict(zip(went["id"], went["charge"], strict=True))
    moved = books.ledger[books.ledger["category"] != "payout"]
    brought = moved.groupby(moved["source"].map(charge_of))["cents"].sum().to_dict()
    kept = zip(books.charges["id"], kept_cents(books).tolist(), strict=True)
    assert all(max(brought[charge], 0) == cents for charge, cents in kept)


def told(books: Books) -> dict[int, str]:
    """What Stripe's records and the bank's prove of books, by number."""
    return {one.number: one.status for one in stripe_invariants(books, tie_bank(books))}


def some_books(acts: list[tuple[Any, ...]]) -> Books:
    """Books of any acts, with Stripe's own report, and something of every kind in them."""
    books = play(
        [("pledge", 5), ("pay", 5, 0, True), ("pay", 3, 0, False), ("refund", 0, 1),
         ("dispute", 1, "lost"), ("payout",), *acts]
    )  # fmt: skip
    sums = books.ledger.groupby(["currency", "category"])["net"].sum().reset_index()
    return replace(books, stripe_totals=sums)


@settings(deadline=None, max_examples=6)
@given(acts=ACTS)
def test_what_stripe_tells_of_itself_holds(acts: list[tuple[Any, ...]]) -> None:
    assert set(told(some_books(acts)).values()) == {"held"}


TIED = Payments(
    charged=100, returned=10, allocated=60, unallocated=30, over_allocated=(),
    pledged=200, paid=60, written_off=40, open=100, overpaid_pledges=(),
    rows=6, matched_rows=3, exception_rows=1, unmatched_rows=2,
)  # fmt: skip


@pytest.mark.parametrize(("status", "kept"), [("lost", 0), ("needs_response", 0), ("won", 8_000)])
def test_what_went_back_is_not_kept(status: str, kept: int) -> None:
    acts = [("pay", 10, 0, False), ("pay", 8, 0, False), ("refund", 0, 1), ("dispute", 1, status)]
    assert kept_cents(play(acts)).tolist() == [7_500, kept]


@pytest.mark.parametrize(("days", "missing"), [(6, []), (7, ["po_0"])])
def test_a_payout_is_missed_in_the_bank_after_a_week(days: int, missing: list[str]) -> None:
    account = Account()
    account.pay(5_000, 0, ref=False, day=DAY)
    account.payout(DAY)
    account.rows["bank"] = []
    account.add("bank", key="rent", day=DAY + 1 + days, cents=-900, text="rent")
    assert tie_bank(account.books()).missing == missing


@pytest.mark.parametrize(("later", "kinds"), [(0, []), (1, ["bank_statement_missing"])])
def test_a_statement_is_missing_only_where_a_day_may_lie_between(
    later: int, kinds: list[str]
) -> None:
    account, about = Account(), {"account": "6789", "format": "ofx", "number": ""}
    account.add("statements", id=1, first_day=DAY, last_day=DAY + 9, opening=0, closing=100,
                lines=100, **about)  # fmt: skip
    account.add("statements", id=2, first_day=DAY + 9 + later, last_day=DAY + 19, opening=150,
                closing=150, lines=0, **about)  # fmt: skip
    assert [kind for kind, *_ in statement_findings(account.books().statements)] == kinds


@pytest.mark.parametrize(("last", "kinds"), [(2, []), (3, ["unknown_category"])])
def test_what_does_not_fit_on_the_last_day_is_told(last: int, kinds: list[str]) -> None:
    account = Account()
    account.book("mystery", 500, "x", DAY + 3)
    books = replace(account.books(), last_day=DAY + last)
    assert [found.kind for found in stripe_exceptions(books, tie_bank(books))] == kinds


@pytest.mark.parametrize("first", range(5))
def test_the_books_roll_forward_whichever_days_are_asked(first: int) -> None:
    """The first day's rows and the last one's are of the period, the day after's are not."""
    books = play(
        [("pledge", 9), ("pay", 3, 0, True), ("payout",), ("pay", 5, 0, True), ("payout",)]
    )
    for last in range(first, 5):
        cut = replace(books, first_day=DAY + first, last_day=DAY + last)
        (found,) = (one for one in stripe_invariants(cut, tie_bank(cut)) if one.number == 2)
        assert found.status == "held", found.detail


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        pytest.param(9, {"paid": 61}, id="9 a cent more paid"),
        pytest.param(9, {"open": 99}, id="9 a cent less open"),
        pytest.param(9, {"overpaid_pledges": ("F-1",)}, id="9 a pledge beyond its sum"),
        pytest.param(10, {"allocated": 61}, id="10 a cent more allocated"),
        pytest.param(10, {"returned": 9}, id="10 a cent less returned"),
        pytest.param(10, {"over_allocated": ("ch_1",)}, id="10 a payment beyond its sum"),
        pytest.param(11, {"rows": 7}, id="11 a row that nobody has"),
    ],
)
def test_our_own_sums_are_proven_by_the_cent_and_by_each_payment_and_pledge(
    number: int, wrong: dict[str, Any]
) -> None:
    """Sums that agree hide a payment given out twice beside one not given out at all."""
    assert {one.status for one in payment_invariants({"usd": TIED})} == {"held"}
    found = payment_invariants({"usd": replace(TIED, **wrong)})
    assert [one.number for one in found if one.status == "broken"] == [number]


def test_two_currencies_never_hide_each_other_s_difference() -> None:
    less, more = replace(TIED, paid=59), replace(TIED, paid=61)
    nine = payment_invariants({"usd": less, "eur": more})[0]
    assert nine.status == "broken"
    assert nine.detail == "usd: 200 = 59 + 40 + 100; eur: 200 = 61 + 40 + 100"


BREAKS = [
    pytest.param(1, "ledger", "net", id="1 net"),
    pytest.param(1, "ledger", "fee", id="1 fee"),
    pytest.param(2, "balances", "pending", id="2 roll-forward"),
    pytest.param(3, "balances", "available", id="3 balance"),
    pytest.param(4, "payouts", "cents", id="4 payout"),
    pytest.param(6, "bank", "cents", id="6 bank"),
    pytest.param(7, "charges", "refunded", id="7 refunded"),
    pytest.param(7, "refunds", "cents", id="7 refund"),
    pytest.param(8, "disputes", "cents", id="8 dispute"),
    pytest.param(12, "stripe_totals", "net", id="12 Stripe's report"),
]


@pytest.mark.parametrize(("number", "table", "column"), BREAKS)
@settings(deadline=None, max_examples=6)
@given(acts=ACTS, place=st.integers(0, 99), more=st.integers(-900, 900).filter(bool))
def test_a_wrong_cent_anywhere_breaks_its_invariant(
    number: int, table: str, column: str, acts: list[tuple[Any, ...]], place: int, more: int
) -> None:
    books = some_books(acts)
    frame = getattr(books, table)
    # What a won or open dispute is about moves no money for good.
    rows = frame.index[frame["status"] == "lost"] if table == "disputes" else frame.index
    frame.loc[rows[place % len(rows)], column] += more
    assert told(books)[number] == "broken"


@pytest.mark.parametrize(
    ("number", "table"),
    [
        pytest.param(3, "ledger", id="3 a row of the ledger"),
        pytest.param(4, "contents", id="4 a row of a payout"),
        pytest.param(7, "refunds", id="7 a refund"),
    ],
)
@settings(deadline=None, max_examples=6)
@given(acts=ACTS, place=st.integers(0, 99))
def test_a_row_that_is_missing_breaks_its_invariant(
    number: int, table: str, acts: list[tuple[Any, ...]], place: int
) -> None:
    books = some_books(acts)
    frame = getattr(books, table)
    own = set(books.ledger.loc[(books.ledger["category"] == "payout"), "id"])
    rows = [n for n in frame.index if table != "contents" or frame.loc[n, "row"] not in own]
    left = frame.drop(rows[place % len(rows)]).reset_index(drop=True)
    assert told(replace(books, **{table: left}))[number] == "broken"


def test_a_row_in_two_payouts_breaks_the_fifth() -> None:
    books = play([("pay", 5, 0, False), ("payout",), ("pay", 3, 0, False), ("payout",)])
    again = pd.DataFrame([["po_1", books.contents.loc[0, "row"]]], columns=books.contents.columns)
    books = replace(books, contents=pd.concat([books.contents, again], ignore_index=True))
    found = {invariant.number: invariant.status for invariant in reconcile(books).invariants}
    assert found[5] == "broken"


def test_a_line_too_many_is_named_as_it_stands_on_the_statement() -> None:
    books = play([("pay", 5, 0, False), ("payout",)])
    line = books.bank.iloc[0]
    twice = pd.concat([books.bank, books.bank.assign(key="again")], ignore_index=True)
    sixth = stripe_invariants(replace(books, bank=twice), tie_bank(replace(books, bank=twice)))[5]
    day, dollars = short_day(date.fromordinal(line["day"])), f"{line['cents'] / 100:,.2f}"
    assert sixth.rows == (f"bank line of {day}, ${dollars}",)


def test_another_output_of_the_same_input_breaks_the_thirteenth() -> None:
    result = with_determinism(reconcile(play([("pay", 5, 0, False)])), ["another"])
    assert result.invariants[-1].status == "broken"


def test_the_journal_is_accepted_by_beancount() -> None:
    books = play(
        [("pledge", 5), ("pay", 5, 0, True), ("refund", 0, 2), ("pay", 3, 0, False),
         ("dispute", 1, "won"), ("payout",), ("pay", 2, 0, False)]
    )  # fmt: skip
    text = as_beancount(entries(books, tie_bank(books)), date.fromordinal(books.last_day))
    _, errors, _ = loader.load_string(text)
    assert not errors
    assert "balance Assets:Stripe" in text


def banked(payouts: list[tuple[int, int]], lines: list[tuple[int, int, str]]) -> Books:
    """Books of payouts (day of arrival, cents) and a statement (day, cents, text)."""
    account = Account()
    for number, (day, cents) in enumerate(payouts):
        account.add("payouts", id=f"po_{number}", status="paid", cents=cents, is_automatic=False,
                    method="standard", arrives=DAY + day, day=DAY + day)  # fmt: skip
    for number, (day, cents, words) in enumerate(lines):
        account.add("bank", key=str(number), day=DAY + day, cents=cents, text=words)
    return account.books()


def test_a_line_that_is_the_sum_of_a_days_payouts_is_each_ones() -> None:
    books = banked([(0, 100), (0, 250), (0, 7)], [(0, 350, "stripe transfer"), (0, 7, "stripe")])
    tie = tie_bank(books)
    assert tie.lines_of == {"po_0": {0: 100}, "po_1": {0: 250}, "po_2": {1: 7}}
    assert told(books)[6] == "held"


@pytest.mark.parametrize(
    ("payouts", "line"),
    [
        pytest.param([(0, 100), (0, 250), (0, 200), (0, 150)], (0, 350, "stripe"), id="two sums"),
        pytest.param([(0, 100), (1, 250)], (0, 350, "stripe"), id="of two days"),
        pytest.param([(0, 100), (0, 250)], (0, 350, "rent"), id="not of Stripe"),
        pytest.param([(0, 100), (0, 250)], (0, 350, "stripe po_9"), id="names another"),
        pytest.param([(0, 100), (0, 250)], (0, 351, "stripe"), id="a cent off"),
        pytest.param([(0, 100), (0, 250)], (9, 350, "stripe"), id="too late"),
    ],
)
def test_a_sum_that_is_only_a_guess_stays_open(
    payouts: list[tuple[int, int]], line: tuple[int, int, str]
) -> None:
    books = banked(payouts, [line, (30, 1, "rent")])
    assert len(tie_bank(books).missing) == len(payouts)
    assert told(books)[6] == "broken"


def test_a_payout_that_failed_after_it_came_in_a_sum_is_tied_to_its_line_back() -> None:
    books = banked([(0, 100), (0, 250)], [(0, 350, "stripe"), (3, -250, "stripe returned")])
    status = pd.Series(["paid", "failed"], dtype="str")
    tie = tie_bank(replace(books, payouts=books.payouts.assign(status=status)))
    assert tie.lines_of == {"po_0": {0: 100}, "po_1": {0: 250}}
    assert tie.returned == {"po_1": 1}


def test_equal_sums_on_two_days_are_each_their_own_days() -> None:
    books = banked(
        [(0, 100), (0, 250), (1, 100), (1, 250)], [(0, 350, "stripe"), (1, 350, "stripe")]
    )
    lines = tie_bank(books).lines_of
    assert {name: [*own] for name, own in lines.items()} == {
        "po_0": [0], "po_1": [0], "po_2": [1], "po_3": [1],
    }  # fmt: skip


@settings(deadline=None, max_examples=30)
@given(days=st.lists(st.lists(st.integers(1, 10**6), min_size=1, max_size=4), max_size=5))
def test_a_bank_that_adds_up_each_day_is_tied_to_the_cent(days: list[list[int]]) -> None:
    books = banked(
        [(20 * day, cents) for day, sums in enumerate(days) for cents in sums],
        [(20 * day, sum(sums), "stripe") for day, sums in enumerate(days)],
    )
    tie = tie_bank(books)
    assert not [*tie.missing, *tie.in_transit, *tie.unknown]
    whole = sum(map(sum, days))
    booked = [p.cents for e in entries(books, tie) for p in e.postings if p.account == BANK]
    assert sum(booked) == whole
    assert sum(day["bank_cents"] for day in reconcile(books).totals["days"]) == whole
