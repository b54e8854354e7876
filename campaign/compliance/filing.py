"""The records of a Form 3 or 3X: which there are, and which money each states.

Belongs here: fees, refunds, debts, and the order of it all. Does not belong here: bytes and
separators (`reports/fec`), the columns of the cover (`columns`), or questions to the books
(`store/compliance`).
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from campaign.compliance import cover
from campaign.compliance.columns import FilingBooks, columns_of
from campaign.compliance.contributions import month_ends
from campaign.compliance.earmarks import conduit_memos, conduit_of
from campaign.compliance.filer import Filer
from campaign.compliance.loans import loan_records, owed_cents
from campaign.compliance.outside import OutsideItem
from campaign.compliance.periods import Coverage
from campaign.compliance.records import (
    Record,
    day_of_record,
    person_fields,
    receipt,
    text_of,
    transaction_id,
)
from campaign.compliance.remedy_items import announced, memo_items
from campaign.compliance.rule_tables import FOLDER, thresholds
from campaign.money import to_major

REFUND_PURPOSES = {
    "refund": "Contribution refund",
    "dispute": "Contribution returned: card chargeback",
    "dispute won": "Card chargeback reversed",
    "debit failed": "Contribution returned: bank debit failed",
}
REFUND_CATEGORY = "010"
FAILED_DEBIT = "Bank debit returned unpaid"


@dataclass(slots=True)
class Filing:
    """A filing in values: its days, its records and the columns of its cover."""

    filer: Filer
    coverage: Coverage
    records: list[Record] = field(default_factory=list)
    column_a: dict[str, int] = field(default_factory=dict)
    column_b: dict[str, int] = field(default_factory=dict)
    column_after: dict[str, int] | None = None
    debts_cents: int = 0


def compose(filer: Filer, coverage: Coverage, books: FilingBooks) -> Filing:
    """Return the filing of the coverage from the books of its window."""
    filing = Filing(filer, coverage)
    itemised = _itemised_givers(books.contributions)
    receipts = _between(books.contributions, "received_on", coverage)
    filing.records += _receipts(coverage, books, receipts[receipts["is_itemised"]])
    known = _ids(filing.records)
    filing.records += memo_items(coverage, books.contributions, books.remedies, known)
    filing.records += conduit_memos(coverage, books.contributions, books.conduits)
    filing.records += _fees(coverage, books.fees)
    filing.records += _refunds(coverage, books.returns, itemised, known)
    filing.records += _outside(coverage, books.outside)
    filing.records += loan_records(filer, coverage, books.loans)
    filing.records += _debts(books.debts)
    filing.debts_cents = int(books.debts["closing_cents"].sum()) if len(books.debts) else 0
    filing.debts_cents += owed_cents(books.loans, coverage.last_day)
    columns = columns_of(coverage, books)
    filing.column_a, filing.column_b = columns.period, columns.window
    filing.column_after = columns.after
    return filing


def _ids(records: Iterable[Record]) -> frozenset[str]:
    return frozenset(record.values["transaction_id"] for record in records)


def _between(frame: pd.DataFrame, column: str, coverage: Coverage) -> pd.DataFrame:
    return frame.loc[frame[column].between(coverage.first_day, coverage.last_day)]


def _itemised_givers(contributions: pd.DataFrame) -> frozenset[str]:
    return frozenset(contributions.loc[contributions["is_itemised"], "contributor"])


def _receipts(coverage: Coverage, books: FilingBooks, itemised: pd.DataFrame) -> Iterable[Record]:
    moved = announced(books.remedies)
    for row in itemised.to_dict("records"):
        charge = row["charge_id"]
        conduit = conduit_of(row, books.conduits)
        below = moved.get(charge, "") if row["amount_cents"] > 0 else FAILED_DEBIT
        identifier = transaction_id("A", charge)
        yield receipt(coverage, row, identifier, memo_text=below, **conduit)


@lru_cache(maxsize=1)
def processor() -> dict[str, str]:
    """Return the payment processor as a payee."""
    data = tomllib.loads((FOLDER / "processors.toml").read_text(encoding="utf-8"))
    return {key: str(value) for key, value in data["stripe"].items()}


def _fees(coverage: Coverage, fees: pd.DataFrame) -> Iterable[Record]:
    """Yield the processor's fees, a record a month, once they pass the threshold."""
    if not thresholds()["itemize_disbursement"].reached(int(fees["amount_cents"].sum())):
        return
    payee, line = processor(), cover.OPERATING[coverage.form]
    inside = _between(fees, "paid_on", coverage)
    for last_day in month_ends(coverage.first_day, coverage.last_day):
        month = pd.to_datetime(inside["paid_on"]).dt.month == last_day.month
        cents = int(inside.loc[month, "amount_cents"].sum())
        if cents == 0:
            continue
        identifier = transaction_id("B", "fees", coverage.code, f"{last_day:%Y-%m}")
        yield Record(
            "SchB",
            {
                "form_type": line,
                "transaction_id": identifier,
                "entity_type": "ORG",
                "payee_organization_name": payee["name"],
                "payee_street_1": payee["street"],
                "payee_city": payee["city"],
                "payee_state": payee["state"],
                "payee_zip_code": payee["zip"],
                "expenditure_date": day_of_record(last_day),
                "expenditure_amount": to_major(cents),
                "expenditure_purpose_descrip": payee["purpose"],
                "category_code": payee["category"],
            },
        )
        yield Record(
            "TEXT",
            {
                "rec_type": "TEXT",
                "transaction_id": transaction_id("T", "fees", coverage.code, f"{last_day:%Y-%m}"),
                "back_reference_tran_id": identifier,
                "back_reference_sched_name": line,
                "text": f"Fees of {last_day:%B %Y}, kept by the processor out of what it paid "
                "out; contributions are reported gross.",
            },
        )


def _refunds(
    coverage: Coverage,
    returns: pd.DataFrame,
    itemised: frozenset[str],
    known: frozenset[str],
) -> Iterable[Record]:
    """Yield what went back to people whose contributions are itemised.

    A dispute that was won is always shown: unitemised, it would bring the line's total below
    the sum of its items.
    """
    rows = _between(returns, "returned_on", coverage)
    shown = rows["contributor"].isin(itemised) | (rows["amount_cents"] < 0)
    for row in rows.loc[shown].to_dict("records"):
        original = transaction_id("A", row["charge_id"])
        values = {
            "form_type": cover.REFUND[coverage.form],
            "transaction_id": transaction_id("R", row["return_id"]),
            **person_fields(row, "payee"),
            "election_code": text_of(row["election_code"]) if coverage.form == "F3" else "",
            "expenditure_date": day_of_record(row["returned_on"]),
            "expenditure_amount": to_major(int(row["amount_cents"])),
            "expenditure_purpose_descrip": REFUND_PURPOSES[row["kind"]],
            "category_code": REFUND_CATEGORY,
        }
        if original in known:
            values |= {
                "back_reference_tran_id": original,
                "back_reference_sched_name": cover.INDIVIDUAL,
            }
        yield Record("SchB", values)


def _outside(coverage: Coverage, items: Iterable[OutsideItem]) -> Iterable[Record]:
    for item in items:
        if item.is_itemised and coverage.first_day <= item.on <= coverage.last_day:
            yield Record("SchA" if item.line.startswith("SA") else "SchB", item.record_values())


def _debts(debts: pd.DataFrame) -> Iterable[Record]:
    for row in debts.to_dict("records"):
        yield Record(
            "SchD",
            {
                "form_type": "SD10",
                "transaction_id": transaction_id("D", row["team_code"]),
                "entity_type": "ORG",
                "creditor_organization_name": text_of(row["team"]),
                "creditor_street_1": text_of(row.get("street")),
                "creditor_city": text_of(row.get("city")),
                "creditor_state": text_of(row.get("state")),
                "creditor_zip_code": text_of(row.get("zip")),
                "purpose_of_debt_or_obligation": "Telemarketing / fundraising calls",
                "beginning_balance_this_period": to_major(int(row["opening_cents"])),
                "incurred_amount_this_period": to_major(int(row["incurred_cents"])),
                "payment_amount_this_period": to_major(int(row["paid_cents"])),
                "balance_at_close_this_period": to_major(int(row["closing_cents"])),
            },
        )


def counts(filing: Filing) -> dict[str, int]:
    """Return how many records of each kind there are."""
    return dict(Counter(record.values.get("form_type", record.table) for record in filing.records))
