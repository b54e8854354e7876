"""The sections of the treasurer's package about teams and their calls.

Belongs here: vendors' costs, teams by settled dollar, calls and what was wrong with them. Does not
belong here: money received (`sections`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from campaign.calling.results import CONTACTS
from campaign.compliance.books import ReportBooks
from campaign.compliance.package import Column, Section, cents, code, count, day
from campaign.compliance.rule_tables import thresholds
from campaign.compliance.vendors import debts
from campaign.money import format_minor


def money_by(books: ReportBooks, first_day: date, last_day: date, by: list[str]) -> pd.DataFrame:
    """Return what came in, went back and was earned in these days, by team and whatever else."""
    moves = books.team_moves.loc[books.team_moves["on"].between(first_day, last_day)]
    earned = books.earned.loc[books.earned["on"].between(first_day, last_day)]
    sums = {
        "gross_cents": moves.loc[~moves["is_return"]].groupby(by)["cents"].sum(),
        "returned_cents": -moves.loc[moves["is_return"]].groupby(by)["cents"].sum(),
        "cost_cents": earned.groupby(by)["cents"].sum(),
    }
    return pd.DataFrame(sums).fillna(0).astype("int64")


def vendors(books: ReportBooks, first_day: date, last_day: date) -> Section:
    """Return what call centres earned and are owed: the draft of Schedule D."""
    rows = debts(books.earned, books.frames["teams"], {}, first_day, last_day)
    rule = thresholds()["debt"]
    return Section(
        "vendors",
        "Vendor costs and debts",
        "What is owed to call centres and belongs on Schedule D: above "
        f"{format_minor(rule.more_than_cents or 0)}, or owed for {rule.days} days. "
        "What was paid of it is told with the filing.",
        (
            Column("team", "Vendor", width=28),
            Column("team_code", "Team", width=10),
            cents("opening_cents", "Owed before"),
            cents("incurred_cents", "Incurred"),
            cents("paid_cents", "Paid"),
            cents("closing_cents", "Owed"),
            day("oldest_on", "Since"),
        ),
        rows,
    )


def scorecard(books: ReportBooks, first_day: date, last_day: date) -> Section:
    """Return each team by settled money: calls, pledges, payments, cost, net."""
    teams = books.frames["teams"][["team_code", "team", "kind"]]
    calls = books.frames["calls"]
    attempts = calls.groupby("team_code")["attempts"].sum()
    contacts = calls.loc[calls["call_result"].isin(CONTACTS)].groupby("team_code")["attempts"].sum()
    made = books.frames["pledges"]
    made = made.loc[made["pledged_on"].between(first_day, last_day)]
    money = money_by(books, first_day, last_day, ["team_code"])
    sums: Mapping[str, pd.Series[int]] = {
        "attempts": attempts,
        "contacts": contacts,
        "pledges": made.groupby("team_code").size(),
        "pledged_cents": made.groupby("team_code")["amount_cents"].sum(),
        "gross_cents": money["gross_cents"],
        "returned_cents": money["returned_cents"],
        "cost_cents": money["cost_cents"],
    }
    rows = teams.copy()
    for name, series in sums.items():
        rows[name] = rows["team_code"].map(series).fillna(0).astype("int64")
    rows["settled_cents"] = rows["gross_cents"] - rows["returned_cents"]
    rows["net_cents"] = rows["settled_cents"] - rows["cost_cents"]
    rows["cost_share"] = (rows["cost_cents"] / rows["settled_cents"].where(lambda s: s > 0)).round(
        4
    )
    return Section(
        "teams",
        "Teams by settled dollar",
        "Cost is what a vendor's contract says; our own callers' wages are not in it.",
        (
            Column("team", "Team", width=26),
            Column("team_code", "Code", width=10),
            code("kind", "Kind", 10),
            count("attempts", "Calls"),
            count("contacts", "Contacts"),
            count("pledges", "Pledges"),
            cents("pledged_cents", "Pledged"),
            cents("gross_cents", "Received"),
            cents("returned_cents", "Went back"),
            cents("settled_cents", "Settled"),
            cents("cost_cents", "Cost"),
            cents("net_cents", "Net"),
            Column("cost_share", "Cost per settled $", "percent", 12),
        ),
        rows,
    )


def calls(books: ReportBooks) -> Section:
    """Return the calls by team and how they ended."""
    return Section(
        "calls",
        "Calls",
        "Attempts of the period by team and by how the call ended.",
        (
            Column("team", "Team", width=26),
            Column("team_code", "Code", width=10),
            Column("campaign_code", "Campaign", width=12),
            code("call_result", "Result", 18),
            count("attempts", "Attempts"),
            count("donors", "People", total=False),
            count("seconds", "Seconds"),
        ),
        books.frames["calls"],
    )


def calling(books: ReportBooks) -> Section:
    """Return calls that should not have been made, found again in the record."""
    return Section(
        "calling",
        "Calling compliance",
        "Calls outside of the hours, after an opt-out or the packet's end, too many in a day, by "
        "somebody without a certificate; opt-outs that were told late.",
        (
            day("day", "Day"),
            Column("problem", "Problem", width=36),
            Column("team_code", "Team", width=10),
            Column("detail", "Detail", width=12),
            Column("call_id", "Call", "count", 10),
        ),
        books.frames["calling"],
    )
