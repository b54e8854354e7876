"""Which country a list is from, where none of its columns tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from campaign.lists.headers import regions_of
from campaign.lists.phones import region_of, to_e164


def region_of_list(headers: Sequence[str], numbers: Sequence[str]) -> str:
    """Return the country whose phones and postal codes these are.

    Headers in its language, or most phones with its code, bring it up; that more of the numbers can
    be dialled from there decides.

    >>> region_of_list(["Phone", "Postcode"], ["+61 8 9123 4567", "08 9123 4568"])
    'AU'
    >>> region_of_list(["Phone"], ["617-555-0134", "+44 20 7946 0018", "305-555-0135"])
    'US'
    """
    shown = Counter(region_of(number) for number in numbers if number.lstrip(" '(").startswith("+"))
    often = [region for region, count in shown.items() if region and count * 2 >= len(numbers)]
    abroad = [*regions_of(headers), *often]
    if not abroad:
        return "US"

    def dialled(region: str) -> tuple[int, int]:
        return sum(to_e164(number, region) is not None for number in numbers), shown[region]

    return max(("US", *abroad), key=dialled)
