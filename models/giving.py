"""Pledges: what was promised, in which parts, and how it is asked for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, Cents, Code, Currency, IntPk


class Pledge(Base):
    """A promise to give; not a contribution until it is paid."""

    __tablename__ = "pledge"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("written_off_cents between 0 and amount_cents", name="written_off"),
        # Reconciling settles pledges by the hundred thousand: with room on its page and no index on
        # the status, a row changes in place.
        {"postgresql_with": {"fillfactor": 60}},
    )
    id: Mapped[IntPk]
    ref: Mapped[Code] = mapped_column(unique=True, comment="Travels as metadata.pledge_ref")
    donor_id: Mapped[int | None] = mapped_column(ForeignKey("donor.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    call_attempt_id: Mapped[int | None] = mapped_column(
        ForeignKey("call_attempt.id"), unique=True, comment="The call in which it was made"
    )
    election_id: Mapped[int | None] = mapped_column(ForeignKey("election.id"))
    team_code: Mapped[str | None] = mapped_column(comment="As the file says; team_id where known")
    source: Mapped[str] = mapped_column(comment="call, or file:<hash> it was imported from")
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(index=True)
    phone_e164: Mapped[str | None] = mapped_column(index=True)
    postal_code: Mapped[str | None]
    amount_cents: Mapped[Cents]
    written_off_cents: Mapped[Cents] = mapped_column(server_default="0")
    currency: Mapped[Currency]
    pledged_on: Mapped[date]
    due_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(comment="open, fulfilled, written_off, cancelled")
    reason: Mapped[str | None] = mapped_column(comment="Why it was written off or cancelled")
    created_at: Mapped[datetime]


class Instalment(Base):
    """A part of a pledge, due on a day; the parts sum to the pledge."""

    __tablename__ = "instalment"
    __table_args__ = (
        UniqueConstraint("pledge_id", "number"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )
    id: Mapped[IntPk]
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    number: Mapped[int]
    due_on: Mapped[date]
    amount_cents: Mapped[Cents]


class PaymentLink(Base):
    """A Stripe payment link for a pledge or for one of its instalments."""

    __tablename__ = "payment_link"
    __table_args__ = (
        UniqueConstraint("pledge_id", "instalment_number", postgresql_nulls_not_distinct=True),
    )
    id: Mapped[IntPk]
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    instalment_number: Mapped[int | None]
    stripe_id: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    amount_cents: Mapped[Cents]
    created_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None]


class Letter(Base):
    """A message to a donor: link, reminder, best-efforts request, acknowledgement."""

    __tablename__ = "letter"
    __table_args__ = (UniqueConstraint("kind", "subject_key", "number"),)
    id: Mapped[IntPk]
    kind: Mapped[str]
    subject_key: Mapped[str] = mapped_column(comment="What it is about: pledge:12, payment:ch_…")
    number: Mapped[int] = mapped_column(comment="1 is the first of its kind")
    donor_id: Mapped[BigInt | None]
    channel: Mapped[str] = mapped_column(comment="email, sms or paper")
    status: Mapped[str] = mapped_column(comment="queued, sent, failed")
    path: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
