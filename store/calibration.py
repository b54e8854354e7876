"""The calls that were made, with what was known of each donor before, for grading the chances."""

from __future__ import annotations

from typing import cast

import pandas as pd
import pyarrow as pa
from sqlalchemy.orm import Session

from campaign.calling.segments import SEGMENTS
from store.call_results import CONTACTED
from store.committees import the_committee
from store.frames import read_columns

_WHOLE, _FLAG = pa.int64(), pa.bool_()
_TYPES = {
    "on_day": pa.date32(),
    "team_id": _WHOLE,
    "segment": pa.string(),
    "tries": _WHOLE,
    "is_contact": _FLAG,
    "is_pledge": _FLAG,
    "amount_cents": _WHOLE,
    "due_on": pa.date32(),
    "is_kept": _FLAG,
    "gifts": _WHOLE,
    "total_cents": _WHOLE,
    "last_cents": _WHOLE,
}
_QUERY = f"""
    with made as (
        select c.*, (c.started_at at time zone {{zone}})::date as on_day,
            row_number() over (partition by c.donor_id order by c.started_at, c.id) - 1 as tries
        from call_attempt c where c.campaign_id = {{campaign_id}}
    )
    select m.on_day, m.team_id, coalesce(a.segment, 'prospect'), m.tries,
        m.call_result in ({CONTACTED}),
        p.id is not null, coalesce(p.amount_cents, 0), p.due_on,
        coalesce(p.status = 'fulfilled', false),
        g.gifts, coalesce(g.total_cents, 0), coalesce(g.last_cents, 0)
    from made m left join assignment a on a.id = m.assignment_id
        left join pledge p on p.call_attempt_id = m.id
        cross join lateral (
            select count(*) as gifts, sum(amount_cents) as total_cents,
                (array_agg(amount_cents order by given_on desc, id desc))[1] as last_cents
            from gift where donor_id = m.donor_id and given_on < m.on_day
        ) g
    order by m.on_day, m.id
"""


def calls_made(session: Session, campaign_id: int) -> pd.DataFrame:
    """Return a row a call: who was called after how many tries, and what came of it."""
    values = {"campaign_id": campaign_id, "zone": the_committee(session).timezone}
    frame = read_columns(session, _QUERY, _TYPES, values).to_pandas()
    frame["segment"] = frame["segment"].where(frame["segment"].isin(SEGMENTS), "prospect")
    return cast("pd.DataFrame", frame)
