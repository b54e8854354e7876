"""Money that goes back does so in its own month; what an earlier month told of its teams stays."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
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
MONTHS = {9: "30", 10: "31", 11: "30"}
CAME = {"OHIO": (1_000_000, 0), "UTAH": (500_000, 0)}

Told = dict[str, tuple[int, int]]


def days_of(month: int, last: int) -> tuple[str, ...]:
    return ("--from", f"2026-{month:02}-01", "--to", f"2026-{last:02}-{MONTHS[last]}")


def told_by(books: Books, first: int, last: int) -> Told:
    """What came in for each team in these months, and what went back; its cost is a fifth."""
    folder = books.folder / "package"
    books.run("reports", "treasurer", *days_of(first, last), "--out", folder)
    told = {}
    with (folder / "rows" / "teams.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            gross, back, cost = (
                int(row[f"{name}_cents"]) for name in ("gross", "returned", "cost")
            )
            assert cost * 5 == gross - back
            told[row["team_code"]] = (gross, back)
    return told


def close(books: Books, month: int) -> None:
    books.days(2)
    books.run("books", "sync", *days_of(month, month))
    books.run("books", "reconcile", *days_of(month, month))


def until(books: Books, month: int) -> None:
    moment = datetime.fromisoformat(f"2026-{month:02}-10T12:00:00-04:00")
    books.world.advance(moment.astimezone(UTC))


@pytest.fixture
def paid(books: Books) -> str:
    """One payment of September, not fetched yet, that pays the pledges of two call centres."""
    teams = TEAMS + "".join(TEAM.format(code=code) for code in CAME)
    (books.folder / "teams.toml").write_text(teams, encoding="utf-8")
    assert books.cli("campaign", "apply", books.folder / "teams.toml").exit_code == 0
    (books.folder / "promised.csv").write_text(PLEDGES, encoding="utf-8")
    books.run("pledges", "import", books.folder / "promised.csv")
    return books.pay(1_500_000, ref="R-1", **ANN)


@pytest.fixture
def charge(books: Books, paid: str) -> str:
    """The same, fetched and reconciled."""
    close(books, 9)
    return paid


def happen(books: Books, charge: str, what: str | int) -> None:
    if isinstance(what, int):
        books.do("/refunds", charge=charge, amount=what)
    elif what == "dispute":
        books.do("/disputes", charge=charge)
    else:
        (dispute,) = books.world.account.shelves["dispute"]
        books.do(f"/disputes/{dispute['id']}/{what}")


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
    told = {9: CAME}
    for month, later in ((10, october), (11, november)):
        if later is None:
            break
        what, expected = later
        until(books, month)
        happen(books, charge, what)
        close(books, month)
        told[month] = expected
        assert {one: told_by(books, one, one) for one in told} == told
    whole = told_by(books, 9, max(told))
    sums = {
        team: tuple(sum(month[team][side] for month in told.values()) for side in (0, 1))
        for team in CAME
    }
    assert whole == sums


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


def test_a_later_refund_does_not_touch_what_was_signed(
    books: Books, charge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = books.run("reports", "treasurer", *days_of(9, 9))
    assert books.cli("reports", "submit", drawn["report"]).exit_code == 0
    a_reviewer()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    signed = ("reports", "sign", drawn["report"], "--as", "rev@example.org", "--password-stdin")
    done = books.cli(*signed)
    assert done.exit_code == 0, done.stderr
    until(books, 10)
    happen(books, charge, 1_500_000)
    close(books, 10)
    found: Any = books.cli("audit", "verify")
    assert found.exit_code == 0, found.stdout + found.stderr
    # Whoever audits the signed month still finds the pledges behind its payment.
    sample = books.run("reports", "audit-sample", drawn["report"], "--size", 1)
    assert [item["pledge"] for item in sample["items"]] == ["R-1", "R-2"]
