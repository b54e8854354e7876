"""Forms from requests: the fields that a pydantic model asks for, and its answer in sentences."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from campaign.errors import InputError
from campaign.requests import Request, SyncRequest
from portal.words import words

_HIDDEN = frozenset(
    {"path", "mapping_path", "out", "out_dir", "out_path", "outside_path", "format"}
)
# A month is worked on until its report is due: 11 CFR 104.5(c)(3).
_REPORTED_BY = 20
# What a field takes, in words instead of pydantic's.
_TAKES = {
    "missing": "please fill this in",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "not written as the field asks",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "date_parsing": "a day, such as 2026-09-30",
    "date_from_datetime_parsing": "a day, such as 2026-09-30",
    "literal_error": "choose one of those offered",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form."""

    name: str
    label: str
    hint: str
    kind: str  # date, checkbox, number, choice, campaign or text
    choices: tuple[str, ...]
    required: bool
    value: str


def fields_of(request: type[Request], today: date, given: Mapping[str, str]) -> list[Field]:
    """Return the fields that a person fills in, with what was given or is sensible in them."""
    ended, begun = periods(today)
    days = ended if today.day <= _REPORTED_BY else begun
    if request is SyncRequest:  # what the newest days brought is wanted, too
        days = (days[0], begun[1])
    offered = {"first_day": days[0].isoformat(), "last_day": days[1].isoformat(), **given}
    return [
        _field(name, info, offered.get(name))
        for name, info in request.model_fields.items()
        if name not in _HIDDEN
    ]


def periods(today: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """Return the month that has ended, and this one so far.

    >>> [str(day) for days in periods(date(2026, 3, 9)) for day in days]
    ['2026-02-01', '2026-02-28', '2026-03-01', '2026-03-09']
    """
    begun_on = today.replace(day=1)
    ended_on = begun_on - timedelta(days=1)
    return (ended_on.replace(day=1), ended_on), (begun_on, today)


def _field(name: str, info: Any, offered: str | None) -> Field:
    kind, choices = _kind(name, info.annotation)
    value = "" if info.is_required() or info.default is None else str(info.default)
    return Field(
        name=name,
        label=name.replace("_", " ").capitalize(),
        hint=info.description or "",
        kind=kind,
        choices=choices,
        required=info.is_required(),
        value=value if offered is None else offered,
    )


def _kind(name: str, annotation: Any) -> tuple[str, tuple[str, ...]]:
    inner = _inner(annotation)
    if typing.get_origin(inner) is typing.Literal:
        return "choice", tuple(map(str, typing.get_args(inner)))
    known = {date: "date", bool: "checkbox", int: "number"}
    return known.get(inner, "campaign" if name == "campaign" else "text"), ()


def _inner(annotation: Any) -> Any:
    """Return what an optional annotation holds when it holds something."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return _inner(next(part for part in typing.get_args(annotation) if part is not type(None)))
    if typing.get_origin(annotation) is typing.Annotated:
        return _inner(typing.get_args(annotation)[0])
    return annotation


def read(request: type[Request], given: Mapping[str, Any]) -> Request:
    """Return the request that a form describes; InputError says what is wrong with it."""
    values: dict[str, Any] = {}
    for name, info in request.model_fields.items():
        if name in _HIDDEN:
            continue
        if _inner(info.annotation) is bool:
            values[name] = name in given
        elif given.get(name):
            values[name] = given[name]
    try:
        return request.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise InputError(f"{refused(first)}.") from None


def refused(detail: Mapping[str, Any]) -> str:
    """Say what a field takes; what was typed is not repeated: it may be a person's.

    >>> refused({"loc": ("body", "size"), "type": "greater_than_equal", "ctx": {"ge": 1}})
    'Size: at least 1'
    """
    takes = _TAKES.get(detail["type"])
    if takes is None:
        said = str(detail["msg"]).removeprefix("Value error, ").rstrip(".")
    else:
        said = takes.format_map(detail.get("ctx", {}))
    return f"{words(detail['loc'][-1])}: {said}" if detail["loc"] else said
