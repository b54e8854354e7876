"""The in-house queue: nobody twice, nobody against a rule, and a reason where there is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from campaign.errors import InputError, StateError
from store import handing, suppressions
from store.queue import Call, NoCall, next_call
from store.session import unit_of_work
from tests.support.calling import NOON, add_donors
from tests.support.desk import Desk, ask, open_calls, take, tell


def test_the_best_call_comes_with_all_that_a_caller_needs(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 3))
    call = take(desk)
    assert call.donor_id == 1
    assert call.asks_cents == (25_000, 10_000, 5_000)
    assert "Ann Donor1" in call.script
    assert "Maria Lopez" in call.script
    assert "$250" in call.script
    assert call.headroom_cents == 350_000
    assert call.local_time == "12:00"
    assert call.leased_until == NOON + timedelta(minutes=15)
    assert call.call_until == datetime(2026, 9, 10, 1, tzinfo=UTC)  # nine in the evening there


def test_asked_again_the_same_call_comes_back_and_nobody_else_gets_it(
    session: Session, desk: Desk
) -> None:
    open_calls(session, desk, add_donors(session, 2))
    first = take(desk)
    assert take(desk).assignment_id == first.assignment_id
    other = take(desk, desk.devon)
    assert other.donor_id != first.donor_id


def test_a_lapsed_lease_gives_the_call_back(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 1))
    call = take(desk)
    late = NOON + timedelta(minutes=20)
    assert isinstance(ask(desk, desk.devon), NoCall)
    assert take(desk, desk.devon, late).assignment_id == call.assignment_id
    with pytest.raises(StateError, match="lease has lapsed"):
        tell(desk, call, "refused", late)


def test_a_call_that_was_answered_in_another_tab_says_so(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 1))
    call = take(desk)
    tell(desk, call, "refused")
    with pytest.raises(StateError, match=r"answered already \(refused\)"):
        tell(desk, call, "no_answer")
    done = ask(desk)
    assert isinstance(done, NoCall)
    assert "list is done" in done.reason


def test_sixty_callers_at_once_get_sixty_different_donors(
    session: Session, desk: Desk, database: Engine
) -> None:
    open_calls(session, desk, add_donors(session, 80))
    agents = session.execute(
        text(
            "insert into agent (team_id, code, name, languages, certified) select :team, "
            "'x' || n, 'X', '[\"en\"]', '{\"FALL-26\": \"2028-12-31\"}' "
            "from generate_series(1, 60) n returning id"
        ),
        {"team": desk.team},
    ).scalars()
    callers = list(agents)
    session.commit()
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda agent: take(desk, agent).donor_id, callers))
    assert len(set(found)) == 60


@pytest.mark.parametrize(
    ("not_to", "reason"),
    [
        pytest.param("HQ", "provenance", id="this very team"),
        pytest.param("in_house", "provenance", id="teams of this kind"),
        pytest.param("offshore", None, id="teams elsewhere"),
        pytest.param("outsourced", None, id="teams outside"),
    ],
)
def test_what_a_lists_own_terms_bar_is_not_handed_out(
    session: Session, desk: Desk, not_to: str, reason: str | None
) -> None:
    open_calls(session, desk, add_donors(session, 1))
    batch = session.scalar(
        text(
            "insert into list_batch (source, file_name, file_sha256, format, mapping, provenance, "
            "status, created_at) values ('T', 't.csv', 'x', 'plain', '{}', "
            "jsonb_build_object('kind', 'own_donors', 'not_to', array[cast(:place as text)]), "
            "'admitted', :at) returning id"
        ),
        {"place": not_to, "at": NOON},
    )
    session.execute(
        text(
            "insert into row_end (batch_id, source_row, donor_id, disposition) "
            "values (:batch, 1, 1, 'imported')"
        ),
        {"batch": batch},
    )
    session.commit()
    found = ask(desk)
    assert isinstance(found, NoCall) == (reason is not None)
    if reason is not None:
        told = session.scalar(text("select reason from assignment"))
        assert told == reason


def test_a_result_told_twice_counts_once(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 1))
    call = take(desk)
    first = tell(desk, call, "pledged", pledge_cents=5_000, call_id="c1")
    again = tell(desk, call, "pledged", pledge_cents=5_000, call_id="c1")
    assert first.pledge_ref == again.pledge_ref
    assert session.scalar(text("select count(*) from pledge")) == 1
    assert session.scalar(text("select count(*) from call_attempt")) == 1


def test_an_opt_out_silences_the_number_at_once(session: Session, desk: Desk) -> None:
    ids = add_donors(session, 2, phone_e164="+16145550001")
    open_calls(session, desk, ids)
    tell(desk, take(desk), "do_not_call")
    assert isinstance(ask(desk), NoCall)


def test_one_household_is_called_once_a_day(session: Session, desk: Desk) -> None:
    session.execute(text("insert into household (key) values ('h')"))
    ids = add_donors(session, 2, household_id=1)
    open_calls(session, desk, ids)
    tell(desk, take(desk), "no_answer")
    assert isinstance(ask(desk), NoCall)


def test_a_callback_comes_first_at_its_time_and_not_before(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 3))
    call = take(desk)
    back_at = NOON + timedelta(hours=1)
    tell(desk, call, "callback", callback_at=back_at)
    second = take(desk)
    assert second.donor_id == 2
    tell(desk, second, "refused")
    later = take(desk, now=back_at)
    assert later.donor_id == call.donor_id
    assert later.is_callback


def test_the_best_call_and_the_oldest_promise_come_first(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 4))
    session.execute(text("update assignment set priority = 10 - priority"))
    session.execute(
        text("update assignment set callback_at = :at where donor_id = :donor"),
        [{"donor": n, "at": NOON - timedelta(minutes=5 - n)} for n in (1, 2)],
    )
    session.commit()
    order = []
    for _ in range(4):
        call = take(desk)
        order.append(call.donor_id)
        tell(desk, call, "refused")
    assert order == [1, 2, 4, 3]


@pytest.mark.parametrize(
    ("until", "may_call"),
    [pytest.param("2026-09-09", True, id="today"), pytest.param("2026-09-08", False, id="over")],
)
def test_a_certificate_holds_through_its_last_day(
    session: Session, desk: Desk, until: str, may_call: bool
) -> None:
    open_calls(session, desk, add_donors(session, 1))
    session.execute(
        text("update agent set certified = jsonb_build_object((select code from campaign),"
             " cast(:until as text)) where id = :id"),
        {"until": until, "id": desk.maria},
    )  # fmt: skip
    session.commit()
    assert isinstance(ask(desk), Call) is may_call


def test_a_caller_whose_place_was_closed_gets_nothing(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 1))
    session.execute(
        text("update agent set disabled_at = :at where id = :id"), {"at": NOON, "id": desk.maria}
    )
    session.commit()
    with pytest.raises(InputError, match="does not belong"):
        ask(desk)


def test_a_refusal_takes_back_a_call_that_somebody_holds(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 1))
    donor = take(desk).donor_id
    effect = suppressions.suppress(session, "opt_out", source="letter", now=NOON, donor_id=donor)
    session.commit()
    assert effect.withdrawn == 1
    assert isinstance(ask(desk), NoCall)


def test_a_caller_speaks_only_his_languages(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 1, language="es"), language="es")
    assert isinstance(ask(desk, desk.devon), NoCall)
    assert take(desk, desk.maria).script.startswith("Hola")


def test_without_a_call_the_caller_hears_why_and_when(session: Session, desk: Desk) -> None:
    empty = ask(desk)
    assert isinstance(empty, NoCall)
    assert "No plan has given this team calls" in empty.reason
    opens = datetime(2026, 9, 9, 18, tzinfo=UTC)
    open_calls(session, desk, add_donors(session, 1), **{"from": opens})
    later = opens + timedelta(hours=1)
    open_calls(session, desk, add_donors(session, 1, first_id=2), **{"from": later})
    early = ask(desk)
    assert isinstance(early, NoCall)
    assert "legal hours" in early.reason
    assert early.next_at == opens
    late = ask(desk, now=opens + timedelta(hours=9))
    assert isinstance(late, NoCall)
    assert "hours of everybody left are over" in late.reason


def test_when_others_have_what_is_left_the_caller_hears_when_the_first_comes_back(
    session: Session, desk: Desk
) -> None:
    open_calls(session, desk, add_donors(session, 2))
    first = take(desk)
    session.execute(
        text(
            "update assignment set status = 'handed_out', agent_id = null, leased_until = :until"
            " where donor_id = 2"
        ),
        {"until": NOON + timedelta(hours=1)},
    )
    session.commit()
    none = ask(desk, desk.devon)
    assert isinstance(none, NoCall)
    assert "with other callers" in none.reason
    assert none.next_at == first.leased_until


def test_handed_back_a_call_goes_to_the_end(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 3))
    call = take(desk)
    with unit_of_work() as opened:
        handing.hand_back(opened, call.assignment_id, desk.maria, NOON)
    assert [take(desk, agent).donor_id for agent in (desk.maria, desk.devon)] == [2, 3]
    with unit_of_work() as opened, pytest.raises(StateError, match="not yours"):
        handing.hand_back(opened, call.assignment_id, desk.maria, NOON)


def test_a_stranger_gets_nothing(session: Session, desk: Desk) -> None:
    with unit_of_work() as opened, pytest.raises(InputError, match="does not belong"):
        next_call(opened, desk.team, 999_999, NOON)
    open_calls(session, desk, add_donors(session, 1))
    call = take(desk)
    with pytest.raises(InputError, match="disposition is one of"):
        tell(desk, call, "hung up")
