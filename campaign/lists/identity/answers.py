"""Many pairs that wait, answered at once: who of them may be one, all taken together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from campaign.lists.identity import pairs, records
from campaign.lists.identity.clusters import components

_LARGEST_CROWD = 60  # records that would be one person: of more, nobody is

# The records of those who would be one, each with each.
_CROWD = """
create table member as select crowd, r, donor_id from rec join crowd_of using (donor_id);
create table large as select crowd from member group by crowd having count(*) > $most;
create table pair as select x.r as a, y.r as b from member x join member y
    on x.crowd = y.crowd and x.r < y.r and x.donor_id <> y.donor_id
where x.crowd not in (from large)
"""

# What speaks against two donors today, as far as it was not the question itself. Work that differs
# and a year of birth in an e-mail forbid nothing, and are looked at by a person.
_AGAINST = """
select least(donor_a, donor_b) as first, greatest(donor_a, donor_b) as second
from decision left join asked on first_id = least(donor_a, donor_b)
    and second_id = greatest(donor_a, donor_b)
where donor_a <> donor_b group by all
having bool_or(ban and never is distinct from but)
    or (bool_or(mail_years_apart) or bool_or(work_apart) and not bool_or(work_same))
        and not bool_or(born in ('same', 'typo', 'year'))
"""


def joinable(
    people: pa.Table,
    asked: pd.DataFrame,
    *,
    registers: Iterable[str] = (),
    not_same: Iterable[tuple[int, int]] = (),
) -> pd.Series:
    """Say of each pair whether its two may be one, if all others that may be are.

    `people` are the records of the donors; `asked` has first_id, second_id and but: what made the
    pair wait. Whoever would bring two together of whom anything says that they are two (a day of
    birth, a generation, a register, somebody's word) fits both alike, and is neither.
    """
    donors = np.unique(asked[["first_id", "second_id"]].to_numpy(np.int64))
    first, second = (np.searchsorted(donors, asked[side]) for side in ("first_id", "second_id"))
    crowd = components(len(donors), first, second)
    said = pd.DataFrame(list(not_same), columns=["first", "second"], dtype=np.int64)
    with records.load(people) as connection:
        connection.register("asked", asked)
        connection.register("crowd_of", pd.DataFrame({"donor_id": donors, "crowd": crowd}))
        for statement in _CROWD.split(";\n"):
            given = {"most": _LARGEST_CROWD} if "$most" in statement else None
            connection.execute(statement, given)
        pairs.decide(connection, tuple(registers))
        apart = pd.concat([said, connection.execute(_AGAINST).df()])
        large = connection.execute("select crowd from large").df().crowd
    apart = apart[apart["first"].isin(donors) & apart.second.isin(donors)]
    one, other = (crowd[np.searchsorted(donors, apart[side])] for side in ("first", "second"))
    refused = np.union1d(large, one[one == other])
    return pd.Series(~np.isin(crowd[first], refused), index=asked.index)
