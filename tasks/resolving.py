"""A person's word on an exception or a payment."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from campaign.books.exceptions import ANSWERS, resolutions
from campaign.days import day_of
from campaign.errors import InputError
from config.clock import now
from config.settings import settings
from store import books, pledges, resolving
from store.committees import the_committee
from store.resolving import Case
from store.session import unit_of_work


def open_exceptions() -> list[dict[str, Any]]:
    """Return what waits for a person, the oldest first."""
    with unit_of_work() as session:
        return books.open_exceptions(session)


def resolve(name: str, answer: str, because: str, actor: str | None = None) -> dict[str, Any]:
    """Resolve an exception; the next reconciliation keeps to it. Return what was decided."""
    if not because.strip():
        raise InputError("Say why with --because: the record needs a reason.")
    word, _, ref = answer.partition(":")
    if word not in ANSWERS:
        raise InputError(f"--as must be one of {', '.join(ANSWERS)} (pledge and not take :REF).")
    who = actor or settings().actor
    at = now()
    with unit_of_work() as session:
        today = day_of(at, the_committee(session).timezone)
        case = resolving.case_of(session, name, today)
        if word == "undo":
            resolving.reopen(session, case, because=because.strip(), actor=who, at=at)
            return {"exception": case.id, "as": "undo"}
        verdicts = _verdicts(session, case, word, ref)
        before = {"allocations": _pays(session, case)}
        after = {"verdicts": [{"verdict": kind, "pledge_id": pledge} for kind, pledge in verdicts]}
        resolving.close(
            session,
            case,
            resolution=answer,
            because=because.strip(),
            actor=who,
            at=at,
            before=before,
            after=after,
        )
        resolving.decide(session, case, verdicts, because=because.strip(), actor=who, at=at)
    return {"exception": case.id, "as": answer, **after}


def _pays(session: Session, case: Case) -> list[dict[str, Any]]:
    return resolving.allocations_of(session, case.payment) if case.payment else []


def _verdicts(session: Session, case: Case, word: str, ref: str) -> list[tuple[str, int | None]]:
    """Return what an answer means for the payment; nothing where it is about none."""
    if word in ("noted", "refund"):
        return []
    if case.payment is None:
        choice = ", ".join(resolutions(case.kind))
        raise InputError(f"Exception {case.id} is about no payment; it may be: {choice}.")
    if word in ("gift", "not_campaign"):
        return [(word, None)]
    if word == "confirm":
        found = [row["pledge_id"] for row in _pays(session, case)]
        if not found:
            raise InputError("Nothing is suggested for this payment; use --as pledge:REF.")
        return [("pays", pledge_id) for pledge_id in found]
    if not ref:
        raise InputError(f"Name the pledge: --as {word}:REF.")
    return [("pays" if word == "pledge" else "not", pledges.find(session, ref).id)]
