"""Amounts, days, e-mails and yes-or-no cells, read by the column and never cell by cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import by_distinct
from campaign.money import AmountError, parse_minor

EMAIL = r"^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}$"
_EMAIL_INSIDE = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")
_YES = frozenset({"y", "yes", "true", "t", "1", "x", "on", "opt in", "opted in", "granted"})
_NO = frozenset({"n", "no", "false", "f", "0", "off", "opt out", "opted out", "denied"})
_NUMERIC_DAY = re.compile(r"^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[T ].*)?$")
_PACKED_DAY = re.compile(r"^\d{8}$")
_SERIAL_DAY = re.compile(r"^\d{5}(?:\.\d+)?$")
_WORDY_DAY = re.compile(
    r"^(?:\d{1,2}[\s-]+[^\W\d_]{3,9}[\s-]+\d{2,4}|[^\W\d_]{3,9}\s+\d{1,2},?\s+\d{4})$"
)
_WORDY_DAYS = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d %Y")
_EXCEL_EPOCH = date(1899, 12, 30)
ORDERS = ("ymd", "mdy", "dmy")


def read_emails(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return each cell's first address in lower case, and any others with a blank between."""
    lower = pc.utf8_lower(column)
    good = pc.match_substring_regex(lower, EMAIL)
    plain = pc.if_else(good, lower, pa.scalar(None, lower.type))
    odd = pc.and_(pc.is_valid(lower), pc.is_null(plain))
    if not pc.any(odd).as_py():
        return plain, pa.nulls(len(column), pa.string())
    texts = pc.if_else(odd, lower, pa.scalar(None, lower.type))
    first = by_distinct(texts, lambda text: next(iter(_emails_in(text)), None), pa.string())
    more = by_distinct(texts, lambda text: " ".join(_emails_in(text)[1:]) or None, pa.string())
    return pc.coalesce(plain, first), more


def _emails_in(text: str | None) -> list[str]:
    """Return the addresses that stand in a cell.

    >>> _emails_in("Jo <jo@example.org>; jo@work.example"), _emails_in("jo@@x"), _emails_in("n/a")
    (['jo@example.org', 'jo@work.example'], [], [])
    """
    found = (part.strip(".'") for part in _EMAIL_INSIDE.findall((text or "").lower()))
    clean = (part.removeprefix("mailto:") for part in found)
    return [part for part in dict.fromkeys(clean) if re.match(EMAIL, part) and ".." not in part]


def digest(text: str | None) -> str | None:
    """Return a number that a state gives a person so that it can be compared and not read.

    The first word stands for the whole number, the second for all but its last sign, and each of
    the others for what is left without another sign: numbers that differ by one slip share one.

    >>> digest("078-05-1120") == digest("078051120"), digest("000-00-0000"), digest("n/a")
    (True, None, None)
    >>> len(set(digest("078051120").split()[2:]) & set(digest("078061120").split()[2:]))
    1
    """
    signs = "".join(filter(str.isalnum, text or "")).upper()
    if len(signs) < 6 or len(set(signs)) < 3:
        return None
    places = range(len(signs) - 1, -1, -1)
    shorter = dict.fromkeys(signs[:place] + signs[place + 1 :] for place in places)
    return " ".join([_digest(signs, 12), *(_digest(rest, 5) for rest in shorter)])


def _digest(signs: str, size: int) -> str:
    return blake2b(signs.encode(), digest_size=size, person=b"pledgeline").hexdigest()


def read_flag(text: str | None) -> bool | None:
    """Return yes, no, or nothing."""
    plain = (text or "").strip().lower()
    return True if plain in _YES else False if plain in _NO else None


def decimal_sign(texts: Iterable[str]) -> str:
    """Return the sign before the cents of a column: a comma only where no dot would do.

    >>> decimal_sign(["1.234,50", "12"]), decimal_sign(["1,234.50"]), decimal_sign(["12,5"])
    (',', '.', ',')
    """
    commas = sum(bool(re.search(r",\d{1,2}\D*$", text)) for text in texts)
    dots = sum(bool(re.search(r"\.\d{1,2}\D*$", text)) for text in texts)
    return "," if commas > dots else "."


def cents_reader(decimal: str, currency: str = "usd") -> Callable[[str | None], int | None]:
    """Return how an amount's text becomes cents; what is no amount becomes nothing."""

    def read(text: str | None) -> int | None:
        if not text:
            return None
        plain = text.replace(".", "").replace(",", ".") if decimal == "," else text
        plain = re.sub(r"(?i)\b(?:usd|us)\b|^us(?=\$)", "", plain).strip()
        if re.fullmatch(r"[-+]?[\d.]+e[+-]?\d+", plain, re.IGNORECASE):
            plain = f"{float(plain):.2f}"
        try:
            cents = parse_minor(plain, currency)
        except AmountError:
            return _rounded(plain)
        return cents if abs(cents) < 10**13 else None

    return read


def _rounded(plain: str) -> int | None:
    """Return the cents of a number that a spreadsheet wrote with its binary rest: 12.300000001."""
    if re.fullmatch(r"-?\d+\.\d{9,}", plain):
        return round(float(plain) * 100)
    return None


def day_order(texts: Iterable[str]) -> str | None:
    """Return how a column writes its days: ymd, mdy, dmy, or None when it does not show.

    >>> day_order(["03/04/2025", "03/25/2025"]), day_order(["3.4.2025", "25.4.2025"])
    ('mdy', 'dmy')
    >>> day_order(["03/04/2025"]) is None, day_order(["2025-03-04"])
    (True, 'ymd')
    """
    first, second, leading_year, numeric = 0, 0, 0, 0
    for text in texts:
        found = _NUMERIC_DAY.match(text)
        if found:
            numeric += 1
            leading_year += len(found.group(1)) == 4
            first = max(first, int(found.group(1)) if len(found.group(1)) < 3 else 0)
            second = max(second, int(found.group(3)))
    if numeric == leading_year:
        return "ymd"
    if second > 12 and first <= 12:
        return "mdy"
    return "dmy" if first > 12 and second <= 12 else None


def day_reader(order: str | None) -> Callable[[str | None], date | None]:
    """Return how a day's text becomes a day, in the order that the column shows."""

    def read(text: str | None) -> date | None:
        if not text:
            return None
        try:
            return _read_day(text.strip(), order)
        except (ValueError, OverflowError):
            return None

    return read


def _read_day(text: str, order: str | None) -> date | None:
    found = _NUMERIC_DAY.match(text)
    if found:
        return _numeric_day(found.group(1), found.group(3), found.group(4), order)
    if _PACKED_DAY.match(text):
        if order == "mdy" and not text.startswith(("19", "20")):
            return date(int(text[4:]), int(text[:2]), int(text[2:4]))
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if _SERIAL_DAY.match(text):
        return _EXCEL_EPOCH + timedelta(days=int(float(text)))
    if not _WORDY_DAY.match(text):  # a column of words would try each pattern a row
        return None
    for pattern in _WORDY_DAYS:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _numeric_day(one: str, two: str, three: str, order: str | None) -> date | None:
    if len(one) == 4:
        return date(int(one), int(two), int(three[:2]))
    year = _full_year(three)
    if order == "dmy":
        return date(year, int(two), int(one))
    if order == "mdy" or int(one) == int(two):
        return date(year, int(one), int(two))
    return None


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 50 else 1900)
