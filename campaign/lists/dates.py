"""Days as lists write them: their order is decided by the whole column, never by a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

_NUMERIC_DAY = re.compile(
    r"^(?:[^\W\d_]{2,10}[.,]? )?(\d{1,4})([-/.]) ?(\d{1,2})\2 ?(\d{1,4})(?:[T ,].*)?$"
)
_PACKED_DAY = re.compile(r"^(\d{2})(\d{2})(\d{4})$")
_SERIAL_DAY = re.compile(r"^\d{5}(?:\.\d+)?$")
_STAMP = re.compile(r"^((?:19|20)\d{6})\d{6}$")  # 20240105230000
_EPOCH = re.compile(r"^1\d{9}(?:\d{3})?(?:\.\d+)?$")  # seconds since 1970, or thousandths
_LAST_EPOCH = 1_900_000_000
_TIME = r"(?:,? +(?:at +)?\d{1,2}:\d.*)?"
_MONTH = r"([^\W\d_]{3,10})\.?"
_DAY_THEN_MONTH = re.compile(
    rf"^(?:[^\W\d_]+,? )?(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[\s-]+(?:de )?{_MONTH},?"
    rf"[\s-]+(?:del? )?(\d{{4}}|\d{{2}}){_TIME}$",
    re.IGNORECASE,
)
_MONTH_THEN_DAY = re.compile(
    rf"^(?:[^\W\d_]+,? )?{_MONTH}[\s-]+(\d{{1,2}})(?:st|nd|rd|th)?,?[\s-]+(\d{{4}}){_TIME}$",
    re.IGNORECASE,
)
_MONTHS = (
    ("jan", "ene", "jän"), ("feb", "fev", "fév"), ("mar", "mär", "mrz"), ("apr", "abr", "avr"),
    ("may", "mai"), ("jun", "juin"), ("jul", "juil"), ("aug", "ago", "aou", "aoû"), ("sep", "set"),
    ("oct", "okt"), ("nov",), ("dec", "dez", "dic", "déc"),
)  # fmt: skip
_MONTH_OF = {begin: number for number, names in enumerate(_MONTHS, 1) for begin in names}
_FIRST_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_EPOCH = date(1899, 12, 30)
# "dd/mm/yyyy", "TT.MM.JJJJ", "jj/mm/aaaa": day, month and year in four languages.
_ORDER_IN_HEADER = re.compile(
    r"\b(?:(?P<dmy>(?:d{1,2}|t{1,2}|j{1,2}|day)[-/. ]?(?:m{1,3}|month)[-/. ]?(?:[yja]{2,4}|year))"
    r"|(?P<mdy>(?:m{1,3}|month)[-/. ]?(?:d{1,2}|day)[-/. ]?(?:y{2,4}|year))"
    r"|(?P<ymd>[yja]{4}[-/. ]?m{1,2}[-/. ]?(?:d{1,2}|t{1,2}|j{1,2})))\b"
)
ORDERS = ("ymd", "mdy", "dmy")
_FAR_MORE = 20


def day_order(texts: Iterable[str]) -> str | None:
    """Return how a column writes its days: ymd, mdy, dmy, mixed, or None when it does not show.

    One slip among many does not make a column mixed.

    >>> day_order(["03/04/2025", "03/25/2025"]), day_order(["3.4.2025", "25.4.2025"])
    ('mdy', 'dmy')
    >>> day_order(["03/04/2025"]) is None, day_order(["2025-03-04"]), day_order(["01252026"])
    (True, 'ymd', 'mdy')
    >>> day_order(["13/06/2025", "06/13/2025", "03/04/2025"])
    'mixed'
    """
    by_day, by_month, other = 0, 0, 0
    for text in texts:
        found = _NUMERIC_DAY.match(text)
        parts = (found.group(1), found.group(3)) if found else _packed(text)
        if parts and len(parts[0]) < 3:
            first, second = map(int, parts)
            by_day += first > 12 >= second
            by_month += second > 12 >= first
            other += 1
    if not other:
        return "ymd"
    if by_month > by_day * _FAR_MORE:
        return "mdy"
    if by_day > by_month * _FAR_MORE:
        return "dmy"
    return "mixed" if by_day and by_month else None


def order_in_header(header: str) -> str | None:
    """Return the order of days that the name of a column tells, in four languages.

    >>> order_in_header("Gift date (dd/mm/yyyy)"), order_in_header("Date (MM-DD-YY)")
    ('dmy', 'mdy')
    >>> order_in_header("Datum (TT.MM.JJJJ)"), order_in_header("Gift date") is None
    ('dmy', True)
    """
    found = _ORDER_IN_HEADER.search(header.lower())
    return found.lastgroup if found else None


def _packed(text: str) -> tuple[str, str] | None:
    """Return the first two figures of a day without signs that does not begin with its year."""
    found = _PACKED_DAY.match(text)
    if found is None or text.startswith(("19", "20")):
        return None
    return found.group(1), found.group(2)


def day_reader(order: str | None) -> Callable[[str | None], date | None]:
    """Return how a day's text becomes a day, in the order that the column shows.

    >>> read = day_reader(None)
    >>> read("Monday, January 5th, 2026 10:00 AM") == read("5 de enero de 2026") == read("5 Jan 26")
    True
    >>> day_reader("mdy")("Thu 1/15/2026")
    datetime.date(2026, 1, 15)
    >>> day_reader("dmy")("3/4/24 9:15"), day_reader("ymd")("2026-01-05T23:00:00-05:00")
    (datetime.date(2024, 4, 3), datetime.date(2026, 1, 5))
    """

    def read(text: str | None) -> date | None:
        if not text:
            return None
        try:
            return _read_day(text.strip(), order)
        except (ValueError, OverflowError):
            return None

    return read


def _read_day(text: str, order: str | None) -> date | None:
    if found := _NUMERIC_DAY.match(text):
        return _numeric_day(found.group(1), found.group(3), found.group(4), order)
    if found := _PACKED_DAY.match(text):
        return _packed_day(text, order)
    if _SERIAL_DAY.match(text):
        return _EXCEL_EPOCH + timedelta(days=int(float(text)))
    if (found := _EPOCH.match(text)) and (day := _day_of_epoch(text)):
        return day
    if found := _STAMP.match(text):
        return _packed_day(found.group(1), order)
    if found := _DAY_THEN_MONTH.match(text):
        return _wordy_day(found.group(1), found.group(2), found.group(3))
    if found := _MONTH_THEN_DAY.match(text):
        return _wordy_day(found.group(2), found.group(1), found.group(3))
    return None


def _day_of_epoch(text: str) -> date | None:
    """Return the day, in UTC, that a machine's count of seconds tells.

    >>> _day_of_epoch("1704499200"), _day_of_epoch("1704499200000")
    (datetime.date(2024, 1, 6), datetime.date(2024, 1, 6))
    """
    whole = int(text.partition(".")[0])
    seconds = whole // 1000 if whole > _LAST_EPOCH else whole
    return (_FIRST_EPOCH + timedelta(seconds=seconds)).date() if seconds < _LAST_EPOCH else None


def _wordy_day(day: str, month: str, year: str) -> date | None:
    name = month.lower()
    number = _MONTH_OF.get(name[:4]) or _MONTH_OF.get(name[:3])
    return date(_full_year(year), number, int(day)) if number else None


def _packed_day(text: str, order: str | None) -> date | None:
    if text.startswith(("19", "20")):
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return _numeric_day(text[:2], text[2:4], text[4:], "dmy" if order == "dmy" else "mdy")


def _numeric_day(one: str, two: str, three: str, order: str | None) -> date | None:
    if len(one) == 4:
        return date(int(one), int(two), int(three[:2]))
    year = _full_year(three)
    day, month = int(one), int(two)
    if order == "mdy" or (order != "dmy" and day <= 12 < month):
        day, month = month, day
    elif order != "dmy" and day != month and month <= 12 and day <= 12:
        return None  # either may be the month
    return date(year, month, day)


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 50 else 1900)
