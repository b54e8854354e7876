"""Reports as they were made: their editions, their signatures, and the periods these lock."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
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


def latest(session: Session, kind: str, first_day: date, last_day: date) -> Report | None:
    """Return the newest edition of these days, or None."""
    row = session.scalar(
        select(Row)
        .where(Row.kind == kind, Row.first_day == first_day, Row.last_day == last_day)
        .order_by(Row.edition.desc())
        .limit(1)
    )
    return None if row is None else _report(row)


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
