"""Figures and codes as people read them: sums, days, shares, and words for codes.

What belongs here: how a value reads. Not here: how a page is drawn (pages).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from campaign.calling.reasons import REASONS, TEAM_REASONS
from campaign.days import short_day
from campaign.money import format_minor
from campaign.roles import Permission

_P = Permission


def count(number: float | None) -> str:
    """Return a number as people read it.

    >>> count(1234567), count(None)
    ('1,234,567', '–')
    """
    return "–" if number is None else f"{number:,.0f}"


def several(number: int, one: str, many: str) -> str:
    """Return a number with what it counts.

    >>> several(1, "call is", "calls are"), several(1200, "call", "calls")
    ('1 call is', '1,200 calls')
    """
    return f"{number:,} {one if number == 1 else many}"


def percent(part: float | None, whole: float | None = 1) -> str:
    """Return a share with one decimal; a dash when there is no whole.

    >>> percent(1, 3), percent(0, 0)
    ('33.3%', '–')
    """
    return "–" if not whole or part is None else f"{100 * part / whole:.1f}%"


def moneys(sums: Mapping[str, int]) -> str:
    """Return sums of several currencies, which no addition may mix.

    >>> moneys({"eur": 3050, "usd": 123456}), moneys({})
    ('30.50 EUR and $1,234.56', '–')
    """
    return " and ".join(format_minor(sums[code], code) for code in sorted(sums)) or "–"


def money(cents: float | None, currency: str = "usd", *, whole: bool = False) -> str:
    """Return an amount; `whole` rounds to dollars where an overview is enough.

    >>> money(5.9), money(123456, whole=True)
    ('$0.06', '$1,235')
    """
    if cents is None:
        return "–"
    if not whole:
        return format_minor(round(cents), currency)
    return format_minor(100 * round(cents / 100), currency).removesuffix(".00")


def day(value: date | None) -> str:
    """Return a day, or a dash where there is none.

    >>> day(date(2026, 10, 3)), day(None)
    ('Oct 3, 2026', '–')
    """
    return short_day(value) if value else "–"


def moment(value: datetime | str | None, zone: str = "UTC") -> str:
    """Return a moment on a place's clock, with the clock's name."""
    if not value:
        return "–"
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local)}, {local.hour % 12 or 12}:{local:%M %p} {local.tzname()}"


def clock(value: datetime | None, zone: str = "UTC", *, seconds: bool = False) -> str:
    """Return the time of day on a place's clock."""
    if value is None:
        return "–"
    local = value.astimezone(ZoneInfo(zone))
    minutes = "%M:%S" if seconds else "%M"
    return f"{local.hour % 12 or 12}:{local.strftime(f'{minutes} %p')}"


def lasting(value: timedelta | float | None) -> str:
    """Return how long something takes.

    >>> lasting(75), lasting(0.4), lasting(None)
    ('1 min 15 s', 'under 1 s', '–')
    """
    if value is None:
        return "–"
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    if minutes:
        return f"{minutes} min {seconds:02d} s"
    return f"{seconds} s" if seconds else "under 1 s"


_SPELT = {
    abbreviation.lower(): abbreviation
    for abbreviation in (
        *("LYBUNT", "SYBUNT", "FEC", "PAC", "IE", "API", "ZIP", "ID", "F3", "F3X", "F6", "VAN"),
        *("ActBlue", "WinRed", "Stripe"),
    )
}


def sentence(text: str) -> str:
    """Return words as a sentence begins; names in it stay as they are spelt.

    >>> sentence("payments as Stripe told them")
    'Payments as Stripe told them'
    """
    return text[:1].upper() + text[1:]


def words(code: object) -> str:
    """Return a code as words; an abbreviation stays one, and a name is spelt as its own.

    >>> words("left_message"), words("lybunt"), words("fec_report"), words("sync-stripe")
    ('Left message', 'LYBUNT', 'FEC report', 'Sync Stripe')
    """
    if str(code).isupper():
        return str(code)
    said = re.split(r"[_\-\s]+", str(code).strip())
    said = [_SPELT.get(word.lower(), word) for word in said]
    return " ".join([said[0][:1].upper() + said[0][1:], *said[1:]])


_BEST = "best use of a call: "
# What a caller is told of a donor's giving: whoever dials need not know the field's words.
_GIVING = {
    "prospect": "has not given yet",
    "major": "gives large gifts",
    "recurring": "gives again and again",
    "current": "gave this year",
    "lybunt": "gave last year, not yet this year",
    "sybunt": "gave before, but not last year",
    "lapsed": "last gave over three years ago",
}
_SEGMENT = re.compile(rf"\b({'|'.join(_GIVING)})\b", re.IGNORECASE)


def giving(segment: str) -> str:
    """Return what a segment says of somebody, in words for whoever speaks with them.

    >>> giving("LYBUNT"), giving("prospect")
    ('Gave last year, not yet this year', 'Has not given yet')
    """
    told = _GIVING.get(segment.lower(), segment)
    return told[:1].upper() + told[1:]


def why(code: str) -> str:
    """Return why a donor is called or not, as a sentence without its full stop.

    >>> why("no_phone"), why("Seen by hand"), why("best use of a call: sybunt")
    ('No number that can be dialled', 'Seen by hand', 'Gave before, but not last year')
    """
    told = REASONS.get(code) or TEAM_REASONS.get(code) or code
    if told.startswith(_BEST):
        told = _SEGMENT.sub(lambda found: _GIVING[found[0].lower()], told.removeprefix(_BEST))
    return told[:1].upper() + told[1:]


_REPORTS = {
    "treasurer": "Treasurer's package",
    "fec_f3": "FEC Form 3",
    "fec_f3x": "FEC Form 3X",
    "fec_f6": "FEC Form 6, 48-hour notice",
}


def report_kind(code: str) -> str:
    """Return what a report is, in the treasurer's words.

    >>> report_kind("fec_f3x"), report_kind("year_end")
    ('FEC Form 3X', 'Year end')
    """
    return _REPORTS.get(code, words(code))


_SOURCES = {"call": "Told on a call of", "file": "List", "portal": "Typed in here"}


def source(code: str) -> str:
    """Return where something came from, in words.

    >>> source("call:HQ"), source("file:do_not_call.csv"), source("portal")
    ('Told on a call of HQ', 'List do_not_call.csv', 'Typed in here')
    """
    kind, _, rest = code.partition(":")
    return f"{_SOURCES[kind]} {rest}".strip() if kind in _SOURCES else code


_TONGUES = {"en": "English", "es": "Spanish", "tl": "Tagalog", "zh": "Chinese", "vi": "Vietnamese",
            "ko": "Korean", "fr": "French", "ar": "Arabic", "ht": "Haitian Creole",
            "ru": "Russian", "pt": "Portuguese", "hi": "Hindi", "pl": "Polish",
            "nv": "Navajo", "ja": "Japanese", "de": "German"}  # fmt: skip


def tongue(code: str) -> str:
    """Return a language's name; a code that nobody knows stays one."""
    return _TONGUES.get(code.split("-")[0], code)


_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*[+-]\d\d:\d\d$")
_SURE = {
    "sure": "Sure",
    "agreeing": "Sources agree",
    "second-hand": "From somebody who read it",
    "memory": "To be verified",
}


def sure(confidence: str) -> str:
    """Return how sure a rule is, in words; what follows a comma or colon stays.

    >>> sure("agreeing"), sure("memory; every zone is applied")
    ('Sources agree', 'To be verified; every zone is applied')
    """
    code = re.match(r"[a-z-]*", confidence)
    told = _SURE.get(code[0]) if code else None
    return (
        told + confidence[len(code[0]) :]
        if code and told
        else confidence[:1].upper() + confidence[1:]
    )


def fact(value: object) -> str:
    """Return a fact of a log or a row as people read it; of a hash, what tells it from others.

    >>> fact("2026-10-03"), fact(False), fact(None), fact("file:" + "3f" * 32)
    ('Oct 3, 2026', 'No', '–', 'file:3f3f3f3f3f3f…')
    >>> fact({"SB17": 1, "SA11AI": 52}), fact("2026-10-03T03:59:00+00:00")
    ('52 SA11AI, 1 SB17', 'Oct 3, 2026, 3:59 AM UTC')
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(map(fact, value))
    text = re.sub(r"\b([0-9a-f]{12})[0-9a-f]{20,}\b", r"\1…", str(value))
    try:
        if _ISO_MOMENT.match(text):
            return moment(text)
        return day(date.fromisoformat(text)) if _ISO_DAY.fullmatch(text) else text
    except ValueError:
        return text


def phone(e164: str | None) -> str:
    """Return a number as it is read aloud.

    >>> phone("+14155550101")
    '(415) 555-0101'
    """
    if e164 and e164.startswith("+1") and len(e164) == 12:
        return f"({e164[2:5]}) {e164[5:8]}-{e164[8:]}"
    return e164 or "–"


_MAY = {
    _P.VIEW_CAMPAIGNS: "See campaigns and teams",
    _P.IMPORT_LISTS: "Bring lists in",
    _P.PLAN_CALLS: "Plan calls",
    _P.TRIGGER_FLOWS: "Start flows",
    _P.MAKE_CALLS: "Make calls",
    _P.LEAD_TEAM: "Lead a team",
    _P.EXCHANGE_PACKETS: "Exchange packets",
    _P.VIEW_BOOKS: "See the books",
    _P.KEEP_BOOKS: "Keep the books",
    _P.PREPARE_REPORTS: "Prepare reports",
    _P.SIGN_REPORTS: "Sign reports",
    _P.VIEW_ALL_DONORS: "See all donors",
    _P.SUPPRESS: "Suppress people",
    _P.FORGET: "Forget people",
    _P.CHANGE_RULES: "Change rules",
    _P.VIEW_AUDIT: "See the audit log",
    _P.MANAGE_USERS: "Manage accounts",
    _P.VIEW_HEALTH: "See the health page",
}


def may(code: str) -> str:
    """Return what a permission allows.

    >>> may("books.view")
    'See the books'
    """
    return _MAY[Permission(code)]
