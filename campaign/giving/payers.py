"""Who paid: clean names, e-mails, numbers and postcodes, and how far two people agree.

All in columns. What a payment pays is in `matching`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas as pd
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from nicknames import NickNamer
from rapidfuzz.distance import JaroWinkler

# What stands before or after a name and says nothing about who it is.
_TITLES = r"\b(?:mr|mrs|ms|miss|mx|dr|prof|rev|hon|sir|jr|sr|ii|iii|iv|md|phd|esq|cpa)\b"
_SAME_FIRST = 0.88  # Jaro-Winkler: "jon" and "john" agree, "joan" and "john" do not
_SAME_LAST = 0.92

FIRST_DIFFERS, FIRST_UNKNOWN, FIRST_AGREES = 0, 1, 2


def clean_emails(text: pd.Series) -> pd.Series:
    """Return the addresses in lower case; missing where there is none."""
    clean = pc.utf8_lower(pc.utf8_trim_whitespace(_arrow(text)))
    is_good = pc.match_substring_regex(clean, r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
    return _series(pc.if_else(is_good, clean, None), text)


def email_keys(emails: pd.Series) -> pd.Series:
    """Return what makes two addresses one mailbox: no +tag anywhere, no dots at Gmail.

    >>> email_keys(pd.Series(["j.doe+x@gmail.com"])).tolist()
    ['jdoe@gmail.com']
    """
    keys = _replace(_arrow(emails), r"\+[^@]*@", "@")
    keys = _series(_replace(keys, r"@googlemail\.com$", "@gmail.com"), emails)
    gmail = keys.str.endswith("@gmail.com")
    local = keys[gmail].str.removesuffix("@gmail.com").str.replace(".", "", regex=False)
    keys[gmail] = local + "@gmail.com"
    return keys


def clean_phones(text: pd.Series) -> pd.Series:
    """Return numbers as they are dialled worldwide; missing where nobody can be called."""
    raw = _strings(text).fillna("")
    digits = raw.str.replace(r"\D", "", regex=True)
    american = digits.str.fullmatch(r"1?[2-9]\d{9}") & ~raw.str.contains(r"[A-Za-z]", regex=True)
    american &= ~(raw.str.lstrip().str.startswith("+") & ~digits.str.startswith("1"))
    phones = ("+1" + digits.str.slice(-10)).where(american)
    rest = raw[~american & (digits.str.len() >= 7)]
    if len(rest):
        known = {number: _other_number(number) for number in rest.unique()}
        phones[rest.index] = rest.map(known).astype("str")
    return phones


def _other_number(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def clean_postcodes(text: pd.Series) -> pd.Series:
    """Return ZIP codes as five digits, others in capitals without blanks; missing where blank.

    >>> clean_postcodes(pd.Series(["02139-4307", " 2139 ", "sw1a 1aa", ""])).tolist()
    ['02139', '02139', 'SW1A1AA', nan]
    """
    clean = pc.utf8_upper(_replace(_arrow(text), r"\s", ""))
    clean = _replace(clean, r"^(\d{5})-?\d{4}$", r"\1")
    clean = _replace(clean, r"^(\d{3,4})(\.0)?$", r"0\1")  # a spreadsheet ate a zero
    clean = _series(_replace(clean, r"^0(\d{3})$", r"00\1"), text)
    return clean.where(clean != "")


def ref_keys(refs: pd.Series) -> pd.Series:
    """Return references without case, blanks and hash signs, as `pledges.ref_key` does; "" if none.

    >>> ref_keys(pd.Series([" #pl-0001 7 ", None])).tolist()
    ['PL-00017', '']
    >>> ref_keys(pd.Series(["a-1"], index=[7])).to_dict()
    {7: 'A-1'}
    """
    return _series(pc.utf8_upper(_replace(_arrow(refs), r"[\s#]+", "")), refs)


def fold(text: pd.Series) -> pd.Series:
    """Return names in plain lower-case letters: no accents, titles, suffixes or signs.

    >>> fold(pd.Series(["Dr. José  O'Neil-Peña, Jr."])).tolist()
    ['jose oneilpena']
    """
    return _series(_folded(_arrow(text)), text)


def _folded(text: Any) -> Any:
    plain = pc.utf8_lower(pc.utf8_normalize(text, form="NFKD"))
    plain = _replace(plain, r"[^\w\s,&/+]|[^\x00-\x7f]|_", "")
    plain = _replace(plain, _TITLES, " ")
    return pc.utf8_trim(_replace(plain, r"[^a-z]+", " "), characters=" ")


def split_full_names(full: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return first and last names of whole names, folded; "Doe, Jane" is turned round.

    >>> [part.tolist() for part in split_full_names(pd.Series(["Doe, Jane Q", "Jane Doe", "Doe"]))]
    [['jane', 'jane', ''], ['doe', 'doe', 'doe']]
    """
    text = _arrow(full)
    turned = _replace(text, r"^\s*([^,]+),\s*(\S.*)$", r"\2 \1")
    is_suffix = pc.match_substring_regex(text, r"(?i),\s*(?:jr|sr|ii|iii|iv|md|phd|esq)\.?\s*$")
    names = _folded(pc.if_else(is_suffix, text, turned))
    last = _replace(names, r"^.* ", "")
    first = pc.if_else(pc.match_substring(names, " "), _replace(names, r" .*$", ""), "")
    return _series(first, full), _series(last, full)


def first_of(names: pd.Series) -> pd.Series:
    """Return the first word of folded first names: middle names are not compared."""
    return _series(_replace(_arrow(names), r" .*$", ""), names)


def last_of(names: pd.Series) -> pd.Series:
    """Return the last word of folded family names."""
    return _series(_replace(_arrow(names), r"^.* ", ""), names)


def _arrow(text: pd.Series) -> Any:
    """Return texts for Arrow's own functions (pandas would loop in Python); missing is blank."""
    return pc.fill_null(pa.array(_strings(text), pa.string()), "")


def _replace(text: Any, pattern: str, replacement: str) -> Any:
    return pc.replace_substring_regex(text, pattern=pattern, replacement=replacement)


def _series(text: Any, like: pd.Series) -> pd.Series:
    # A Series of its own would be aligned by its places 0, 1 …, and lose what stands elsewhere.
    return pd.Series(text.to_pandas().array, index=like.index, dtype="str")


@lru_cache(maxsize=1)
def _nicknames() -> NickNamer:
    return NickNamer()


@lru_cache(maxsize=200_000)
def _formal_names(name: str) -> frozenset[str]:
    return frozenset(_nicknames().canonicals_of(name)) | {name}


@lru_cache(maxsize=500_000)
def first_names_agree(one: str, other: str) -> int:
    """Return whether two folded first names may be one person's.

    >>> [first_names_agree(*pair) for pair in [("bob", "robert"), ("j", "jane"), ("ann", "tom")]]
    [2, 2, 0]
    """
    if not one or not other:
        return FIRST_UNKNOWN
    if one == other or (min(len(one), len(other)) == 1 and one[0] == other[0]):
        return FIRST_AGREES
    if _formal_names(one) & _formal_names(other):
        return FIRST_AGREES
    is_close = JaroWinkler.similarity(one, other) >= _SAME_FIRST and abs(len(one) - len(other)) <= 2
    return FIRST_AGREES if is_close else FIRST_DIFFERS


@lru_cache(maxsize=500_000)
def last_names_agree(one: str, other: str) -> int:
    """Return 1 for one family name, also with one slip or as part of a double name."""
    if not one or not other:
        return 0
    if one == other:
        return 1
    if min(len(one), len(other)) >= 4 and (one.startswith(other) or other.startswith(one)):
        return 1
    return int(min(len(one), len(other)) >= 4 and JaroWinkler.similarity(one, other) >= _SAME_LAST)


def _strings(text: pd.Series) -> pd.Series:
    return text.astype("str")
