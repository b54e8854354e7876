"""What a nonprofit reports of those it hires to raise money.

Form 990, Schedule G, Part I lists the ten best paid; states ask for gross, fee and net of each
campaign and vendor. Belongs here: that table. Does not belong here: letters to donors.
"""

from __future__ import annotations

from datetime import date

from campaign.compliance.books import ReportBooks
from campaign.compliance.package import Column, Section, cents
from campaign.compliance.rule_tables import thresholds
from campaign.compliance.team_sections import money_by
from campaign.compliance.vendors import OUTSOURCED

_BY = ["team_code", "campaign_code"]


def fundraisers(books: ReportBooks, first_day: date, last_day: date) -> Section:
    """Return gross, fee and net by campaign and professional fundraiser, the best paid first."""
    teams = books.frames["teams"]
    hired = teams.loc[teams["kind"].isin(OUTSOURCED), ["team_code", "team", "kind"]]
    sums = money_by(books, first_day, last_day, _BY).rename(columns={"cost_cents": "fee_cents"})
    rows = sums.reset_index().merge(hired, on="team_code")
    rows["gross_cents"] -= rows.pop("returned_cents")
    rows["net_cents"] = rows["gross_cents"] - rows["fee_cents"]
    rows["activity"], rows["custody"] = "Phone solicitations", "no"
    rows["share"] = (rows["net_cents"] / rows["gross_cents"].where(rows["gross_cents"] > 0)).round(
        4
    )
    fee, rule = int(rows["fee_cents"].sum()), thresholds()["schedule_g"]
    must = "is" if rule.reached(fee) else "is not"
    return Section(
        "fundraisers",
        "Professional fundraisers",
        f"Schedule G, Part I {must} due for these fees alone; states ask for gross, fee and net.",
        (
            Column("team", "Fundraiser", width=28),
            Column("campaign_code", "Campaign", width=12),
            Column("activity", "Activity", width=20),
            Column("custody", "Holds the money", width=10),
            cents("gross_cents", "Gross"),
            cents("fee_cents", "Fee"),
            cents("net_cents", "Net"),
            Column("share", "Share kept", "percent", 10),
        ),
        rows.sort_values(
            ["fee_cents", "team_code", "campaign_code"], ascending=[False, True, True]
        ),
    )
