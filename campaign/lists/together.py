"""Cells in which a name, a phone or an e-mail stand together: "Jane Doe 617-555-0161".

Each gets a column of its own before the row is read; what is left of a cell is the name, or kept.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import records_by_distinct
from campaign.lists.fields import NAMES
from campaign.lists.formats import Column, Mapping
from campaign.lists.part import Columns
from campaign.lists.reach import numbers_within
from campaign.lists.values import without_emails

_WHOLE_NAMES = ("full_name", "name_last_first")
_MAY_REACH = r"@|\d(?:\D{0,3}\d){6}"
# What is left around a number or an address that was taken out of a cell.
_EMPTIED = re.compile(
    r"<\s*>|\(\s*\)|\[\s*\]|\b(?:mailto|e-?mail|phone|cell|mobile|tel)\b:?", re.IGNORECASE
)
_ENDS = " \t\n,;:|/<>()[]–—-"


class _Parts(NamedTuple):
    rest: str | None
    phones: str | None
    emails: str | None


def taken_apart(cells: Columns, mapping: Mapping) -> tuple[Columns, Mapping]:
    """Return the cells, and what they hold, with phones and e-mails out of columns of others."""
    columns, found = list(mapping.columns), dict(cells)
    has_name = any(column.field in NAMES for column in columns)
    for place, column in enumerate(mapping.columns):
        if column.header not in cells or column.field not in ("contact", *_WHOLE_NAMES):
            continue
        told = pc.fill_null(pc.match_substring_regex(cells[column.header], _MAY_REACH), False)
        if not pc.any(told).as_py():
            continue
        text = pc.if_else(told, cells[column.header], pa.scalar(None, pa.string()))
        rest, phones, emails = records_by_distinct(
            text, lambda cell: _parts(cell, mapping.region), [pa.string()] * 3
        )
        found[column.header] = pc.if_else(told, rest, cells[column.header])
        if column.field == "contact" and not has_name:
            columns[place] = replace(column, field="full_name")
        for field, values in (("phone", phones), ("email", emails)):
            beside = f"{column.header} ({field})"
            found[beside] = values
            columns.append(Column(beside, field, 0.0, column.because))
    return found, replace(mapping, columns=tuple(columns))


def _parts(text: str | None, region: str) -> _Parts:
    """Return what a cell holds beside its phones and e-mails, and these.

    >>> tuple(_parts("Jane Doe (617) 555-0161", "US"))
    ('Jane Doe', '+16175550161', None)
    >>> tuple(_parts("Poe, Bob <bob@example.org>", "US"))
    ('Poe, Bob', None, 'bob@example.org')
    >>> tuple(_parts("Local 12345678", "US"))
    ('Local 12345678', None, None)
    """
    if not text:
        return _Parts(None, None, None)
    without, emails = without_emails(text)
    rest, phones = numbers_within(without, region)
    if not emails and not phones:
        return _Parts(text, None, None)
    name = " ".join(_EMPTIED.sub(" ", rest).split()).strip(_ENDS)
    return _Parts(name or None, phones, " ".join(emails) or None)
