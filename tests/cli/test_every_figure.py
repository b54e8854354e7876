"""Every number of the package is found again in the raw tables, by a count that shares nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.support.package_truth import Days, counted_again
from tests.support.synthetic_books import Shape, write_books

Cli = Callable[..., Any]

# What real books have and invented ones lack: each statement leaves books that still tie out.
UNTIDY = """
    update allocation set tier = 'suggested' where id % 7 = 0;
    update pledge set written_off_cents = amount_cents / 2
        where id % 11 = 0 and id not in (select pledge_id from allocation);
    update pledge set due_on = pledged_on - 80 where id % 5 = 0;

    update call_attempt set call_result = 'no_answer' where id % 3 = 0;
    update call_attempt set started_at = started_at + interval '12 hours' where id % 13 = 0;
    insert into call_attempt (id, external_id, campaign_id, donor_id, team_id, started_at,
            duration_seconds, call_result, answers, recorded_at)
        select 100000 + n, 'again' || n, 1, c.donor_id, c.team_id,
               c.started_at + n * interval '1 hour', 20, 'busy', '{}', c.recorded_at
        from call_attempt c, generate_series(1, 3) n where c.id = 4;

    -- One payout's line is not on a statement yet, another's is cents short.
    delete from bank_line where payout = 'po_3';
    update bank_line set amount_cents = amount_cents - 7 where payout = 'po_2';

    -- A dispute that was won, an account fee, a row of a kind that nobody knows.
    insert into stripe_balance_transaction (id, type, reporting_category, status, amount_cents,
            fee_cents, net_cents, currency, source, created_at, available_on, raw, fetched_at)
        select 'txw' || d.id, 'adjustment', 'dispute_reversal', 'available', d.amount_cents, 0,
               d.amount_cents, 'usd', d.id, d.created_at + interval '4 days', d.created_at, '{}',
               d.fetched_at
        from stripe_dispute d where right(d.id, 1) in ('1', '2', '3', '4');
    insert into stripe_balance_transaction (id, type, reporting_category, status, amount_cents,
            fee_cents, net_cents, currency, source, created_at, available_on, raw, fetched_at)
        select 'tx' || kind, 'x', kind, 'available', -900, 0, -900, 'usd', null, max(created_at),
               now(), '{}', now()
        from stripe_charge, (values ('fee'), ('climate')) k (kind) group by kind;

    -- A payment that came to nothing, and one that the ledger shows in a later period.
    update stripe_charge set status = 'failed' where id like '%0000009';
    delete from allocation where charge_id like '%0000009';
    -- Two debits that failed later: the one never counted, the other had come.
    delete from allocation where charge_id like '%0000011';
    insert into stripe_balance_transaction (id, type, reporting_category, status, amount_cents,
            fee_cents, net_cents, currency, source, created_at, available_on, raw, fetched_at)
        select 'txf' || id, 'payment_failure_refund', 'charge_failure', 'available',
               -captured_cents, 0, -captured_cents, 'usd', id, created_at + interval '4 days',
               created_at, '{}', fetched_at
        from stripe_charge where id like '%0000009' or id like '%0000011';
    update stripe_balance_transaction set created_at = created_at + interval '40 days'
        where id like 'txn%0000008';

    insert into remedy (charge_id, kind, amount_cents, to_election, decided_on, decided_by, because)
        select id, 'redesignation', 100, 'G2028', created_at::date, 'test', 'letter 1'
        from stripe_charge where id like '%0000012';
    insert into book_exception (kind, subject, amount_cents, reason, opened_on, status)
        select 'overpayment', 'charge:' || id, captured_cents, 'more than its pledge takes',
               created_at::date, case when right(id, 1) = '4' then 'resolved' else 'open' end
        from stripe_charge where right(id, 1) in ('3', '4')
"""
WORLDS = {
    "a candidate's quarter": (
        Shape(seed=7, charges=120), Days(date(2026, 7, 1), date(2026, 9, 30)),
    ),
    "a candidate around the election": (
        Shape(seed=31, charges=140, donors=25, first_day=date(2026, 9, 1),
              last_day=date(2026, 11, 20), refund_share=0.15, dispute_share=0.1,
              spouse_share=0.3, unpledged_share=0.25),
        Days(date(2026, 10, 10), date(2026, 11, 12)),
    ),
    "a PAC's month": (
        Shape(seed=32, charges=140, donors=20, kind="pac", dispute_share=0.15,
              amounts=(5_000, 20_000, 20_001, 250_000), weights=(4, 3, 3, 2)),
        Days(date(2026, 8, 1), date(2026, 8, 31)),
    ),
    "a nonprofit's weeks": (
        Shape(seed=33, charges=120, kind="nonprofit", dispute_share=0.1, refund_share=0.1),
        Days(date(2026, 8, 10), date(2026, 9, 15)),
    ),
    "days without anything": (Shape(seed=34, charges=30), Days(date(2026, 5, 1), date(2026, 5, 9))),
}  # fmt: skip


@pytest.mark.parametrize("name", WORLDS)
def test_every_number_is_found_again_in_the_raw_tables(
    session: Session, cli: Cli, tmp_path: Path, name: str
) -> None:
    shape, days = WORLDS[name]
    write_books(session, shape)
    for statement in UNTIDY.split(";"):
        session.execute(text(statement))
    _reconciled(session, days)
    session.commit()
    words = ("treasurer", "--from", days.first, "--to", days.last, "--out", tmp_path, "--json")
    result = cli("reports", *words)
    package = json.loads(result.stdout)
    again = counted_again(session, days, shape.kind)
    assert package["figures"] == {key: again[key] for key in package["figures"]}
    # A total without a count of its own here is a failure, and so is a count of nothing.
    totals = dict(_totals(tmp_path / "treasurer-workbook.xlsx"))
    assert totals == {key: again[key] for key in totals}
    assert set(again) == set(package["figures"]) | set(totals)
    assert_printed(tmp_path / "treasurer-report.pdf", session, days, again)


def _reconciled(session: Session, days: Days) -> None:
    proved = [{"number": n, "name": f"law {n}", "status": status, "detail": ""}
              for n, status in enumerate(("held", "held", "not_provable"), start=1)]  # fmt: skip
    session.execute(
        text(
            "insert into reconciliation (first_day, last_day, input_hash, output_hash, result, "
            "ran_at) values (:first, :last, repeat('0', 64), repeat('1', 64), "
            "cast(:result as jsonb), now())"
        ),
        {"first": days.first, "last": days.last, "result": json.dumps({"invariants": proved})},
    )


def _totals(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each total above a sheet's header, as "Sheet/Column", in cents or as a count."""
    for sheet in openpyxl.load_workbook(path, data_only=True):
        if sheet.title in ("Index", "Summary"):
            continue
        rows = sheet.iter_rows(min_row=3, max_row=4)
        for total, label in zip(next(rows), next(rows), strict=True):
            if isinstance(total.value, int | float):
                factor = 100 if total.number_format.startswith("#,##0.00") else 1
                yield f"{sheet.title}/{label.value}", round(total.value * factor)


def assert_printed(path: Path, session: Session, days: Days, again: dict[str, int]) -> None:
    """The first two pages say the same numbers, and each week of the chart that has room for it.

    Every page but the cover says which one it is.
    """
    document = pypdfium2.PdfDocument(path)
    cover, words, *more = (page.get_textpage().get_text_range() for page in document)
    document.close()
    for number, page in enumerate((words, *more), start=2):
        assert f"Page {number} of {len(more) + 2}" in page
    first = ("receipts.gross", "receipts.net", "payouts.bank", "pledges.open")
    for page, keys in ((cover, first), (words, (*first[:1], *first[2:3], "ledger.closing"))):
        for key in keys:
            cents = again[key]
            assert f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}" in page, key
    is_whole = "Every cent is accounted for" in cover
    assert is_whole == (again["tieout.unexplained"] == again["invariants.broken"] == 0)
    weeks: dict[int, int] = {}
    for at, cents in session.execute(
        text("select created_at, captured_cents from stripe_charge where status = 'succeeded'")
    ):
        if days.holds(at):
            week = (days.day(at) - days.first) // timedelta(days=7)
            weeks[week] = weeks.get(week, 0) + cents
    if weeks and days.last - days.first < timedelta(days=6 * 7):
        assert all(f"${round(cents / 100):,}" in words for cents in weeks.values())
    elif weeks:
        assert f"highest ${max(weeks.values()) / 100:,.2f}" in words
