"""The sections of the treasurer's package that the law asks for: limits and findings.

Belongs here: which rows and columns they show. Does not belong here: what is found (`findings`).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from campaign.books.proofs import in_money
from campaign.compliance.findings import COLUMNS as FINDING_COLUMNS
from campaign.compliance.package import Column, Section, cents, code, count, day


def limits(counted: pd.DataFrame) -> Section:
    """Return the limit ledger: who has used half of a limit or more."""
    if counted.empty:
        rows = pd.DataFrame(columns=["full_name", "label", "given_cents", "limit_cents"])
        rows = rows.assign(headroom_cents=0, contributor="", last_on=None)
    else:
        last = counted.groupby(["contributor", "scope"], as_index=False).last()
        rows = last.rename(columns={"so_far": "given_cents", "on": "last_on"})
        rows = rows.loc[rows["given_cents"] * 2 >= rows["limit_cents"]]
        headroom = (rows["limit_cents"] - rows["given_cents"]).clip(lower=0)
        rows = rows.assign(headroom_cents=headroom).sort_values(
            ["given_cents", "contributor"], ascending=[False, True]
        )
    return Section(
        "limits",
        "Limit ledger",
        "Who has used half of a contribution limit or more, over all sources.",
        (
            Column("full_name", "Giver", width=24),
            Column("label", "Counts for", width=18),
            cents("given_cents", "Given", total=False),
            cents("limit_cents", "Limit", total=False),
            cents("headroom_cents", "Headroom", total=False),
            day("last_on", "Last gift"),
            Column("contributor", "Key", width=26),
        ),
        rows,
    )


_FINDINGS = {
    "excess": ("excess", "Excessive gifts", "To be redesignated, reattributed or refunded."),
    "best_efforts": (
        "best-efforts",
        "Best efforts",
        "Occupation or employer missing above the threshold; one follow-up within 30 days.",
    ),
    "source": ("sources", "Source risks", "Signs of a prohibited source, to be looked at."),
    "record_keeping": (
        "records",
        "Record keeping",
        "Gifts above $50 without the giver's name or address.",
    ),
    "deposit": ("deposits", "Deposits over 10 days", "Receipts that reached the bank late."),
    "notice_48h": (
        "notices",
        "48-hour notices",
        "Gifts of $1,000 or more shortly before an election.",
    ),
    "contract": ("contracts", "Vendor contracts", "Contracts that a lawyer should look at."),
}


def finding_sections(findings: pd.DataFrame) -> list[Section]:
    """Return one section for each kind of finding."""
    columns = (
        day("due_on", "Due"),
        Column("name", "Who", width=24),
        cents("amount_cents", "Amount"),
        day("since", "Since"),
        Column("what", "What", width=48),
        Column("status", "Status", width=10),
        Column("citation", "Rule", width=40),
        Column("confidence", "Confidence", width=12),
        Column("subject", "Subject", width=28),
    )
    assert {column.name for column in columns} == set(FINDING_COLUMNS) - {"kind"}
    return [
        Section(key, title, note, columns, findings.loc[findings["kind"] == kind])
        for kind, (key, title, note) in _FINDINGS.items()
    ]


def invariants(reconciliation: dict[str, Any] | None, currency: str) -> Section:
    """Return what the newest reconciliation of these days proved."""
    proved = (reconciliation or {}).get("result", {}).get("invariants", [])
    columns = ["number", "name", "status", "detail"]
    rows = pd.DataFrame([[row.get(name) for name in columns] for row in proved], columns=columns)
    rows["detail"] = rows["detail"].map(lambda told: in_money(str(told or ""), currency))
    return Section(
        "invariants",
        "Proofs",
        "What the reconciliation proved about the books: held, broken, or not provable."
        if proved
        else "These days were not reconciled yet: run 'pledgeline books reconcile' for them.",
        (
            count("number", "No.", total=False),
            Column("name", "What holds", width=60),
            code("status", "Status"),
            Column("detail", "Detail", width=70),
        ),
        rows,
    )
