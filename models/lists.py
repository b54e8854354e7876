"""Lists as they came, what became of each row, and which people were found to be one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, Code, IntPk


class ListBatch(Base):
    """One import of one file."""

    __tablename__ = "list_batch"
    __table_args__ = (
        CheckConstraint(
            "status not in ('admitted', 'stopped')"
            " or rows_read = imported + merged + unchanged + quarantined",
            name="every_row_accounted_for",
        ),
        Index(
            "uq_list_batch_current_file",
            "file_sha256",
            "source",
            unique=True,
            postgresql_where=text("status in ('staged', 'admitted')"),
        ),
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
    continues_batch_id: Mapped[BigInt | None] = mapped_column(
        comment="The batch whose rejected rows these are, mended"
    )
    created_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]


class ListPart(Base):
    """The normalised values of some tens of thousands of rows, as Arrow keeps them.

    One value of a million rows is read by column, never by row: kept together they take a
    tenth of the space and of the time.
    """

    __tablename__ = "list_part"
    batch_id: Mapped[int] = mapped_column(ForeignKey("list_batch.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    first_row: Mapped[BigInt]
    rows: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary, comment="Arrow stream, zstd")


class RowEnd(Base):
    """What became of a row of a list that brought nobody new; its values are in its part.

    A row that brought somebody is told by the person: `donor.first_batch_id` and `first_row`.
    The view `staged_row` has both, a row a row of each list.
    """

    __tablename__ = "row_end"
    batch_id: Mapped[int] = mapped_column(ForeignKey("list_batch.id"), primary_key=True)
    source_row: Mapped[BigInt] = mapped_column(primary_key=True, comment="1 is the first record")
    donor_id: Mapped[BigInt | None] = mapped_column(index=True)
    disposition: Mapped[str] = mapped_column(comment="imported, merged, unchanged, quarantined")
    reason: Mapped[str | None]


class DonorPair(Base):
    """Two people who may be one, and what was decided about them."""

    __tablename__ = "donor_pair"
    __table_args__ = (CheckConstraint("first_id < second_id", name="ordered"),)
    first_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), primary_key=True, index=True)
    status: Mapped[str] = mapped_column(comment="waiting, merged, not_same")
    probability: Mapped[float]
    evidence: Mapped[dict[str, Any]] = mapped_column(comment="Which fields agree, by rule")
    batch_id: Mapped[BigInt | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class DonorMerge(Base):
    """One person's record that went into another's, with the rows it stood on."""

    __tablename__ = "donor_merge"
    id: Mapped[IntPk]
    kept_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), index=True)
    rule: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    batch_id: Mapped[BigInt | None]
    merged_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
