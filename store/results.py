"""Results into the books: told again, in another order or in parts, they give the same state.

The same function takes in a centre's file and one call of our own queue. What a row speaks of is
in `result_rows`, what it does in `result_effects`, and its file in `result_files`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from campaign.calling.results import CallResult, ResultFinding
from campaign.calling.scripts import wrong_answer
from campaign.calling.teams import Team
from models.calling import PacketRow
from store import result_effects
from store.result_rows import Account, Target, known_calls
from store.scenes import Scene


def take_in(
    session: Session,
    scene: Scene,
    team: Team,
    results: Sequence[CallResult],
    targets: Mapping[str, Target],
    now: datetime,
) -> Account:
    """Record the results of one campaign's calls by one team, in the order of the calls."""
    account = Account(rows_read=len(results))
    known = known_calls(session, team.id, [result.call_id for result in results])
    fresh: list[tuple[CallResult, Target]] = []
    for result in results:
        target, before = targets[result.row_id], known.get(result.call_id)
        if target.is_returned_control or before == result.fingerprint:
            account.repeated += 1
        elif wrong := _what_is_wrong(scene, result, before):
            account.findings.append(ResultFinding.of(result, *wrong))
        else:
            known[result.call_id] = result.fingerprint
            fresh.append((result, target))
    account.recorded = len(fresh)
    calls = [(result, target) for result, target in fresh if target.donor_id is not None]
    if calls:
        result_effects.record(session, scene, team, calls, account, now)
    if any(target.handed_at is not None for _, target in fresh):
        _note_returned(session, team, [result.row_id for result, _ in fresh], now)
    return account


def _what_is_wrong(scene: Scene, result: CallResult, before: str | None) -> tuple[str, str] | None:
    """Return why a row waits for a person, as a kind and a reason."""
    if before is not None:
        return "changed", "this call was told before, otherwise"
    wrong = wrong_answer(result.answers, scene.questions)
    return ("unknown_answer", wrong) if wrong else None


def _note_returned(session: Session, team: Team, row_ids: list[str], now: datetime) -> None:
    session.execute(
        update(PacketRow)
        .where(PacketRow.packet_row_id.in_(row_ids), PacketRow.status == "out")
        .values(status="returned", returned_at=now)
    )
    session.execute(
        text(
            "update packet p set status = 'returned' where status = 'out' and team_id = :team_id "
            "and not exists (select from packet_row r where r.packet_id = p.id "
            "and r.status = 'out')"
        ),
        {"team_id": team.id},
    )


def hush(
    session: Session,
    team: Team,
    findings: Sequence[ResultFinding],
    targets: Mapping[str, Target],
    now: datetime,
) -> int:
    """Let an opt-out or a death count at once where the rest of the row waits for a person."""
    calls = [
        (finding, target)
        for finding in findings
        if (target := targets.get(finding.row_id)) is not None and target.donor_id is not None
    ]
    return result_effects.hush(session, team, calls, now)
