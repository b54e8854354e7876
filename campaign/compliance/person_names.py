"""A name on a card, as a filing states it: last, first, middle, suffix, or an organisation.

>>> split_name("", "", "Ms. Ana María de la Cruz Jr.")
Name(last='de la Cruz', first='Ana', middle='María', suffix='Jr.', organisation='')
>>> split_name("", "", "Acme Widgets LLC") == split_name("Acme Widgets LLC", "", "")
True
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from campaign.organisations import is_organisation


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of a name; a person has a last name, an organisation has none."""

    last: str = ""
    first: str = ""
    middle: str = ""
    suffix: str = ""
    organisation: str = ""


@lru_cache(maxsize=65_536)
def split_name(last: str, first: str, full: str) -> Name:
    """Return the parts: as the books hold them, else as read from the full name."""
    if last and not first and is_organisation(last):
        return Name(organisation=last)
    if last:
        return Name(last, first)
    if is_organisation(full):
        return Name(organisation=full)
    from nameparser import HumanName  # a dictionary of titles: slow to import

    human = HumanName(full)
    if not human.last:
        return Name(last=human.first, suffix=human.suffix)
    return Name(human.last, human.first, human.middle, human.suffix)
