"""What a row of results speaks of: a packet's row, or a call of our own queue; and its account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaign.calling.results import ResultFinding
from campaign.calling.teams import Team
from models.calling import Assignment
from store.locks import hold_calls


@dataclass(slots=True)
class Account:
    """What became of the rows: each is recorded, repeated or an exception."""

    rows_read: int = 0
    recorded: int = 0
    repeated: int = 0
    findings: list[ResultFinding] = field(default_factory=list)
    pledges: int = 0
    pledged_cents: int = 0
    opt_outs: int = 0
    large_pledges: list[str] = field(default_factory=list)

    @property
    def exceptions(self) -> int:
        """How many rows wait for a person."""
        return len(self.findings)

    def kinds(self) -> list[dict[str, Any]]:
        """Return the exceptions by kind."""
        counts: dict[str, int] = {}
        for finding in self.findings:
            counts[finding.kind] = counts.get(finding.kind, 0) + 1
        return [{"kind": kind, "count": count} for kind, count in sorted(counts.items())]


@dataclass(frozen=True, slots=True)
class Target:
    """The call that a row speaks of."""

    assignment_id: int | None
    donor_id: int | None
    campaign_id: int
    language: str
    handed_at: datetime | None  # when the packet was sealed, script enclosed; None: our own queue
    expires_at: datetime | None = None
    is_returned: bool = False

    @property
    def is_returned_control(self) -> bool:
        """Whether this is a control record that came back before."""
        return self.donor_id is None and self.is_returned


_MEANT = """id in (select unnest(cast(:own as bigint[]))
    union select assignment_id from packet_row where packet_row_id = any(:ids))"""


def targets(session: Session, team: Team, row_ids: Sequence[str]) -> dict[str, Target]:
    """Return what each row id means for this team; an id that means nothing is left out.

    Whose calls they are does not change before the results are in.
    """
    own = {row_id: number for row_id in row_ids if (number := own_id(row_id)) is not None}
    hold_calls(session, _MEANT, own=list(own.values()), ids=list(row_ids))
    found: dict[str, Target] = {}
    if len(own) < len(row_ids) or not team.is_in_house:
        found = _packet_rows(session, team, row_ids)
    if not own or not team.is_in_house:
        return found
    calls = session.execute(
        select(Assignment.id, Assignment.donor_id, Assignment.campaign_id, Assignment.language)
        .where(Assignment.id.in_(own.values()), Assignment.team_id == team.id)
        .where(Assignment.status != "planned")
    )
    target_of = {row.id: Target(*row, None) for row in calls}
    return found | {row: target_of[number] for row, number in own.items() if number in target_of}


_PACKET_ROWS = text("""
    select r.packet_row_id, r.assignment_id, a.donor_id, p.campaign_id, p.language, p.created_at,
        p.expires_at, r.status = 'returned'
    from packet_row r join packet p on p.id = r.packet_id
        left join assignment a on a.id = r.assignment_id
    where p.team_id = :team_id and r.packet_row_id = any(:ids)
""")


def _packet_rows(session: Session, team: Team, row_ids: Sequence[str]) -> dict[str, Target]:
    rows = session.execute(_PACKET_ROWS, {"team_id": team.id, "ids": list(row_ids)})
    return {row[0]: Target(*row[1:]) for row in rows}


def own_id(row_id: str) -> int | None:
    """Return the assignment that a call of our own queue is known by, such as A-1024."""
    digits = row_id.removeprefix("A-")
    if row_id.startswith("A-") and digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(digits)
    return None


def known_calls(session: Session, team_id: int, call_ids: Sequence[str]) -> dict[str, str]:
    """Return the fingerprint of each of these calls that was told before."""
    rows = session.execute(
        text(
            "select external_id, fingerprint from call_attempt "
            "where team_id = :team_id and external_id = any(:ids)"
        ),
        {"team_id": team_id, "ids": list(call_ids)},
    )
    return dict(rows.all())
