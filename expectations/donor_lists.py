"""What a clean list looks like: one suite for lists of people, one for lists with gifts."""

from __future__ import annotations

import os
import warnings

os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")  # donors' data: nothing is told to anyone
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the library itself uses what Python has deprecated
    from great_expectations.expectations.core.expect_column_max_to_be_between import (
        ExpectColumnMaxToBeBetween,
    )
    from great_expectations.expectations.core.expect_column_min_to_be_between import (
        ExpectColumnMinToBeBetween,
    )
    from great_expectations.expectations.core.expect_column_values_to_be_between import (
        ExpectColumnValuesToBeBetween,
    )
    from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
        ExpectColumnValuesToNotBeNull,
    )
    from great_expectations.expectations.expectation import Expectation

from campaign.lists.quality import Gate


class ExpectRowsToBeUsable(ExpectColumnValuesToNotBeNull):
    """Enough rows name somebody and can be read."""

    column: str = "usable"


class ExpectPeopleToBeNamed(ExpectColumnValuesToNotBeNull):
    """Most rows carry a name."""

    column: str = "named"


class ExpectPhonesToBeCallable(ExpectColumnValuesToNotBeNull):
    """Enough rows carry a number that a person may be called on."""

    column: str = "callable_phone"


class ExpectPeopleToBeReachable(ExpectColumnValuesToNotBeNull):
    """Most rows carry a phone or an e-mail."""

    column: str = "reachable"


class ExpectConsentToBePresent(ExpectColumnValuesToNotBeNull):
    """Rows say whether the person agreed to be called."""

    column: str = "consent"


class ExpectStatesToBeKnown(ExpectColumnValuesToNotBeNull):
    """Addresses in the United States name a state that exists."""

    column: str = "known_state"


class ExpectGiftsToBePlausible(ExpectColumnValuesToBeBetween):
    """Gifts lie between a cent and what the campaign calls the largest."""

    column: str = "gift_cents"


class ExpectPhonesToDiffer(ExpectColumnMinToBeBetween):
    """The same number does not fill the list: a stand-in would."""

    column: str = "distinct_phones"


class ExpectSuppressionsToBeFresh(ExpectColumnMaxToBeBetween):
    """The suppression list was brought up to date not long ago."""

    column: str = "suppression_days"


class ExpectListToResembleTheLast(ExpectColumnMaxToBeBetween):
    """Shares of phones, e-mails and states are near those of the source's last list."""

    column: str = "drift"


def donor_list_suite(gate: Gate, *, has_gifts: bool) -> list[Expectation]:
    """Return what a list of people must hold before it is admitted."""

    def meta(name: str) -> dict[str, str]:
        return {"name": name, "severity": "stop" if name in gate.stops else "warn"}

    people: list[Expectation] = [
        ExpectRowsToBeUsable(mostly=gate.usable_rows, meta=meta("usable_rows")),
        ExpectPeopleToBeNamed(mostly=gate.named, meta=meta("named")),
        ExpectPhonesToBeCallable(mostly=gate.callable_phones, meta=meta("callable_phones")),
        ExpectPeopleToBeReachable(mostly=gate.reachable, meta=meta("reachable")),
        ExpectConsentToBePresent(mostly=gate.consent, meta=meta("consent")),
        ExpectStatesToBeKnown(mostly=gate.known_states, meta=meta("known_states")),
    ]
    if not has_gifts:
        return people
    return [
        *people,
        ExpectGiftsToBePlausible(
            min_value=1,
            max_value=gate.largest_gift_cents,
            mostly=gate.plausible_gifts,
            meta=meta("plausible_gifts"),
        ),
        ExpectColumnValuesToBeBetween(
            column="gift_year", min_value=1990, mostly=0.999, meta=meta("plausible_days")
        ),
    ]


def whole_list_suite(gate: Gate) -> list[Expectation]:
    """Return what is expected of the list as a whole, beside its rows."""
    return [
        ExpectPhonesToDiffer(
            min_value=gate.distinct_phones, meta={"name": "distinct_phones", "severity": "warn"}
        ),
        ExpectSuppressionsToBeFresh(
            max_value=gate.suppression_days,
            meta={"name": "suppression_freshness", "severity": "warn"},
        ),
        ExpectListToResembleTheLast(
            max_value=gate.drift, meta={"name": "drift", "severity": "warn"}
        ),
    ]
