"""Each thing that Stripe does ends in the right books or in the right exception."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from sandbox import payments
from tests.support.sandbox_books import PERIOD, Books, broken, kinds, paid, status


def test_a_plain_payment_ties_out_to_the_bank(books: Books) -> None:
    books.pay()
    books.days(10)
    found = books.tie_out()
    assert paid(found) == [("F-1", 10_000)]
    proven = status(found)
    assert [number for number in proven if proven[number] != "held"] in ([], [12])
    assert not found["exceptions"]


def test_what_has_not_changed_is_not_matched_again(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.pay()
    books.days(10)
    found = books.tie_out()
    with monkeypatch.context() as patch:
        patch.setattr("tasks.books.reconcile", None)
        assert books.run("books", "reconcile", *PERIOD) == found
        books.run("books", "sync", *PERIOD)
        assert books.run("books", "reconcile", *PERIOD) == found
    assert books.run("books", "reconcile", *PERIOD, "--again") == found
    gift = books.pay(500, ref=None)
    again = books.tie_out()
    assert again["output_hash"] != found["output_hash"]
    books.run("books", "resolve", gift, "--as", "gift", "--because", "so")
    decided = books.run("books", "reconcile", *PERIOD)
    assert "person" in {row["reason"] for row in decided["unallocated"]}.pop()


def test_what_other_rules_gave_is_no_witness(
    books: Books, monkeypatch: pytest.MonkeyPatch, database: Engine
) -> None:
    books.pay()
    books.days(10)
    assert status(books.tie_out())[13] == "held"
    with database.begin() as connection:
        connection.execute(text("update reconciliation set output_hash = 'another'"))
    assert status(books.run("books", "reconcile", *PERIOD, "--again"))[13] == "broken"
    monkeypatch.setattr("tasks.books._rules", lambda: "newer")
    assert status(books.run("books", "reconcile", *PERIOD))[13] == "held"


def test_a_debit_that_is_pending_pays_nothing_and_then_pays(books: Books) -> None:
    books.pay(method="us_bank_account", debit="settles")
    assert paid(books.tie_out()) == []
    books.days(12)
    found = books.tie_out()
    assert paid(found) == [("F-1", 10_000)]
    assert not broken(found)


@pytest.mark.parametrize("debit", ["fails", "stays"])
def test_a_debit_that_never_comes_pays_nothing(books: Books, debit: str) -> None:
    books.pay(method="us_bank_account", debit=debit)
    books.days(14)
    found = books.tie_out()
    assert paid(found) == []
    assert not broken(found)


def test_a_debit_that_is_taken_back_late_is_reversed(books: Books) -> None:
    charge = books.pay(method="us_bank_account", debit="settles")
    books.days(8)
    assert paid(books.tie_out()) == [("F-1", 10_000)]
    books.do(f"/charges/{charge}/return")
    books.days(10)
    found = books.tie_out()
    assert paid(found) == []
    assert "payment_failed_late" in kinds(found)
    assert not broken(found)


def test_a_debit_that_comes_back_after_a_refund_has_lost_both(books: Books) -> None:
    charge = books.pay(method="us_bank_account", debit="settles")
    books.days(8)
    books.do("/refunds", charge=charge, amount=4_000)
    books.do(f"/charges/{charge}/return")
    found = books.tie_out()
    assert paid(found) == []
    assert not broken(found)
    assert found["totals"]["by_category"]["refund"]["cents"] == -4_000


def test_a_declined_card_pays_nothing(books: Books) -> None:
    books.control.post(
        "/payments", json={"amount": 10_000, "declines": True, "metadata": {"pledge_ref": "F-1"}}
    )
    found = books.tie_out()
    assert paid(found) == []
    assert not broken(found)


def test_a_partial_refund_reverses_its_part(books: Books) -> None:
    charge = books.pay()
    books.do("/refunds", charge=charge, amount=4_000)
    books.days(10)
    found = books.tie_out()
    assert paid(found) == [("F-1", 6_000)]
    assert not broken(found)


def test_a_payment_after_the_period_is_known_as_it_stands(books: Books) -> None:
    books.days(120)
    charge = books.pay(ref=None)
    for _ in range(2):
        books.do("/refunds", charge=charge, amount=1_000)
        assert not broken(books.tie_out())


def test_a_whole_refund_pays_nothing(books: Books) -> None:
    charge = books.pay()
    books.tie_out()
    books.do("/refunds", charge=charge)
    found = books.tie_out()
    assert paid(found) == []
    assert not broken(found)


@pytest.mark.parametrize("is_released", [False, True], ids=["held", "released"])
def test_an_amount_that_is_only_held_is_no_payment(books: Books, is_released: bool) -> None:
    charge = books.pay(captures=False)
    if is_released:
        payments.release(books.world.account, charge)
    found = books.tie_out()
    assert paid(found) == []
    assert not broken(found)
    assert kinds(found) == set()


def test_a_refund_that_fails_is_money_back_and_an_exception(books: Books) -> None:
    charge = books.pay()
    refund = books.do("/refunds", charge=charge, amount=4_000)["id"]
    books.do(f"/refunds/{refund}/fail")
    books.days(10)
    found = books.tie_out()
    assert paid(found) == [("F-1", 10_000)]
    assert "refund_failed" in kinds(found)
    assert not broken(found)


@pytest.mark.parametrize(
    ("acts", "cents", "kind"),
    [
        pytest.param([], 0, "dispute_open", id="open"),
        pytest.param(["lose"], 0, "dispute_lost", id="lost"),
        pytest.param(["win"], 10_000, None, id="won"),
        pytest.param(["win?returns_fee=true"], 10_000, None, id="won with its fee"),
    ],
)
def test_a_dispute_through_its_life(
    books: Books, acts: list[str], cents: int, kind: str | None
) -> None:
    charge = books.pay()
    dispute = books.do("/disputes", charge=charge)["id"]
    for act in acts:
        books.do(f"/disputes/{dispute}/{act}")
    books.days(12)
    found = books.tie_out()
    assert sum(amount for _, amount in paid(found)) == cents
    assert kinds(found) == ({kind} if kind else set())
    assert not broken(found)


def test_a_warning_moves_no_money(books: Books) -> None:
    charge = books.pay()
    dispute = books.do("/disputes", charge=charge, is_warning=True)["id"]
    found = books.tie_out()
    assert paid(found) == [("F-1", 10_000)]
    assert kinds(found) == {"dispute_warning"}
    books.do(f"/disputes/{dispute}/close_warning")
    assert not kinds(books.tie_out())


def test_a_row_of_an_unknown_type_is_an_exception_and_still_adds_up(books: Books) -> None:
    books.pay()
    books.do("/ledger", type="moon_fee", reporting_category="moon_fee", amount=-123)
    books.days(10)
    found = books.tie_out()
    assert kinds(found) == {"unknown_category"}
    assert not broken(found)


@pytest.mark.parametrize(
    ("kind", "category", "amount"),
    [
        pytest.param("stripe_fee", "fee", -200, id="fee"),
        pytest.param("payout_minimum_balance_hold", "payout_minimum_balance_hold", -500, id="hold"),
        pytest.param("adjustment", "other_adjustment", 77, id="adjustment"),
    ],
)
def test_stripes_own_rows_are_known(books: Books, kind: str, category: str, amount: int) -> None:
    books.pay()
    books.do("/ledger", type=kind, reporting_category=category, amount=amount)
    books.days(10)
    found = books.tie_out()
    assert not kinds(found)
    assert not broken(found)


def test_a_charge_without_its_ledger_row_yet_is_named_until_it_comes(books: Books) -> None:
    books.pay(row_after_days=2)
    found = books.tie_out()
    assert kinds(found) == {"charge_without_ledger_row"}
    books.days(10)
    assert not kinds(books.tie_out())


@pytest.mark.parametrize(
    ("currency", "settles_in"), [("jpy", "usd"), ("jpy", "jpy"), ("eur", "usd"), ("eur", "eur")]
)
def test_another_currency_stays_apart(books: Books, currency: str, settles_in: str) -> None:
    books.pay(5_000, ref=None, currency=currency, settles_in=settles_in)
    books.pay()
    books.days(10)
    found = books.tie_out()
    assert paid(found) == [("F-1", 10_000)]
    assert [row["amount_cents"] for row in found["unallocated"]] == [5_000]
    assert not broken(found)
    sums = found["totals"]
    assert (sums["currency"], sums["charged_cents"]) == ("usd", 10_000)
    assert sums["other_currencies"][currency]["charged_cents"] == 5_000


def test_a_reference_in_another_currency_pays_nothing(books: Books) -> None:
    books.pay(2_500)
    books.pay(10_000, currency="eur")
    found = books.tie_out()
    assert paid(found) == [("F-1", 2_500)]
    assert "other_currency" in kinds(found)
    assert "another currency" in " ".join(row["reason"] for row in found["unallocated"])


@pytest.mark.parametrize("fault", ["rate_limit", "server_error", "drop", "slow", "new_payment"])
def test_the_network_may_fail_and_the_books_are_the_same(books: Books, fault: str) -> None:
    for number in range(5):
        books.pay(1_000 + number)
    books.days(10)
    books.do("/faults", kind=fault, path="", times=3, skip=1, seconds=0.1)
    found = books.tie_out()
    if fault == "new_payment":
        found = books.tie_out()
    assert not broken(found)
    assert sum(amount for _, amount in paid(found)) == 5 * 1_000 + 10


def test_a_lost_answer_makes_no_second_link(books: Books) -> None:
    books.do("/faults", kind="lose_answer", path="payment_links", method="POST", times=1)
    books.run("pledges", "links")
    assert len(books.world.account.shelves["payment_link"]) == 2


def test_an_overpayment_stays_unallocated_and_says_so(books: Books) -> None:
    books.pay(12_000)
    found = books.tie_out()
    assert paid(found) == [("F-1", 10_000)]
    assert [
        (row["amount_cents"], "overpayment" in row["reason"]) for row in found["unallocated"]
    ] == [(2_000, True)]
    assert kinds(found) == {"overpayment"}


def test_a_double_click_pays_once(books: Books) -> None:
    books.pay(5_000, "F-2", name="Kim Example", email="kim@example.com")
    books.world.advance(timedelta(seconds=40))
    books.pay(5_000, "F-2", name="Kim Example", email="kim@example.com")
    found = books.tie_out()
    assert paid(found) == [("F-2", 5_000)]
    assert kinds(found) == {"double_payment"}


def test_the_reference_of_another_is_an_exception(books: Books) -> None:
    books.pay(5_000, "F-1", name="Kim Example", email="kim@example.com", postal_code="10002",
              instrument="card-of-kim")  # fmt: skip
    found = books.tie_out()
    assert "wrong_reference" in kinds(found)
    assert not [row for row in found["allocations"] if row["tier"] == "confirmed"]


def test_a_reference_that_nobody_has_is_an_exception(books: Books) -> None:
    books.pay(700, "F-99")
    found = books.tie_out()
    assert "confirmed" not in {row["tier"] for row in found["allocations"]}
    assert kinds(found) == {"unknown_reference"}
