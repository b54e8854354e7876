"""Packets in the database: who was handed what, until when, and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select, text, update
from sqlalchemy.orm import Session

from campaign.calling.asks import ladder_within, near_limit_sentence
from campaign.calling.packets import PacketCall, new_id
from campaign.calling.teams import Team
from campaign.errors import StateError, UnknownCodeError
from models.calling import Assignment, Packet, PacketRow
from models.donors import Donor
from store import audit, places
from store.bulk import copy_rows
from store.locks import Lock, wait_for, wait_for_a_long_list
from store.scenes import Scene


@dataclass(frozen=True, slots=True)
class PacketFacts:
    """One packet as it stands."""

    code: str
    team_id: int
    campaign_id: int
    rows: int
    path: str
    sha256: str
    status: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call of the plan that nobody holds."""

    id: int
    donor_id: int
    asks_cents: Sequence[int]
    callable_from: datetime
    callable_to: datetime
    language: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The calls that go into a packet, with the assignments behind them."""

    calls: list[PacketCall]
    assignment_of: dict[str, int | None]


def waiting(session: Session, scene: Scene, team: Team) -> list[WaitingCall]:
    """Return the team's open calls that no packet holds, locked for this transaction."""
    wait_for_a_long_list(session)
    rows = session.execute(
        select(
            Assignment.id,
            Assignment.donor_id,
            Assignment.asks_cents,
            Assignment.callable_from,
            Assignment.callable_to,
            Assignment.language,
        )
        .where(
            Assignment.team_id == team.id,
            Assignment.campaign_id == scene.campaign.id,
            Assignment.status == "open",
            Assignment.packet_id.is_(None),
            Assignment.callable_to > scene.now,
            Assignment.callable_from < scene.day.ends_at,
        )
        .order_by(Assignment.priority)
        .with_for_update(skip_locked=True)
    )
    return [WaitingCall(*row) for row in rows]


def draft(
    session: Session, scene: Scene, calls: Sequence[WaitingCall], room_of: Mapping[int, int | None]
) -> Draft:
    """Return the packet's rows: the least columns, new ids, asks within the room of now."""
    donors = {
        row.id: row
        for row in session.execute(
            select(Donor.id, Donor.first_name, Donor.last_name, Donor.phone_e164).where(
                Donor.id.in_([call.donor_id for call in calls])
            )
        )
    }
    election = scene.basis.label.removeprefix("election ")
    made: list[PacketCall] = []
    behind: dict[str, int | None] = {}
    for call in calls:
        donor, headroom = donors[call.donor_id], room_of[call.donor_id]
        asks = ladder_within(list(call.asks_cents), headroom)
        row_id = new_id()
        behind[row_id] = call.id
        made.append(
            PacketCall(
                packet_row_id=row_id,
                phone=donor.phone_e164 or "",
                first_name=donor.first_name or "",
                last_name=donor.last_name or "",
                language=call.language,
                asks_cents=tuple(asks),
                headroom_cents=headroom,
                call_from=call.callable_from,
                call_until=call.callable_to,
                say=near_limit_sentence(headroom, asks, election),
            )
        )
    return Draft(made, behind)


def with_controls(drafted: Draft, controls: Sequence[Mapping[str, str]]) -> Draft:
    """Mix our own numbers in, each at a place that its new id decides."""
    calls = list(drafted.calls)
    behind: dict[str, int | None] = dict(drafted.assignment_of)
    for control in controls if calls else ():
        like = calls[len(calls) // 2]
        row_id = new_id()
        behind[row_id] = None
        made = PacketCall(
            packet_row_id=row_id,
            phone=control["phone"],
            first_name=control["first_name"],
            last_name=control["last_name"],
            language=like.language,
            asks_cents=like.asks_cents,
            headroom_cents=None,
            call_from=like.call_from,
            call_until=like.call_until,
        )
        calls.insert(sum(map(ord, row_id)) % (len(calls) + 1), made)
    return Draft(calls, behind)


def keep(
    session: Session,
    scene: Scene,
    team: Team,
    drafted: Draft,
    *,
    code: str,
    path: str,
    sha256: str,
    expires_at: datetime,
) -> None:
    """Note what was sealed: the packet, each of its rows, and whose turn it is now."""
    packet = Packet(
        code=code,
        campaign_id=scene.campaign.id,
        team_id=team.id,
        rows=len(drafted.calls),
        sha256=sha256,
        path=places.to_keep(path),
        created_at=scene.now,
        expires_at=expires_at,
        status="out",
        controls=sum(number is None for number in drafted.assignment_of.values()),
    )
    session.add(packet)
    session.flush()
    copy_rows(
        session,
        "packet_row",
        ("packet_row_id", "packet_id", "assignment_id", "status"),
        ((row_id, packet.id, number, "out") for row_id, number in drafted.assignment_of.items()),
    )
    session.execute(
        text(
            "update assignment a set status = 'handed_out', packet_id = r.packet_id, "
            "packet_row_id = r.packet_row_id, leased_until = :until, updated_at = :now "
            "from packet_row r where r.packet_id = :packet_id and r.assignment_id = a.id"
        ),
        {"packet_id": packet.id, "until": expires_at, "now": scene.now},
    )
    audit.append(
        session,
        "packet.sealed",
        f"packet:{code}",
        {"team": team.code, "rows": packet.rows, "controls": packet.controls, "sha256": sha256},
        at=scene.now,
    )


def next_code(session: Session, team: Team, now: datetime) -> str:
    """Return the code of the team's next packet, such as PKT-BUCKEYE-20261005-1."""
    stem = f"PKT-{team.code}-{now:%Y%m%d}"
    wait_for(session, Lock.PACKETS, team.id)
    count = session.scalar(
        text("select count(*) from packet where code like :stem || '-%'"), {"stem": stem}
    )
    return f"{stem}-{int(count or 0) + 1}"


def expiry(scene: Scene) -> datetime:
    """Return when a packet of today ends."""
    return scene.now + timedelta(days=scene.campaign.policy.packet_days)


def packets_out(session: Session, team: Team, now: datetime) -> list[PacketFacts]:
    """Return the team's packets that are valid now, the newest first."""
    rows = session.scalars(
        select(Packet)
        .where(Packet.team_id == team.id, Packet.expires_at > now, Packet.status != "expired")
        .order_by(Packet.id.desc())
    )
    return [_facts(row) for row in rows]


def _facts(row: Packet) -> PacketFacts:
    return PacketFacts(
        row.code,
        row.team_id,
        row.campaign_id,
        row.rows,
        places.found(row.path),
        row.sha256,
        row.status,
        row.created_at,
        row.expires_at,
    )


def note_taken(session: Session, code: str, where: str, now: datetime) -> None:
    """Log that somebody took the sealed file."""
    audit.append(session, "packet.taken", f"packet:{code}", {"where": where}, at=now)


def outstanding(session: Session, team: Team) -> dict[str, int]:
    """Return how many rows the team was handed, brought back, lost to expiry, and still owes."""
    rows: dict[str, int] = dict(
        session.execute(
            text(
                "select r.status, count(*) from packet_row r join packet p on p.id = r.packet_id "
                "where p.team_id = :team group by 1"
            ),
            {"team": team.id},
        ).all()
    )
    return {
        "handed_out": sum(rows.values()),
        "returned": rows.get("returned", 0),
        "reclaimed": rows.get("reclaimed", 0),
        "missing": rows.get("out", 0),
    }


def reclaim_expired(session: Session, now: datetime) -> int:
    """Take back the rows that expired packets did not return; return how many.

    A deletion certificate is asked for at the same moment.
    """
    gone = [
        row.id
        for row in session.scalars(
            select(Packet)
            .where(Packet.expires_at <= now, Packet.deletion_asked_at.is_(None))
            .with_for_update(skip_locked=True)
        )
    ]
    if not gone:
        return 0
    session.execute(
        text(
            "update assignment set status = 'withdrawn', reason = 'the packet expired', "
            "updated_at = :now where packet_id = any(:ids) and status = 'handed_out'"
        ),
        {"ids": gone, "now": now},
    )
    lost: Any = session.execute(
        update(PacketRow)
        .where(PacketRow.packet_id.in_(gone), PacketRow.status == "out")
        .values(status="reclaimed")
    )
    session.execute(
        update(Packet)
        .where(Packet.id.in_(gone))
        .values(
            status=case((Packet.status == "returned", "returned"), else_="expired"),
            deletion_asked_at=now,
        )
    )
    audit.append(
        session, "packets.expired", "packets", {"packets": len(gone), "rows": lost.rowcount}, at=now
    )
    return int(lost.rowcount)


def certify_deletion(session: Session, code: str, now: datetime) -> None:
    """Note that the team certified that it deleted a packet."""
    row = session.scalars(select(Packet).where(Packet.code == code)).one_or_none()
    if row is None:
        raise UnknownCodeError("packet", code, session.scalars(select(Packet.code)))
    if row.deletion_certified_at is not None:
        raise StateError(f"The deletion of {code} was certified on {row.deletion_certified_at:%F}.")
    row.deletion_certified_at = now
    audit.append(session, "packet.deletion_certified", f"packet:{code}", at=now)
