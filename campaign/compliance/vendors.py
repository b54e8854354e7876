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
    What the report before showed is shown once more where it was paid, or money went back.
    """
    rows = []
    day_before = first_day - timedelta(days=1)
    for team in teams.loc[teams["kind"].isin(OUTSOURCED)].to_dict("records"):
        mine = earned.loc[earned["team_code"] == team["team_code"]]
        payments = paid.get(team["team_code"], {})
        incurred = _sum(mine, first_day, last_day)
        settled = sum(cents for day, cents in payments.items() if first_day <= day <= last_day)
        opening, opened_on = _owed(mine, payments, day_before)
        closing, oldest = _owed(mine, payments, last_day)
        was_shown = _is_shown(opening, opened_on, day_before)
        if settled or was_shown or _is_shown(closing, oldest, last_day):
            rows.append(
                (team["team_code"], team["team"], opening, incurred, settled, closing, oldest)
            )
    columns = ["team_code", "team", "opening_cents", "incurred_cents", "paid_cents"]
    return pd.DataFrame(rows, columns=[*columns, "closing_cents", "oldest_on"])


def _sum(earned: pd.DataFrame, first_day: date, last_day: date) -> int:
    return int(earned.loc[earned["on"].between(first_day, last_day), "cents"].sum())


def _owed(earned: pd.DataFrame, payments: Mapping[date, int], day: date) -> tuple[int, date]:
    """Return what is owed at the end of a day, and since when: the oldest is paid first."""
    paid_cents = sum(cents for on, cents in payments.items() if on <= day)
    by_day = earned.loc[earned["on"] <= day].groupby("on")["cents"].sum().sort_index().cumsum()
    # Money that went back takes from what was earned: what a day left of the debt is its lowest.
    unpaid = by_day[by_day[::-1].cummin()[::-1] > paid_cents]
    owed_cents = int(by_day.iloc[-1] if len(by_day) else 0) - paid_cents
    return owed_cents, unpaid.index[0] if len(unpaid) else day


def _is_shown(cents: int, oldest: date, last_day: date) -> bool:
    rule = thresholds()["debt"]
    is_old = (last_day - oldest).days >= (rule.days or 0)
    return cents != 0 and (rule.reached(cents) or is_old)
