"""Which file it is, and what each of its columns holds.

By the header line of a known format, by the names of columns, and by what is in them. Not here:
how bytes become cells (gateways), and how cells become values (`normalise`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from campaign.errors import InputError
from campaign.lists.fields import (
    IGNORE,
    REPEATABLE,
    field_names,
    field_of_header,
    given_names,
    plain_header,
    read_rules,
)
from campaign.lists.phones import to_e164
from campaign.lists.values import ORDERS, cents_reader, day_reader

PLAIN = "plain"
_PERSON = frozenset({"first_name", "last_name", "full_name", "phone", "email", "external_id"})
_NAMED = "name of the column"
_MISTAKEN = {"amount": "given_on", "given_on": "amount"}  # by a column that is called "Last gift"
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$")
_ZIP = re.compile(r"^\d{5}(-?\d{4})?$")
# Five figures too, and no ZIP codes: census tracts, precincts, districts.
_NUMBERS_OF_PLACES = re.compile(r"tract|census|precinct|ward|district|block", re.IGNORECASE)
_NAME_LIKE = re.compile(r"^[^\W\d_]['’\w-]*(?: [^\W\d_]['’\w-]*)?$")
_WORDS = re.compile(r"^[^\W\d_][\w.'’-]*(?:,? [\w.'’-]+){1,3}$")


@dataclass(frozen=True, slots=True)
class Format:
    """A file that some system writes."""

    code: str
    title: str
    kind: str
    space: str
    signature: frozenset[str]
    columns: dict[str, str]
    date_order: str | None = None
    headerless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file and what it holds; no field: nobody knows, and it is kept."""

    header: str
    field: str | None
    confidence: float
    because: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a file's columns become fields; a person may write it by hand."""

    format: str
    kind: str
    space: str | None
    columns: tuple[Column, ...]
    date_order: str | None = None
    decimal: str | None = None
    region: str = "US"

    def headers_of(self, field: str) -> list[str]:
        """Return the columns that hold a field, the most telling first."""
        return [column.header for column in self.columns if column.field == field]

    @property
    def unmapped(self) -> list[str]:
        """The columns that are kept as they are."""
        return [column.header for column in self.columns if column.field is None]

    def as_json(self) -> dict[str, Any]:
        """Return what a batch remembers of it."""
        return {
            "format": self.format,
            "kind": self.kind,
            "space": self.space,
            "date_order": self.date_order,
            "decimal": self.decimal,
            "region": self.region,
            "columns": [[column.header, column.field] for column in self.columns],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Mapping:
        """Return the mapping that a batch remembers."""
        columns = tuple(Column(name, field, 1.0, "") for name, field in stored["columns"])
        names = ("format", "kind", "space", "date_order", "decimal", "region")
        return cls(columns=columns, **{name: stored[name] for name in names})


@lru_cache(maxsize=1)
def known_formats() -> dict[str, Format]:
    """Return every format that is recognised by its header, by code."""
    return {
        code: Format(
            code=code,
            title=table["title"],
            kind=table["kind"],
            space=table["space"],
            signature=frozenset(map(plain_header, table["signature"])),
            columns={plain_header(name): field for name, field in table["columns"].items()},
            date_order=table.get("date_order"),
            headerless=tuple(table.get("headerless", ())),
        )
        for code, table in read_rules("list_formats.toml").items()
    }


def recognise(headers: Sequence[str], rows: Sequence[Sequence[str]], code: str | None) -> Mapping:
    """Return what each column holds; InputError when the file is no list of people."""
    form = _format(headers, code)
    columns = [
        _unless_filled_otherwise(_by_name(header, form), _cells(rows, place))
        for place, header in enumerate(headers)
    ]
    _other_half_of_name(columns, rows)
    taken: set[str | None] = {column.field for column in columns if column.field}
    for place, column in enumerate(columns):
        if column.field is None and column.because != "ignored":
            columns[place] = _by_content(column, _cells(rows, place), taken)
            taken.add(columns[place].field or "")
    _names_by_content(columns, rows, taken)
    mapping = Mapping(
        format=form.code if form else PLAIN,
        kind=form.kind if form else "own_donors",
        space=form.space if form else None,
        columns=_settle(columns),
        date_order=form.date_order if form else None,
    )
    _require_people(mapping)
    return mapping


def header_score(cells: Sequence[str], code: str | None = None) -> int:
    """Return how many cells of a row name a field: the header is the row with the most."""
    form = _format(cells, code)
    known = form.columns if form else {}
    named = {field_of_header(cell) or known.get(plain_header(cell)) for cell in cells if cell}
    return len(named - {None}) + (100 if form else 0)


def headerless_format(row: Sequence[str]) -> Format | None:
    """Return the format that comes without a header line, by its first row."""
    form = known_formats()["fec_individual"]
    looks = len(row) == len(form.headerless) and re.match(r"^C\d{8}$", row[0])
    return form if looks else None


def from_toml(text: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping:
    """Return the mapping that a person wrote; columns that it leaves out are recognised.

    Raises InputError for a field or a column that does not exist.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The mapping is not TOML: {error}.") from error
    chosen = table.get("columns", {})
    if not isinstance(chosen, dict):
        raise InputError("The mapping needs a table [columns] of header = field.")
    own = {header.strip(): header for header in headers}
    unknown = sorted(set(map(str.strip, chosen)) - set(own))
    if unknown:
        raise InputError(f"The mapping names columns that the file lacks: {', '.join(unknown)}.")
    wrong = sorted(str(field) for field in chosen.values() if field not in field_names())
    if wrong:
        known = ", ".join(sorted(field_names()))
        raise InputError(f"The mapping names unknown fields: {', '.join(wrong)} (known: {known}).")
    return _apply(
        table, {own[name.strip()]: field for name, field in chosen.items()}, headers, rows
    )


def _apply(
    table: dict[str, Any],
    chosen: dict[str, str],
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> Mapping:
    code = table.get("format")
    stand_in = [field if (field := chosen.get(header)) else header for header in headers]
    base = recognise(stand_in, rows, None if code == PLAIN else code)
    columns = tuple(
        Column(header, None if chosen[header] == IGNORE else chosen[header], 1.0, "mapping file")
        if header in chosen
        else replace(column, header=header)
        for header, column in zip(headers, base.columns, strict=True)
    )
    order, decimal = table.get("date_order", base.date_order), table.get("decimal", base.decimal)
    if order not in (None, "ymd", "mdy", "dmy") or decimal not in (None, ".", ","):
        raise InputError("In the mapping, date_order is ymd, mdy or dmy, and decimal is . or ,")
    region = str(table.get("region", base.region)).upper()
    return replace(base, columns=columns, date_order=order, decimal=decimal, region=region)


def to_toml(mapping: Mapping) -> str:
    """Return the mapping as a file that a person can edit."""
    lines = [
        "# What each column holds; 'ignore' leaves one out. Dates: ymd, mdy or dmy.",
        f'format = "{mapping.format}"',
        f'region = "{mapping.region}"',
    ]
    lines += [f'date_order = "{mapping.date_order}"'] if mapping.date_order else []
    lines += [f'decimal = "{mapping.decimal}"'] if mapping.decimal else []
    lines += ["", "[columns]"]
    for column in mapping.columns:
        name = column.header.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'"{name}" = "{column.field}"' if column.field else f'# "{name}" = "ignore"')
    return "\n".join(lines) + "\n"


def _format(headers: Sequence[str], code: str | None) -> Format | None:
    if code == PLAIN:
        return None
    if code is not None:
        form = known_formats().get(code)
        if form is None:
            known = ", ".join(sorted([*known_formats(), PLAIN]))
            raise InputError(f"There is no list format {code!r} (known: {known}).")
        return form
    names = {plain_header(header) for header in headers}
    fits = [form for form in known_formats().values() if form.signature <= names]
    return max(fits, key=lambda form: len(form.signature), default=None)


def _by_name(header: str, form: Format | None) -> Column:
    if form and (field := form.columns.get(plain_header(header))):
        if field == IGNORE:
            return Column(header, None, 1.0, "ignored")
        return Column(header, field, 1.0, form.title)
    field = field_of_header(header)
    if field and (form is None or field not in form.columns.values()):
        return Column(header, field, 0.9, _NAMED)
    return Column(header, None, 0.0, "unknown")


def _cells(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    """Return what stands in a column, without the blanks."""
    return [row[place].strip() for row in rows if place < len(row) and row[place].strip()]


def _unless_filled_otherwise(column: Column, values: list[str]) -> Column:
    """Trust the name of a column unless what is in it cannot be that: a "Last gift" of days."""
    if column.because != _NAMED or not values:
        return column
    holds = {
        field: sum(map(test, values)) / len(values)
        for field, test in (("email", _is_email), ("amount", _is_amount), ("given_on", _is_day))
    }
    other = _MISTAKEN.get(column.field or "", "email")
    if holds[other] < 0.8 or holds.get(column.field or "", 0) >= 0.5:
        return column
    return replace(column, field=other, confidence=0.8, because="content")


def _other_half_of_name(columns: list[Column], rows: Sequence[Sequence[str]]) -> None:
    """Take "Name" beside a first name for the last name, and the other way round.

    Unless it repeats the half that is told: then it is the whole name.
    """
    place_of = {column.field: place for place, column in enumerate(columns)}
    halves = {"first_name": "last_name", "last_name": "first_name"}
    told = [half for half in halves if half in place_of]
    whole = place_of.get("full_name")
    if len(told) != 1 or whole is None or columns[whole].because != _NAMED:
        return
    half = place_of[told[0]]
    pairs = [
        (row[half].strip().lower(), row[whole].strip().lower())
        for row in rows
        if len(row) > max(half, whole) and row[half].strip() and row[whole].strip()
    ]
    if sum(part in name for part, name in pairs) * 2 < len(pairs):
        other = halves[told[0]]
        columns[whole] = replace(columns[whole], field=other, because="other half of the name")


def _by_content(column: Column, values: list[str], taken: set[str | None]) -> Column:
    """Recognise what cannot be mistaken: e-mails, phones, ZIPs and whole names."""
    if len(values) < 2:
        return column
    for field, test in (("email", _is_email), ("phone", _is_phone), ("postal_code", _is_zip)):
        if field == "postal_code" and _NUMBERS_OF_PLACES.search(column.header):
            continue
        share = sum(map(test, values)) / len(values)
        if share >= 0.8 and (field in REPEATABLE or field not in taken):
            return replace(column, field=field, confidence=round(share, 2), because="content")
    if taken & {"first_name", "last_name", "full_name"}:
        return column
    share = sum(bool(_WORDS.match(value)) for value in values) / len(values)
    if share >= 0.9 and len(set(values)) > len(values) / 2:
        return replace(column, field="full_name", confidence=0.6, because="content")
    return column


def _names_by_content(
    columns: list[Column], rows: Sequence[Sequence[str]], taken: set[str | None]
) -> None:
    """Recognise a column of given names, and beside it one of last names, where none is named."""
    if taken & {"first_name", "last_name", "full_name"}:
        return
    given = given_names()
    for place, column in enumerate(columns):
        values = _words_of(column, rows, place)
        if len(values) < 2 or sum(value in given for value in values) < len(values) * 0.6:
            continue
        for beside in (place + 1, place - 1):
            if 0 <= beside < len(columns) and len(_words_of(columns[beside], rows, beside)) > 1:
                columns[place] = replace(
                    column, field="first_name", confidence=0.6, because="content"
                )
                columns[beside] = replace(
                    columns[beside], field="last_name", confidence=0.5, because="content"
                )
                return


def _words_of(column: Column, rows: Sequence[Sequence[str]], place: int) -> list[str]:
    """Return the cells of a column that nobody knows, if nearly all are one or two words."""
    if column.field is not None or column.because == "ignored":
        return []
    cells = [row[place].strip().lower() for row in rows if place < len(row) and row[place].strip()]
    words = [cell for cell in cells if _NAME_LIKE.match(cell)]
    return words if len(words) >= len(cells) * 0.9 else []


def _is_email(value: str) -> bool:
    return bool(_EMAIL.match(value))


def _is_phone(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 10 and to_e164(value) is not None


def _is_amount(value: str) -> bool:
    return cents_reader(".")(value) is not None


def _is_day(value: str) -> bool:
    return any(day_reader(order)(value) for order in ORDERS)


def _is_zip(value: str) -> bool:
    return bool(_ZIP.match(value))


def _settle(columns: list[Column]) -> tuple[Column, ...]:
    """Keep one column a field, the surest and then the first, where only one may be."""
    best: dict[str, Column] = {}
    for column in columns:
        field = column.field
        if field and field not in REPEATABLE:
            known = best.get(field)
            if known is None or column.confidence > known.confidence:
                best[field] = column
    if "first_name" in best and "last_name" in best:
        best.pop("full_name", None)
    return tuple(
        column
        if column.field is None or column.field in REPEATABLE or best.get(column.field) is column
        else replace(column, field=None, because=f"another column is the {column.field}")
        for column in columns
    )


def _require_people(mapping: Mapping) -> None:
    fields = {column.field for column in mapping.columns}
    if not fields & _PERSON:
        raise InputError(
            "No column holds a name, a phone or an e-mail: this is no list of people, "
            "or it needs a mapping file (--mapping)."
        )
