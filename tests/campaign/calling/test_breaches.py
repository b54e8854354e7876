"""Which rules a call broke: whether its caller was certified, its packet in date, its hour fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from campaign.calling.breaches import breaches
from campaign.calling.eligibility import places_of
from campaign.calling.teams import Agent
from tests.support.calling import NOON, question, team

PLACES = places_of("OH", "43004", "America/New_York", "+16145550100", "America/New_York")
SEAT = Agent(1, "ann", ("en",), {"FALL-26": date(2026, 9, 9)})
LATE = datetime(2026, 9, 10, 0, 30, tzinfo=UTC)  # still the ninth where the team sits


@pytest.mark.parametrize(
    ("kind", "agent", "at", "broken"),
    [
        pytest.param("onshore", "ann", NOON, [], id="certified"),
        pytest.param("onshore", "ann", LATE, [], id="on the last day"),
        pytest.param("onshore", "ann", NOON.replace(day=10), ["uncertified_caller"], id="over"),
        pytest.param("onshore", "bob", NOON, ["uncertified_caller"], id="nobody knows"),
        pytest.param("offshore", "", NOON, ["uncertified_caller"], id="a centre names nobody"),
        pytest.param("in_house", "", NOON, [], id="typed from paper"),
        pytest.param("in_house", "bob", NOON, ["uncertified_caller"], id="own, not certified"),
    ],
)
def test_a_call_by_somebody_without_a_certificate_is_marked(
    kind: str, agent: str, at: datetime, broken: list[str]
) -> None:
    crew = team(kind=kind, agents=(SEAT,))
    assert breaches(PLACES, question(), crew, agent, at, None) == broken


@pytest.mark.parametrize(("minutes", "broken"), [(0, []), (-1, ["after_expiry"])])
def test_a_call_after_its_packet_ran_out_is_marked(minutes: int, broken: list[str]) -> None:
    ends = NOON + timedelta(minutes=minutes)
    assert breaches(PLACES, question(), team(agents=(SEAT,)), "ann", NOON, ends) == broken
