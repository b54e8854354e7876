"""What the tests of the tables share."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from campaign.campaign_file import read_campaign_file
from store import campaigns
from tests.support.calling import EXAMPLE, NOON
from tests.support.desk import Desk


@pytest.fixture
def desk(session: Session) -> Desk:
    campaigns.apply(session, read_campaign_file(EXAMPLE), NOON)
    team = campaigns.team_by_code(session, "HQ")
    agents = {agent.code: agent.id for agent in team.agents}
    session.commit()
    return Desk(team.id, agents["maria"], agents["devon"])
