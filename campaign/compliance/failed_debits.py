"""Bank debits that failed after they had come: a filing takes them off the line that told of them.

The FEC wants a bounced check as a negative entry where the contribution stood, itemised if that was
(https://www.fec.gov/help-candidates-and-committees/filing-reports/bounced-checks/). One whose cycle
is over by then stays what it is elsewhere, a return on Schedule B: no new total has it.

Belongs here: those entries. Does not belong here: when a debit has failed (`store/compliance`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from campaign.compliance.contributions import cycle_numbers

_KIND = "debit failed"


def as_contributions(
    given: pd.DataFrame, returned: pd.DataFrame, cycles: Sequence[date]
) -> pd.DataFrame:
    """Return each failed debit as its contribution once more, below nothing, on its own day."""
    failed = returned.loc[returned["kind"] == _KIND]
    back = failed[["charge_id", "return_id", "returned_on", "amount_cents"]]
    went = back.rename(columns={"amount_cents": "back_cents"}).merge(given, on="charge_id")
    came_in, failed_in = (
        cycle_numbers(went[day], cycles) for day in ("received_on", "returned_on")
    )
    went = went.loc[came_in == failed_in]
    entries: pd.DataFrame = went.assign(
        failed_charge=went["charge_id"],
        charge_id=went["return_id"],
        received_on=went["returned_on"],
        amount_cents=-went["back_cents"],
    )
    return entries.drop(columns=["return_id", "returned_on", "back_cents"])


def as_they_came(window: pd.DataFrame) -> pd.DataFrame:
    """Return the contributions, each failed debit itemised if what it takes back was."""
    was = dict(zip(window["charge_id"], window["is_itemised"], strict=True))
    told = window["failed_charge"].where(window["failed_charge"].notna(), window["charge_id"])
    return window.assign(is_itemised=told.map(was).astype(bool))
