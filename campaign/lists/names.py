"""Names as people write them, and whether two of them may be one person's."""

from __future__ import annotations

import re
from typing import NamedTuple

from nameparser import HumanName

from campaign.organisations import is_organisation

_SUFFIXES = {
    "jr": "Jr", "junior": "Jr", "sr": "Sr", "senior": "Sr", "ii": "II", "2nd": "II",
    "iii": "III", "3rd": "III", "iv": "IV", "4th": "IV", "v": "V",
}  # fmt: skip
_DEGREES = frozenset({
    "md", "phd", "esq", "dds", "jd", "rn", "cpa", "dvm", "ret", "mba", "pe", "do", "od", "edd",
    "usn", "usaf", "usmc",
})  # fmt: skip
_TITLES = {
    **dict.fromkeys(("mr", "mister", "sir", "senor", "herr", "monsieur"), "m"),
    **dict.fromkeys(("mrs", "ms", "miss", "madam", "mme", "senora", "frau", "madame"), "f"),
    **dict.fromkeys(
        ("dr", "drs", "prof", "professor", "rev", "hon", "fr", "capt", "col", "maj"), None
    ),
    **dict.fromkeys(("lt", "sgt", "judge", "rabbi", "pastor", "sen", "rep", "mx"), None),
    **dict.fromkeys(("gov", "amb", "ambassador", "senator", "gen", "cdr", "imam", "deacon"), None),
    "sister": "f",
}
_PARTICLES = frozenset({
    "de", "la", "del", "da", "dos", "di", "du", "van", "von", "der", "den", "le", "el", "al", "bin",
    "ibn", "st", "saint",
})  # fmt: skip
_AND = re.compile(r"\s+(?:and|or|&|\+|y)\s+|(?<!\bc)\s*/\s*(?!o\b)", re.IGNORECASE)
_CALLED = re.compile(r"\s*(?:\([^)]*\)|\"[^\"]*\"|“[^”]*”)\s*")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
# Of first and last name together, or of one cell: of nobody.
NO_NAME = frozenset({
    "n/a", "-", "--", "?", "unknown", "(none)", "not provided", "#n/a", "none provided",
    "not given", "not available", "not disclosed", "undisclosed", "withheld", "name withheld",
    "not shared by donor", "information requested", "no name", "unnamed", "anonymous", "anon",
    "(anonymous)", "anonymous anonymous", "anonymous donor", "donor anonymous", "anonymous giver",
    "anonymous gift", "anonymous friend", "anonymous supporter", "anonymous contributor",
    "anonymous person", "unknown donor", "unknown unknown", "unnamed donor", "cash donor",
    "loose offering", "", "best efforts",
})  # fmt: skip
_FAMILY = re.compile(r",? (?:and|&) (?:his |her |the )?family\s*$", re.IGNORECASE)
_GENERATION = re.compile(r"\b(?:2nd|3rd|4th)$", re.IGNORECASE)
_HOUSEHOLD = re.compile(r"\b(?:family|household)\b", re.IGNORECASE)


class Name(NamedTuple):
    """A person's name in its parts; the partner is the second person of a "Mr and Mrs"."""

    prefix: str | None = None
    first: str | None = None
    middle: str | None = None
    last: str | None = None
    suffix: str | None = None
    partner: str | None = None


def cased(text: str) -> str:
    """Return a name that was written in one case as people write it; others stay.

    >>> cased("MCDONALD"), cased("o'brien-smith"), cased("DeVito"), cased("VAN DER BERG")
    ('McDonald', "O'Brien-Smith", 'DeVito', 'van der Berg')
    """
    if not (text.isupper() or text.islower()) or len(text) == 1:
        return text.upper() if len(text) == 1 else text
    words = text.lower().split()
    return " ".join(
        word if word in _PARTICLES and place < len(words) - 1 and len(words) > 1 else _cap(word)
        for place, word in enumerate(words)
    )


def _cap(word: str) -> str:
    whole = _WORD.sub(lambda part: part.group()[0].upper() + part.group()[1:], word)
    whole = re.sub(r"'S\b", "'s", whole)
    return re.sub(r"\bMc([a-z])", lambda part: "Mc" + part.group(1).upper(), whole)


def _bare(word: str) -> str:
    return word.lower().replace(".", "").strip(",;()")


def read_first(text: str) -> Name:
    """Return what a first-name cell says: a middle name, a title, a partner, or the whole name.

    >>> read_first("MARY ANN").first, read_first("Mr. John Q.").middle
    ('Mary Ann', 'Q')
    >>> read_first("John or Jane").partner, read_first("Smith, John")[1:4]
    ('Jane', ('John', None, 'Smith'))
    >>> read_first("Robert (Bob)").first, read_first("Ann, PhD").first
    ('Robert', 'Ann')
    """
    if _bare(text) in NO_NAME:
        return Name()
    last, comma, first = text.partition(",")
    if last.strip() and comma and first.strip() and not _ends_name(first):
        return read_full(text)
    people = _AND.split(_CALLED.sub(" ", text).strip() or text)
    partner = cased(people[1].strip()) if len(people) > 1 and people[1].strip() else None
    words = people[0].replace(",", " ").split()
    prefix = None
    while words and _bare(words[0]) in _TITLES and (len(words) > 1 or partner):
        prefix = words.pop(0)
    if not words and partner:  # "Mr. and Mrs. John": the named one leads
        return read_first(people[1])._replace(prefix=prefix)
    suffix = middle = None
    if len(words) > 1 and len(_bare(words[-1])) > 1 and _ends_name(words[-1]):
        suffix = _SUFFIXES.get(_bare(words.pop()))
    if len(words) > 1 and len(_bare(words[-1])) == 1:  # "Mary V." is no fifth of her name
        middle = _bare(words.pop()).upper()
    first = cased(" ".join(words).strip(".,;"))
    return Name(prefix, first or None, middle, None, suffix, partner)


def _ends_name(text: str) -> bool:
    return all(_bare(word) in _SUFFIXES or _bare(word) in _DEGREES for word in text.split())


def read_last(text: str) -> Name:
    """Return what a last-name cell says: a suffix or a degree may be in it.

    >>> read_last("SMITH, JR."), read_last("Null").last
    (Name(prefix=None, first=None, middle=None, last='Smith', suffix='Jr', partner=None), 'Null')
    """
    if _bare(text) in NO_NAME:
        return Name()
    words = text.replace(",", " ").split()
    suffix = None
    while len(words) > 1 and _ends_name(words[-1]):
        suffix = suffix or _SUFFIXES.get(_bare(words[-1]))
        words.pop()
    last = cased(" ".join(words).strip(".;"))
    return Name(last=last or None, suffix=suffix)


_SIMPLE_COMMA = re.compile(r"^([^\W\d_][\w'’-]+), ([^\W\d_][\w'’-]+)(?: ([A-Za-z])\.?)?$")
_SIMPLE = re.compile(r"^([^\W\d_][\w'’-]+) (?:([A-Za-z])\.? )?([^\W\d_][\w'’-]+)$")


def read_full(text: str) -> Name:
    """Return the parts of a whole name.

    >>> read_full("SMITH, JOHN A JR")[1:5], read_full("Mr. and Mrs. John Q. Public").first
    (('John', 'A', 'Smith', 'Jr'), 'John')
    >>> read_full("John and Jane Smith")[1:]
    ('John', None, 'Smith', None, 'Jane')
    >>> read_full("Dr. Robert & Mrs. Ann Chen")[:4], read_full("Al Roe and Bea Poe").partner
    (('Dr.', 'Robert', None, 'Chen'), 'Bea Poe')
    >>> read_full("Mr. & Mrs. Bob and Carol Roe")
    Name(prefix='Mr.', first='Bob', middle=None, last='Roe', suffix=None, partner='Carol')
    >>> read_full("Acme Foundation, Inc.")[1:5]
    (None, None, 'Acme Foundation, Inc.', None)
    >>> read_full("Anonymous Donor").last is None
    True
    """
    if _bare(text) in NO_NAME:
        return Name()
    text = _FAMILY.sub("", _GENERATION.sub(_roman, text))
    if is_nobodys(text):
        return Name(last=" ".join(text.split()))
    simple = _simple(text)
    if simple:
        return simple
    people = _each_once(_AND.split(text))
    if len(people) == 2 and not {_bare(word) for word in people[0].split()} <= set(_TITLES):
        return _two_people(people)
    name = HumanName(text)
    first, last = name.first, name.last
    if not last:  # one word is a family's name, "Prince" too
        first, last = "", first or ("" if _bare(text) in _TITLES else text)
    read = read_last(last) if last else Name()
    suffix = read.suffix or _SUFFIXES.get(_bare(name.suffix.split(",")[0])) if last else None
    middle = cased(name.middle.strip(".")) if name.middle else None
    return Name(
        name.title or None, cased(first.strip(".")) or None, middle, read.last, suffix, None
    )


def _roman(found: re.Match[str]) -> str:
    """Return a generation in figures, "2nd", as names bear it."""
    return _SUFFIXES[found.group().lower()]


def _each_once(people: list[str]) -> list[str]:
    """Return two people whose titles stood before both: "Mr. & Mrs. Bob and Carol Roe"."""
    if len(people) != 3 or " " not in people[1] or not is_title(people[0]):
        return people
    title, first = people[1].split(maxsplit=1)
    is_alone = len(people[0].split()) == 1 and is_title(title)
    return [f"{people[0]} {first}", people[2]] if is_alone else people


def _simple(text: str) -> Name | None:
    found = _SIMPLE_COMMA.match(text)
    if found:
        last, first, middle = found.groups()
    else:
        found = _SIMPLE.match(text)
        if not found:
            return None
        first, middle, last = found.groups()
    tokens = {_bare(first), _bare(last)}
    if tokens & (_SUFFIXES.keys() | _TITLES.keys() | _DEGREES | _PARTICLES | {"and", "y"}):
        return None
    return Name(None, cased(first), middle.upper() if middle else None, cased(last), None, None)


def _two_people(people: list[str]) -> Name:
    second = read_full(people[1].strip())
    words, prefix = people[0].split(), None
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        prefix = words.pop(0)
    middle = words.pop() if len(words) == 2 and len(_bare(words[1])) == 1 else None
    if len(words) == 1:  # "Dr. John Q. and Jane Smith"
        last = second.last if second.first else None
        first = Name(prefix, cased(words[0]), middle and _bare(middle).upper(), last)
    else:
        first = read_full(" ".join(words))._replace(prefix=prefix)
    partner = second.first or second.last
    if second.first and second.last and second.last != first.last:
        partner = f"{second.first} {second.last}"
    return first._replace(partner=partner)


def read_suffix(text: str) -> str | None:
    """Return the generation that a suffix cell names; degrees are none.

    >>> read_suffix("JR."), read_suffix("Esq.")
    ('Jr', None)
    """
    return _SUFFIXES.get(_bare(text))


def gender_of_title(prefix: str) -> str | None:
    """Return what a title tells: m, f, or nothing.

    >>> gender_of_title("Mrs."), gender_of_title("Dr.")
    ('f', None)
    """
    return _TITLES.get(_bare(prefix))


def is_title(text: str) -> bool:
    """Whether a text begins with a title.

    >>> is_title("Mr. and Mrs."), is_title("Teacher")
    (True, False)
    """
    return _bare((text.split() or [""])[0]) in _TITLES


def is_nobodys(name: str) -> bool:
    """Whether the name is an organisation's or a whole family's rather than a person's.

    >>> is_nobodys("The Henderson Family"), is_nobodys("Acme LLC"), is_nobodys("Frank Church")
    (True, True, False)
    """
    household = _HOUSEHOLD.search(name) and len(name.split()) > 1
    return bool(household) or is_organisation(name)
