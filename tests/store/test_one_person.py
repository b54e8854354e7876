"""What follows somebody who proves to be another, what goes back, and what stays with whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from store.suppressions import suppress
from tests.conftest import Cli, Clock
from tests.support.calling import NOON, add_donors
from tests.support.desk import Desk, open_calls, take, tell


def _rows(session: Session, query: str, **values: Any) -> list[tuple[Any, ...]]:
    session.rollback()
    return [tuple(row) for row in session.execute(text(query), values)]


def _calls(session: Session) -> list[tuple[Any, ...]]:
    return _rows(session, "select donor_id, status from assignment order by id")


def test_a_merge_leaves_who_stays_one_call_the_word_given_and_every_question(
    session: Session, desk: Desk, cli: Cli
) -> None:
    open_calls(session, desk, add_donors(session, 4))
    words = [(1, '{"call": false}'), (2, '{"call": true, "mail": true}')]
    for donor, said in words:
        session.execute(
            text("update donor set consent = cast(:said as jsonb) where id = :donor"),
            {"said": said, "donor": donor},
        )
    session.execute(
        text(
            "insert into donor_pair (first_id, second_id, status, probability, evidence) values"
            " (1, 3, 'waiting', 0.5, '{}'), (2, 3, 'not_same', 0.5, '{}'),"
            " (1, 4, 'not_same', 0.5, '{}'), (2, 4, 'waiting', 0.5, '{}')"
        )
    )
    session.commit()
    assert cli("donors", "merge", 1, 2).exit_code == 0
    assert _calls(session) == [(1, "open"), (1, "withdrawn"), (3, "open"), (4, "open")]
    (told,) = _rows(session, "select consent from donor where id = 1")
    assert told == ({"call": False, "mail": True},)
    pairs = "select second_id, status from donor_pair where first_id = 1 order by 1"
    assert _rows(session, pairs) == [(2, "merged"), (3, "not_same"), (4, "not_same")]
    assert cli("donors", "unmerge", 2).exit_code == 0
    assert _calls(session)[:2] == [(1, "open"), (2, "withdrawn")]


def test_a_question_about_whoever_goes_is_asked_about_who_stays(session: Session, cli: Cli) -> None:
    add_donors(session, 3)
    session.execute(
        text(
            "insert into donor_pair (first_id, second_id, status, probability, evidence)"
            " values (2, 3, 'waiting', 0.5, '{}')"
        )
    )
    session.commit()
    assert cli("donors", "merge", 1, 2).exit_code == 0
    asked = "select status from donor_pair where first_id = 1 and second_id = 3"
    assert _rows(session, asked) == [("waiting",)]


def test_a_call_that_was_promised_after_a_merge_stays_with_who_stays(
    session: Session, desk: Desk, cli: Cli
) -> None:
    open_calls(session, desk, add_donors(session, 2)[1:])
    call = take(desk)
    assert cli("donors", "merge", 1, 2).exit_code == 0
    tell(desk, call, "callback", callback_at=NOON + timedelta(days=1))
    assert _calls(session) == [(1, "open")]
    assert cli("donors", "unmerge", 2).exit_code == 0
    assert _calls(session) == [(1, "open")]


def test_a_call_and_the_refusal_in_it_come_along_and_go_back(
    session: Session, desk: Desk, cli: Cli
) -> None:
    open_calls(session, desk, add_donors(session, 2)[1:])
    tell(desk, take(desk), "do_not_call")
    called = "select donor_id from call_attempt"
    refused = "select donor_id from suppression where donor_id is not null"
    statuses = "select status from donor order by id"
    assert cli("donors", "merge", 1, 2).exit_code == 0
    assert _rows(session, called) == _rows(session, refused) == [(1,)]
    assert _rows(session, statuses) == [("suppressed",), ("merged",)]
    assert cli("donors", "unmerge", 2).exit_code == 0
    assert _rows(session, called) == _rows(session, refused) == [(2,)]
    assert _rows(session, statuses) == [("active",), ("suppressed",)]


@pytest.mark.parametrize("goes", [1, 2])
def test_whose_number_is_refused_while_they_are_one_stay_refused_as_two(
    session: Session, cli: Cli, goes: int
) -> None:
    """The number is one of theirs: whoever has it is not called, the other may be."""
    add_donors(session, 2)
    assert cli("donors", "merge", 1, 2).exit_code == 0
    suppress(session, "opt_out", phone_e164=f"+1614555000{goes}", source="page", now=NOON)
    session.commit()
    assert _rows(session, "select status from donor where id = 1") == [("suppressed",)]
    assert cli("donors", "unmerge", 2).exit_code == 0
    found = [status for (status,) in _rows(session, "select status from donor order by id")]
    assert found == [("suppressed" if donor == goes else "active") for donor in (1, 2)]


def test_a_person_is_forgotten_with_every_address_and_nobody_elses_call(
    session: Session, desk: Desk, cli: Cli, clock: Clock
) -> None:
    clock.set(NOON)
    open_calls(session, desk, add_donors(session, 2))
    session.execute(text("update donor set email = 'ann@example.org' where id = 1"))
    session.execute(
        text("insert into donor_email (donor_id, email, batch_id) values (1, 'poe@example.org', 1)")
    )
    session.commit()
    assert cli("audit", "forget", 1, "--because", "a letter").exit_code == 0
    assert _calls(session) == [(1, "withdrawn"), (2, "open")]
    refused = "select coalesce(phone_e164, email) from suppression order by 1"
    known = ["+16145550001", "ann@example.org", "poe@example.org"]
    assert [each for (each,) in _rows(session, refused)] == known
