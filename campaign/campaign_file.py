"""The campaign file: one readable TOML says committee, elections, campaign, teams and users.

A mistake is told with its line and the values allowed. What the file means for the tables is
decided in `store/campaigns.py`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from campaign.calling.policy import Percent, Policy
from campaign.calling.scripts import Question
from campaign.errors import FileError
from campaign.lists.provenance import conflict
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
    quality: dict[str, float | int | bool | str] = {}
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


class CampaignFileError(FileError):
    """The campaign file has mistakes; each is told with its line."""

    def __init__(self, path: Path, mistakes: Iterable[tuple[int | None, str]]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake[0] or 0))
        told = "; ".join(f"line {line}: {text}" if line else text for line, text in self.mistakes)
        super().__init__(f"{path.name}: {told}.")


def read_campaign_file(path: Path, roles: Iterable[str] = ()) -> CampaignFile:
    """Return what the file says; CampaignFileError tells every mistake with its line.

    Users' roles are checked against `roles`, unless it is empty.
    """
    text = _text_of(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CampaignFileError(path, [_syntax(str(error))]) from error
    lines = line_of(text)
    try:
        file = CampaignFile.model_validate(
            raw | {"sha256": hashlib.sha256(text.encode()).hexdigest()}
        )
    except ValidationError as error:
        raise CampaignFileError(path, _mistakes(error, lines)) from error
    mistakes = list(_cross_check(file, frozenset(roles)))
    if mistakes:
        raise CampaignFileError(path, [(_line(lines, loc), text) for loc, text in mistakes])
    return file


def _text_of(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileError(f"There is no file {path.name}.") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path.name} is not UTF-8 text: save it as UTF-8.") from error
    except OSError as error:
        raise FileError(f"{path.name} cannot be read ({error.strerror}).") from error
    if not text.strip():
        raise FileError(f"{path.name} is empty.")
    return text


def _syntax(message: str) -> tuple[int | None, str]:
    place = re.search(r"\s*\(at line (\d+), column \d+\)", message)
    if place is None:
        return None, f"this is not TOML: {message}"
    return int(place[1]), f"this is not TOML: {message[: place.start()].rstrip('.')}"


Location = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-]+)(?:\s*\.\s*([A-Za-z0-9_\-]+))?\s*=")


def line_of(text: str) -> dict[Location, int]:
    r"""Return the line of each table and key, named as pydantic names a place.

    >>> line_of("[a]\nb = 1\n[[c]]\nd = 2\n[[c]]\nd = 3")[("c", 1, "d")]
    6
    """
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    table: Location = ()
    in_string = False
    for number, line in enumerate(text.splitlines(), start=1):
        quotes = line.count('"""') + line.count("'''")
        if not in_string:
            if header := _HEADER.match(line):
                table = _table_location(header[2], header[1] == "[[", counts)
                lines.setdefault(table, number)
            elif key := _KEY.match(line):
                lines.setdefault((*table, *(part for part in key.groups() if part)), number)
        in_string ^= quotes % 2 == 1
    return lines


def _table_location(name: str, is_array: bool, counts: dict[Location, int]) -> Location:
    location: Location = ()
    parts = [part.strip(" \"'") for part in name.split(".")]
    for depth, part in enumerate(parts, start=1):
        location = (*location, part)
        if is_array and depth == len(parts):
            counts[location] = counts.get(location, -1) + 1
        if location in counts:
            location = (*location, counts[location])
    return location


def _line(lines: dict[Location, int], location: Location) -> int | None:
    """Return the line of the place, or of the nearest table around it."""
    while location:
        if location in lines:
            return lines[location]
        location = location[:-1]
    return None


def _mistakes(error: ValidationError, lines: dict[Location, int]) -> list[tuple[int | None, str]]:
    found = []
    for item in error.errors(include_url=False):
        location = tuple(part for part in item["loc"])
        name = ".".join(str(part) for part in location if not isinstance(part, int))
        found.append((_line(lines, location), f"{name}: {_sentence(dict(item))}"))
    return found


def _sentence(item: dict[str, Any]) -> str:
    match item["type"]:
        case "missing":
            return "this is missing"
        case "extra_forbidden":
            return "this key is not known"
        case "literal_error":
            return f"{item['input']!r} is not allowed; allowed: {item['ctx']['expected']}"
        case "string_pattern_mismatch":
            return f"{item['input']!r} does not have the form {item['ctx']['pattern']}"
        case _:
            return str(item["msg"]).removeprefix("Value error, ").rstrip(".")


def _cross_check(file: CampaignFile, roles: frozenset[str]) -> Iterable[tuple[Location, str]]:
    yield from _repeated("elections", [election.code for election in file.elections])
    yield from _repeated("teams", [team.code for team in file.teams])
    yield from _repeated("sources", [source.code for source in file.sources])
    places = {"offshore", "onshore", "in_house", "outsourced", *(team.code for team in file.teams)}
    for number, source in enumerate(file.sources):
        for place in set(source.not_to) - places:
            yield ("sources", number, "not_to"), _unknown("place", place, places)
    yield from _repeated("users", [user.email for user in file.users], "email")
    yield from _names(file, roles)
    for number, team in enumerate(file.teams):
        if team.kind != "in_house" and team.contract is None:
            yield ("teams", number), f"team {team.code} is outsourced: contract is missing"
        for day, shifts in team.hours.items():
            if any(not _is_ordered(shift) for shift in shifts):
                yield ("teams", number, "hours", day), "a shift must end after it starts"


def _names(file: CampaignFile, roles: frozenset[str]) -> Iterable[tuple[Location, str]]:
    elections = {election.code for election in file.elections}
    if file.campaign.election and file.campaign.election not in elections:
        yield ("campaign", "election"), _unknown("election", file.campaign.election, elections)
    scripts = {script.code for script in file.scripts}
    if file.campaign.script and file.campaign.script not in scripts:
        yield ("campaign", "script"), _unknown("script", file.campaign.script, scripts)
    teams = {team.code for team in file.teams}
    for number, user in enumerate(file.users):
        if user.team and user.team not in teams:
            yield ("users", number, "team"), _unknown("team", user.team, teams)
        for role in user.roles:
            if roles and role not in roles:
                yield ("users", number, "roles"), _unknown("role", role, roles)


def _repeated(table: str, keys: list[str], key: str = "code") -> Iterable[tuple[Location, str]]:
    for number, value in enumerate(keys):
        if value in keys[:number]:
            yield (table, number, key), f"{table}.{key}: {value!r} stands here twice"


def _unknown(kind: str, code: str, known: Iterable[str]) -> str:
    choice = ", ".join(sorted(known)) or "none is in the file"
    return f"there is no {kind} {code!r}; allowed: {choice}"


def _is_ordered(shift: str) -> bool:
    start, end = shift.split("-")
    return start < end and (end <= "24:00")


def shift_times(shift: str) -> tuple[time, time]:
    """Return when a shift starts and ends; the end of the day is its last moment.

    >>> shift_times("17:00-24:00")
    (datetime.time(17, 0), datetime.time(23, 59, 59, 999999))
    """
    start, end = shift.split("-")
    return time.fromisoformat(start), time.max if end == "24:00" else time.fromisoformat(end)
