"""A campaign's day, from the inbox to the package, in the sandbox's world."""

from __future__ import annotations

from typing import Any

import pytest

from campaign.errors import UnknownCodeError
from campaign.requests import CampaignDayRequest, CollectRequest
from cli.demo_play import CALLING_DAYS, at
from config.settings import settings
from flows import run_campaign_day as module
from flows.collect_pledges import collect_pledges
from flows.run_campaign_day import run_campaign_day
from tasks import policies
from tests.support.play import Stage


def test_an_interrupted_day_goes_on_where_it_stopped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.play.world.advance(at(CALLING_DAYS[0], 9))

    def struck(request: CollectRequest) -> dict[str, Any]:
        raise RuntimeError

    monkeypatch.setattr(module, "collect_pledges", policies.Stage(struck, collect_pledges.name))
    with pytest.raises(RuntimeError):
        stage.run(CALLING_DAYS[0])
    between = stage.rows()
    monkeypatch.setattr(module, "collect_pledges", collect_pledges)
    stage.run(CALLING_DAYS[0])
    after = stage.rows()
    for table in ("list_batch", "row_end", "donor", "plan", "assignment", "packet"):
        assert after[table] == between[table], table
    assert after["campaign_day_stage"][0] == 10


def test_what_is_not_wholly_there_waits_in_the_inbox(stage: Stage) -> None:
    stage.play.world.advance(at(CALLING_DAYS[0], 9))
    folder = settings().folder("inbox", "lists", "PARTY")
    left = {".DS_Store", "~$donors.xlsx", "donors.csv.part", "donors.CRDOWNLOAD"}
    for name in left:
        (folder / name).write_bytes(b"\0half")
    stage.run(CALLING_DAYS[0])
    assert {file.name for file in folder.iterdir()} == left


def test_an_unknown_campaign_is_named_with_the_known_ones(stage: Stage) -> None:
    with pytest.raises(UnknownCodeError, match="FALL-26"):
        run_campaign_day.fn(CampaignDayRequest(campaign="NONE"))
