"""What the database itself refuses, and exceptions that open once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign.books.exceptions import BookException
from campaign.books.statements import BankRow, BankStatement
from store.bank_lines import take_statements
from store.books import open_exceptions, save_exceptions
from store.pledges import import_pledges
from store.stripe_objects import save
from tests.store.test_pledges import frame

AT = datetime(2026, 9, 1, tzinfo=UTC)
TODAY = date(2026, 9, 1)


def pay(session: Session, charge: str, pledge: str, cents: int) -> None:
    session.execute(
        text(
            "insert into allocation (charge_id, pledge_id, amount_cents, tier, confidence, reason, "
            "decided_by, decided_at) select :charge, id, :cents, 'confirmed', 1, '', 'rule', :at "
            "from pledge where ref = :pledge"
        ),
        {"charge": charge, "pledge": pledge, "cents": cents, "at": AT},
    )


@pytest.fixture
def filled(session: Session) -> Session:
    rows: pd.DataFrame = frame({"ref": "A", "amount_cents": 500}, {"ref": "B", "amount_cents": 500})
    import_pledges(session, rows, source="file:x", at=AT)
    charges = [
        {"id": name, "created": 1, "amount": 700, "status": "succeeded"} for name in ("one", "two")
    ]
    save(session, "charge", charges, AT)
    return session


@pytest.mark.parametrize(
    "allocations",
    [
        pytest.param([("one", "A", 400), ("one", "B", 301)], id="beyond the payment"),
        pytest.param([("one", "A", 300), ("two", "A", 201)], id="beyond the pledge"),
        pytest.param([("one", "A", 300), ("one", "A", 100)], id="twice"),
        pytest.param([("one", "A", 0)], id="nothing"),
    ],
)
def test_the_database_refuses_to_over_allocate(
    filled: Session, allocations: list[tuple[str, str, int]]
) -> None:
    *good, bad = allocations
    for allocation in good:
        pay(filled, *allocation)
    with pytest.raises(IntegrityError):
        pay(filled, *bad)


def exception(cents: int = 100) -> BookException:
    return BookException("overpayment", "charge:one", cents, "usd", "too much", TODAY.toordinal())


def test_an_exception_opens_once_carries_over_and_closes(session: Session) -> None:
    save_exceptions(session, [exception()], TODAY, AT)
    (first,) = open_exceptions(session)
    session.commit()
    save_exceptions(session, [exception(150)], date(2026, 9, 9), AT)
    (later,) = open_exceptions(session)
    assert (later["id"], later["amount_cents"], later["opened_on"]) == (first["id"], 150, TODAY)
    session.commit()
    save_exceptions(session, [], TODAY, AT)
    assert open_exceptions(session) == []
    session.commit()
    save_exceptions(session, [exception()], TODAY, AT)
    assert [row["id"] for row in open_exceptions(session)] == [first["id"]]


def test_what_a_person_resolved_stays_resolved(session: Session) -> None:
    save_exceptions(session, [exception()], TODAY, AT)
    session.execute(text("update book_exception set status = 'resolved', resolved_by = 'ruth'"))
    session.commit()
    save_exceptions(session, [exception()], TODAY, AT)
    assert open_exceptions(session) == []


def take(session: Session, sha: str, rows: list[BankRow], form: str, account: str = "") -> int:
    added = take_statements(session, [BankStatement(form, account, "usd", rows)], sha, AT)
    session.commit()
    return added


def test_a_statement_twice_adds_no_line_and_equal_lines_are_two(session: Session) -> None:
    lines = [BankRow(TODAY, 500, "usd", "STRIPE", None)] * 2
    assert take(session, "x", lines, "csv") == 2
    assert take(session, "y", [*lines, BankRow(TODAY, 1, "usd", "STRIPE", None)], "csv") == 1


LINES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([100, 200, -50]), st.integers(0, 2)), max_size=12
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=LINES,
    files=st.lists(
        st.tuples(st.sampled_from(["csv", "ofx", "camt", "bai2"]), st.integers(0, 3),
                  st.integers(0, 3)),
        max_size=6,
    ),
)  # fmt: skip
def test_files_of_whole_days_in_any_format_and_order_add_each_line_once(
    session: Session, lines: list[tuple[int, int, int]], files: list[tuple[str, int, int]]
) -> None:
    """Whatever days each file covers and whatever it calls a line, the account's lines are one."""
    session.execute(text("truncate bank_line, bank_statement cascade"))
    covered: set[int] = set()
    for number, (form, first, last) in enumerate(files):
        days = range(min(first, last), max(first, last) + 1)
        covered |= {*days}
        rows = [
            BankRow(TODAY + timedelta(day), cents, "usd", f"{form} {word}", f"{form}{word}")
            for day, cents, word in lines
            if day in days
        ]
        take(session, str(number), rows, form, "6789" if form != "csv" else "")
    found = session.execute(text("select booked_on, amount_cents from bank_line")).all()
    wanted = [(TODAY + timedelta(day), cents) for day, cents, _ in lines if day in covered]
    assert sorted(map(tuple, found)) == sorted(wanted)


@pytest.mark.parametrize(
    "names", [pytest.param(("gone", "A"), id="payment"), pytest.param(("one", "Z"), id="pledge")]
)
def test_what_is_allocated_exists(filled: Session, names: tuple[str, str]) -> None:
    charge, pledge = names
    ids = {"charge": charge, "pledge": pledge, "at": AT}
    with pytest.raises(IntegrityError):
        filled.execute(
            text(
                "insert into allocation (charge_id, pledge_id, amount_cents, tier, confidence, "
                "reason, decided_by, decided_at) values (:charge, coalesce((select id from pledge "
                "where ref = :pledge), -1), 1, 'confirmed', 1, '', 'rule', :at)"
            ),
            ids,
        )


@pytest.mark.parametrize("table", ["pledge", "stripe_charge"])
def test_what_has_allocations_stays(filled: Session, table: str) -> None:
    pay(filled, "one", "A", 400)
    with pytest.raises(IntegrityError):
        filled.execute(text(f"delete from {table} using allocation a where {table}.id = "
                            f"a.{'pledge_id' if table == 'pledge' else 'charge_id'}"))  # fmt: skip
