"""Letters that went out: the proof that they did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.compliance.letters import Letter
from models.giving import Letter as Row


def known_keys(session: Session, kinds: Iterable[str]) -> set[tuple[str, str]]:
    """Return kind and subject of the letters that were written."""
    rows = session.execute(select(Row.kind, Row.subject_key).where(Row.kind.in_(list(kinds))))
    return {(kind, key) for kind, key in rows}


def note(
    session: Session, letters: Sequence[Letter], *, at: datetime, path: str, is_mailed: bool
) -> None:
    """Keep that the letters were written; each once, however often this is called."""
    rows = [
        {
            "kind": letter.kind,
            "subject_key": letter.key,
            "number": letter.number,
            "donor_id": letter.donor_id,
            "channel": "email" if is_mailed and letter.email else "paper",
            "status": "sent",
            "path": path,
            "sent_at": at,
        }
        for letter in letters
    ]
    session.execute(insert(Row).values(rows).on_conflict_do_nothing())
