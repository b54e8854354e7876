"""Plans, assignments, attempts: who is called by whom, and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, Cents, Code, IntPk


class Plan(Base):
    """One allocation of donors to teams."""

    __tablename__ = "plan"
    id: Mapped[IntPk]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    on_day: Mapped[date]
    status: Mapped[str] = mapped_column(comment="draft, approved, published or replaced")
    objective_cents: Mapped[Cents]
    summary: Mapped[dict[str, Any]] = mapped_column(comment="As calls allocate --json prints it")
    input_hash: Mapped[str]
    created_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]


class Script(Base):
    """A script's version in one language; never changed once published."""

    __tablename__ = "script"
    __table_args__ = (UniqueConstraint("code", "language", "version"),)
    id: Mapped[IntPk]
    code: Mapped[Code]
    language: Mapped[str]
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(comment="fundraising, survey, get_out_the_vote")
    body: Mapped[str]
    questions: Mapped[list[Any]] = mapped_column(server_default="[]")
    published_at: Mapped[datetime | None]


class Packet(Base):
    """What an outsourced team was handed, sealed, for a limited time."""

    __tablename__ = "packet"
    id: Mapped[IntPk]
    code: Mapped[Code] = mapped_column(unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    rows: Mapped[int]
    sha256: Mapped[str]
    path: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(comment="out, returned, expired")
    deletion_certified_at: Mapped[datetime | None]


class Assignment(Base):
    """One donor to be called by one team."""

    __tablename__ = "assignment"
    __table_args__ = (
        # One open assignment a donor, whatever the campaign.
        Index(
            "uq_assignment_open_donor",
            "donor_id",
            unique=True,
            postgresql_where="status in ('open', 'handed_out')",
        ),
        Index("ix_assignment_queue", "team_id", "status", "priority"),
        UniqueConstraint("packet_id", "packet_row_id"),
    )
    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    status: Mapped[str] = mapped_column(comment="open, handed_out, done, withdrawn, expired")
    priority: Mapped[int] = mapped_column(comment="1 is called first")
    asks_cents: Mapped[list[Any]] = mapped_column(comment="The ask ladder, descending")
    headroom_cents: Mapped[BigInt | None] = mapped_column(comment="Null: no legal limit")
    window: Mapped[dict[str, Any]] = mapped_column(comment="When it may be called, in UTC")
    reason: Mapped[str]
    segment: Mapped[str | None]
    expected_net_cents: Mapped[Cents] = mapped_column(server_default="0")
    packet_id: Mapped[int | None] = mapped_column(ForeignKey("packet.id"))
    packet_row_id: Mapped[str | None] = mapped_column(comment="The opaque id in that packet")
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    leased_until: Mapped[datetime | None]
    callback_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    updated_at: Mapped[datetime]


class CallAttempt(Base):
    """One dialling, with how the call ended."""

    __tablename__ = "call_attempt"
    __table_args__ = (
        UniqueConstraint("team_id", "external_id"),
        Index("ix_call_attempt_donor_id_started_at", "donor_id", "started_at"),
        CheckConstraint("duration_seconds >= 0", name="duration_not_negative"),
    )
    id: Mapped[IntPk]
    external_id: Mapped[str] = mapped_column(comment="The team's own id of the call")
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id"), index=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    phone_e164: Mapped[str | None]
    started_at: Mapped[datetime]
    duration_seconds: Mapped[int]
    call_result: Mapped[str] = mapped_column(comment="A disposition of FIELD.md")
    answers: Mapped[dict[str, Any]] = mapped_column(server_default="{}", comment="Script result")
    script_id: Mapped[int | None] = mapped_column(ForeignKey("script.id"))
    recorded_at: Mapped[datetime]
