"""Money: whole minor units with a currency. Text becomes money here, and nowhere else.

Source of the exponents: ISO 4217 as Stripe applies it
(https://docs.stripe.com/currencies#zero-decimal). UGX and ISK are charged by Stripe as if they
had two decimals; their amounts must be divisible by 100.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

ZERO_DECIMAL = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

_PLAIN = re.compile(r"^[+-]?\d+(\.\d+)?$", re.ASCII)
_GROUPED_BY_COMMA = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$", re.ASCII)
_GROUPED_BY_DOT = re.compile(r"^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$", re.ASCII)
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d{1,2}$", re.ASCII)
_SIGNS = re.compile(r"[\s$€£\u00a0\u202f']")


class AmountError(ValueError):
    """A text is not an amount, or is finer than the currency's smallest unit."""


def exponent(currency: str) -> int:
    """Return how many decimals the currency has: 0, 2 or 3.

    >>> exponent("usd"), exponent("JPY"), exponent("kwd")
    (2, 0, 3)
    """
    code = currency.lower()
    return 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2


def parse_minor(text: str, currency: str = "usd") -> int:
    """Return the amount in minor units; AmountError when it is no exact amount.

    >>> parse_minor("$1,250.50"), parse_minor("(12.00)"), parse_minor("12,5"), parse_minor("-3")
    (125050, -1200, 1250, -300)
    """
    cleaned = _SIGNS.sub("", text.strip())
    if cleaned.startswith("(") and cleaned.endswith(")"):
        cleaned = "-" + cleaned[1:-1]
    if cleaned.upper().endswith(currency.upper()):
        cleaned = cleaned[: -len(currency)]
    cleaned = _with_point(cleaned)
    if not _PLAIN.match(cleaned):
        raise AmountError("This is not an amount.")
    try:
        minor = Decimal(cleaned).scaleb(exponent(currency))
    except InvalidOperation as error:  # more digits than Decimal holds
        raise AmountError("This is not an amount.") from error
    if minor != minor.to_integral_value():
        raise AmountError(f"The amount is finer than the smallest unit of {currency.upper()}.")
    return int(minor)


def _with_point(number: str) -> str:
    """Return the number without grouping and with a decimal point, where its form is clear."""
    if _GROUPED_BY_COMMA.match(number):
        return number.replace(",", "")
    if _DECIMAL_COMMA.match(number):
        return number.replace(",", ".")
    if _GROUPED_BY_DOT.match(number) and "," in number:
        return number.replace(".", "").replace(",", ".")
    return number


def format_minor(minor: int, currency: str = "usd", *, symbol: bool = True) -> str:
    """Return the amount as people write it.

    >>> format_minor(125050), format_minor(-300), format_minor(500, "jpy")
    ('$1,250.50', '-$3.00', '500 JPY')
    """
    digits = exponent(currency)
    number = f"{Decimal(abs(minor)).scaleb(-digits):,.{digits}f}"
    sign = "-" if minor < 0 else ""
    if not symbol:
        return f"{sign}{number}"
    if currency.lower() == "usd":
        return f"{sign}${number}"
    return f"{sign}{number} {currency.upper()}"


def to_major(minor: int, currency: str = "usd") -> str:
    """Return a plain decimal text for files: no grouping, no symbol.

    >>> to_major(-1234567), to_major(5)
    ('-12345.67', '0.05')
    """
    digits = exponent(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def split_evenly(minor: int, parts: int) -> list[int]:
    """Return `parts` amounts that sum to the whole; the first ones carry the odd cents.

    >>> split_evenly(10_000, 12)[:5], sum(split_evenly(10_000, 12))
    ([834, 834, 834, 834, 833], 10000)
    """
    if parts < 1:
        raise ValueError("parts must be at least 1")
    share, odd = divmod(minor, parts)
    return [share + 1] * odd + [share] * (parts - odd)
