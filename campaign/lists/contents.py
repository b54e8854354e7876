"""What the cells of a column look like, whatever it is called. Not here: what a column holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from campaign.lists.addresses import STATES, is_zip, read_postal_code
from campaign.lists.amounts import is_amount
from campaign.lists.dates import ORDERS, day_reader
from campaign.lists.fields import given_names
from campaign.lists.names import is_title
from campaign.lists.payments import is_payment_status
from campaign.lists.phones import to_e164
from campaign.lists.several import split_several
from campaign.lists.values import emails_in, without_emails

Test = Callable[[str], bool]

_ZIP = re.compile(r"^\d{5}(-?\d{4})?$")
# Figures too, and neither phones nor ZIP codes.
_NUMBERS_OF_PLACES = re.compile(r"tract|census|precinct|ward|district|block|fips|county")
_NUMBERS_OF_THINGS = re.compile(r"\b(?:id|ids|key|uuid|guid|code|ein|account|score|count|time)\b")
_NAME_LIKE = re.compile(r"^[^\W\d_](?!\d)['’\w-]*(?: [^\W\d_]['’\w-]*)?$")
_WORDS = re.compile(r"^[^\W\d_]['’.\w-]*(?:,? [^\W\d_]['’.\w-]*){1,3}$")
_NOT_A_PERSON = re.compile(r"\b(?:household|family|fund|apt|unit|suite)\b", re.IGNORECASE)
_STREET = re.compile(
    r"^\d+\w?(?:-\d+)? .*\b(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|way|pl"
    r"|place|ter|terrace|cir|circle|pkwy|hwy|trl|trail|sq)\b|^p\.? ?o\.? box \d",
    re.IGNORECASE,
)
_FIRST_LOOK = 20  # a phone is dear to look at
_STATES = 4  # different ones that show what a column holds
_DIRECTIONS = frozenset({"N", "S", "E", "W", "NE", "NW", "SE", "SW"})
_UNIT = re.compile(r"^(?:apt|unit|ste|suite|lot|bldg|trlr|fl|rm|#)\b", re.IGNORECASE)
_HOUSE = re.compile(r"^\d+\w? +[^\W\d_]")
_HOUSE_NUMBER = re.compile(r"^\d{1,5}[A-Za-z]?$")
_COMMITTEE = re.compile(r"^C\d{8}$")
_CITY_AND_ZIP = re.compile(r"^\D+\b[A-Z]{2},? +\d{5}(?:-\d{4})?$", re.IGNORECASE)
_KINDS_OF_PLACES = frozenset({"city", "town", "village", "township", "borough", "county"})
_CALLING_CODE = re.compile(r"^(?:\+|00)?([1-9]\d{0,2})(?:\.0)?$")
_YEAR = re.compile(r"^(?:19|20)\d\d(?:\.0)?$")


def share(test: Test, values: Sequence[str]) -> float:
    """Return the share of values that pass, of none nothing."""
    return sum(map(test, values)) / len(values) if values else 0.0


def _is_email(value: str) -> bool:
    return "@" in value and bool(emails_in(value))


def _is_phone(value: str) -> bool:
    if sum(map(str.isdigit, value)) < 10:
        return False
    return to_e164(value) is not None or any(map(to_e164, split_several(value)))


def _is_day(value: str) -> bool:
    return any(day_reader(order)(value) for order in ORDERS)


def _is_year(value: str) -> bool:
    return bool(_YEAR.match(value))


def _is_born(value: str) -> bool:
    return _is_day(value) and not _is_year(value)


def _is_calling_code(value: str) -> bool:
    found = _CALLING_CODE.match(value)
    return found is not None and int(found.group(1)) in COUNTRY_CODE_TO_REGION_CODE


def _is_zip(value: str) -> bool:
    return bool(_ZIP.match(value)) and is_zip(value[:5])


def _is_postal(value: str) -> bool:
    return read_postal_code(value) is not None


def _is_state(value: str) -> bool:
    return value.upper() in STATES


def _is_street(value: str) -> bool:
    return bool(_STREET.match(value))


def _is_house(value: str) -> bool:
    return bool(_HOUSE.match(value))


def _is_direction(value: str) -> bool:
    return value.upper().strip(".") in _DIRECTIONS


def _is_city_and_zip(value: str) -> bool:
    return bool(_CITY_AND_ZIP.match(value))


def _is_place(value: str) -> bool:
    return value.lower() not in _KINDS_OF_PLACES


def _is_unit(value: str) -> bool:
    return bool(_UNIT.match(value))


def is_given_name(value: str) -> bool:
    """Whether it is one of the common given names."""
    return value.lower() in given_names()


def is_house_number(value: str) -> bool:
    """Whether it is a number of a house.

    >>> is_house_number("12"), is_house_number("1204B"), is_house_number("617-555-0134")
    (True, True, False)
    """
    return bool(_HOUSE_NUMBER.match(value))


def is_committee(value: str) -> bool:
    """Whether it is the number of a committee at the FEC.

    >>> is_committee("C00123456"), is_committee("C-17")
    (True, False)
    """
    return bool(_COMMITTEE.match(value))


def is_words(value: str) -> bool:
    """Whether there are letters and no figures in it."""
    return not any(map(str.isdigit, value)) and "@" not in value


def is_lettered(value: str) -> bool:
    """Whether there is a letter in it."""
    return any(map(str.isalpha, value))


def are_names(values: Sequence[str]) -> bool:
    """Whether nearly all are one or two words, as names are."""
    return len(values) > 1 and share(lambda value: bool(_NAME_LIKE.match(value)), values) >= 0.9


def have_given_names(values: Sequence[str]) -> bool:
    """Whether a fair share of texts hold a common given name, as a column of names does."""
    return share(lambda value: any(map(is_given_name, value.split())), values) >= 0.3


def are_whole_names(values: Sequence[str]) -> bool:
    """Whether nearly all are two to four words, and most differ, as whole names do."""
    if len(values) < 2:
        return False
    looks = share(lambda v: bool(_WORDS.match(v)) and not _NOT_A_PERSON.search(v), values)
    return looks >= 0.9 and len(set(values)) > len(values) / 2


def may_be_whole_names(values: Sequence[str]) -> bool:
    """Whether most are several words that differ or hold given names: people, companies too.

    >>> may_be_whole_names(["Ann Roe", "Dover County"]), may_be_whole_names(["Yes", "No"])
    (True, False)
    """
    several = share(lambda value: is_words(value) and len(value.split()) > 1, values)
    return several >= 0.5 and (have_given_names(values) or len(set(values)) * 2 > len(values))


def are_reach(values: Sequence[str]) -> bool:
    """Whether nearly all hold a phone or an e-mail, and a fair share of each.

    >>> are_reach(["617-555-0134", "ann@example.org"]), are_reach(["ann@example.org"])
    (True, False)
    """
    told = [without_emails(value) for value in values[:_FIRST_LOOK]]
    emails = [bool(found) for _, found in told]
    if sum(emails) * 10 < len(told) or not told:
        return False
    phones = [_is_phone(rest) for rest, _ in told]
    reached = sum(email or phone for email, phone in zip(emails, phones, strict=True))
    return sum(phones) * 10 >= len(told) and reached * 5 >= len(told) * 4


def name_people_too(values: Sequence[str]) -> bool:
    """Whether names stand beside most phones and e-mails.

    >>> name_people_too(["Ann Roe 617-555-0134"]), name_people_too(["617-555-0134 (home)"])
    (True, False)
    """
    rest = [" ".join(re.sub(r"\S*[@\d]\S*", " ", value).split()) for value in values]
    return share(lambda told: len(told.split()) > 1, rest) >= 0.5 and have_given_names(rest)


def may_hold(header: str, field: str, values: Sequence[str]) -> bool:
    """Whether a column of this name may hold the field of many persons.

    What most rows share is somebody else's: the phone of the office, the e-mail of a fundraiser.
    """
    if field in ("phone", "postal_code", "state") and _NUMBERS_OF_PLACES.search(header):
        return False
    if field in ("phone", "postal_code") and _NUMBERS_OF_THINGS.search(header):
        return False
    if field == "state" and not header.startswith("column") and len(set(values)) < _STATES:
        return False  # two letters stand for much else: GA is a ticket, too
    shared = field in ("phone", "email") and len(values) >= 10
    return not (shared and len(set(values)) * 4 < len(values))


# What a column of this name should look like, where that can be told.
TESTS: dict[str, Test] = {
    "email": _is_email,
    "amount": is_amount,
    "given_on": _is_day,
    "birth_date": _is_born,
    "birth_year": _is_year,
    "prefix": is_title,
    "city": _is_place,
    "street_before": _is_direction,
    "payment_status": is_payment_status,
}
_OTHERWISE: dict[str, Test] = {
    **TESTS,
    "street": _is_house,
    "street_2": _is_unit,
    "street_after": _is_direction,
    "calling_code": _is_calling_code,
    "city_state_zip": _is_city_and_zip,
}
# What a name of this kind is mistaken for, and how that looks; else for e-mails.
_MISTAKEN = {
    "amount": "given_on",
    "given_on": "amount",
    "birth_date": "birth_year",
    "birth_year": "birth_date",
    "first_name": "email given_on amount",  # "Given"
    "street_2": "email city_state_zip",  # "Address 2", the second line of a letter
    "state": "street payment_status",
    "country": "calling_code",
    "contact": "",
    "phone_extension": "street_2",  # of a street
    "street_type": "street_after",  # "Street suffix"
}


def mistaken_for(field: str) -> list[tuple[str, Test]]:
    """Return what a column of such a name may hold instead, and how that looks.

    >>> [other for other, _ in mistaken_for("state")], mistaken_for("street")[0][0]
    (['street', 'payment_status'], 'email')
    """
    return [(other, _OTHERWISE[other]) for other in _MISTAKEN.get(field, "email").split()]


def _figures(size: int) -> Test:
    return lambda value: len(value) == size and value.isdecimal()


# A piece of a phone, by how many figures it has.
FIGURES: dict[int, Test] = {size: _figures(size) for size in (3, 4, 7)}
# How the cells look of those fields that show themselves.
LOOKS: dict[str, Test] = {**TESTS, "phone": _is_phone, "postal_code": _is_postal}
# What cannot be mistaken, in the order in which it is looked for.
PLAIN_TO_SEE: tuple[tuple[str, Test], ...] = (
    ("email", _is_email),
    ("phone", _is_phone),
    ("postal_code", _is_zip),
    ("state", _is_state),
    ("street", _is_street),
)
