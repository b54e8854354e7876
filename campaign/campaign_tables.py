"""What a campaign file may say, table by table.

How the file is read, and what its tables must say of each other, is in `campaign_file.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from campaign.calling.policy import Percent, Policy
from campaign.calling.scripts import Question
from campaign.lists.provenance import conflict
from campaign.lists.quality import checked_thresholds
from campaign.money import AmountError, parse_minor


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError(f"{zone!r} is no time zone; write for example America/New_York")
    return zone


def _cents(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("write an amount such as 2500 or 12.50")
    try:
        return parse_minor(str(value))
    except AmountError as error:
        raise ValueError(str(error)) from error


Dollars = Annotated[int, BeforeValidator(_cents), Field(ge=0)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
Zone = Annotated[str, AfterValidator(_known_zone)]
State = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
_SHIFT = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$"
Shift = Annotated[str, StringConstraints(pattern=_SHIFT)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", to_lower=True)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Committee(_Table):
    """Who raises the money."""

    code: Code
    name: Annotated[str, StringConstraints(min_length=1)]
    kind: Literal["candidate", "pac", "party", "nonprofit"]
    fec_id: Annotated[str, StringConstraints(pattern=r"^C\d{8}$")] | None = None
    ein: Annotated[str, StringConstraints(pattern=r"^\d{2}-\d{7}$")] | None = None
    candidate_name: str | None = None
    candidate_fec_id: Annotated[str, StringConstraints(pattern=r"^[HSP]\w{8}$")] | None = None
    office: Literal["H", "S", "P"] | None = None
    state: State | None = None
    district: str | None = None
    treasurer_name: str | None = None
    treasurer_email: Email | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    phone: str | None = None
    email: Email | None = None
    paid_for_by: str | None = None
    timezone: Zone = "America/New_York"
    currency: Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")] = "usd"


class Election(_Table):
    """An election with a contribution limit of its own."""

    code: Code
    kind: Literal["primary", "general", "runoff", "special", "convention"]
    held_on: date


class Script(_Table):
    """What the caller says, in one language; passages that the law wants stand in {{braces}}."""

    code: Code
    language: Language = "en"
    kind: Literal["fundraising", "survey", "get_out_the_vote"] = "fundraising"
    body: Annotated[str, StringConstraints(min_length=1)]
    questions: tuple[Question, ...] = ()


class Control(_Table):
    """A number of our own, hidden among a vendor's rows: who else calls it had the list."""

    first_name: str
    last_name: str
    phone: Annotated[str, StringConstraints(pattern=r"^\+1\d{10}$")]
    team: Code | None = Field(default=None, description="Only in this team's packets")


class Duplicates(_Table):
    """What becomes of two records that nothing tells apart, and nothing proves to be one."""

    same_name_same_home: Literal["ask", "join"] = Field(
        default="ask", description="Men of one name in one home: ask a person, or join them"
    )


class Campaign(_Table):
    """One call campaign."""

    code: Code
    name: str
    election: Code | None = None
    starts_on: date
    ends_on: date
    goal_cents: Dollars = Field(default=0, alias="goal", description="In dollars")
    script: Code | None = Field(default=None, description="The standard script when left out")
    questions: tuple[Question, ...] = Field(
        default=(), description="Asked at the end of the standard script"
    )
    policy: Policy = Policy()
    quality: Annotated[dict[str, Any], AfterValidator(checked_thresholds)] = {}
    duplicates: Duplicates = Duplicates()
    controls: tuple[Control, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("ends_on must not be before starts_on")
        return self

    @model_validator(mode="after")
    def _questions_in_one_place(self) -> Self:
        if self.questions and self.script:
            raise ValueError("a campaign with a script of its own has its questions there")
        return self


class Source(_Table):
    """Where a list comes from, what may be done with its people, and where they may not go."""

    code: Code
    kind: Literal["own_donors", "supporters", "exchange", "rented", "voter_file", "fec_report"]
    supplied_by: str | None = None
    received_on: date | None = None
    consent: dict[Literal["call", "text", "email", "mail"], str] = Field(
        default={}, description="The basis of consent, by channel"
    )
    uses: tuple[Literal["solicit", "survey", "get_out_the_vote", "thank"], ...] = Field(
        default=(), description="What the kind allows when left out"
    )
    not_to: tuple[str, ...] = Field(
        default=(), description="offshore, onshore, in_house, outsourced, or a team's code"
    )

    @model_validator(mode="after")
    def _lawful(self) -> Self:
        against = conflict(self.kind, self.uses)
        if against:
            raise ValueError(against)
        return self


class Agent(_Table):
    """A caller, certified for this campaign and its script until a day."""

    code: Code
    name: str
    languages: tuple[Language, ...] = ("en",)
    certified_until: date | None = None


class Team(_Table):
    """Callers under one roof, with their hours, price and papers."""

    code: Code
    name: str
    kind: Literal["in_house", "onshore", "offshore"]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "US"
    place: str | None = Field(default=None, description="Where the caller says to call from")
    local: bool = Field(default=False, description="Counts for the floor of local jobs")
    timezone: Zone = "America/New_York"
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    hours: dict[Weekday, tuple[Shift, ...]] = dict.fromkeys(DAYS, ("09:00-21:00",))
    capacity: Annotated[int, Field(gt=0, description="Calls a day")]
    calls_per_hour: Annotated[int, Field(gt=0)] = 20
    cost: Literal["per_call", "per_hour", "percentage"] = "per_call"
    price_cents: Dollars = Field(default=0, alias="price", description="A call or an hour")
    percent: Percent = 0
    contract: tuple[date, date] | None = None
    data_sharing: tuple[date, date] | None = None
    fair_conditions_on: date | None = None
    registered_states: tuple[State, ...] = Field(
        default=(), description="Where the team may solicit for a charity"
    )
    age_recipient: Annotated[str, StringConstraints(pattern=r"^age1[0-9a-z]{58}$")] | None = None
    agents: tuple[Agent, ...] = ()

    @model_validator(mode="after")
    def _priced(self) -> Self:
        if self.cost == "percentage" and not self.percent:
            raise ValueError("cost is a percentage: percent is missing")
        if self.cost != "percentage" and self.percent:
            raise ValueError("percent needs cost = 'percentage'")
        return self


class User(_Table):
    """Somebody who may sign in, once invited."""

    email: Email
    name: str
    roles: Annotated[tuple[str, ...], Field(min_length=1)]
    team: Code | None = None
    agent: Code | None = None


class CampaignFile(_Table):
    """The whole file."""

    committee: Committee
    elections: tuple[Election, ...] = ()
    campaign: Campaign
    scripts: tuple[Script, ...] = ()
    sources: tuple[Source, ...] = ()
    teams: Annotated[tuple[Team, ...], Field(min_length=1)]
    users: tuple[User, ...] = ()
    sha256: str = ""


def is_ordered(shift: str) -> bool:
    """Whether a shift ends after it starts, and within its day."""
    start, end = shift.split("-")
    return start < end and (end <= "24:00")
