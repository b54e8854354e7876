"""The rows of a list as identity compares them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from campaign.lists.columns import joined
from campaign.lists.identity.records import PERSON

# The columns that identity looks at: a part may be read without the others.
LOOKED_AT = (
    "external_id", "person_number", "first_name", "middle_name", "last_name", "suffix", "gender",
    "birth_date", "birth_year", "phone_e164", "more_phones", "email", "more_emails", "street",
    "city", "state", "postal_code", "employer", "occupation",
)  # fmt: skip


def people_of(rows: pa.Table, numbers: npt.NDArray[np.int64], space: str) -> pa.Table:
    """Return some fresh rows as identity compares them; each has a number of its own."""
    count = rows.num_rows
    columns = {name: rows[name] for name in PERSON.names if name in rows.column_names}
    others = pc.replace_substring_regex(rows["more_phones"], r":\w+", "")
    columns |= {
        "row": pa.array(numbers),
        "donor_id": pa.nulls(count, pa.int64()),
        "space": pa.repeat(pa.scalar(space), count),
        "number": _one(rows["person_number"]),
        "phones": joined([_one(rows["phone_e164"]), _one(others)]),
        "emails": joined([_one(rows["email"]), _one(rows["more_emails"])]),
    }
    return pa.table([columns[name] for name in PERSON.names], PERSON)


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
