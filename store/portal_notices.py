"""Notices: what people with a permission should know; written once an event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.roles import Permission
from models.users import AppUser, Notice


@dataclass(frozen=True, slots=True)
class Told:
    """One notice."""

    id: int
    kind: str
    text: str
    link: str
    created_at: datetime


def tell(
    session: Session,
    *,
    key: str,
    permission: Permission,
    kind: str,
    text: str,
    link: str,
    now: datetime,
) -> bool:
    """Write a notice for those with a permission; False when this event was told before."""
    made = session.scalar(
        insert(Notice)
        .values(key=key, permission=permission, kind=kind, text=text, link=link, created_at=now)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Notice.id)
    )
    return made is not None


def open_for(session: Session, permissions: Iterable[Permission], limit: int = 20) -> list[Told]:
    """Return what the viewer should know, the newest first."""
    rows = session.scalars(
        select(Notice)
        .where(Notice.permission.in_([p.value for p in permissions]), Notice.closed_at.is_(None))
        .order_by(Notice.id.desc())
        .limit(limit)
    )
    return [Told(row.id, row.kind, row.text, row.link, row.created_at) for row in rows]


def close(
    session: Session,
    notice_id: int,
    permissions: Iterable[Permission],
    by: str,
    now: datetime,
) -> None:
    """Put a notice away for all whom it was meant for."""
    session.execute(
        update(Notice)
        .where(
            Notice.id == notice_id,
            Notice.permission.in_([p.value for p in permissions]),
            Notice.closed_at.is_(None),
        )
        .values(closed_at=now, closed_by=by)
    )


def addresses(session: Session, permission: Permission) -> list[str]:
    """Return the e-mail addresses of those who hold a permission."""
    from campaign.roles import permissions_of

    rows = session.execute(
        select(AppUser.email, AppUser.roles).where(AppUser.disabled_at.is_(None))
    )
    return sorted(email for email, roles in rows if permission in permissions_of(roles))


def stopped_lists(session: Session) -> list[tuple[int, str]]:
    """Return the lists that the quality gate stopped, and their sources."""
    rows = session.execute(sql("select id, source from list_batch where status = 'stopped'"))
    return [(row.id, row.source) for row in rows]


def broken_proofs(session: Session) -> list[tuple[int, int]]:
    """Return the reconciliations of the last days that broke a proof, and how many they broke."""
    rows = session.execute(
        sql("""
            select r.id, count(*) as broken from (
                select id, result from reconciliation order by id desc limit 10) r,
                jsonb_array_elements(coalesce(r.result->'invariants', '[]')) i
            where i->>'status' = 'broken' group by r.id order by r.id""")
    )
    return [(row.id, row.broken) for row in rows]
