"""Where the called person is: as the address says, and as the number says.

A portable number or an old address may lie, so both are kept, and every time zone that either
may mean: only the hours that all of them allow count.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import geocoder
from phonenumbers import timezone as number_zones

from campaign.calling.rule_rows import zones_of_area_code, zones_of_postal_code, zones_of_state

_TERRITORIES = frozenset({"PR", "VI", "GU", "MP", "AS"})
_STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA",
    "Colorado": "CO", "Connecticut": "CT", "Delaware": "DE", "Washington D.C.": "DC",
    "District of Columbia": "DC", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY",
    "Louisiana": "LA", "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI",
    "Minnesota": "MN", "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE",
    "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM",
    "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH",
    "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI",
    "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX", "Utah": "UT",
    "Vermont": "VT", "Virginia": "VA", "Washington": "WA", "Washington State": "WA",
    "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A state, and the time zones that hold there."""

    state: str | None
    zones: frozenset[str]


@lru_cache(maxsize=65_536)
def place_of_address(
    state: str | None, postal_code: str | None, timezone: str | None
) -> Place | None:
    """Return the place of an address; None when neither state nor time zone is known.

    >>> sorted(place_of_address("AZ", "86515", "America/Phoenix").zones)
    ['America/Denver', 'America/Phoenix']
    """
    known = zones_of_state()
    state = state if state in known else None
    zones = {timezone} if timezone in _zones() else set(known.get(state or "", ()))
    zones |= set(zones_of_postal_code().get((postal_code or "")[:5], ()))
    return Place(state, frozenset(zones)) if zones else None


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=65_536)
def place_of_number(prefix: str, timezone: str | None = None) -> Place | None:
    """Return the place that a number's area code means; None for a foreign or placeless one.

    >>> place_of_number("+1215").state
    'PA'
    """
    if not prefix.startswith("+1") or len(prefix) < 5:
        return None
    area_code = prefix[2:5]
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(area_code + "5550100"))
    region = phonenumbers.region_code_for_number(number)
    if region in _TERRITORIES:
        state: str | None = region
    else:
        state = _state_named(geocoder.description_for_valid_number(number, "en"))
    if state is None:
        return None
    zones = set(zones_of_area_code().get(area_code, ()))
    zones |= set(number_zones.time_zones_for_geographical_number(number))
    if timezone in _zones():
        zones.add(str(timezone))
    return Place(state, frozenset(zones))


def _state_named(description: str) -> str | None:
    """Return the state of a description such as "Ohio" or "Chicago, IL"."""
    code = description.rpartition(", ")[2]
    return code if code in zones_of_state() else _STATES.get(description)
