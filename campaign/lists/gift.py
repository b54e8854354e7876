"""What the rows of a list tell of gifts: amount, currency, day, and whether it came in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists import values
from campaign.lists.amounts import (
    cents_reader,
    currency_of,
    currency_of_header,
    of_cents,
    without_sides,
)
from campaign.lists.columns import by_distinct
from campaign.lists.dates import day_reader
from campaign.lists.formats import Mapping
from campaign.lists.headers import is_in_cents, lesser_field
from campaign.lists.part import Columns, Part
from campaign.lists.payments import NOTHING, RETURNED, is_promise, promises_among, read_payment
from campaign.money import exponent

_UNKNOWN = "unknown"
NAMES_OF_GIFTS = ("gift_id", "amount_cents", "given_on")  # what tells of one
_ONCE = frozenset({
    "", "0", "false", "no", "n", "f", "one time", "onetime", "once", "single", "none", "never",
    "one off", "oneoff", "not recurring", "non recurring", "one time gift", "one time donation",
})  # fmt: skip


def returns_apart(mapping: Mapping, distinct: dict[str, list[str]], decimal: str) -> bool:
    """Whether a list writes what went back in rows of its own, beside the gifts that it was of.

    Then a gift whose state is "refunded" came in first: both of its rows count.
    """
    read = cents_reader(decimal)
    signed = (text for text in distinct.get("amount", ()) if "-" in text or "(" in text)
    if any((read(text) or 0) < 0 for text in signed):
        return True
    types = distinct.get("payment_type", ()) if _headers_of_types(mapping) else ()
    return any(read_payment(text) == RETURNED for text in types)


def promises_of(mapping: Mapping, distinct: dict[str, list[str]]) -> tuple[str, ...]:
    """Return the types of rows that promise a gift only, in this list."""
    if not _headers_of_types(mapping):
        return ()
    return promises_among(distinct.get("payment_type", ()))


def _headers_of_types(mapping: Mapping) -> list[str]:
    """Return the columns that tell what kind of row each is, not what became of its gift."""
    headers = mapping.headers_of("payment_type")
    return [header for header in headers if lesser_field(header) != "payment_status"]


def read_gift(
    part: Part, order: str | None, decimal: str, *, returns_apart: bool, in_ledger: bool
) -> Columns:
    """Return what each row tells of a gift; how days and amounts are written is decided."""
    told = without_sides(part.text("amount")) if in_ledger else part.text("amount")
    if any(map(is_in_cents, part.mapping.headers_of("amount")[:1])):
        told = by_distinct(told, of_cents, pa.string())
    currency = pc.coalesce(
        by_distinct(part.text("currency"), _currency, pa.string()),
        by_distinct(told, currency_of, pa.string()),
        _currency_of_column(part, told),
    )
    days = pc.replace_substring_regex(part.text("given_on"), r"^(\d{4}-\d\d-\d\d)[T ].*$", r"\1")
    amount = _less_returned(_amounts(told, currency, decimal), part, decimal)
    amount = pc.if_else(_is_of_return(part), pc.negate(pc.abs(amount)), amount)
    nothing = came_to_nothing(part, returns_apart=returns_apart)
    return {
        "gift_id": part.text("gift_id"),
        "amount_cents": pc.if_else(nothing, pa.scalar(None, pa.int64()), amount),
        "currency": currency,
        "given_on": by_distinct(days, day_reader(order), pa.date32()),
        "election_code": pc.utf8_upper(part.text("election")),
        "is_recurring": _recurring(part),
    }


def _currency_of_column(part: Part, told: pa.Array) -> pa.Array:
    """Return the currency that the column's name tells, where there is an amount."""
    header = next(iter(part.mapping.headers_of("amount")), "")
    return pc.if_else(told.is_valid(), currency_of_header(header), pa.scalar(None, pa.string()))


def _less_returned(amount: pa.Array, part: Part, decimal: str) -> pa.Array:
    """Return what was kept of each gift, where a column beside it tells what went back."""
    if not part.mapping.headers_of("refunded_amount"):
        return amount
    back = by_distinct(part.text("refunded_amount"), cents_reader(decimal), pa.int64())
    kept = pc.subtract(amount, pc.abs(pc.fill_null(back, 0)))
    return pc.if_else(pc.greater(amount, 0), pc.max_element_wise(kept, 0), amount)


def _is_of_return(part: Part) -> pa.Array:
    """Return which rows tell by their type that money went back."""
    found = pa.array(np.zeros(part.rows, np.bool_))
    for header in _headers_of_types(part.mapping):
        said = by_distinct(part.said(header), read_payment, pa.string())
        found = pc.or_(found, pc.fill_null(pc.equal(said, RETURNED), False))
    return found


def _amounts(told: pa.Array, currency: pa.Array, decimal: str) -> pa.Array:
    """Return minor units: a hundredth of nearly all currencies, all of a yen."""
    amount = by_distinct(told, cents_reader(decimal), pa.int64())
    for code in pc.unique(currency).drop_null().to_pylist():
        if exponent(code) != 2:
            own = by_distinct(told, cents_reader(decimal, code), pa.int64())
            amount = pc.if_else(pc.fill_null(pc.equal(currency, code), False), own, amount)
    return amount


def _currency(text: str | None) -> str | None:
    """Return the three letters of a currency.

    >>> _currency("USD"), _currency("US Dollars"), _currency("€"), _currency("$")
    ('usd', 'usd', 'eur', 'usd')
    """
    plain = (text or "").strip().lower()
    if len(plain) == 3 and plain.isalpha():
        return plain
    if plain == "$" or plain.startswith(("us", "dollar")):
        return "usd"
    return currency_of(plain) or ("eur" if plain.startswith("euro") else None)


def _recurring(part: Part) -> pa.Array:
    """Return whether the gift is one of several; of a series its first stands alone."""
    told = part.marks("recurring")
    if told:
        return by_distinct(told[0], _recurs, pa.bool_())
    number = part.text("recurrence_number")
    return by_distinct(number, lambda text: bool(text) and text not in ("0", "1"), pa.bool_())


def _recurs(text: str | None) -> bool:
    return (text or "").strip().lower().replace("-", " ").replace("_", " ") not in _ONCE


def came_to_nothing(part: Part, *, returns_apart: bool = False) -> pa.Array:
    """Return which rows tell of no gift: it failed, waits, is promised only, or went back.

    Who made it stays on the list. A word that nobody knows is no gift in a column of states.
    """
    bad = {NOTHING} if returns_apart else {NOTHING, RETURNED}
    states = by_distinct(part.text("payment_status"), _state, pa.string())
    nothing = pc.is_in(states, pa.array([*bad, _UNKNOWN]))
    types = set(_headers_of_types(part.mapping))
    for header in part.mapping.headers_of("payment_type"):
        said = by_distinct(part.said(header), read_payment, pa.string())
        words = {NOTHING} if header in types else bad
        nothing = pc.or_(nothing, pc.is_in(said, pa.array(sorted(words))))
        nothing = pc.or_(nothing, _promised(part, header))
    went_in_part = _went_back_in_part(part)
    for column in part.marks("refunded"):
        gone = by_distinct(column, _went_back, pa.bool_())
        nothing = pc.or_(nothing, pc.and_not(pc.fill_null(gone, False), went_in_part))
    return nothing


def _went_back_in_part(part: Part) -> pa.Array:
    """Return the rows in which an amount says that less went back than was given."""
    if not part.mapping.headers_of("refunded_amount"):
        return pa.scalar(False)
    given, back = (
        pc.abs(by_distinct(part.text(field), cents_reader("."), pa.int64()))
        for field in ("amount", "refunded_amount")
    )
    less = pc.and_(pc.greater(back, 0), pc.less(back, given))
    return pc.fill_null(less, False)


def _promised(part: Part, header: str) -> pa.Array:
    if not part.promises:
        return pa.scalar(False)
    return by_distinct(part.said(header), lambda text: is_promise(text, part.promises), pa.bool_())


def _state(text: str | None) -> str | None:
    return (read_payment(text) or _UNKNOWN) if text else None


def _went_back(text: str | None) -> bool:
    return values.read_refusal(text) is True and cents_reader(".")(text) != 0


def gifts_of(rows: pa.Table) -> npt.NDArray[np.bool_]:
    """Say of each fresh row whether it tells of a gift that none before it told of."""
    amounts = rows["amount_cents"]
    good = pc.and_(pc.fill_null(pc.not_equal(amounts, 0), False), rows["given_on"].is_valid())
    tells: npt.NDArray[np.bool_] = np.array(good)
    named = np.flatnonzero(tells & np.asarray(rows["gift_id"].is_valid()))
    part = rows.select(NAMES_OF_GIFTS)
    names = numbers_of_gifts(part if len(named) == len(rows) else part.take(pa.array(named)))
    if pc.count_distinct(names).as_py() < len(named):
        tells[named[names.to_pandas().duplicated().to_numpy()]] = False
    return tells


def numbers_of_gifts(rows: pa.Table) -> pa.ChunkedArray:
    """Return what each gift is known by: what went back may bear the number of the gift."""
    back = pc.less(rows["amount_cents"], 0)
    if not pc.any(back).as_py():
        return rows["gift_id"]
    return pc.if_else(
        pc.fill_null(back, False),
        pc.binary_join_element_wise("return", rows["gift_id"], ":"),
        rows["gift_id"],
    )
