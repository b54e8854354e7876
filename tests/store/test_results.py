"""Results give the same books in any order, and told any number of times."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.calling.results import CallResult
from campaign.calling.teams import Team
from campaign.campaign_file import read_campaign_file
from store import campaigns, scenes
from store.result_rows import Account, targets
from store.results import take_in
from store.scenes import Scene
from tests.support.calling import DAY, EXAMPLE, NOON, add_donors

OUTCOMES = (
    *("no_answer", "pledged", "refused", "callback", "do_not_call", "deceased", "wrong_number"),
    *("left_message", "pledged", "callback"),
)
STATE = {
    "call_attempt": "donor_id, external_id, call_result, fingerprint, violations",
    "pledge": "donor_id, amount_cents, pledged_on, status",
    # The window of a call that was made means nothing any more.
    "assignment": "donor_id, status, attempts, callback_at, agent_id, "
    "case when status = 'open' then callable_from end",
    "suppression": "kind, phone_e164, donor_id",
    "donor": "id, occupation, status",
}


@pytest.fixture
def stage(session: Session) -> tuple[Scene, Team]:
    """Twelve donors are with our own team; it is one o'clock."""
    campaigns.apply(session, read_campaign_file(EXAMPLE), NOON)
    add_donors(session, 12)
    campaign = campaigns.campaign_by_code(session, "FALL-26")
    team = campaigns.team_by_code(session, "HQ")
    session.execute(
        text(
            "insert into plan (campaign_id, on_day, status, objective_cents, summary, input_hash, "
            "created_at) values (:campaign, :day, 'published', 0, '{}', 'x', :at)"
        ),
        {"campaign": campaign.id, "day": DAY, "at": NOON},
    )
    session.execute(
        text(
            "insert into assignment (id, plan_id, campaign_id, donor_id, team_id, status, "
            'priority, asks_cents, "window", reason, callable_from, callable_to, updated_at) '
            "overriding system value "
            "select d.id, p.id, p.campaign_id, d.id, :team, 'handed_out', d.id, '[10000]', '{}', "
            "'t', :at, :to, :at from donor d cross join plan p"
        ),
        {"team": team.id, "at": NOON, "to": NOON + timedelta(hours=6)},
    )
    session.commit()
    return scenes.scene(session, campaign, DAY, NOON + timedelta(hours=1)), team


def calls(seed: int) -> list[CallResult]:
    """Return twenty calls to the twelve donors, some of them called more than once."""
    dice = random.Random(seed)
    made = []
    for number in range(20):
        donor, outcome = dice.randint(1, 12), dice.choice(OUTCOMES)
        at = NOON + timedelta(minutes=number)
        made.append(
            CallResult(
                source_row=number,
                row_id=f"A-{donor}",
                call_id=f"c{number}",
                started_at=at,
                disposition=outcome,
                pledge_cents=5_000 if outcome == "pledged" else None,
                occupation=dice.choice(["", "teacher"]),
                callback_at=at + timedelta(days=1) if outcome == "callback" else None,
            )
        )
    return made


def taken(session: Session, scene: Scene, team: Team, rows: list[CallResult]) -> Account:
    found = targets(session, team, [row.row_id for row in rows])
    return take_in(session, scene, team, rows, found, scene.now)


def told(session: Session, stage: tuple[Scene, Team], files: Sequence[list[CallResult]]) -> Any:
    """Take the files in, return the state, and undo it."""
    scene, team = stage
    for file in files:
        # A file is read in the order of its calls, whatever the order of its rows.
        rows = sorted(file, key=lambda call: (call.started_at, call.call_id))
        taken(session, scene, team, rows)
    state = [
        sorted(map(repr, session.execute(text(f"select {columns} from {table}"))))
        for table, columns in STATE.items()
    ]
    session.rollback()
    return state


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_repetition_give_the_same_books(
    session: Session, stage: tuple[Scene, Team], seed: int
) -> None:
    rows = calls(seed)
    once = told(session, stage, [rows])
    dice = random.Random(seed + 100)
    for _ in range(3):
        shuffled = dice.sample(rows, len(rows))
        cut = dice.randint(1, 19)
        again = dice.sample(rows, 7)
        assert told(session, stage, [shuffled[:cut], shuffled[cut:], again]) == once
    assert told(session, stage, [rows, rows]) == once


def test_a_call_outside_of_the_hours_is_kept_and_marked(
    session: Session, stage: tuple[Scene, Team]
) -> None:
    scene, team = stage
    late = CallResult(1, "A-1", "late", NOON + timedelta(hours=-10), "refused")
    taken(session, scene, team, [late])
    (broken,) = session.execute(text("select violations from call_attempt")).scalars()
    assert broken == ["outside_hours"]  # a policy: no hours bind a political call in Ohio


def test_occupation_and_employer_are_learnt_from_the_call(
    session: Session, stage: tuple[Scene, Team]
) -> None:
    scene, team = stage
    call = CallResult(
        1, "A-1", "c", NOON, "pledged", pledge_cents=1_000, occupation="nurse", employer="Clinic"
    )
    taken(session, scene, team, [call])
    row = session.execute(text("select occupation, employer from donor where id = 1")).one()
    assert tuple(row) == ("nurse", "Clinic")
