"""The treasurer's package in values: sections of rows, and figures that each name their rows.

A figure is the sum (or the count) of one column over the rows of one section that fit a filter,
or the sum of other figures: so every printed number can be traced to its rows, and counted again
by anybody who holds the files.

Belongs here: which sections and figures there are. Does not belong here: how they are drawn
(`reports/workbook`, `reports/pdf`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from campaign.cells import neutral

Filter = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a section: what it is called, and how it is written."""

    name: str
    label: str
    kind: str = "text"  # text, code, cents, count, date, percent
    width: int = 14
    total: bool = False


def cents(name: str, label: str, *, total: bool = True) -> Column:
    """Return a column of money, summed at the top unless a sum would mean nothing."""
    return Column(name, label, "cents", 14, total)


def day(name: str, label: str) -> Column:
    """Return a column of days."""
    return Column(name, label, "date", 12)


def count(name: str, label: str, *, total: bool = True) -> Column:
    """Return a column of counts."""
    return Column(name, label, "count", 10, total)


def code(name: str, label: str, width: int = 14) -> Column:
    """Return a column of codes: rows and filters keep them, a reader sees words."""
    return Column(name, label, "code", width)


def words_of(value: str) -> str:
    """Return a code as words.

    >>> words_of("requested_by_customer")
    'requested by customer'
    """
    return value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the package."""

    key: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: pd.DataFrame

    def to_csv(self) -> bytes:
        """Return the rows as CSV, amounts in cents: the same rows give the same bytes."""
        rows = self.rows[[column.name for column in self.columns]]
        texts = {
            name: rows[name].map(lambda cell: neutral(cell) if isinstance(cell, str) else cell)
            for name in rows.columns[[not is_numeric_dtype(kind) for kind in rows.dtypes]]
        }
        return rows.assign(**texts).to_csv(index=False, lineterminator="\n").encode()


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the package, and where it comes from."""

    key: str
    label: str
    value: int
    unit: str = "cents"
    section: str = ""
    column: str = ""  # empty: rows are counted
    where: Filter = field(default_factory=dict)
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()

    def source(self) -> str:
        """Return in words how the figure is made."""
        if not self.section:
            parts = [f"+ {key}" for key in self.plus] + [f"- {key}" for key in self.minus]
            return " ".join(parts).removeprefix("+ ")
        what = f"sum of {self.column}" if self.column else "count"
        conditions = [
            f"{name} is {' or '.join(values) or 'none'}" for name, values in self.where.items()
        ]
        return f"{what} in {self.section}" + (
            f" where {' and '.join(conditions)}" if conditions else ""
        )


def fitting(rows: pd.DataFrame, where: Filter) -> pd.DataFrame:
    """Return the rows that a figure is made of."""
    fits = pd.Series(True, index=rows.index)
    for name, values in where.items():
        fits &= rows[name].astype(str).isin(values)
    return rows.loc[fits]


@dataclass(slots=True)
class Package:
    """Everything a package says."""

    title: str
    committee: str
    kind: str
    first_day: date
    last_day: date
    timezone: str
    currency: str
    prepared_by: str
    prepared_at: datetime
    rules_version: str
    facts: dict[str, str] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    csv: dict[str, bytes] = field(default_factory=dict)

    def add(self, section: Section) -> None:
        """Take a section in."""
        self.sections[section.key] = section
        self.csv[section.key] = section.to_csv()

    def sum(self, key: str, label: str, section: str, column: str, **where: str) -> None:
        """Add a figure that sums a column."""
        self._from_rows(key, label, section, column, "cents", where)

    def tally(self, key: str, label: str, section: str, column: str, **where: str) -> None:
        """Add a figure that sums a column of counts."""
        self._from_rows(key, label, section, column, "count", where)

    def count(self, key: str, label: str, section: str, **where: str) -> None:
        """Add a figure that counts rows."""
        self._from_rows(key, label, section, "", "count", where)

    def _from_rows(
        self, key: str, label: str, section: str, column: str, unit: str, where: Mapping[str, str]
    ) -> None:
        filters = {name: tuple(value.split("|")) for name, value in where.items()}
        rows = fitting(self.sections[section].rows, filters)
        value = int(rows[column].sum()) if column else len(rows)
        self.figures[key] = Figure(key, label, value, unit, section, column, filters)

    def derive(self, key: str, label: str, plus: Sequence[str], minus: Sequence[str] = ()) -> None:
        """Add a figure that follows from others."""
        value = sum(self.figures[name].value for name in plus) - sum(
            self.figures[name].value for name in minus
        )
        unit = self.figures[[*plus, *minus][0]].unit
        self.figures[key] = Figure(key, label, value, unit, plus=tuple(plus), minus=tuple(minus))

    def value(self, key: str) -> int:
        """Return the number of a figure."""
        return self.figures[key].value

    def input_hash(self) -> str:
        """Return a hash over all that the package states, but for who drew it up and when."""
        digest = hashlib.sha256()
        stated = (self.title, self.committee, self.first_day, self.last_day, self.rules_version)
        digest.update(repr((stated, sorted(self.facts.items()))).encode())
        for key, content in sorted(self.csv.items()):
            digest.update(key.encode() + b"\0" + content)
        return digest.hexdigest()

    def figure_table(self) -> dict[str, dict[str, Any]]:
        """Return the figures as plain values, for the manifest and the database."""
        return {
            key: {
                "label": figure.label,
                "value": figure.value,
                "unit": figure.unit,
                "section": figure.section,
                "column": figure.column,
                "where": {name: list(values) for name, values in figure.where.items()},
                "plus": list(figure.plus),
                "minus": list(figure.minus),
            }
            for key, figure in self.figures.items()
        }
