"""What the API takes and gives: the shapes in its description, read off the store's values."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Row = TypeVar("Row", bound=BaseModel)


class Problem(BaseModel):
    """What went wrong, after RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Out(BaseModel):
    """A value that goes out, read off a plain value of the store."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[Row]):
    """Some rows, and where the next ones begin."""

    data: list[Row]
    next: int | None = Field(description="Cursor of the next page; null on the last")


class CampaignOut(Out):
    """A campaign with what it has raised."""

    code: str
    name: str
    starts_on: date
    ends_on: date
    goal_cents: int
    pledges: int
    pledged_cents: int
    settled_cents: int


class FunnelOut(Out):
    """How many donors came how far, and the money."""

    assigned_donors: int
    attempted: int
    reached: int
    pledged: int
    paid: int
    pledged_cents: int
    paid_cents: int
    fees_cents: int
    net_cents: int


class TeamOut(Out):
    """What a team's work brought, and what a settled dollar cost."""

    code: str
    name: str
    kind: str
    assigned: int
    attempts: int
    reached: int
    pledges: int
    pledged_cents: int
    settled_cents: int
    cost_cents: int
    cost_a_dollar_cents: float | None


class BatchOut(Out):
    """A list that was brought in, and the account of its rows."""

    id: int
    source: str
    file_name: str
    format: str
    status: str
    rows_read: int
    imported: int
    merged: int
    unchanged: int
    quarantined: int
    created_at: datetime


class PlanOut(Out):
    """A plan: who calls how many, what is held back, what limits cost."""

    id: int
    campaign: str
    on_day: date
    status: str
    objective_cents: int
    summary: dict[str, Any]
    created_at: datetime
    published_at: datetime | None


class RunOut(Out):
    """A flow's run."""

    id: str
    name: str
    flow: str
    state: str
    message: str
    started_at: datetime | None
    seconds: float


class StartIn(BaseModel):
    """Which flow to start, and what to ask of it."""

    model_config = ConfigDict(extra="forbid")
    flow: str = Field(examples=["reconcile-pledges"])
    request: dict[str, str | int | bool | None] = Field(
        examples=[{"first_day": "2026-10-01", "last_day": "2026-10-31"}]
    )


class ReconciliationOut(Out):
    """A reconciliation and what it proved."""

    id: int
    first_day: date
    last_day: date
    ran_at: datetime
    input_hash: str
    output_hash: str
    invariants: list[dict[str, Any]]
    totals: dict[str, Any]


class ExceptionOut(Out):
    """Something that does not fit."""

    id: int
    kind: str
    subject: str
    amount_cents: int
    currency: str
    reason: str
    opened_on: date
    status: str
    resolution: str | None
    because: str | None


class ResolveIn(BaseModel):
    """What an exception is, and why."""

    model_config = ConfigDict(extra="forbid")
    answer: Literal["confirm", "pledge", "gift", "not_campaign", "refund", "noted", "undo"]
    because: str = Field(min_length=3, max_length=200)
    pledge: str | None = Field(default=None, max_length=40, examples=["PL-0002H-V"])


class SuggestionOut(Out):
    """A payment that probably pays a pledge."""

    id: int
    charge_id: str
    amount_cents: int
    confidence: float
    reason: str
    ref: str
    pledge_cents: int
    paid_cents: int


class DecideIn(BaseModel):
    """Which suggestions are right, or are not, and why."""

    model_config = ConfigDict(extra="forbid")
    ids: list[Annotated[int, Field(ge=1, le=2**63 - 1)]] = Field(min_length=1, max_length=500)
    verdict: Literal["confirm", "refuse"]
    because: str = Field(min_length=3, max_length=200)


class DecideOut(BaseModel):
    """How many suggestions were decided about."""

    decided: int


class ReportOut(Out):
    """A package or a filing."""

    code: str
    kind: str
    first_day: date
    last_day: date
    edition: int
    status: str
    prepared_by: str
    prepared_at: datetime
    signed_by: str | None
    signed_at: datetime | None


class SuppressIn(BaseModel):
    """Whom not to call, and why."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["opt_out", "do_not_call", "deceased", "litigator"]
    phone: str | None = Field(default=None, max_length=40, examples=["+14155550101"])
    email: str | None = Field(default=None, max_length=320)
    reason: str | None = Field(default=None, max_length=200)


class SuppressOut(BaseModel):
    """What a suppression changed."""

    new: int
    donors: int
    withdrawn: int


class AuditOut(Out):
    """An entry of the audit chain."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str
