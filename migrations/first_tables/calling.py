"""Scripts, plans, packets, assignments, attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    op.create_table(
        "script",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="fundraising, survey, get_out_the_vote"
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "questions",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script")),
        sa.UniqueConstraint(
            "code", "language", "version", name=op.f("uq_script_code_language_version")
        ),
    )
    op.create_table(
        "call_pin",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("donor_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_call_pin_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["donor_id"], ["donor.id"], name=op.f("fk_call_pin_donor_id_donor")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_call_pin_team_id_team")),
        sa.PrimaryKeyConstraint("campaign_id", "donor_id", name=op.f("pk_call_pin")),
    )
    op.create_table(
        "packet",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, comment="out, returned, expired"),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column(
            "controls",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="Control records among rows",
        ),
        sa.Column("deletion_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_certified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_packet_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_packet_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packet")),
        sa.UniqueConstraint("code", name=op.f("uq_packet_code")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column(
            "status", sa.Text(), nullable=False, comment="draft, approved, published or replaced"
        ),
        sa.Column("objective_cents", sa.BigInteger(), nullable=False),
        sa.Column(
            "summary",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="As calls allocate --json prints it",
        ),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_plan_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("donor_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Text(),
            nullable=False,
            comment="planned, open, handed_out, done, withdrawn",
        ),
        sa.Column("priority", sa.Integer(), nullable=False, comment="1 is called first"),
        sa.Column(
            "asks_cents",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The ask ladder, descending",
        ),
        sa.Column("headroom_cents", sa.BigInteger(), nullable=True, comment="Null: no legal limit"),
        sa.Column(
            "window",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="When it may be called, in UTC",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("expected_net_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("packet_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "packet_row_id", sa.Text(), nullable=True, comment="The opaque id in that packet"
        ),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "callable_from", sa.DateTime(timezone=True), nullable=True, comment="First legal moment"
        ),
        sa.Column(
            "callable_to",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Moment after the last legal one",
        ),
        sa.Column("shift", sa.Text(), nullable=True, comment="The team's shift it was planned for"),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column(
            "is_holdout",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="Given to a team at random, so that teams can be compared",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_assignment_agent_id_agent")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_assignment_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["donor_id"], ["donor.id"], name=op.f("fk_assignment_donor_id_donor")
        ),
        sa.ForeignKeyConstraint(
            ["packet_id"], ["packet.id"], name=op.f("fk_assignment_packet_id_packet")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_assignment_plan_id_plan")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_assignment_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "packet_id", "packet_row_id", name=op.f("uq_assignment_packet_id_packet_row_id")
        ),
    )
    op.create_index(
        "ix_assignment_agent",
        "assignment",
        ["agent_id"],
        unique=False,
        postgresql_where="status = 'handed_out'",
    )
    op.create_index(
        "ix_assignment_callback",
        "assignment",
        ["team_id", "callback_at"],
        unique=False,
        postgresql_where="status = 'open' and callback_at is not null",
    )
    op.create_index(op.f("ix_assignment_donor_id"), "assignment", ["donor_id"], unique=False)
    op.create_index(
        "ix_assignment_lease",
        "assignment",
        ["team_id", "leased_until"],
        unique=False,
        postgresql_where="status = 'handed_out' and packet_id is null",
    )
    op.create_index(op.f("ix_assignment_plan_id"), "assignment", ["plan_id"], unique=False)
    op.create_index(
        "ix_assignment_queue", "assignment", ["team_id", "status", "priority"], unique=False
    )
    op.create_index(
        "uq_assignment_open_donor",
        "assignment",
        ["donor_id"],
        unique=True,
        postgresql_where="status in ('open', 'handed_out')",
    )
    op.create_table(
        "call_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "external_id", sa.Text(), nullable=False, comment="The team's own id of the call"
        ),
        sa.Column("assignment_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("donor_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("phone_e164", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=False),
        sa.Column("call_result", sa.Text(), nullable=False, comment="A disposition of FIELD.md"),
        sa.Column(
            "answers",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Script result",
        ),
        sa.Column("script_id", sa.BigInteger(), nullable=True),
        sa.Column("callback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "fingerprint",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="Hash of what was told: the same again changes nothing",
        ),
        sa.Column(
            "violations",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
            comment="Rules that the call broke, by code",
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "duration_seconds >= 0", name=op.f("ck_call_attempt_duration_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.id"], name=op.f("fk_call_attempt_agent_id_agent")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_call_attempt_assignment_id_assignment"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_call_attempt_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["donor_id"], ["donor.id"], name=op.f("fk_call_attempt_donor_id_donor")
        ),
        sa.ForeignKeyConstraint(
            ["script_id"], ["script.id"], name=op.f("fk_call_attempt_script_id_script")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_call_attempt_team_id_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_attempt")),
        sa.UniqueConstraint(
            "team_id", "external_id", name=op.f("uq_call_attempt_team_id_external_id")
        ),
    )
    op.create_index(
        op.f("ix_call_attempt_assignment_id"), "call_attempt", ["assignment_id"], unique=False
    )
    op.create_index(
        op.f("ix_call_attempt_campaign_id"), "call_attempt", ["campaign_id"], unique=False
    )
    op.create_index(
        "ix_call_attempt_donor_id_started_at",
        "call_attempt",
        ["donor_id", "started_at"],
        unique=False,
    )
    op.create_table(
        "packet_row",
        sa.Column("packet_row_id", sa.Text(), nullable=False, comment="Opaque, in one packet"),
        sa.Column("packet_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "assignment_id", sa.BigInteger(), nullable=True, comment="Null: a control record"
        ),
        sa.Column("status", sa.Text(), nullable=False, comment="out, returned or reclaimed"),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "leak_reported_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="A stranger used this control record",
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_packet_row_assignment_id_assignment"),
        ),
        sa.ForeignKeyConstraint(
            ["packet_id"], ["packet.id"], name=op.f("fk_packet_row_packet_id_packet")
        ),
        sa.PrimaryKeyConstraint("packet_row_id", name=op.f("pk_packet_row")),
    )
    op.create_index(
        op.f("ix_packet_row_assignment_id"), "packet_row", ["assignment_id"], unique=False
    )
    op.create_index(op.f("ix_packet_row_packet_id"), "packet_row", ["packet_id"], unique=False)
    op.create_table(
        "quality_review",
        sa.Column("call_attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome", sa.Text(), nullable=True, comment="passed or failed; null: not heard yet"
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_attempt_id"],
            ["call_attempt.id"],
            name=op.f("fk_quality_review_call_attempt_id_call_attempt"),
        ),
        sa.PrimaryKeyConstraint("call_attempt_id", name=op.f("pk_quality_review")),
    )
