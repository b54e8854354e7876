"""Whom a suppression reaches: by phone, e-mail or person, many at once or one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from store import bulk_load, merging, suppressions
from store.suppressions import Subject, suppress, suppress_many
from tests.support.calling import NOON, add_donors

_INDEXES = "select indexname, indexdef from pg_indexes where tablename = 'donor' order by 1"


def _statuses(session: Session) -> dict[int, tuple[str, str | None]]:
    rows = session.execute(text("select id, status, status_reason from donor order by id"))
    return {number: (status, reason) for number, status, reason in rows}


def _reach(session: Session) -> None:
    """Give two of them a further phone and a further e-mail."""
    for query in (
        "insert into donor_phone (donor_id, phone_e164, batch_id) values (2, '+16145559002', 1)",
        "insert into donor_email (donor_id, email, batch_id) values (3, 'c@example.org', 1)",
    ):
        session.execute(text(query))


@pytest.mark.parametrize("smallest", [1, 50_000], ids=["laid aside", "as they are"])
def test_whoever_is_reached_is_held_and_nobody_else(
    session: Session, monkeypatch: pytest.MonkeyPatch, smallest: int
) -> None:
    for module in (suppressions, bulk_load):
        monkeypatch.setattr(module, "WORTH_IT", smallest)
    add_donors(session, 6)
    _reach(session)
    before: Any = session.execute(text(_INDEXES)).all()
    subjects = [
        Subject(phone_e164="+16145550001"), Subject(phone_e164="+16145559002"),
        Subject(email="c@example.org"), Subject(donor_id=4), Subject(phone_e164="+16145559999"),
    ]  # fmt: skip
    effect = suppress_many(session, "opt_out", subjects, source="file:x", now=NOON)
    assert (effect.new, effect.donors) == (5, 4)
    held = ("suppressed", "suppression: opt_out")
    assert _statuses(session) == {
        **dict.fromkeys((1, 2, 3, 4), held),
        **dict.fromkeys((5, 6), ("active", None)),
    }
    again = suppress_many(session, "opt_out", subjects, source="file:x", now=NOON)
    assert (again.new, again.donors) == (0, 0)
    assert session.execute(text(_INDEXES)).all() == before


def test_a_death_is_said_of_somebody_who_was_held_before(session: Session) -> None:
    add_donors(session, 2)
    suppress(session, "opt_out", source="call", now=NOON, donor_id=1)
    effect = suppress(session, "deceased", source="call", now=NOON, phone_e164="+16145550001")
    assert effect.donors == 1
    assert _statuses(session)[1] == ("deceased", "suppression: deceased, opt_out")


def test_who_takes_in_somebody_held_is_held(session: Session) -> None:
    add_donors(session, 3)
    suppress(session, "do_not_call", source="call", now=NOON, donor_id=2)
    merging.merge_donors(session, [(1, 2, "a person said so")], now=NOON)
    assert _statuses(session)[1] == ("suppressed", "suppression: do_not_call")
    assert _statuses(session)[3] == ("active", None)


def test_an_e_mail_reaches_whoever_has_it_on_hold_too_in_any_letter_case(session: Session) -> None:
    add_donors(session, 2)
    session.execute(
        text("update donor set email = 'ann@example.org', status = 'held' where id = 1")
    )
    suppress(session, "opt_out", source="letter", now=NOON, email="Ann@Example.org")
    assert _statuses(session) == {
        1: ("suppressed", "suppression: opt_out"),
        2: ("active", None),
    }
