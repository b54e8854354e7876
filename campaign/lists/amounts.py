"""Amounts as lists write them: signs, grouping and decimal commas, decided by the column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from campaign.money import AmountError, exponent, parse_minor

_GROUPED_BY_DOT = re.compile(r"(?<!\d)\d{1,3}(?:\.\d{3})+(?!\d)")
_DOLLARS = re.compile(r"^\$?(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.(\d{1,2}))?$", re.ASCII)
_COUNT = re.compile(r"^(-?(?:\d{1,11}|\d{1,3}(?:,\d{3}){1,3}))(?:\.0+)?$", re.ASCII)
_SCIENTIFIC = re.compile(r"[-+]?[\d.]+e[+-]?\d+", re.IGNORECASE)
_SHORTENED = re.compile(r"(?i)\$?(\d+(?:\.\d+)?) ?(?:(k|thousand)|(?:m|mm|mil|mio|million))")
_AMOUNT_OF_LEDGER = r"^(.*\d)\s*"
_IN_LEDGER = re.compile(rf"{_AMOUNT_OF_LEDGER}(?:cr|dr)\.?$", re.IGNORECASE)
_AMERICAN = re.compile(r"(?i)\b(?:usd|us|dollars?)\b|^us(?=\$)|^usd(?=\d)|(?<=\d)usd$")
_CODE = re.compile(r"^([A-Za-z]{3})\b|\b([A-Za-z]{3})$")
_SIGNS = {"€": "eur", "£": "gbp", "c$": "cad", "ca$": "cad", "a$": "aud", "au$": "aud", "¥": "jpy"}
_EUROS = re.compile(r"\beuros?\b", re.IGNORECASE)
_CODES = frozenset(
    ["eur", "gbp", "cad", "aud", "nzd", "chf", "mxn", "jpy", "sek", "nok", "dkk", "ils", "inr"]
)
_BY_SIGN = re.compile("|".join(map(re.escape, sorted(_SIGNS, key=len, reverse=True))))


def decimal_sign(texts: Iterable[str]) -> str:
    """Return the sign before the cents of a column: a comma only where no dot would do.

    >>> decimal_sign(["1.234,50", "12"]), decimal_sign(["1,234.50"]), decimal_sign(["12,5"])
    (',', '.', ',')
    """
    commas = sum(bool(re.search(r",\d{1,2}\D*$", text)) for text in texts)
    dots = sum(bool(re.search(r"\.\d{1,2}\D*$", text)) for text in texts)
    return "," if commas > dots else "."


def currency_of(text: str | None) -> str | None:
    """Return the currency that an amount names itself; dollars alone are America's.

    >>> currency_of("1.250,00 €"), currency_of("CAD 25"), currency_of("$25"), currency_of("USD 5")
    ('eur', 'cad', None, None)
    >>> currency_of("50 euros")
    'eur'
    """
    plain = _EUROS.sub("€", (text or "").strip().lower())
    if plain.isascii() and plain == plain.upper():  # no letter, no sign but the dollar's
        return None
    if sign := _BY_SIGN.search(plain):
        return _SIGNS[sign.group()]
    found = _CODE.search(plain)
    code = (found.group(1) or found.group(2)) if found else None
    return code if code in _CODES else None


def currency_of_header(header: str) -> str | None:
    """Return the currency that the name of a column tells: "Amount (EUR)", "Betrag in €".

    >>> currency_of_header("Amount (EUR)"), currency_of_header("Betrag in €")
    ('eur', 'eur')
    >>> currency_of_header("Amount ($)"), currency_of_header("Gift amount")
    (None, None)
    """
    told = (currency_of(word) for word in re.findall(r"[^\W\d_]+|[^\w\s()\[\]]+", header))
    return next(filter(None, told), None)


def is_ledger(texts: Iterable[str]) -> bool:
    """Whether each amount is marked as credit or debit, as books of income write them.

    Where only some are, nobody knows which of the two the others were.

    >>> is_ledger(["$1,000.00 CR", "50.00 DR"]), is_ledger(["1,000.00 CR", "50.00"]), is_ledger([])
    (True, False, False)
    """
    told = [text.strip() for text in texts if text.strip()]
    return bool(told) and all(map(_IN_LEDGER.match, told))


def is_amount(text: str) -> bool:
    """Whether a text is an amount, be it of a ledger.

    >>> is_amount("$25"), is_amount("25.00 CR"), is_amount("Boston")
    (True, True, False)
    """
    marked = _IN_LEDGER.match(text)
    return cents_reader(".")(marked.group(1) if marked else text) is not None


def without_sides(column: pa.Array) -> pa.Array:
    """Return the amounts of a ledger of income: what was credited came in, a debit went back.

    >>> without_sides(pa.array(["$1,000.00 CR", "50.00 Dr."])).to_pylist()
    ['$1,000.00', '-50.00']
    """
    came_in = pc.replace_substring_regex(column, rf"{_AMOUNT_OF_LEDGER}(?i:cr)\.?$", r"\1")
    return pc.replace_substring_regex(came_in, rf"{_AMOUNT_OF_LEDGER}(?i:dr)\.?$", r"-\1")


def of_cents(text: str | None) -> str | None:
    """Return a count of cents as an amount in dollars; what is no whole count stays unread.

    >>> of_cents("2550"), of_cents("1,000"), of_cents("-50.0"), of_cents("25.50")
    ('25.50', '10.00', '-0.50', 'no count of cents')
    """
    if not text:
        return None
    if not (found := _COUNT.match(text)):
        return "no count of cents"
    return f"{Decimal(found.group(1).replace(',', '')) / 100:.2f}"


def cents_reader(decimal: str, currency: str = "usd") -> Callable[[str | None], int | None]:
    """Return how an amount's text becomes minor units; what is no amount becomes nothing."""
    is_plain = decimal == "." and exponent(currency) == 2

    def read(text: str | None) -> int | None:
        if not text:
            return None
        if is_plain and (found := _DOLLARS.match(text)):
            cents = (found.group(2) or "").ljust(2, "0")
            return int(found.group(1).replace(",", "") + cents)
        return _read(text, decimal, currency)

    return read


def _read(text: str, decimal: str, currency: str) -> int | None:
    plain = _EUROS.sub("€", _AMERICAN.sub("", text)).strip(" *+")
    if own := currency_of(plain):
        plain = _BY_SIGN.sub("", re.sub(rf"(?i)\b{own}\b", "", plain).lower()).strip()
    if decimal == ",":
        plain = _GROUPED_BY_DOT.sub(lambda number: number.group().replace(".", ""), plain)
        plain = plain.replace(",", ".")
    if plain.endswith("-"):  # as ledgers write what was given back
        plain = "-" + plain[:-1].strip()
    if short := _SHORTENED.fullmatch(plain):
        plain = f"{Decimal(short.group(1)) * (1_000 if short.group(2) else 1_000_000):f}"
    if _SCIENTIFIC.fullmatch(plain):
        plain = f"{float(plain):.2f}"
    try:
        cents = parse_minor(plain, own or currency)
    except AmountError:
        return _rounded(plain, own or currency)
    return cents if abs(cents) < 10**13 else None


def _rounded(plain: str, currency: str) -> int | None:
    """Return the cents of a number that a spreadsheet wrote with its binary rest: 12.300000001."""
    if re.fullmatch(r"-?\d+\.\d{9,}", plain):
        return round(Decimal(plain).scaleb(exponent(currency)))
    return None
