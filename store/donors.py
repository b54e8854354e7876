"""Questions about people: whom to call, what they gave, and why."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow as pa
from sqlalchemy.orm import Session

from config import clock
from store.frames import read_columns
from store.suppressions import SUPPRESSED_DONORS

_TEXT, _WHOLE, _DAY, _FLAG = pa.string(), pa.int64(), pa.date32(), pa.bool_()

_CALLABLE = {
    "donor_id": _WHOLE,
    "first_name": _TEXT,
    "last_name": _TEXT,
    "phone_e164": _TEXT,
    "line_type": _TEXT,
    "email": _TEXT,
    "city": _TEXT,
    "state": _TEXT,
    "postal_code": _TEXT,
    "country": _TEXT,
    "timezone": _TEXT,
    "phone_timezone": _TEXT,
    "household_id": _WHOLE,
    "status": _TEXT,
    "status_reason": _TEXT,
    "provenance": _TEXT,
    "consent": _TEXT,
    "language": _TEXT,
    "occupation": _TEXT,
    "employer": _TEXT,
    "suppressed": _FLAG,
    "first_gift_on": _DAY,
    "last_gift_on": _DAY,
    "gifts": _WHOLE,
    "total_cents": _WHOLE,
    "largest_cents": _WHOLE,
    "last_cents": _WHOLE,
    "this_year_cents": _WHOLE,
    "last_year_cents": _WHOLE,
}

_CALLABLE_QUERY = f"""
    with given as (
        select donor_id, min(given_on) as first_gift_on, max(given_on) as last_gift_on,
            count(*) as gifts, sum(amount_cents) as total_cents,
            max(amount_cents) as largest_cents,
            (array_agg(amount_cents order by given_on desc, id desc))[1] as last_cents,
            sum(amount_cents) filter (where given_on >= {{this_year}}::date) as this_year_cents,
            sum(amount_cents) filter (where given_on >= {{last_year}}::date
                and given_on < {{this_year}}::date) as last_year_cents
        from gift group by donor_id
    ), hushed as (select distinct donor_id from ({SUPPRESSED_DONORS}) each)
    select d.id, d.first_name, d.last_name, d.phone_e164, d.line_type, d.email, d.city, d.state,
        d.postal_code, d.country, d.timezone, d.phone_timezone, d.household_id, d.status,
        d.status_reason, d.provenance, d.consent, d.language, d.occupation, d.employer,
        hushed.donor_id is not null, g.first_gift_on, g.last_gift_on, coalesce(g.gifts, 0),
        coalesce(g.total_cents, 0), coalesce(g.largest_cents, 0), coalesce(g.last_cents, 0),
        coalesce(g.this_year_cents, 0), coalesce(g.last_year_cents, 0)
    from donor d left join given g on g.donor_id = d.id
        left join hushed on hushed.donor_id = d.id
    where d.status <> 'merged' order by d.id
"""


def callable_frame(session: Session, today: date | None = None) -> pd.DataFrame:
    """Return a row a person: how to reach them, what holds them back, and what they gave.

    `provenance` and `consent` are JSON texts. Who may be called is for the rules to say.
    """
    day = today or clock.now().date()
    years = {"this_year": f"{day.year}-01-01", "last_year": f"{day.year - 1}-01-01"}
    table = read_columns(session, _CALLABLE_QUERY, _CALLABLE, years)
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def gifts_frame(session: Session) -> pd.DataFrame:
    """Return every gift of the past that a list told, the oldest first."""
    types = {
        "donor_id": _WHOLE,
        "given_on": _DAY,
        "amount_cents": _WHOLE,
        "currency": _TEXT,
        "election_code": _TEXT,
        "source": _TEXT,
        "is_recurring": _FLAG,
    }
    query = f"select {', '.join(types)} from gift order by given_on, id"
    frame: pd.DataFrame = read_columns(session, query, types).to_pandas(types_mapper=pd.ArrowDtype)
    return frame
