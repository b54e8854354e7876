"""A person's word on an exception or a payment."""

from __future__ import annotations

from typing import Any

from campaign.days import day_of
from config.clock import now
from config.settings import settings
from store import books, resolving
from store.committees import the_committee
from store.session import unit_of_work


def open_exceptions() -> list[dict[str, Any]]:
    """Return what waits for a person, the oldest first."""
    with unit_of_work() as session:
        return books.open_exceptions(session)


def resolve(name: str, answer: str, because: str, actor: str | None = None) -> dict[str, Any]:
    """Resolve an exception; the next reconciliation keeps to it. Return what was decided."""
    at = now()
    with unit_of_work() as session:
        return resolving.resolve(
            session,
            name,
            answer,
            because=because,
            actor=actor or settings().actor,
            at=at,
            today=day_of(at, the_committee(session).timezone),
        )


def assign(name: str, owner: str) -> int:
    """Note who looks into an open exception; an empty name frees it. Return its number."""
    with unit_of_work() as session:
        return resolving.assign(session, name, owner, actor=settings().actor, at=now())
