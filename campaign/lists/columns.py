"""Whole columns of text: each different value is looked at once."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# What people type where they have nothing to say. Never applied to names: Null is one.
NOTHING = pa.array([
    "", "-", "--", ".", "?", "0", "n/a", "na", "none", "null", "nil", "unknown", "nan", "#n/a",
    "(null)", "not provided", "none provided", "not given", "none given", "not available",
    "not applicable", "not disclosed", "undisclosed", "withheld", "not shared by donor",
    "information requested", "information requested per best efforts", "#ref!", "#value!", "#name?",
    "#div/0!", "#num!", "*",  # withheld by law, as Florida's register writes it
])  # fmt: skip
# Marks of direction and width that come along when a number is copied from a phone.
_UNSEEN = r"[\x{200b}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]"
_PICTURES = r"[\p{So}\x{200d}\x{fe0f}\x{1f3fb}-\x{1f3ff}]"
_MAY_BE_PICTURE = np.uint8(0xE2)  # leads emojis, and much else
_LONGEST_NOTHING = 36  # bytes
_SPACE, _NOT_ASCII = np.uint8(0x20), np.uint8(0x80)
_MAY_BE_BLANK = np.uint8(0xC2)  # leads a blank that does not break, among others
_BLANKS_BEGIN = np.array([0x20, 0xC2, 0xE1, 0xE2, 0xE3], np.uint8)


def trimmed(column: pa.Array) -> pa.Array:
    """Return the texts without outer and double blanks; what is empty becomes null."""
    text = column
    if _may_hold_blanks(column):
        seen = pc.replace_substring_regex(column, _UNSEEN, "")
        inner = pc.replace_substring_regex(seen, r"[\s\x{a0}]{2,}|[\t\n\r\x{a0}]", " ")
        text = pc.utf8_trim_whitespace(inner)
    empty = pc.equal(pc.binary_length(text), 0)
    if not pc.any(empty).as_py():
        return text
    return pc.if_else(empty, pa.scalar(None, text.type), text)


def _may_hold_blanks(column: pa.Array) -> bool:
    """Whether any text begins or ends with a blank, or holds other blanks than single spaces.

    A look at the bytes, a tenth of the price: what is not ASCII may be a blank of its own kind.
    """
    body, starts = text_bytes(column)
    if not len(body):
        return False
    space = body == _SPACE
    if (body < _SPACE).any() or (space[1:] & space[:-1]).any() or (body == _MAY_BE_BLANK).any():
        return True
    filled = starts[:-1] < starts[1:]
    first, last = body[starts[:-1][filled]], body[starts[1:][filled] - 1]
    return bool(np.isin(first, _BLANKS_BEGIN).any() or (last == _SPACE).any()) or bool(
        (last >= _NOT_ASCII).any()
    )


def text_bytes(
    column: pa.Array,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.signedinteger[Any]]]:
    """Return the bytes of all texts, and where each begins and the last ends."""
    wide = pa.types.is_large_string(column.type)
    _, offset_buffer, data = column.buffers()
    if data is None or not len(column):
        return np.zeros(0, np.uint8), np.zeros(len(column) + 1, np.int64)
    kind, size = (np.int64, 8) if wide else (np.int32, 4)
    starts = np.frombuffer(offset_buffer, kind, len(column) + 1, column.offset * size)
    return np.frombuffer(data, np.uint8)[starts[0] : starts[-1]], starts - starts[0]


def without_nothings(column: pa.Array) -> pa.Array:
    """Return the trimmed texts; "N/A" and its like become null."""
    text = trimmed(column)
    short = pc.less_equal(pc.binary_length(text), _LONGEST_NOTHING)
    if not pc.any(short).as_py():
        return text
    nothing = pc.is_in(pc.utf8_lower(text), NOTHING)
    if not pc.any(nothing).as_py():
        return text
    return pc.if_else(nothing, pa.scalar(None, text.type), text)


_QUOTES = (0x27, 0x22, 0x3D, 0xE2)  # how ', ", =", “ and ‘ begin


def unquoted(column: pa.Array) -> pa.Array:
    """Return the texts without quotes around them, and without what marks text in a sheet.

    >>> unquoted(pa.array(["'02139", '="02139"', "“Ann”", "'O''Brien'", "'t Hooft"])).to_pylist()
    ['02139', '02139', 'Ann', "O'Brien", "'t Hooft"]
    """
    body, starts = text_bytes(column)
    first = body[starts[:-1][starts[:-1] < starts[1:]]]
    if not np.isin(first, _QUOTES).any():
        return column
    quoted = pc.match_substring_regex(column, r"^(?:'.*'|=?\".*\"|“.*”|‘.*’)$|^'[\d+(=@-]")
    texts = pc.if_else(quoted, column, pa.scalar(None, column.type))
    return pc.coalesce(by_distinct(texts, _unquoted, pa.string()), column)


def unmarked(column: pa.Array) -> pa.Array:
    """Return the texts as a page shows them: its tags gone, its signs written out.

    >>> unmarked(pa.array(["<b>Ann</b> Roe", "O&#39;Brien", "Roe & Poe"])).to_pylist()
    ['Ann Roe', "O'Brien", 'Roe & Poe']
    """
    body, _ = text_bytes(column)
    if not ((body == ord("&")) | (body == ord("<"))).any():
        return column
    marked = pc.match_substring_regex(
        column, r"&(?:#\d+|#x[0-9a-fA-F]+|[a-z]+);|</?[a-zA-Z][^>@]*>"
    )
    if not pc.any(marked).as_py():
        return column
    texts = pc.if_else(marked, column, pa.scalar(None, column.type))
    shown = by_distinct(texts, lambda text: _shown(text) if text else None, pa.string())
    return pc.if_else(pc.fill_null(marked, False), shown, column)


def _shown(text: str) -> str | None:
    once = html.unescape(re.sub(r"</?[a-zA-Z][^>@]*>", "", text))
    return html.unescape(once).strip() or None  # two pages may have written it out


def without_pictures(column: pa.Array) -> pa.Array:
    """Return names without emojis, and nothing for those that are made of signs alone.

    >>> without_pictures(pa.array(["Ann 🎉", "❤️", "-----", "'t Hooft", "李"])).to_pylist()
    ['Ann', None, None, "'t Hooft", '李']
    """
    body, starts = text_bytes(column)
    first = body[starts[:-1][starts[:-1] < starts[1:]]]
    if (body >= _MAY_BE_PICTURE).any():
        column = trimmed(pc.replace_substring_regex(column, _PICTURES, ""))
    elif not (first < ord("A")).any():
        return column
    no_name = pc.fill_null(pc.match_substring_regex(column, r"^[^\pL\pN]+$"), False)
    if not pc.any(no_name).as_py():
        return column
    return pc.if_else(no_name, pa.scalar(None, column.type), column)


def _unquoted(text: str | None) -> str | None:
    if not text or len(text) < 2:
        return text
    text = text.removeprefix("=")
    inner = text[1:-1] if text[-1] in "'\"”’" else text[1:]
    return inner.replace(text[0] * 2, text[0]).strip() or None


def by_distinct(column: pa.Array, read: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
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


def either(one: pa.Array, other: pa.Array) -> pa.Array:
    """Return whether either is yes; nothing only where both say nothing."""
    return pc.coalesce(pc.or_kleene(one, other), one, other)


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


def as_json(columns: Mapping[str, pa.Array], rows: int) -> pa.Array:
    """Return each row's cells as JSON, without the empty ones; null where all are.

    >>> as_json({"T": pa.array(["L", ""]), "U": pa.array(["x", None])}, 2).to_pylist()
    ['{"T": "L", "U": "x"}', None]
    """
    whole = pa.array([""] * rows, pa.string())
    for name, column in columns.items():
        text = pc.replace_substring(pc.fill_null(column, ""), "\\", "\\\\")
        text = pc.replace_substring_regex(text, r"[\x00-\x1f]+", " ")
        text = pc.replace_substring(text, '"', '\\"')
        begin = f', {json.dumps(name, ensure_ascii=False)}: "'
        told = pc.binary_join_element_wise(begin, text, '"', "")
        told = pc.if_else(pc.equal(pc.binary_length(text), 0), "", told)
        whole = pc.binary_join_element_wise(whole, told, "")
    nothing = pc.equal(pc.binary_length(whole), 0)
    inner = pc.utf8_slice_codeunits(whole, 2)
    braced = pc.binary_join_element_wise("{", inner, "}", "")
    return pc.if_else(nothing, pa.scalar(None, pa.string()), braced)
