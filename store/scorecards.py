"""Scorecards of teams, out of the call log and the books; samples to listen to; leaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaign.calling.costs import Price
from campaign.calling.fair_comparison import LotDonor
from campaign.calling.reach import uniform
from campaign.calling.scorecard import TeamRecord
from campaign.calling.teams import Team
from campaign.errors import UnknownCodeError
from models.calling import CallAttempt, Packet, PacketRow, QualityReview
from models.committee import Team as TeamRow
from store import audit
from store.call_results import CONTACTED
from store.taken_back import TAKEN_BACK

# What came of each pledge: settled (what payments kept of it), and beside it what of its payments
# was given back, or taken back by the bank. Nothing may be known of a payment that went back before
# it was ever matched, but its reference names the pledge.
_PAID = f"""taken as {TAKEN_BACK}, paid as (
        select pledge_id, sum(cents) as cents, sum(refunded * part) as refunded,
            sum(disputed * part) as disputed
        from (
            select a.pledge_id, a.confirmed_cents as cents, c.refunded_cents as refunded,
                coalesce(d.cents, 0) as disputed,
                a.paid_cents / sum(a.paid_cents) over (partition by a.charge_id) as part
            from paid_part a join stripe_charge c on c.id = a.charge_id
                left join taken d on d.charge = c.id
            union all
            select p.id, 0, c.refunded_cents, coalesce(d.cents, 0), 1
            from stripe_charge c join pledge p on p.ref = c.pledge_ref
                left join taken d on d.charge = c.id
            where c.refunded_cents + coalesce(d.cents, 0) > 0
                and not exists (select from allocation a where a.charge_id = c.id)
                and not exists (select from allocation_before_return b where b.charge_id = c.id)
        ) each group by 1
    )"""

_RECORDS = text(f"""
    with {_PAID}, log as (
        select c.team_id, count(*) as calls,
            count(*) filter (where c.call_result in ({CONTACTED})) as contacts,
            sum(c.duration_seconds) as talk,
            count(*) filter (where c.violations ? 'outside_hours') as outside,
            count(*) filter (where c.violations ? 'outside_required_hours') as required,
            count(*) filter (where c.violations ? 'after_expiry') as late,
            count(*) filter (where c.violations ? 'uncertified_caller') as uncertified,
            count(*) filter (where c.call_result = 'do_not_call'
                and c.recorded_at > c.started_at + interval '24 hours') as late_opt_outs,
            count(p.id) as pledges, coalesce(sum(p.amount_cents - p.written_off_cents), 0) as cents,
            count(p.id) filter (where p.due_on < :today) as due,
            count(p.id) filter (where p.due_on < :today and p.status = 'fulfilled') as kept,
            coalesce(sum(paid.cents), 0) as settled, coalesce(sum(paid.refunded), 0) as refunded,
            coalesce(sum(paid.disputed), 0) as disputed,
            count(*) filter (where a.is_holdout) as lot_calls,
            coalesce(sum(paid.cents) filter (where a.is_holdout), 0) as lot_settled
        from call_attempt c
            left join assignment a on a.id = c.assignment_id
            left join pledge p on p.call_attempt_id = c.id and p.status <> 'cancelled'
            left join paid on paid.pledge_id = p.id
        where c.campaign_id = :campaign_id group by 1
    ), heard as (
        select c.team_id, count(*) filter (where q.outcome = 'passed') as passed,
            count(*) filter (where q.outcome = 'failed') as failed
        from quality_review q join call_attempt c on c.id = q.call_attempt_id
        where c.campaign_id = :campaign_id group by 1
    ), rows as (
        select p.team_id, count(*) filter (where r.status <> 'returned') as missing,
            count(*) filter (where r.leak_reported_at is not null) as leaks
        from packet_row r join packet p on p.id = r.packet_id
        where p.campaign_id = :campaign_id group by 1
    )
    select t.code, t.kind, l.calls, l.contacts, l.pledges, l.due, l.kept, l.cents, l.settled,
        l.refunded, l.disputed,
        l.talk, l.outside, l.required, l.late, l.uncertified, l.late_opt_outs,
        coalesce(h.passed, 0), coalesce(h.failed, 0), coalesce(r.missing, 0),
        coalesce(r.leaks, 0), l.lot_calls, l.lot_settled,
        t.cost_model, t.cost_cents, t.cost_basis_points, t.calls_per_hour
    from team t join log l on l.team_id = t.id
        left join heard h on h.team_id = t.id left join rows r on r.team_id = t.id
    order by t.code
""")


_LOTS = text(f"""
    with {_PAID}, drawn as (
        select a.team_id, a.donor_id, count(distinct c.id) as calls, count(p.id) > 0 as pledged,
            coalesce(sum(paid.cents), 0) as kept
        from assignment a join call_attempt c on c.assignment_id = a.id
            left join pledge p on p.call_attempt_id = c.id
            left join paid on paid.pledge_id = p.id
        where a.campaign_id = :campaign_id and a.is_holdout group by 1, 2
    )
    select t.code, d.language || ' ' || d.provenance::text, w.calls, w.pledged,
        cast(w.kept as bigint),
        t.cost_model, t.cost_cents, t.cost_basis_points, t.calls_per_hour
    from drawn w join team t on t.id = w.team_id join donor d on d.id = w.donor_id
    order by t.code, w.donor_id
""")


def lot_donors(session: Session, campaign_id: int) -> list[LotDonor]:
    """Return the donors whom chance gave to a team that called them, with what came of it."""
    rows = session.execute(_LOTS, {"campaign_id": campaign_id})
    return [
        LotDonor(team, group, calls, pledged, kept - Price(*terms).cost_cents(calls, kept))
        for team, group, calls, pledged, kept, *terms in rows
    ]


def records(session: Session, campaign_id: int, now: datetime) -> list[TeamRecord]:
    """Return the figures of every team that has made a call in the campaign."""
    values = {"campaign_id": campaign_id, "today": now.date()}
    rows = session.execute(_RECORDS, values)
    return [
        TeamRecord(row[0], row[1], Price(*row[-4:]), *(round(figure) for figure in row[2:-4]))
        for row in rows
    ]


def draw_sample(session: Session, team: Team, size: int, seed: int, now: datetime) -> list[int]:
    """Draw calls to be listened to, by seed; drawn again, the same ones come back."""
    ids = np.array(
        session.scalars(
            select(CallAttempt.id)
            .where(CallAttempt.team_id == team.id, CallAttempt.duration_seconds > 0)
            .order_by(CallAttempt.id)
        ).all(),
        dtype=np.int64,
    )
    drawn = [int(n) for n in ids[np.argsort(uniform(ids, f"sample|{seed}"))[:size]]]
    if drawn:
        session.execute(
            insert(QualityReview).on_conflict_do_nothing(),
            [{"call_attempt_id": number, "seed": seed, "drawn_at": now} for number in drawn],
        )
        audit.append(
            session,
            "quality.sampled",
            f"team:{team.code}",
            {"size": len(drawn), "seed": seed},
            at=now,
        )
    return sorted(drawn)


def report_leak(
    session: Session,
    phone_e164: str,
    campaign_id: int,
    controls: Sequence[Mapping[str, str]],
    now: datetime,
) -> str:
    """Note that a stranger called one of our control numbers; return the packets that held it.

    A control that is kept for one team tells who leaked; one that all packets hold only that
    somebody did.
    """
    found = [control for control in controls if control["phone"] == phone_e164]
    if not found:
        known = [control["phone"] for control in controls]
        raise UnknownCodeError("control number", phone_e164, known)
    query = (
        select(Packet.code, PacketRow.packet_row_id)
        .join(PacketRow, PacketRow.packet_id == Packet.id)
        .join(TeamRow, TeamRow.id == Packet.team_id)
        .where(PacketRow.assignment_id.is_(None), Packet.campaign_id == campaign_id)
    )
    teams = {control.get("team") for control in found}
    if None not in teams:
        query = query.where(TeamRow.code.in_(teams))
    held = session.execute(query).all()
    session.execute(
        update(PacketRow)
        .where(PacketRow.packet_row_id.in_([row_id for _, row_id in held]))
        .values(leak_reported_at=now)
    )
    codes = sorted({code for code, _ in held})
    audit.append(session, "packet.leak_reported", "packets", {"packets": codes}, at=now)
    return ", ".join(codes)


def call_ids(session: Session, team: Team) -> list[str]:
    """Return the ids of all calls that the team has told."""
    return list(
        session.scalars(select(CallAttempt.external_id).where(CallAttempt.team_id == team.id))
    )
