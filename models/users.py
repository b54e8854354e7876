"""People and machines that sign in, and what proves that they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, IntPk


class AppUser(Base):
    """One account; roles are made of permissions in campaign/roles.py."""

    __tablename__ = "app_user"
    id: Mapped[IntPk]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    roles: Mapped[list[Any]]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    password_hash: Mapped[str | None]
    totp_secret: Mapped[str | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[BigInt | None] = mapped_column(comment="A code is good for one use")
    failed_signins: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]
    oidc_subject: Mapped[str | None] = mapped_column(unique=True, comment="issuer and subject")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PortalSession(Base):
    """One signed-in browser; only the hash of its cookie is kept."""

    __tablename__ = "portal_session"
    id: Mapped[IntPk]
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    csrf: Mapped[str]
    is_complete: Mapped[bool] = mapped_column(comment="The second factor was shown, or not needed")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(comment="As the browser names itself")


class SignatureProof(Base):
    """A fresh sign-in at the identity provider, asked for one signature, and good for it once."""

    __tablename__ = "signature_proof"
    id: Mapped[IntPk]
    state_hash: Mapped[str] = mapped_column(unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("portal_session.id"), index=True)
    report_code: Mapped[str] = mapped_column(ForeignKey("report.code"))
    report_hash: Mapped[str] = mapped_column(comment="Of what was to be signed when it was asked")
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proven_at: Mapped[datetime | None] = mapped_column(comment="When the person signed in there")
    used_at: Mapped[datetime | None]


class UserTicket(Base):
    """A link sent by mail that lets its holder choose a password, once."""

    __tablename__ = "user_ticket"
    __table_args__ = (CheckConstraint("purpose in ('invitation', 'reset')", name="purpose"),)
    id: Mapped[IntPk]
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    purpose: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SigninFailure(Base):
    """A sign-in that failed, by the hash of where it came from, or of an address of nobody."""

    __tablename__ = "signin_failure"
    __table_args__ = (Index("ix_signin_failure_place_at", "place", "at"),)
    id: Mapped[IntPk]
    place: Mapped[str]
    at: Mapped[datetime]


class ApiToken(Base):
    """A machine's key: what it may do, on whose behalf, and until when."""

    __tablename__ = "api_token"
    id: Mapped[IntPk]
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    scopes: Mapped[list[Any]] = mapped_column(comment="Permissions, at most its owner's")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Notice(Base):
    """Something that people with a permission should know; no donor's values in it."""

    __tablename__ = "notice"
    id: Mapped[IntPk]
    key: Mapped[str] = mapped_column(unique=True, comment="One notice an event")
    permission: Mapped[str] = mapped_column(comment="Who is told")
    kind: Mapped[str] = mapped_column(comment="flow_failed, list_stopped, unexplained, notice_48h")
    text: Mapped[str]
    link: Mapped[str]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]


class RuleProposal(Base):
    """A new row of a rules table: it counts once a second person has accepted it."""

    __tablename__ = "rule_proposal"
    __table_args__ = (
        CheckConstraint("decided_by is distinct from proposed_by", name="second_person"),
        CheckConstraint("status in ('proposed', 'accepted', 'refused')", name="status"),
    )
    id: Mapped[IntPk]
    name: Mapped[str] = mapped_column(comment="The table: contribution_limits")
    row: Mapped[dict[str, Any]]
    status: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class SampleFinding(Base):
    """What a reviewer found when following one payment of an audit sample to its papers."""

    __tablename__ = "sample_finding"
    __table_args__ = (
        UniqueConstraint("report_id", "charge_id", name="uq_sample_finding_once"),
        CheckConstraint("outcome in ('fits', 'differs')", name="outcome"),
    )
    id: Mapped[IntPk]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    seed: Mapped[int] = mapped_column(comment="Of the sample it was drawn in")
    size: Mapped[int]
    charge_id: Mapped[str]
    outcome: Mapped[str]
    note: Mapped[str | None]
    found_by: Mapped[str]
    found_at: Mapped[datetime]
