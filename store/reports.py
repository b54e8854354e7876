"""Reports as they were made: their editions, their signatures, and the periods these lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from campaign.errors import StateError, UnknownCodeError
from models.reports import Report as Row
from store import places


@dataclass(frozen=True, slots=True)
class Report:
    """One edition of a package or a filing."""

    code: str
    kind: str
    first_day: date
    last_day: date
    edition: int
    folder: str
    files: list[dict[str, Any]]
    figures: dict[str, Any]
    input_hash: str
    status: str
    prepared_by: str
    prepared_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    signed_by: str | None
    signed_at: datetime | None
    signature: str | None
    detail: dict[str, Any]


def _report(row: Row) -> Report:
    values = {field.name: getattr(row, field.name) for field in fields(Report)}
    return Report(**values | {"folder": places.found(row.folder)})


def by_code(session: Session, code: str) -> Report:
    """Return the report of the code; UnknownCodeError names those that there are."""
    row = session.scalar(select(Row).where(Row.code == code))
    if row is None:
        raise UnknownCodeError("report", code, session.scalars(select(Row.code)).all())
    return _report(row)


def all_reports(session: Session) -> list[Report]:
    """Return every report, the newest first."""
    return [_report(row) for row in session.scalars(select(Row).order_by(Row.id.desc()))]


def outgrown(found: Iterable[Report]) -> set[str]:
    """Return the drafts of a running month that a later one of the same first day reaches beyond.

    Each day's round draws the month up anew; a whole month's draft is never outgrown.
    """
    reports = list(found)
    reach: dict[tuple[str, date], date] = {}
    for one in reports:
        begins = (one.kind, one.first_day)
        reach[begins] = max(reach.get(begins, one.last_day), one.last_day)
    return {
        one.code
        for one in reports
        if one.status == "draft"
        and one.last_day < reach[one.kind, one.first_day]
        and (one.last_day + timedelta(days=1)).day != 1
    }


def latest(session: Session, kind: str, first_day: date, last_day: date) -> Report | None:
    """Return the newest edition of these days, or None."""
    row = session.scalar(
        select(Row)
        .where(Row.kind == kind, Row.first_day == first_day, Row.last_day == last_day)
        .order_by(Row.edition.desc())
        .limit(1)
    )
    return None if row is None else _report(row)


def editions(session: Session, name: str) -> int:
    """Return the newest edition under a report's name, as F3X-Q3-2026; 0 where there is none.

    Its days may have moved since: an election was named, or a report before one drawn up.
    """
    query = text(
        "select coalesce(max(edition), 0) from report where code = :name || '-' || edition"
    )
    return int(session.scalar(query, {"name": name}) or 0)


def closes_by_choice(session: Session, kind: str) -> list[date]:
    """Return where reports end that are due only from who takes part in an election.

    What was drawn up without an error is taken as filed.
    """
    query = text(
        "select distinct last_day from report where kind = :kind "
        "and detail ->> 'report' in ('12P', '12R', '12C', '12S', '30R', '30S') "
        "and detail ->> 'errors' = '0'"
    )
    return list(session.scalars(query, {"kind": kind}))


def add(session: Session, report: Report) -> None:
    """Keep a new edition; an unsigned one before it is replaced."""
    session.execute(
        update(Row)
        .where(
            Row.kind == report.kind,
            Row.first_day == report.first_day,
            Row.last_day == report.last_day,
            Row.status != "signed",
        )
        .values(status="replaced")
    )
    values = {field.name: getattr(report, field.name) for field in fields(Report)}
    session.add(Row(**values | {"folder": places.to_keep(report.folder)}))
    session.flush()


def submit(session: Session, code: str, by: str, at: datetime) -> None:
    """Note that the preparer is done."""
    moved = session.execute(
        update(Row)
        .where(Row.code == code, Row.status == "draft")
        .values(status="submitted", submitted_by=by, submitted_at=at)
        .returning(Row.id)
    ).first()
    if moved is None:
        raise StateError(f"Report {code} is {by_code(session, code).status}: not to be submitted.")


def require_submitted(report: Report) -> None:
    """Refuse to sign what its preparer is not done with, or what is signed or replaced."""
    if report.status != "submitted":
        raise StateError(f"Report {report.code} is {report.status}: not to be signed.")


def sign(session: Session, code: str, signed_by: str, at: datetime, signature: str) -> None:
    """Note the signature."""
    moved = session.execute(
        update(Row)
        .where(Row.code == code, Row.status == "submitted")
        .values(status="signed", signed_by=signed_by, signed_at=at, signature=signature)
        .returning(Row.id)
    ).first()
    if moved is None:
        require_submitted(by_code(session, code))


def require_unsigned(session: Session, charge_id: str) -> None:
    """Refuse to change a payment of days that a signed package covers.

    Corrections go to the open period: as a refund, a remedy, or a note.
    """
    code = session.scalar(
        text(
            "select r.code from report r, stripe_charge c, committee k "
            "where c.id = :charge and r.kind = 'treasurer' and r.status = 'signed' "
            "and (c.created_at at time zone k.timezone)::date between r.first_day and r.last_day "
            "order by r.id limit 1"
        ),
        {"charge": charge_id},
    )
    if code is not None:
        raise StateError(
            f"The days of this payment are signed in {code}: correct it in an open period."
        )
