"""The invented world as books: the columns that a reconciliation reads."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from benchmarks.giving_world import START, World
from campaign.books.ledger import Books
from campaign.giving import payers
from campaign.giving.pledges import add_months, default_due

_BASE = START.toordinal()


def _days(text: pd.Series) -> pd.Series:
    days = pd.to_datetime(text, errors="coerce")
    return ((days - pd.Timestamp("1970-01-01")).dt.days + date(1970, 1, 1).toordinal()).fillna(-1)


def pledge_columns(world: World) -> pd.DataFrame:
    """Return the pledges as the database holds them."""
    rows = pd.DataFrame(world.pledges)
    pledged = _days(rows["pledged_on"]).astype("int64")
    due = _days(rows["due_on"]).astype("int64")
    parts = rows["instalments"].astype("int64")
    text = rows.drop(columns=["instalments"]).astype("str")
    return pd.DataFrame(
        {
            "id": np.arange(1, len(rows) + 1),
            "ref": text["pledge_ref"],
            "donor_id": pd.Series(np.nan, index=rows.index),
            "first_name": text["first_name"],
            "last_name": text["last_name"],
            "email": payers.clean_emails(text["email"]),
            "phone": payers.clean_phones(text["phone"]),
            "postal_code": payers.clean_postcodes(text["postal_code"]),
            "whole": (text["amount"].astype(float) * 100).round().astype("int64"),
            "written_off": 0,
            "currency": "usd",
            "pledged_day": pledged,
            "due_day": due.where((parts == 1) | (due >= 0), pledged + 30),
            "instalments": parts,
        }
    )


def charge_columns(world: World) -> pd.DataFrame:
    """Return the payments as the database holds them, in the order they came."""
    rows = pd.DataFrame(world.payments)
    cents = rows["cents"].astype("int64")
    created = (rows["at"] * 86_400).astype("int64")
    text = rows[["pledge_ref", "name", "email", "phone", "postal_code", "card"]].astype("str")
    text = text.astype(object).where(text != "", None)
    frame = pd.DataFrame(
        {
            "id": rows["id"],
            "status": "succeeded",
            "captured": cents,
            "cents": cents,
            "refunded": cents.where(rows["returned"].astype(bool), 0),
            "currency": "usd",
            "created": created + (_BASE - date(1970, 1, 1).toordinal()) * 86_400,
            "day": created // 86_400 + _BASE,
            **{name: text[name] for name in text},
            "balance_transaction": "txn_" + rows["id"].astype("str"),
        }
    )
    return frame.sort_values(["created", "id"]).reset_index(drop=True)


def as_books(world: World) -> Books:
    """Return books with nothing but pledges and payments."""

    def empty(*names: str) -> pd.DataFrame:
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in names})

    event = ("id", "charge", "status", "cents", "currency", "day")
    return Books(
        first_day=_BASE,
        last_day=_BASE + 1000,
        pledges=pledge_columns(world),
        charges=charge_columns(world),
        refunds=empty(*event),
        disputes=empty(*event),
        payouts=empty("id"),
        ledger=empty("id", "category", "source", "cents"),
        contents=empty("payout_id", "row"),
        bank=empty("key"),
        balances=empty("currency"),
        decisions=empty("payment", "pledge", "verdict"),
        signed=empty("payment", "pledge", "cents"),
        stripe_totals=empty("currency"),
        statements=empty("id", "account", "currency", "finding", "opening", "closing"),
    )


def instalments(world: World) -> pd.DataFrame:
    """Return each pledge's parts: pledge, number, day, cents."""
    rows = []
    for place, pledge in enumerate(world.pledges, start=1):
        count = int(str(pledge["instalments"]))
        pledged_on = date.fromisoformat(str(pledge["pledged_on"]))
        due = date.fromisoformat(str(pledge["due_on"])) if pledge["due_on"] else None
        first = due or default_due(pledged_on)
        share, odd = divmod(round(float(str(pledge["amount"])) * 100), count)
        rows += [
            (place, number + 1, add_months(first, number), share + (number < odd))
            for number in range(count)
        ]
    return pd.DataFrame(rows, columns=["pledge_id", "number", "due_on", "amount_cents"])
