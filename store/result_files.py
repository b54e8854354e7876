"""Results files as they came, and the rows of them that wait for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.calling.results import ResultFinding
from campaign.calling.teams import Team
from models.calling import ResultException, ResultFile
from store import audit
from store.result_rows import Account


def keep_findings(
    session: Session,
    team: Team,
    findings: Sequence[ResultFinding],
    result_file_id: int | None,
    now: datetime,
) -> None:
    """Keep the rows that wait for a person, once each."""
    if not findings:
        return
    session.execute(
        insert(ResultException).on_conflict_do_nothing(),
        [
            {
                "team_id": team.id,
                "result_file_id": result_file_id,
                "source_row": finding.source_row,
                "call_id": finding.call_id or None,
                "packet_row_id": finding.row_id or None,
                "kind": finding.kind,
                "reason": finding.reason,
                "fingerprint": finding.fingerprint,
                "status": "open",
                "opened_at": now,
            }
            for finding in findings
        ],
    )


def keep_file(
    session: Session, team: Team, name: str, sha256: str, account: Account, now: datetime
) -> int:
    """Keep the account of a results file; return its id."""
    row = ResultFile(
        team_id=team.id,
        file_name=name,
        file_sha256=sha256,
        rows_read=account.rows_read,
        recorded=account.recorded,
        repeated=account.repeated,
        exceptions=account.exceptions,
        received_at=now,
    )
    session.add(row)
    session.flush()
    counts = {"recorded": account.recorded, "repeated": account.repeated}
    audit.append(
        session,
        "results.taken_in",
        f"result_file:{row.id}",
        counts | {"exceptions": account.exceptions, "pledges": account.pledges},
        at=now,
    )
    return row.id
