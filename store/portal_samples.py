"""What reviewers found in the audit samples of a report; the sample itself is drawn anew."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.errors import StateError
from models.reports import Report
from models.users import SampleFinding
from store import audit


def findings(session: Session, code: str) -> dict[str, RowMapping]:
    """Return what was found of a report's payments, by payment."""
    rows = session.execute(
        text("""select f.charge_id, f.outcome, f.note, f.found_by, f.found_at, f.seed, f.size
            from sample_finding f join report r on r.id = f.report_id where r.code = :code"""),
        {"code": code},
    ).mappings()
    return {row["charge_id"]: row for row in rows}


def note(
    session: Session,
    code: str,
    charge_id: str,
    *,
    seed: int,
    size: int,
    outcome: str,
    words: str,
    by: str,
    at: datetime,
) -> None:
    """Keep what a reviewer found of one payment; StateError when somebody did before."""
    report_id = session.scalar(select(Report.id).where(Report.code == code))
    kept = session.scalar(
        insert(SampleFinding)
        .values(
            report_id=report_id,
            charge_id=charge_id,
            seed=seed,
            size=size,
            outcome=outcome,
            note=words or None,
            found_by=by,
            found_at=at,
        )
        .on_conflict_do_nothing(constraint="uq_sample_finding_once")
        .returning(SampleFinding.id)
    )
    if kept is None:
        raise StateError("What was found of this payment is noted already.")
    detail = {"payment": charge_id, "outcome": outcome, "seed": seed, "size": size}
    audit.append(session, "report.sample_checked", f"report:{code}", detail, at=at)
