"""A name on a card, as a filing states it: last, first, middle, suffix, or an organisation.

>>> split_name("", "", "Ms. Ana María de la Cruz Jr.")
Name(last='de la Cruz', first='Ana', middle='María', suffix='Jr.', organisation='')
>>> split_name("", "", "Acme Widgets LLC").organisation
'Acme Widgets LLC'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# A word that no person carries in a name, but companies, unions and trusts do.
_ORGANISATION = re.compile(
    r"\b(inc|llc|llp|lp|ltd|corp|corporation|company|co|union|local|foundation|trust|pac|"
    r"committee|association|assn|partners|partnership|bank|church|university|holdings|group|"
    r"services|enterprises|gmbh|plc|pllc|associates|agency|clinic|medicine|hospital|dental|pharmacy|"
    r"insurance|realty|properties|investments|ventures|consulting|solutions|systems|industries|"
    r"logistics|construction|institute|laboratories|restaurant|motors|ministries)\b\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of a name; a person has a last name, an organisation has none."""

    last: str = ""
    first: str = ""
    middle: str = ""
    suffix: str = ""
    organisation: str = ""


def is_organisation(text: str) -> bool:
    """Whether a payer's name reads like that of an organisation."""
    return bool(_ORGANISATION.search(text))


@lru_cache(maxsize=65_536)
def split_name(last: str, first: str, full: str) -> Name:
    """Return the parts: as the books hold them, else as read from the full name."""
    if last:
        return Name(last, first)
    if is_organisation(full):
        return Name(organisation=full)
    from nameparser import HumanName  # a dictionary of titles: slow to import

    human = HumanName(full)
    if not human.last:
        return Name(last=human.first, suffix=human.suffix)
    return Name(human.last, human.first, human.middle, human.suffix)
