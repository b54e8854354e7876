"""Who raises the money, and with whom: committee, elections, campaigns, teams, callers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    op.create_table(
        "committee",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="candidate, pac, party or nonprofit"),
        sa.Column("fec_id", sa.Text(), nullable=True),
        sa.Column("ein", sa.Text(), nullable=True, comment="Of a nonprofit"),
        sa.Column("candidate_name", sa.Text(), nullable=True),
        sa.Column("candidate_fec_id", sa.Text(), nullable=True),
        sa.Column("office", sa.Text(), nullable=True, comment="H, S or P"),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("treasurer_name", sa.Text(), nullable=True),
        sa.Column("treasurer_email", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("paid_for_by", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="usd", nullable=False),
        sa.Column(
            "is_default", sa.Boolean(), nullable=False, comment="No campaign file was applied yet"
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_committee_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committee")),
        sa.UniqueConstraint("code", name=op.f("uq_committee_code")),
    )
    op.create_table(
        "election",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "code",
            sa.String(length=64),
            nullable=False,
            comment="As on the FEC's forms: P2026, G2026",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="primary, general, runoff, special …"),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_election")),
        sa.UniqueConstraint("code", name=op.f("uq_election_code")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="in_house, onshore or offshore"),
        sa.Column("country", sa.Text(), server_default="US", nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("languages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "hours",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Working hours by weekday",
        ),
        sa.Column("daily_capacity", sa.Integer(), nullable=False, comment="Attempts a day"),
        sa.Column(
            "cost_model", sa.Text(), nullable=False, comment="per_call, per_hour or percentage"
        ),
        sa.Column("cost_cents", sa.BigInteger(), nullable=False, comment="A call or an hour"),
        sa.Column(
            "cost_basis_points",
            sa.Integer(),
            nullable=False,
            comment="Of settled money; 100 is one percent",
        ),
        sa.Column("calls_per_hour", sa.Integer(), server_default="20", nullable=False),
        sa.Column("contract_from", sa.Date(), nullable=True),
        sa.Column("contract_to", sa.Date(), nullable=True),
        sa.Column("data_sharing_from", sa.Date(), nullable=True),
        sa.Column("data_sharing_to", sa.Date(), nullable=True),
        sa.Column("fair_conditions_on", sa.Date(), nullable=True, comment="Attestation received"),
        sa.Column(
            "age_recipient",
            sa.Text(),
            nullable=True,
            comment="Public key that packets are sealed for",
        ),
        sa.Column(
            "settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("code", name=op.f("uq_team_code")),
    )
    op.create_table(
        "agent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("languages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "certified",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Campaign code → last day it holds",
        ),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_agent_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("team_id", "code", name=op.f("uq_agent_team_id_code")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("election_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("goal_cents", sa.BigInteger(), nullable=False),
        sa.Column("script_code", sa.Text(), nullable=True),
        sa.Column(
            "policy",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Floors, caps, attempt caps, hours",
        ),
        sa.Column(
            "quality",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Thresholds of the list gate",
        ),
        sa.Column(
            "settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column(
            "file_sha256", sa.Text(), nullable=True, comment="Of the campaign file last applied"
        ),
        sa.ForeignKeyConstraint(
            ["election_id"], ["election.id"], name=op.f("fk_campaign_election_id_election")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("code", name=op.f("uq_campaign_code")),
    )
    op.create_table(
        "campaign_team",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("daily_capacity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_team_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_campaign_team_team_id_team")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "team_id", name=op.f("pk_campaign_team")),
    )
