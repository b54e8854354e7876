"""The entries of a redesignation or reattribution: two memo items behind the gift (11 CFR 110.1).

Belongs here: what the two sides state. Does not belong here: whether a gift may be moved
(`store/remedies`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from campaign.compliance import cover
from campaign.compliance.periods import Coverage
from campaign.compliance.records import Record, Row, receipt, text_of, transaction_id


def announced(remedies: pd.DataFrame) -> dict[str, str]:
    """Return what the entry of a gift says when a part of it moves below."""
    return {
        str(charge): f"{str(kind).upper()} BELOW"
        for charge, kind in zip(remedies["charge_id"], remedies["kind"], strict=True)
    }


def memo_items(
    coverage: Coverage, given: pd.DataFrame, remedies: pd.DataFrame, known: frozenset[str]
) -> Iterable[Record]:
    """Yield a pair of memo entries for each redesignation or reattribution (11 CFR 110.1)."""
    changed = given.loc[given["charge_id"].isin(set(remedies["charge_id"]))]
    row_of = {row["charge_id"]: row for row in changed.to_dict("records")}
    for remedy in remedies.loc[remedies["charge_id"].isin(set(row_of))].to_dict("records"):
        row = row_of[remedy["charge_id"]]
        identifier = transaction_id("A", row["charge_id"])
        back = (
            {"back_reference_tran_id": identifier, "back_reference_sched_name": cover.INDIVIDUAL}
            if identifier in known
            else {}
        )
        for number, (entry, text) in enumerate(_both_sides(row, remedy), start=1):
            memo = transaction_id("AM", remedy["remedy_id"], row["charge_id"], number)
            yield receipt(coverage, entry, memo, memo_code="X", memo_text=text, **back)


def _both_sides(row: Row, remedy: Row) -> Iterable[tuple[dict[Any, Any], str]]:
    """Yield where the money leaves, and where it goes."""
    cents, total = int(remedy["amount_cents"]), int(row["aggregate_cents"])
    on_day = {"received_on": remedy["decided_on"]}
    out_of = {**row, **on_day, "amount_cents": -cents, "aggregate_cents": total - cents}
    into = {**row, **on_day, "amount_cents": cents}
    if remedy["kind"] == "redesignation":
        into["election_code"] = remedy["to_election"]
        yield out_of, f"REDESIGNATION FROM {text_of(row['election_code'])}"
        yield into, f"REDESIGNATION TO {text_of(remedy['to_election'])}"
        return
    into |= {key: remedy[key] for key in _PERSON_OF_REMEDY}
    into |= {"aggregate_cents": int(remedy["to_aggregate_cents"]), "middle_name": "", "suffix": ""}
    yield out_of, "REATTRIBUTION TO JOINT CONTRIBUTOR"
    yield into, "REATTRIBUTION FROM JOINT CONTRIBUTOR"


_PERSON_OF_REMEDY = (
    "first_name",
    "last_name",
    "street",
    "city",
    "state",
    "zip",
    "employer",
    "occupation",
    "full_name",
)
