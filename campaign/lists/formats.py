"""Files of known systems, and the mapping from a file's columns to fields.

Not here: what a column of a plain table holds (`headers`, `recognise`), how bytes become cells
(gateways), and how cells become values (`normalise`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from campaign.errors import InputError
from campaign.lists.fields import REPEATABLE, read_rules
from campaign.lists.headers import plain_header, read_header, system_header

PLAIN = "plain"
# What a register of voters has: a voter's number and one of these, or three kinds of them.
_VOTER_NUMBER = re.compile(
    r"\b(?:pdi ?id|aff ?number|voter ?id|vanid|vuid|dwid|sboeid|voter reg num|regn num"
    r"|(?:voter )?registration num|ascension number|voter unique id|suid|scvrn)"
)
_OF_A_REGISTER = {
    "precinct": re.compile(r"\b(?:precinct|pct|ward)\b"),
    "party": re.compile(r"^(?:desc )?(?:party|enrollment|politi?c?al aff)\b"),
    "registration": re.compile(
        r"^(?:voter ?status|(?:eff |dt |orig )?reg(?:n|istration)? date"
        r"|date (?:of )?reg(?:istration)?|registered on)\b"
    ),
    "district": re.compile(
        r"^(?:congressional|legislative|assembly|(?:state )?(?:senate|house))(?: district\b|$)"
    ),
    "election": re.compile(r"^(?:general|primary|vh) ?\d"),
}


# What stands in a row about somebody, and in no header.
_OF_A_PERSON = re.compile(r"\S@\S|^[\s$(+-]*\d(?:[\s$()/.,+-]*\d){4,}[\s)]*$")


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
    cells: dict[str, str] | None = None  # what cells look like in a file without a header

    def is_begun_by(self, row: Sequence[str]) -> bool:
        """Whether a row without a header above it is this system's."""
        if len(row) != len(self.headerless):
            return False
        looks = (self.cells or {}).items()
        cells = dict(zip(self.headerless, row, strict=True))
        return all(re.fullmatch(pattern, cells[name].strip()) for name, pattern in looks)


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
        """Return the columns that hold a field, the surest first."""
        found = [column for column in self.columns if column.field == field]
        return [column.header for column in sorted(found, key=lambda one: -one.confidence)]

    def as_json(self) -> dict[str, Any]:
        """Return what a batch remembers of it."""
        several = [column for column in self.columns if column.field in REPEATABLE]
        return {
            "format": self.format,
            "kind": self.kind,
            "space": self.space,
            "date_order": self.date_order,
            "decimal": self.decimal,
            "region": self.region,
            "columns": [[column.header, column.field] for column in self.columns],
            "sure": {column.header: column.confidence for column in several},
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Mapping:
        """Return the mapping that a batch remembers."""
        sure = stored.get("sure", {})
        columns = tuple(
            Column(name, field, sure.get(name, 1.0), "") for name, field in stored["columns"]
        )
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
            cells=table.get("cells"),
        )
        for code, table in read_rules("list_formats.toml").items()
    }


def format_of(headers: Sequence[str], code: str | None) -> Format | None:
    """Return the format that is asked for, or whose header this is; InputError for no format."""
    if code == PLAIN:
        return None
    if code is not None:
        form = known_formats().get(code)
        if form is None:
            known = ", ".join(sorted([*known_formats(), PLAIN]))
            raise InputError(f"There is no list format {code!r} (known: {known}).")
        return form
    names = {system_header(header) for header in headers}
    fits = [form for form in known_formats().values() if form.signature <= names]
    return max(fits, key=lambda form: len(form.signature), default=None)


def is_register(headers: Sequence[str]) -> bool:
    """Whether a plain table is a register of voters, by whoever sold it.

    >>> is_register(["VUID", "Last", "PCT"]), is_register(["Voter ID", "Name", "Phone"])
    (True, False)
    >>> is_register(["displayId", "last", "party", "ward", "Reg Date"])
    True
    """
    names = [plain_header(header) for header in headers]
    kinds = sum(any(map(looks.search, names)) for looks in _OF_A_REGISTER.values())
    return kinds >= 3 or (kinds > 0 and any(map(_VOTER_NUMBER.search, names)))


# What names a committee that reports, and columns that only its reports have.
_COMMITTEE = re.compile(r"^(?:(?:fec|filer|recipient|cmte) )*(?:committee |cmte )(?:fec )?id\b")
_OF_A_REPORT = re.compile(r"^(?:contributor|contribution receipt|fec ?trans|image num|line number)")


def is_fec_report(headers: Sequence[str]) -> bool:
    """Whether a plain table was taken from reports to the FEC, by whatever tool.

    >>> is_fec_report(["fec_committee_id", "contributor_last_name", "contribution_amount"])
    True
    >>> is_fec_report(["Contributor name", "Recipient", "Election Cycle", "Receipt date"])
    True
    >>> is_fec_report(["Contributor Name", "Committee", "Amount"])
    False
    """
    names = {plain_header(header) for header in headers}
    if {"contributor name", "recipient", "receipt date"} <= names:
        return True
    return any(map(_COMMITTEE.match, names)) and any(map(_OF_A_REPORT.match, names))


def header_score(cells: Sequence[str], code: str | None = None) -> int:
    """Return how many cells of a row name a field: the header is the row with the most.

    >>> header_score(["First", "Street", "E-mail"]), header_score(["Ann", "Street", "a@x.org"])
    (3, 0)
    """
    form = format_of(cells, code)
    known = form.columns if form else {}
    if not form and any(map(_OF_A_PERSON.search, cells)):
        return 0
    named = {read_header(cell).field or known.get(system_header(cell)) for cell in cells if cell}
    return len(named - {None}) + (100 if form else 0)


def headerless_format(row: Sequence[str]) -> Format | None:
    """Return the format that comes without a header line, by its first row."""
    forms = (form for form in known_formats().values() if form.headerless)
    return next((form for form in forms if form.is_begun_by(row)), None)
