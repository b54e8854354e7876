"""The treasurer's package, put together from the books and the rules.

Belongs here: the order of the sections and what the header states. Does not belong here: any
single section or figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from campaign.compliance import law_sections, sections, team_sections
from campaign.compliance.books import ReportBooks, in_window
from campaign.compliance.figures import add_figures
from campaign.compliance.findings import counted_gifts_by_limit, findings
from campaign.compliance.nonprofit import fundraisers
from campaign.compliance.package import Package, Section
from campaign.compliance.periods import cycle_starts
from campaign.compliance.rule_tables import Limit

TITLES = {"political": "Treasurer's report", "nonprofit": "Treasurer's report (nonprofit)"}

_OF_THE_DAYS: tuple[Callable[[ReportBooks, date, date], Section], ...] = (
    sections.returns,
    sections.fees,
    team_sections.vendors,
    team_sections.scorecard,
    sections.remedies,
    sections.pledges,
)
_PLAIN: tuple[Callable[[ReportBooks], Section], ...] = (
    sections.ledger,
    sections.timing,
    sections.payouts,
    team_sections.calls,
    team_sections.calling,
    sections.decisions,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """Who reports on what, and when it was drawn up."""

    committee: str
    kind: str
    office: str | None
    timezone: str
    currency: str
    first_day: date
    last_day: date
    prepared_by: str
    prepared_at: datetime
    rules_version: str


def draw_package(
    heading: Heading,
    books: ReportBooks,
    limits: Sequence[Limit],
    reconciliation: dict[str, Any] | None,
    facts: dict[str, str],
) -> Package:
    """Return the package of these days."""
    first, last, kind = heading.first_day, heading.last_day, heading.kind
    form = "F3" if kind == "candidate" else "F3X"
    cycles = cycle_starts(form, first, last, heading.office)
    window = in_window(books, cycles, last, [last])
    package = Package(
        title=TITLES["nonprofit" if kind == "nonprofit" else "political"],
        committee=heading.committee,
        kind=kind,
        first_day=first,
        last_day=last,
        timezone=heading.timezone,
        currency=heading.currency,
        prepared_by=heading.prepared_by,
        prepared_at=heading.prepared_at,
        rules_version=heading.rules_version,
        facts=facts,
    )
    package.add(sections.contributions(window, first, last, kind))
    for periodic in _OF_THE_DAYS:
        package.add(periodic(books, first, last))
    for plain in _PLAIN:
        package.add(plain(books))
    package.add(sections.exceptions(books, last))
    package.add(law_sections.limits(counted_gifts_by_limit(books, kind, limits)))
    for section in law_sections.finding_sections(
        findings(books, window, kind, first, last, limits)
    ):
        package.add(section)
    if kind == "nonprofit":
        package.add(fundraisers(books, first, last))
    package.add(law_sections.invariants(reconciliation, heading.currency))
    add_figures(package)
    return package
