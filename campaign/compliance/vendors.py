"""What call centres cost, day by day, and what the committee owes them (Schedule D).

Belongs here: accrual by the contract's cost model. Does not belong here: what our own callers
cost, which is payroll, not a vendor's debt.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from campaign.calling.costs import Price
from campaign.compliance.rule_tables import thresholds
from campaign.compliance.team_money import TEAM, team_moves

OUTSOURCED = ("onshore", "offshore")
_TERMS = ("cost_cents", "cost_basis_points", "calls_per_hour")


def accruals(
    teams: pd.DataFrame, vendor_days: pd.DataFrame, parts: pd.DataFrame, returns: pd.DataFrame
) -> pd.DataFrame:
    """Return what each outsourced team earned each day: team_code, campaign_code, on, cents.

    A percentage is of settled money: what confirmed payments of its pledges keep. A day earns
    what the contract's price rose by, so that the days sum to the price of the whole.
    """
    calls = vendor_days[[*TEAM, "on", "attempts"]]
    moves = pd.concat([calls, team_moves(parts, returns)], ignore_index=True)
    sums = moves.groupby([*TEAM, "on"])[["attempts", "settled_cents"]].sum().astype("int64")
    so_far = sums.groupby(level=TEAM).cumsum().reset_index()
    by_team = [_earned(team, so_far) for team in teams.to_dict("records")]
    earned = pd.concat([so_far.iloc[:0].assign(cents=0), *by_team], ignore_index=True)
    found: pd.DataFrame = earned.loc[earned["cents"] != 0, [*TEAM, "on", "cents"]]
    return found


def _earned(team: Mapping[Hashable, Any], so_far: pd.DataFrame) -> pd.DataFrame:
    """Return the days of one team with what it earned on each; nothing for our own callers."""
    terms = (team["cost_model"], *(int(team[name]) for name in _TERMS))
    mine = so_far.loc[(so_far["team_code"] == team["team_code"]) & (team["kind"] in OUTSOURCED)]
    whole = Price(*terms).cost_cents(
        mine["attempts"].to_numpy(np.int64), mine["settled_cents"].to_numpy(np.int64)
    )
    risen: pd.DataFrame = mine.assign(cents=whole)
    risen["cents"] -= risen.groupby(TEAM)["cents"].shift(fill_value=0)
    return risen


def debts(
    earned: pd.DataFrame,
    teams: pd.DataFrame,
    paid: Mapping[str, Mapping[date, int]],
    first_day: date,
    last_day: date,
) -> pd.DataFrame:
    """Return the debts that a report of these days shows, one row a vendor.

    A debt above the threshold is shown at once, a smaller one once it is old (11 CFR 104.11(b)).
    """
    rows = []
    for team in teams.loc[teams["kind"].isin(OUTSOURCED)].to_dict("records"):
        mine = earned.loc[earned["team_code"] == team["team_code"]]
        payments = paid.get(team["team_code"], {})
        before = _sum(mine, date.min, first_day - timedelta(days=1))
        opening = before - sum(cents for day, cents in payments.items() if day < first_day)
        incurred = _sum(mine, first_day, last_day)
        settled = sum(cents for day, cents in payments.items() if first_day <= day <= last_day)
        closing = opening + incurred - settled
        paid_so_far = sum(cents for day, cents in payments.items() if day <= last_day)
        oldest = _oldest_unpaid(mine.loc[mine["on"] <= last_day], paid_so_far, last_day)
        if settled or (closing and _is_shown(closing, oldest, last_day)):
            rows.append(
                (team["team_code"], team["team"], opening, incurred, settled, closing, oldest)
            )
    columns = ["team_code", "team", "opening_cents", "incurred_cents", "paid_cents"]
    return pd.DataFrame(rows, columns=[*columns, "closing_cents", "oldest_on"])


def _sum(earned: pd.DataFrame, first_day: date, last_day: date) -> int:
    return int(earned.loc[earned["on"].between(first_day, last_day), "cents"].sum())


def _oldest_unpaid(earned: pd.DataFrame, paid_cents: int, last_day: date) -> date:
    """Return since when something is owed: payments settle what was earned first."""
    by_day = earned.groupby("on")["cents"].sum().sort_index().cumsum()
    unpaid = by_day[by_day > paid_cents]
    found: date = unpaid.index[0] if len(unpaid) else last_day
    return found


def _is_shown(cents: int, oldest: date, last_day: date) -> bool:
    rule = thresholds()["debt"]
    return rule.reached(cents) or (last_day - oldest).days >= (rule.days or 0)
