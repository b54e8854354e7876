"""Gifts that came through a conduit (ActBlue, WinRed): the giver's, earmarked (11 CFR 110.6).

A list tells of such gifts; the treasurer says in the file of outside money which lists they are.
Then they are contributions of the report like any other, each naming its conduit, and a memo item
states what the conduit passed on each day. Belongs here: that, in values. Does not belong here:
the conduit's own fee, which is a payment in the same file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from campaign.compliance import cover
from campaign.compliance.contributions import PERSON, normal_name
from campaign.compliance.limits import Election, elections_of
from campaign.compliance.periods import Coverage
from campaign.compliance.records import Record, day_of_record, transaction_id
from campaign.money import to_major

PURPOSE = "Earmarked through"
MEMO = "Total earmarked through conduit; limits of the conduit are not affected"


@dataclass(frozen=True, slots=True)
class Conduit:
    """Who passed gifts on, and which lists tell of them."""

    name: str
    sources: tuple[str, ...]
    said: Mapping[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, str]:
        """Return the conduit as a contribution names it."""
        return {
            "conduit_name": self.name,
            "conduit_street_1": self.said.get("street", ""),
            "conduit_city": self.said.get("city", ""),
            "conduit_state": self.said.get("state", ""),
            "conduit_zip_code": self.said.get("zip", "").replace("-", ""),
            "contribution_purpose_descrip": f"{PURPOSE} {self.name}",
        }


def earmarked(
    gifts: pd.DataFrame, conduits: Sequence[Conduit], elections: Sequence[Election]
) -> pd.DataFrame:
    """Return the gifts of conduits' lists as contributions."""
    of_source = sources_of(conduits)
    mine = gifts.loc[gifts["source"].isin(of_source)]
    names = mine["first_name"].fillna("") + " " + mine["last_name"].fillna("")
    given = pd.DataFrame(
        {
            "charge_id": mine["source"] + ":" + mine["external_id"],
            "received_on": mine["given_on"],
            "amount_cents": mine["amount_cents"],
            "contributor": "D:" + mine["donor_id"].astype(str),
            "donor_id": mine["donor_id"],
            "conduit": mine["source"].map(of_source),
            "full_name": names.str.strip(),
            "name_key": normal_name(names),
            "election_code": elections_of(mine, elections),
            **{name: mine[name] for name in PERSON},
        }
    )
    return given.astype({"amount_cents": "int64"})


def without_told(history: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Return the history without the gifts that are contributions now, each taken out once."""
    keys = ["donor_id", "given_on", "amount_cents"]
    mine = given.rename(columns={"received_on": "given_on"})[keys]
    mine = mine.assign(number=mine.groupby(keys).cumcount(), is_given=True)
    numbered = history.assign(number=history.groupby(keys).cumcount())
    found = numbered.merge(mine, on=[*keys, "number"], how="left")["is_given"].notna()
    return history.loc[~found.to_numpy()]


def sources_of(conduits: Sequence[Conduit]) -> dict[str, str]:
    """Return which conduit each list tells of."""
    return {source: conduit.name for conduit in conduits for source in conduit.sources}


def conduit_of(row: Mapping[Any, Any], conduits: Sequence[Conduit]) -> dict[str, str]:
    """Return what a contribution states of its conduit; nothing where it came straight."""
    found = [conduit for conduit in conduits if conduit.name == row.get("conduit")]
    return found[0].fields() if found else {}


def conduit_memos(
    coverage: Coverage, window: pd.DataFrame, conduits: Sequence[Conduit]
) -> Iterable[Record]:
    """Yield what each conduit passed on a day, with its total of the window, as memo items."""
    if "conduit" not in window:
        return
    for conduit in conduits:
        passed = window.loc[window["conduit"] == conduit.name]
        if coverage.form != "F3":
            passed = passed.assign(election_code="")
        by_day = passed.groupby(["received_on", "election_code"])["amount_cents"].sum()
        days = by_day.sort_index().reset_index()
        days["so_far"] = days["amount_cents"].cumsum()
        inside = days["received_on"].between(coverage.first_day, coverage.last_day)
        for row in days.loc[inside].to_dict("records"):
            yield Record("SchA", _memo(conduit, row))


def _memo(conduit: Conduit, row: Mapping[Any, Any]) -> dict[str, str]:
    day, election = row["received_on"], row["election_code"]
    committee_id = conduit.said.get("committee_id", "")
    return {
        "form_type": cover.INDIVIDUAL,
        "transaction_id": transaction_id("AE", conduit.name, f"{day:%Y-%m-%d}", election),
        "entity_type": "PAC" if committee_id else "ORG",
        "contributor_organization_name": conduit.name,
        "contributor_street_1": conduit.said.get("street", ""),
        "contributor_city": conduit.said.get("city", ""),
        "contributor_state": conduit.said.get("state", ""),
        "contributor_zip_code": conduit.said.get("zip", "").replace("-", ""),
        "election_code": election,
        "contribution_date": day_of_record(day),
        "contribution_amount": to_major(int(row["amount_cents"])),
        "contribution_aggregate": to_major(int(row["so_far"])),
        "donor_committee_fec_id": committee_id,
        "donor_committee_name": conduit.name if committee_id else "",
        "memo_code": "X",
        "memo_text": MEMO,
    }
