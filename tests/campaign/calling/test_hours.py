"""Every window of the state table at its edges, when clocks change, and where places differ."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.calling.hours import HoursPolicy, Interval, allowed, intersect, rules_on
from campaign.calling.places import Place, place_of_address, place_of_number
from campaign.calling.rule_rows import hour_rules

POLICY = HoursPolicy(earliest=time(0), latest=time(23, 59))
RULES = Path(__file__).parents[3] / "rules"
ALWAYS = ("08:00-21:00",) * 3

# Written down a second time, from the source and not from our table, after the federal 8 to 21.
WINDOWS = {
    "AL": ("America/Chicago", "08:00-20:00", "08:00-20:00", None),
    "CT": ("America/New_York", "09:00-20:00", "09:00-20:00", "09:00-20:00"),
    "FL": ("America/New_York", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
    "IL": ("America/Chicago", *ALWAYS),
    "IN": ("America/Indiana/Indianapolis", *ALWAYS),
    "KY": ("America/New_York", "10:00-21:00", "10:00-21:00", "10:00-21:00"),
    "LA": ("America/Chicago", "08:00-20:00", "08:00-20:00", None),
    "MA": ("America/New_York", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
    "MD": ("America/New_York", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
    "MI": ("America/Detroit", "09:00-21:00", "09:00-21:00", "09:00-21:00"),
    "MN": ("America/Chicago", "09:00-21:00", "09:00-21:00", "09:00-21:00"),
    "MS": ("America/Chicago", "08:00-20:00", "08:00-20:00", None),
    "NM": ("America/Denver", "09:00-21:00", "09:00-21:00", "09:00-21:00"),
    "NV": ("America/Los_Angeles", "09:00-20:00", "09:00-20:00", "09:00-20:00"),
    "OK": ("America/Chicago", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
    "OR": ("America/Los_Angeles", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
    "PA": ("America/New_York", "09:00-19:00", "09:00-19:00", None),
    "RI": ("America/New_York", "09:00-18:00", "10:00-17:00", None),
    "SD": ("America/Chicago", "09:00-21:00", "09:00-21:00", None),
    "TX": ("America/Chicago", "09:00-21:00", "09:00-21:00", "12:00-21:00"),
    "UT": ("America/Denver", "08:00-21:00", "08:00-21:00", None),
    "WA": ("America/Los_Angeles", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
    "WY": ("America/Denver", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
    "NY": ("America/New_York", *ALWAYS),
}
# In standard time, so that Mississippi's own clock is the wall's: Wednesday, Saturday, Sunday.
DAYS = (date(2027, 1, 13), date(2027, 1, 16), date(2027, 1, 17))


def may(at: datetime, *places: Place, policy: HoursPolicy = POLICY) -> bool:
    span = Interval(at - timedelta(hours=3), at + timedelta(hours=3))
    return any(interval.holds(at) for interval in allowed(places, span, policy))


def wall(day: date, clock: str, zone: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)


def test_the_second_copy_covers_every_state_of_the_table() -> None:
    assert {rule.state for rule in hour_rules()} - {"US"} == WINDOWS.keys() - {"NY"}


@pytest.mark.parametrize("state", sorted(WINDOWS))
@pytest.mark.parametrize("kind", [0, 1, 2], ids=["weekday", "saturday", "sunday"])
def test_a_state_opens_and_closes_to_the_minute(state: str, kind: int) -> None:
    zone, *windows = WINDOWS[state]
    place, day, window = Place(state, frozenset({zone})), DAYS[kind], windows[kind]
    minute = timedelta(minutes=1)
    if window is None:
        assert not any(may(wall(day, f"{hour:02}:30", zone), place) for hour in range(24))
        return
    opens, closes = (wall(day, clock, zone) for clock in window.split("-"))
    assert may(opens, place)
    assert not may(opens - minute, place)
    assert may(closes - minute, place)
    assert not may(closes, place)


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)], ids=["spring", "autumn"])
def test_the_day_of_the_change_follows_the_wall_clock(day: date) -> None:
    ohio = Place("OH", frozenset({"America/New_York"}))
    assert may(wall(day, "08:00", "America/New_York"), ohio)
    assert not may(wall(day, "07:59", "America/New_York"), ohio)
    assert may(wall(day, "20:59", "America/New_York"), ohio)
    assert not may(wall(day, "21:00", "America/New_York"), ohio)
    assert wall(date(2026, 3, 8), "08:00", "America/New_York").hour == 12  # summer time already


def test_mississippi_means_standard_time_also_in_summer() -> None:
    place, day = Place("MS", frozenset({"America/Chicago"})), date(2026, 7, 15)
    assert not may(wall(day, "08:30", "America/Chicago"), place)  # 7:30 standard time
    assert may(wall(day, "09:00", "America/Chicago"), place)
    assert not may(wall(day, "20:00", "America/Chicago"), place)  # the wall clock closes too


def test_pennsylvania_changes_with_its_act() -> None:
    place = Place("PA", frozenset({"America/New_York"}))
    assert may(wall(date(2026, 10, 15), "20:30", "America/New_York"), place)
    assert not may(wall(date(2026, 10, 19), "19:00", "America/New_York"), place)
    assert may(wall(date(2026, 10, 11), "12:00", "America/New_York"), place)  # a Sunday before
    assert not may(wall(date(2026, 10, 18), "12:00", "America/New_York"), place)
    assert not may(wall(date(2026, 9, 7), "12:00", "America/New_York"), place)  # Labor Day before


def test_a_state_closes_on_its_holidays() -> None:
    thanksgiving = date(2026, 11, 26)
    louisiana = Place("LA", frozenset({"America/Chicago"}))
    ohio = Place("OH", frozenset({"America/New_York"}))
    assert not may(wall(thanksgiving, "12:00", "America/Chicago"), louisiana)
    assert may(wall(thanksgiving, "12:00", "America/New_York"), ohio)


def test_a_federal_holiday_that_the_state_does_not_keep_is_a_holiday_all_the_same() -> None:
    columbus_day = date(2026, 10, 12)
    louisiana = Place("LA", frozenset({"America/Chicago"}))
    assert not may(wall(columbus_day, "12:00", "America/Chicago"), louisiana)


def test_only_hours_that_address_and_number_both_allow_count() -> None:
    address = place_of_address("CA", "94105", "America/Los_Angeles")
    number = place_of_number("+1215")  # Philadelphia
    assert address is not None
    assert number is not None
    day = date(2026, 9, 9)
    eight_in_california = wall(day, "08:00", "America/Los_Angeles")
    assert may(eight_in_california, address, number)
    assert not may(wall(day, "08:30", "America/New_York"), address, number)  # 5:30 in California
    assert not may(wall(day, "18:30", "America/Los_Angeles"), address, number)  # 21:30 there


def test_arizona_keeps_standard_time_and_the_navajo_nation_does_not() -> None:
    phoenix = place_of_address("AZ", "85004", "America/Phoenix")
    window_rock = place_of_address("AZ", "86515", "America/Phoenix")
    assert phoenix is not None
    assert window_rock is not None
    evening = wall(date(2026, 7, 15), "20:30", "America/Phoenix")  # 21:30 in the Nation
    assert may(evening, phoenix)
    assert not may(evening, window_rock)
    assert may(wall(date(2026, 1, 15), "20:30", "America/Phoenix"), window_rock)  # same in winter


def test_a_zip_code_of_arizona_on_another_clock_is_judged_by_the_states_too() -> None:
    with (RULES / "zip_codes.csv").open(newline="", encoding="utf-8") as file:
        next(file)  # says where it is from
        listed = [
            (code, row["timezone"])
            for row in csv.DictReader(file)
            if row["state"] == "AZ" and row["timezone"] != "America/Phoenix"
            for code in row["zip_codes"].split()
        ]
    assert listed
    for code, zone in listed:
        place = place_of_address("AZ", code, zone)
        assert place is not None
        assert place.zones == {zone, "America/Phoenix"}, code
        # A list that tells neither state nor time is judged by the ZIP code all the same.
        assert place_of_address(None, code, None) == Place(None, place.zones)


def test_indiana_is_judged_by_both_of_its_zones_where_the_number_leaves_it_open() -> None:
    indianapolis, evansville = place_of_number("+1317"), place_of_number("+1812")
    assert indianapolis is not None
    assert evansville is not None
    eight_east = wall(date(2026, 9, 9), "08:00", "America/Indiana/Indianapolis")
    assert may(eight_east, indianapolis)
    assert not may(eight_east, evansville)  # it may be seven there


@pytest.mark.parametrize(
    ("prefix", "state", "zone"),
    [
        ("+1787", "PR", "America/Puerto_Rico"),
        ("+1340", "VI", "America/St_Thomas"),
        ("+1671", "GU", "Pacific/Guam"),
        ("+1684", "AS", "Pacific/Pago_Pago"),
        ("+1670", "MP", "Pacific/Saipan"),
    ],
)
def test_territories_have_their_own_clock(prefix: str, state: str, zone: str) -> None:
    place = place_of_number(prefix)
    assert place is not None
    assert (place.state, place.zones) == (state, frozenset({zone}))
    assert place_of_address(state, None, None) == place
    assert may(wall(date(2026, 9, 9), "08:00", zone), place)
    assert not may(wall(date(2026, 9, 9), "07:59", zone), place)


def test_a_number_without_a_place_has_none() -> None:
    assert place_of_number("+1800") is None
    assert place_of_number("+44") is None
    assert place_of_address("ZZ", None, None) is None


def test_only_the_required_hours_bind_a_political_call() -> None:
    required = HoursPolicy(only_required=True, caller="political")
    connecticut = Place("CT", frozenset({"America/New_York"}))
    michigan = Place("MI", frozenset({"America/Detroit"}))
    half_past_eight = wall(date(2026, 9, 9), "08:30", "America/New_York")
    assert may(half_past_eight, connecticut, policy=required)
    assert not may(half_past_eight, michigan, policy=required)
    oregon = Place("OR", frozenset({"America/Los_Angeles"}))  # "or make a donation", by any person
    half_past_eight_at_night = wall(date(2026, 9, 9), "20:30", "America/Los_Angeles")
    assert not may(half_past_eight_at_night, oregon, policy=required)


def test_each_row_has_its_citation_and_its_confidence() -> None:
    assert all(rule.citation and rule.confidence for rule in hour_rules())
    assert len(rules_on("PA", date(2026, 11, 1))) == 2


moments = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
states = st.sampled_from(sorted(WINDOWS))


@given(at=moments, first=states, second=states)
def test_two_places_allow_no_more_than_each_alone(at: datetime, first: str, second: str) -> None:
    a, b = (Place(state, frozenset({WINDOWS[state][0]})) for state in (first, second))
    assert may(at, a, b) == (may(at, a) and may(at, b))


@given(at=moments, state=states)
def test_nobody_is_called_before_eight_or_after_nine(at: datetime, state: str) -> None:
    zone = str(WINDOWS[state][0])
    if may(at, Place(state, frozenset({zone}))):
        assert time(8) <= at.astimezone(ZoneInfo(zone)).time() < time(21)


def test_intersection_of_nothing_is_nothing() -> None:
    hour = Interval(datetime(2026, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 1, 9, tzinfo=UTC))
    assert intersect((hour,), ()) == ()
