"""The one committee that this database belongs to."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.errors import SetupError
from config.settings import settings
from models.committee import Committee as Row

_HAS_LEDGER = text(
    "select exists (select from stripe_balance_transaction) or exists (select from stripe_charge)"
)


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


def bind_account(session: Session, account: str) -> None:
    """Keep whose ledger the books hold; SetupError when they hold another account's already.

    Two ledgers in one home would add up to nobody's balance, and money of tests would be reported.
    """
    the_committee(session)
    row = session.get_one(Row, 1, with_for_update=True)
    if row.stripe_account not in (None, account) and session.scalar(_HAS_LEDGER):
        known, mode = row.stripe_account.rsplit(" ", 1)
        raise SetupError(
            f"These books hold the ledger of {known} ({mode} mode), and the key is of another: "
            "use that account's key, or another PLEDGELINE_HOME."
        )
    row.stripe_account = account
    session.flush()


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
