"""What payouts and banks do ends in the right books or in the right exception."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from sandbox.payouts import pay_out_by_hand
from tests.support.sandbox_books import PERIOD, Books, broken, kinds, status


def test_a_payout_that_fails_comes_back_and_goes_out_again(books: Books) -> None:
    books.pay()
    while not len(books.world.account.shelves["payout"]):
        books.days(1)
    payout = list(books.world.account.shelves["payout"])[-1]
    books.days(3)
    books.tie_out()
    books.do(f"/payouts/{_id(payout)}/fail")
    books.days(8)
    found = books.tie_out()
    assert "payout_failed" in kinds(found)
    assert not broken(found)
    assert len(books.world.account.shelves["payout"]) == 2


def _id(payout: Any) -> str:
    return str(payout["id"] if isinstance(payout, dict) else payout)


def test_a_negative_payout_is_taken_from_the_bank(books: Books) -> None:
    charge = books.pay()
    books.days(8)
    books.do("/negative_balances", on=True)
    books.do("/refunds", charge=charge)
    books.days(8)
    found = books.tie_out()
    assert not broken(found)
    assert found["totals"]["payouts_cents"] < 0 or found["totals"]["payouts"] == 2


@pytest.mark.parametrize("method", ["standard", "instant"])
def test_a_payout_by_hand_is_not_provable_and_never_passed(books: Books, method: str) -> None:
    books.do("/payout_schedule", interval="manual")
    books.pay()
    books.days(5)
    base = str(books.control.base_url).split("/_sandbox")[0]
    answer = httpx.post(
        f"{base}/v1/payouts",
        data={"amount": "5000", "currency": "usd", "method": method},
        headers={"Authorization": "Bearer sk_test_sandbox"},
        timeout=240,
    )
    assert answer.status_code == 200
    books.days(5)
    found = books.tie_out()
    assert status(found)[4] == status(found)[5] == "not_provable"
    assert "payout_not_provable" in kinds(found)
    assert not broken(found)


def edit_bank(books: Books, change: Callable[[list[str]], list[str]]) -> dict[str, Any]:
    """Bring in the statement after a change of its lines."""
    books.run("books", "sync", *PERIOD)
    path = books.folder / "bank.csv"
    books.world.bank.write_csv(path)
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *change(lines)]) + "\n", encoding="utf-8")
    books.run("books", "bank", path)
    return books.run("books", "reconcile", *PERIOD)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param(lambda lines: lines, None, id="right"),
        pytest.param(lambda lines: [*lines, lines[0]], "bank_line_doubled", id="doubled"),
        pytest.param(lambda lines: lines[1:], "payout_not_in_bank", id="missing"),
        pytest.param(
            lambda lines: [*lines, "2026-10-01,77.77,STRIPE TRANSFER,x"],
            "bank_line_unknown",
            id="unknown",
        ),
        pytest.param(lambda lines: [*lines, "2026-10-01,-900.00,RENT,"], None, id="not ours"),
    ],
)
def test_the_banks_lines_are_tied_or_named(
    books: Books, change: Callable[[list[str]], list[str]], kind: str | None
) -> None:
    for _ in range(3):
        books.pay(1_000)
        books.days(5)
    books.days(20)
    found = edit_bank(books, change)
    assert kinds(found) == ({kind} if kind else set())
    assert (6 in broken(found)) == (kind is not None)


@pytest.mark.parametrize("form", ["ofx", "camt", "bai2"])
def test_a_statement_of_any_format_ties_and_another_changes_nothing(
    books: Books, form: str
) -> None:
    for _ in range(3):
        books.pay(1_000)
        books.days(5)
    books.days(20)
    books.run("books", "sync", *PERIOD)
    path, other = books.folder / "statement", books.folder / "other.csv"
    count = books.world.bank.write(path, form)
    read = books.run("books", "bank", path)
    assert (read["format"], read["lines_read"], read["added"]) == (form, count, count)
    found = books.run("books", "reconcile", *PERIOD)
    assert status(found)[6] == "held"
    books.world.bank.write(other, "csv")
    assert books.run("books", "bank", other)["added"] == 0
    assert books.run("books", "bank", path)["added"] == 0
    again = books.run("books", "reconcile", *PERIOD)
    assert again["output_hash"] == found["output_hash"]
    assert not kinds(again)


@pytest.mark.parametrize(
    ("wrong", "right", "kind"),
    [
        pytest.param("</CdtDbtInd><Dt><Dt>2026-09", None, None, id="right"),
        pytest.param('<Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">0.00',
                     '<Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">5.00',
                     "bank_balance_differs", id="balance"),
        pytest.param("USD", "EUR", "bank_line_currency", id="currency"),
    ],
)  # fmt: skip
def test_a_wrong_balance_or_currency_of_a_statement_is_an_exception(
    books: Books, wrong: str, right: str | None, kind: str | None
) -> None:
    books.pay(1_000)
    books.days(20)
    books.run("books", "sync", *PERIOD)
    path = books.folder / "s.xml"
    books.world.bank.write(path, "camt")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(wrong, right or wrong), encoding="utf-8")
    books.run("books", "bank", path)
    found = books.run("books", "reconcile", *PERIOD)
    assert (kind in kinds(found)) == (kind is not None)
    assert not kinds(found) - {kind, "payout_not_in_bank"}


def test_a_statement_that_is_missing_between_two_is_an_exception(books: Books) -> None:
    first = books.world.now.date()
    for _ in range(3):
        books.pay(1_000)
        books.days(8)
    books.run("books", "sync", *PERIOD)
    for number, start in enumerate((0, 16)):
        path = books.folder / f"{number}.bai"
        days = (first + timedelta(days=start), first + timedelta(days=start + 7))
        assert books.world.bank.write(path, "bai2", *days)
        books.run("books", "bank", path)
    assert "bank_statement_missing" in kinds(books.run("books", "reconcile", *PERIOD))


def test_two_payouts_in_one_line_of_the_bank_tie_in_books_and_package(books: Books) -> None:
    books.do("/payout_schedule", interval="manual")
    books.pay(1_000)
    books.pay(2_500)
    books.days(8)
    account = books.world.account
    sums = [936, 2_398]
    for cents in sums:
        pay_out_by_hand(account, cents)
    books.days(8)
    lines = books.world.bank.lines
    assert sorted(line.amount for line in lines) == sorted(sums)
    lines[:] = [replace(lines[0], amount=sum(sums), reference="dep-1")]
    found = books.tie_out()
    assert status(found)[6] == "held"
    assert found["totals"]["bank_cents"] == sum(sums)
    books.run("reports", "treasurer", *PERIOD, "--out", books.folder / "package")
    with (books.folder / "package/rows/payouts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["bank_cents"] for row in rows) == sorted(map(str, sums))
    assert {row["difference_cents"] for row in rows} == {"0"}


def test_a_payout_that_fails_in_the_next_month_ties_in_both_packages(books: Books) -> None:
    """Its line belongs to the month that it left in, the line back to the month that it failed."""
    books.pay()
    while books.world.now.date() < date(2026, 9, 26):
        books.days(1)
    books.pay(2_500)
    while books.world.now.date() < date(2026, 10, 2):
        books.days(1)
    payouts = books.world.account.shelves["payout"]
    (last,) = (books.world.bank.lines[-1].reference,)
    assert payouts[last]["status"] == "paid"
    books.do(f"/payouts/{last}/fail")
    books.days(12)
    books.tie_out()
    for days in (("2026-09-01", "2026-09-30"), ("2026-10-01", "2026-10-31")):
        words = ("--from", days[0], "--to", days[1])
        found = books.run("reports", "treasurer", *words)
        assert found["figures"]["tieout.unexplained"] == 0, days
        assert found["figures"]["payouts.bank"] == found["figures"]["payouts.made"], days
