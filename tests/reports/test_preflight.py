"""Each fault that hardmoney lets through is caught by a check of our own."""

from __future__ import annotations

from collections.abc import Callable

import hardmoney
import pytest

from reports.preflight import preflight
from tests.support.random_books import filing_bytes_of

Fault = Callable[["hardmoney.Filing"], None]


def first(filing: hardmoney.Filing, form_type: str) -> hardmoney.Line:
    return next(line for line in filing.lines if line.form_type == form_type)


def on(kind: str, /, **values: str) -> Fault:
    def spoil(filing: hardmoney.Filing) -> None:
        line = first(filing, kind)
        for name, value in values.items():
            line.set(name, value)

    return spoil


def on_cover(**values: str) -> Fault:
    def spoil(filing: hardmoney.Filing) -> None:
        for name, value in values.items():
            filing.summary.set(name, value)

    return spoil


FAULTS: dict[str, tuple[Fault, str]] = {
    "a report code that is none": (on_cover(report_code="Q9"), "report_code"),
    "a monthly report on a Form 3": (on_cover(report_code="M4"), "report_code"),
    "a blank election code": (on("SA11AI", election_code=""), "election_code"),
    "an aggregate below the amount": (on("SA11AI", contribution_aggregate="0.01"), "aggregate"),
    "a blank purpose": (on("SB17", expenditure_purpose_descrip=""), "purpose"),
    "a vague purpose": (on("SB17", expenditure_purpose_descrip="Miscellaneous"), "purpose"),
    "a PAC's line on a Form 3": (on("SB17", form_type="SB21B"), "line_of_form"),
    "a state that is none": (on("SA11AI", contributor_state="XX"), "state"),
    "no employer": (on("SA11AI", contributor_employer=""), "employment"),
    "no occupation": (on("SA11AI", contributor_occupation=""), "employment"),
    "no name": (on("SA11AI", contributor_last_name="Unknown"), "contributor"),
    "a day outside of the period": (on("SA11AI", contribution_date="20251231"), "date"),
    "an id that is too long": (on("SA11AI", transaction_id="A" * 21), "transaction_id"),
    "an id in lower case": (on("SA11AI", transaction_id="abc"), "transaction_id"),
    "a back reference to nothing": (
        on("SB20A", back_reference_tran_id="NOTHING", back_reference_sched_name="SA11AI"),
        "back_reference",
    ),
    "a committee id that is none": (on_cover(filer_committee_id_number="X1"), "committee_id"),
    "days out of order": (on_cover(coverage_from_date="20271231"), "coverage"),
    "a loan that does not add up": (on("SC/10", loan_balance="1.00"), "loan"),
    "a debt for nothing": (on("SD10", purpose_of_debt_or_obligation=""), "purpose"),
    "a debt that does not add up": (on("SD10", incurred_amount_this_period="1.00"), "debt"),
    "a cover line that is off by a cent": (
        on_cover(col_a_total_receipts="0.01"),
        "cover_line",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_caught(name: str) -> None:
    clean = filing_bytes_of()
    assert preflight(clean).errors == ()
    filing = hardmoney.parse(clean)
    spoil, rule = FAULTS[name]
    spoil(filing)
    caught = {problem.rule for problem in preflight(filing.to_fec()).errors}
    assert rule in caught


def test_a_letter_outside_of_ascii_is_caught() -> None:
    spoiled = filing_bytes_of().replace(b"Columbus", "Columbüs".encode("cp1252"), 1)
    assert {problem.rule for problem in preflight(spoiled).errors} >= {"ascii"}


def test_bytes_that_are_no_filing_are_one_error() -> None:
    found = preflight(b"hello, world\r\n")
    assert [problem.rule for problem in found.errors] == ["unreadable"]


def test_a_single_name_is_filed_and_warned_of() -> None:
    filing = hardmoney.parse(filing_bytes_of())
    first(filing, "SA11AI").set("contributor_first_name", "UNKNOWN")
    found = preflight(filing.to_fec())
    assert found.errors == ()
    assert "first_name" in {problem.rule for problem in found.warnings}
