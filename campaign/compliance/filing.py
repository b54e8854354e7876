"""The records of a Form 3 or 3X, as values by the names of the FEC's layout.

Belongs here: which record states which money, with its transaction id, and the two columns of
the cover. Does not belong here: bytes and separators (`reports/fec`), or questions to the
books (`store/compliance`).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from campaign.compliance import cover
from campaign.compliance.contributions import month_ends
from campaign.compliance.filer import Filer
from campaign.compliance.outside import OutsideItem
from campaign.compliance.periods import Coverage
from campaign.compliance.person_names import split_name
from campaign.compliance.rule_tables import FOLDER, thresholds
from campaign.compliance.us_states import mailing_state
from campaign.money import to_major

Row = Mapping[Any, Any]  # a row of a frame, by column

REQUESTED = "INFORMATION REQUESTED"
UNKNOWN = "UNKNOWN"
REFUND_PURPOSES = {
    "refund": "Contribution refund",
    "dispute": "Contribution returned: card chargeback",
    "dispute won": "Card chargeback reversed",
}
REFUND_CATEGORY = "010"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a filing."""

    table: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class FilingBooks:
    """What a filing is made of; frames as `contributions` and `store.compliance` give them."""

    contributions: pd.DataFrame
    returns: pd.DataFrame
    fees: pd.DataFrame
    debts: pd.DataFrame
    remedies: pd.DataFrame
    outside: tuple[OutsideItem, ...] = ()
    opening_cents: int = 0


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


def transaction_id(kind: str, *parts: object) -> str:
    """Return an id of 20 characters that stays the same in every amendment.

    >>> transaction_id("A", "ch_1"), transaction_id("A", "ch_1") == transaction_id("A", "ch_2")
    ('A2C63EDDBA6531F0D138', False)
    """
    text = "|".join(str(part) for part in (kind, *parts))
    return kind + hashlib.sha256(text.encode()).hexdigest()[: 20 - len(kind)].upper()


def compose(filer: Filer, coverage: Coverage, books: FilingBooks) -> Filing:
    """Return the filing of the coverage from the books of its window."""
    filing = Filing(filer, coverage)
    itemised = _itemised_givers(books.contributions)
    receipts = _between(books.contributions, "received_on", coverage)
    filing.records += _receipts(coverage, receipts[receipts["is_itemised"]])
    known = _ids(filing.records)
    filing.records += _memo_items(coverage, books.contributions, books.remedies, known)
    filing.records += _fees(coverage, books.fees)
    filing.records += _refunds(coverage, books.returns, itemised, known)
    filing.records += _outside(coverage, books.outside)
    filing.records += _debts(books.debts)
    filing.debts_cents = int(books.debts["closing_cents"].sum()) if len(books.debts) else 0
    _columns(filing, books)
    return filing


def _ids(records: Iterable[Record]) -> frozenset[str]:
    return frozenset(record.values["transaction_id"] for record in records)


def _between(frame: pd.DataFrame, column: str, coverage: Coverage) -> pd.DataFrame:
    return frame.loc[frame[column].between(coverage.first_day, coverage.last_day)]


def _itemised_givers(contributions: pd.DataFrame) -> frozenset[str]:
    return frozenset(contributions.loc[contributions["is_itemised"], "contributor"])


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def text_of(value: Any) -> str:
    """Return what a frame's cell says; a blank says nothing."""
    return "" if value is None or pd.isna(value) else str(value).strip()


def person_fields(row: Row, prefix: str) -> dict[str, str]:
    """Return who gave or was paid, as a record names a person or an organisation."""
    name = split_name(
        text_of(row["last_name"]), text_of(row["first_name"]), text_of(row.get("full_name"))
    )
    values = {
        "entity_type": "ORG" if name.organisation else "IND",
        f"{prefix}_organization_name": name.organisation,
        f"{prefix}_last_name": name.last,
        # A record needs both names; the pre-flight warns of this one.
        f"{prefix}_first_name": name.first or (UNKNOWN if name.last else ""),
        f"{prefix}_middle_name": text_of(row.get("middle_name")) or name.middle,
        f"{prefix}_suffix": text_of(row.get("suffix")) or name.suffix,
        f"{prefix}_street_1": text_of(row["street"]),
        f"{prefix}_street_2": text_of(row.get("street_2")),
        f"{prefix}_city": text_of(row["city"]),
        f"{prefix}_state": mailing_state(text_of(row["state"]), text_of(row.get("country"))),
        f"{prefix}_zip_code": text_of(row["zip"]).replace("-", "")[:9],
    }
    return {name: value for name, value in values.items() if value}


def _receipts(coverage: Coverage, itemised: pd.DataFrame) -> Iterable[Record]:
    for row in itemised.to_dict("records"):
        yield _receipt(coverage, row, transaction_id("A", row["charge_id"]))


def _receipt(coverage: Coverage, row: Row, identifier: str, **other: str) -> Record:
    employer, occupation = text_of(row["employer"]), text_of(row["occupation"])
    values = {
        "form_type": cover.INDIVIDUAL,
        "transaction_id": identifier,
        **person_fields(row, "contributor"),
        "election_code": text_of(row["election_code"]) if coverage.form == "F3" else "",
        "contribution_date": _day(row["received_on"]),
        "contribution_amount": to_major(int(row["amount_cents"])),
        "contribution_aggregate": to_major(int(row["aggregate_cents"])),
        "contributor_employer": employer or REQUESTED,
        "contributor_occupation": occupation or REQUESTED,
    }
    if values["entity_type"] == "ORG":
        del values["contributor_employer"], values["contributor_occupation"]
    return Record("SchA", values | other)


def _memo_items(
    coverage: Coverage, given: pd.DataFrame, remedies: pd.DataFrame, known: frozenset[str]
) -> Iterable[Record]:
    """Yield a pair of memo entries for each redesignation or reattribution (11 CFR 110.1)."""
    changed = given.loc[given["charge_id"].isin(set(remedies["charge_id"]))]
    row_of = {row["charge_id"]: row for row in changed.to_dict("records")}
    for remedy in remedies.loc[remedies["charge_id"].isin(set(row_of))].to_dict("records"):
        row = row_of[remedy["charge_id"]]
        identifier = transaction_id("A", row["charge_id"])
        back = (
            {"back_reference_tran_id": identifier, "back_reference_sched_name": cover.INDIVIDUAL}
            if identifier in known
            else {}
        )
        for number, (entry, text) in enumerate(_both_sides(row, remedy), start=1):
            memo = transaction_id("AM", remedy["remedy_id"], row["charge_id"], number)
            yield _receipt(coverage, entry, memo, memo_code="X", memo_text=text, **back)


def _both_sides(row: Row, remedy: Row) -> Iterable[tuple[dict[Any, Any], str]]:
    """Yield where the money leaves, and where it goes."""
    cents, total = int(remedy["amount_cents"]), int(row["aggregate_cents"])
    on_day = {"received_on": remedy["decided_on"]}
    out_of = {**row, **on_day, "amount_cents": -cents, "aggregate_cents": total - cents}
    into = {**row, **on_day, "amount_cents": cents}
    if remedy["kind"] == "redesignation":
        into["election_code"] = remedy["to_election"]
        yield out_of, f"REDESIGNATION FROM {text_of(row['election_code'])}"
        yield into, f"REDESIGNATION TO {text_of(remedy['to_election'])}"
        return
    into |= {key: remedy[key] for key in _PERSON_OF_REMEDY}
    into |= {"aggregate_cents": int(remedy["to_aggregate_cents"]), "middle_name": "", "suffix": ""}
    yield out_of, "REATTRIBUTION TO JOINT CONTRIBUTOR"
    yield into, "REATTRIBUTION FROM JOINT CONTRIBUTOR"


_PERSON_OF_REMEDY = (
    "first_name",
    "last_name",
    "street",
    "city",
    "state",
    "zip",
    "employer",
    "occupation",
    "full_name",
)


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
                "expenditure_date": _day(last_day),
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
            "expenditure_date": _day(row["returned_on"]),
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


def _columns(filing: Filing, books: FilingBooks) -> None:
    coverage = filing.coverage
    moves = money_moves(coverage.form, books)
    first, last = coverage.window_first_day, coverage.window_last_day
    filing.column_a = cover.cover_lines(
        coverage.form,
        _parts(moves, coverage.first_day, coverage.last_day),
        books.opening_cents,
    )
    filing.column_b = cover.cover_lines(
        coverage.form,
        _parts(moves, first, last),
        _cash_at(first, moves, coverage, books.opening_cents),
    )
    if last < coverage.last_day:
        after = moves.loc[moves["on"] > last]
        filing.column_after = cover.cover_lines(
            coverage.form, _parts(after, last, coverage.last_day), 0
        )


def money_moves(form: str, books: FilingBooks) -> pd.DataFrame:
    """Return every movement of money of the window: its day, its cover line, its cents."""
    given = books.contributions
    unitemised = {True: "individuals_itemized", False: "individuals_unitemized"}
    frames = [
        pd.DataFrame(
            {
                "on": given["received_on"],
                "line": given["is_itemised"].map(unitemised),
                "cents": given["amount_cents"],
            }
        ),
        _moves(books.fees, "paid_on", cover.LINES[form][cover.OPERATING[form]]),
        _moves(books.returns, "returned_on", cover.LINES[form][cover.REFUND[form]]),
        pd.DataFrame(
            [(item.on, cover.LINES[form][item.line], item.amount_cents) for item in books.outside],
            columns=["on", "line", "cents"],
        ),
    ]
    return pd.concat([frame for frame in frames if len(frame)] or [frames[0]], ignore_index=True)


def _moves(frame: pd.DataFrame, day: str, line: str) -> pd.DataFrame:
    return pd.DataFrame({"on": frame[day], "line": line, "cents": frame["amount_cents"]})


def _parts(moves: pd.DataFrame, first_day: date, last_day: date) -> dict[str, int]:
    inside = moves.loc[moves["on"].between(first_day, last_day)]
    return {str(line): int(cents) for line, cents in inside.groupby("line")["cents"].sum().items()}


def _cash_at(first_day: date, moves: pd.DataFrame, coverage: Coverage, opening_cents: int) -> int:
    """Return the cash when the window began, from the cash when the report's days began."""
    before = moves.loc[moves["on"].between(first_day, coverage.first_day, inclusive="left")]
    lines = cover.LINES[coverage.form]
    spent = {name for line, name in lines.items() if line.startswith("SB")}
    signs = before["line"].isin(spent).map({True: -1, False: 1})
    return opening_cents - int((before["cents"] * signs).sum())


def counts(filing: Filing) -> dict[str, int]:
    """Return how many records of each kind there are."""
    return dict(Counter(record.values.get("form_type", record.table) for record in filing.records))
