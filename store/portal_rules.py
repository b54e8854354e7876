"""Rows that people add to the rules tables: proposed by one, accepted by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.errors import InputError, RuleError, StateError
from models.users import RuleProposal
from store import audit


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row that waits for a second person, or what became of it."""

    id: int
    name: str
    row: dict[str, str]
    status: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None


def _proposal(row: RuleProposal) -> Proposal:
    return Proposal(
        row.id,
        row.name,
        row.row,
        row.status,
        row.proposed_by,
        row.proposed_at,
        row.decided_by,
        row.decided_at,
    )


def proposals(session: Session, name: str) -> list[Proposal]:
    """Return the proposals for a table, the newest first."""
    rows = session.scalars(
        select(RuleProposal).where(RuleProposal.name == name).order_by(RuleProposal.id.desc())
    )
    return [_proposal(row) for row in rows]


def propose(session: Session, name: str, row: Mapping[str, str], by: str, now: datetime) -> int:
    """Keep a row that somebody proposes."""
    added = RuleProposal(
        name=name, row=dict(row), status="proposed", proposed_by=by, proposed_at=now
    )
    session.add(added)
    session.flush()
    audit.append(session, "rule.propose", f"rule:{added.id}", {"table": name, **row})
    return added.id


def decide(
    session: Session, proposal_id: int, *, accept: bool, by: str, now: datetime
) -> list[dict[str, str]]:
    """Accept or refuse a proposal; return every accepted row of its table, in order."""
    row = session.get(RuleProposal, proposal_id, with_for_update=True)
    if row is None:
        raise InputError("There is no such proposal.")
    if row.status != "proposed":
        raise StateError(f"This row was {row.status} already.")
    if row.proposed_by == by:
        raise RuleError("A second person decides about a new row, not who proposed it.")
    row.status = "accepted" if accept else "refused"
    row.decided_by, row.decided_at = by, now
    audit.append(session, f"rule.{row.status}", f"rule:{row.id}", {"table": row.name})
    session.flush()
    accepted = session.scalars(
        select(RuleProposal.row)
        .where(RuleProposal.name == row.name, RuleProposal.status == "accepted")
        .order_by(RuleProposal.decided_at, RuleProposal.id)
    )
    return list(accepted)
