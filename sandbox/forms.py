"""Forms as Stripe reads them: brackets make nested values, numbers in brackets make lists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sandbox.api_errors import invalid, required

_PART = re.compile(r"\[([^\]]*)\]")


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the nested values of a form.

    >>> decode([("a[b]", "1"), ("l[0][x]", "2"), ("l[1][x]", "3"), ("e[]", "p"), ("e[]", "q")])
    {'a': {'b': '1'}, 'l': [{'x': '2'}, {'x': '3'}], 'e': ['p', 'q']}
    """
    root: dict[str, Any] = {}
    for name, value in pairs:
        head = name.split("[", 1)[0]
        place, parts = root, [head, *_PART.findall(name[len(head) :])]
        for part in parts[:-1]:
            inner = place.setdefault(_key(place, part), {})
            if not isinstance(inner, dict):
                raise invalid(name, f"Invalid object: {head} is given in two ways.")
            place = inner
        place[_key(place, parts[-1])] = value
    return {name: _lists(value) for name, value in root.items()}


def whole(params: dict[str, Any], name: str, default: int | None = None) -> int:
    """Return a parameter as a whole number."""
    value = params.get(name, default)
    if value is None:
        raise required(name)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise invalid(name, f"Invalid integer: {value}") from None


def positive(params: dict[str, Any], name: str, default: int | None = None) -> int:
    """Return a parameter as a whole number above zero."""
    value = whole(params, name, default)
    if value < 1:
        raise invalid(name, f"Invalid positive integer: {value}")
    return value


def yes(value: Any) -> bool:
    """Return whether a parameter says true."""
    return value is True or value == "true"


def typed(value: Any) -> Any:
    """Return the value with `true` and `false` as what they say, at any depth."""
    if isinstance(value, dict):
        return {name: typed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _key(place: dict[str, Any], part: str) -> str:
    return part or str(len(place))


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _lists(inner) for name, inner in value.items()}
