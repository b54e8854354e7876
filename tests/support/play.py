"""The demo's play on a stage of the tests: a small world, its database, and days that pass."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, inspect, text

from campaign.requests import CampaignDayRequest
from cli.demo_play import CALLING_DAYS, Play, at
from flows.run_campaign_day import run_campaign_day


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
