"""What may be forgotten on request, and what the law keeps, until when and why.

Belongs here: the rule. Does not belong here: the deletion (`store/forgetting`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from campaign.compliance.rule_tables import thresholds

# Reports are filed within a half year of the gift at the latest (the half-yearly filer's).
_FILED_WITHIN = timedelta(days=214)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the books hold of a person."""

    last_contribution_on: date | None
    last_call_on: date | None
    has_open_pledge: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that stays, with its reason."""

    what: str
    until: date | None
    why: str
    citation: str


def kept(footprint: Footprint, today: date) -> list[Kept]:
    """Return what stays of a person who asks to be forgotten.

    >>> [item.what for item in kept(Footprint(None, None, False), date(2026, 1, 1))]
    ['numbers and addresses on the suppression list']
    """
    rules = thresholds()
    found = []
    if footprint.last_contribution_on is not None:
        filed = footprint.last_contribution_on + _FILED_WITHIN
        until = filed + timedelta(days=rules["retain"].days or 0)
        if until >= today:
            found.append(
                Kept(
                    "name, address, occupation and employer, with the gifts, and payments as "
                    "Stripe told them, the payer's e-mail included",
                    until,
                    "a contributor's record is kept three years after its report is filed",
                    rules["retain"].citation,
                )
            )
    if footprint.last_call_on is not None:
        until = footprint.last_call_on + timedelta(days=rules["retain_calls"].days or 0)
        if until >= today:
            found.append(
                Kept(
                    "that and when calls were made, and to which number",
                    until,
                    "call records are kept five years",
                    rules["retain_calls"].citation,
                )
            )
    if footprint.has_open_pledge:
        found.append(
            Kept("the open pledge", None, "it is owed until it is paid or written off", "contract")
        )
    found.append(
        Kept(
            "numbers and addresses on the suppression list",
            None,
            "so that no later list brings the person back",
            "47 CFR 64.1200(d)(3), (6)",
        )
    )
    return found


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The days before which nothing has to be kept any more."""

    gifts: date
    calls: date


def cutoffs(today: date) -> Cutoffs:
    """Return until when a last gift and a last call lie far enough back to be forgotten.

    >>> cutoffs(date(2026, 10, 1)).gifts
    datetime.date(2023, 3, 1)
    """
    rules = thresholds()
    return Cutoffs(
        gifts=today - _FILED_WITHIN - timedelta(days=rules["retain"].days or 0),
        calls=today - timedelta(days=rules["retain_calls"].days or 0),
    )


def keeps_identity(items: list[Kept]) -> bool:
    """Whether the name must stay."""
    return any(item.what.startswith(("name,", "the open pledge")) for item in items)
