"""A campaign's own choices: how often, how early, by whom, and under which floors and caps.

Belongs here: values that a director decides and writes into the campaign file. What the law
decides stands in `rules/`, with dates and citations.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Percent = Annotated[int, Field(ge=0, le=100)]

# Amounts that people say without thinking, in cents.
NATURAL_ASKS = tuple(
    100 * dollars
    for dollars in (
        *(5, 10, 15, 20, 25, 35, 50, 75, 100, 125, 150, 200, 250, 300, 350, 400, 500, 600, 750),
        *(1000, 1250, 1500, 1750, 2000, 2500, 3000, 3500, 4000, 5000, 6000, 7500, 10_000),
    )
)


class Policy(BaseModel):
    """What the director decided for one campaign; the defaults are the careful ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts_per_day: int = Field(default=1, ge=1, le=5, description="Attempts a donor and day")
    attempts_total: int = Field(default=5, ge=1, le=50, description="Attempts a donor")
    household_calls_per_day: int = Field(default=1, ge=1, le=5, description="Calls a household")
    earliest: time = Field(default=time(8), description="Not before, at the called place")
    latest: time = Field(default=time(21), description="Not after, at the called place")
    hours: Literal["strictest", "required"] = Field(
        default="strictest", description="Apply every known window, or only those that bind"
    )
    min_window_minutes: int = Field(
        default=15, ge=0, le=600, description="A shorter legal window is not worth an assignment"
    )
    dialling: Literal["hand", "autodialled", "prerecorded"] = Field(
        default="hand", description="Autodialled and prerecorded calls to mobiles need consent"
    )
    in_house_min_percent: Percent = Field(default=0, description="Floor of in-house calls")
    local_min_percent: Percent = Field(default=0, description="Floor of calls by local teams")
    offshore_max_percent: Percent = Field(default=100, description="Cap of offshore calls")
    fair_share_percent: Percent = Field(
        default=0, description="A team gets at least this part of its kind's fair share"
    )
    holdout_percent: Percent = Field(
        default=2, description="Donors given to a team by lot, so that teams can be compared"
    )
    continuity_percent: Percent = Field(
        default=10, description="Gain expected when the same team calls a donor again"
    )
    voter_file_offshore: bool = Field(
        default=False, description="California voter data may not leave the US"
    )
    lease_minutes: int = Field(default=15, ge=1, le=240, description="A caller holds a call")
    packet_days: int = Field(default=3, ge=1, le=60, description="A packet is valid")
    min_ask_cents: int = Field(default=1_000, ge=100, description="No ask below")
    default_ask_cents: int = Field(
        default=5_000, ge=100, description="First ask of someone who never gave"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.latest.tzinfo or self.earliest.tzinfo:  # so is a plain number read
            raise ValueError("earliest and latest are times of the day, such as 20:00:00")
        if self.latest <= self.earliest:
            raise ValueError("latest must be after earliest")
        return self
