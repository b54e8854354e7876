"""The file in which a person says what each column holds: written by `lists inspect`, read back."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from phonenumbers import SUPPORTED_REGIONS

from campaign.errors import InputError
from campaign.lists.fields import KEEP, Places, field_names
from campaign.lists.formats import Mapping
from campaign.lists.recognise import MANY, recognise

_KEYS = frozenset({"format", "region", "date_order", "decimal", "encoding", "columns", "places"})
_PLACE = re.compile(r"([1-9]\d{0,5})-([1-9]\d{0,5})")


def to_toml(mapping: Mapping, places: Places | None = None, encoding: str | None = None) -> str:
    """Return the mapping as a file that a person can edit."""
    lines = [
        "# What each column holds; 'keep': it is kept as it is; 'ignore': it is left out.",
        "# date_order: ymd, mdy or dmy. decimal: . or ,",
        '# encoding, where names look wrong: "gb18030", "shift_jis", "koi8-r", "iso-8859-2" …',
        f'format = "{mapping.format}"',
        f'region = "{mapping.region}"',
    ]
    lines += [f'date_order = "{mapping.date_order}"'] if mapping.date_order else []
    lines += [f'decimal = "{mapping.decimal}"'] if mapping.decimal else []
    lines += [f'encoding = "{encoding}"'] if encoding else []
    if len(mapping.columns) == 1:
        lines += [
            "# If columns stand at fixed places, with no sign between, say from which to which:",
            "# [places] instead of [columns], and below it a line each:",
            '# "Last name" = "1-35"',
        ]
    lines += ["", "[columns]"]
    lines += [f'{_key(column.header)} = "{column.field or KEEP}"' for column in mapping.columns]
    if places:
        lines += ["", "[places]"]
        lines += [f'{_key(name)} = "{first}-{last}"' for name, (first, last) in places.items()]
    return "\n".join(lines) + "\n"


def _key(header: str) -> str:
    return json.dumps(header, ensure_ascii=False).replace("\x7f", "\\u007F")


def from_toml(text: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping:
    """Return the mapping that a person wrote; columns that it leaves out are recognised.

    Raises InputError for a field or a column that does not exist.
    """
    table = _loaded(text)
    strange = sorted(set(table) - _KEYS)
    if strange:
        known = ", ".join(sorted(_KEYS))
        raise InputError(f"The mapping has unknown keys: {_named(strange)} (known: {known}).")
    chosen = table.get("columns", {})
    if not isinstance(chosen, dict):
        raise InputError("The mapping needs a table [columns] of header = field.")
    own = {header.strip(): header for header in headers}
    unknown = sorted(set(map(str.strip, chosen)) - set(own))
    if unknown:
        raise InputError(f"The mapping names columns that the file lacks: {_named(unknown)}.")
    wrong = sorted(str(field) for field in chosen.values() if str(field) not in field_names())
    if wrong:
        known = ", ".join(sorted(field_names()))
        raise InputError(f"The mapping names unknown fields: {_named(wrong)} (known: {known}).")
    fields = {own[name.strip()]: str(field) for name, field in chosen.items()}
    _require_one_each(fields)
    code = table.get("format")
    if not isinstance(code, str | None):
        raise InputError('In the mapping, format is a code in quotes, such as "plain".')
    return _with_terms(table, recognise(headers, rows, code, fields))


def places_in(text: str) -> Places | None:
    r"""Return the columns at fixed places that a person wrote down, or nothing.

    Raises InputError for what is no place.

    >>> places_in('[places]\n"Last name" = "1-35"')
    {'Last name': (1, 35)}
    """
    told = _loaded(text).get("places")
    if told is None:
        return None
    named = told.items() if isinstance(told, dict) else ()
    found = {name: _PLACE.fullmatch(str(place)) for name, place in named}
    places = {name: (int(at[1]), int(at[2])) for name, at in found.items() if at}
    if not told or places.keys() != found.keys() or any(one > end for one, end in places.values()):
        raise InputError(
            "In the mapping, [places] says of each column its first and its last sign, from 1:"
            ' "Last name" = "1-35".'
        )
    return places


def encoding_in(text: str) -> str | None:
    """Return what a person says that the file is written in, where it is not UTF-8.

    Raises InputError for what is no encoding.

    >>> encoding_in('encoding = "KOI8-R"'), encoding_in("")
    ('KOI8-R', None)
    """
    told = _loaded(text).get("encoding")
    if told is None:
        return None
    try:
        "a".encode(str(told))
    except (LookupError, ValueError) as error:
        raise InputError(
            'In the mapping, encoding is the name of one that is known, such as "gb18030".'
        ) from error
    return str(told)


def _loaded(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The mapping is not TOML: {error}.") from error


_SHOWN, _LONGEST = 5, 40  # words of a mapping in one sentence, and signs of each


def _named(words: Sequence[str]) -> str:
    """Return what a mapping names, on one line, however much that is."""
    plain = (" ".join(word.split())[:_LONGEST] or "a blank" for word in words[:_SHOWN])
    return ", ".join(plain) + (" and more" if len(words) > _SHOWN else "")


def _require_one_each(fields: dict[str, str]) -> None:
    for field in sorted(set(fields.values()) - MANY - {KEEP}):
        headers = [header for header, chosen in fields.items() if chosen == field]
        if len(headers) > 1:
            raise InputError(
                f"The mapping names {len(headers)} columns for {field}: {', '.join(headers)}; one"
                " is it, and the others are kept ('keep')."
            )


def _with_terms(table: dict[str, Any], found: Mapping) -> Mapping:
    order, decimal = table.get("date_order", found.date_order), table.get("decimal", found.decimal)
    if order not in (None, "ymd", "mdy", "dmy") or decimal not in (None, ".", ","):
        raise InputError("In the mapping, date_order is ymd, mdy or dmy, and decimal is . or ,")
    region = str(table.get("region", found.region)).upper()
    if region not in SUPPORTED_REGIONS:
        raise InputError("In the mapping, region is the two letters of a country.")
    return replace(found, date_order=order, decimal=decimal, region=region)
