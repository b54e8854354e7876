"""Filings of random committees: accepted, adding up, and read alike by a second parser."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import fecfile
import hardmoney
import pandas as pd
import pytest

from campaign.compliance.books import ReportBooks, draw_filing, open_books, with_earmarks
from campaign.compliance.earmarks import Conduit
from campaign.compliance.filing import Filing
from campaign.compliance.limits import Election
from campaign.compliance.outside import Outside
from campaign.compliance.periods import Coverage, coverage, cycle_starts
from campaign.money import to_major
from reports.fec import draw_up, to_ascii
from reports.preflight import preflight
from tests.support.random_books import random_filer, random_frames, random_gifts, random_loan

ELECTIONS = (Election("P2026", date(2026, 5, 5)), Election("G2026", date(2026, 11, 3)))
REPORTS = {"F3": ("Q1", "12P", "Q2", "Q3", "12G", "30G", "YE"), "F3X": ("Q1", "M4", "MY", "12G")}


def a_filing(seed: int) -> tuple[Filing, ReportBooks, bytes]:
    random = Random(seed)
    form = random.choice(["F3", "F3X"])
    kind = "candidate" if form == "F3" else "pac"
    filer = random_filer(random, kind)
    days = coverage(form, random.choice(REPORTS[form]), 2026, ELECTIONS, filer.office)
    books = open_books(
        random_frames(random, days.first_day, days.last_day), ELECTIONS, days.last_day
    )
    conduits = (Conduit("Example Conduit", ("CONDUIT",), {"committee_id": "C00999777"}),)
    books = with_earmarks(books, random_gifts(random, days.first_day, days.last_day), conduits)
    outside = Outside(
        random.randint(0, 10**7),
        days.first_day,
        loans=(random_loan(random, form, days.first_day),),
        conduits=conduits,
    )
    filing = draw_filing(filer, days, books, outside)
    return filing, books, draw_up(filing, date(2027, 1, 2))


def between(frame: pd.DataFrame, column: str, days: Coverage) -> pd.DataFrame:
    return frame.loc[frame[column].between(days.first_day, days.last_day)]


def check(seed: int) -> None:
    filing, books, content = a_filing(seed)
    days = filing.coverage
    checked = preflight(content, filing.filer.kind)
    assert [problem.sentence() for problem in checked.errors] == []
    parsed = hardmoney.parse(content)
    assert parsed.validate().is_acceptable
    assert parsed.reconcile().balances
    # The cover against the books, counted by other means.
    returned = between(books.returned, "returned_on", days)
    failed = returned.loc[is_off_line_11(filing, books, returned)]
    off = int(failed["amount_cents"].sum())
    gross = int(between(books.given, "received_on", days)["amount_cents"].sum()) - off
    back = int(returned["amount_cents"].sum()) - off
    fees = int(between(books.frames["fees"], "paid_on", days)["amount_cents"].sum())
    cover = parsed.summary
    assert cover.amount("col_a_individual_contribution_total") == Decimal(to_major(gross))
    assert cover.amount("col_a_total_refunds") == Decimal(to_major(back))
    assert cover.amount("col_a_total_disbursements") == Decimal(to_major(back + fees))
    assert_itemised(parsed, books, days, failed)
    assert_memos(parsed, books, days)
    assert_second_parser_agrees(content, parsed)


def is_off_line_11(filing: Filing, books: ReportBooks, returned: pd.DataFrame) -> pd.Series[bool]:
    """Which returns are debits that failed in the cycle in which they came."""
    days, received = filing.coverage, books.given.set_index("charge_id")["received_on"]
    first = min(days.window_first_day, days.first_day)
    starts = cycle_starts(days.form, first, days.last_day, filing.filer.office)

    def cycle(day: date) -> int:
        return sum(start <= day for start in starts)

    came = returned["charge_id"].map(received).map(cycle)
    return (returned["kind"] == "debit failed") & (came == returned["returned_on"].map(cycle))


def assert_itemised(
    parsed: hardmoney.Filing, books: ReportBooks, days: Coverage, failed: pd.DataFrame
) -> None:
    items = [line for line in parsed.lines_for("SchA") if not line.is_memo]
    # What a failed debit takes back is itemised where its contribution was.
    items = [line for line in items if (line.amount("contribution_amount") or 0) > 0]
    per_person: dict[tuple[str, str, str], Decimal] = {}
    for line in items:
        person = (
            line["contributor_last_name"],
            line["contributor_first_name"],
            line["contributor_zip_code"],
        )
        per_person[person] = max(
            per_person.get(person, Decimal(0)), line.amount("contribution_aggregate") or Decimal(0)
        )
    # Itemised is who passed the threshold by the close of the report, and nobody else.
    assert all(total > 200 for total in per_person.values())
    window = between(books.given, "received_on", days)
    own = window.groupby("contributor")["amount_cents"].sum()
    own = own.sub(failed.groupby("contributor")["amount_cents"].sum(), fill_value=0)
    assert set(own[own > 20_000].index) <= set(
        books.given.loc[books.given["charge_id"].isin(window["charge_id"]), "contributor"]
    )
    assert len(items) >= int(window["contributor"].isin(own[own > 20_000].index).sum())


def assert_memos(parsed: hardmoney.Filing, books: ReportBooks, days: Coverage) -> None:
    """What a conduit passed on is told once more, as a memo, to the cent."""
    passed = between(books.given, "received_on", days)
    cents = (
        passed["amount_cents"].where(passed["conduit"].notna(), 0).sum()
        if "conduit" in passed
        else 0
    )
    told = [line.amount("contribution_amount") for line in parsed.lines_for("SchA")
            if line["memo_text"].startswith("Total earmarked")]  # fmt: skip
    assert None not in told
    assert sum(filter(None, told), Decimal(0)) == Decimal(to_major(int(cents)))


_SCHEDULES = (
    ("SchA", "Schedule A"),
    ("SchB", "Schedule B"),
    ("SchC", "Schedule C"),
    ("SchD", "Schedule D"),
)


def assert_second_parser_agrees(content: bytes, parsed: hardmoney.Filing) -> None:
    other = fecfile.loads(content.decode("ascii"))
    for table, name in _SCHEDULES:
        ours, theirs = parsed.lines_for(table), other["itemizations"].get(name, [])
        assert len(ours) == len(theirs)
        field = {
            "SchA": "contribution_amount",
            "SchB": "expenditure_amount",
            "SchC": "loan_balance",
            "SchD": "balance_at_close_this_period",
        }[table]
        amounts = [line.amount(field) for line in ours]
        assert amounts == [Decimal(str(row[field])).quantize(Decimal("0.01")) for row in theirs]
        assert [line["transaction_id"] for line in ours] == [
            next(value for name, value in row.items() if name.startswith("transaction_id"))
            for row in theirs
        ]
    total = other["filing"]["col_a_total_receipts"]
    assert Decimal(str(total)).quantize(Decimal("0.01")) == parsed.summary.amount(
        "col_a_total_receipts"
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_random_committees_filing_is_accepted_and_adds_up(seed: int) -> None:
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 120))
def test_a_hundred_more_committees(seed: int) -> None:
    check(seed)


def test_an_amendment_keeps_every_transaction_id() -> None:
    filing, _, content = a_filing(3)
    again = draw_up(filing, date(2027, 1, 2), amends="1234567", number=1)
    before, after = hardmoney.parse(content), hardmoney.parse(again)
    assert after.is_amendment
    assert after.amends_filing
    assert [line.to_dict() for line in before.lines] == [line.to_dict() for line in after.lines]


def test_two_reports_in_a_row_carry_cash_and_totals_over() -> None:
    random = Random(8)
    filer = random_filer(random, "candidate")
    q2, q3 = (coverage("F3", code, 2026, ELECTIONS, "H") for code in ("Q2", "Q3"))
    books = open_books(random_frames(random, q2.first_day, q3.last_day), ELECTIONS, q3.last_day)
    first, second = (draw_filing(filer, days, books, Outside()) for days in (q2, q3))
    assert first.column_a["cash_on_hand_close"] == second.column_a["cash_on_hand_beginning_period"]
    for line in ("individuals_itemized", "individuals_unitemized", "total_disbursements"):
        assert second.column_b[line] == first.column_b[line] + second.column_a[line]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        pytest.param("Zoë Ñúñez", "Zoe Nunez", id="marks"),
        pytest.param("Łukasz Straße", "Lukasz Strasse", id="letters of their own"),
        pytest.param("“Bud” O’Neil", '"Bud" O\'Neil', id="typographic quotes"),
        pytest.param("a\x1cb\r\nc", "abc", id="separators never get in"),
    ],
)
def test_names_are_written_in_ascii(name: str, written: str) -> None:
    assert to_ascii(name) == written


def test_a_givers_total_starts_anew_on_the_day_after_the_election() -> None:
    random = Random(4)
    days = coverage("F3", "30G", 2026, ELECTIONS, "H")
    frames = random_frames(random, days.first_day, days.last_day)
    row = {**dict.fromkeys(frames["receipts"]), "payer_name": "Ada Testdonor", "currency": "usd",
           "payer_email": "a@example.org", "payer_zip": "43004", "fee_cents": 0,
           "confirmed_cents": 0, "suggested_cents": 0, "refunded_cents": 0}  # fmt: skip
    gifts = [(date(2026, 10, 20), 30_000), (date(2026, 11, 3), 100), (date(2026, 11, 4), 20_100)]
    receipts = [
        {**row, "charge_id": f"ch_{day}", "received_on": day, "amount_cents": cents}
        for day, cents in gifts
    ]
    frames["receipts"] = pd.DataFrame(receipts)[list(frames["receipts"])]
    empty = {name: frames[name].iloc[:0] for name in ("returns", "history", "remedies")}
    books = open_books(frames | empty, ELECTIONS, days.last_day)
    filer = replace(random_filer(random, "candidate"), office="H")
    content = draw_up(draw_filing(filer, days, books, Outside()), date(2026, 12, 1))
    told = [line["contribution_aggregate"] for line in hardmoney.parse(content).lines_for("SchA")]
    assert told == ["300.00", "301.00", "201.00"]
