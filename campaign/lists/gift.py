"""What the rows of a part were given: amount, currency, day, and whether it came in."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists import values
from campaign.lists.amounts import cents_reader, currency_of
from campaign.lists.columns import by_distinct
from campaign.lists.dates import day_reader
from campaign.lists.part import Columns, Part
from campaign.money import exponent

_ONCE = frozenset({
    "", "0", "false", "no", "n", "f", "one time", "onetime", "once", "single", "none", "never",
    "one off", "oneoff", "not recurring", "non recurring", "one time gift", "one time donation",
})  # fmt: skip


def read_gift(part: Part, order: str | None, decimal: str) -> Columns:
    """Return what each row tells of a gift; how days and amounts are written is decided."""
    told = part.text("amount")
    currency = pc.coalesce(
        by_distinct(part.text("currency"), _currency, pa.string()),
        by_distinct(told, currency_of, pa.string()),
    )
    days = pc.replace_substring_regex(part.text("given_on"), r"^(\d{4}-\d\d-\d\d)[T ].*$", r"\1")
    amount = _amounts(told, currency, decimal)
    return {
        "gift_id": part.text("gift_id"),
        "amount_cents": pc.if_else(came_to_nothing(part), pa.scalar(None, pa.int64()), amount),
        "currency": currency,
        "given_on": by_distinct(days, day_reader(order), pa.date32()),
        "election_code": pc.utf8_upper(part.text("election")),
        "is_recurring": _recurring(part),
    }


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


def came_to_nothing(part: Part) -> pa.Array:
    """Return which payments failed, wait or went back; who made them stays on the list."""
    nothing = by_distinct(part.text("payment_status"), _is_unpaid, pa.bool_())
    for column in part.marks("refunded"):
        nothing = pc.or_kleene(nothing, by_distinct(column, _went_back, pa.bool_()))
    return pc.fill_null(nothing, False)


def _is_unpaid(text: str | None) -> bool:
    return bool(text) and not values.is_paid(str(text))


def _went_back(text: str | None) -> bool:
    return values.read_refusal(text) is True and cents_reader(".")(text) != 0
