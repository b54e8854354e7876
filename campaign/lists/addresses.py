"""Addresses in columns: ZIP, state, county, country and time zone, each from what is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from unicodedata import combining, normalize

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from campaign.lists.columns import by_distinct, joined, nulls, text_bytes, trimmed
from campaign.lists.fields import STREET
from campaign.lists.part import Columns, Part

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    "PR": "Puerto Rico", "GU": "Guam", "VI": "Virgin Islands", "AS": "American Samoa",
    "MP": "Northern Mariana Islands", "AA": "Armed Forces Americas", "AE": "Armed Forces Europe",
    "AP": "Armed Forces Pacific",
}  # fmt: skip
_STATE_BY_NAME = {name.lower(): code for code, name in STATES.items()} | {
    "calif": "CA", "cal": "CA", "mass": "MA", "penn": "PA", "penna": "PA", "wash": "WA",
    "washington dc": "DC", "wash dc": "DC", "wash d c": "DC", "washington d c": "DC", "d c": "DC",
    "tex": "TX", "fla": "FL", "b c": "BC",
    "ill": "IL", "mich": "MI", "minn": "MN", "ariz": "AZ", "colo": "CO", "conn": "CT",
    "n y": "NY", "n j": "NJ", "n c": "NC", "s c": "SC", "wis": "WI", "ore": "OR", "tenn": "TN",
    "ala": "AL", "alas": "AK", "ark": "AR", "del": "DE", "ida": "ID", "ind": "IN", "kan": "KS",
    "kans": "KS", "miss": "MS", "mont": "MT", "neb": "NE", "nebr": "NE", "nev": "NV", "n h": "NH",
    "n m": "NM", "n mex": "NM", "n d": "ND", "n dak": "ND", "okla": "OK", "oreg": "OR", "r i": "RI",
    "s d": "SD", "s dak": "SD", "wisc": "WI", "w v": "WV", "w va": "WV", "wyo": "WY", "p r": "PR",
}  # fmt: skip
_STATE_BY_NAME |= {  # in Spanish
    "nueva york": "NY", "nueva jersey": "NJ", "nuevo mexico": "NM", "nuevo hampshire": "NH",
    "nueva hampshire": "NH", "carolina del norte": "NC", "carolina del sur": "SC", "tejas": "TX",
    "dakota del norte": "ND", "dakota del sur": "SD", "virginia occidental": "WV",
    "pensilvania": "PA", "luisiana": "LA", "misuri": "MO", "misisipi": "MS", "hawai": "HI",
    "distrito de columbia": "DC", "oeste de virginia": "WV",
}  # fmt: skip
_STATE_BY_NAME |= {  # of Canada
    "ontario": "ON", "quebec": "QC", "british columbia": "BC", "alberta": "AB", "manitoba": "MB",
    "saskatchewan": "SK", "nova scotia": "NS", "new brunswick": "NB", "yukon": "YT",
    "newfoundland and labrador": "NL", "newfoundland": "NL", "prince edward island": "PE",
    "northwest territories": "NT", "nunavut": "NU",
}  # fmt: skip
_COUNTRY_BY_NAME = {
    "usa": "US", "u s a": "US", "u s": "US", "united states": "US", "america": "US",
    "united states of america": "US", "canada": "CA", "can": "CA", "mexico": "MX",
    "united kingdom": "GB", "uk": "GB", "u k": "GB", "great britain": "GB", "england": "GB",
    "germany": "DE", "deutschland": "DE", "france": "FR", "ireland": "IE", "australia": "AU",
    "japan": "JP", "israel": "IL", "spain": "ES", "italy": "IT", "india": "IN", "china": "CN",
    "netherlands": "NL", "switzerland": "CH", "sweden": "SE", "new zealand": "NZ",
    "brazil": "BR", "puerto rico": "PR", "deu": "DE", "gbr": "GB", "fra": "FR", "mex": "MX",
}  # fmt: skip
_WITH_ZIPS = ["US", "PR", "GU", "VI", "AS", "MP"]
_FIVE_DIGITS = frozenset({"DE", "FR", "ES", "IT", "MX", "FI", "KR", "TR", "UA", "EE", "HR", "MY"})
_CANADIAN = re.compile(r"^([A-Z]\d[A-Z])[ -]?(\d[A-Z]\d)$")
_BRITISH = r"^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$"
_NOT_LETTER = re.compile(r"[^a-z]+")

_ORDINARY_ZIP = r"^(?P<zip>\d{5})(?:[- ]?\d{4})?$"

_US = r"\W*(?i:usa?|u\.s\.a?\.?|united states(?: of america)?)?\W*$"
_IN_WORDS = "|".join(sorted((name for name in STATES.values()), key=len, reverse=True))
_STATE = rf"(?P<state>(?i:{_IN_WORDS})|[A-Za-z]{{2}})"
_CITY_ALONE = r"[^,;\d]*[^,;\d\s]"
_CITY_AND_ZIP = rf"^\s*(?P<city>{_CITY_ALONE})\s*[,;]?\s+(?P<zip>\d{{5}}(?:-\d{{4}})?){_US}"
_ZIP_AND_CITY = rf"^\s*(?P<zip>\d{{5}}(?:-\d{{4}})?)\s*[,;]?\s+(?P<city>{_CITY_ALONE})\s*$"
_STATE_THEN_ZIP = _STATE + r"\.?(?:,? +| *\n)(?P<zip>\d{5}(?:-?\d{4})?)"
# A whole address in one cell; between its parts stand commas, lines or two blanks.
_WHOLE = (
    r"(?s)^\s*(?P<street>\S.*?)\s*(?:,|;|\n| {2,})\s*(?P<city>[^,;\n\d]+?)\s*(?:,|;|\n|\s)\s*"
    + _STATE_THEN_ZIP
    + _US
)
_ITS_END = r"(?s)^(?:.*[\s,])?" + _STATE_THEN_ZIP + _US
_CITY_AND_STATE = (
    r"^\s*(?P<city>[^,\d]+?)(?: *, *| +)" + _STATE + r"\.?"
    r"(?:,? +(?P<zip>\d{5}(?:[- ]?\d{4})?|\d{4}))?" + _US
)


@dataclass(frozen=True, slots=True)
class Places:
    """What the ZIP codes say about each row."""

    state: pa.Array
    county: pa.Array
    timezone: pa.Array
    is_known: npt.NDArray[np.bool_]


def read_addresses(part: Part) -> Columns:
    """Return where each row's person lives; a ZIP tells the state, the county and the time zone."""
    own = {name: part.text(name) for name in ("street", "city", "state", "postal_code")}
    for name, column in _in_one_cell(part).items():  # a street alone is better than a whole address
        own[name] = pc.coalesce(*((column, own[name]) if name == "street" else (own[name], column)))
    countries = pc.coalesce(
        read_countries(part.text("country")), _countries_of_codes(own["postal_code"])
    )
    if part.mapping.region != "US":
        countries = pc.fill_null(countries, part.mapping.region)
    codes = _postal_codes(own["postal_code"], countries)
    places = places_of(codes, countries)
    at_home = pa.array(places.is_known)
    pieces = [own["street"] if name == "street" else part.text(name) for name in STREET]
    return {
        "street": joined(pieces),
        "city": own["city"],
        "state": pc.coalesce(read_states(own["state"]), places.state),
        "postal_code": codes,
        "country": pc.if_else(pc.and_(at_home, pc.is_null(countries)), "US", countries),
        "county": places.county,
        "timezone": places.timezone,
    }


def _countries_of_codes(column: pa.Array) -> pa.Array:
    """Return the country of postal codes that are written so in one country only."""
    if not (text_bytes(column)[0] >= ord("A")).any():  # figures alone are no such code
        return nulls(len(column))
    code = pc.utf8_upper(column)
    canadian = pc.match_substring_regex(code, _CANADIAN.pattern)
    british = pc.match_substring_regex(code, _BRITISH)
    nothing = pa.scalar(None, pa.string())
    return pc.if_else(canadian, "CA", pc.if_else(british, "GB", nothing))


def _in_one_cell(part: Part) -> Columns:
    """Return what stands together in one cell, where a list lacks columns of cities or ZIPs."""
    together = part.mapping.headers_of("city_state_zip")
    if together:
        cell = part.cells[together[0]]
        whole = _named(pc.extract_regex(cell, _CITY_AND_STATE), ("city", "state", "zip"))
        for pattern in (_CITY_AND_ZIP, _ZIP_AND_CITY):  # the ZIP code tells the state
            told = pc.extract_regex(cell, pattern)
            for name, field in (("city", "city"), ("zip", "postal_code")):
                whole[field] = pc.coalesce(whole[field], trimmed(pc.struct_field(told, name)))
        return whole
    streets = part.mapping.headers_of("street")
    if not streets or all(map(part.mapping.headers_of, ("postal_code", "city"))):
        return {}
    cell = part.cells[streets[0]]
    whole = _named(pc.extract_regex(cell, _WHOLE), ("street", "city", "state", "zip"))
    end = _named(pc.extract_regex(cell, _ITS_END), ("state", "zip"))
    return whole | {name: pc.coalesce(whole[name], column) for name, column in end.items()}


def _named(parts: pa.StructArray, names: tuple[str, ...]) -> Columns:
    """Return the parts of addresses whose state is one of ours."""
    ours = pc.is_in(read_states(pc.struct_field(parts, "state")), pa.array(list(STATES)))
    texts = {name: trimmed(pc.struct_field(parts, name)) for name in names}
    nothing = pa.scalar(None, pa.string())
    return {
        {"zip": "postal_code"}.get(name, name): pc.if_else(ours, text, nothing)
        for name, text in texts.items()
    }


def read_states(column: pa.Array) -> pa.Array:
    """Return the two letters of each state; what is no American state stays in capitals."""
    return by_distinct(column, _state, pa.string())


def _state(text: str | None) -> str | None:
    """Return a state's two letters.

    >>> _state("Calif."), _state("new york"), _state("ma"), _state("Nuevo México")
    ('CA', 'NY', 'MA', 'NM')
    """
    if not text:
        return None
    code = text.strip(" .").upper()
    if code in STATES:
        return code
    words = _NOT_LETTER.sub(" ", _unmarked(text)).strip()
    return _STATE_BY_NAME.get(words) or _STATE_BY_NAME.get(words.replace(" ", "")) or code


def read_countries(column: pa.Array) -> pa.Array:
    """Return the two letters of each country, null where the text names none that is known."""
    return by_distinct(column, _country, pa.string())


def _country(text: str | None) -> str | None:
    if not text:
        return None
    code = text.strip(" .").upper()
    if len(code) == 2 and (code in phonenumbers.SUPPORTED_REGIONS or code == "UK"):
        return "GB" if code == "UK" else code
    found = _COUNTRY_BY_NAME.get(_NOT_LETTER.sub(" ", text.lower()).strip())
    return found or _countries_in_all_languages().get(_letters(text))


@lru_cache(maxsize=1)
def _countries_in_all_languages() -> dict[str, str]:
    """Return the two letters of each country by the names it has in any language."""
    from phonenumbers.geodata.locale import LOCALE_DATA

    told: dict[str, set[str]] = {}
    for code, names in LOCALE_DATA.items():
        for name in names.values():
            told.setdefault(_letters(name), set()).add(code)
    return {name: codes.pop() for name, codes in told.items() if name and len(codes) == 1}


def _letters(text: str) -> str:
    """Return the letters of a text in lower case, without their marks.

    >>> _letters("México"), _letters("Côte d'Ivoire")
    ('mexico', 'cotedivoire')
    """
    return "".join(filter(str.isalpha, _unmarked(text)))


def _unmarked(text: str) -> str:
    return "".join(sign for sign in normalize("NFKD", text).casefold() if not combining(sign))


def read_postal_codes(column: pa.Array) -> pa.Array:
    """Return five digits for each ZIP, whatever a spreadsheet did to it; others in capitals."""
    parts = pc.extract_regex(column, _ORDINARY_ZIP)
    plain = pc.struct_field(parts, "zip")
    odd = pc.and_(pc.is_null(plain), pc.is_valid(column))
    if not pc.any(odd).as_py():
        return plain
    texts = pc.if_else(odd, column, pa.scalar(None, column.type))
    return pc.coalesce(plain, by_distinct(texts, read_postal_code, pa.string()))


def _postal_codes(column: pa.Array, countries: pa.Array) -> pa.Array:
    """Return ZIP codes, and of rows that are told to be abroad what the post writes there."""
    codes = read_postal_codes(column)
    abroad = pc.invert(pc.is_in(pc.fill_null(countries, "US"), pa.array(_WITH_ZIPS)))
    if not pc.any(abroad).as_py():
        return codes
    told = pc.binary_join_element_wise(countries, column, " ")
    texts = pc.if_else(abroad, told, pa.scalar(None, pa.string()))
    return pc.if_else(abroad, by_distinct(texts, _foreign_code, pa.string()), codes)


def _foreign_code(text: str | None) -> str | None:
    """Return a postal code of another country; a zero that a spreadsheet took away comes back.

    >>> _foreign_code("AU 6000"), _foreign_code("DE 1067"), _foreign_code("CA k1a0b1")
    ('6000', '01067', 'K1A 0B1')
    """
    if not text:
        return None
    country, _, told = text.partition(" ")
    code = re.sub(r"\.0+$", "", told.strip().upper())
    if canadian := _CANADIAN.match(code):
        return " ".join(canadian.groups())
    if country in _FIVE_DIGITS and code.isdecimal():
        code = code.zfill(5)
    return code if re.search(r"[1-9]", code) else None


def read_postal_code(text: str | None) -> str | None:
    """Return a postal code as the post writes it.

    >>> read_postal_code("2139"), read_postal_code("2139.0"), read_postal_code("2139-1234")
    ('02139', '02139', '02139')
    >>> read_postal_code("21391234"), read_postal_code("MA 02139"), read_postal_code("k1a0b1")
    ('02139', '02139', 'K1A 0B1')
    """
    if not text:
        return None
    code = re.sub(r"\.0+$", "", text.strip().upper())
    if re.fullmatch(r"\d\.\d+E\+?\d{1,2}", code):  # as a spreadsheet writes long numbers
        code = f"{float(code):.0f}"
    if code[:2] in STATES and re.fullmatch(r"[A-Z]{2}\.? \d{5}(?:-\d{4})?", code):
        code = code[2:].lstrip(". ")
    digits = code.replace("-", "").replace(" ", "")
    if digits.isascii() and digits.isdigit():
        return _from_digits(code.split("-")[0].strip(), digits)
    canadian = _CANADIAN.match(code)
    if canadian:
        return " ".join(canadian.groups())
    return code if re.search(r"\d", code) else None


def _from_digits(first: str, digits: str) -> str | None:
    if len(first) in (3, 4, 5):  # a spreadsheet took the zeros away
        return first.zfill(5)
    return digits.zfill(9)[:5] if len(digits) in (8, 9) else None


def places_of(postal_codes: pa.Array, countries: pa.Array) -> Places:
    """Return state, county and time zone of each American ZIP that the post delivers to."""
    table = _zip_table()
    abroad = pc.fill_null(pc.not_equal(countries, "US"), False)
    codes = pc.if_else(abroad, pa.scalar(None, pa.string()), postal_codes)
    index = pc.index_in(codes, table["zip_code"].combine_chunks())
    return Places(
        state=table["state"].combine_chunks().take(index),
        county=table["county"].combine_chunks().take(index),
        timezone=table["timezone"].combine_chunks().take(index),
        is_known=np.asarray(index.is_valid()),
    )


def is_zip(code: str) -> bool:
    """Whether the post delivers to a ZIP code."""
    return code in _zip_codes()


@lru_cache(maxsize=1)
def _zip_codes() -> frozenset[str]:
    return frozenset(_zip_table()["zip_code"].to_pylist())


@lru_cache(maxsize=1)
def _zip_table() -> pa.Table:
    """Return zip_code, state, county and timezone: text, null where nothing is known."""
    data = resources.files("rules").joinpath("zip_codes.csv").read_bytes()
    table = csv.read_csv(
        pa.BufferReader(data),
        csv.ReadOptions(skip_rows=1),  # says where it is from
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(("state", "county", "timezone", "zip_codes"), pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    codes = pc.split_pattern(table["zip_codes"].combine_chunks(), " ")
    rows = table.drop(["zip_codes"]).take(pc.list_parent_indices(codes))
    return rows.append_column("zip_code", pc.list_flatten(codes))
