"""Laws of the sandbox's ledger: whatever happens in whatever order, no cent is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import disputes, payments, payouts
from sandbox.account import Account
from sandbox.clock import SandboxClock
from sandbox.objects import Payer
from sandbox.payments import Terms

DEBITS = st.sampled_from(["settles", "fails", "returned", "stays"])
CURRENCIES = st.sampled_from(["usd", "usd", "usd", "cad", "jpy"])


def pay(account: Account, pick: int, amount: int, currency: str, debit: str) -> None:
    method = "us_bank_account" if pick % 4 == 0 else "card"
    payer = Payer("A", "a@example.com", method=method, country="CA" if pick % 7 == 0 else "US")
    terms = Terms(declines=pick % 11 == 0, debit=debit, row_after_days=pick % 3)
    code = "usd" if method != "card" else currency
    payments.pay(account, payer, amount, code, terms=terms)


def refund(account: Account, pick: int, amount: int, *_: str) -> None:
    charges = [
        one
        for one in account.shelves["charge"]
        if one["status"] == "succeeded"
        and not one["disputed"]
        and one["amount_refunded"] < one["amount"]
    ]
    if charges:
        charge = charges[pick % len(charges)]
        left = charge["amount"] - charge["amount_refunded"]
        payments.refund(account, charge["id"], min(left, amount))


def fail_refund(account: Account, pick: int, *_: object) -> None:
    good = [one for one in account.shelves["refund"] if one["status"] == "succeeded"]
    if good:
        payments.fail_refund(account, good[pick % len(good)]["id"])


def dispute(account: Account, pick: int, *_: object) -> None:
    charges = [one for one in account.shelves["charge"] if one["balance_transaction"]
               and one["status"] == "succeeded" and not one["disputed"]]  # fmt: skip
    if charges:
        opened = disputes.open_dispute(account, charges[pick % len(charges)]["id"])
        end = (disputes.win, disputes.lose)[pick % 2]
        account.at(account.clock.now + timedelta(days=pick % 20), end, opened["id"])


def fail_payout(account: Account, pick: int, *_: object) -> None:
    sent = [one for one in account.shelves["payout"] if one["status"] in ("paid", "in_transit")]
    if sent:
        payouts.fail(account, sent[pick % len(sent)]["id"])


def pay_out_by_hand(account: Account, pick: int, amount: int, *_: object) -> None:
    if account.available["usd"] > 0:
        method = ("standard", "instant")[pick % 2]
        payouts.pay_out_by_hand(account, min(amount, account.available["usd"]), method=method)


def switch(account: Account, pick: int, *_: object) -> None:
    account.debits_negative_balances = bool(pick % 2)


def wait(account: Account, pick: int, *_: object) -> None:
    account.advance(account.clock.now + timedelta(hours=7 * (pick % 30)))


ACTS = st.sampled_from(
    [pay, pay, pay, refund, fail_refund, dispute, fail_payout, pay_out_by_hand, switch, wait, wait]
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(ACTS, st.integers(1, 999), st.integers(100, 500_000), CURRENCIES, DEBITS),
        max_size=40,
    )
)
def test_no_cent_is_lost_whatever_happens(
    story: list[tuple[Callable[..., None], int, int, str, str]],
) -> None:
    account = Account(1, SandboxClock())
    payouts.start(account)
    for act, *facts in story:
        act(account, *facts)
    account.advance(account.clock.now + timedelta(days=40))
    ledger_holds(account)
    payouts_hold(account)
    charges_hold(account)


def ledger_holds(account: Account) -> None:
    rows = list(account.shelves["balance_transaction"])
    assert all(row["net"] == row["amount"] - row["fee"] for row in rows)
    for currency in {row["currency"] for row in rows}:
        net = sum(row["net"] for row in rows if row["currency"] == currency)
        assert net == account.available[currency] + account.pending[currency]
    in_payouts = [row for rows in account.rows_of_payout.values() for row in rows]
    assert len(in_payouts) == len(set(in_payouts))
    assert set(in_payouts) | set(account.unpaid_rows) == {row["id"] for row in rows}
    assert not set(in_payouts) & set(account.unpaid_rows)


def payouts_hold(account: Account) -> None:
    ledger = account.shelves["balance_transaction"]
    for payout in account.shelves["payout"]:
        booked = [one.amount for one in account.bank.lines if one.reference == payout["id"]]
        assert sum(booked) == (payout["amount"] if payout["status"] == "paid" else 0)
        if payout["automatic"]:
            nets = [ledger[row]["net"] for row in account.rows_of_payout[payout["id"]]]
            assert sum(nets) == 0


def charges_hold(account: Account) -> None:
    for charge in account.shelves["charge"]:
        good = [one["amount"] for one in account.shelves["refund"]
                if one["charge"] == charge["id"] and one["status"] != "failed"]  # fmt: skip
        assert sum(good) == charge["amount_refunded"] <= charge["amount"]
        assert charge["refunded"] == (charge["amount_refunded"] == charge["amount"])
