"""What a package answers first, on paper and in the workbook: whether every cent is accounted for.

Belongs here: the sentence, the sums beside it, what is still open, and for which days it all is.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from campaign.accounts import actor_in_words
from campaign.compliance.figures import LAW, LAW_OF_NONPROFITS
from campaign.compliance.package import Figure, Package
from campaign.days import short_day
from campaign.money import format_minor

HEADLINE = {
    "receipts.gross": "Received, gross",
    "receipts.net": "Kept, net",
    "payouts.bank": "At the bank",
    "pledges.open": "Open pledges",
}
NOT_PROVEN = (
    "These are the books' own sums: the thirteen proofs were not made, as exactly these days were "
    "not reconciled."
)


def verdict(package: Package) -> str:
    """Return in one sentence whether every cent is accounted for."""
    unexplained = package.value("tieout.unexplained")
    broken = package.value("invariants.broken")
    amount = format_minor(unexplained, package.currency)
    if unexplained == 0 and broken == 0:
        told = f"Every cent is accounted for, from pledge to bank: {amount} is unexplained."
        return told if was_proven(package) else f"{told} {NOT_PROVEN}"
    proofs = "1 broken proof" if broken == 1 else f"{broken} broken proofs"
    return f"NOT TIED OUT: {amount} unexplained, {proofs}. See the sections."


def was_proven(package: Package) -> bool:
    """Whether a reconciliation of exactly these days made the proofs."""
    return len(package.sections["invariants"].rows) > 0


def findings(package: Package) -> list[Figure]:
    """Return what the law asks to look at, each with its count; a nonprofit's law asks others."""
    keys = LAW_OF_NONPROFITS if package.kind == "nonprofit" else LAW
    return [package.figures[key] for key in keys]


def still_open(package: Package) -> list[Figure]:
    """Return the findings that are not zero."""
    return [figure for figure in findings(package) if figure.value]


def written(package: Package, key: str) -> str:
    """Return a figure as people read it."""
    figure = package.figures[key]
    if figure.unit == "cents":
        return format_minor(figure.value, package.currency)
    return f"{figure.value:,}"


def days(package: Package) -> str:
    """Return the first and the last day."""
    return f"{short_day(package.first_day)} to {short_day(package.last_day)}"


def prepared(package: Package) -> str:
    """Return when it was drawn up, on the committee's clock, and by whom."""
    at = package.prepared_at.astimezone(ZoneInfo(package.timezone))
    clock = f"{at.hour % 12 or 12}:{at:%M %p %Z}"
    return f"{short_day(at.date())}, {clock}, by {actor_in_words(package.prepared_by)}"
