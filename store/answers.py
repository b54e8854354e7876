"""What donors answered to the questions of a campaign's scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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


def tally(asked: dict[str, Question], rows: Sequence[Answered]) -> list[dict[str, Any]]:
    """Return how often each answer was given; words of the donor's own are only counted."""
    found = []
    for code, question in asked.items():
        told = [row.answers[code] for row in rows if row.answers.get(code)]
        is_free = question.kind == "text"
        counts = Counter() if is_free else Counter(answer.strip().lower() for answer in told)
        found.append(
            {
                "question": code,
                "text": question.text,
                "answered": len(told),
                "answers": [{"answer": a, "count": n} for a, n in counts.most_common()],
            }
        )
    return found
