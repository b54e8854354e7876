"""The two columns of a filing's cover: every movement of money on its line.

Belongs here: which day and line a movement counts on, and the cash at the start. Does not belong
here: which lines add up to which (`cover`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from campaign.compliance import cover
from campaign.compliance.earmarks import Conduit
from campaign.compliance.loans import Loan
from campaign.compliance.outside import OutsideItem
from campaign.compliance.periods import Coverage


@dataclass(frozen=True, slots=True)
class FilingBooks:
    """What a filing is made of; frames as `contributions` and `store.compliance` give them."""

    contributions: pd.DataFrame
    returns: pd.DataFrame
    fees: pd.DataFrame
    debts: pd.DataFrame
    remedies: pd.DataFrame
    outside: tuple[OutsideItem, ...] = ()
    loans: tuple[Loan, ...] = ()
    conduits: tuple[Conduit, ...] = ()
    opening_cents: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """Column A, column B, and what lies after a general election, each by line."""

    period: dict[str, int]
    window: dict[str, int]
    after: dict[str, int] | None


def columns_of(coverage: Coverage, books: FilingBooks) -> Columns:
    """Return the columns of the cover."""
    moves = money_moves(coverage.form, books)
    first, last = coverage.window_first_day, coverage.window_last_day
    opening = books.opening_cents
    after = None
    if last < coverage.last_day:
        later = moves.loc[moves["on"] > last]
        after = cover.cover_lines(coverage.form, _parts(later, last, coverage.last_day), 0)
    return Columns(
        cover.cover_lines(
            coverage.form, _parts(moves, coverage.first_day, coverage.last_day), opening
        ),
        cover.cover_lines(
            coverage.form, _parts(moves, first, last), _cash_at(first, moves, coverage, opening)
        ),
        after,
    )


def money_moves(form: str, books: FilingBooks) -> pd.DataFrame:
    """Return every movement of money of the window: its day, its cover line, its cents."""
    given = books.contributions
    unitemised = {True: "individuals_itemized", False: "individuals_unitemized"}
    frames = [
        pd.DataFrame(
            {
                "on": given["received_on"],
                "line": given["is_itemised"].map(unitemised),
                "cents": given["amount_cents"],
            }
        ),
        _moves(books.fees, "paid_on", cover.LINES[form][cover.OPERATING[form]]),
        _moves(books.returns, "returned_on", cover.LINES[form][cover.REFUND[form]]),
        pd.DataFrame(
            [(item.on, cover.LINES[form][item.line], item.amount_cents) for item in books.outside],
            columns=["on", "line", "cents"],
        ),
    ]
    return pd.concat([frame for frame in frames if len(frame)] or [frames[0]], ignore_index=True)


def _moves(frame: pd.DataFrame, day: str, line: str) -> pd.DataFrame:
    return pd.DataFrame({"on": frame[day], "line": line, "cents": frame["amount_cents"]})


def _parts(moves: pd.DataFrame, first_day: date, last_day: date) -> dict[str, int]:
    inside = moves.loc[moves["on"].between(first_day, last_day)]
    return {str(line): int(cents) for line, cents in inside.groupby("line")["cents"].sum().items()}


def _cash_at(first_day: date, moves: pd.DataFrame, coverage: Coverage, opening_cents: int) -> int:
    """Return the cash when the window began, from the cash when the report's days began."""
    before = moves.loc[moves["on"].between(first_day, coverage.first_day, inclusive="left")]
    return opening_cents - net_cents(coverage.form, before)


def net_cents(form: str, moves: pd.DataFrame) -> int:
    """Return what the movements leave: what came in, less what was spent."""
    spent = {name for line, name in cover.LINES[form].items() if line.startswith("SB")}
    signs = moves["line"].isin(spent).map({True: -1, False: 1})
    return int((moves["cents"] * signs).sum())
