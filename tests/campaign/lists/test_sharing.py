"""Who is compared at all: whoever shares something with another, and nobody else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from campaign.lists.identity.records import PERSON
from campaign.lists.identity.sharing import marks, sharers

JANE: dict[str, Any] = {
    "first_name": "Jane", "last_name": "Doe", "street": "1200 Main St", "postal_code": "02139",
    "state": "MA", "phones": "+16175550142", "emails": "jane@example.org",
}  # fmt: skip
OTHER: dict[str, Any] = {
    "first_name": "Robert", "last_name": "Roe", "street": "77 Oak Ave", "postal_code": "90210",
    "state": "CA", "phones": "+13105550143", "emails": "rob@example.org",
}  # fmt: skip


def _near(*people: dict[str, Any]) -> list[int]:
    table = pa.Table.from_pylist(list(people), PERSON)
    return [int(row) for row in sharers(len(people), marks(table))]


@pytest.mark.parametrize(
    "shared",
    [
        pytest.param({"phones": "+13105550143 +16175550142"}, id="one phone of two"),
        pytest.param({"emails": "x@example.org jane@example.org"}, id="one e-mail of two"),
        pytest.param({"emails": "jane@example.org"}, id="e-mail"),
        pytest.param({"number": "digest"}, id="a number of one's own"),
        pytest.param({"space": "van", "external_id": "7"}, id="outside id"),
        pytest.param(
            {"street": "1200 main st", "postal_code": "02139", "last_name": "DOE"}, id="home"
        ),
        pytest.param(
            {"street": "1200 Main Street", "state": "MA", "last_name": "Doe"}, id="street"
        ),
        pytest.param(
            {"street": "1200 Main St", "first_name": "Jane", "last_name": "Doe"},
            id="state mistyped",
        ),
        pytest.param(
            {"street": "1200 Main", "first_name": "Doe", "state": "MA"}, id="names turned round"
        ),
        pytest.param(
            {"first_name": "Jane", "last_name": "Doe", "postal_code": "02139"}, id="name and ZIP"
        ),
        pytest.param({"birth_date": date(1970, 2, 3), "postal_code": "02139"}, id="born and ZIP"),
        pytest.param(
            {"birth_year": 1970, "first_name": "Jane", "last_name": "Doe"}, id="name, year"
        ),
    ],
)
def test_whoever_shares_something_is_near(shared: dict[str, Any]) -> None:
    alike = {key: value for key, value in shared.items() if key not in JANE}
    assert _near({**JANE, **alike}, {**OTHER, **shared}, {**OTHER, **_STRANGER}) == [0, 1]


_STRANGER = {
    "first_name": "Zoe", "last_name": "Quinn", "street": "5 Elm Rd", "postal_code": "60601",
    "state": "IL", "phones": "+13125550144", "emails": "zoe@example.org",
}  # fmt: skip


def test_a_name_alone_and_a_blank_make_nobody_near() -> None:
    names = {"first_name": "Jane", "last_name": "Doe"}
    assert _near(JANE, {**OTHER, **names}, {"row": 2}, {"row": 3}) == []
    assert _near() == []
