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
    language: Mapped[str] = mapped_column(server_default="en")
    controls: Mapped[int] = mapped_column(server_default="0", comment="Control records among rows")
    deletion_asked_at: Mapped[datetime | None]
    deletion_certified_at: Mapped[datetime | None]


class PacketRow(Base):
    """One row of a packet: what was handed out must come back."""

    __tablename__ = "packet_row"
    packet_row_id: Mapped[str] = mapped_column(primary_key=True, comment="Opaque, in one packet")
    packet_id: Mapped[int] = mapped_column(ForeignKey("packet.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(
        ForeignKey("assignment.id"), index=True, comment="Null: a control record"
    )
    status: Mapped[str] = mapped_column(comment="out, returned or reclaimed")
    returned_at: Mapped[datetime | None]
    leak_reported_at: Mapped[datetime | None] = mapped_column(
        comment="A stranger used this control record"
    )


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
        Index("ix_assignment_agent", "agent_id", postgresql_where="status = 'handed_out'"),
        Index(
            "ix_assignment_lease",
            "team_id",
            "leased_until",
            postgresql_where="status = 'handed_out' and packet_id is null",
        ),
        Index(
            "ix_assignment_callback",
            "team_id",
            "callback_at",
            postgresql_where="status = 'open' and callback_at is not null",
        ),
        UniqueConstraint("packet_id", "packet_row_id"),
    )
    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    status: Mapped[str] = mapped_column(comment="planned, open, handed_out, done, withdrawn")
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
    callable_from: Mapped[datetime | None] = mapped_column(comment="First legal moment")
    callable_to: Mapped[datetime | None] = mapped_column(comment="Moment after the last legal one")
    shift: Mapped[str | None] = mapped_column(comment="The team's shift it was planned for")
    language: Mapped[str] = mapped_column(server_default="en")
    is_holdout: Mapped[bool] = mapped_column(
        server_default="false", comment="Given to a team at random, so that teams can be compared"
    )
    updated_at: Mapped[datetime]


class CallPin(Base):
    """A donor whom an uploaded list gives to one team of a campaign."""

    __tablename__ = "call_pin"
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    pinned_at: Mapped[datetime]


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
    callback_at: Mapped[datetime | None]
    fingerprint: Mapped[str] = mapped_column(
        server_default="", comment="Hash of what was told: the same again changes nothing"
    )
    violations: Mapped[list[Any]] = mapped_column(
        server_default="[]", comment="Rules that the call broke, by code"
    )
    recorded_at: Mapped[datetime]


class ResultFile(Base):
    """One results file as it came, and the account of its rows."""

    __tablename__ = "result_file"
    __table_args__ = (
        CheckConstraint(
            "rows_read = recorded + repeated + exceptions", name="every_row_accounted_for"
        ),
    )
    id: Mapped[IntPk]
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    rows_read: Mapped[int]
    recorded: Mapped[int]
    repeated: Mapped[int]
    exceptions: Mapped[int]
    received_at: Mapped[datetime]


class ResultException(Base):
    """A row of a results file that was not taken in, and why."""

    __tablename__ = "result_exception"
    __table_args__ = (
        UniqueConstraint("team_id", "fingerprint", "kind"),
        Index("ix_result_exception_status", "status"),
    )
    id: Mapped[IntPk]
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    result_file_id: Mapped[int | None] = mapped_column(ForeignKey("result_file.id"))
    source_row: Mapped[int]
    call_id: Mapped[str | None]
    packet_row_id: Mapped[str | None]
    kind: Mapped[str] = mapped_column(comment="foreign_row, unknown_code, changed, over_limit …")
    reason: Mapped[str]
    fingerprint: Mapped[str]
    status: Mapped[str] = mapped_column(comment="open or resolved")
    opened_at: Mapped[datetime]


class QualityReview(Base):
    """A call drawn by lot to be listened to, and what was heard."""

    __tablename__ = "quality_review"
    call_attempt_id: Mapped[int] = mapped_column(ForeignKey("call_attempt.id"), primary_key=True)
    seed: Mapped[int]
    drawn_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(comment="passed or failed; null: not heard yet")
    note: Mapped[str | None]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
