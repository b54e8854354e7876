"""Money that goes back does so in its own month; what an earlier month told of its teams stays."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_reports import PASSWORD, a_reviewer
from tests.support.sandbox_books import Books

TEAMS = """
[committee]
code = "TEST"
name = "Testers Together"
kind = "nonprofit"
ein = "00-1234567"
state = "NY"
timezone = "America/New_York"

[campaign]
code = "FALL-26"
name = "Fall calls"
starts_on = 2026-09-01
ends_on = 2026-12-31
"""
TEAM = """
[[teams]]
code = "{code}"
name = "{code} Calls"
kind = "onshore"
place = "Boise, Idaho"
timezone = "America/Boise"
capacity = 600
cost = "percentage"
percent = 20
contract = [2026-09-01, 2027-12-31]
"""
PLEDGES = """pledge_ref,first_name,last_name,email,postal_code,amount,pledged_on,team
R-1,Ann,Sample,ann@example.com,10003,10000.00,2026-09-07,OHIO
R-2,Ann,Sample,ann@example.com,10003,5000.00,2026-09-07,UTAH
"""
ANN = {"name": "Ann Sample", "email": "ann@example.com", "postal_code": "10003"}
MONTHS = {9: "30", 10: "31", 11: "30", 12: "31"}
CAME = {"OHIO": (1_000_000, 0), "UTAH": (500_000, 0)}

Told = dict[str, tuple[int, int]]


def days_of(month: int, last: int) -> tuple[str, ...]:
    return ("--from", f"2026-{month:02}-01", "--to", f"2026-{last:02}-{MONTHS[last]}")


def team_rows(books: Books, first: int, last: int) -> dict[str, tuple[int, int, int]]:
    """What came in for each team in these months, what went back, and what it costs."""
    folder = books.folder / "package"
    books.run("reports", "treasurer", *days_of(first, last), "--out", folder)
    with (folder / "rows" / "teams.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["team_code"]: (
                int(row["gross_cents"]), int(row["returned_cents"]), int(row["cost_cents"])
            )
            for row in csv.DictReader(file)
        }  # fmt: skip


def told_by(books: Books, first: int, last: int) -> Told:
    """What came in for each team in these months, and what went back; its cost is a fifth."""
    rows = team_rows(books, first, last)
    assert all(cost * 5 == gross - back for gross, back, cost in rows.values())
    return {team: (gross, back) for team, (gross, back, _) in rows.items()}


def close(books: Books, month: int) -> None:
    books.days(2)
    books.run("books", "sync", *days_of(month, month))
    books.run("books", "reconcile", *days_of(month, month))


def until(books: Books, month: int) -> None:
    moment = datetime.fromisoformat(f"2026-{month:02}-10T12:00:00-04:00")
    books.world.advance(moment.astimezone(UTC))


@pytest.fixture
def promised(books: Books) -> Books:
    """Books with the pledges that two call centres took of one person."""
    teams = TEAMS + "".join(TEAM.format(code=code) for code in CAME)
    (books.folder / "teams.toml").write_text(teams, encoding="utf-8")
    assert books.cli("campaign", "apply", books.folder / "teams.toml").exit_code == 0
    (books.folder / "promised.csv").write_text(PLEDGES, encoding="utf-8")
    books.run("pledges", "import", books.folder / "promised.csv")
    return books


@pytest.fixture
def paid(promised: Books) -> str:
    """One payment of September, not fetched yet, that pays both pledges."""
    return promised.pay(1_500_000, ref="R-1", **ANN)


@pytest.fixture
def charge(books: Books, paid: str) -> str:
    """The same, fetched and reconciled."""
    close(books, 9)
    return paid


@pytest.fixture
def debit(promised: Books) -> str:
    """The same paid from a bank account: the debit has come, and nothing was fetched yet."""
    debited = promised.pay(1_500_000, ref="R-1", method="us_bank_account", **ANN)
    promised.days(8)
    return debited


def happen(books: Books, charge: str, what: str | int) -> None:
    if isinstance(what, int):
        books.do("/refunds", charge=charge, amount=what)
    elif what == "dispute":
        books.do("/disputes", charge=charge)
    elif what == "fail":
        books.do(f"/charges/{charge}/return")
    else:
        (dispute,) = books.world.account.shelves["dispute"]
        books.do(f"/disputes/{dispute['id']}/{what}")


def told_month_by_month(
    books: Books, charge: str, *later: tuple[str | int, Told] | None
) -> dict[int, Told]:
    """Let something go back in October and perhaps November; return what each month tells then.

    Whatever comes, the months before tell what they told.
    """
    told = {9: CAME}
    for month, (what, expected) in enumerate(filter(None, later), start=10):
        until(books, month)
        happen(books, charge, what)
        close(books, month)
        told[month] = expected
        assert {one: told_by(books, one, one) for one in told} == told
    return told


@pytest.mark.parametrize(
    ("october", "november"),
    [
        pytest.param(
            (1_500_000, {"OHIO": (0, 1_000_000), "UTAH": (0, 500_000)}), None, id="refund"
        ),
        pytest.param(
            (300_000, {"OHIO": (0, 0), "UTAH": (0, 300_000)}),
            (1_200_000, {"OHIO": (0, 1_000_000), "UTAH": (0, 200_000)}),
            id="in two parts",
        ),
        pytest.param(
            (600_000, {"OHIO": (0, 100_000), "UTAH": (0, 500_000)}),
            (100_000, {"OHIO": (0, 100_000), "UTAH": (0, 0)}),
            id="one pledge and more",
        ),
        pytest.param(
            ("dispute", {"OHIO": (0, 1_000_000), "UTAH": (0, 500_000)}),
            ("lose", {"OHIO": (0, 0), "UTAH": (0, 0)}),
            id="dispute lost",
        ),
        pytest.param(
            ("dispute", {"OHIO": (0, 1_000_000), "UTAH": (0, 500_000)}),
            ("win", {"OHIO": (0, -1_000_000), "UTAH": (0, -500_000)}),
            id="dispute won",
        ),
    ],
)
def test_what_goes_back_is_told_in_its_own_month(
    books: Books,
    charge: str,
    october: tuple[str | int, Told],
    november: tuple[str | int, Told] | None,
) -> None:
    assert told_by(books, 9, 9) == CAME
    told = told_month_by_month(books, charge, october, november)
    whole = told_by(books, 9, max(told))
    sums = {
        team: tuple(sum(month[team][side] for month in told.values()) for side in (0, 1))
        for team in CAME
    }
    assert whole == sums


def test_a_dispute_won_after_another_payment_paid_the_pledge_leaves_the_months_before(
    books: Books, charge: str
) -> None:
    """What comes back finds its pledge paid: it pays another only where a person says so."""
    told = {9: {"OHIO": (1_000_000, 0, 200_000), "UTAH": (500_000, 0, 100_000)}}

    def close_as(month: int, ohio: tuple[int, int, int], utah: tuple[int, int, int]) -> None:
        close(books, month)
        told[month] = {"OHIO": ohio, "UTAH": utah}
        assert {one: team_rows(books, one, one) for one in told} == told

    until(books, 10)
    happen(books, charge, "dispute")
    books.days(1)
    second = books.pay(1_000_000, ref="R-1", **ANN)
    close_as(10, (1_000_000, 1_000_000, 0), (0, 500_000, -100_000))
    until(books, 11)
    happen(books, charge, "win")
    close_as(11, (0, -1_500_000, 0), (0, 0, 0))
    resolve = ("books", "resolve", charge, "--as", "pledge:R-2", "--because", "her letter")
    assert books.cli(*resolve).exit_code == 0
    close_as(11, (0, -1_000_000, 0), (0, -500_000, 100_000))
    happen(books, charge, 1_000_000)
    close_as(11, (0, 0, 0), (0, -500_000, 100_000))
    until(books, 12)
    happen(books, charge, 200_000)
    close_as(12, (0, 0, 0), (0, 200_000, -40_000))
    pays = books.run("books", "reconcile", *days_of(9, 12))["allocations"]
    assert {(row["payment_id"], row["pledge_ref"], row["amount_cents"]) for row in pays} == {
        (charge, "R-2", 300_000),
        (second, "R-1", 1_000_000),
    }


def test_what_went_back_in_part_before_the_first_match_is_told_the_same_later(
    books: Books, paid: str
) -> None:
    until(books, 10)
    happen(books, paid, 300_000)
    close(books, 9)
    close(books, 10)
    told = {9: CAME, 10: {"OHIO": (0, 0), "UTAH": (0, 300_000)}}
    assert {one: told_by(books, one, one) for one in told} == told
    until(books, 11)
    happen(books, paid, 1_200_000)
    close(books, 11)
    told[11] = {"OHIO": (0, 1_000_000), "UTAH": (0, 200_000)}
    assert {one: told_by(books, one, one) for one in told} == told


def package(books: Books, first: int, last: int) -> dict[str, int]:
    """The figures of the package of these months; all of it is explained."""
    figures: dict[str, int] = books.run("reports", "treasurer", *days_of(first, last))["figures"]
    assert figures["tieout.unexplained"] == figures["invariants.broken"] == 0
    return figures


@pytest.mark.parametrize(
    ("october", "november"),
    [
        pytest.param(("fail", {"OHIO": (0, 1_000_000), "UTAH": (0, 500_000)}), None, id="whole"),
        pytest.param(
            (300_000, {"OHIO": (0, 0), "UTAH": (0, 300_000)}),
            # The bank takes the whole debit back, whatever was given back before.
            ("fail", {"OHIO": (0, 1_300_000), "UTAH": (0, 200_000)}),
            id="after a refund",
        ),
    ],
)
def test_a_debit_that_fails_later_goes_back_in_its_own_month(
    books: Books,
    debit: str,
    october: tuple[str | int, Told],
    november: tuple[str | int, Told] | None,
) -> None:
    close(books, 9)
    told = told_month_by_month(books, debit, october, november)
    happen(books, debit, "fail")
    close(books, max(told))
    books.run("books", "sync", *days_of(9, 9))
    assert {one: told_by(books, one, one) for one in told} == told
    went = [package(books, month, month) for month in told]
    assert [figures["receipts.gross"] for figures in went[:2]] == [1_500_000, 0]
    assert went[-1]["returns.disputes"] == 1_500_000
    whole = package(books, 9, max(told))
    for name in ("receipts.gross", "returns.refunds", "returns.disputes", "fees.total"):
        assert whole[name] == sum(figures[name] for figures in went)


def test_a_debit_that_comes_and_fails_in_one_month_is_told_both_ways_in_it(
    books: Books, debit: str
) -> None:
    close(books, 9)
    happen(books, debit, "fail")
    close(books, 9)
    assert told_by(books, 9, 9) == {"OHIO": (1_000_000, 1_000_000), "UTAH": (500_000, 500_000)}
    found = books.run("books", "reconcile", *days_of(9, 9))
    (row,) = [row for row in found["exceptions"] if row["kind"] == "payment_failed_late"]
    assert row["amount_cents"] == 1_500_000
    said = r"took \$15,000\.00 back on Sep \d+, 2026: the debit had come and failed"
    assert re.search(said, row["reason"])
    sums = found["totals"]
    assert [sums[f"{name}_cents"] for name in ("charged", "returned", "kept")] == [
        1_500_000, 1_500_000, 0
    ]  # fmt: skip


def test_a_debit_that_failed_before_it_was_ever_fetched_never_came(
    books: Books, debit: str
) -> None:
    until(books, 10)
    happen(books, debit, "fail")
    for month in (9, 10):
        close(books, month)
    for month in (9, 10):
        figures = package(books, month, month)
        assert figures["receipts.gross"] == figures["returns.disputes"] == 0
    assert package(books, 9, 9)["ledger.timing"] == 1_500_000
    assert package(books, 10, 10)["ledger.timing"] == -1_500_000


def test_a_debit_that_failed_before_the_first_match_came_and_went_without_a_team(
    books: Books, debit: str
) -> None:
    books.run("books", "sync", *days_of(9, 9))
    until(books, 10)
    happen(books, debit, "fail")
    for month in (9, 10):
        close(books, month)
    nothing = {"OHIO": (0, 0), "UTAH": (0, 0)}
    assert [told_by(books, month, month) for month in (9, 10)] == [nothing, nothing]
    assert package(books, 9, 9)["receipts.no_pledge"] == 1_500_000
    assert package(books, 10, 10)["returns.disputes"] == 1_500_000


def filed(books: Books, report: str) -> list[list[str]]:
    """The lines of a Form 3X of 2026 with what came from people and what went back to them."""
    path = books.folder / f"{report}.fec"
    drawn = books.run("reports", "fec", "--form", "F3X", "--report", report, "--out", path)
    lines = Path(drawn["path"]).read_text(encoding="ascii").split("\n")
    return [line.split("\x1c") for line in lines if line.startswith(("SA11AI", "SB28A"))]


def test_a_debit_that_fails_later_is_filed_where_it_came_and_where_it_went(
    books: Books, debit: str
) -> None:
    """On line 11(a) of both reports, in the later one below nothing: so is a bounced check."""
    file = books.folder / "teams.toml"
    text = file.read_text(encoding="utf-8").replace('"nonprofit"', '"pac"\nfec_id = "C00900000"')
    file.write_text(text, encoding="utf-8")
    assert books.cli("campaign", "apply", file).exit_code == 0
    close(books, 9)
    before = filed(books, "M10")
    assert [line[0] for line in before] == ["SA11AI"]
    until(books, 10)
    happen(books, debit, "fail")
    close(books, 10)
    assert filed(books, "M10") == before
    (line,) = filed(books, "12G")
    assert line[0] == "SA11AI"
    assert {"20261010", "-15000.00", "0.00", "Bank debit returned unpaid"} <= set(line)


def test_nobody_is_thanked_for_a_debit_that_failed(books: Books, debit: str) -> None:
    close(books, 9)
    letters = ("reports", "letters", "acknowledgement", *days_of(9, 9))
    until(books, 10)
    happen(books, debit, "fail")
    close(books, 10)
    assert books.run(*letters)["written"] == 0


def test_of_a_debit_that_failed_nothing_may_be_moved(books: Books, debit: str) -> None:
    close(books, 9)
    happen(books, debit, "fail")
    close(books, 9)
    moved = ("--as", "redesignation", "--amount", "1.00", "--to", "P2028", "--because", "letter 1")
    refused = books.cli("reports", "remedy", debit, *moved)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Of this payment $0.00 may still be moved." in refused.stderr


def sign(books: Books, month: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Draw up a month's package and let a reviewer sign it; return its code."""
    report = str(books.run("reports", "treasurer", *days_of(month, month))["report"])
    assert books.cli("reports", "submit", report).exit_code == 0
    a_reviewer()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    done = books.cli("reports", "sign", report, "--as", "rev@example.org", "--password-stdin")
    assert done.exit_code == 0, done.stderr
    return report


def test_what_was_signed_to_pay_a_pledge_does_so_whatever_fits_better_since(
    books: Books, charge: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one payment left pays a second pledge; then one carries that pledge's reference."""
    sign(books, 9, monkeypatch)
    until(books, 10)
    late = books.pay(500_000, ref="R-2", **ANN)
    close(books, 10)
    assert books.cli("audit", "verify").exit_code == 0
    assert told_by(books, 9, 9) == CAME
    found = books.run("books", "reconcile", *days_of(10, 10))
    assert found["allocations"] == []
    assert {row["payment_id"]: row["reason"] for row in found["unallocated"]} == {
        late: "overpayment: the pledge that it names was already paid"
    }
    assert [row["kind"] for row in found["exceptions"]] == ["overpayment"]


@pytest.mark.parametrize("what", [1_500_000, "fail"], ids=["refund", "failed debit"])
def test_what_goes_back_later_does_not_touch_what_was_signed(
    books: Books, debit: str, monkeypatch: pytest.MonkeyPatch, what: str | int
) -> None:
    close(books, 9)
    report = sign(books, 9, monkeypatch)
    until(books, 10)
    happen(books, debit, what)
    close(books, 10)
    found: Any = books.cli("audit", "verify")
    assert found.exit_code == 0, found.stdout + found.stderr
    # Whoever audits the signed month still finds the pledges behind its payment.
    sample = books.run("reports", "audit-sample", report, "--size", 1)
    assert [item["pledge"] for item in sample["items"]] == ["R-1", "R-2"]
