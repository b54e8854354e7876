"""Where the people of a part are reached: phones and e-mails, the first good one leads."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberMatcher, format_number

from campaign.lists import values
from campaign.lists.columns import by_distinct, either, joined, nulls
from campaign.lists.headers import plain_header
from campaign.lists.part import Columns, Part
from campaign.lists.phones import Phones, by_region, read_phones
from campaign.lists.pieces import whole_numbers
from campaign.lists.remarks import refused_beside, says, without_wrong, wrong_by_marks
from campaign.lists.several import BETWEEN_WORDS, split_several

# Words beside numbers, or more figures than one number has: two with a blank between.
_WORDS_TOO = r"^.{0,20}[A-Za-z].{0,100}$|^\D*(?:\d\D*){20,60}$"
_SELDOM = 5_000
_OUT = r"^[^\d]*[-−(]|-$"  # an amount with a minus, in whatever place, or in brackets
_SEVERAL = r"^\+\d+$|[;,|/&\n]|:::|\bor\b|\band\b"


def read_reach(part: Part, countries: pa.Array) -> Columns:
    """Return phones and e-mails; a number without a country code is one of the row's country."""
    phones = [_phones(column, part, countries) for column in whole_numbers(part)]
    told = [part.said(header) for header in part.mapping.headers_of("phone")]
    refused = reduce(either, map(refused_beside, told), nulls(part.rows, pa.bool_()))
    payers = [_of_payers(part, header) for header in part.mapping.headers_of("email")]
    emails = [column for text in payers for column in values.read_emails(text)]
    nothing = nulls(part.rows)
    if not phones:
        phones = [(Phones(nothing, nothing, nothing, nothing), nothing)]
    lead = phones[0][0]
    first = lead.e164
    line, zone, extension = lead.line_type, lead.timezone, lead.extension
    for other, _ in phones[1:]:
        missing = pc.is_null(first)
        line = pc.if_else(missing, other.line_type, line)
        zone = pc.if_else(missing, other.timezone, zone)
        extension = pc.if_else(missing, other.extension, extension)
        first = pc.coalesce(first, other.e164)
    rest = [_with_type(other) for other, _ in phones[1:]] + [more for _, more in phones]
    emails = emails or [nothing]
    email = pc.coalesce(*emails)
    return {
        "phone_e164": first,
        "line_type": line,
        "phone_timezone": zone,
        "phone_extension": extension,
        "more_phones": _more(rest, first),
        "email": email,
        "more_emails": _more(emails, email),
        "refused_beside": refused,
    }


def _of_payers(part: Part, header: str) -> pa.Array:
    """Return a column of e-mails; of senders ("From e-mail") the receivers where money went out.

    There the sender is the list's owner, and who gets money back stands in the other column.
    """
    text, (side, _, name) = part.said(header), plain_header(header).partition(" ")
    if side != "from":
        return text
    receivers = (other for other in part.cells if plain_header(other) == f"to {name}")
    out = pc.fill_null(pc.match_substring_regex(part.text("amount"), _OUT), False)
    return next((pc.if_else(out, part.said(other), text) for other in receivers), text)


def _phones(column: pa.Array, part: Part, countries: pa.Array) -> tuple[Phones, pa.Array]:
    """Read a column of phones; cells with several give their others as text."""
    text = without_wrong(_unspoiled(column))
    text = pc.if_else(_is_wrong(part), pa.scalar(None, text.type), text)
    regions = pc.fill_null(countries, part.mapping.region)
    phones = by_region(text, regions)
    unread = pc.and_(pc.is_null(phones.e164), pc.is_valid(text))
    by_words = pc.fill_null(says(text, BETWEEN_WORDS), False)
    text = _among_words(text, pc.and_not(unread, by_words), part.mapping.region)
    by_signs = pc.fill_null(pc.and_(unread, pc.match_substring_regex(text, _SEVERAL)), False)
    several = pc.or_(by_signs, by_words)
    if not pc.any(several).as_py():
        return phones, nulls(part.rows)
    return _several(phones, text, several, part.mapping.region)


def _is_wrong(part: Part) -> pa.Array:
    """Return the rows whose one number is marked as wrong; of several nobody knows which it is."""
    if len(part.mapping.headers_of("phone")) > 1:
        return pa.scalar(False)
    marks = part.marks("phone_is_wrong")
    said = (by_distinct(mark, values.read_refusal, pa.bool_()) for mark in marks)
    return pc.fill_null(reduce(either, said, wrong_by_marks(part)), False)


def _among_words(text: pa.Array, unread: pa.Array, region: str) -> pa.Array:
    """Return cells that hold numbers among words as these alone: "H: 212-555-0102 C: 917-…"."""
    wordy = pc.fill_null(pc.and_(unread, pc.match_substring_regex(text, _WORDS_TOO)), False)
    if not 0 < (pc.sum(wordy).as_py() or 0) <= _SELDOM:  # a column of words is none of phones
        return text
    texts = pc.if_else(wordy, text, pa.scalar(None, text.type))
    return pc.coalesce(by_distinct(texts, lambda cell: numbers_in(cell, region), pa.string()), text)


def numbers_in(text: str | None, region: str) -> str | None:
    """Return the numbers that stand in a text.

    >>> numbers_in("H: 212-555-0102 C: 917-555-0103", "US"), numbers_in("2125550102 12", "US")
    ('+12125550102;+19175550103', '+12125550102')
    >>> numbers_in("617-555-0142 x12 / 617-555-0143 ext. 4", "US")
    '+16175550142 x12;+16175550143 x4'
    """
    return numbers_within(text or "", region)[1]


def numbers_within(text: str, region: str) -> tuple[str, str | None]:
    """Return a text without the numbers that stand in it, and these.

    >>> numbers_within("Jane Doe 617-555-0142", "US")
    ('Jane Doe ', '+16175550142')
    """
    found = list(PhoneNumberMatcher(text, region))
    rest = text
    for match in reversed(found):
        rest = rest[: match.start] + rest[match.end :]
    return rest, ";".join(_written(match.number) for match in found) or None


def _written(number: PhoneNumber) -> str:
    """Return a number as it is dialled worldwide, with its extension."""
    extension = f" x{number.extension}" if number.extension else ""
    return format_number(number, PhoneNumberFormat.E164) + extension


def _several(
    phones: Phones, text: pa.Array, several: pa.Array, region: str
) -> tuple[Phones, pa.Array]:
    rows = np.flatnonzero(np.asarray(several))
    groups = [split_several(cell) for cell in text.take(pa.array(rows)).to_pylist()]
    width = max(1, *map(len, groups))  # "No, thanks" holds none
    tables = [
        read_phones(
            pa.array([group[place] if place < len(group) else "" for group in groups]), region
        )
        for place in range(width)
    ]
    first = _coalesced(tables)
    mask = several
    whole = Phones(
        *(
            pc.replace_with_mask(
                getattr(phones, name), mask, getattr(first, name).cast(pa.string())
            )
            for name in ("e164", "line_type", "timezone", "extension")
        )
    )
    rest = _more([_with_type(table) for table in tables], first.e164)
    more = pc.replace_with_mask(nulls(len(text)), mask, rest.cast(pa.string()))
    return whole, more


def _coalesced(tables: list[Phones]) -> Phones:
    lead = tables[0]
    for other in tables[1:]:
        missing = pc.is_null(lead.e164)
        lead = Phones(
            *(
                pc.if_else(missing, getattr(other, name), getattr(lead, name))
                for name in ("e164", "line_type", "timezone", "extension")
            )
        )
    return lead


def _unspoiled(column: pa.Array) -> pa.Array:
    """Take back what spreadsheets do to numbers: 4155552671.0, 4.155552671E+09."""
    spoiled = pc.match_substring_regex(column, r"^\d{7,}\.0+$|^\d\.\d+(?i:e)\+?\d+$")
    if not pc.any(spoiled).as_py():
        return column
    texts = pc.if_else(spoiled, column, pa.scalar(None, column.type))
    return pc.coalesce(by_distinct(texts, _digits_again, pa.string()), column)


def _digits_again(text: str) -> str:
    """Return the digits behind a number; a rounded one has lost its last ones and stays.

    >>> _digits_again("4155552671.0"), _digits_again("4.155552671E+09"), _digits_again("4.2E+09")
    ('4155552671', '4155552671', '4.2E+09')
    """
    number = Decimal(text)
    digits = len(number.as_tuple().digits)
    return text if "e" in text.lower() and digits < 9 else f"{number:.0f}"


def _with_type(phones: Phones) -> pa.Array:
    """Return the number and its line type in one text, as `more_phones` keeps them."""
    return pc.binary_join_element_wise(phones.e164, phones.line_type, ":")


def _more(columns: list[pa.Array], first: pa.Array) -> pa.Array:
    """Return what the columns hold beside the first value, each once."""
    text = joined(columns)
    seldom = np.flatnonzero(np.asarray(pc.fill_null(pc.not_equal(text, first), False)))
    kept: list[str | None] = [None] * len(first)
    index = pa.array(seldom)
    pairs = zip(
        seldom.tolist(), text.take(index).to_pylist(), first.take(index).to_pylist(), strict=True
    )
    for row, cell, lead in pairs:
        others = [value for value in dict.fromkeys(cell.split()) if value.split(":")[0] != lead]
        kept[row] = " ".join(others) or None
    return pa.array(kept, pa.string())
