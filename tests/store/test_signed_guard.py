"""The database itself refuses what would change signed days, whoever asks."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.errors import StoreError
from config.clock import now
from store import audit, reports
from store.period_seals import amending
from store.reports import Report, outgrown
from store.session import unit_of_work
from tests.support.synthetic_books import Shape, write_books

SIGNED = "TR-2026-07-01-2026-08-31-1"
IN_AUGUST = "(select id from stripe_charge where created_at < '2026-08-20' order by id limit 1)"

REFUSED = {
    "a payment's amount": "update stripe_charge set captured_cents = captured_cents + 1 "
    f"where id = {IN_AUGUST}",
    "a payment's day": "update stripe_charge set created_at = '2026-10-05' "
    f"where id = {IN_AUGUST}",
    "a refund": "delete from stripe_refund where created_at < '2026-08-20'",
    "a ledger row": "update stripe_balance_transaction set net_cents = net_cents + 1 "
    "where created_at < '2026-08-20'",
    "a payout": "update stripe_payout set amount_cents = 1 where created_at < '2026-08-20'",
    "a bank line": "delete from bank_line where booked_on < '2026-08-20'",
    "a pledge": "update pledge set amount_cents = 1 where pledged_on < '2026-08-20'",
    "an allocation": "update allocation set amount_cents = 1 where charge_id in "
    "(select id from stripe_charge where created_at < '2026-08-20')",
    "an allocation taken away": "delete from allocation",
    "an allocation added": "insert into allocation (charge_id, pledge_id, amount_cents, tier, "
    "confidence, reason, decided_by, decided_at) select min(c.id), min(p.id), 1, 'confirmed', 1, "
    "'x', 'x', now() from stripe_charge c, pledge p where c.created_at < '2026-08-20' "
    "and c.id not in (select charge_id from allocation) "
    "and p.id not in (select pledge_id from allocation)",
    "a decision": "insert into payment_decision (charge_id, verdict, because, decided_by, "
    f"decided_at) select {IN_AUGUST}, 'gift', 'x', 'x', now()",
    "a remedy of those days": "insert into remedy (charge_id, kind, amount_cents, to_election, "
    "decided_on, decided_by, because) "
    f"select {IN_AUGUST}, 'redesignation', 1, 'G2028', '2026-08-31', 'x', 'x'",
}  # fmt: skip
RECORD = {
    "the report's files": ("update report set files = '[]'", "signed_report"),
    "the report's state": ("update report set status = 'draft'", "signed_report"),
    "the report": ("delete from report", "signed_report"),
    "an entry of the record": ("update audit_entry set actor = 'nobody'", "append_only"),
    "an entry taken away": ("delete from audit_entry", "append_only"),
    "the whole record": ("truncate audit_entry", "append_only"),
}


@pytest.fixture
def signed(session: Session) -> Session:
    """Books of July to September, with July and August signed."""
    write_books(session, Shape(seed=11, charges=120, refund_share=0.3))
    session.execute(text("delete from allocation where pledge_id < 10"))
    report = reports.Report(
        code=SIGNED, kind="treasurer", first_day=date(2026, 7, 1), last_day=date(2026, 8, 31),
        edition=1, folder="/nowhere", files=[], figures={}, input_hash="0", status="draft",
        prepared_by="a", prepared_at=now(), submitted_by=None, submitted_at=None, signed_by=None,
        signed_at=None, signature=None, detail={},
    )  # fmt: skip
    reports.add(session, report)
    reports.submit(session, SIGNED, "a", now())
    reports.sign(session, SIGNED, "b", now(), "signature")
    audit.append(session, "report.signed", f"report:{SIGNED}")
    session.commit()
    return session


def refused_by(statement: str) -> str | None:
    try:
        with unit_of_work() as opened:
            opened.execute(text(statement))
    except StoreError as error:
        return error.constraint
    return None


def test_nothing_that_signed_days_rest_on_can_be_changed(signed: Session) -> None:
    found = {name: refused_by(statement) for name, statement in REFUSED.items()}
    assert found == dict.fromkeys(REFUSED, "signed_days")
    found = {name: refused_by(statement) for name, (statement, _) in RECORD.items()}
    assert found == {name: rule for name, (_, rule) in RECORD.items()}


def test_days_that_are_not_signed_stay_open(signed: Session) -> None:
    for statement in REFUSED.values():
        later = statement.replace("< '2026-08-20'", ">= '2026-09-05'")
        if later != statement and "'2026-08-31'" not in later:
            assert refused_by(later) is None, later


def test_more_that_became_known_is_taken_in_by_those_who_say_so(signed: Session) -> None:
    with unit_of_work() as opened:
        amending(opened, "test")
        opened.execute(text(REFUSED["an allocation"]))
    # The word holds for that transaction only.
    assert refused_by(REFUSED["an allocation taken away"]) == "signed_days"


def test_what_may_still_change_by_nature_does(signed: Session) -> None:
    for statement in (
        "update stripe_charge set refunded_cents = 1, fetched_at = now()",
        "update stripe_payout set status = 'failed'",
        "update bank_line set payout = payout",
        "update pledge set status = 'fulfilled', first_name = null",
    ):
        assert refused_by(statement) is None, statement


def test_only_drafts_of_a_running_month_are_outgrown() -> None:
    def report(last: tuple[int, int], status: str = "draft", kind: str = "treasurer") -> Report:
        day = date(2026, *last)
        return Report(
            code=f"{kind} {day} {status}", kind=kind, first_day=date(2026, 9, 1), last_day=day,
            edition=1, folder="", files=[], figures={}, input_hash="", status=status,
            prepared_by="a", prepared_at=now(), submitted_by=None, submitted_at=None,
            signed_by=None, signed_at=None, signature=None, detail={},
        )  # fmt: skip

    found = [report((9, 8)), report((9, 9), "signed"), report((9, 9), kind="fec_f3"),
             report((9, 30)), report((10, 4))]  # fmt: skip
    assert outgrown(found) == {"treasurer 2026-09-08 draft"}
