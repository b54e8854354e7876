"""What each flow is asked to do: frozen values that Prefect's own form can fill in.

No personal data: paths, codes, dates and switches only.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$", examples=["FALL-26"])]


class Request(BaseModel):
    """A frozen question; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PeriodRequest(Request):
    """Days in the committee's time zone, both included."""

    first_day: date = Field(description="First day, included (committee's time zone)")
    last_day: date = Field(description="Last day, included (committee's time zone)")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError(f"The period ends ({self.last_day}) before it starts.")
        return self


class ImportRequest(Request):
    """Which donor list to bring in, and from whom it comes."""

    path: str = Field(description="The list, as this machine sees it")
    source: Code = Field(description="Code of the list's source")
    campaign: Code | None = Field(default=None, description="Campaign the list is for")
    format: str | None = Field(default=None, description="Format code; recognised when left out")
    mapping_path: str | None = Field(default=None, description="A mapping file (TOML)")


class ValidateRequest(Request):
    """Which admitted batch, or the newest of each source, to judge again."""

    batch_id: int | None = Field(default=None, description="Batch; all current ones when left out")


class AllocateRequest(Request):
    """Which campaign's donors to share out among its teams."""

    campaign: Code = Field(description="Campaign code")
    on_day: date | None = Field(default=None, description="Calling day; today when left out")
    dry_run: bool = Field(default=False, description="Show the plan, release nothing")
    out_path: str | None = Field(default=None, description="Also write a row a donor to this file")
    compare: bool = Field(
        default=False,
        description="Also tell what it gains over taking turns, and over the largest donors first",
    )


class PublishRequest(Request):
    """Which approved plan to hand to the teams; the newest when left out."""

    campaign: Code = Field(description="Campaign code")
    plan_id: int | None = Field(default=None, description="Plan; the newest when left out")


class ResultsRequest(Request):
    """Which team's results to take in."""

    team: Code = Field(description="Team that made the calls")
    path: str = Field(description="The results, as this machine sees them")


class CollectRequest(Request):
    """Which campaign's pledges to send links or reminders for."""

    campaign: Code | None = Field(default=None, description="Campaign; all when left out")
    send_reminders: bool = Field(default=True, description="Also remind of what is overdue")
    open_amount: bool = Field(
        default=False, description="New links let the donor choose; what is due is proposed"
    )


class SyncRequest(PeriodRequest):
    """Which days of Stripe's records to bring in."""


class ReconcileRequest(PeriodRequest):
    """Which days to tie out, from pledge to bank line."""

    again: bool = Field(
        default=False, description="Match anew even where nothing has changed since the last time"
    )


class ReportRequest(PeriodRequest):
    """Which days to report on, and where the files go."""

    out_dir: str | None = Field(default=None, description="Folder; inside the home when left out")
    edition: Literal["political", "nonprofit"] | None = Field(
        default=None, description="Decided by the committee's kind when left out"
    )


class FilingRequest(Request):
    """Which report of the FEC to draw up."""

    form: Literal["F3", "F3X", "F6"] = Field(description="Form: F3, F3X, or F6 for 48-hour notices")
    report: str | None = Field(
        default=None, pattern=r"^[A-Z0-9]{2,3}$", description="Report code, as Q3 or 12G"
    )
    year: int | None = Field(default=None, ge=1980, le=2100, description="The newest with receipts")
    through: date | None = Field(default=None, description="Last day of a termination report")
    out: str | None = Field(default=None, description="File; inside the home when left out")
    outside_path: str | None = Field(
        default=None, description="Opening cash, other activity (TOML)"
    )
    election: str | None = Field(
        default=None, pattern=r"^[A-Z]\d{4}$", description="Election of a 48-hour notice, as G2026"
    )
    amends: str | None = Field(
        default=None, pattern=r"^\d{1,10}$", description="FEC's number of the filing to amend"
    )


class LettersRequest(PeriodRequest):
    """Which letters of the law to write for the gifts of these days."""

    kind: Literal["best-efforts", "acknowledgement", "year-end"] = Field(description="Which letter")
    out: str | None = Field(default=None, description="PDF to print; inside the home when left out")
    send: bool = Field(default=False, description="Also send them by e-mail where one is known")


class CampaignDayRequest(Request):
    """One day of a campaign, from lists to reports; run again, it goes on where it stopped."""

    campaign: Code | None = Field(
        default=None, description="Campaign; the running ones if left out"
    )
    on_day: date | None = Field(default=None, description="The day; today when left out")
    again: bool = Field(default=False, description="Repeat stages that are done for the day")
