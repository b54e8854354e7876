"""May we call? Every reason, alone; and the ways in which a team may not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaign.calling.eligibility import Lane, judge, lane_rules
from campaign.calling.hours import Interval
from campaign.calling.policy import Policy
from campaign.calling.reasons import REASONS
from campaign.calling.teams import Agent, Team
from tests.support.calling import DAY, facts, question, team

IN_DATE = (date(2026, 1, 1), date(2026, 12, 31))


def vendor(**changes: Any) -> Team:
    papers: dict[str, Any] = {
        "id": 2,
        "code": "V",
        "kind": "offshore",
        "contract": IN_DATE,
        "data_sharing": IN_DATE,
        "fair_conditions_on": date(2026, 1, 1),
        "agents": (Agent(1, "a", ("en",), {"FALL-26": date(2026, 12, 31)}),),
    }
    return team(**(papers | changes))


@pytest.mark.parametrize(
    ("reason", "row"),
    [
        ("deceased", {"deceased": True}),
        ("deceased", {"status": "deceased"}),
        ("opted_out", {"suppressed": True}),
        ("opted_out", {"status": "suppressed"}),
        ("not_active", {"status": "held"}),
        ("fec_report", {"provenance": '["fec_report"]'}),
        ("no_phone", {"phone_e164": None}),
        ("bad_number", {"bad_number": True}),
        ("not_a_callable_line", {"line_type": "toll_free"}),
        ("foreign", {"country": "CA"}),
        ("foreign", {"phone_e164": "+14165550100"}),
        ("foreign", {"phone_e164": "+442079460100"}),
        ("maxed_out", {"headroom_cents": 500}),
        ("pledged", {"has_open_pledge": True}),
        ("refused", {"refused": True}),
        ("in_progress", {"in_progress": True}),
        ("attempts_total", {"attempts_total": 5}),
        ("attempts_today", {"attempts_today": 1}),
        ("state_cap", {"calls_24h": 3, "state": "FL"}),
        ("state_cap", {"calls_24h": 3, "phone_e164": "+13055550100"}),  # of Miami, moved to Ohio
        ("callback_later", {"callback_later": True}),
        ("household_called", {"household_calls_today": 1}),
        (
            "unknown_place",
            {"state": None, "timezone": None, "phone_e164": "+18005550100", "phone_timezone": None},
        ),
    ],
)
def test_a_reason_speaks_for_itself(reason: str, row: dict[str, Any]) -> None:
    verdict = judge(facts([row, {}]), question())
    assert verdict.reasons_of(0) == [reason]
    assert verdict.reasons_of(1) == []
    assert list(verdict.may_call) == [False, True]


def test_a_donor_is_called_in_the_hours_of_the_address_and_of_the_number() -> None:
    """Of Ohio by address, of Los Angeles by number: never before 11:00 there, 8:00 here."""
    rows: list[dict[str, Any]] = [
        {"phone_e164": "+12135550100", "phone_timezone": "America/Los_Angeles"},
        {},
    ]
    verdict = judge(facts(rows), question())
    eastern = ZoneInfo("America/New_York")
    opens = [verdict.hours_of(place)[0].starts_at.astimezone(eastern).hour for place in (0, 1)]
    closes = [verdict.hours_of(place)[0].ends_at.astimezone(eastern).hour for place in (0, 1)]
    assert (opens, closes) == ([11, 8], [21, 21])


def test_a_states_cap_holds_from_its_day_on() -> None:
    """Oregon's cap came on January 1, 2026 (ORS 646.563(1)(b))."""
    called = facts([{"calls_24h": 3, "state": "OR", "timezone": "America/Los_Angeles"}])
    assert "state_cap" in judge(called, question()).reasons_of(0)
    assert "state_cap" not in judge(called, question(day=date(2025, 12, 31))).reasons_of(0)


def test_every_reason_is_told_and_the_first_one_counts() -> None:
    verdict = judge(facts([{"suppressed": True, "refused": True, "headroom_cents": 0}]), question())
    assert verdict.reasons_of(0) == ["opted_out", "maxed_out", "refused"]
    assert verdict.first_reason()[0] == "opted_out"


def test_every_reason_has_words() -> None:
    told = set(judge(facts([{}]), question()).against)
    assert told | {"household_turn"} == REASONS.keys()  # turns are taken in the plan


def test_a_donor_on_a_voter_file_and_our_own_list_is_not_only_from_fec_reports() -> None:
    verdict = judge(facts([{"provenance": '["fec_report", "house"]'}]), question())
    assert verdict.reasons_of(0) == []


def test_autodialled_calls_to_mobiles_need_consent() -> None:
    asked = question(policy=Policy(dialling="autodialled"))
    rows: list[dict[str, Any]] = [
        {},
        {"consent_autodial": True},
        {"line_type": "fixed_line"},
        {"line_type": None},
    ]
    found = [judge(facts(rows), asked).reasons_of(number) for number in range(4)]
    assert found == [["no_consent"], [], [], ["no_consent"]]


def test_a_sunday_without_hours_is_told() -> None:
    sunday = Interval(datetime(2026, 9, 13, 4, tzinfo=UTC), datetime(2026, 9, 14, 4, tzinfo=UTC))
    asked = question(day=date(2026, 9, 13), span=sunday)
    row = {"state": "AL", "timezone": "America/Chicago", "phone_e164": "+12055550100"}
    assert judge(facts([row]), asked).reasons_of(0) == ["no_hours"]


def test_no_donors_is_no_trouble() -> None:
    verdict = judge(facts([]), question())
    assert len(verdict.may_call) == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contract": None}, "no_contract"),
        ({"contract": (date(2025, 1, 1), date(2025, 12, 31))}, "no_contract"),
        ({"data_sharing": None}, "no_data_sharing_agreement"),
        ({"fair_conditions_on": None}, "no_attestation_of_fair_conditions"),
        ({"agents": ()}, "no_certified_caller"),
        (
            {"agents": (Agent(1, "a", ("en",), {"OTHER": date(2026, 12, 31)}),)},
            "no_certified_caller",
        ),
    ],
)
def test_a_vendor_without_its_papers_gets_no_call(changes: dict[str, Any], reason: str) -> None:
    assert vendor().unready("FALL-26", DAY) == ()
    assert vendor(**changes).unready("FALL-26", DAY) == (reason,)


def rules(
    who: Team,
    *,
    language: str = "en",
    provenance: str = '["house"]',
    state: str = "OH",
    **asked: Any,
) -> dict[str, bool]:
    lane = Lane(who, who.shifts(DAY)[0], 10)
    window = judge(facts([{}]), question()).hours_of(0)
    found = lane_rules([language], [provenance], [state], [window], [lane], question(**asked))
    return {
        "language": bool(found.language.all()),
        "provenance": bool(found.provenance.all()),
        "registration": bool(found.registration.all()),
        "shift": bool(found.shift.all()),
    }


@pytest.mark.parametrize("kind", ["voter_file", "exchange", "rented"])
def test_lists_of_others_do_not_go_offshore(kind: str) -> None:
    assert not rules(vendor(), provenance=f'["own_donors", "{kind}"]')["provenance"]
    assert rules(vendor(), provenance='["own_donors", "supporters"]')["provenance"]
    assert rules(vendor(kind="onshore"), provenance=f'["{kind}"]')["provenance"]


def test_a_voter_file_goes_offshore_only_where_the_policy_says_so() -> None:
    assert not rules(vendor(), provenance='["voter_file"]')["provenance"]
    assert rules(vendor(kind="onshore"), provenance='["voter_file"]')["provenance"]
    open_policy = Policy(voter_file_offshore=True)
    assert rules(vendor(), provenance='["voter_file"]', policy=open_policy)["provenance"]


def test_a_team_calls_in_its_certified_languages_only() -> None:
    assert rules(vendor())["language"]
    assert not rules(vendor(languages=("en", "es")), language="es")["language"]
    assert not rules(team(languages=("en", "tl")), language="tl")["language"]  # no script in it


def test_a_charity_needs_its_solicitor_registered_and_indiana_wants_own_callers() -> None:
    solicitor = vendor(kind="onshore", registered_states=frozenset({"OH", "IN"}))
    charity = {"committee_kind": "nonprofit"}
    assert rules(solicitor, **charity)["registration"]
    assert not rules(solicitor, state="KY", **charity)["registration"]
    assert not rules(solicitor, state="IN", **charity)["registration"]
    assert rules(team(), state="IN", **charity)["registration"]
    assert rules(solicitor, state="KY")["registration"]  # political committees do not register


@pytest.mark.parametrize(("minutes", "enough"), [(29, False), (30, True)])
def test_a_shift_that_is_as_long_as_the_shortest_window_is_worth_it(
    minutes: int, enough: bool
) -> None:
    short = team(hours={"wed": (f"10:00-10:{minutes}",)})
    assert rules(short, policy=Policy(min_window_minutes=30))["shift"] == enough


def test_a_team_that_works_at_night_has_no_shift() -> None:
    night = team(hours={"wed": ("00:00-06:00",)})
    assert not rules(night)["shift"]
