"""Whether a name is that of a company, a committee, a church or a place rather than a person's."""

from __future__ import annotations

import re

from campaign.lists.fields import given_names

# Words that no person carries in a name, but companies, unions, trusts and places do.
_WORDS = frozenset({
    "inc", "llc", "llp", "lp", "ltd", "corp", "corporation", "company", "local", "foundation",
    "trust", "pac", "gmbh", "plc", "pllc", "committee", "association", "assn", "partners",
    "partnership", "university", "holdings", "group", "services", "enterprises", "associates",
    "agency", "clinic", "medicine", "hospital", "dental", "pharmacy", "insurance", "realty",
    "properties", "investments", "ventures", "consulting", "solutions", "systems", "industries",
    "logistics", "construction", "institute", "laboratories", "restaurant", "motors", "ministries",
    "county", "township", "district", "society", "federation", "coalition", "caucus", "democrats",
    "republicans", "campaign", "department", "authority", "congress", "senate", "sons", "brothers",
    "charitable", "charities", "philanthropies", "philanthropy", "endowment", "museum", "orchestra",
    "theatre", "theater", "brewery", "bakery", "plumbing", "attorneys", "management", "marketing",
    "technologies", "technology", "advisors", "advisers", "automotive", "hotel", "foods", "farms",
})  # fmt: skip
# Such words that are people's last names, too: Frank Church, Maria Co, Gabrielle Union.
_SURNAMES = frozenset({
    "church", "bank", "co", "union", "fund", "council", "college", "school", "club", "league",
})  # fmt: skip
_PHRASE = re.compile(
    r"\b(?:estate|city|town|village|state|friends|people) of\b"
    r"|\b(?:democratic|republican|green|libertarian|tea) party\b"
)
_VIRTUES = frozenset({"grace", "faith", "hope", "trinity", "christian", "charity"})  # of churches
_BESIDE_A_NAME = frozenset({
    "mr", "mrs", "ms", "miss", "dr", "prof", "rev", "hon", "fr", "jr", "sr", "ii", "iii", "iv",
    "md", "phd", "esq", "and",
})  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")


def is_organisation(text: str) -> bool:
    """Whether a name reads like that of an organisation or a place; one word alone does not.

    >>> is_organisation("Smith Family Foundation"), is_organisation("Harbor County")
    (True, True)
    >>> is_organisation("Example Charitable"), is_organisation("Poe Farms")
    (True, True)
    >>> is_organisation("Harbor Lewis"), is_organisation("Dr. Frank F. Church Jr.")
    (False, False)
    """
    plain = text.lower()
    words = _WORD.findall(plain)
    if len(words) < 2:
        return False
    if not _WORDS.isdisjoint(words) or (len(words) > 2 and _PHRASE.search(plain)):
        return True
    return not _SURNAMES.isdisjoint(words) and not _is_a_persons(words)


def _is_a_persons(words: list[str]) -> bool:
    """Whether one word is a last name, and all others are given names, titles or initials."""
    own = [word for word in words if len(word) > 1 and word not in _BESIDE_A_NAME]
    given = [word for word in own if word in given_names() and word not in _VIRTUES]
    return bool(given) and len(own) == len(given) + 1
