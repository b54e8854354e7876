"""The contribution limits in force: those that ship, and those that the committee added.

A treasurer adds rows in the home's own file, or on the portal, where a second person accepts them;
every question about a limit asks here, so that ask, books and report go by the same rows.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.compliance.rule_tables import Limit, contribution_limits, limit_of
from config.settings import settings
from models.users import RuleProposal

TABLE = "contribution_limits"


def limits_in_force(session: Session) -> tuple[Limit, ...]:
    """Return every row, an added one after those that it goes before."""
    known = contribution_limits(settings().home / "rules" / f"{TABLE}.csv")
    accepted = session.scalars(
        select(RuleProposal.row)
        .where(RuleProposal.name == TABLE, RuleProposal.status == "accepted")
        .order_by(RuleProposal.decided_at, RuleProposal.id)
    )
    # The portal lays accepted rows into its own home; other machines find them here alone.
    return known + tuple(row for row in map(limit_of, accepted) if row not in known)
