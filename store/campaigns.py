"""Campaigns and teams as the campaign file describes them, and as the rules need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.calling.costs import Price
from campaign.calling.policy import Policy
from campaign.calling.scripts import STANDARD_CODE
from campaign.calling.teams import Agent as AgentFacts
from campaign.calling.teams import Team as TeamFacts
from campaign.campaign_tables import Agent as AgentEntry
from campaign.campaign_tables import Campaign as CampaignEntry
from campaign.campaign_tables import CampaignFile
from campaign.campaign_tables import Team as TeamEntry
from campaign.compliance.limits import Election as ElectionFacts
from campaign.errors import StateError, UnknownCodeError
from models.base import Base
from models.committee import Agent, Campaign, CampaignTeam, Committee, Election, Team
from models.users import AppUser
from store import audit
from store.callers import PAPER
from store.committees import the_committee
from store.scripts import publish


@dataclass(slots=True)
class Changes:
    """What applying a file changed."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def count(self, *, is_new: bool) -> None:
        """Count one more row that was created, or that was as the file says."""
        self.created += is_new
        self.unchanged += not is_new

    def any(self) -> bool:
        """Whether something is different now."""
        return bool(self.created or self.changed)


def apply(session: Session, file: CampaignFile, now: datetime) -> Changes:
    """Make the tables say what the file says; the same file again changes nothing."""
    changes = Changes()
    _apply_committee(session, file, changes)
    election_ids = {
        election.code: _upsert(session, Election, {"code": election.code}, dict(election), changes)
        for election in file.elections
    }
    team_ids = {team.code: _apply_team(session, file, team, changes) for team in file.teams}
    for is_new in publish(session, file, now):
        changes.count(is_new=is_new)
    campaign_id = _apply_campaign(session, file, election_ids, changes)
    _apply_campaign_teams(session, campaign_id, file, team_ids, changes)
    for user in file.users:
        _invite(session, user.model_dump(), team_ids, now, changes)
    if changes.any():
        audit.append(
            session,
            "campaign.applied",
            f"campaign:{file.campaign.code}",
            {"sha256": file.sha256, "created": changes.created, "changed": changes.changed},
            at=now,
        )
    return changes


def _upsert(
    session: Session,
    table: type[Base],
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    changes: Changes,
) -> int:
    """Make the row with this key hold these values; return its id."""
    row: Any = session.scalars(select(table).filter_by(**key)).one_or_none()
    if row is None:
        row = table(**(dict(key) | dict(values)))
        session.add(row)
        changes.created += 1
    elif different := {k: v for k, v in values.items() if getattr(row, k) != v}:
        for name, value in different.items():
            setattr(row, name, value)
        changes.changed += 1
    else:
        changes.unchanged += 1
    session.flush()
    return int(row.id)


def _apply_committee(session: Session, file: CampaignFile, changes: Changes) -> None:
    present = the_committee(session)
    if not present.is_default and present.code != file.committee.code:
        raise StateError(
            f"This home keeps the books of {present.code}; another committee needs a home of its "
            "own (PLEDGELINE_HOME)."
        )
    values = file.committee.model_dump() | {"is_default": False}
    stood_in = present.is_default  # a row of a new home, in the place of a committee
    _upsert(session, Committee, {"id": 1}, values, changes)
    changes.created += stood_in
    changes.changed -= stood_in


def _apply_team(session: Session, file: CampaignFile, team: TeamEntry, changes: Changes) -> int:
    contract = team.contract or (None, None)
    sharing = team.data_sharing or (None, None)
    values = {
        "name": team.name,
        "kind": team.kind,
        "country": team.country,
        "timezone": team.timezone,
        "languages": list(team.languages),
        "hours": {day: list(shifts) for day, shifts in team.hours.items()},
        "daily_capacity": team.capacity,
        "cost_model": team.cost,
        "cost_cents": team.price_cents,
        "cost_basis_points": team.percent * 100,
        "calls_per_hour": team.calls_per_hour,
        "contract_from": contract[0],
        "contract_to": contract[1],
        "data_sharing_from": sharing[0],
        "data_sharing_to": sharing[1],
        "fair_conditions_on": team.fair_conditions_on,
        "age_recipient": team.age_recipient,
        "settings": {
            "place": team.place,
            "local": team.local,
            "registered_states": list(team.registered_states),
        },
    }
    team_id = _upsert(session, Team, {"code": team.code}, values, changes)
    for agent in team.agents:
        key = {"team_id": team_id, "code": agent.code}
        row = session.scalars(select(Agent).filter_by(**key)).one_or_none()
        told = {"name": agent.name, "languages": list(agent.languages)}
        _upsert(session, Agent, key, told | _certificates(row, agent, file), changes)
    return team_id


def _certificates(row: Agent | None, agent: AgentEntry, file: CampaignFile) -> dict[str, Any]:
    """Return a caller's certificates; what people decided holds until the file's word changes."""
    campaign = file.campaign.code
    held, before = (row.certified, row.certified_by_file) if row else ({}, {})
    said = agent.certified_until.isoformat() if agent.certified_until else None
    if said == before.get(campaign):
        return {"certified": held, "certified_by_file": before}
    own = {campaign: said} if said else {}
    return {
        name: {code: day for code, day in known.items() if code != campaign} | own
        for name, known in (("certified", held), ("certified_by_file", before))
    }


def _apply_campaign(
    session: Session, file: CampaignFile, election_ids: Mapping[str, int], changes: Changes
) -> int:
    entry: CampaignEntry = file.campaign
    values = {
        "name": entry.name,
        "election_id": election_ids.get(entry.election or ""),
        "starts_on": entry.starts_on,
        "ends_on": entry.ends_on,
        "goal_cents": entry.goal_cents,
        "script_code": entry.script or STANDARD_CODE,
        "policy": entry.policy.model_dump(mode="json"),
        "quality": dict(entry.quality),
        "settings": {
            "controls": [control.model_dump() for control in entry.controls],
            "duplicates": entry.duplicates.model_dump(),
            "sources": [source.model_dump(mode="json") for source in file.sources],
        },
        "file_sha256": file.sha256,
    }
    return _upsert(session, Campaign, {"code": entry.code}, values, changes)


def _apply_campaign_teams(
    session: Session,
    campaign_id: int,
    file: CampaignFile,
    team_ids: Mapping[str, int],
    changes: Changes,
) -> None:
    wanted = {team_ids[team.code]: team.capacity for team in file.teams}
    present = {
        row.team_id: row
        for row in session.scalars(
            select(CampaignTeam).where(CampaignTeam.campaign_id == campaign_id)
        )
    }
    for team_id, row in present.items():
        if team_id not in wanted:
            session.delete(row)
            changes.changed += 1
        elif row.daily_capacity != wanted[team_id]:
            row.daily_capacity = wanted[team_id]
            changes.changed += 1
        else:
            changes.unchanged += 1
    for team_id in wanted.keys() - present.keys():
        session.add(
            CampaignTeam(campaign_id=campaign_id, team_id=team_id, daily_capacity=wanted[team_id])
        )
        changes.created += 1
    session.flush()


def _invite(
    session: Session,
    user: Mapping[str, Any],
    team_ids: Mapping[str, int],
    now: datetime,
    changes: Changes,
) -> None:
    """Create the user without a password; one who is there keeps the password."""
    team_id = team_ids.get(user["team"] or "")
    agent_id = session.scalar(
        select(Agent.id).where(Agent.team_id == team_id, Agent.code == user["agent"])
    )
    values = {
        "name": user["name"],
        "roles": sorted(user["roles"]),
        "team_id": team_id,
        "agent_id": agent_id,
    }
    known = session.scalar(select(AppUser.id).where(AppUser.email == user["email"]))
    made = values if known else values | {"created_at": now}
    _upsert(session, AppUser, {"email": user["email"]}, made, changes)


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """A campaign with what its rules need."""

    id: int
    code: str
    name: str
    starts_on: date
    ends_on: date
    goal_cents: int
    election: ElectionFacts | None
    election_id: int | None
    script_code: str
    policy: Policy
    controls: tuple[dict[str, str], ...]


def campaign_by_code(session: Session, code: str) -> CampaignFacts:
    """Return the campaign; UnknownCodeError names those that exist."""
    row = session.scalars(select(Campaign).where(Campaign.code == code)).one_or_none()
    if row is None:
        raise UnknownCodeError("campaign", code, session.scalars(select(Campaign.code)))
    return _facts(session, row)


def campaign_by_id(session: Session, campaign_id: int) -> CampaignFacts:
    """Return the campaign with this id."""
    return _facts(session, session.get_one(Campaign, campaign_id))


def _facts(session: Session, row: Campaign) -> CampaignFacts:
    election = session.get(Election, row.election_id) if row.election_id else None
    return CampaignFacts(
        id=row.id,
        code=row.code,
        name=row.name,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        goal_cents=row.goal_cents,
        election=ElectionFacts(election.code, election.held_on) if election else None,
        election_id=row.election_id,
        script_code=row.script_code or STANDARD_CODE,
        policy=Policy.model_validate(row.policy),
        controls=tuple(row.settings.get("controls", ())),
    )


def elections(session: Session) -> tuple[ElectionFacts, ...]:
    """Return every election on file."""
    rows = session.scalars(select(Election).order_by(Election.held_on))
    return tuple(ElectionFacts(row.code, row.held_on) for row in rows)


def campaign_codes(session: Session) -> tuple[str, ...]:
    """Return the codes of all campaigns."""
    return tuple(session.scalars(select(Campaign.code).order_by(Campaign.code)))


def campaign_teams(session: Session, campaign_id: int) -> tuple[TeamFacts, ...]:
    """Return the campaign's teams in the order of their codes."""
    rows = session.execute(
        select(Team, CampaignTeam.daily_capacity)
        .join(CampaignTeam, CampaignTeam.team_id == Team.id)
        .where(CampaignTeam.campaign_id == campaign_id)
        .order_by(Team.code)
    ).all()
    agents = _agents(session)
    return tuple(_team_facts(row, capacity, agents.get(row.id, ())) for row, capacity in rows)


def team_by_code(session: Session, code: str) -> TeamFacts:
    """Return the team; UnknownCodeError names those that exist."""
    row = session.scalars(select(Team).where(Team.code == code)).one_or_none()
    if row is None:
        raise UnknownCodeError("team", code, session.scalars(select(Team.code)))
    return _team_facts(row, row.daily_capacity, _agents(session).get(row.id, ()))


def _agents(session: Session) -> dict[int, tuple[AgentFacts, ...]]:
    """Return every team's callers; a seat for paper holds what its owner holds."""
    found: dict[int, tuple[AgentFacts, ...]] = {}
    rows = session.scalars(
        select(Agent).where(Agent.disabled_at.is_(None)).order_by(Agent.id)
    ).all()
    owners = {f"{PAPER}{row.id}": row for row in rows}
    for row in rows:
        own = owners.get(row.code, row)
        held = {} if own is row and row.code.startswith(PAPER) else own.certified
        certified = {code: date.fromisoformat(day) for code, day in held.items()}
        agent = AgentFacts(row.id, row.code, tuple(own.languages), certified)
        found[row.team_id] = (*found.get(row.team_id, ()), agent)
    return found


def _team_facts(row: Team, capacity: int, agents: tuple[AgentFacts, ...]) -> TeamFacts:
    return TeamFacts(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        timezone=row.timezone,
        languages=tuple(row.languages),
        hours={day: tuple(shifts) for day, shifts in row.hours.items()},
        capacity=capacity,
        price=Price(row.cost_model, row.cost_cents, row.cost_basis_points, row.calls_per_hour),
        contract=_span(row.contract_from, row.contract_to),
        data_sharing=_span(row.data_sharing_from, row.data_sharing_to),
        fair_conditions_on=row.fair_conditions_on,
        registered_states=frozenset(row.settings.get("registered_states", ())),
        is_local=bool(row.settings.get("local", False)),
        place=row.settings.get("place") or row.country,
        age_recipient=row.age_recipient,
        agents=agents,
    )


def _span(first: date | None, last: date | None) -> tuple[date, date] | None:
    return (first, last) if first and last else None
