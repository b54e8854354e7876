"""The books of a report: frames of the store, made into contributions, returns and debts.

Belongs here: joining what the store answered. Does not belong here: asking it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from campaign.compliance import vendors
from campaign.compliance.columns import FilingBooks, money_moves, net_cents
from campaign.compliance.contributions import (
    PERSON,
    with_aggregates,
    with_contributors,
    with_elections,
    with_itemised,
)
from campaign.compliance.earmarks import Conduit, earmarked, without_told
from campaign.compliance.failed_debits import as_contributions, as_they_came
from campaign.compliance.filer import Filer
from campaign.compliance.filing import Filing, compose
from campaign.compliance.limits import Election, with_generals
from campaign.compliance.outside import Outside
from campaign.compliance.periods import Coverage, cycle_starts
from campaign.compliance.rule_tables import thresholds
from campaign.compliance.team_money import parts_of, team_moves

_OF_GIVER = (
    "contributor",
    "full_name",
    "election_code",
    "team_code",
    "campaign_code",
    "pledge_id",
    *PERSON,
)


@dataclass(frozen=True, slots=True)
class ReportBooks:
    """Everything up to the last day of a report; `given` are contributions, `returned` is back."""

    frames: Mapping[str, pd.DataFrame]
    given: pd.DataFrame
    returned: pd.DataFrame
    team_moves: pd.DataFrame
    earned: pd.DataFrame
    elections: tuple[Election, ...]


def open_books(
    frames: Mapping[str, pd.DataFrame], elections: Sequence[Election], last_day: date
) -> ReportBooks:
    """Return the books of the frames that `store.compliance.book_frames` answered."""
    days = frames["receipts"]["received_on"]
    elections = with_generals(elections, days.min() if len(days) else last_day, last_day)
    given = with_elections(with_contributors(frames["receipts"]), elections)
    giver = given[["charge_id", *_OF_GIVER]]
    returned = frames["returns"].merge(giver, on="charge_id", how="left")
    parts = parts_of(given, frames["split"])
    earned = vendors.accruals(frames["teams"], frames["vendor_days"], parts, returned)
    moves = team_moves(parts, returned)
    return ReportBooks(frames, given, returned, moves, earned, tuple(elections))


def with_earmarks(
    books: ReportBooks, gifts: pd.DataFrame, conduits: Sequence[Conduit]
) -> ReportBooks:
    """Return the books with the gifts of conduits' lists as contributions, no longer as history."""
    given = earmarked(gifts, conduits, books.elections)
    if given.empty:
        return books
    left = without_told(books.frames["history"], given)
    whole = pd.concat([books.given, given], ignore_index=True)
    return replace(books, frames={**books.frames, "history": left}, given=whole)


def untold_gifts(books: ReportBooks, coverage: Coverage) -> int:
    """Return how many gifts of these days only lists tell of: they are in no report."""
    given_on = books.frames["history"]["given_on"]
    return int(given_on.between(coverage.first_day, coverage.last_day).sum())


def in_window(
    books: ReportBooks, cycles: Sequence[date], last_day: date, closes: Sequence[date]
) -> pd.DataFrame:
    """Return the contributions since the first cycle began, with totals and what is itemised."""
    totals = with_aggregates(books.given, books.frames["history"], cycles, last_day)
    over = thresholds()["itemize"].more_than_cents or 0
    return with_itemised(totals, closes, over)


def draw_filing(filer: Filer, coverage: Coverage, books: ReportBooks, outside: Outside) -> Filing:
    """Return the Form 3 or 3X of the coverage."""
    first, last = min(coverage.window_first_day, coverage.first_day), coverage.last_day
    cycles = cycle_starts(coverage.form, first, last, filer.office)
    failed = as_contributions(books.given, books.returned, cycles)
    told = replace(books, given=pd.concat([books.given, failed], ignore_index=True))
    window = as_they_came(in_window(told, cycles, last, coverage.closes))
    fees = books.frames["fees"]
    returned = books.returned.loc[~books.returned["return_id"].isin(failed["charge_id"])]
    parts = FilingBooks(
        contributions=window,
        returns=returned.loc[returned["returned_on"].between(first, last)],
        fees=fees.loc[fees["paid_on"].between(first, last)],
        debts=_debts(books, outside, coverage),
        remedies=_remedies(books, window, coverage),
        outside=tuple(item for item in outside.items if item.on <= last),
        loans=outside.loans,
        conduits=outside.conduits,
    )
    opening = _opening_cents(coverage, books, parts, outside)
    return compose(filer, coverage, replace(parts, opening_cents=opening))


def _debts(books: ReportBooks, outside: Outside, coverage: Coverage) -> pd.DataFrame:
    """Return what vendors are owed, with the address that the treasurer's file tells."""
    owed = vendors.debts(
        books.earned, books.frames["teams"], _paid(outside), coverage.first_day, coverage.last_day
    )
    for name in ("street", "city", "state", "zip"):
        told = {team: said.get(name, "") for team, said in outside.vendors.items()}
        owed[name] = owed["team_code"].map(told)
    return owed


def _paid(outside: Outside) -> dict[str, dict[date, int]]:
    """Return what was paid on each vendor's debt, by day."""
    paid: dict[str, dict[date, int]] = {}
    for item in outside.items:
        if item.pays_debt_of:
            of_team = paid.setdefault(item.pays_debt_of, {})
            of_team[item.on] = of_team.get(item.on, 0) + item.amount_cents
    return paid


def _remedies(books: ReportBooks, window: pd.DataFrame, coverage: Coverage) -> pd.DataFrame:
    """Return the remedies decided in these days, with the new giver's total."""
    remedies = books.frames["remedies"]
    inside = remedies.loc[remedies["decided_on"].between(coverage.first_day, coverage.last_day)]
    totals = window.groupby("contributor")["amount_cents"].sum()
    key = "D:" + inside["to_donor_id"].astype("Int64").astype(str)
    before = key.map(totals).fillna(0).astype("int64")
    return inside.assign(to_aggregate_cents=before + inside["amount_cents"])


def _opening_cents(
    coverage: Coverage, books: ReportBooks, parts: FilingBooks, outside: Outside
) -> int:
    """Return the cash at the start: as the treasurer told it, and what moved since then."""
    since = outside.as_of or date.min
    everything = FilingBooks(
        contributions=books.given.assign(is_itemised=False),
        returns=books.returned,
        fees=books.frames["fees"],
        debts=parts.debts,
        remedies=parts.remedies,
        outside=parts.outside,
    )
    moves = money_moves(coverage.form, everything)
    told = outside.cash_cents or 0
    if since > coverage.first_day:
        inside = moves["on"].between(coverage.first_day, since, inclusive="left")
        return told - net_cents(coverage.form, moves.loc[inside])
    before = moves["on"].between(since, coverage.first_day, inclusive="left")
    return told + net_cents(coverage.form, moves.loc[before])
