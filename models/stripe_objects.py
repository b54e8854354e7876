"""Stripe's records and the bank's, as they were fetched: amounts in minor units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, Cents, IntPk


class StripeCharge(Base):
    """A charge, with who paid."""

    __tablename__ = "stripe_charge"
    __table_args__ = (
        Index("ix_stripe_charge_created_at", "created_at"),
        # Who gave without a pledge is found by the payer's address.
        Index("ix_stripe_charge_payer", func.lower(literal_column("payer_email"))),
        Index(
            "ix_stripe_charge_pledge_ref",
            "pledge_ref",
            "status",
            postgresql_where=text("pledge_ref is not null"),
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    payment_intent: Mapped[str | None] = mapped_column(index=True)
    customer: Mapped[str | None]
    balance_transaction: Mapped[str | None]
    status: Mapped[str]
    amount_cents: Mapped[Cents]
    captured_cents: Mapped[Cents]
    refunded_cents: Mapped[Cents]
    currency: Mapped[str]
    created_at: Mapped[datetime]
    pledge_ref: Mapped[str | None] = mapped_column(comment="metadata.pledge_ref as it came")
    payer_name: Mapped[str | None]
    payer_email: Mapped[str | None]
    payer_phone: Mapped[str | None]
    postal_code: Mapped[str | None]
    payer_address: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    method: Mapped[str | None] = mapped_column(comment="card, us_bank_account …")
    card_fingerprint: Mapped[str | None]
    card_country: Mapped[str | None]
    raw: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]


class StripeRefund(Base):
    """Money given back."""

    __tablename__ = "stripe_refund"
    id: Mapped[str] = mapped_column(primary_key=True)
    charge: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[str]
    amount_cents: Mapped[Cents]
    currency: Mapped[str]
    reason: Mapped[str | None]
    balance_transaction: Mapped[str | None]
    failure_balance_transaction: Mapped[str | None]
    created_at: Mapped[datetime]
    raw: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]


class StripeDispute(Base):
    """A payment that the payer's bank contests."""

    __tablename__ = "stripe_dispute"
    id: Mapped[str] = mapped_column(primary_key=True)
    charge: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[str]
    amount_cents: Mapped[Cents]
    currency: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    raw: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]


class StripePayout(Base):
    """Money on its way to the bank, or back."""

    __tablename__ = "stripe_payout"
    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    amount_cents: Mapped[Cents]
    currency: Mapped[str]
    is_automatic: Mapped[bool]
    method: Mapped[str | None]
    reconciliation_status: Mapped[str | None]
    arrives_on: Mapped[date]
    balance_transaction: Mapped[str | None]
    failure_balance_transaction: Mapped[str | None]
    created_at: Mapped[datetime]
    raw: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]


class StripeBalanceTransaction(Base):
    """One row of Stripe's ledger; the payout that holds it is our own note."""

    __tablename__ = "stripe_balance_transaction"
    # No constraint on the net: a row of Stripe's that does not add up is kept and reported.
    __table_args__ = (Index("ix_stripe_balance_transaction_created_at", "created_at"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    reporting_category: Mapped[str]
    status: Mapped[str]
    amount_cents: Mapped[Cents]
    fee_cents: Mapped[Cents]
    net_cents: Mapped[Cents]
    currency: Mapped[str]
    source: Mapped[str | None] = mapped_column(index=True)
    payout: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    available_on: Mapped[datetime]
    raw: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]


class StripeObject(Base):
    """Any other record that tells who paid or what for: payment intents, sessions, customers."""

    __tablename__ = "stripe_object"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(comment="Stripe's own word: payment_intent …")
    links_to: Mapped[str | None] = mapped_column(index=True, comment="The payment intent it is for")
    created_at: Mapped[datetime]
    raw: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime]


class BalanceSnapshot(Base):
    """What Stripe said that the account holds, when it was asked."""

    __tablename__ = "balance_snapshot"
    taken_at: Mapped[datetime] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    available_cents: Mapped[Cents]
    pending_cents: Mapped[Cents]
    is_from_the_start: Mapped[bool] = mapped_column(
        comment="Every ledger row up to here was fetched, none exists before"
    )


class PayoutRow(Base):
    """Which ledger rows a payout holds, as Stripe lists them: a row belongs to one payout."""

    __tablename__ = "payout_row"
    payout: Mapped[str] = mapped_column(ForeignKey("stripe_payout.id"), primary_key=True)
    balance_transaction: Mapped[str] = mapped_column(primary_key=True, index=True)


class StripeReportTotal(Base):
    """Stripe's own report of a period, by category: a control that does not come from us."""

    __tablename__ = "stripe_report_total"
    first_day: Mapped[date] = mapped_column(primary_key=True)
    last_day: Mapped[date] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    net_cents: Mapped[Cents]


class StripeHint(Base):
    """A webhook's word that something changed: fetched by the next sync, then forgotten."""

    __tablename__ = "stripe_hint"
    event: Mapped[str] = mapped_column(primary_key=True, comment="An event counts once")
    kind: Mapped[str]
    subject: Mapped[str | None]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime]
    followed_at: Mapped[datetime | None] = mapped_column(comment="When it was fetched")


class SyncWindow(Base):
    """How far each kind of record was fetched."""

    __tablename__ = "sync_window"
    kind: Mapped[str] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    rows: Mapped[int]
    fetched_at: Mapped[datetime]
    is_open: Mapped[bool] = mapped_column(
        server_default="false", comment="Part of a sync that is not finished: it is resumed"
    )


class BankLine(Base):
    """One line of a bank statement."""

    __tablename__ = "bank_line"
    id: Mapped[IntPk]
    key: Mapped[str] = mapped_column(
        unique=True, comment="Day, amount, text and its count that day"
    )
    booked_on: Mapped[date]
    amount_cents: Mapped[Cents]
    currency: Mapped[str] = mapped_column(server_default="usd")
    description: Mapped[str]
    reference: Mapped[str | None]
    file_sha256: Mapped[str]
    payout: Mapped[str | None] = mapped_column(ForeignKey("stripe_payout.id"), index=True)
    imported_at: Mapped[datetime]
    account: Mapped[str] = mapped_column(
        server_default="", comment="The last signs of its number, where the file tells"
    )
    format: Mapped[str] = mapped_column(
        server_default="", comment="The kind of file: another kind tells the same line otherwise"
    )


class BankLinePart(Base):
    """What of one bank line is which payout, where a bank books the payouts of a day in one.

    The view `payout_in_bank` shows these and the lines that are one payout alike.
    """

    __tablename__ = "bank_line_part"
    bank_line_id: Mapped[int] = mapped_column(
        ForeignKey("bank_line.id", ondelete="CASCADE"), primary_key=True
    )
    payout: Mapped[str] = mapped_column(
        ForeignKey("stripe_payout.id"), primary_key=True, index=True
    )
    amount_cents: Mapped[Cents]


class BankStatement(Base):
    """What a statement says of its balances; lines and balances prove each other."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        UniqueConstraint(
            "account",
            "currency",
            "first_day",
            "last_day",
            "format",
            "number",
            name="uq_bank_statement_once",
        ),
    )
    id: Mapped[IntPk]
    account: Mapped[str] = mapped_column(comment="The last signs of its number, where told")
    currency: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    number: Mapped[str] = mapped_column(comment="The bank's own, where told")
    format: Mapped[str]
    opening_cents: Mapped[BigInt | None]
    closing_cents: Mapped[BigInt | None]
    lines_cents: Mapped[Cents] = mapped_column(comment="The sum of the lines as they were read")
    finding: Mapped[str | None] = mapped_column(comment="What within the file does not add up")
    file_sha256: Mapped[str]
    imported_at: Mapped[datetime]
