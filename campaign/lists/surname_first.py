"""Names that begin with the family's: "SMITH JOHN Q JR". The column decides, never a name."""

from __future__ import annotations

from collections.abc import Sequence

from campaign.lists.fields import given_names
from campaign.lists.names import Name, is_nobodys, is_title, read_full

_PARTICLES = frozenset(
    ["de", "la", "las", "los", "del", "da", "dos", "di", "du", "van", "von", "der", "den", "le",
     "st", "saint", "san", "mac", "o"]
)  # fmt: skip
_ENOUGH = 3  # names that show an order


def are_surnames_first(values: Sequence[str]) -> bool:
    """Whether nearly all names that show their order begin with the family's.

    >>> are_surnames_first(["SMITH JOHN Q", "ROE ANN", "VEGA MARIA"])
    True
    >>> are_surnames_first(["John Smith", "Ann Roe", "Maria Vega", "Vega Maria"])
    False
    >>> are_surnames_first(["Mr. John Smith", "Ms. Ann Roe", "Mr. and Mrs. Bob Vega"])
    False
    """
    first, last = 0, 0
    for value in values:
        words = _words(value)
        if "," in value or len(words) < 2:
            continue
        begins, follows = _is_given(words[0]), any(map(_is_given, words[1:]))
        first += begins
        last += follows and not begins
    return last >= _ENOUGH and last > first * 4


def read_surname_first(text: str) -> Name:
    """Return the parts of a name that begins with the family's, a comma between them or none.

    >>> read_surname_first("SMITH JOHN Q JR")[1:5], read_surname_first("VAN DER BERG CY")[1:4]
    (('John', 'Q', 'Smith', 'Jr'), ('Cy', None, 'van der Berg'))
    >>> read_surname_first("GARCIA LOPEZ MARIA").last, read_surname_first("Roe, Ann").last
    ('Garcia Lopez', 'Roe')
    >>> read_surname_first("DR VAN DER BERG CY")[:4]
    ('DR', 'Cy', None, 'van der Berg')
    """
    words = text.split()
    start = next((place for place, word in enumerate(words) if not is_title(word)), 0)
    titles, words = words[:start], words[start:]
    if "," in text or len(words) < 2 or is_nobodys(text):
        return read_full(text)
    end = _end_of_surname([word.lower().strip(".") for word in words])
    return read_full(f"{' '.join(words[:end])}, {' '.join(titles + words[end:])}")


def _end_of_surname(words: list[str]) -> int:
    """Return where the given names begin: after particles, and at a given name where one stands."""
    end = 1
    while end < len(words) - 1 and words[end - 1] in _PARTICLES:
        end += 1
    given = next((place for place in range(end, len(words)) if _is_given(words[place])), end)
    return given if given <= end + 1 else end


def _words(value: str) -> list[str]:
    """Return the words of a name but for initials, titles and what joins two people.

    >>> _words("Mr. and Mrs. Bob Q Roe")
    ['bob', 'roe']
    """
    words = (word for word in value.lower().split() if len(word.strip(".")) > 1)
    return [word for word in words if word != "and" and not is_title(word)]


def _is_given(word: str) -> bool:
    return word in given_names()
