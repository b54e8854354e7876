"""Pledges: their references, their instalments to the cent, and how old they are.

What a payment pays is in `matching`; who paid is in `payers`.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from campaign.money import split_evenly

# Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O, U, so that a reference
# can be read over the telephone. The last sign is Luhn's for 32 digits (ISO/IEC 7812-1, mod N).
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REF = re.compile(r"^PL-?([0-9A-HJKMNP-TV-Z]+)-?([0-9A-HJKMNP-TV-Z])$")


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of a pledge."""

    number: int
    due_on: date
    amount_cents: int


def reference(number: int) -> str:
    """Return the reference of our pledge with this number; the last sign guards against slips.

    >>> reference(1), reference(31_415)
    ('PL-00001-Y', 'PL-00YNQ-Z')
    """
    digits = ""
    rest = number
    while rest:
        rest, digit = divmod(rest, 32)
        digits = _DIGITS[digit] + digits
    digits = digits.rjust(5, "0")
    return f"PL-{digits}-{_guard(digits)}"


def _guard(digits: str) -> str:
    """Return the sign by which one wrong digit, and most swapped ones, are noticed."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = _DIGITS.index(digit) * (2 - place % 2)
        total += value // 32 + value % 32
    return _DIGITS[-total % 32]


def is_slip(ref: str) -> bool:
    """Whether a text has the form of our references, yet its guard says that it was mistyped.

    >>> is_slip("PL-00001-Y"), is_slip("PL-00002-Y"), is_slip("A-17")
    (False, True, False)
    """
    found = _REF.match(ref_key(ref))
    if found is None:
        return False
    return _guard(found[1]) != found[2]


def ref_key(ref: str) -> str:
    """Return the reference without what people add to it: case, blanks, a hash sign.

    >>> ref_key(" #pl-0001 7 ")
    'PL-00017'
    """
    return re.sub(r"[\s#]+", "", ref).upper()


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day.

    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def schedule(amount_cents: int, instalments: int, first_due: date) -> list[Instalment]:
    """Return monthly parts that sum to the pledge; the first ones carry the odd cents.

    >>> [part.amount_cents for part in schedule(10_000, 3, date(2026, 1, 31))]
    [3334, 3333, 3333]
    """
    if not 1 <= instalments <= amount_cents:
        raise ValueError("A pledge has at least one instalment, and each is at least one cent.")
    return [
        Instalment(number + 1, add_months(first_due, number), part)
        for number, part in enumerate(split_evenly(amount_cents, instalments))
    ]


def default_due(pledged_on: date) -> date:
    """Return the day by which a pledge without a date is expected: thirty days on."""
    return pledged_on + timedelta(days=30)


REMINDER_AFTER_DAYS = (3, 10, 21, 45)
"""Days after the due date on which a donor is reminded, at most once each."""


def reminders_due(due_on: date, today: date) -> int:
    """Return how many reminders a pledge should have had by today.

    >>> reminders_due(date(2026, 1, 1), date(2026, 1, 12))
    2
    """
    return sum(today >= due_on + timedelta(days=days) for days in REMINDER_AFTER_DAYS)
