"""Phone numbers in columns, exactly as the `phonenumbers` library reads them one by one.

North American numbers are looked up in a table of all six-digit prefixes, numbers of other
countries are matched with the library's own patterns, a column at a time; what is written in an
unusual way goes to the library itself, each different text once. Not here: who may be called.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneNumberType
from phonenumbers.tzdata import TIMEZONE_DATA

from campaign.lists.phone_patterns import CODE_OF, LINE_TYPES, country

_NANP_REGIONS = ("US", "CA")  # seven digits are a number in some islands: those go to the library

# What a byte may be: a digit, a plus, punctuation without meaning, or a reason to look closer.
_DIGIT, _PLUS, _PUNCTUATION, _OTHER = 0, 1, 2, 3
_CLASS_OF_BYTE = np.full(256, _OTHER, dtype=np.uint8)
_CLASS_OF_BYTE[[ord(sign) for sign in "0123456789"]] = _DIGIT
_CLASS_OF_BYTE[[ord(sign) for sign in " ().-/[]"]] = _PUNCTUATION
_CLASS_OF_BYTE[ord("+")] = _PLUS

_EXTENSION = r"^(?P<number>[-+ ().\d]*\d) ?(?i:ext|ext\.|x|extension) ?(?P<extension>\d{1,5})$"

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Phones:
    """A column of numbers: E.164 text, line type, the number's time zone, extension; or null."""

    e164: pa.Array
    line_type: pa.Array
    timezone: pa.Array
    extension: pa.Array


@dataclass(frozen=True, slots=True)
class Phone:
    """One number that can be dialled."""

    e164: str
    line_type: str
    extension: str | None = None


def to_phone(text: str, region: str = "US") -> Phone | None:
    """Return the number as the library reads it, or None if nobody can be called.

    >>> to_phone("(415) 555-2671 ext. 12")
    Phone(e164='+14155552671', line_type='fixed_line_or_mobile', extension='12')
    >>> to_phone("555-2671") is None
    True
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    kind = PhoneNumberType.to_string(phonenumbers.number_type(number)).lower()
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, kind, number.extension or None)


def to_e164(text: str, region: str = "US") -> str | None:
    """Return the number as it is dialled worldwide, or None if nobody can be called.

    >>> to_e164("(415) 555-2671")
    '+14155552671'
    """
    phone = to_phone(text, region)
    return phone.e164 if phone else None


def region_of(text: str) -> str | None:
    """Return the country of a number that names it itself.

    >>> region_of("+61 8 9123 4567"), region_of("617-555-0134")
    ('AU', None)
    """
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return None


def read_phones(texts: pa.Array | pa.ChunkedArray, region: str = "US") -> Phones:
    """Return what the library would say about each text, a column at a time."""
    column = _as_one_string_array(texts)
    found = _Found.nothing(len(column))
    left = _read_plain(column, region, found)
    left = _read_with_extension(column.take(left), left, region, found)
    _read_by_library(column.take(left), left, region, found)
    return found.as_phones()


@dataclass(slots=True)
class _Found:
    """What is known so far: the number's digits with country code (0: none), and its kind."""

    digits: Ints
    kind: npt.NDArray[np.uint8]
    extension: dict[int, str]

    @classmethod
    def nothing(cls, rows: int) -> _Found:
        return cls(np.zeros(rows, np.int64), np.zeros(rows, np.uint8), {})

    def as_phones(self) -> Phones:
        missing = self.digits == 0
        kinds = pa.array(LINE_TYPES).take(pa.array(self.kind, mask=missing))
        extension: list[str | None] = [None] * len(self.digits)
        for row, text in self.extension.items():
            extension[row] = text
        return Phones(
            e164=_plus(self.digits, missing),
            line_type=kinds,
            timezone=_zones(self.digits, missing),
            extension=pa.array(extension, pa.string()),
        )


def _plus(digits: Ints, missing: npt.NDArray[np.bool_]) -> pa.Array:
    numbers = pc.cast(pa.array(digits, mask=missing), pa.string())
    return pc.binary_join_element_wise("+", numbers, "")


def _as_one_string_array(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    column = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    column = column.cast(pa.large_string())
    # An offset or a null hides bytes of other rows: begin with a plain copy.
    return pc.fill_null(column, "") if column.null_count or column.offset else column


def _read_plain(column: pa.Array, region: str, found: _Found) -> Ints:
    """Read what is written with digits, a plus and punctuation; return the rows that are not."""
    rows = len(column)
    if rows == 0:
        return np.zeros(0, np.int64)
    _, offset_buffer, data = column.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64, rows + 1, column.offset * 8)
    body = (
        np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]] if data else np.zeros(0, np.uint8)
    )
    shape = _Shape.of(body, offsets - offsets[0])
    simple = shape.is_simple
    ten = np.where((shape.count == 11) & (shape.lead == 1), shape.value - 10**10, shape.value)
    nanp = (shape.count == 11) & (shape.lead == 1)
    if region in _NANP_REGIONS:
        nanp |= (shape.count == 10) & ~shape.has_plus & (shape.value // 10**7 != 11)
    here = np.flatnonzero(simple & nanp)
    _store_nanp(found, here, ten[here])
    abroad = simple & shape.has_plus & (shape.lead != 1) & (shape.count <= 15)
    rest = _read_abroad(found, np.flatnonzero(abroad), shape.value[abroad], shape.count[abroad])
    hopeless = (shape.count == 0) & shape.is_ascii  # ６１７ are digits, too
    if region in _NANP_REGIONS:  # too short or too long for here, and no way to dial abroad
        wrong = (shape.count < 10) | ((shape.count > 10) & (shape.lead != 1))
        hopeless |= simple & ~shape.has_plus & wrong & ~shape.starts_011
    done = (simple & nanp) | abroad | hopeless
    return np.union1d(np.flatnonzero(~done), rest)


@dataclass(frozen=True, slots=True)
class _Shape:
    """How each text is written, and the number that its digits make."""

    count: Ints
    value: Ints
    lead: Ints
    has_plus: npt.NDArray[np.bool_]
    starts_011: npt.NDArray[np.bool_]
    is_simple: npt.NDArray[np.bool_]
    is_ascii: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, body: npt.NDArray[np.uint8], offsets: Ints) -> _Shape:
        kinds = _CLASS_OF_BYTE[body]
        is_digit = kinds == _DIGIT
        before = np.zeros(len(body) + 1, np.int32)
        np.cumsum(is_digit, dtype=np.int32, out=before[1:])
        ends = before[offsets]
        count = np.diff(ends).astype(np.int64)
        digits = body[is_digit] - np.uint8(ord("0"))
        value = np.zeros(len(count), np.int64)
        for place in range(min(int(count.max(initial=0)), 16)):
            has = np.flatnonzero(count > place)
            value[has] = value[has] * 10 + digits[ends[has] + place]
        pluses, plus_leads = cls._pluses(kinds, offsets, before)
        other = np.bincount(_rows_of(kinds == _OTHER, offsets), minlength=len(count))
        scale = 10 ** np.maximum(np.minimum(count, 16) - 1, 0)
        long_enough = count >= 3
        lead = value // scale
        third = value // (scale // 100).clip(1)
        return cls(
            count=count,
            value=value,
            lead=lead,
            has_plus=pluses == 1,
            starts_011=long_enough & (third == 11) & (lead == 0),
            is_simple=(other == 0) & (count <= 16) & long_enough & plus_leads,
            is_ascii=np.bincount(_rows_of(body > 127, offsets), minlength=len(count)) == 0,
        )

    @staticmethod
    def _pluses(
        kinds: npt.NDArray[np.uint8], offsets: Ints, before: npt.NDArray[np.int32]
    ) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return how many pluses each text has, and whether it has none or one that leads."""
        places = np.flatnonzero(kinds == _PLUS)
        rows = _rows_of(kinds == _PLUS, offsets)
        pluses = np.bincount(rows, minlength=len(offsets) - 1)
        good: npt.NDArray[np.bool_] = pluses == 0
        leads = before[places] == before[offsets[rows]]
        good[rows[leads & (pluses[rows] == 1)]] = True
        return pluses, good


def _rows_of(flags: npt.NDArray[np.bool_], offsets: Ints) -> Ints:
    """Return the text that each marked byte stands in."""
    return np.searchsorted(offsets, np.flatnonzero(flags), side="right") - 1


def _store_nanp(found: _Found, rows: Ints, ten: Ints) -> None:
    kind = _nanp_kinds(ten // 10_000)
    found.kind[rows] = kind
    found.digits[rows] = np.where(kind > 0, ten + 10**10, 0)


def _read_abroad(found: _Found, rows: Ints, value: Ints, count: Ints) -> Ints:
    """Read numbers that carry a country code other than 1; return the rows left to the library."""
    left = [np.zeros(0, np.int64)]
    pending = np.ones(len(rows), dtype=bool)
    for width in (1, 2, 3):
        codes = np.where(count > width, value // 10 ** np.maximum(count - width, 0), 0)
        for code in np.unique(codes[pending & (count > width)]):
            plan = country(int(code))
            if plan is None:
                continue
            mine = np.flatnonzero(pending & (codes == code))
            pending[mine] = False
            rest = value[mine] - code * 10 ** (count[mine] - width)
            # A leading zero is a national prefix, or an Italian number: the library knows.
            zero = rest < 10 ** (count[mine] - width - 1)
            national = pc.cast(pa.array(rest), pa.string())
            prefixed = plan.has_prefix(national) | zero
            kind = np.where(prefixed, 0, plan.kinds(national)).astype(np.uint8)
            found.kind[rows[mine]] = kind
            found.digits[rows[mine]] = np.where(kind > 0, value[mine], 0)
            left.append(rows[mine[prefixed]])
    left.append(rows[pending])
    return np.concatenate(left)


def _read_with_extension(texts: pa.Array, rows: Ints, region: str, found: _Found) -> Ints:
    """Read "number ext. 12"; return the rows that are written otherwise."""
    parts = pc.extract_regex(texts, _EXTENSION)
    matched = np.asarray(parts.is_valid())
    if not matched.any():
        return rows
    here = rows[matched]
    inner = _Found.nothing(len(here))
    numbers = pc.struct_field(parts, "number").filter(pa.array(matched))
    again = _read_plain(_as_one_string_array(numbers), region, inner)
    found.digits[here], found.kind[here] = inner.digits, inner.kind
    extensions = pc.struct_field(parts, "extension").filter(pa.array(matched)).to_pylist()
    for place in np.flatnonzero(inner.digits):
        found.extension[int(here[place])] = extensions[place]
    return np.union1d(rows[~matched], here[again])


def _read_by_library(texts: pa.Array, rows: Ints, region: str, found: _Found) -> None:
    encoded = texts.dictionary_encode()
    phones = [to_phone(text, region) for text in encoded.dictionary.to_pylist()]
    for row, index in zip(rows.tolist(), encoded.indices.to_pylist(), strict=True):
        phone = phones[index]
        if phone:
            found.digits[row] = int(phone.e164[1:])
            found.kind[row] = CODE_OF[phone.line_type]
            if phone.extension:
                found.extension[row] = phone.extension


_KIND_OF_PREFIX = np.zeros(1_000_000, np.uint8)
_AREA_IS_READ = np.zeros(1000, dtype=bool)


def _nanp_kinds(prefixes: Ints) -> npt.NDArray[np.uint8]:
    """Return the line type of each six-digit prefix of North America.

    No pattern of the library looks further than six digits; area codes are read when first met.
    """
    areas = np.flatnonzero(np.bincount(prefixes // 1000, minlength=1000)[:1000])
    new = areas[(areas >= 200) & ~_AREA_IS_READ[areas]]
    if len(new):
        places = (new[:, None] * 1000 + np.arange(1000)).ravel()
        plan = country(1)
        assert plan is not None
        samples = pc.cast(pa.array(places * 10_000 + 1234), pa.string())
        _KIND_OF_PREFIX[places] = plan.kinds(samples)
        _AREA_IS_READ[new] = True
    kinds: npt.NDArray[np.uint8] = _KIND_OF_PREFIX[prefixes]
    return kinds


@lru_cache(maxsize=1)
def _nanp_zones() -> tuple[npt.NDArray[np.int16], list[str | None]]:
    """Return each six-digit prefix's place in a list of time zones, the longest match first."""
    zones: list[str | None] = [None]
    place_of: dict[str, int] = {}
    table = np.zeros(1_000_000, np.int16)
    keys = (key for key in TIMEZONE_DATA if key.startswith("1") and len(key) > 1)
    for key in sorted(keys, key=len):
        zone = TIMEZONE_DATA[key][0]
        if zone not in place_of:
            place_of[zone] = len(zones)
            zones.append(zone)
        width = 10 ** (7 - len(key))
        start = int(key[1:]) * width
        table[start : start + width] = place_of[zone]
    return table, zones


def _zones(digits: Ints, missing: npt.NDArray[np.bool_]) -> pa.Array:
    """Return the number's own time zone; toll-free and the like have none."""
    table, names = _nanp_zones()
    nanp = ~missing & (digits // 10**10 == 1)
    places = np.zeros(len(digits), np.int64)
    places[nanp] = table[digits[nanp] // 10_000 % 10**6]
    zones = pa.array(names, pa.string()).take(pa.array(places))
    abroad = np.flatnonzero(~missing & ~nanp)
    if len(abroad) == 0:
        return zones
    known = dict(zip(abroad.tolist(), map(_zone_abroad, digits[abroad].tolist()), strict=True))
    return pc.replace_with_mask(
        zones,
        pa.array(np.isin(np.arange(len(digits)), abroad)),
        pa.array(list(known.values()), pa.string()),
    )


@lru_cache(maxsize=65_536)
def _zone_abroad(digits: int) -> str | None:
    text = str(digits)
    for width in range(min(7, len(text)), 0, -1):
        zones = TIMEZONE_DATA.get(text[:width])
        if zones:
            return zones[0]
    return None


def by_region(texts: pa.Array, regions: pa.Array) -> Phones:
    """Read each text with the region of its own row."""
    encoded = regions.dictionary_encode()
    names = encoded.dictionary.to_pylist()
    if len(names) <= 1:
        return read_phones(texts, names[0] if names else "US")
    codes = np.asarray(encoded.indices)
    rows = [np.flatnonzero(codes == code) for code in range(len(names))]
    parts = [
        read_phones(texts.take(pa.array(mine)), name)
        for mine, name in zip(rows, names, strict=True)
    ]
    back = pa.array(np.argsort(np.concatenate(rows)))

    def whole(name: str) -> pa.Array:
        return pa.concat_arrays([getattr(part, name) for part in parts]).take(back)

    return Phones(*(whole(name) for name in ("e164", "line_type", "timezone", "extension")))
