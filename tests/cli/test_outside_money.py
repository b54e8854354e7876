"""Money that Pledgeline does not see: gifts through a conduit, loans, where vendors are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fecfile
import hardmoney
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.support.synthetic_books import Shape, write_books

Cli = Callable[..., Any]
HEADER = (
    "Receipt ID,Date,Amount,Donor First Name,Donor Last Name,Donor Addr1,Donor City,Donor State,"
    "Donor ZIP,Donor Country,Donor Occupation,Donor Employer,Donor Email,Donor Phone,Lineitem ID"
)
INEZ = "Inez,Earmark,1 Test St,Columbus,OH,43004,US,Nurse,Acme,i@example.org,6145550101"
OTTO = "Otto,Small,2 Test St,Columbus,OH,43004,US,Cook,Diner,o@example.org,6145550102"
GIFTS = f"""
AB1,2026-07-10 12:00:00,150.00,{INEZ},1
AB2,2026-08-11 12:00:00,100.00,{INEZ},2
AB3,2026-08-11 12:00:00,25.00,{OTTO},3
AB4,2026-03-01 12:00:00,75.00,{OTTO},4
"""
CONDUIT = """
[[conduits]]
name = "ActBlue"
committee_id = "C00401224"
street = "PO Box 441146"
city = "West Somerville"
state = "MA"
zip = "02144"
sources = ["ACTBLUE"]
"""
CANDIDATE = """\
last_name = "Rivera"
first_name = "Ana"
street = "1 Test St"
city = "Columbus"
state = "OH"
zip = "43004"
"""
LOANS = f"""
[[loans]]
id = "L1"
line = "SA13A"
on = 2026-07-05
amount = "10000.00"
{CANDIDATE}personal_funds = true
election = "G2026"
[[payments]]
line = "SB19A"
on = 2026-09-05
amount = "4000.00"
{CANDIDATE}purpose = "Loan repayment"
repays = "L1"
"""
VENDOR = """
[[vendors]]
team = "OHIO"
street = "9 Pay St"
city = "Dayton"
state = "OH"
zip = "45402"
"""


Draw = Callable[[str], tuple[Any, Any]]


@pytest.fixture
def draw_q3(database: Engine, cli: Cli, tmp_path: Path) -> Draw:
    """Draw up the third quarter with what a file of outside money says."""

    def draw(said: str) -> tuple[Any, Any]:
        outside, file = tmp_path / "outside.toml", tmp_path / "q3.fec"
        outside.write_text(said, encoding="utf-8")
        words = ("fec", "--form", "F3", "--report", "Q3", "--out", file, "--outside", outside)
        result = cli("reports", *words, "--json")
        if result.exit_code == 2:
            return result, None
        assert result.exit_code == 0, file.with_name("q3.checks.txt").read_text()
        return json.loads(result.stdout), hardmoney.parse_file(file)

    return draw


@pytest.fixture
def q3(draw_q3: Draw, session: Session, cli: Cli, tmp_path: Path) -> Draw:
    """The same over the books of a candidate, with two lists that tell of gifts."""
    write_books(session, Shape(seed=5, charges=80))
    session.commit()
    gifts = tmp_path / "actblue.csv"
    gifts.write_text(HEADER + GIFTS, encoding="utf-8")
    assert cli("lists", "import", gifts, "--source", "ACTBLUE").exit_code == 0
    # Another list tells of the same gifts: they are not given twice.
    assert cli("lists", "import", gifts, "--source", "BOARD").exit_code == 0
    return draw_q3


def test_gifts_through_a_conduit_are_the_givers_and_name_it(q3: Any) -> None:
    without, _ = q3("")
    assert without["warnings"]["gifts_of_lists"] == 1
    told, filing = q3(CONDUIT)
    assert "gifts_of_lists" not in told["warnings"]
    # $150 + $100 of one giver, $25 of another: all of it is money received.
    gained = told["cover"]["total_receipts"] - without["cover"]["total_receipts"]
    assert gained == 27_500
    mine = [line for line in filing.lines_for("SchA") if line["contributor_last_name"] == "Earmark"]
    assert [(line["contribution_amount"], line["contribution_aggregate"]) for line in mine] == [
        ("150.00", "150.00"),
        ("100.00", "250.00"),
    ]
    assert {line["conduit_name"] for line in mine} == {"ActBlue"}
    assert {line["contribution_purpose_descrip"] for line in mine} == {"Earmarked through ActBlue"}
    # $100 within the cycle, of which March's $75 is an earlier report's: not above $200.
    assert not [a for a in filing.lines_for("SchA") if a["contributor_last_name"] == "Small"]
    memos = [line for line in filing.lines_for("SchA") if line.is_memo]
    assert [(m["contribution_date"], m["contribution_amount"]) for m in memos] == [
        ("20260710", "150.00"),
        ("20260811", "125.00"),
    ]
    assert {m["donor_committee_fec_id"] for m in memos} == {"C00401224"}
    assert filing.reconcile().balances


def test_a_loan_is_received_owed_and_repaid(q3: Any) -> None:
    without, _ = q3("")
    told, filing = q3(LOANS)
    assert told["cover"]["candidate_loans"] == 1_000_000
    assert told["cover"]["candidate_loan_repayments"] == 400_000
    (loan,) = filing.lines_for("SchC")
    assert (loan["loan_amount_original"], loan["loan_payment_to_date"], loan["loan_balance"]) == (
        "10000.00",
        "4000.00",
        "6000.00",
    )
    assert (loan["entity_type"], loan["receipt_line_number"]) == ("CAN", "13A")
    debts = sum(line.amount("balance_at_close_this_period") for line in filing.lines_for("SchD"))
    assert filing.summary.amount("col_a_debts_by") == debts + 6000
    assert filing.reconcile().balances
    other = fecfile.loads(filing.to_fec().decode("ascii"))
    assert float(other["itemizations"]["Schedule C"][0]["loan_balance"]) == 6000.0
    assert without["cover"]["total_loans"] == 0


def test_a_vendor_is_owed_at_its_address(q3: Any) -> None:
    _, filing = q3(VENDOR)
    streets = {line["creditor_organization_name"]: line["creditor_street_1"]
               for line in filing.lines_for("SchD")}  # fmt: skip
    assert "9 Pay St" in streets.values()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        pytest.param(CONDUIT.replace('"ACTBLUE"', '"NOBODY"'), "no list 'NOBODY'", id="list"),
        pytest.param(CONDUIT.replace("sources", "lists"), "unknown lists", id="word"),
        pytest.param(LOANS.replace('repays = "L1"', 'repays = "L9"'), "names the id", id="loan"),
        pytest.param(LOANS.replace("4000.00", "40000.00"), "more is repaid", id="too much"),
        pytest.param(LOANS.replace("SA13A", "SA11C"), "SA13A", id="line"),
        pytest.param(LOANS.replace('id = "L1"\n', ""), "id", id="no id"),
        pytest.param(VENDOR.replace('team = "OHIO"\n', ""), "by its code", id="no team"),
        pytest.param("[[lonas]]\n", "unknown lonas", id="table"),
        pytest.param("[receipts]\nline = 5\n", "write receipts as a table, [[receipts]]", id="one"),
        pytest.param("[[opening]]\n", "write opening as a table, [opening]", id="several"),
        pytest.param("loans = 5\n", "write loans as a table", id="number"),
        pytest.param("[[loans]]\nline = {a = 1}\n", "line is one value", id="nested"),
    ],
)
def test_what_the_file_says_wrong_is_one_sentence(draw_q3: Draw, said: str, sentence: str) -> None:
    result, nothing = draw_q3(said)
    assert (result.exit_code, nothing) == (2, None)
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
