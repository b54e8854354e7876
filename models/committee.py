"""Who raises the money, for what, and with which teams."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, Cents, Code, Currency, IntPk


class Committee(Base):
    """The one organisation that this database belongs to."""

    __tablename__ = "committee"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)
    id: Mapped[BigInt] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(comment="candidate, pac, party or nonprofit")
    fec_id: Mapped[str | None]
    ein: Mapped[str | None] = mapped_column(comment="Of a nonprofit")
    candidate_name: Mapped[str | None]
    candidate_fec_id: Mapped[str | None]
    office: Mapped[str | None] = mapped_column(comment="H, S or P")
    state: Mapped[str | None]
    district: Mapped[str | None]
    treasurer_name: Mapped[str | None]
    treasurer_email: Mapped[str | None]
    street: Mapped[str | None]
    city: Mapped[str | None]
    postal_code: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    paid_for_by: Mapped[str | None]
    timezone: Mapped[str]
    currency: Mapped[Currency]
    stripe_account: Mapped[str | None] = mapped_column(
        comment="Whose ledger the books hold, and in which mode: acct_… live, acct_… test"
    )
    is_default: Mapped[bool] = mapped_column(comment="No campaign file was applied yet")


class Election(Base):
    """An election with a limit of its own: primary and general count apart."""

    __tablename__ = "election"
    id: Mapped[IntPk]
    code: Mapped[Code] = mapped_column(unique=True, comment="As on the FEC's forms: P2026, G2026")
    kind: Mapped[str] = mapped_column(comment="primary, general, runoff, special …")
    held_on: Mapped[date]


class Campaign(Base):
    """One call campaign."""

    __tablename__ = "campaign"
    id: Mapped[IntPk]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[str]
    election_id: Mapped[int | None] = mapped_column(ForeignKey("election.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    goal_cents: Mapped[Cents]
    script_code: Mapped[str | None]
    policy: Mapped[dict[str, Any]] = mapped_column(comment="Floors, caps, attempt caps, hours")
    quality: Mapped[dict[str, Any]] = mapped_column(comment="Thresholds of the list gate")
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    file_sha256: Mapped[str | None] = mapped_column(comment="Of the campaign file last applied")


class Team(Base):
    """Callers under one roof: our own, or a call centre's."""

    __tablename__ = "team"
    id: Mapped[IntPk]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(comment="in_house, onshore or offshore")
    country: Mapped[str] = mapped_column(server_default="US")
    timezone: Mapped[str]
    languages: Mapped[list[Any]]
    hours: Mapped[dict[str, Any]] = mapped_column(comment="Working hours by weekday")
    daily_capacity: Mapped[int] = mapped_column(comment="Attempts a day")
    cost_model: Mapped[str] = mapped_column(comment="per_call, per_hour or percentage")
    cost_cents: Mapped[Cents] = mapped_column(comment="A call or an hour")
    cost_basis_points: Mapped[int] = mapped_column(comment="Of settled money; 100 is one percent")
    calls_per_hour: Mapped[int] = mapped_column(server_default="20")
    contract_from: Mapped[date | None]
    contract_to: Mapped[date | None]
    data_sharing_from: Mapped[date | None]
    data_sharing_to: Mapped[date | None]
    fair_conditions_on: Mapped[date | None] = mapped_column(comment="Attestation received")
    age_recipient: Mapped[str | None] = mapped_column(
        comment="Public key that packets are sealed for"
    )
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class CampaignTeam(Base):
    """A team's part in a campaign."""

    __tablename__ = "campaign_team"
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    daily_capacity: Mapped[int]


class Agent(Base):
    """One caller of a team."""

    __tablename__ = "agent"
    __table_args__ = (UniqueConstraint("team_id", "code"),)
    id: Mapped[IntPk]
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    code: Mapped[Code]
    name: Mapped[str]
    languages: Mapped[list[Any]]
    certified: Mapped[dict[str, Any]] = mapped_column(comment="Campaign code → last day it holds")
    certified_by_file: Mapped[dict[str, Any]] = mapped_column(
        server_default="{}", comment="The same, as the campaign file said when it was last applied"
    )
    disabled_at: Mapped[datetime | None]
