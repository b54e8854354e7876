"""Why a row is set aside: findings that concern one row are a value, never an exception."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import joined, text_bytes
from campaign.lists.fields import EMPTY, NAMES
from campaign.lists.gift import came_to_nothing
from campaign.lists.part import Columns, Part

_AGAIN = re.compile(r" \(\d+\)$")  # a name that stands there twice
# What stands below a report where a name would be.
_FOOTER = (
    r"(?i)^(?:(?:grand |sub-?|report |running |suma |importe )?total(?:s|es)?\b.*|summe\b.*"
    r"|gesamt(?:summe)?\b.*|insgesamt\b.*|end of (?:report|file|list).*|record count.*"
    r"|(?:report )?(?:generated|printed|exported|run) (?:on|by|at|\d).*|report (?:run|date).*"
    r"|page \d+ of \d+.*|(?:prepared|approved|submitted|compiled|reviewed|signed) by\b.*"
    r"|signed?(?:ature)?\b.*|confidential\b.*|.*(?:__|: |:$).*"
    r"|(?:count|average|avg|mean|median|sum|minimum|maximum)(?:[: ]+[$\d.,]+)?"
    r"|\*+ ?\w.*|(?:\(?\b(?:required|optional|mandatory|string|varchar|text|char)\b\)? ?)+"
    r"|\(?\d+ (?:records?|rows?|donors?|names?|contacts?|people|entries)\b.*)$"
)


def reasons_of(problem: pa.Array, part: Part, known: Columns, today: date) -> pa.Array:
    """Return why each row is set aside: the first reason that holds, null where none does."""
    has_amount, has_day = part.text("amount").is_valid(), part.text("given_on").is_valid()
    tomorrow = pa.scalar(today + timedelta(days=1), pa.date32())
    nameless = pc.and_(pc.is_null(known["first_name"]), pc.is_null(known["last_name"]))
    out_of_reach = pc.and_(pc.is_null(known["phone_e164"]), pc.is_null(known["email"]))
    unread_amount = pc.and_(pc.is_null(known["amount_cents"]), pc.invert(came_to_nothing(part)))
    late = pc.fill_null(pc.greater(known["given_on"], tomorrow), False)
    unnumbered = pc.is_null(known["person_number"])
    nobody = pc.and_(pc.and_(nameless, out_of_reach), unnumbered)
    checks: list[tuple[Any, str]] = [
        (_repeats_header(part), "the row repeats the header"),
        (_unreadable(part), "a cell holds characters that cannot be read"),
        (_is_empty(part, nobody), EMPTY),
        (nobody, _nobody(part)),
        (
            pc.and_(_is_footer(part), out_of_reach),
            "the row is a total or a remark and names nobody",
        ),
        (_is_comment(part), "the row is a comment"),
        (pc.and_(has_amount, unread_amount), "the amount is not an amount"),
        (pc.and_(has_day, pc.is_null(known["given_on"])), "the date cannot be read for certain"),
        (late, "the date lies in the future"),
    ]
    reason = problem
    for mask, text in checks:
        reason = pc.if_else(pc.and_(pc.is_null(reason), mask), text, reason)
    return reason


def _is_empty(part: Part, nobody: pa.Array) -> pa.Array:
    """Return the rows of nothing but delimiters, as spreadsheets write below a list."""
    empty = nobody
    for cell in part.cells.values():
        if not pc.any(empty).as_py():
            break
        empty = pc.and_(empty, pc.equal(pc.fill_null(pc.binary_length(cell), 0), 0))
    return empty


def _repeats_header(part: Part) -> pa.Array:
    """Return the rows that say what the columns are called: exports that were put together."""
    told = [one.header for one in part.mapping.columns if one.field and one.header in part.cells]
    same = pa.array(np.ones(part.rows, dtype=bool))
    for header in told[:4]:
        if not pc.any(same).as_py():
            return same
        name = _AGAIN.sub("", header).lower()
        cells = pc.if_else(same, part.cells[header], pa.scalar(None, pa.string()))
        names = pa.array([name, f"\ufeff{name}"])  # the mark of a file put below another
        same = pc.is_in(pc.utf8_lower(cells), names)
    return same if len(told) > 1 else pa.array(np.zeros(part.rows, dtype=bool))


def _is_footer(part: Part) -> pa.Array:
    """Return the rows that say no name where names stand, but what stands below a report."""
    told = [part.name(field) for field in sorted(NAMES) if part.mapping.headers_of(field)]
    if not told:
        return pa.array(np.zeros(part.rows, dtype=bool))
    return pc.fill_null(pc.match_substring_regex(joined(told), _FOOTER), False)


def _is_comment(part: Part) -> pa.Array:
    """Return the rows that were left out by a sign in front, as files of machines do."""
    first = next(iter(part.cells.values()), pa.nulls(part.rows, pa.string()))
    begins = pc.fill_null(pc.starts_with(first, "#"), False)
    if not pc.any(begins).as_py():
        return begins
    return pc.fill_null(pc.match_substring_regex(first, r"^#+\s*[A-Za-z]"), False)


def _nobody(part: Part) -> str:
    tried = "phone or e-mail" if part.of("phone") else "e-mail"
    return f"the row names nobody: no name, {tried} can be read"


def _unreadable(part: Part) -> pa.Array:
    pattern = r"[\x{fffd}\x00-\x08\x0b\x0c\x0e-\x1f]"

    def test(cell: pa.Array) -> pa.Array | None:
        body, _ = text_bytes(cell)
        suspect = (body < ord(" ")).any() or (body == "\ufffd".encode()[0]).any()
        return pc.match_substring_regex(cell, pattern) if suspect else None

    return _any_cell(part, test)


def _any_cell(part: Part, test: Callable[[pa.Array], pa.Array | None]) -> pa.Array:
    found: npt.NDArray[np.bool_] = np.zeros(part.rows, dtype=bool)
    for cell in part.cells.values():
        failing = test(cell)
        if failing is not None:
            found |= np.asarray(pc.fill_null(failing, False))
    return pa.array(found)
