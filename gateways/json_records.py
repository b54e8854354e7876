"""Lists in JSON: an array of people, one a line, or an array in an object, as web tools write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from campaign.errors import FileError
from gateways.file_bytes import open_plain

_MOST_BYTES = 256 << 20
_DEEPEST = 4


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON that may hold records, whatever it is called."""
    with path.open("rb") as file:
        head = file.read(4096).removeprefix(b"\xef\xbb\xbf").split()
    begin = b"".join(head)[:2]
    return begin in (b'{"', b"[{", b"[[", b"[]", b"{}")


def read_json(path: Path, workspace: Path, name: str) -> list[tuple[str, ...]]:
    """Return a header and a row a record; FileError says why it holds none."""
    if path.stat().st_size > _MOST_BYTES:
        raise FileError(f"{name} is too large for JSON: save it as CSV.")
    plain = open_plain(path, workspace, name, longest_line=_MOST_BYTES)
    with plain.text() as file:
        records = _records(file.read(), name)
    if records and all(isinstance(record, list) for record in records):  # a table of its own
        return [tuple(map(_text, record)) for record in records]
    people = [dict(_flat(record)) for record in records if isinstance(record, dict)]
    if not people or len(people) < len(records):
        raise FileError(f"{name} is JSON without a list of people: save the list as CSV or .xlsx.")
    headers = list(dict.fromkeys(header for person in people for header in person))
    return [tuple(headers), *(tuple(one.get(name, "") for name in headers) for one in people)]


def _records(text: str, name: str) -> list[Any]:
    """Return the records of an array, of lines, or of the longest array in an object."""
    try:
        whole = _loads(text)
    except (json.JSONDecodeError, RecursionError):
        try:
            return [_loads(line) for line in text.splitlines() if line.strip()]
        except (json.JSONDecodeError, RecursionError) as error:
            raise FileError(f"{name} is JSON that breaks off or cannot be read.") from error
    if isinstance(whole, list):
        return whole
    arrays = [each for each in _arrays(whole) if each and isinstance(each[0], dict)]
    return max(arrays, key=len, default=[whole])


def _loads(text: str) -> Any:
    """Return what is said, its numbers as they are written: an id keeps its zeros."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=lambda _: "")


def _arrays(said: Any, depth: int = 2) -> Iterator[list[Any]]:
    """Yield the arrays of an object: `{"data": [...]}`, `{"_embedded": {"people": [...]}}`."""
    for value in said.values():
        if isinstance(value, list):
            yield value
        elif isinstance(value, dict) and depth:
            yield from _arrays(value, depth - 1)


def _flat(said: dict[str, Any], begin: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the cells of a record: `{"address": {"city": …}}` is the column "address city"."""
    for key, value in said.items():
        name = f"{begin} {key}".strip()
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _flat(value, name, depth + 1)
        elif isinstance(value, list) and depth < _DEEPEST and _holds_records(value):
            for place, one in enumerate(value, 1):
                for inner, text in _flat(one, name, depth + 1):
                    yield (f"{inner} {place}" if place > 1 else inner), text
        else:
            yield name, _text(value)


def _holds_records(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(one, dict) for one in values)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
