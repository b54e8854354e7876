"""Records of people as identity compares them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from campaign.lists.identity.records import PERSON
from campaign.lists.identity.resolve import Resolution, resolve
from campaign.lists.identity.sharing import marks, sharers

HOME = {"street": "12 Main Street", "postal_code": "02139", "city": "Cambridge", "state": "MA"}
PHONE = {"phones": "+16175550142"}
EMAIL = {"emails": "j.smith@example.org"}


def person_of(
    first: str | None, last: str | None, *parts: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """Return a record; what is not said is unknown."""
    values: dict[str, Any] = dict.fromkeys(PERSON.names)
    values |= {"first_name": first, "last_name": last, "space": "test"}
    for part in (*parts, more):
        values |= part
    if values["birth_date"]:
        values["birth_year"] = values["birth_date"].year
    return values


def resolve_all(*people: dict[str, Any], **options: Any) -> Resolution:
    """Return who is who among new rows and `known` people."""
    rows = [{**person, "row": place} for place, person in enumerate(people)]
    known = options.pop("known", [])
    table = pa.Table.from_pylist([*rows, *known], PERSON)
    return resolve(near_ones(table), rows=len(rows), **options)


def near_ones(people: pa.Table) -> pa.Table:
    """Return those who share anything, as an import does."""
    return people.take(pa.array(sharers(people.num_rows, marks(people)))).combine_chunks()


def are_one(*people: dict[str, Any], **options: Any) -> bool:
    """Whether all records are found to be one person."""
    found = resolve_all(*people, **options)
    return len(set(found.person.tolist())) == 1


BORN = {"birth_date": date(1950, 3, 4)}
WORK = {"employer": "Baker & Stone LLP", "occupation": "Attorney"}
