"""When a flow starts by itself, as people say it and as Prefect keeps it."""

from __future__ import annotations

import re
from datetime import time

from campaign.errors import InputError
from campaign.requests import Request

# The last three fields of a cron line, and what they mean.
DAYS = {
    "* * *": "every day",
    "* * 1-5": "on working days",
    "* * 1": "on Mondays",
    "* * 2": "on Tuesdays",
    "* * 3": "on Wednesdays",
    "* * 4": "on Thursdays",
    "* * 5": "on Fridays",
    "* * 6": "on Saturdays",
    "* * 0": "on Sundays",
    "1 * *": "on the first of the month",
}
# What a request says of one time only: each later run would ask the same again.
_ONCE = frozenset(("first_day", "last_day", "on_day", "plan_id", "batch_id", "path"))
_LINE = re.compile(r"(\d{1,2}) (\d{1,2}) (\S+ \S+ \S+)")


def may_repeat(request: type[Request]) -> bool:
    """Whether something asked like this can be asked again and again."""
    fields = request.model_fields.items()
    return not any(name in _ONCE and field.is_required() for name, field in fields)


def require_repeatable(asked: Request) -> None:
    """Refuse to repeat what is about one day, plan, list or file: InputError."""
    if _ONCE & asked.model_dump(exclude_none=True).keys():
        raise InputError(
            "What starts by itself has no day, plan, list or file of its own: leave it empty; the "
            "campaign's day does what each day needs."
        )


def cron_line(at: str, days: str) -> str:
    """Return the cron line of a time of day and a choice of `DAYS`; InputError for others.

    >>> cron_line("06:30", "* * 1-5")
    '30 6 * * 1-5'
    """
    try:
        moment = time.fromisoformat(at.strip())
    except ValueError:
        raise InputError("Say at what time of day it starts, such as 06:30.") from None
    if days not in DAYS:
        raise InputError("Choose on which days it starts.")
    return f"{moment.minute} {moment.hour} {days}"


def of_line(cron: str) -> tuple[str, str]:
    """Return the time of day and the choice of `DAYS` of a cron line; a proposal for others.

    >>> of_line("30 6 * * 1-5"), of_line("*/5 * * * *")
    (('06:30', '* * 1-5'), ('06:30', '* * *'))
    """
    found = _LINE.fullmatch(cron)
    if found is None or found[3] not in DAYS:
        return "06:30", "* * *"
    return f"{int(found[2]):02}:{int(found[1]):02}", found[3]


def in_words(cron: str, zone: str) -> str:
    """Say when a cron line starts something; a line that means more stays as it is.

    >>> in_words("30 6 * * 1-5", "America/New_York"), in_words("*/5 * * * *", "UTC")
    ('6:30 AM on working days (New York)', '*/5 * * * * (UTC)')
    """
    place = zone.rpartition("/")[2].replace("_", " ")
    found = _LINE.fullmatch(cron)
    if found is None or found[3] not in DAYS:
        return f"{cron} ({place})"
    moment = time(int(found[2]), int(found[1]))
    return f"{moment:%I:%M %p} {DAYS[found[3]]} ({place})".lstrip("0")
