"""Loans to the committee (Schedule C): what was lent, what was paid back, what is owed.

Belongs here: a loan's record and balance. Does not belong here: reading the treasurer's file
(`outside`), or the receipt and the repayments, which are ordinary entries of Schedules A and B.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from campaign.compliance import cover
from campaign.compliance.filer import Filer
from campaign.compliance.periods import Coverage
from campaign.compliance.records import Record, day_of_record
from campaign.money import to_major


@dataclass(frozen=True, slots=True)
class Loan:
    """One loan, with every repayment that the file tells."""

    identifier: str
    line: str
    on: date
    amount_cents: int
    repaid: tuple[tuple[date, int], ...]
    said: Mapping[str, str]

    def repaid_until(self, day: date) -> int:
        """Return what was paid back up to the day, this included."""
        return sum(cents for on, cents in self.repaid if on <= day)

    def balance(self, day: date) -> int:
        """Return what is owed at the end of the day."""
        return self.amount_cents - self.repaid_until(day) if self.on <= day else 0


def owed_cents(loans: Iterable[Loan], day: date) -> int:
    """Return what the committee owes on loans at the end of the day."""
    return sum(loan.balance(day) for loan in loans)


def loan_records(filer: Filer, coverage: Coverage, loans: Sequence[Loan]) -> Iterable[Record]:
    """Yield each loan that was owed or moved in these days (11 CFR 104.3(d))."""
    for loan in loans:
        moved = any(coverage.first_day <= on <= coverage.last_day for on, _ in loan.repaid)
        if loan.on <= coverage.last_day and (moved or loan.balance(coverage.last_day)):
            yield _record(filer, coverage, loan)


def _record(filer: Filer, coverage: Coverage, loan: Loan) -> Record:
    said = loan.said
    values = {
        "form_type": "SC/10",
        "transaction_id": f"C{loan.identifier}",
        "receipt_line_number": loan.line.removeprefix("SA"),
        "entity_type": entity_of(loan.line, said),
        "lender_organization_name": said.get("organisation", ""),
        "lender_last_name": said.get("last_name", ""),
        "lender_first_name": said.get("first_name", ""),
        "lender_street_1": said.get("street", ""),
        "lender_city": said.get("city", ""),
        "lender_state": said.get("state", ""),
        "lender_zip_code": said.get("zip", "").replace("-", ""),
        "election_code": said.get("election", ""),
        "loan_amount_original": to_major(loan.amount_cents),
        "loan_payment_to_date": to_major(loan.repaid_until(coverage.last_day)),
        "loan_balance": to_major(loan.balance(coverage.last_day)),
        "loan_incurred_date_terms": day_of_record(loan.on),
        "loan_due_date_terms": said.get("due", "None"),
        "loan_interest_rate_terms": said.get("interest", "0"),
        "secured": "Y" if said.get("secured") == "True" else "N",
        "personal_funds": "Y" if said.get("personal_funds") == "True" else "N",
        "lender_committee_id_number": said.get("committee_id", ""),
    }
    if values["entity_type"] == "CAN":
        values |= {
            "lender_candidate_id_number": filer.candidate_id,
            "lender_candidate_last_name": filer.candidate_last,
            "lender_candidate_first_name": filer.candidate_first,
            "lender_candidate_office": filer.office,
            "lender_candidate_state": filer.state if filer.office != "P" else "",
            "lender_candidate_district": filer.district if filer.office == "H" else "",
        }
    return Record("SchC", values)


def entity_of(line: str, said: Mapping[str, str]) -> str:
    """Return what kind of payer or lender an entry of a line names."""
    if said.get("entity"):
        return said["entity"]
    if "last_name" in said:
        return "CAN" if line in cover.OF_CANDIDATE else "IND"
    return "PAC" if "committee_id" in said else "ORG"
