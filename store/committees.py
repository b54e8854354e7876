"""The one committee that this database belongs to."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from config.settings import settings
from models.committee import Committee as Row


@dataclass(frozen=True, slots=True)
class Committee:
    """The organisation that raises the money."""

    code: str
    name: str
    kind: str
    fec_id: str | None
    ein: str | None
    candidate_name: str | None
    candidate_fec_id: str | None
    office: str | None
    state: str | None
    district: str | None
    treasurer_name: str | None
    treasurer_email: str | None
    street: str | None
    city: str | None
    postal_code: str | None
    phone: str | None
    email: str | None
    paid_for_by: str | None
    timezone: str
    currency: str
    is_default: bool


def the_committee(session: Session) -> Committee:
    """Return the committee; a default one is made where no campaign file was applied."""
    row = session.get(Row, 1)
    if row is None:
        session.execute(
            insert(Row)
            .values(
                id=1,
                code="DEFAULT",
                name="Unnamed committee",
                kind="candidate",
                timezone=settings().timezone or "America/New_York",
                currency="usd",
                is_default=True,
            )
            .on_conflict_do_nothing()
        )
        row = session.get_one(Row, 1)
    return Committee(**{field.name: getattr(row, field.name) for field in fields(Committee)})


def adopt_account(session: Session, timezone: str | None, currency: str | None) -> None:
    """Let the default committee keep the Stripe account's time zone and currency.

    A committee that was applied keeps its own, and PLEDGELINE_TIMEZONE goes before the account's.
    """
    the_committee(session)
    row = session.get_one(Row, 1)
    if row.is_default:
        row.timezone = settings().timezone or timezone or row.timezone
        row.currency = currency or row.currency
        session.flush()
