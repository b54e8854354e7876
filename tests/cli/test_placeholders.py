"""What people type where they know nothing makes nobody one."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from tests.support.list_files import Import, write_list

_HEADER = ["First Name", "Last Name", "Address", "Zip", "Email", "Phone", "SSN", "Date of Birth"]
_WHAT_STANDS_FOR_NOTHING = [
    pytest.param("Email", "walkin@committee.example", id="e-mail"),
    pytest.param("Phone", "617-555-0142", id="phone"),
    pytest.param("SSN", "078-05-1120", id="personal number"),
    pytest.param("Date of Birth", "1980-07-04", id="day of birth"),
]
_TYPED = [
    pytest.param("SSN", "123-45-6789", id="counted up"),
    pytest.param("SSN", "987-65-4321", id="counted down"),
    pytest.param("Date of Birth", "01/01/1970", id="the first day of a computer's clock"),
]


def _row(first: str, last: str, house: int, **more: str) -> list[str]:
    known = {"First Name": first, "Last Name": last, "Address": f"{house} Main St", "Zip": "02139"}
    return [(known | more).get(name, "") for name in _HEADER]


@pytest.mark.parametrize(("column", "value"), _WHAT_STANDS_FOR_NOTHING)
def test_what_a_crowd_has_in_common_joins_nobody(
    column: str, value: str, bring: Import, tmp_path: Path
) -> None:
    told = {column: value}
    families = [f"{letter}ansen" for letter in string.ascii_uppercase]
    crowd = [_row("Ann", last, house, **told) for house, last in enumerate(families, start=10)]
    couples = [_row("Saul", last, house, **told) for house, last in enumerate(families[:5], 10)]
    namesakes = [_row("Wei", "Chen", 91, **told), _row("Wei", "Chen", 92, **told)]
    rows = [*crowd, *couples, *namesakes]
    account = bring(write_list(tmp_path / "a.csv", rows, _HEADER))
    assert (account["imported"], account["merged"]) == (len(rows), 0)


@pytest.mark.parametrize(("column", "value"), _TYPED)
def test_what_is_typed_to_get_on_joins_nobody_in_a_short_list(
    column: str, value: str, bring: Import, tmp_path: Path
) -> None:
    told = {column: value}
    couple = [_row("Ann", "Roe", 10, **told), _row("Saul", "Roe", 10, **told)]
    namesakes = [_row("Wei", "Chen", 91, **told), _row("Wei", "Chen", 92, **told)]
    account = bring(write_list(tmp_path / "a.csv", [*couple, *namesakes], _HEADER))
    assert (account["imported"], account["merged"]) == (4, 0)


def test_many_gifts_of_one_family_are_no_crowd(bring: Import, tmp_path: Path) -> None:
    rows = [["Ann", "Roe", "ann@roe.example", str(amount)] for amount in range(10, 50)]
    header = ["First Name", "Last Name", "Email", "Amount"]
    account = bring(write_list(tmp_path / "a.csv", rows, header))
    assert (account["imported"], account["merged"]) == (1, 39)
