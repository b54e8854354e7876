"""The sections of the treasurer's package, from the books: one function a section.

Belongs here: which rows and columns a section shows. Does not belong here: figures over them
(`figures`), findings of the law (`findings`).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from campaign.compliance.books import ReportBooks
from campaign.compliance.package import Column, Section, cents, code, count, day
from campaign.compliance.records import transaction_id

AGES = ((30, "0-30 days"), (60, "31-60 days"), (90, "61-90 days"))
OLDEST = "over 90 days"


def contributions(window: pd.DataFrame, first_day: date, last_day: date, kind: str) -> Section:
    """Return the receipts of the period, one row a payment, from pledge to bank."""
    rows = window.loc[window["received_on"].between(first_day, last_day)].copy()
    line = rows["is_itemised"].map({True: "11(a)(i)", False: "11(a)(ii)"})
    rows["fec_line"] = line
    if kind == "nonprofit":
        rows = rows.assign(fec_line="gift", election_code="")
    rows["fec_id"] = [
        transaction_id("A", charge) if itemised and kind != "nonprofit" else ""
        for charge, itemised in zip(rows["charge_id"], rows["is_itemised"], strict=True)
    ]
    rows["unallocated_cents"] = (
        rows["amount_cents"] - rows["confirmed_cents"] - rows["suggested_cents"]
    )
    rows["net_cents"] = rows["amount_cents"] - rows["fee_cents"]
    rows["at_bank"] = np.where(rows["bank_line"].notna(), "yes", "no")
    rows["has_pledge"] = np.where(rows["pledge_id"].notna(), "yes", "no")
    return Section(
        "receipts",
        "Receipts",
        "Every payment of the period, dated when it was charged, reported gross.",
        (
            day("received_on", "Received"),
            Column("full_name", "Giver", width=24),
            Column("city", "City", width=16),
            Column("state", "State", width=7),
            Column("zip", "ZIP", width=10),
            Column("employer", "Employer", width=18),
            Column("occupation", "Occupation", width=18),
            Column("election_code", "Election", width=9),
            Column("fec_line", "Line", width=9),
            cents("amount_cents", "Amount"),
            cents("aggregate_cents", "Aggregate", total=False),
            cents("fee_cents", "Fee"),
            cents("net_cents", "Net"),
            cents("confirmed_cents", "On pledges"),
            cents("suggested_cents", "Suggested"),
            cents("unallocated_cents", "No pledge"),
            Column("pledge_ref", "Pledge", width=14),
            Column("team_code", "Team", width=10),
            Column("has_pledge", "Pledged", width=8),
            Column("payout", "Payout", width=20),
            Column("at_bank", "At bank", width=8),
            day("deposited_on", "Deposited"),
            Column("charge_id", "Payment", width=28),
            Column("fec_id", "FEC id", width=22),
        ),
        rows,
    )


def returns(books: ReportBooks, first_day: date, last_day: date) -> Section:
    """Return what went back: refunds, disputes lost and won, debits that failed later."""
    rows = books.returned
    return Section(
        "returns",
        "Refunds and disputes",
        "Money that went back (refunds, disputes, bank debits that came and failed later), and "
        "disputes that were won; a return counts on its own day.",
        (
            day("returned_on", "Day"),
            code("kind", "Kind"),
            Column("full_name", "Giver", width=24),
            cents("amount_cents", "Amount"),
            code("reason", "Reason", 22),
            Column("charge_id", "Payment", width=28),
            Column("return_id", "Return", width=28),
        ),
        rows.loc[rows["returned_on"].between(first_day, last_day)],
    )


def fees(books: ReportBooks, first_day: date, last_day: date) -> Section:
    """Return the processor's fees by day."""
    rows = books.frames["fees"]
    return Section(
        "fees",
        "Processor fees",
        "What the processor kept; an operating expenditure, never taken off a contribution.",
        (
            day("paid_on", "Day"),
            code("kind", "Kind", 18),
            count("rows", "Rows"),
            cents("amount_cents", "Fee"),
        ),
        rows.loc[rows["paid_on"].between(first_day, last_day)],
    )


_CATEGORY = {
    "charge": "Charges",
    "charge_failure": "Charges that failed later",
    "refund": "Refunds",
    "refund_failure": "Refunds that failed",
    "dispute": "Disputes",
    "dispute_reversal": "Disputes won",
    "fee": "Account fees",
    "payout": "Payouts",
    "payout_reversal": "Payouts that came back",
}


def ledger(books: ReportBooks) -> Section:
    """Return the processor's ledger by category: the roll-forward of its balance."""
    rows = books.frames["ledger"]
    names = rows["category"].map(_CATEGORY).fillna(rows["category"].str.replace("_", " "))
    side = np.where(rows["category"].isin(["payout", "payout_reversal"]), "payout", "activity")
    return Section(
        "ledger",
        "Ledger of the processor",
        "The balance held at the processor: what it was, what moved, what it is.",
        (
            Column("name", "Category", width=26),
            Column("side", "Side", width=10),
            count("rows", "Rows"),
            cents("amount_cents", "Gross"),
            cents("fee_cents", "Fees"),
            cents("net_cents", "Net"),
            cents("before_cents", "Net before"),
            Column("category", "Stripe's code", width=20),
        ),
        rows.assign(name=names, side=side),
    )


def timing(books: ReportBooks) -> Section:
    """Return what the ledger and the charges tell in different periods."""
    return Section(
        "timing",
        "Timing and failed payments",
        "Money that the ledger shows in another period than the charge, or that came to nothing.",
        (
            Column("side", "Where it stands", width=24),
            code("kind", "Kind", 18),
            cents("amount_cents", "Amount"),
            day("day", "Day on the ledger"),
            Column("subject", "Payment", width=28),
            Column("row_id", "Row", width=28),
        ),
        books.frames["timing"],
    )


def payouts(books: ReportBooks) -> Section:
    """Return the payouts of the period against the bank's statement."""
    rows = books.frames["payouts"].copy()
    at_bank = rows["bank_rows"] > 0
    rows["state"] = np.select(
        [at_bank, rows["paid_out_cents"] == 0], ["at the bank", "came to nothing"], "under way"
    )
    apart = (rows["paid_out_cents"] - rows["bank_cents"]).abs()
    rows["difference_cents"] = apart.where(at_bank, 0)
    is_proven = rows["is_provable"].fillna(False).astype(bool)
    rows["provable"] = np.where(is_proven, "yes", "no")
    missing = (rows["amount_cents"] - rows["rows_net_cents"]).abs()
    rows["unexplained_cents"] = missing.where(is_proven, 0)
    return Section(
        "payouts",
        "Payouts and bank",
        "Each payout, the rows it is made of, and the line on the bank's statement. What a manual "
        "payout is made of cannot be proven.",
        (
            day("created_on", "Made"),
            Column("payout", "Payout", width=28),
            code("status", "Status", 12),
            Column("state", "State", width=14),
            cents("amount_cents", "Payout"),
            cents("paid_out_cents", "Left the ledger"),
            Column("provable", "Provable", width=9),
            count("rows", "Rows"),
            cents("rows_net_cents", "Sum of its rows"),
            cents("unexplained_cents", "Unexplained"),
            cents("bank_cents", "Bank"),
            cents("difference_cents", "Difference"),
            day("booked_on", "Booked"),
        ),
        rows,
    )


def pledges(books: ReportBooks, first_day: date, last_day: date) -> Section:
    """Return pledges made so far, with what is open by age."""
    rows = books.frames["pledges"].copy()
    rows["made"] = np.where(rows["pledged_on"] >= first_day, "this period", "before")
    rows["open_cents"] = (
        rows["amount_cents"] - rows["written_off_cents"] - rows["paid_cents"]
    ).clip(lower=0)
    rows["over_cents"] = (
        rows["paid_cents"] + rows["written_off_cents"] - rows["amount_cents"]
    ).clip(lower=0)
    due = pd.to_datetime(rows["due_on"].fillna(rows["pledged_on"]))
    late = (pd.Timestamp(last_day) - due).dt.days
    is_open = rows["open_cents"] > 0
    bands = [~is_open, late <= 0, *(late <= days for days, _ in AGES)]
    labels = ["closed", "not due", *(label for _, label in AGES)]
    rows["age"] = np.select(bands, labels, OLDEST)
    return Section(
        "pledges",
        "Pledges",
        "Promises, not contributions: not reportable until they are paid.",
        (
            day("pledged_on", "Pledged"),
            Column("pledge_ref", "Pledge", width=18),
            Column("team_code", "Team", width=10),
            Column("campaign_code", "Campaign", width=12),
            day("due_on", "Due"),
            cents("amount_cents", "Pledged"),
            cents("paid_cents", "Paid"),
            cents("written_off_cents", "Written off"),
            cents("open_cents", "Open"),
            cents("over_cents", "Overpaid"),
            Column("age", "Age of what is open", width=18),
            code("status", "Status", 12),
            Column("made", "Made", width=12),
        ),
        rows,
    )


def exceptions(books: ReportBooks, last_day: date) -> Section:
    """Return open exceptions, with owner, age and reason."""
    rows = books.frames["exceptions"]
    rows = rows.loc[rows["status"] == "open"].copy()
    age = (pd.Timestamp(last_day) - pd.to_datetime(rows["opened_on"])).dt.days
    rows["age"] = np.select([age <= days for days, _ in AGES], [label for _, label in AGES], OLDEST)
    return Section(
        "exceptions",
        "Open exceptions",
        "What does not fit yet: each with its owner, its age and the reason.",
        (
            Column("exception_id", "No.", "count", 8),
            code("kind", "Kind", 22),
            Column("subject", "Subject", width=30),
            cents("amount_cents", "Amount"),
            day("opened_on", "Opened"),
            Column("age", "Age", width=13),
            Column("owner", "Owner", width=18),
            Column("reason", "Reason", width=60),
        ),
        rows,
    )


def decisions(books: ReportBooks) -> Section:
    """Return what people decided, with before and after."""
    rows = books.frames["exceptions"]
    rows = rows.loc[rows["status"] != "open"].copy()
    rows["resolved_on"] = pd.to_datetime(rows["resolved_at"], utc=True).dt.date
    return Section(
        "decisions",
        "Manual decisions",
        "Exceptions that a person resolved, or a reconciliation that found them no longer there.",
        (
            Column("exception_id", "No.", "count", 8),
            code("kind", "Kind", 22),
            Column("subject", "Subject", width=30),
            cents("amount_cents", "Amount"),
            Column("resolution", "Decided", width=18),
            Column("because", "Because", width=40),
            Column("resolved_by", "By", width=18),
            day("resolved_on", "On"),
            Column("before", "Before", width=30),
            Column("after", "After", width=30),
        ),
        rows,
    )


def remedies(books: ReportBooks, first_day: date, last_day: date) -> Section:
    """Return redesignations and reattributions of the period."""
    rows = books.frames["remedies"]
    return Section(
        "remedies",
        "Redesignated and reattributed",
        "Parts of gifts that the giver's signed letter moved to another election or giver.",
        (
            day("decided_on", "Day"),
            code("kind", "Kind", 18),
            cents("amount_cents", "Amount"),
            Column("to_election", "To election", width=12),
            Column("full_name", "To giver", width=24),
            Column("charge_id", "Payment", width=28),
            Column("because", "Because", width=40),
        ),
        rows.loc[rows["decided_on"].between(first_day, last_day)],
    )
