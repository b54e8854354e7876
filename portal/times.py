"""When a flow starts by itself, as people say it and as Prefect keeps it."""

from __future__ import annotations

import re
from datetime import time

from campaign.errors import InputError

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
_LINE = re.compile(r"(\d{1,2}) (\d{1,2}) (\S+ \S+ \S+)")


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
