"""Filings in bytes: records written by the FEC's layout of format 8.5, and read back.

Belongs here: separators, field order, widths, ASCII. Does not belong here: what is reported
(`campaign/compliance/filing`), or whether it is right (`reports/preflight`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib.metadata import version

import hardmoney

from campaign.compliance.filing import Filing
from campaign.compliance.records import Record
from campaign.money import to_major

VERSION = "8.5"
SEPARATOR = "\x1c"
SOFTWARE = "Pledgeline"
SOFTWARE_VERSION = version("pledgeline")
# Letters that do not come apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d",
        "Ð": "D", "ł": "l", "Ł": "L", "þ": "th", "Þ": "Th", "œ": "oe", "Œ": "OE", "ı": "i",
        "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ",
    }
)  # fmt: skip


@lru_cache(maxsize=16)
def _layout(table: str) -> tuple[tuple[str, int], ...]:
    """Return the fields of a record in order, each with its greatest length."""
    fields = sorted(hardmoney.layout(table, VERSION), key=lambda pair: pair[1])
    return tuple((name, _width(table, name)) for name, _ in fields)


def _width(table: str, name: str) -> int:
    spec = hardmoney.field_spec(table, name)
    return int(spec["max_len"] or 4000) if spec else 4000


def to_ascii(text: str) -> str:
    """Return the text as the FEC takes it; the true name stays in the books.

    >>> to_ascii("Zoë Ñúñez–Łukasz")
    'Zoe Nunez-Lukasz'
    """
    if text.isascii() and text.isprintable():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(sign for sign in plain if sign.isascii() and sign.isprintable())


def record_line(table: str, values: Mapping[str, str]) -> str:
    """Return one record, every field of its layout in place."""
    layout = _layout(table)
    if unknown := values.keys() - {name for name, _ in layout}:
        raise ValueError(f"{table} has no field {', '.join(sorted(unknown))}")
    # A quote at the start of a field would open a quoted one.
    return SEPARATOR.join(
        to_ascii(values.get(name, "")).strip().replace('"', "'")[:width].rstrip()
        for name, width in layout
    )


def filing_bytes(records: Iterable[tuple[str, Mapping[str, str]]]) -> bytes:
    """Return the whole file: ASCII, CRLF."""
    return "".join(record_line(table, row) + "\r\n" for table, row in records).encode("ascii")


def header(amends: str | None = None, number: int = 0) -> tuple[str, dict[str, str]]:
    """Return the header; `amends` is the FEC's number of the filing that this one replaces."""
    values = {
        "record_type": "HDR",
        "ef_type": "FEC",
        "fec_version": VERSION,
        "soft_name": SOFTWARE,
        "soft_ver": SOFTWARE_VERSION,
    }
    if amends:
        values |= {"report_id": f"FEC-{amends}", "report_number": str(number)}
    return "HDR", values


def draw_up(
    filing: Filing, signed_on: date, *, amends: str | None = None, number: int = 0
) -> bytes:
    """Return a Form 3 or 3X as it is filed."""
    rows: list[tuple[str, Mapping[str, str]]] = [header(amends, number)]
    rows.append((filing.coverage.form, _cover(filing, signed_on, is_amendment=bool(amends))))
    if filing.column_after is not None:
        rows.append(("F3S", _supplement(filing)))
    committee_id = filing.filer.committee_id
    rows += [
        (record.table, record.values | {"filer_committee_id_number": committee_id})
        for record in in_filing_order(filing.records)
    ]
    return filing_bytes(rows)


def in_filing_order(records: Iterable[Record]) -> list[Record]:
    """Return the schedules in order, each text behind the record it speaks of."""
    order = {"SchA": 0, "SchB": 1, "SchC": 2, "SchD": 3, "TEXT": 4}
    return sorted(records, key=lambda record: order[record.table])


_KIND = {"TER": "T"}  # new, amended or the last


def _cover(filing: Filing, signed_on: date, *, is_amendment: bool) -> dict[str, str]:
    coverage, filer = filing.coverage, filing.filer
    names = {name for name, _ in _layout(coverage.form)}
    values = {
        "form_type": coverage.form + ("A" if is_amendment else _KIND.get(coverage.code, "N")),
        "filer_committee_id_number": filer.committee_id,
        "committee_name": filer.name,
        "street_1": filer.street,
        "city": filer.city,
        "state": filer.state,
        "zip_code": filer.zip.replace("-", ""),
        "report_code": coverage.code,
        "coverage_from_date": f"{coverage.first_day:%Y%m%d}",
        "coverage_through_date": f"{coverage.last_day:%Y%m%d}",
        "treasurer_last_name": filer.treasurer_last,
        "treasurer_first_name": filer.treasurer_first,
        "date_signed": f"{signed_on:%Y%m%d}",
    }
    if coverage.form == "F3":
        district = filer.district if filer.office == "H" else "00"
        values |= {"election_state": filer.state, "election_district": district}
    if coverage.election is not None:
        values |= {
            "election_code": coverage.election.code,
            "election_date": f"{coverage.election.held_on:%Y%m%d}",
            "state_of_election": filer.state,
        }
    for column, lines in (("col_a_", filing.column_a), ("col_b_", filing.column_b)):
        values |= {
            name: to_major(lines.get(name.removeprefix(column), 0))
            for name in names
            if name.startswith(column)
        }
    values["col_a_debts_by"] = to_major(filing.debts_cents)
    if coverage.form == "F3X":
        values["col_b_year"] = str(coverage.year)
        opening = filing.column_b["cash_on_hand_beginning_period"]
        values["col_b_cash_on_hand_jan_1"] = to_major(opening)
    return values


# The supplement names its lines by number; the cover by what they are.
_SUPPLEMENT = {
    "6a_": "total_contributions_no_loans", "6b_": "total_contributions_refunds",
    "6c_": "net_contributions", "7a_": "total_operating_expenditures",
    "7b_": "total_offset_to_operating_expenditures", "7c_": "net_operating_expenditures",
    "11_a_i_": "individuals_itemized", "11_a_ii_": "individuals_unitemized",
    "11_a_iii_": "individual_contribution_total", "11_b_": "political_party_contributions",
    "11_c_": "pac_contributions", "11_d_": "candidate_contributions",
    "11_e_": "total_contributions", "12_": "transfers_from_authorized",
    "13_a_": "candidate_loans", "13_b_": "other_loans", "13_c_": "total_loans",
    "14_": "offset_to_operating_expenditures", "15_": "other_receipts", "16_": "total_receipts",
    "17_": "operating_expenditures", "18_": "transfers_to_authorized",
    "19_a_": "candidate_loan_repayments", "19_b_": "other_loan_repayments",
    "19_c_": "total_loan_repayments", "20_a_": "refunds_to_individuals",
    "20_b_": "refunds_to_party_committees", "20_c_": "refunds_to_other_committees",
    "20_d_": "total_refunds", "21_": "other_disbursements", "22_": "total_disbursements",
}  # fmt: skip


_BALANCES = {
    "cash_on_hand_close": "8", "cash_on_hand_beginning_period": "23",
    "total_receipts_period": "24", "subtotal": "25", "total_disbursements_period": "26",
    "cash_on_hand_close_of_period": "27",
}  # fmt: skip


def line_of_form_3(name: str) -> str:
    """Return the line of Form 3 on which a figure of its cover stands; empty where there is none.

    >>> line_of_form_3("individuals_itemized"), line_of_form_3("subtotal"), line_of_form_3("x")
    ('11(a)(i)', '25', '')
    """
    for key, figure in _SUPPLEMENT.items():
        if figure == name:
            number, *letters = re.findall(r"\d+|[a-z]+", key)
            return str(number) + "".join(f"({letter})" for letter in letters)
    return _BALANCES.get(name, "")


def _supplement(filing: Filing) -> dict[str, str]:
    lines, held_on = filing.column_after or {}, filing.coverage.window_last_day
    values = {
        "form_type": "F3S",
        "filer_committee_id_number": filing.filer.committee_id,
        "date_general_election": f"{held_on:%Y%m%d}",
        "date_day_after_general_election": f"{date.fromordinal(held_on.toordinal() + 1):%Y%m%d}",
    }
    for name, _ in _layout("F3S"):
        prefix = next((key for key in _SUPPLEMENT if name.startswith(key)), None)
        if prefix is not None:
            values[name] = to_major(lines.get(_SUPPLEMENT[prefix], 0))
    return values
