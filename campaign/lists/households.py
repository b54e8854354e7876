"""Who lives together: people stay people, and a household is not called twice in a day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from campaign.lists.identity.clusters import components
from campaign.lists.identity.records import load

_MOST_IN_ONE_HOME = 8

# Those at one address who share a last name, a phone or an e-mail; and families on one phone.
_SHARED = """
with place as (
    select r, home || '|' || coalesce(unit, '') as home from rec_home
), mark as (
    select donor_id, 'name ' || home || '|' || l as key from place join rec using (r)
        where l is not null
    union all select donor_id, 'phone ' || home || '|' || phone from place join rec using (r)
        join rec_phone using (r)
    union all select donor_id, 'email ' || home || '|' || email from place join rec using (r)
        join rec_email using (r)
    union all select donor_id, 'family ' || phone || '|' || l from rec join rec_phone using (r)
        where l is not null
)
select min(donor_id) over (partition by key) as a, donor_id as b
from (select distinct donor_id, key from mark)
qualify count(*) over (partition by key) between 2 and $most
"""


def group(people: pa.Table, overflow: str = "") -> pd.DataFrame:
    """Return donor_id and the lowest donor_id of its household, for those who do not live alone.

    Each person carries the donor_id that it has; `row` only keeps alike ones apart.
    """
    with load(people, named=False, overflow=overflow) as connection:
        pairs = connection.execute(_SHARED, {"most": _MOST_IN_ONE_HOME}).df()
    pairs = pairs[pairs.a != pairs.b]
    if pairs.empty:
        return pd.DataFrame({"donor_id": [], "head_id": []}, dtype=np.int64)
    ids = np.unique(pairs[["a", "b"]].to_numpy(np.int64))
    a, b = np.searchsorted(ids, pairs.a), np.searchsorted(ids, pairs.b)
    label = components(len(ids), a, b)
    frame = pd.DataFrame({"donor_id": ids, "label": label})
    frame["head_id"] = frame.groupby("label").donor_id.transform("min")
    return frame[["donor_id", "head_id"]]
