"""What a donor may still give is looked at again when the call is handed out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.errors import RuleError
from store import memo, portal_rules, suppressions
from tests.support.calling import NOON, add_donors
from tests.support.desk import Desk, open_calls, take, tell

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


def test_a_bank_debit_that_failed_leaves_the_room_as_it_is(session: Session, desk: Desk) -> None:
    open_calls(session, desk, add_donors(session, 2))
    session.execute(text(STRAIGHT), {"currency": "usd", "name": "Ann Donor1"})
    session.execute(
        text(
            "insert into stripe_balance_transaction (id, type, reporting_category, status, "
            "amount_cents, fee_cents, net_cents, currency, source, created_at, available_on, raw, "
            "fetched_at) select 'txn_1', 'payment_failure_refund', 'charge_failure', 'available', "
            "-350000, 0, -350000, 'usd', id, fetched_at, fetched_at, '{}', fetched_at "
            "from stripe_charge"
        )
    )
    session.commit()
    taken = take(desk)
    assert (taken.donor_id, taken.headroom_cents) == (1, 350_000)


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
    ("pledged_by", "address", "left"),
    [
        pytest.param("Bob", "update donor set email = {} where id = 1", 0, id="of a spouse"),
        pytest.param(
            "Bob",
            "insert into donor_email (donor_id, email, batch_id) values (1, {}, 1)",
            0,
            id="of a spouse, at a second address",
        ),
        pytest.param("Ann", "update donor set email = {} where id = 1", 350_000, id="a namesake's"),
    ],
)
def test_what_somebody_paid_of_anothers_pledge_is_their_gift(
    session: Session, desk: Desk, pledged_by: str, address: str, left: int
) -> None:
    """As the package counts it; what pays a pledge of the payer's own name counts with it."""
    open_calls(session, desk, add_donors(session, 2))
    session.execute(text(STRAIGHT), {"currency": "usd", "name": "Ann Donor1"})
    session.execute(text("update donor set email = null where id = 1"))
    session.execute(text(address.format("'ann@example.org'")))
    session.execute(
        text(
            "with pledged as (insert into pledge (ref, first_name, last_name, source, "
            "amount_cents, currency, pledged_on, status, created_at) values ('P1', :first, "
            "'Donor1', 'file:x', 350000, 'usd', '2026-09-01', 'fulfilled', '2026-09-01T12:00:00Z')"
            " returning id)"
            " insert into allocation (charge_id, pledge_id, amount_cents, tier, confidence, reason,"
            " decided_by, decided_at) select 'ch_1', id, 350000, 'confirmed', 1, 'x', 'rule', "
            "'2026-09-02T12:00:00Z' from pledged"
        ),
        {"first": pledged_by},
    )
    session.commit()
    call = take(desk)
    assert (call.donor_id, call.headroom_cents) == ((1, left) if left else (2, 350_000))


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
