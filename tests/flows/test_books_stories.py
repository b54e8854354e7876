"""Stories in which the books could lie: what an earlier month said is undone in a later one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.settings import settings
from tests.support.sandbox_books import PERIOD, Books, broken, kinds, paid, status

SEPTEMBER = ("--from", "2026-09-01", "--to", "2026-09-30")
OCTOBER = ("--from", "2026-10-01", "--to", "2026-10-31")
KIM = {"name": "Kim Example", "email": "kim@example.com", "postal_code": "10002"}


def until(books: Books, moment: str) -> None:
    books.world.advance(datetime.fromisoformat(moment).astimezone(UTC))


@pytest.mark.parametrize(
    ("happens", "before", "after"),
    [
        pytest.param("a refund", 10_000, 6_000, id="refund"),
        pytest.param("a refund fails", 6_000, 10_000, id="refund that fails"),
        pytest.param("a dispute", 10_000, 0, id="dispute"),
        pytest.param("a dispute is won", 0, 10_000, id="dispute won"),
        pytest.param("the bank takes it back", 10_000, 0, id="debit taken back"),
    ],
)
def test_what_october_undoes_is_undone_in_september_when_only_october_is_fetched(
    books: Books, happens: str, before: int, after: int
) -> None:
    charge = books.pay(method="us_bank_account" if "bank" in happens else "card")
    books.days(10)
    if happens == "a refund fails":
        undone = books.do("/refunds", charge=charge, amount=4_000)["id"]
    elif happens == "a dispute is won":
        undone = books.do("/disputes", charge=charge)["id"]
    books.days(1)
    books.run("books", "sync", *SEPTEMBER)
    found = books.run("books", "reconcile", *SEPTEMBER)
    assert sum(cents for _, cents in paid(found)) == before
    until(books, "2026-10-20T12:00:00-04:00")
    if happens == "a refund":
        books.do("/refunds", charge=charge, amount=4_000)
    elif happens == "a refund fails":
        books.do(f"/refunds/{undone}/fail")
    elif happens == "a dispute":
        books.do("/disputes", charge=charge)
    elif happens == "a dispute is won":
        books.do(f"/disputes/{undone}/win")
    else:
        books.do(f"/charges/{charge}/return")
    books.days(2)
    books.run("books", "sync", *OCTOBER)
    found = books.run("books", "reconcile", *SEPTEMBER)
    assert sum(cents for _, cents in paid(found)) == after
    assert "refunds_differ" not in kinds(found)
    assert not broken(found)


def test_a_payout_that_fails_a_month_later_is_known_when_only_then_is_fetched(books: Books) -> None:
    books.pay()
    books.days(10)
    books.tie_out()
    payout = next(iter(books.world.account.shelves["payout"]))["id"]
    books.do(f"/payouts/{payout}/fail")
    until(books, "2026-10-20T12:00:00-04:00")
    books.run("books", "sync", *OCTOBER)
    books.world.bank.write_csv(books.folder / "bank.csv")
    books.run("books", "bank", books.folder / "bank.csv")
    found = books.run("books", "reconcile", *SEPTEMBER)
    assert status(found)[6] == "held"
    assert "bank_line_unknown" not in kinds(found)


def test_a_refund_that_brings_part_of_the_fee_back_adds_up(books: Books) -> None:
    charge = books.pay()
    refund = books.do("/refunds", charge=charge, amount=3_333)
    account = books.world.account
    row = next(r for r in account.shelves["balance_transaction"] if r["source"] == refund["id"])
    row["fee"], row["net"] = -107, row["amount"] + 107
    account.pending["usd"] += 107
    books.days(10)
    found = books.tie_out()
    assert paid(found) == [("F-1", 6_667)]
    assert not broken(found)


def test_the_day_on_which_the_clock_goes_back_has_25_hours(books: Books) -> None:
    until(books, "2026-11-01T00:30:00-04:00")
    books.pay()
    until(books, "2026-11-01T23:30:00-05:00")
    books.pay(5_000, ref="F-2", instrument="of-kim", **KIM)
    until(books, "2026-11-02T00:10:00-05:00")
    books.pay(700, ref=None)
    books.days(5)
    day = ("--from", "2026-11-01", "--to", "2026-11-01")
    books.run("books", "sync", *day)
    found = books.run("books", "reconcile", *day)
    assert paid(found) == [("F-1", 10_000), ("F-2", 5_000)]
    assert not found["unallocated"]


def test_the_banks_line_in_other_words_is_a_second_line_and_says_so(books: Books) -> None:
    books.pay()
    books.days(10)
    books.tie_out()
    text = (books.folder / "bank.csv").read_text(encoding="utf-8")
    (books.folder / "again.csv").write_text(text.replace("STRIPE", "Stripe Pay"), encoding="utf-8")
    books.run("books", "bank", books.folder / "again.csv")
    assert broken(books.run("books", "reconcile", *PERIOD)) == [6]


@pytest.mark.parametrize("other", ["account", "mode"])
def test_one_home_holds_the_ledger_of_one_account(
    books: Books, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    """Two ledgers would add up to nobody's balance; money of tests would be reported."""
    books.run("books", "sync", *PERIOD)
    books.world.account.account["id"] += "x"  # nothing was fetched yet: the key may be another's
    books.pay()
    books.days(10)
    found = books.tie_out()
    if other == "account":
        books.world.account.account["id"] = "acct_1Another"
    else:
        monkeypatch.setattr(type(settings()), "is_live", True)
    books.pay(5_000, ref="F-2", **KIM)
    result = books.cli("books", "sync", *PERIOD)
    assert result.exit_code == 2
    assert "another PLEDGELINE_HOME" in result.stderr
    assert books.run("books", "reconcile", *PERIOD) == found


def promise(books: Books, ref: str, amount: str) -> None:
    row = f"{ref},Pat,Invented,pat@example.com,10001,{amount},2026-09-07\n"
    header = "pledge_ref,first_name,last_name,email,postal_code,amount,pledged_on\n"
    (books.folder / "newer.csv").write_text(header + row, encoding="utf-8")
    books.run("pledges", "import", books.folder / "newer.csv")


def test_a_promise_that_falls_below_what_was_paid_and_rises_again_loses_no_cent(
    books: Books,
) -> None:
    books.pay()
    books.days(10)
    assert paid(books.tie_out()) == [("F-1", 10_000)]
    promise(books, "F-1", "60.00")
    less = books.run("books", "reconcile", *PERIOD)
    assert paid(less) == [("F-1", 6_000)]
    assert [row["amount_cents"] for row in less["unallocated"]] == [4_000]
    promise(books, " f-1", "150.00")
    more = books.run("books", "reconcile", *PERIOD)
    assert paid(more) == [("F-1", 10_000)]
    assert (more["totals"]["pledged_cents"], more["totals"]["open_cents"]) == (20_000, 10_000)
    assert not broken(less) + broken(more)


def test_a_refund_and_a_dispute_of_the_rest_take_a_payment_once(books: Books) -> None:
    charge = books.pay()
    books.do("/refunds", charge=charge, amount=4_000)
    books.days(3)
    books.do("/disputes", charge=charge)
    books.pay(5_000, ref="F-2", instrument="of-kim", **KIM)
    books.days(10)
    found = books.tie_out()
    assert paid(found) == [("F-2", 5_000)]
    assert not found["unallocated"]
    assert (found["totals"]["returned_cents"], found["totals"]["kept_cents"]) == (10_000, 5_000)
    assert not broken(found)


def test_what_is_given_back_of_an_overpayment_is_what_was_beyond(books: Books) -> None:
    charge = books.pay(15_000)
    books.days(10)
    over = books.tie_out()
    assert paid(over) == [("F-1", 10_000)]
    assert "overpayment" in kinds(over)
    books.do("/refunds", charge=charge, amount=5_000)
    books.days(3)
    found = books.tie_out()
    assert paid(found) == [("F-1", 10_000)]
    assert not found["unallocated"]
    assert "overpayment" not in kinds(found)


def test_a_decision_outlives_a_refund_and_moves_no_cent_twice(books: Books) -> None:
    charge = books.pay(5_000, ref=None, name="Somebody Else", email="else@example.org")
    books.days(10)
    books.tie_out()
    books.run("books", "resolve", charge, "--as", "pledge:F-2", "--because", "her employer paid")
    again = books.cli("books", "resolve", charge, "--as", "pledge:F-1", "--because", "no")
    assert again.exit_code == 2
    books.do("/refunds", charge=charge, amount=2_000)
    books.days(3)
    found = books.tie_out()
    assert paid(found) == [("F-2", 3_000)]
    assert not found["unallocated"]
    assert not broken(found)


def test_a_pledge_that_was_given_up_takes_no_money_that_comes_late(books: Books) -> None:
    books.cli("pledges", "write-off", "F-2", "--because", "moved away")
    books.pay(5_000, ref="F-2", instrument="of-kim", **KIM)
    books.days(10)
    found = books.tie_out()
    sums = found["totals"]
    late = sum(row["amount_cents"] for row in found["unallocated"]) + sums["paid_cents"]
    assert late == 5_000
    assert sums["paid_cents"] + sums["written_off_cents"] + sums["open_cents"] == 15_000
    assert not broken(found)
