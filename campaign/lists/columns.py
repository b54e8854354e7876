"""Whole columns of text: each different value is looked at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# What people type where they have nothing to say. Never applied to names: Null is one.
NOTHING = pa.array(
    [
        "",
        "-",
        "--",
        ".",
        "?",
        "0",
        "n/a",
        "na",
        "none",
        "null",
        "nil",
        "unknown",
        "nan",
        "#n/a",
        "(null)",
    ]
)


def trimmed(column: pa.Array) -> pa.Array:
    """Return the texts without outer and double blanks; what is empty becomes null."""
    inner = pc.replace_substring_regex(column, r"[\s\x{a0}]{2,}|[\t\n\r\x{a0}]", " ")
    text = pc.utf8_trim_whitespace(inner)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)


def without_nothings(column: pa.Array) -> pa.Array:
    """Return the trimmed texts; "N/A" and its like become null."""
    text = trimmed(column)
    nothing = pc.is_in(pc.utf8_lower(text), NOTHING)
    return pc.if_else(nothing, pa.scalar(None, text.type), text)


def by_distinct(
    column: pa.Array, read: Callable[[str], Any], kind: pa.DataType | None = None
) -> pa.Array:
    """Return read(value) for every row, asked once for each different value."""
    encoded = column.dictionary_encode()
    values = pa.array([read(value) for value in encoded.dictionary.to_pylist()], kind)
    return values.take(encoded.indices)


def records_by_distinct(
    column: pa.Array, read: Callable[[str], Sequence[Any]], kinds: Sequence[pa.DataType]
) -> list[pa.Array]:
    """Return several columns that one function reads out of each different value."""
    encoded = column.dictionary_encode()
    records = [read(value) for value in encoded.dictionary.to_pylist()]
    whole = zip(*records, strict=True) if records else ([] for _ in kinds)
    return [
        pa.array(list(values), kind).take(encoded.indices)
        for values, kind in zip(whole, kinds, strict=True)
    ]


def nulls(rows: int, kind: pa.DataType | None = None) -> pa.Array:
    """Return a column of nothing."""
    return pa.nulls(rows, kind or pa.string())


def flags(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Return an Arrow column of yes and no as numpy has it; null is no."""
    return np.asarray(pc.fill_null(column, False))


def joined(columns: Sequence[pa.Array]) -> pa.Array:
    """Return the texts of several columns with a blank between; null where all are empty.

    (Arrow's own way to skip nulls loses the rows where every column is null.)
    """
    given = [column for column in columns if column.null_count < len(column)]
    if len(given) < 2:
        return given[0] if given else columns[0]
    return trimmed(pc.binary_join_element_wise(*(pc.fill_null(text, "") for text in given), " "))
