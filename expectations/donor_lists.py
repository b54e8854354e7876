"""What a clean list looks like: its people, its gifts where it has any, and the whole of it."""

from __future__ import annotations

from great_expectations.expectations.core.expect_column_max_to_be_between import (
    ExpectColumnMaxToBeBetween,
)
from great_expectations.expectations.core.expect_column_min_to_be_between import (
    ExpectColumnMinToBeBetween,
)
from great_expectations.expectations.expectation import Expectation

from campaign.lists.quality import Gate


class ExpectRowsToBeUsable(ExpectColumnMinToBeBetween):
    """Enough rows name somebody and can be read."""


class ExpectPeopleToBeNamed(ExpectColumnMinToBeBetween):
    """Most rows carry a name."""


class ExpectPhonesToBeCallable(ExpectColumnMinToBeBetween):
    """Enough rows carry a number that a person may be called on."""


class ExpectPeopleToBeReachable(ExpectColumnMinToBeBetween):
    """Most rows carry a phone or an e-mail."""


class ExpectConsentToBePresent(ExpectColumnMinToBeBetween):
    """Rows say whether the person agreed to be called."""


class ExpectStatesToBeKnown(ExpectColumnMinToBeBetween):
    """Addresses in the United States name a state that exists."""


class ExpectGiftsToBePlausible(ExpectColumnMinToBeBetween):
    """Gifts lie between a cent and what the campaign calls the largest."""


class ExpectDaysToBePlausible(ExpectColumnMinToBeBetween):
    """Gifts were given in 1990 or later."""


class ExpectPhonesToDiffer(ExpectColumnMinToBeBetween):
    """The same number does not fill the list: a stand-in would."""


class ExpectSuppressionsToBeFresh(ExpectColumnMaxToBeBetween):
    """The suppression list was brought up to date not long ago."""


class ExpectListToResembleTheLast(ExpectColumnMaxToBeBetween):
    """Shares of phones, e-mails and states are near those of the source's last list."""


_PLAUSIBLE_DAYS = 0.999


def _severity(gate: Gate, threshold: str) -> str:
    return "stop" if threshold in gate.stops else "warn"


def donor_list_suite(gate: Gate, *, has_gifts: bool) -> list[Expectation]:
    """Return what a list must hold before it is admitted: each as a share of its rows or gifts."""

    def meta(name: str, of: str = "rows") -> dict[str, str]:
        return {"name": name, "severity": _severity(gate, name), "share_of": of}

    shares: list[Expectation] = [
        ExpectRowsToBeUsable(
            column="usable_rows", min_value=gate.usable_rows, meta=meta("usable_rows")
        ),
        ExpectPeopleToBeNamed(column="named", min_value=gate.named, meta=meta("named")),
        ExpectPhonesToBeCallable(
            column="callable_phones", min_value=gate.callable_phones, meta=meta("callable_phones")
        ),
        ExpectPeopleToBeReachable(
            column="reachable", min_value=gate.reachable, meta=meta("reachable")
        ),
        ExpectStatesToBeKnown(
            column="known_states", min_value=gate.known_states, meta=meta("known_states")
        ),
    ]
    if gate.consent:  # nobody asked for it otherwise
        shares.append(
            ExpectConsentToBePresent(column="consent", min_value=gate.consent, meta=meta("consent"))
        )
    if has_gifts:
        shares += [
            ExpectGiftsToBePlausible(
                column="plausible_gifts",
                min_value=gate.plausible_gifts,
                meta=meta("plausible_gifts", "gifts"),
            ),
            ExpectDaysToBePlausible(
                column="plausible_days",
                min_value=_PLAUSIBLE_DAYS,
                meta=meta("plausible_days", "gifts"),
            ),
        ]
    return [*shares, *_whole_list(gate)]


def _whole_list(gate: Gate) -> list[Expectation]:
    """Return what is expected of the list as a whole, beside its rows."""
    return [
        ExpectPhonesToDiffer(
            column="distinct_phones",
            min_value=gate.distinct_phones,
            meta={
                "name": "distinct_phones",
                "severity": _severity(gate, "distinct_phones"),
                "share_of": "phones",
            },
        ),
        ExpectSuppressionsToBeFresh(
            column="suppression_days",
            max_value=gate.suppression_days,
            meta={"name": "suppression_freshness", "severity": _severity(gate, "suppression_days")},
        ),
        ExpectListToResembleTheLast(
            column="drift",
            max_value=gate.drift,
            meta={"name": "drift", "severity": _severity(gate, "drift")},
        ),
    ]
