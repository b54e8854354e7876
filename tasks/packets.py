"""Packets for outsourced teams: guard each call once more, seal, note, and take back in time."""

from __future__ import annotations

import hashlib
import logging
import shutil
from pathlib import Path
from typing import Any

from campaign.calling import packets as rules
from campaign.calling.scripts import Question
from campaign.calling.teams import Team
from campaign.days import day_of
from campaign.errors import StateError
from config.clock import now
from config.settings import settings
from gateways import sealed_packets
from gateways.whole_files import written_whole
from store import campaigns, packets
from store.committees import the_committee
from store.guard import guard
from store.result_effects import withdraw
from store.scenes import Scene, scene
from store.session import unit_of_work
from tasks.policies import step

log = logging.getLogger(__name__)


@step
def seal_packets(campaign_code: str) -> list[dict[str, Any]]:
    """Seal a packet for each outsourced team with a key that has open calls."""
    with unit_of_work() as session:
        packets.reclaim_expired(session, now())
        campaign = campaigns.campaign_by_code(session, campaign_code)
        teams = campaigns.campaign_teams(session, campaign.id)
    made = []
    for team in teams:
        if not team.is_in_house and team.age_recipient:
            sealed = seal_packet(campaign_code, team)
            made += [sealed] if sealed else []
    return made


def seal_packet(campaign_code: str, team: Team) -> dict[str, Any] | None:
    """Seal the team's open calls of a campaign; None when there are none that may be made."""
    with unit_of_work() as session:
        campaign = campaigns.campaign_by_code(session, campaign_code)
        moment = now()
        committee_day = day_of(moment, the_committee(session).timezone)
        view = scene(session, campaign, committee_day, moment)
        open_calls = packets.waiting(session, view, team)
        judged = guard(session, view, team, [call.donor_id for call in open_calls])
        against = {
            call.id: reason for call in open_calls if (reason := judged[call.donor_id].reason)
        }
        withdraw(session, against, moment)
        kept = [call for call in open_calls if call.id not in against]
        if not kept:
            return None
        room_of = {call.donor_id: judged[call.donor_id].headroom_cents for call in kept}
        drafted = packets.with_controls(
            packets.draft(session, view, kept, room_of),
            [c for c in campaign.controls if c.get("team") in (None, team.code)],
        )
        code = packets.next_code(session, team, moment)
        path = settings().folder("files", "packets") / f"{code}.zip.age"
        files = rules.contents(
            code, drafted.calls, _scripts(view, team), _facts(view, team), _questions(view, team)
        )
        sealed_packets.seal(files, str(team.age_recipient), path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        packets.keep(
            session,
            view,
            team,
            drafted,
            code=code,
            path=str(path),
            sha256=digest,
            expires_at=packets.expiry(view),
        )
    log.info("packet %s: %d rows, %d withdrawn", code, len(drafted.calls), len(against))
    return {"code": code, "rows": len(drafted.calls), "withdrawn": len(against), "path": str(path)}


def _facts(scene: Scene, team: Team) -> dict[str, str]:
    return {
        "team": team.name,
        "campaign": scene.campaign.name,
        "expires_at": packets.expiry(scene).isoformat(timespec="minutes"),
    }


def _scripts(scene: Scene, team: Team) -> dict[str, str]:
    """Return the script in each of the team's languages, the passages filled in."""
    found = {}
    for language in team.languages:
        script = scene.script(language)
        if script is not None and script.language == language:
            found[language] = scene.spoken(script, team, language)
    return found


def _questions(scene: Scene, team: Team) -> list[Question]:
    """Return what the newest scripts of the team's languages ask, each question once."""
    scripts = filter(None, map(scene.script, team.languages))
    asked = {told["code"]: told for script in scripts for told in script.questions}
    return [Question.model_validate(told) for told in asked.values()]


@step
def hand_packets(team_code: str, folder: str) -> list[dict[str, Any]]:
    """Put the team's sealed packets into a folder: what waits is sealed first.

    Asked again, the packets that are still valid are handed out again; each time is logged.
    """
    with unit_of_work() as session:
        packets.reclaim_expired(session, now())
        team = campaigns.team_by_code(session, team_code)
        codes = campaigns.campaign_codes(session)
    if not team.age_recipient:
        raise StateError(
            f"Team {team.code} has no key: put its age_recipient (age1…) into the campaign file."
        )
    for code in codes:
        seal_packet(code, team)
    with unit_of_work() as session:
        valid = packets.packets_out(session, team, now())
        if not valid:
            raise StateError(f"Team {team.code} has no open calls: allocate calls first.")
        for packet in valid:
            target = Path(folder) / Path(packet.path).name
            with written_whole(target) as part:
                shutil.copyfile(packet.path, part)
            packets.note_taken(session, packet.code, "command line", now())
    return [
        {
            "code": packet.code,
            "rows": packet.rows,
            "sha256": packet.sha256,
            "expires_at": packet.expires_at.isoformat(),
            "file": str(Path(folder) / Path(packet.path).name),
        }
        for packet in valid
    ]
