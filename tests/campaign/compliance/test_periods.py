"""Which days a report covers: without gap, without overlap."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from campaign.compliance.cover import LINES, cover_lines
from campaign.compliance.limits import Election
from campaign.compliance.periods import coverage, coverage_on
from campaign.errors import InputError

ELECTIONS = (Election("P2026", date(2026, 8, 4)), Election("G2026", date(2026, 11, 3)))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("form", "codes"),
    [
        pytest.param("F3", ["Q1", "Q2", "12P", "Q3", "12G", "30G", "YE"], id="candidate"),
        pytest.param("F3X", ["Q1", "Q2", "Q3", "12G", "30G", "YE"], id="quarterly PAC"),
        pytest.param("F3X", ["MY", "12G", "30G", "YE"], id="half-yearly, then an election"),
        pytest.param(
            "F3X",
            ["M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "12G", "30G", "MYE"],
            id="monthly PAC",
        ),
    ],
)
def test_the_reports_of_a_year_follow_each_other(form: str, codes: list[str]) -> None:
    reports = [coverage(form, code, 2026, ELECTIONS) for code in codes]
    if "MY" in codes:  # the reports of a half-yearly filer have a quarter between them here
        reports = reports[1:]
    for before, after in pairwise(reports):
        assert after.first_day == before.last_day + DAY, (before.code, after.code)


@pytest.mark.parametrize(
    ("code", "first", "last", "due"),
    [
        ("Q3", date(2026, 7, 16), date(2026, 9, 30), date(2026, 10, 15)),
        ("12G", date(2026, 10, 1), date(2026, 10, 14), date(2026, 10, 22)),
        ("30G", date(2026, 10, 15), date(2026, 11, 23), date(2026, 12, 3)),
        ("YE", date(2026, 11, 24), date(2026, 12, 31), date(2027, 1, 31)),
    ],
)
def test_days_and_due_days_are_those_of_the_calendar(
    code: str, first: date, last: date, due: date
) -> None:
    days = coverage("F3", code, 2026, ELECTIONS)
    assert (days.first_day, days.last_day, days.due_on) == (first, last, due)


def test_what_a_pac_reported_before_a_primary_is_in_no_second_report() -> None:
    took_part = [coverage("F3X", "12P", 2026, ELECTIONS).last_day]
    reports = [
        coverage("F3X", code, 2026, ELECTIONS, filed=took_part) for code in ("Q2", "12P", "Q3")
    ]
    for before, after in pairwise(reports):
        assert after.first_day == before.last_day + DAY, (before.code, after.code)
    assert coverage("F3X", "M9", 2026, ELECTIONS, filed=took_part).first_day == date(2026, 8, 1)


RUNOFFS = (
    Election("P2020", date(2020, 6, 9)),
    Election("R2020", date(2020, 8, 11)),
    Election("G2020", date(2020, 11, 3)),
    Election("R2021", date(2021, 1, 5)),
)


@pytest.mark.parametrize(
    ("code", "year", "first", "last", "due"),
    [
        ("12R", 2020, date(2020, 7, 1), date(2020, 7, 22), date(2020, 7, 30)),
        ("Q3", 2020, date(2020, 7, 23), date(2020, 9, 30), date(2020, 10, 15)),
        ("30G", 2020, date(2020, 10, 15), date(2020, 11, 23), date(2020, 12, 3)),
        ("12R", 2021, date(2020, 11, 24), date(2020, 12, 16), date(2020, 12, 24)),
        ("YE", 2020, date(2020, 12, 17), date(2020, 12, 31), date(2021, 1, 31)),
        ("30R", 2021, date(2021, 1, 1), date(2021, 1, 25), date(2021, 2, 4)),
        ("Q1", 2021, date(2021, 1, 26), date(2021, 3, 31), date(2021, 4, 15)),
    ],
)
def test_a_runoff_for_the_seat_has_a_report_after_it_and_one_of_a_primary_has_none(
    code: str, year: int, first: date, last: date, due: date
) -> None:
    """Closing and due days of Georgia's runoff of January 2021, as the FEC published them."""
    days = coverage("F3", code, year, RUNOFFS)
    assert (days.first_day, days.last_day, days.due_on) == (first, last, due)


def test_the_last_report_goes_on_from_the_one_before_to_the_day_that_is_named() -> None:
    days = coverage("F3", "TER", 2026, ELECTIONS, through=date(2026, 12, 5))
    assert (days.first_day, days.last_day) == (date(2026, 11, 24), date(2026, 12, 5))
    assert days.due_on == date(2027, 1, 31)
    with pytest.raises(InputError, match="--through"):
        coverage("F3", "TER", 2026, ELECTIONS)
    with pytest.raises(InputError, match="--through"):
        coverage("F3", "Q3", 2026, ELECTIONS, through=date(2026, 9, 30))


def test_each_day_of_the_year_belongs_to_one_report() -> None:
    day = date(2026, 1, 1)
    while day <= date(2026, 12, 31):
        days = coverage_on("F3", day, ELECTIONS)
        assert days.first_day <= day <= days.last_day
        day = days.last_day + DAY


def test_a_report_around_an_election_that_is_not_held_is_refused() -> None:
    with pytest.raises(InputError, match="runoff"):
        coverage("F3", "12R", 2026, ELECTIONS)


def test_the_report_after_the_general_closes_the_cycle_on_election_day() -> None:
    days = coverage("F3", "30G", 2026, ELECTIONS)
    assert days.window_first_day == date(2024, 11, 6)
    assert days.window_last_day == date(2026, 11, 3)
    assert coverage("F3", "YE", 2026, ELECTIONS).window_first_day == date(2026, 11, 4)
    assert coverage("F3", "Q3", 2026, ELECTIONS, "S").window_first_day == date(2020, 11, 4)


@pytest.mark.parametrize("form", ["F3", "F3X"])
def test_every_line_reaches_the_cash(form: str) -> None:
    """A cent on any line moves the cash by a cent, up for receipts, down for payments."""
    for line, name in LINES[form].items():
        lines = cover_lines(form, {name: 1}, 100)
        moved = 1 if line.startswith("SA") else -1
        assert lines["cash_on_hand_close_of_period"] == 100 + moved, line
