"""Callers and their certificates: who was trained for which campaign, and until when it holds.

The campaign file names callers and may certify them; leads, vendor managers and directors certify
and withdraw between two files. What they decided holds until the file says another day than before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import RowMapping, select, text
from sqlalchemy.orm import Session

from campaign.campaign_tables import Agent as AgentEntry
from campaign.days import day_of
from campaign.errors import InputError, StateError, UnknownCodeError
from models.committee import Agent, Campaign, Team
from store import audit
from store.committees import the_committee

PAPER = "PAPER-"  # the seat under which a caller's printed calls are kept is no caller
HOW_TO_CERTIFY = (
    "The team lead or the vendor manager certifies on the page My team; the finance director on "
    "the page Callers, in the campaign file or with pledgeline calls certify."
)


def lacks_certificate(who_holds: str, campaigns: Iterable[str]) -> str:
    """Return why somebody is handed no call of these campaigns."""
    return f"{who_holds} no certificate in date for {', '.join(campaigns)}."


def caller(session: Session, team_code: str, code: str) -> int:
    """Return a caller of a team; UnknownCodeError names those there are."""
    team_id = team_id_of(session, team_code)
    rows = session.execute(
        select(Agent.code, Agent.id)
        .where(Agent.team_id == team_id, Agent.disabled_at.is_(None))
        .where(Agent.code.not_like(f"{PAPER}%"))
    )
    known: dict[str, int] = dict(rows.all())
    if code not in known:
        raise UnknownCodeError("caller", code, known)
    return known[code]


def certify(session: Session, agent_id: int, campaign: str, until: date, now: datetime) -> None:
    """Note until when a caller's training for a campaign holds."""
    _require_campaign(session, campaign)
    if until < day_of(now, the_committee(session).timezone):
        raise InputError(f"{until} is over: to end a certificate, withdraw it.")
    row = session.get_one(Agent, agent_id, with_for_update=True)
    row.certified = row.certified | {campaign: until.isoformat()}
    detail = {"campaign": campaign, "until": until.isoformat()}
    audit.append(session, "caller.certify", f"agent:{agent_id}", detail, at=now)


def withdraw(session: Session, agent_id: int, campaign: str, now: datetime) -> None:
    """Take a caller's certificate back: from now on he or she is handed no call of the campaign."""
    row = session.get_one(Agent, agent_id, with_for_update=True)
    if campaign not in row.certified:
        raise StateError(f"This caller holds no certificate for {campaign}.")
    row.certified = {code: day for code, day in row.certified.items() if code != campaign}
    detail = {"campaign": campaign}
    audit.append(session, "caller.uncertify", f"agent:{agent_id}", detail, at=now)


def take_roster(
    session: Session, team_code: str, campaign: str, roster: Sequence[AgentEntry], now: datetime
) -> None:
    """Name all callers of a roster, and certify those with a last day."""
    _require_campaign(session, campaign)
    team_id = team_id_of(session, team_code)
    session.get_one(Team, team_id, with_for_update=True)  # two rosters at once: one after the other
    present = {
        row.code: row for row in session.scalars(select(Agent).where(Agent.team_id == team_id))
    }
    for line in roster:
        row = present.get(line.code)
        if row is None:
            row = Agent(team_id=team_id, code=line.code, certified={}, certified_by_file={})
            session.add(row)
        row.name, row.languages = line.name, list(line.languages)
        if line.certified_until is not None:
            row.certified = row.certified | {campaign: line.certified_until.isoformat()}
    detail = {"campaign": campaign, "callers": len(roster)}
    audit.append(session, "caller.roster", f"team:{team_code}", detail, at=now)


def all_callers(session: Session) -> list[RowMapping]:
    """Return every caller in view with the certificates, by team."""
    rows = session.execute(
        text("""select g.id, g.code, g.name, g.languages, g.certified, t.name as team, t.kind
            from agent g join team t on t.id = g.team_id
            where g.disabled_at is null and g.code not like 'PAPER-%'
            order by t.kind = 'in_house' desc, t.name, g.name, g.id limit 2000""")
    )
    return list(rows.mappings())


def last_day(text: str) -> date:
    """Return a certificate's last day as it was typed; InputError when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("The last day of a certificate is a day such as 2026-11-03.") from None


def team_id_of(session: Session, code: str) -> int:
    """Return a team's id; UnknownCodeError names the teams there are."""
    found = session.scalar(select(Team.id).where(Team.code == code))
    if found is None:
        raise UnknownCodeError("team", code, session.scalars(select(Team.code)))
    return found


def _require_campaign(session: Session, code: str) -> None:
    known = list(session.scalars(select(Campaign.code)))
    if code not in known:
        raise UnknownCodeError("campaign", code, known)
