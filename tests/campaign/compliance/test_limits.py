"""The limit on a day, and the room that is left."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.compliance.limits import (
    NO_LIMIT,
    Election,
    counting_election,
    cycle_of,
    elections_of,
    general_election_day,
    headroom,
    headrooms,
    limit_basis,
    with_generals,
)
from campaign.compliance.rule_tables import (
    FOLDER,
    contribution_limits,
    report_periods,
    thresholds,
)
from campaign.errors import FileError

ELECTIONS = (Election("P2026", date(2026, 6, 2)), Election("G2026", date(2026, 11, 3)))
DAYS = st.dates(date(2019, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("day", "known", "cents"),
    [
        pytest.param(date(2022, 11, 8), False, 330_000, id="before the table"),
        pytest.param(date(2024, 11, 5), True, 330_000, id="the cycle before"),
        pytest.param(date(2024, 11, 6), True, 350_000, id="first day"),
        pytest.param(date(2026, 11, 3), True, 350_000, id="last day"),
        pytest.param(date(2026, 11, 4), False, 350_000, id="next cycle, not published"),
    ],
)
def test_a_day_without_a_known_limit_says_so(day: date, known: bool, cents: int) -> None:
    basis = limit_basis("candidate", day, ELECTIONS, election_code="G2026")
    assert (basis.is_known, basis.amount_cents) == (known, cents)
    assert (basis.warning is None) == known


def test_a_treasurers_row_counts_from_its_day_on(tmp_path: Path) -> None:
    extra = tmp_path / "contribution_limits.csv"
    extra.write_text(
        "contributor,recipient,per,amount,effective_from,effective_to,citation,confidence\n"
        "individual,candidate,election,3700.00,2026-11-04,2028-11-07,91 FR 1,sure\n",
        encoding="utf-8",
    )
    basis = limit_basis("candidate", date(2027, 1, 1), limits=contribution_limits(extra))
    assert (basis.amount_cents, basis.is_known) == (370_000, True)
    extra2 = tmp_path / "broken.csv"
    extra2.write_text("contributor,recipient\nindividual,candidate\n", encoding="utf-8")
    with pytest.raises(FileError, match="Line 2"):
        contribution_limits(extra2)


def test_a_pac_counts_the_calendar_year_and_a_nonprofit_nothing() -> None:
    pac = limit_basis("pac", date(2026, 5, 1))
    assert (pac.amount_cents, pac.first_day, pac.last_day) == (
        500_000,
        date(2026, 1, 1),
        date(2026, 12, 31),
    )
    none = limit_basis("nonprofit", date(2026, 5, 1))
    assert headroom(10**9, none) is None
    assert headrooms(np.array([5]), none).tolist() == [NO_LIMIT]


def test_gifts_count_for_the_election_they_name_else_for_the_next_one() -> None:
    gifts = pd.DataFrame(
        {
            "given_on": [date(2026, 6, 2), date(2026, 6, 3), date(2026, 6, 1), date(2026, 12, 1)],
            "election_code": ["", None, "G2026", ""],
        }
    )
    assert elections_of(gifts, ELECTIONS).tolist() == ["P2026", "G2026", "G2026", ""]


@given(day=DAYS)
def test_cycles_follow_each_other_without_gap(day: date) -> None:
    first, last = cycle_of(day)
    assert first <= day <= last
    assert cycle_of(last + timedelta(days=1))[0] == last + timedelta(days=1)
    assert last == general_election_day(last.year)
    assert last.weekday() == 1
    assert 2 <= last.day <= 8
    assert counting_election(day, with_generals((), day, day)) == f"G{last.year}"


@given(given_cents=st.lists(st.integers(0, 10**7), max_size=20), day=DAYS)
def test_many_at_once_equal_one_by_one(given_cents: list[int], day: date) -> None:
    basis = limit_basis("candidate", day, ELECTIONS, election_code="P2026")
    many = headrooms(np.array(given_cents, dtype=np.int64), basis).tolist()
    assert many == [headroom(cents, basis) for cents in given_cents]
    assert all(0 <= room <= basis.cap_cents for room in many)


LAW = ("contribution_limits", "report_periods", "state_calling_hours", "recording_consent",
       "state_time_zones", "vague_purposes")  # fmt: skip


@pytest.mark.parametrize("table", LAW)
def test_every_row_of_a_law_cites_its_source(table: str) -> None:
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert all(row["citation"].strip() and row["confidence"].strip() for row in rows)
    assert all(row["effective_from"] is not None for row in rows)


def test_every_sum_and_day_of_the_law_cites_its_source() -> None:
    assert all(row.citation and row.confidence for row in thresholds().values())
    assert report_periods()["12G"].forms == ("F3", "F3X")
    assert thresholds()["itemize"].reached(20_001)
    assert not thresholds()["itemize"].reached(20_000)
    assert thresholds()["acknowledge"].reached(25_000)
