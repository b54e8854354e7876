"""What is on file of donors' occupations and employers, and whether it was told this cycle."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.calling.scripts import Work
from campaign.compliance.limits import cycle_of

# Whoever gave told it with the gift; others may have told it on a call.
_QUERY = text("""
    select d.id, d.occupation, d.employer,
        exists (select from gift g where g.donor_id = d.id and g.given_on >= :since)
        or exists (select from call_attempt a where a.donor_id = d.id and a.started_at >= :since
            and (a.answers ? 'occupation' or a.answers ? 'employer')) as is_of_this_cycle
    from donor d where d.id = any(:ids) and d.occupation <> '' and d.employer <> ''
""")


def work_on_file(session: Session, donor_ids: Collection[int], day: date) -> dict[int, Work]:
    """Return by donor what is on file, where both are, as of the two-year cycle of a day."""
    since, _ = cycle_of(day)
    rows = session.execute(_QUERY, {"ids": list(donor_ids), "since": since})
    return {row.id: Work(row.occupation, row.employer, row.is_of_this_cycle) for row in rows}
