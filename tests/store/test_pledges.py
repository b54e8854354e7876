"""Pledges are recorded once, whatever is repeated."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from store.pledges import import_pledges, record_pledge, write_off

AT = datetime(2026, 9, 1, tzinfo=UTC)


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    blank = {
        "first_name": "Ana",
        "last_name": "Li",
        "email": None,
        "phone_e164": None,
        "postal_code": None,
        "currency": "usd",
        "pledged_on": date(2026, 9, 1),
        "due_on": None,
        "instalments": 1,
        "team": None,
    }
    return pd.DataFrame([{**blank, **row} for row in rows])


def test_a_file_twice_counts_once_and_a_change_is_taken_over(session: Session) -> None:
    first = frame({"ref": "A-1", "amount_cents": 1000}, {"ref": "A-2", "amount_cents": 100})
    one = import_pledges(session, first, source="file:x", at=AT)
    session.commit()
    two = import_pledges(session, first, source="file:x", at=AT)
    session.commit()
    newer = frame({"ref": "A-1", "amount_cents": 1001, "instalments": 3})
    three = import_pledges(session, newer, source="file:y", at=AT)
    session.commit()
    assert (one.imported, two.unchanged, three.changed) == (2, 2, 1)
    parts = session.execute(
        text(
            "select array_agg(i.amount_cents order by number) from instalment i join pledge p "
            "on p.id = i.pledge_id where p.ref = 'A-1'"
        )
    ).scalar_one()
    assert parts == [334, 334, 333]


def test_a_reference_in_another_case_is_no_second_pledge(session: Session) -> None:
    first = import_pledges(session, frame({"ref": "a-1", "amount_cents": 1000}), source="f", at=AT)
    session.commit()
    rows = frame({"ref": "A-1 ", "amount_cents": 1000}, {"ref": "#a-2", "amount_cents": 5})
    again = import_pledges(session, rows, source="g", at=AT)
    session.commit()
    newer = frame({"ref": "A-1", "amount_cents": 900, "instalments": 2})
    less = import_pledges(session, newer, source="h", at=AT)
    session.commit()
    assert (first.imported, again.imported, again.unchanged, less.changed) == (1, 1, 1, 1)
    kept = session.execute(text("select ref, amount_cents from pledge order by id")).all()
    assert [tuple(row) for row in kept] == [("a-1", 900), ("#a-2", 5)]
    assert session.execute(text("select count(*) from instalment")).scalar_one() == 3


def test_a_paid_pledge_may_still_rise(session: Session) -> None:
    import_pledges(session, frame({"ref": "A-1", "amount_cents": 1000}), source="f", at=AT)
    session.execute(text("update pledge set status = 'fulfilled'"))
    session.commit()
    newer = frame({"ref": "A-1", "amount_cents": 1500})
    assert import_pledges(session, newer, source="g", at=AT).changed == 1
    assert session.execute(text("select amount_cents from pledge")).scalar_one() == 1500


def test_a_pledge_of_a_call_carries_its_reference_and_parts(session: Session) -> None:
    ref = record_pledge(
        session, amount_cents=10_000, pledged_on=date(2026, 9, 1), at=AT, instalments=12
    )
    total = session.execute(text("select sum(amount_cents), count(*) from instalment")).one()
    assert tuple(total) == (10_000, 12)
    assert write_off(session, ref.lower(), "moved away", at=AT, paid_cents=0) == 10_000
