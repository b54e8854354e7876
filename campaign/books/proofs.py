"""How a proof's detail is read: its sums as money, its counts as they are."""

from __future__ import annotations

import re

from campaign.money import format_minor

_SUM = re.compile(r"(?:([a-z]{3}): )?-?\d+(?: [+=] -?\d+)+(?: \(as of [^)]*\))?")
_MINOR = re.compile(r"(?<![\w-])-?\d+(?!\w)")
_AT_END = re.compile(r"\((-?\d+)\)$")


def in_money(detail: str, currency: str = "usd") -> str:
    """Return a proof's detail with its sums as money; what counts rows stays as it is.

    >>> in_money("usd: 0 + 1050 + -50 = 1000")
    '$0.00 + $10.50 - $0.50 = $10.00'
    >>> in_money("3 matched + 0 ordinary = 3 rows"), in_money("2 unsettled (1050)")
    ('3 matched + 0 ordinary = 3 rows', '2 unsettled ($10.50)')
    """

    def told(part: str) -> str:
        found = _SUM.fullmatch(part)
        if found is None:
            return _AT_END.sub(lambda one: f"({format_minor(int(one[1]), currency)})", part)
        code = found[1] or currency
        sums = part.removeprefix(f"{found[1]}: ")
        return _MINOR.sub(lambda one: format_minor(int(one[0]), code), sums).replace("+ -", "- ")

    return "; ".join(told(part) for part in detail.split("; "))
