"""The guard at the hand-out: the plan's rules once more, on the facts of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from campaign.calling.eligibility import Papers, against_team, judge, papers_of
from campaign.calling.hours import Intervals
from campaign.calling.teams import Team
from campaign.compliance.limits import NO_LIMIT
from store.donor_facts import facts_of
from store.memo import remembered
from store.scenes import Scene


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the rules say of one call now, and the facts it was decided on."""

    reason: str | None
    hours: Intervals
    headroom_cents: int | None
    donor: Mapping[str, Any] = field(default_factory=dict)


_GONE = Guarded("not_active", (), None)


def guard(
    session: Session, scene: Scene, team: Team, donor_ids: Sequence[int]
) -> dict[int, Guarded]:
    """Return, for each donor, whether this team may call him or her today, and when."""
    found = dict.fromkeys(donor_ids, _GONE)
    if not donor_ids:
        return found
    facts = facts_of(session, scene, donor_ids)
    verdict = judge(facts, scene.question)
    reasons = verdict.first_reason()
    papers = _papers(session, scene, team)
    for position, reason in enumerate(reasons):
        donor = facts.row(position)
        room = donor["headroom_cents"]
        words = (donor["language"] or "en", donor["provenance"], donor["state"] or "")
        found[donor["donor_id"]] = Guarded(
            reason=str(reason) or against_team(*words, team, papers, scene.question),
            hours=verdict.hours_of(position),
            headroom_cents=None if room == NO_LIMIT else room,
            donor=donor,
        )
    return found


def _papers(session: Session, scene: Scene, team: Team) -> Papers:
    key = ("papers", team.id, scene.question.campaign_code, scene.question.day)
    return remembered(session, key, lambda: papers_of(team, scene.question))
