"""What pays what, what does not fit, and what each reconciliation found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, Cents, IntPk


class Reconciliation(Base):
    """One run over a period, with what it proved."""

    __tablename__ = "reconciliation"
    id: Mapped[IntPk]
    first_day: Mapped[date]
    last_day: Mapped[date]
    input_hash: Mapped[str]
    output_hash: Mapped[str]
    result: Mapped[dict[str, Any]] = mapped_column(comment="Totals and invariants, no person")
    ran_at: Mapped[datetime]


class Allocation(Base):
    """A part of a payment that pays a part of a pledge."""

    __tablename__ = "allocation"
    __table_args__ = (
        UniqueConstraint("charge_id", "pledge_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        Index("ix_allocation_pledge_id", "pledge_id"),
    )
    id: Mapped[IntPk]
    # No foreign keys: row by row they cost as much as the rest of a million allocations. The
    # guards of the migrations check whole statements: both exist, and neither is exceeded.
    charge_id: Mapped[str]
    pledge_id: Mapped[BigInt]
    amount_cents: Mapped[Cents]
    tier: Mapped[str] = mapped_column(comment="confirmed or suggested")
    confidence: Mapped[float] = mapped_column(Float)
    reason: Mapped[str]
    decided_by: Mapped[str] = mapped_column(comment="rule, or the person who confirmed it")
    decided_at: Mapped[datetime]


class AllocationBeforeReturn(Base):
    """What a payment paid of a pledge before money of it went back: its month told of that.

    Where a dispute brought the money back, also what it pays since: another payment may have paid
    the pledge meanwhile. The view `paid_part` shows both beside what is confirmed today.
    """

    __tablename__ = "allocation_before_return"
    charge_id: Mapped[str] = mapped_column(ForeignKey("stripe_charge.id"), primary_key=True)
    pledge_id: Mapped[int] = mapped_column(
        ForeignKey("pledge.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    amount_cents: Mapped[Cents]
    won_back_cents: Mapped[Cents | None]


class SignedAllocation(Base):
    """What a signed report says that a payment pays of a pledge; the matcher keeps to it."""

    __tablename__ = "signed_allocation"
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    charge_id: Mapped[str] = mapped_column(primary_key=True)
    pledge_id: Mapped[BigInt] = mapped_column(primary_key=True)
    amount_cents: Mapped[Cents]


class PaymentDecision(Base):
    """What a person decided about a payment; the matcher keeps to it."""

    __tablename__ = "payment_decision"
    __table_args__ = (
        CheckConstraint("(verdict in ('pays', 'not')) = (pledge_id is not null)", name="pledge"),
        UniqueConstraint("charge_id", "pledge_id", postgresql_nulls_not_distinct=True),
    )
    id: Mapped[IntPk]
    charge_id: Mapped[str] = mapped_column(ForeignKey("stripe_charge.id"))
    pledge_id: Mapped[int | None] = mapped_column(ForeignKey("pledge.id"))
    verdict: Mapped[str] = mapped_column(comment="pays, not, gift or not_campaign")
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("book_exception.id"))
    because: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]


class BookException(Base):
    """Something that does not fit, until a person resolves it."""

    __tablename__ = "book_exception"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_book_exception_status", "status"),
    )
    id: Mapped[IntPk]
    kind: Mapped[str]
    subject: Mapped[str] = mapped_column(comment="What it is about: charge:ch_…, payout:po_…")
    amount_cents: Mapped[BigInt]
    currency: Mapped[str] = mapped_column(server_default="usd")
    reason: Mapped[str]
    proposal: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    opened_on: Mapped[date]
    owner: Mapped[str | None]
    status: Mapped[str] = mapped_column(comment="open or resolved")
    resolution: Mapped[str | None]
    because: Mapped[str | None]
    resolved_by: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class BooksChange(Base):
    """That something was written which a reconciliation reads; it takes the notes that it sees."""

    __tablename__ = "books_change"
    id: Mapped[IntPk]
    transaction: Mapped[str] = mapped_column(
        server_default=text("pg_current_xact_id()::text"), comment="Whose note it is"
    )
    subject: Mapped[str] = mapped_column(comment="The table")
