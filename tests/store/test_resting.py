"""What rests on a person keeps the list that brought them."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.conftest import Cli
from tests.support.calling import add_donors
from tests.support.desk import Desk, open_calls

_PACKET = """
    with sealed as (insert into packet (code, campaign_id, team_id, rows, sha256, path, created_at,
            expires_at, status) select 'P-1', campaign_id, team_id, 1, '', '', now(), now(), 'out'
            from assignment where donor_id = 1 returning id)
    insert into packet_row (packet_row_id, packet_id, assignment_id, status)
    select 'x', sealed.id, a.id, 'out' from sealed, assignment a where donor_id = 1
"""
_PLEDGE = """
    insert into pledge (ref, donor_id, source, amount_cents, currency, pledged_on, status,
        created_at) values ('PL-1', 1, 'call', 100, 'usd', '2026-09-09', 'open', now())
"""
_CALL = """
    insert into call_attempt (external_id, campaign_id, donor_id, team_id, started_at,
        duration_seconds, call_result, recorded_at)
    select 'c', campaign_id, 1, team_id, now(), 5, 'refused', now()
    from assignment where donor_id = 1
"""
_REMEDY = """
    with paid as (insert into stripe_charge (id, status, amount_cents, captured_cents,
            refunded_cents, currency, created_at, raw, fetched_at)
        values ('ch_1', 'succeeded', 100, 100, 0, 'usd', now(), '{}', now()) returning id)
    insert into remedy (charge_id, kind, amount_cents, to_donor_id, decided_on, decided_by, because)
    select id, 'reattribution', 100, 1, '2026-09-09', 'test', 'a letter' from paid
"""


@pytest.mark.parametrize(
    ("rests", "said"),
    [
        pytest.param(_PLEDGE, "1 pledges", id="a pledge"),
        pytest.param(_CALL, "1 calls", id="a call"),
        pytest.param(_PACKET, "1 calls in packets", id="a packet"),
        pytest.param(_REMEDY, "1 remedies of contributions", id="a remedy"),
    ],
)
def test_a_list_stays_while_something_rests_on_its_people(
    session: Session, desk: Desk, cli: Cli, rests: str, said: str
) -> None:
    open_calls(session, desk, add_donors(session, 2))
    session.execute(text("update donor set first_batch_id = 1, first_row = id"))
    admitted = "update list_batch set status = 'admitted', rows_read = 2, imported = 2"
    session.execute(text(admitted))
    session.execute(text(rests))
    session.commit()
    refused = cli("lists", "undo", 1)
    assert refused.exit_code == 2
    assert f"cannot be taken back: {said} rest on its donors" in " ".join(refused.stderr.split())
    assert session.scalar(text("select count(*) from donor")) == 2
    assert session.scalar(text("select count(*) from assignment where status = 'open'")) == 2
