"""The in-house queue: nobody twice, nobody against a rule, and a reason where there is none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from campaign.campaign_file import read_campaign_file
from campaign.errors import InputError, RuleError, StateError
from store import campaigns, handing, memo, portal_rules, suppressions
from store.queue import Call, NoCall, next_call
from store.session import unit_of_work
from store.spoken_results import record_result
from tests.support.calling import EXAMPLE, NOON, add_donors


@dataclass(frozen=True)
class Desk:
    """The in-house team with its two callers, and calls in its queue."""

    team: int
    maria: int
    devon: int


@pytest.fixture
def desk(session: Session) -> Desk:
    campaigns.apply(session, read_campaign_file(EXAMPLE), NOON)
    team = campaigns.team_by_code(session, "HQ")
    agents = {agent.code: agent.id for agent in team.agents}
    session.commit()
    return Desk(team.id, agents["maria"], agents["devon"])


def open_calls(session: Session, desk: Desk, ids: list[int], **changes: Any) -> None:
    """Open a call to each donor, in the order given, legal for the next hours."""
    values = {
        "asks": "[25000, 10000, 5000]",
        "from": NOON - timedelta(hours=2),
        "to": NOON + timedelta(hours=5),
        "language": "en",
    } | changes
    session.execute(
        text(
            "insert into plan (campaign_id, on_day, status, objective_cents, summary, input_hash, "
            "created_at) select id, '2026-09-09', 'published', 0, '{}', 'x', :at from campaign"
        ),
        {"at": NOON},
    )
    session.execute(
        text(
            "insert into assignment (plan_id, campaign_id, donor_id, team_id, status, priority, "
            'asks_cents, "window", reason, callable_from, callable_to, language, updated_at) '
            "select max(p.id), max(p.campaign_id), :donor, :team, 'open', :priority, "
            "cast(:asks as jsonb), '{}', 'test', :from, :to, :language, :from from plan p"
        ),
        [values | {"donor": n, "team": desk.team, "priority": i} for i, n in enumerate(ids)],
    )
    session.commit()


def ask(desk: Desk, agent: int | None = None, now: datetime = NOON) -> Call | NoCall:
    with unit_of_work() as opened:
        return next_call(opened, desk.team, agent or desk.maria, now)


def take(desk: Desk, agent: int | None = None, now: datetime = NOON) -> Call:
    found = ask(desk, agent, now)
    assert isinstance(found, Call), found
    return found


def tell(desk: Desk, call: Call, disposition: str, now: datetime = NOON, **more: Any) -> Any:
    agent = more.pop("agent", desk.maria)
    with unit_of_work() as opened:
        return record_result(
            opened,
            team_id=desk.team,
            agent_id=agent,
            assignment_id=call.assignment_id,
            disposition=disposition,
            now=now,
            **more,
        )


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


# A gift of the whole limit by card, which pays no pledge.
STRAIGHT = """
    with known as (update donor set email = 'ann@example.org' where id = 1)
    insert into stripe_charge (id, status, amount_cents, captured_cents, refunded_cents, currency,
        created_at, payer_name, payer_email, raw, fetched_at)
    values ('ch_1', 'succeeded', 350000, 350000, 0, :currency, '2026-09-02T12:00:00Z', :name,
        'Ann@Example.org', '{"metadata": {"election_code": "G2026"}}', '2026-09-02T12:00:00Z')
"""


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(
            lambda s: suppressions.suppress(
                s, "opt_out", source="t", now=NOON, phone_e164="+16145550001"
            ),
            id="opted out by number",
        ),
        pytest.param(
            lambda s: s.execute(text("update donor set status = 'deceased' where id = 1")),
            id="died",
        ),
        pytest.param(
            lambda s: s.execute(
                text(
                    "insert into gift (donor_id, batch_id, source, external_id, given_on, "
                    "amount_cents, election_code) select 1, max(id), 'T', 'big', '2026-09-01', "
                    "350000, 'G2026' from list_batch"
                )
            ),
            id="maxed out",
        ),
        pytest.param(
            lambda s: s.execute(text(STRAIGHT), {"currency": "usd", "name": "Ann Donor1"}),
            id="maxed out by a gift on the website",
        ),
        pytest.param(
            lambda s: s.execute(
                text("update donor set provenance = '[\"fec_report\"]' where id = 1")
            ),
            id="provenance",
        ),
        pytest.param(
            lambda s: s.execute(
                text("update donor set timezone = 'Pacific/Honolulu', state = 'HI' where id = 1")
            ),
            id="moved to where it is night",
        ),
    ],
)
def test_what_changed_since_the_plan_is_seen_before_the_name_is_shown(
    session: Session, desk: Desk, spoil: Callable[[Session], Any]
) -> None:
    open_calls(session, desk, add_donors(session, 2))
    spoil(session)
    session.commit()
    assert take(desk).donor_id == 2


def test_a_generation_behind_a_payers_name_changes_nothing(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 2))
    session.execute(text(STRAIGHT), {"currency": "usd", "name": "Ann Donor1, Sr."})
    session.commit()
    assert take(desk).donor_id == 2


@pytest.mark.parametrize(
    "payer",
    [
        pytest.param({"currency": "usd", "name": "Bob Other"}, id="somebody else at the address"),
        pytest.param({"currency": "eur", "name": "Ann Donor1"}, id="another currency"),
    ],
)
def test_gifts_that_are_not_the_donors_leave_the_room_as_it_is(
    session: Session, desk: Desk, payer: dict[str, str]
) -> None:
    open_calls(session, desk, add_donors(session, 2))
    session.execute(text(STRAIGHT), payer)
    session.commit()
    assert take(desk).headroom_cents == 350_000


def test_a_gift_that_a_list_tells_of_counts_once(session: Session, desk: Desk) -> None:
    """An export of Stripe's that was brought in as a list holds the same payments."""
    open_calls(session, desk, add_donors(session, 2))
    session.execute(text(STRAIGHT), {"currency": "usd", "name": "Ann Donor1"})
    session.execute(text("update stripe_charge set captured_cents = 100000"))
    session.execute(
        text(
            "insert into gift (donor_id, batch_id, source, external_id, given_on, amount_cents, "
            "election_code) select 1, max(id), 'S', 'ch_1', '2026-09-02', 100000, 'G2026' "
            "from list_batch"
        )
    )
    session.commit()
    assert take(desk).headroom_cents == 250_000


def test_what_a_payment_brought_beyond_its_pledge_counts(session: Session, desk: Desk) -> None:
    """$550 paid on a pledge of $50: the pledge counts, and so does the rest."""
    open_calls(session, desk, add_donors(session, 2))
    session.execute(text(STRAIGHT), {"currency": "usd", "name": "Ann Donor1"})
    session.execute(text("update stripe_charge set captured_cents = 55000"))
    session.execute(
        text(
            "with pledged as (insert into pledge (ref, donor_id, source, amount_cents, currency, "
            "pledged_on, election_id, status, created_at) select 'P1', 1, 'file:x', 5000, 'usd', "
            "'2026-09-01', id, 'fulfilled', '2026-09-01T12:00:00Z' from election "
            "where code = 'G2026' returning id)"
            " insert into allocation (charge_id, pledge_id, amount_cents, tier, confidence, reason,"
            " decided_by, decided_at) select 'ch_1', id, 5000, 'confirmed', 1, 'x', 'rule', "
            "'2026-09-02T12:00:00Z' from pledged"
        )
    )
    session.commit()
    assert take(desk).headroom_cents == 295_000


@pytest.mark.parametrize(
    ("whose", "left"),
    [
        pytest.param("'Annie', 'DONOR1', 'ann@example.org', null", 300_000, id="by e-mail"),
        pytest.param("'Ann', 'Donor1', null, '+16145550001'", 300_000, id="by phone"),
        pytest.param("'Ann', 'Donor1', 'ann@example.org', '+16145550001'", 300_000, id="by both"),
        pytest.param("'Zoe', 'Donor1', null, '+16145550001'", 350_000, id="of the same home"),
        pytest.param("'Ann', 'Stranger', 'ann@example.org', null", 350_000, id="of another name"),
    ],
)
def test_a_pledge_from_a_file_counts_for_whom_it_names(
    session: Session, desk: Desk, whose: str, left: int
) -> None:
    open_calls(session, desk, add_donors(session, 2))
    session.execute(text("update donor set email = 'ann@example.org' where id = 1"))
    session.execute(
        text(
            "insert into pledge (ref, first_name, last_name, email, phone_e164, source, "
            "amount_cents, currency, pledged_on, election_id, status, created_at) select 'P1', "
            f"{whose}, 'file:x', 50000, 'usd', '2026-09-01', id, 'open', '2026-09-01T12:00:00Z' "
            "from election where code = 'G2026'"
        )
    )
    session.commit()
    assert take(desk).headroom_cents == left


def test_a_limit_that_people_accepted_reaches_the_ask(
    session: Session, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that was proposed and accepted on the portal counts once what is remembered is over."""
    monkeypatch.setattr(memo, "SECONDS", 0.0)
    open_calls(session, desk, add_donors(session, 2))
    assert take(desk).headroom_cents == 350_000
    row = {
        "contributor": "individual",
        "recipient": "candidate",
        "per": "election",
        "amount": "120.00",
        "effective_from": "2026-09-01",
        "effective_to": "",
        "citation": "a test",
        "confidence": "sure",
    }
    number = portal_rules.propose(session, "contribution_limits", row, "one", NOON)
    session.commit()
    assert take(desk).headroom_cents == 350_000  # a proposal is no rule yet
    portal_rules.decide(session, number, accept=True, by="another", now=NOON)
    session.commit()
    call = take(desk)
    assert call.headroom_cents == 12_000
    assert max(call.asks_cents) <= 12_000


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


def test_the_asks_follow_the_room_of_now(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 1))
    session.execute(
        text(
            "insert into gift (donor_id, batch_id, source, external_id, given_on, amount_cents, "
            "election_code) select 1, max(id), 'T', 'n', '2026-09-02', 342000, 'G2026' "
            "from list_batch"
        )
    )
    session.commit()
    call = take(desk)
    assert call.headroom_cents == 8_000
    assert call.asks_cents == (8_000, 5_000)
    assert "$80" in call.say


def test_a_pledge_above_the_room_is_stopped_with_the_amount_still_allowed(
    session: Session, desk: Desk
) -> None:
    open_calls(session, desk, add_donors(session, 1))
    call = take(desk)
    with pytest.raises(RuleError, match=r"room for \$3,500\.00 only"):
        tell(desk, call, "pledged", pledge_cents=350_001)
    assert session.scalar(text("select count(*) from call_attempt")) == 0
    done = tell(desk, call, "pledged", pledge_cents=350_000, instalments=3)
    assert done.pledge_ref.startswith("PL-")
    parts = session.execute(text("select amount_cents from instalment order by number")).scalars()
    assert sum(parts) == 350_000


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
    early = ask(desk)
    assert isinstance(early, NoCall)
    assert "legal hours" in early.reason
    assert early.next_at == opens
    late = ask(desk, now=opens + timedelta(hours=9))
    assert isinstance(late, NoCall)
    assert "hours of everybody left are over" in late.reason


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
