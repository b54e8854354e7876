"""People, how to reach them, what they gave, and what they do not want."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, Cents, Code, Currency, IntPk


class Household(Base):
    """People who live together; they stay people of their own."""

    __tablename__ = "household"
    id: Mapped[IntPk]
    key: Mapped[str] = mapped_column(unique=True, comment="What makes it one: address and name")


class Donor(Base):
    """One person, with the phone, e-mail and address that are used first."""

    __tablename__ = "donor"
    __table_args__ = (
        Index(
            "ix_donor_household_id",
            "household_id",
            postgresql_where=text("household_id is not null"),
        ),
        Index("ix_donor_zip", text("left(postal_code, 5)")),
        # The people of a list lie together: a thousandth of an index of every one of them.
        Index("ix_donor_first_batch_id", "first_batch_id", postgresql_using="brin"),
        Index("ix_donor_birth_date", "birth_date", postgresql_where=text("birth_date is not null")),
    )
    id: Mapped[IntPk]
    first_name: Mapped[str | None]
    middle_name: Mapped[str | None]
    last_name: Mapped[str | None]
    suffix: Mapped[str | None]
    phone_e164: Mapped[str | None] = mapped_column(index=True)
    line_type: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(index=True)
    street: Mapped[str | None]
    city: Mapped[str | None]
    state: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str | None]
    county: Mapped[str | None]
    timezone: Mapped[str | None] = mapped_column(comment="At the address")
    phone_timezone: Mapped[str | None] = mapped_column(comment="Of the number")
    birth_date: Mapped[date | None]
    birth_year: Mapped[int | None]
    gender: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="en")
    occupation: Mapped[str | None]
    employer: Mapped[str | None]
    household_id: Mapped[BigInt | None] = mapped_column(ForeignKey("household.id"))
    status: Mapped[str] = mapped_column(
        server_default="active", comment="active, held, suppressed, deceased, merged"
    )
    status_reason: Mapped[str | None]
    provenance: Mapped[list[Any]] = mapped_column(
        server_default="[]", comment="Kinds of the lists that the person stands on"
    )
    consent: Mapped[dict[str, Any]] = mapped_column(server_default="{}", comment="By channel")
    first_batch_id: Mapped[BigInt | None]
    first_row: Mapped[BigInt | None] = mapped_column(
        comment="The row of the first list that brought the person, unless row_end tells of it"
    )
    merged_into_id: Mapped[BigInt | None] = mapped_column(comment="Who the person turned out to be")
    updated_at: Mapped[datetime]


class DonorPhone(Base):
    """A further number that reaches the person, beside the first one in `donor.phone_e164`."""

    __tablename__ = "donor_phone"
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), primary_key=True)
    phone_e164: Mapped[str] = mapped_column(primary_key=True, index=True)
    line_type: Mapped[str | None]
    batch_id: Mapped[BigInt]


class DonorEmail(Base):
    """A further e-mail address of the person, beside the first one in `donor.email`."""

    __tablename__ = "donor_email"
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), primary_key=True)
    email: Mapped[str] = mapped_column(primary_key=True, index=True)
    batch_id: Mapped[BigInt]


class DonorAddress(Base):
    """A further postal address of the person, beside the first one in `donor`."""

    __tablename__ = "donor_address"
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), primary_key=True)
    key: Mapped[str] = mapped_column(
        primary_key=True, comment="Street, ZIP and country, normalised"
    )
    street: Mapped[str | None]
    city: Mapped[str | None]
    state: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str | None]
    batch_id: Mapped[BigInt]


class DonorExternalId(Base):
    """What another system calls the person."""

    __tablename__ = "donor_external_id"
    space: Mapped[str] = mapped_column(primary_key=True, comment="The system, or the list's source")
    external_id: Mapped[str] = mapped_column(primary_key=True)
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), primary_key=True, index=True)
    batch_id: Mapped[BigInt]


class Gift(Base):
    """A gift of the past, as a list told it: history, not our own books."""

    __tablename__ = "gift"
    __table_args__ = (
        UniqueConstraint("external_id", "source"),
        CheckConstraint("amount_cents <> 0", name="amount_not_zero"),
        Index("ix_gift_donor_id_given_on", "donor_id", "given_on"),
    )
    id: Mapped[IntPk]
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("list_batch.id"))
    source: Mapped[Code]
    external_id: Mapped[str] = mapped_column(comment="The source's id of the gift, or of its row")
    given_on: Mapped[date]
    amount_cents: Mapped[Cents]
    currency: Mapped[Currency]
    election_code: Mapped[str | None]
    is_recurring: Mapped[bool] = mapped_column(server_default="false")


class Suppression(Base):
    """A number, an address or a person that is not to be called."""

    __tablename__ = "suppression"
    __table_args__ = (
        CheckConstraint("num_nonnulls(phone_e164, email, donor_id) = 1", name="one_subject"),
        # Each who says so has a row: one that is taken back does not take the other's word along.
        UniqueConstraint(
            *("kind", "phone_e164", "email", "donor_id", "source", "sha256"),
            name="uq_suppression_told",
            postgresql_nulls_not_distinct=True,
        ),
    )
    id: Mapped[IntPk]
    kind: Mapped[str] = mapped_column(comment="opt_out, do_not_call, deceased, litigator")
    phone_e164: Mapped[str | None] = mapped_column(index=True)
    email: Mapped[str | None] = mapped_column(index=True)
    donor_id: Mapped[int | None] = mapped_column(ForeignKey("donor.id"), index=True)
    source: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(comment="Of the file that told it")
    reason: Mapped[str | None]
    since: Mapped[datetime]


class SuppressedPerson(Base):
    """Somebody whom a list of refusals names by address or day of birth: whoever comes is marked.

    No name is kept, only a digest of it with the place or the day.
    """

    __tablename__ = "suppressed_person"
    __table_args__ = (
        UniqueConstraint(
            *("key", "kind", "suffix", "source", "sha256"),
            name="uq_suppressed_person_told",
            postgresql_nulls_not_distinct=True,
        ),
    )
    id: Mapped[IntPk]
    kind: Mapped[str] = mapped_column(comment="opt_out, do_not_call, deceased, litigator")
    key: Mapped[str] = mapped_column(comment="Digest of the name with the home or the day of birth")
    suffix: Mapped[str | None] = mapped_column(comment="Father and son share name and home")
    source: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(comment="Of the file that told it")
    since: Mapped[datetime]
