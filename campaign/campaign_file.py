"""The campaign file: one readable TOML says committee, elections, campaign, teams and users.

A mistake is told with its line and the values allowed. What each table may say is in
`campaign_tables.py`, what the file means for the database in `store/campaigns.py`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from campaign.campaign_tables import CampaignFile, is_ordered
from campaign.errors import FileError
from campaign.toml_lines import Location, line_at, line_of


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
        raise CampaignFileError(path, [(line_at(lines, loc), text) for loc, text in mistakes])
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


def _mistakes(error: ValidationError, lines: dict[Location, int]) -> list[tuple[int | None, str]]:
    found = []
    for item in error.errors(include_url=False):
        location = tuple(part for part in item["loc"])
        name = ".".join(str(part) for part in location if not isinstance(part, int))
        found.append((line_at(lines, location), f"{name}: {_sentence(dict(item))}"))
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
            if any(not is_ordered(shift) for shift in shifts):
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
