"""The guard at the hand-out: the plan's rules once more, on the facts of now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy.orm import Session

from campaign.calling.eligibility import Lane, judge, lane_rules
from campaign.calling.hours import Intervals
from campaign.calling.teams import Shift, Team
from campaign.compliance.limits import NO_LIMIT
from store.calling import Scene, facts_frame


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the rules say of one call now, and the facts it was decided on."""

    reason: str | None
    hours: Intervals
    headroom_cents: int | None
    gifts: int
    last_gift_on: date | None
    last_cents: int
    total_cents: int


_GONE = Guarded("not_active", (), None, 0, None, 0, 0)


def guard(
    session: Session, scene: Scene, team: Team, donor_ids: Sequence[int]
) -> dict[int, Guarded]:
    """Return, for each donor, whether this team may call him or her today, and when."""
    found = dict.fromkeys(donor_ids, _GONE)
    if not donor_ids:
        return found
    facts = facts_frame(session, scene, list(donor_ids))
    verdict = judge(facts, scene.question)
    reason = verdict.first_reason().astype(object)
    lane = Lane(team, Shift("day", scene.day.starts_at, scene.day.ends_at), 1)
    rules = lane_rules(
        facts["language"].fillna("en").tolist(),
        facts["provenance"].tolist(),
        facts["state"].fillna("").tolist(),
        [],
        [lane],
        scene.question,
    )
    for name, allowed in {
        "team_not_ready": np.repeat(rules.ready, len(facts)),
        "language": rules.language[:, 0],
        "provenance": rules.provenance[:, 0],
        "state_registration": rules.registration[:, 0],
    }.items():
        reason[(reason == "") & ~allowed] = name
    columns = ["donor_id", "headroom_cents", "gifts", "last_gift_on", "last_cents", "total_cents"]
    for number, row in enumerate(facts[columns].itertuples(index=False)):
        donor_id, room, gifts, last_on, last, total = row
        found[int(donor_id)] = Guarded(
            reason=str(reason[number]) or None,
            hours=verdict.hours_of(number),
            headroom_cents=None if room == NO_LIMIT else int(room),
            gifts=int(gifts),
            last_gift_on=last_on if isinstance(last_on, date) else None,
            last_cents=int(last),
            total_cents=int(total),
        )
    return found
