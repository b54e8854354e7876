"""48-hour notices (Form 6): large gifts shortly before an election, as records.

Belongs here: which gifts a notice names, and when it is due. Does not belong here: bytes
(`reports/fec`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from campaign.compliance.filer import Filer
from campaign.compliance.limits import Election
from campaign.compliance.records import (
    REQUESTED,
    Record,
    day_of_record,
    person_fields,
    text_of,
    transaction_id,
)
from campaign.compliance.rule_tables import thresholds
from campaign.money import to_major


@dataclass(frozen=True, slots=True)
class Window:
    """The days before an election in which large gifts are told within 48 hours."""

    election: Election
    first_day: date
    last_day: date


def windows(elections: Sequence[Election]) -> list[Window]:
    """Return the window before each election.

    >>> [str(day) for day in (lambda w: (w.first_day, w.last_day))(
    ...     windows([Election("G2026", date(2026, 11, 3))])[0])]
    ['2026-10-15', '2026-10-31']
    """
    rule = thresholds()["notice_48h"]
    return [
        Window(
            election,
            election.held_on - timedelta(days=rule.first_day_before_election or 0),
            election.held_on - timedelta(days=rule.last_day_before_election or 0),
        )
        for election in elections
    ]


def needs_notice(election: Election, day: date, cents: int) -> bool:
    """Whether a gift of this size on this day has to be told within 48 hours."""
    window = windows([election])[0]
    return window.first_day <= day <= window.last_day and thresholds()["notice_48h"].reached(cents)


def large_gifts(given: pd.DataFrame, election: Election) -> pd.DataFrame:
    """Return the gifts that a notice before the election must name."""
    window = windows([election])[0]
    inside = given["received_on"].between(window.first_day, window.last_day)
    least = thresholds()["notice_48h"].at_least or 0
    return given.loc[inside & (given["amount_cents"] >= least)]


def notice_cover(filer: Filer, signed_on: date) -> Record:
    """Return the cover of a Form 6."""
    return Record(
        "F6",
        {
            "form_type": "F6N",
            "filer_committee_id_number": filer.committee_id,
            "committee_name": filer.name,
            "street_1": filer.street,
            "city": filer.city,
            "state": filer.state,
            "zip_code": filer.zip.replace("-", ""),
            "candidate_id_number": filer.candidate_id,
            "candidate_last_name": filer.candidate_last,
            "candidate_first_name": filer.candidate_first,
            "candidate_office": filer.office,
            "candidate_state": filer.state if filer.office != "P" else "",
            "candidate_district": filer.district if filer.office == "H" else "",
            "signer_last_name": filer.treasurer_last,
            "signer_first_name": filer.treasurer_first,
            "date_signed": day_of_record(signed_on),
        },
    )


def notice_lines(filer: Filer, gifts: pd.DataFrame) -> list[Record]:
    """Return a record for each gift; its id is the one that Schedule A will carry."""
    return [
        Record(
            "F65",
            {
                "form_type": "F65",
                "filer_committee_id_number": filer.committee_id,
                "transaction_id": transaction_id("A", row["charge_id"]),
                **person_fields(row, "contributor"),
                "contribution_date": day_of_record(row["received_on"]),
                "contribution_amount": to_major(int(row["amount_cents"])),
                "contributor_employer": text_of(row["employer"]) or REQUESTED,
                "contributor_occupation": text_of(row["occupation"]) or REQUESTED,
            },
        )
        for row in gifts.to_dict("records")
    ]
