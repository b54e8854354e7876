"""Lists as they came, and what became of each row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, Code, IntPk


class ListBatch(Base):
    """One import of one file."""

    __tablename__ = "list_batch"
    __table_args__ = (
        CheckConstraint(
            "status <> 'admitted' or rows_read = imported + merged + unchanged + quarantined",
            name="every_row_accounted_for",
        ),
        Index("ix_list_batch_file", "file_sha256", "source"),
    )
    id: Mapped[IntPk]
    source: Mapped[Code]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    format: Mapped[str]
    mapping: Mapped[dict[str, Any]]
    provenance: Mapped[dict[str, Any]] = mapped_column(comment="Kind, consent, permitted uses")
    status: Mapped[str] = mapped_column(comment="staged, admitted, stopped or undone")
    rows_read: Mapped[int] = mapped_column(server_default="0")
    imported: Mapped[int] = mapped_column(server_default="0")
    merged: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    quarantined: Mapped[int] = mapped_column(server_default="0")
    quality: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    rejects_file: Mapped[str | None]
    created_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]


class StagedRow(Base):
    """One row of a list, normalised, with its disposition and reason."""

    __tablename__ = "staged_row"
    batch_id: Mapped[int] = mapped_column(ForeignKey("list_batch.id"), primary_key=True)
    source_row: Mapped[BigInt] = mapped_column(primary_key=True, comment="1 is the first record")
    donor_id: Mapped[BigInt | None] = mapped_column(index=True)
    disposition: Mapped[str] = mapped_column(comment="imported, merged, unchanged, quarantined")
    reason: Mapped[str | None]
    external_id: Mapped[str | None]
    first_name: Mapped[str | None]
    middle_name: Mapped[str | None]
    last_name: Mapped[str | None]
    suffix: Mapped[str | None]
    phone_e164: Mapped[str | None]
    line_type: Mapped[str | None]
    email: Mapped[str | None]
    street: Mapped[str | None]
    city: Mapped[str | None]
    state: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str | None]
    timezone: Mapped[str | None]
    birth_date: Mapped[date | None]
    extra: Mapped[dict[str, Any] | None] = mapped_column(comment="Columns nobody mapped")
