"""One record of a filing, in values by the names of the FEC's layout.

Belongs here: how a record states who gave, when and how much, and its transaction id. Does not
belong here: which records a filing has (`filing`), or bytes (`reports/fec`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from campaign.compliance import cover
from campaign.compliance.periods import Coverage
from campaign.compliance.person_names import split_name
from campaign.compliance.us_states import mailing_state
from campaign.money import to_major

Row = Mapping[Any, Any]  # a row of a frame, by column

REQUESTED = "INFORMATION REQUESTED"
UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a filing."""

    table: str
    values: dict[str, str]


def transaction_id(kind: str, *parts: object) -> str:
    """Return an id of 20 characters that stays the same in every amendment.

    >>> transaction_id("A", "ch_1"), transaction_id("A", "ch_1") == transaction_id("A", "ch_2")
    ('A2C63EDDBA6531F0D138', False)
    """
    text = "|".join(str(part) for part in (kind, *parts))
    return kind + hashlib.sha256(text.encode()).hexdigest()[: 20 - len(kind)].upper()


def day_of_record(day: date) -> str:
    """Return a day as a record writes it."""
    return f"{day:%Y%m%d}"


def text_of(value: Any) -> str:
    """Return what a frame's cell says; a blank says nothing."""
    return "" if value is None or pd.isna(value) else str(value).strip()


def person_fields(row: Row, prefix: str) -> dict[str, str]:
    """Return who gave or was paid, as a record names a person or an organisation."""
    name = split_name(
        text_of(row["last_name"]), text_of(row["first_name"]), text_of(row.get("full_name"))
    )
    values = {
        "entity_type": "ORG" if name.organisation else "IND",
        f"{prefix}_organization_name": name.organisation,
        f"{prefix}_last_name": name.last,
        # A record needs both names; the pre-flight warns of this one.
        f"{prefix}_first_name": name.first or (UNKNOWN if name.last else ""),
        f"{prefix}_middle_name": text_of(row.get("middle_name")) or name.middle,
        f"{prefix}_suffix": text_of(row.get("suffix")) or name.suffix,
        f"{prefix}_street_1": text_of(row["street"]),
        f"{prefix}_street_2": text_of(row.get("street_2")),
        f"{prefix}_city": text_of(row["city"]),
        f"{prefix}_state": mailing_state(text_of(row["state"]), text_of(row.get("country"))),
        f"{prefix}_zip_code": text_of(row["zip"]).replace("-", "")[:9],
    }
    return {name: value for name, value in values.items() if value}


def receipt(coverage: Coverage, row: Row, identifier: str, **other: str) -> Record:
    """Return a contribution on Schedule A."""
    employer, occupation = text_of(row["employer"]), text_of(row["occupation"])
    values = {
        "form_type": cover.INDIVIDUAL,
        "transaction_id": identifier,
        **person_fields(row, "contributor"),
        "election_code": text_of(row["election_code"]) if coverage.form == "F3" else "",
        "contribution_date": day_of_record(row["received_on"]),
        "contribution_amount": to_major(int(row["amount_cents"])),
        "contribution_aggregate": to_major(int(row["aggregate_cents"])),
        "contributor_employer": employer or REQUESTED,
        "contributor_occupation": occupation or REQUESTED,
    }
    if values["entity_type"] == "ORG":
        del values["contributor_employer"], values["contributor_occupation"]
    return Record("SchA", values | other)
