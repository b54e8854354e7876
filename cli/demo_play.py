"""The demo's play: what the invented world does while the product runs a real campaign.

Belongs here: the acts of donors, callers and call centres, on the sandbox's clock. Does not belong
here: anything that the product itself does; that goes through the flows.
"""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyrage

from config.settings import settings
from sandbox.call_centre import CallCentre
from sandbox.world import World

if TYPE_CHECKING:
    from store.queue import Call

PROJECT = Path(__file__).resolve().parent.parent
CAMPAIGN_FILE = PROJECT / "examples" / "federal-candidate.toml"
TIMEZONE = ZoneInfo("America/New_York")
CALLING_DAYS = tuple(date(2026, 9, day) for day in (8, 9, 10, 11, 14, 15))
SETTLING_DAYS = tuple(date(2026, 9, day) for day in (17, 21, 24, 28, 30))
TRAINED_UNTIL = date(2026, 11, 3)
FIRST_DAY, LAST_DAY = date(2026, 9, 1), date(2026, 9, 30)
SOURCES = {
    "actblue_paid_contributions.csv": "ACTBLUE",
    "van_export.xls": "VAN",
    "board_list.xlsx": "BOARD",
}


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return the moment at the committee's place."""
    return datetime.combine(day, time(hour, minute), TIMEZONE).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Centre:
    """An outsourced team: its own key, and the people who call."""

    code: str
    identity: pyrage.x25519.Identity
    crew: CallCentre


class Play:
    """The invented world around one campaign."""

    def __init__(self, world: World) -> None:
        self.world = world
        told = tomllib.loads(CAMPAIGN_FILE.read_text(encoding="utf-8"))
        self.campaign: str = told["campaign"]["code"]
        self.centres = [
            Centre(
                team["code"],
                pyrage.x25519.Identity.generate(),
                CallCentre(world.population, team["code"], languages=team["languages"]),
            )
            for team in told["teams"]
            if team["kind"] != "in_house"
        ]
        self.own = CallCentre(world.population, "HQ", languages=("en", "es"))

    def write_campaign_file(self, path: Path) -> Path:
        """Write the example's campaign file with the keys that the call centres made themselves."""
        lines, team = [], ""
        keys = {centre.code: str(centre.identity.to_public()) for centre in self.centres}
        for line in CAMPAIGN_FILE.read_text(encoding="utf-8").splitlines():
            if line.startswith("code = "):
                team = line.split('"')[1]
            if line.startswith("age_recipient"):
                line = f'age_recipient = "{keys[team]}"'
            lines.append(line)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def write_rosters(self, folder: Path) -> dict[str, Path]:
        """Write whom each call centre trained for the campaign, as it tells the director."""
        written = {}
        for centre in self.centres:
            languages = " ".join(sorted(centre.crew.languages))
            rows = [
                f"{code},Caller {code},{languages},{TRAINED_UNTIL}" for code in centre.crew.roster
            ]
            text = "\n".join(["agent,name,languages,until", *rows, ""])
            written[centre.code] = folder / f"roster-{centre.code}.csv"
            written[centre.code].write_text(text, encoding="utf-8")
        return written

    def bring_lists(self, folder: Path) -> list[Path]:
        """Write the population's lists, lay them into the inbox; return those to suppress."""
        folder.mkdir(parents=True, exist_ok=True)
        others = []
        for path in self.world.population.write_lists(folder):
            if path.name in SOURCES:
                shutil.copy(path, settings().folder("inbox", "lists", SOURCES[path.name]))
            else:
                others.append(path)
        return others

    def centres_call(self, day: date, attempt: int) -> None:
        """Let each call centre fetch its packets, call, and lay its results into the inbox."""
        from gateways.sealed_packets import unseal

        for centre in self.centres:
            for packet in self._new_packets(centre):
                calls = unseal(packet, str(centre.identity))["calls.csv"].decode()
                inbox = settings().folder("inbox", "results", centre.code)
                centre.crew.write_results(
                    list(csv.DictReader(io.StringIO(calls))),
                    inbox / f"{packet.name.split('.')[0]}.csv",
                    at(day, 12),
                    at(day, 21),
                    attempt=attempt,
                )

    def _new_packets(self, centre: Centre) -> Iterator[Path]:
        """Yield the packets that the centre has not fetched before."""
        from campaign.errors import StateError
        from tasks.packets import hand_packets

        folder = settings().folder("packets", centre.code)
        before = {path.name for path in folder.iterdir()}
        with contextlib.suppress(StateError):  # nothing waits for the team today
            hand_packets(centre.code, str(folder))
        yield from sorted(path for path in folder.iterdir() if path.name not in before)

    def own_people_call(self, day: date, first_hour: int, last_hour: int) -> int:
        """Let our own callers take one call after the other; return how many were made."""
        made = 0
        for hour in range(first_hour, last_hour):
            self.world.advance(at(day, hour))
            made += self._own_hour(day, hour)
        return made

    def _own_hour(self, day: date, hour: int) -> int:
        """Let each caller of our own work through an hour, four minutes a call."""
        from store import campaigns, queue
        from store.session import unit_of_work

        with unit_of_work() as session:
            team = campaigns.team_by_code(session, self.own.code)
        made = 0
        for minute in range(0, 60, 4):
            moment = at(day, hour, minute)
            for agent in team.agents:
                with unit_of_work() as session:
                    call = queue.next_call(session, team.id, agent.id, moment)
                if isinstance(call, queue.Call):
                    self._take(call, team.id, agent.id, moment)
                    made += 1
        return made

    def _take(self, call: Call, team_id: int, agent_id: int, moment: datetime) -> None:
        """Speak to the donor and write down what came of it."""
        from store import spoken_results
        from store.session import unit_of_work

        asked = {
            "phone_e164": call.phone_e164,
            "first_name": call.first_name,
            "asks_cents": call.asks_cents,
            "headroom_cents": call.headroom_cents,
        }
        said = self.own.call(asked, moment, attempt=moment.timetuple().tm_yday)
        asked_for = {question["code"] for question in call.questions}
        with unit_of_work() as session:
            spoken_results.record_result(
                session,
                team_id=team_id,
                agent_id=agent_id,
                assignment_id=call.assignment_id,
                disposition=said.disposition,
                now=moment + timedelta(seconds=said.duration_seconds),
                call_id=said.call_id,
                started_at=moment,
                duration_seconds=said.duration_seconds,
                pledge_cents=said.pledge_cents,
                pledge_due_on=said.pledge_due_on,
                instalments=said.instalments,
                method=said.method,
                email=said.email,
                occupation=said.occupation,
                employer=said.employer,
                callback_at=said.callback_at,
                notes=said.notes,
                answers={code: said.answers[code] for code in asked_for & said.answers.keys()},
            )

    def donors_pay(self) -> None:
        """Let donors read the letters that went out, and do what they do."""
        self.world.donors_pay(settings().folder("files", "outbox"))
