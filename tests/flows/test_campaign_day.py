"""A campaign's day, from the inbox to the package, in the sandbox's world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text

from campaign.errors import UnknownCodeError
from campaign.requests import CampaignDayRequest, CollectRequest
from cli.demo import _apply
from cli.demo_play import CALLING_DAYS, Play, at
from config.settings import settings
from flows import run_campaign_day as module
from flows.collect_pledges import collect_pledges
from flows.run_campaign_day import run_campaign_day
from sandbox.stripe_server import serve
from sandbox.world import World
from tasks import policies


@dataclass(frozen=True, slots=True)
class Stage:
    """The play, and the database it is played in."""

    play: Play
    engine: Engine

    def live(self, days: int) -> None:
        """Let some days pass, calls and payments included."""
        for number, day in enumerate(CALLING_DAYS[:days], start=1):
            self.play.world.advance(at(day, 9))
            self.run(day)
            self.play.donors_pay()
            self.play.centres_call(day, attempt=number)
            self.play.own_people_call(day, 17, 19)

    def run(self, day: object, *, again: bool = False) -> list[str]:
        """Run the flow of a day."""
        request = CampaignDayRequest(campaign=self.play.campaign, on_day=day, again=again)
        return run_campaign_day.fn(request)

    def rows(self) -> dict[str, tuple[int, str]]:
        """Return each table's number of rows and a digest of their content."""
        found = {}
        with self.engine.connect() as connection:
            for table in inspect(self.engine).get_table_names():
                content = connection.execute(
                    text(
                        "select count(*), md5(string_agg(t::text, '|' order by t::text)) "
                        f"from {table} t"
                    )
                ).one()
                found[table] = (content[0], content[1] or "")
        return found


@pytest.fixture
def stage(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    clock_file = tmp_path / "clock"
    world = World(seed=3, donors=300, clock_file=clock_file)
    with serve(world) as sandbox:
        monkeypatch.setenv("STRIPE_API_KEY", "sk_test_sandbox")
        monkeypatch.setenv("STRIPE_API_BASE", sandbox.url)
        monkeypatch.setenv("PLEDGELINE_CLOCK_FILE", str(clock_file))
        settings.cache_clear()
        play = Play(world)
        suppressions = play.bring_lists(tmp_path / "lists")
        _apply(play.write_campaign_file(tmp_path / "campaign.toml"), suppressions)
        yield Stage(play, database)


def test_a_day_goes_from_the_list_to_money_in_the_books(stage: Stage) -> None:
    stage.live(3)
    stage.play.world.advance(timedelta(days=12))
    stage.run(stage.play.world.now.date())
    rows = stage.rows()
    for table in ("donor", "assignment", "call_attempt", "pledge", "payment_link", "stripe_charge",
                  "stripe_payout", "allocation", "report"):  # fmt: skip
        assert rows[table][0] > 0, table
    assert not list(settings().folder("inbox", "lists").glob("*/*"))
    assert not list(settings().folder("inbox", "results").glob("*/*"))


def test_a_finished_day_run_again_changes_no_row(stage: Stage) -> None:
    stage.live(2)
    day = CALLING_DAYS[2]
    stage.play.world.advance(at(day, 9))
    stage.run(day)
    before = stage.rows()
    stage.run(day)
    assert stage.rows() == before


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
    for table in ("list_batch", "staged_row", "donor", "plan", "assignment", "packet"):
        assert after[table] == between[table], table
    assert after["campaign_day_stage"][0] == 10


def test_an_unknown_campaign_is_named_with_the_known_ones(stage: Stage) -> None:
    with pytest.raises(UnknownCodeError, match="FALL-26"):
        run_campaign_day.fn(CampaignDayRequest(campaign="NONE"))
