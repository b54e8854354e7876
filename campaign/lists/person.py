"""Who the rows of a part are about: names, birth, language, and what they said of calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache, reduce

import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists import names, values
from campaign.lists.columns import by_distinct, either, nulls, records_by_distinct
from campaign.lists.dates import day_reader
from campaign.lists.part import Columns, Part
from campaign.lists.remarks import (
    DEAD_BESIDE_NAME,
    REFUSED_BESIDE_NAME,
    deceased_by_marks,
    names_alone,
    refused_in_notes,
    said_beside_names,
)
from campaign.lists.surname_first import read_surname_first

# The next part holds the same names again.
_read_first = lru_cache(1 << 16)(names.read_first)
_read_last = lru_cache(1 << 16)(names.read_last)

_LAST_OF_NOBODY = pa.array(sorted({name.split()[-1] for name in names.NO_NAME if name}))


def read_names(part: Part) -> Columns:
    """Return the parts of each name, from whatever columns tell them."""
    kinds = [pa.string()] * 6
    given_first = _read_name(part.name("full_name"), names.read_full, kinds)
    last_first = _read_name(part.name("name_last_first"), read_surname_first, kinds)
    full = {name: pc.coalesce(given_first[name], last_first[name]) for name in given_first}
    halves = _of_somebody(part.name("first_name"), part.name("last_name"))
    first = _read_name(halves[0], _read_first, kinds)
    last = _read_name(halves[1], _read_last, kinds)
    own_middle = by_distinct(part.text("middle_name"), _cased, pa.string())
    own_suffix = by_distinct(part.text("suffix"), _suffix, pa.string())
    prefix = pc.coalesce(part.text("prefix"), first["prefix"], full["prefix"])
    by_title = by_distinct(
        prefix, lambda text: names.gender_of_title(text) if text else None, pa.string()
    )
    return {
        "prefix": prefix,
        "first_name": pc.coalesce(first["first"], full["first"]),
        "middle_name": pc.coalesce(own_middle, first["middle"], full["middle"]),
        "last_name": pc.coalesce(last["last"], first["last"], full["last"]),
        "suffix": pc.coalesce(own_suffix, last["suffix"], first["suffix"], full["suffix"]),
        "partner": pc.coalesce(first["partner"], full["partner"]),
        "gender": pc.coalesce(by_distinct(part.text("gender"), _gender, pa.string()), by_title),
    }


def _read_name(
    column: pa.Array, read: Callable[[str], names.Name], kinds: list[pa.DataType]
) -> dict[str, pa.Array]:
    column = names_alone(column)
    parts = (
        records_by_distinct(column, lambda text: read(text) if text else names.Name(), kinds)
        if len(column)
        else [column] * 6
    )
    return dict(zip(names.Name._fields, parts, strict=True))


def _of_somebody(first: pa.Array, last: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return names without those of nobody: "Anonymous" "Donor"."""
    if not pc.any(pc.is_in(pc.utf8_lower(last), _LAST_OF_NOBODY)).as_py():
        return first, last
    whole = pc.utf8_lower(pc.binary_join_element_wise(first, last, " "))
    nobody = pc.is_in(whole, pa.array(sorted(names.NO_NAME)))
    nothing = pa.scalar(None, pa.string())
    return pc.if_else(nobody, nothing, first), pc.if_else(nobody, nothing, last)


def _cased(text: str | None) -> str | None:
    return names.cased(text.strip(".")) or None if text else None


def _suffix(text: str | None) -> str | None:
    return names.read_suffix(text) if text else None


def _gender(text: str | None) -> str | None:
    letter = (text or "").strip().lower()[:1]
    return {"m": "m", "f": "f", "w": "f"}.get(letter)


def read_person(part: Part, order: str | None, today: date) -> Columns:
    """Return what else is told of each person; the order is that of the days of birth."""
    read = day_reader(order)
    consent = _consent(part)
    born = by_distinct(part.text("birth_date"), lambda text: _past(read(text), today), pa.date32())
    born = pc.coalesce(born, by_distinct(_birth_in_pieces(part), read, pa.date32()))
    year = by_distinct(part.text("birth_year"), _year, pa.int32())
    refused = _answer(part.marks("do_not_call"), values.read_refusal, part.rows)
    refused = either(refused, _answer(part.marks("no_contact_by"), values.by_phone, part.rows))
    refused = either(refused, refused_in_notes(part))
    refused = either(refused, said_beside_names(part, REFUSED_BESIDE_NAME))
    deceased = _answer(part.marks("deceased"), values.read_refusal, part.rows)
    deceased = either(deceased, deceased_by_marks(part))
    return {
        "external_id": part.text("external_id"),
        "person_number": by_distinct(part.text("person_number"), values.digest, pa.string()),
        "birth_date": born,
        "birth_year": pc.coalesce(pc.cast(pc.year(born), pa.int32()), year),
        "language": by_distinct(part.text("language"), _language, pa.string()),
        "occupation": part.text("occupation"),
        "employer": part.text("employer"),
        "consent_call": consent,
        "do_not_call": either(refused, pc.if_else(consent, None, pc.invert(consent))),
        "deceased": either(deceased, said_beside_names(part, DEAD_BESIDE_NAME)),
    }


def _consent(part: Part) -> pa.Array:
    """Return what each row says of calls: where columns differ, no is no."""
    columns = part.marks("consent_call")
    said = [by_distinct(column, values.read_consent, pa.bool_()) for column in columns]
    refused = [pc.if_else(answer, None, pc.invert(answer)) for answer in said]
    nothing = nulls(part.rows, pa.bool_())
    no, yes = reduce(either, refused, nothing), reduce(either, said, nothing)
    return pc.if_else(pc.fill_null(no, False), pa.scalar(False), yes)


def _birth_in_pieces(part: Part) -> pa.Array:
    """Return days of birth whose year, month and day stand in columns of their own."""
    pieces = [part.text(name) for name in ("birth_year", "birth_month", "birth_day")]
    return pc.binary_join_element_wise(*pieces, "-")


def _answer(
    columns: Sequence[pa.Array], read: Callable[[str | None], bool | None], rows: int
) -> pa.Array:
    """Return yes where any of the columns says so, no where one does, else nothing."""
    said = [by_distinct(column, read, pa.bool_()) for column in columns]
    return reduce(either, said) if said else nulls(rows, pa.bool_())


# What spreadsheets and databases write for a day that nobody told them.
_NO_BIRTHDAYS = frozenset(
    {date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1970, 1, 1)}
)


def _past(day: date | None, today: date) -> date | None:
    """Return a day of birth: two digits of a year that would lie ahead are of the last century."""
    if day and day > today and day.year - 100 > 1900:
        day = day.replace(year=day.year - 100)
    return day if day and date(1895, 1, 1) < day <= today and day not in _NO_BIRTHDAYS else None


def _year(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and 1895 < int(text) < 2100 else None


_LANGUAGES = {
    "english": "en", "spanish": "es", "espanol": "es", "español": "es", "french": "fr",
    "chinese": "zh", "mandarin": "zh", "cantonese": "yue", "vietnamese": "vi", "korean": "ko",
    "tagalog": "tl", "russian": "ru", "arabic": "ar", "german": "de", "portuguese": "pt",
    "polish": "pl", "hindi": "hi", "haitian creole": "ht",
}  # fmt: skip


def _language(text: str | None) -> str | None:
    plain = (text or "").strip().lower()
    if plain in _LANGUAGES:
        return _LANGUAGES[plain]
    code = plain.replace("_", "-").split("-")[0]
    return code if len(code) in (2, 3) and code.isalpha() else None
