"""What call centres cost, day by day, and what the committee owes them (Schedule D).

Belongs here: accrual by the contract's cost model. Does not belong here: what our own callers
cost, which is payroll, not a vendor's debt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from campaign.compliance.rule_tables import thresholds

OUTSOURCED = ("onshore", "offshore")
_EARNED = ("team_code", "campaign_code", "on", "cents")


def accruals(
    teams: pd.DataFrame, vendor_days: pd.DataFrame, receipts: pd.DataFrame, returns: pd.DataFrame
) -> pd.DataFrame:
    """Return what each outsourced team earned each day: team_code, campaign_code, on, cents.

    A percentage is of settled money: what its pledges brought, less what went back.
    """
    hired = teams.loc[teams["kind"].isin(OUTSOURCED)]
    days = vendor_days.merge(hired, on="team_code")
    days["cents"] = 0
    by_call, by_hour = days["cost_model"] == "per_call", days["cost_model"] == "per_hour"
    days.loc[by_call, "cents"] = days["attempts"] * days["cost_cents"]
    # Hours are those that the contract's pace makes of the calls, rounded to the cent.
    hours = days["attempts"] * days["cost_cents"] / days["calls_per_hour"].clip(lower=1)
    days.loc[by_hour, "cents"] = hours.round().astype("int64")
    shares = [
        _shares(hired, receipts, "received_on", 1),
        _shares(hired, returns, "returned_on", -1),
    ]
    whole = pd.concat([days[list(_EARNED)], *shares], ignore_index=True)
    earned = whole.groupby(list(_EARNED[:-1]))["cents"].sum().reset_index()
    return earned[earned["cents"] != 0]


def _shares(hired: pd.DataFrame, money: pd.DataFrame, day: str, sign: int) -> pd.DataFrame:
    by_share = hired.loc[hired["cost_model"] == "percentage", ["team_code", "cost_basis_points"]]
    rows = money.loc[money["pledge_id"].notna()].merge(by_share, on="team_code")
    cents = (rows["amount_cents"] * rows["cost_basis_points"] + 5_000) // 10_000
    return pd.DataFrame(
        {
            "team_code": rows["team_code"],
            "campaign_code": rows["campaign_code"],
            "on": rows[day],
            "cents": sign * cents,
        }
    )


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
    return rule.reached(cents) or (last_day - oldest).days > (rule.days or 0)
