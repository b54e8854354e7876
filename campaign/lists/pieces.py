"""Numbers that stand in several columns: country code, area code, exchange, number, extension.

Which column belongs to which number is told by their order. Not here: what a number is (`phones`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import by_distinct
from campaign.lists.fields import PIECES
from campaign.lists.formats import Column
from campaign.lists.headers import plain_header
from campaign.lists.part import Part
from campaign.lists.phones import to_e164

_SEVEN = r"^\D*\d{3}\D*\d{4}\D*$"
_KIND = re.compile(r" (?:type|kind|label|description|desc)(?= \d+$|$)")
_OF_PHONES = frozenset({"value", "full", "number", "f", "no", "phone", "telephone", "tel"})
_FAX = r"(?i)\b(?:fax|pager|telex|tty)\b"
_FOUR = r"^\d{4}$"
_EXTENSION = r"^(?i:ext\.?|x|#)? *(?P<own>\d{1,6})$"
_CALLING = r"^(?:\+|00)?(?P<code>[1-9]\d{0,2})(?:\.0)?$"


def whole_numbers(part: Part) -> list[pa.Array]:
    """Return the columns of phones, the surest first; what stands beside them is put to them."""
    pieces = pieces_of(part.mapping.columns)
    return [
        _whole(
            _no_fax(part, header),
            {field: part.said(beside) for field, beside in pieces[header].items()},
            part.mapping.region,
        )
        for header in part.mapping.headers_of("phone")
    ]


def pieces_of(columns: Sequence[Column]) -> dict[str, dict[str, str]]:
    """Return the pieces of each phone by their field: those before it, and what follows the last.

    One country code in front holds for all phones after it; an extension is of the phone before.
    """
    found: dict[str, dict[str, str]] = {}
    waiting: dict[str, str] = {}
    last: dict[str, str] = {}
    for column in columns:
        if column.field == "phone":
            last = found[column.header] = waiting
            waiting = {name: header for name, header in last.items() if name == "calling_code"}
        elif column.field == "phone_extension" and found and column.field not in last:
            last[column.field] = column.header
        elif column.field in PIECES:
            waiting[column.field] = column.header
    for field, header in waiting.items():
        lacking = [pieces for pieces in found.values() if field not in pieces]
        for pieces in lacking[-1:]:
            pieces[field] = header
    return found


def _no_fax(part: Part, header: str) -> pa.Array:
    """Return a column of phones without those that the column of their kinds calls a fax's."""
    text, own = part.said(header), _subject(header)
    kinds = (
        column.header
        for column in part.mapping.columns
        if column.header in part.cells and _KIND.search(plain_header(column.header))
    )
    for kind in kinds:
        if _subject(kind) == own:
            fax = pc.match_substring_regex(part.cells[kind], _FAX)
            text = pc.if_else(pc.fill_null(fax, False), pa.scalar(None, text.type), text)
    return text


def _subject(header: str) -> str:
    """Return what a column of phones, or of their kinds, is about.

    >>> _subject("Phone 1 - Value") == _subject("Phone 1 - Label"), _subject("Primary Phone Type")
    (True, 'primary')
    >>> _subject("Phone 1 Full Number (F)"), _subject("Phone Type 2"), _subject("Phone 2")
    ('1', '2', '2')
    """
    words = _KIND.sub("", plain_header(header)).split()
    return " ".join(word for word in words if word not in _OF_PHONES)


def _whole(text: pa.Array, beside: dict[str, pa.Array], region: str) -> pa.Array:
    """Return a column of numbers with what stands beside each."""
    for field, pattern in (("phone_exchange", _FOUR), ("area_code", _SEVEN)):
        if field in beside:
            text = _joined(text, pc.match_substring_regex(text, pattern), (beside[field], text))
    if "phone_extension" in beside:
        extension = pc.struct_field(pc.extract_regex(beside["phone_extension"], _EXTENSION), "own")
        told = pc.is_valid(extension)
        text = _joined(text, told, (text, pa.scalar(" x"), extension), "")
    if "calling_code" in beside:
        text = _from_abroad(text, beside["calling_code"], region)
    return text


def _joined(
    text: pa.Array, where: pa.Array, pieces: tuple[pa.Array | pa.Scalar, ...], between: str = " "
) -> pa.Array:
    whole = pc.binary_join_element_wise(*pieces, between)
    return pc.coalesce(pc.if_else(where, whole, pa.scalar(None, pa.string())), text)


def _from_abroad(text: pa.Array, codes: pa.Array, region: str) -> pa.Array:
    """Return the numbers with their country's code in front; those of the list's own stay."""
    code = pc.struct_field(pc.extract_regex(codes, _CALLING), "code")
    own = str(phonenumbers.country_code_for_region(region))
    bare = pc.invert(pc.starts_with(text, "+"))
    abroad = pc.and_(pc.and_(pc.is_valid(code), pc.not_equal(code, own)), bare)
    texts = pc.binary_join_element_wise(code, text, " ")
    nothing = pa.scalar(None, pa.string())
    told = pc.if_else(abroad, texts, nothing)
    return pc.coalesce(by_distinct(told, _international, pa.string()), text)


def _international(text: str | None) -> str | None:
    """Return a number behind its country's code, which may stand in the number once more.

    >>> _international("44 02079460018"), _international("44 442079460018")
    ('+4402079460018', '+442079460018')
    """
    if not text:
        return None
    code, number = text.split(" ", 1)
    again = f"+{number}"
    repeats = number.startswith(code) and to_e164(f"+{code}{number}") is None
    return again if repeats and to_e164(again) else f"+{code}{number}"
