"""Scripts in the database: published in versions that never change, and read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign.calling.scripts import STANDARD_CODE, problems, standard_bodies
from campaign.campaign_tables import CampaignFile
from campaign.campaign_tables import Script as ScriptEntry
from campaign.errors import RuleError
from models.calling import Script


def publish(session: Session, file: CampaignFile, now: datetime) -> Iterator[bool]:
    """Publish each script that is new or reworded as its next version; tell which ones were."""
    for script in _wanted(file):
        newest = session.scalars(
            select(Script)
            .where(Script.code == script.code, Script.language == script.language)
            .order_by(Script.version.desc())
            .limit(1)
        ).one_or_none()
        told = {
            "kind": script.kind,
            "body": script.body,
            "questions": [question.model_dump(mode="json") for question in script.questions],
        }
        is_new = newest is None or any(getattr(newest, name) != told[name] for name in told)
        if is_new:
            key = {"code": script.code, "language": script.language}
            version = newest.version + 1 if newest else 1
            session.add(Script(**key, **told, version=version, published_at=now))
        yield is_new


def _wanted(file: CampaignFile) -> Iterator[ScriptEntry]:
    """Yield the file's scripts, and the standard one where the campaign names none."""
    kinds = [team.kind for team in file.teams]
    for script in file.scripts:
        wrong = problems(script.body, file.committee.kind, kinds, script.kind)
        if wrong:
            raise RuleError(
                f"The script {script.code} ({script.language}) cannot be published: "
                f"{'; '.join(wrong)}."
            )
        yield script
    if file.campaign.script is None:
        for language, body in standard_bodies(file.committee.kind).items():
            yield ScriptEntry(
                code=STANDARD_CODE,
                language=language,
                body=body,
                questions=file.campaign.questions,
            )


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """One published version of a script."""

    id: int
    code: str
    language: str
    version: int
    kind: str
    body: str
    questions: tuple[dict[str, Any], ...]
    published_at: datetime | None


def scripts(session: Session, code: str) -> tuple[ScriptFacts, ...]:
    """Return every published version of a script in every language, the oldest first."""
    rows = session.scalars(
        select(Script).where(Script.code == code).order_by(Script.version, Script.language)
    )
    return tuple(
        ScriptFacts(
            *(row.id, row.code, row.language, row.version, row.kind, row.body),
            tuple(row.questions),
            row.published_at,
        )
        for row in rows
    )
