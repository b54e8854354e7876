"""Reports as they were made, and the record that cannot be quietly changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, IntPk


class Report(Base):
    """One package or filing, with its hashes and its signatures."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("kind", "first_day", "last_day", "edition"),)
    id: Mapped[IntPk]
    code: Mapped[str] = mapped_column(unique=True, comment="TR-2026-10-01-2026-10-31-1")
    kind: Mapped[str] = mapped_column(comment="treasurer, fec_f3, fec_f3x, fec_f6 …")
    first_day: Mapped[date]
    last_day: Mapped[date]
    edition: Mapped[int]
    folder: Mapped[str]
    files: Mapped[list[Any]] = mapped_column(comment="Name, bytes and SHA-256 of each")
    figures: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    input_hash: Mapped[str]
    status: Mapped[str] = mapped_column(comment="draft, submitted, signed, replaced")
    prepared_by: Mapped[str]
    prepared_at: Mapped[datetime]
    signed_by: Mapped[str | None]
    signed_at: Mapped[datetime | None]
    signature: Mapped[str | None]
    submitted_by: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    detail: Mapped[dict[str, Any]] = mapped_column(
        server_default="{}", comment="Form and code of a filing, checks, what changed since"
    )


class Remedy(Base):
    """A part of a contribution that counts for another election, or for another giver."""

    __tablename__ = "remedy"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("kind in ('redesignation', 'reattribution')", name="kind"),
    )
    id: Mapped[IntPk]
    charge_id: Mapped[str] = mapped_column(ForeignKey("stripe_charge.id"), index=True)
    kind: Mapped[str] = mapped_column(comment="redesignation or reattribution")
    amount_cents: Mapped[BigInt]
    to_election: Mapped[str | None]
    to_donor_id: Mapped[BigInt | None] = mapped_column(ForeignKey("donor.id"))
    decided_on: Mapped[date]
    decided_by: Mapped[str]
    because: Mapped[str] = mapped_column(comment="Where the giver's signed letter is kept")


class AuditEntry(Base):
    """One decision or look at personal data, chained to the one before."""

    __tablename__ = "audit_entry"
    id: Mapped[BigInt] = mapped_column(primary_key=True, comment="Without gaps")
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class CampaignDayStage(Base):
    """A stage of a campaign's day that is done: a day that is run again goes on after it."""

    __tablename__ = "campaign_day_stage"
    campaign_code: Mapped[str] = mapped_column(primary_key=True)
    on_day: Mapped[date] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    finished_at: Mapped[datetime]
    seconds: Mapped[float] = mapped_column(Float, comment="How long it took")
