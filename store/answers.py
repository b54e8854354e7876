"""What donors answered to the questions of a campaign's scripts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.calling.scripts import Question
from store.campaigns import CampaignFacts
from store.scripts import scripts


@dataclass(frozen=True, slots=True)
class Answered:
    """One call in which questions were answered."""

    call_id: str
    donor_id: int
    team: str
    called_at: str
    call_result: str
    script: str
    answers: dict[str, str]


_ANSWERED = text("""
    select c.external_id, c.donor_id, t.code, c.started_at, c.call_result,
        coalesce(s.code || ' ' || s.language || ' v' || s.version, '') as script,
        c.answers -> 'survey' as answers
    from call_attempt c join team t on t.id = c.team_id left join script s on s.id = c.script_id
    where c.campaign_id = :campaign_id and c.answers -> 'survey' not in ('{}', 'null')
    order by c.started_at, c.id
""")


def answered(session: Session, campaign_id: int) -> list[Answered]:
    """Return the calls in which a question was answered, the earliest first."""
    rows = session.execute(_ANSWERED, {"campaign_id": campaign_id})
    return [
        Answered(call, donor, team, at.isoformat(), ended, script, told)
        for call, donor, team, at, ended, script, told in rows
    ]


def questions(session: Session, campaign: CampaignFacts) -> dict[str, Question]:
    """Return every question that the campaign's script ever asked, as it was worded last."""
    found: dict[str, Question] = {}
    for script in scripts(session, campaign.script_code):
        for told in script.questions:
            found[told["code"]] = Question.model_validate(told)
    return found


_COUNTED = text("""
    select told.key as code, count(*) as calls,
        case when told.key = any(:free) then '' else lower(trim(told.value)) end as answer
    from call_attempt c, jsonb_each_text(c.answers -> 'survey') told
    where c.campaign_id = :campaign_id and told.value <> ''
    group by code, answer order by calls desc, answer
""")


def tally(
    session: Session, campaign_id: int, asked: Mapping[str, Question]
) -> list[dict[str, Any]]:
    """Return how often each answer was given; words of the donor's own are only counted."""
    free = [code for code, question in asked.items() if question.kind == "text"]
    counts: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for code, calls, answer in session.execute(
        _COUNTED, {"campaign_id": campaign_id, "free": free}
    ):
        counts[code].append((answer, calls))
    return [
        {
            "question": code,
            "text": question.text,
            "answered": sum(calls for _, calls in counts[code]),
            "answers": [{"answer": a, "count": n} for a, n in counts[code] if code not in free],
        }
        for code, question in asked.items()
    ]
