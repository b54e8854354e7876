"""What the director sees: funnel, money by day, segments and teams, lists, plans, scorecards.

Every figure is one set-based question; sums are whole cents.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.calling.costs import Price
from store.call_results import CONTACTED
from store.lists import Batch


@dataclass(frozen=True, slots=True)
class CampaignCard:
    """One campaign at a glance."""

    id: int
    code: str
    name: str
    starts_on: date
    ends_on: date
    goal_cents: int
    pledged_cents: int
    settled_cents: int
    pledges: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """From donors to dollars, each stage a part of the one before."""

    assigned: int
    attempted: int
    reached: int
    pledged: int
    paid: int
    assigned_donors: int
    pledged_cents: int
    paid_cents: int
    fees_cents: int

    @property
    def net_cents(self) -> int:
        """What came after Stripe's fees."""
        return self.paid_cents - self.fees_cents


@dataclass(frozen=True, slots=True)
class DayMoney:
    """The money of one day."""

    day: date
    pledged_cents: int
    settled_cents: int
    net_cents: int


# A payment counts when it is allocated with certainty; an allocation holds what it kept.
_PAID = """
    select a.pledge_id, a.amount_cents, c.created_at, a.charge_id,
        coalesce(t.fee_cents, 0) * a.amount_cents / nullif(c.captured_cents, 0) as fee_cents
    from allocation a
    join stripe_charge c on c.id = a.charge_id
    left join stripe_balance_transaction t on t.id = c.balance_transaction
    where a.tier = 'confirmed'
"""


def campaign_codes(session: Session) -> list[tuple[str, str]]:
    """Return code and name of each campaign."""
    return [
        (row.code, row.name)
        for row in session.execute(text("select code, name from campaign order by starts_on desc"))
    ]


def campaigns(session: Session) -> list[CampaignCard]:
    """Return every campaign with what it has raised, the newest first."""
    rows = session.execute(
        text(f"""
            with paid as ({_PAID})
            select c.id, c.code, c.name, c.starts_on, c.ends_on, c.goal_cents,
                coalesce(p.cents, 0)::bigint as pledged_cents, coalesce(p.pledges, 0) as pledges,
                coalesce(s.cents, 0)::bigint as settled_cents
            from campaign c
            left join (
                select campaign_id, sum(amount_cents - written_off_cents) as cents,
                    count(*) as pledges
                from pledge where status <> 'cancelled' group by campaign_id
            ) p on p.campaign_id = c.id
            left join (
                select pledge.campaign_id, sum(paid.amount_cents) as cents
                from paid join pledge on pledge.id = paid.pledge_id group by pledge.campaign_id
            ) s on s.campaign_id = c.id
            order by c.starts_on desc, c.id desc
        """)
    ).mappings()
    return [CampaignCard(**row) for row in rows]


def campaign_by_code(session: Session, code: str) -> CampaignCard | None:
    """Return one campaign, or None."""
    return next((card for card in campaigns(session) if card.code == code), None)


def funnel(session: Session, campaign_id: int) -> Funnel:
    """Return how many donors came how far, and the money they promised and paid."""
    row = (
        session.execute(
            text(f"""
            with paid as ({_PAID}), calls as (
                select donor_id, bool_or(call_result in ({CONTACTED})) as was_reached
                from call_attempt where campaign_id = :campaign group by donor_id
            ), promised as (
                select id, donor_id, amount_cents - written_off_cents as cents
                from pledge where campaign_id = :campaign and status <> 'cancelled'
            )
            select
                (select count(*) from assignment
                    where campaign_id = :campaign and status <> 'planned') as assigned,
                (select count(distinct donor_id) from assignment
                    where campaign_id = :campaign and status <> 'planned') as assigned_donors,
                (select count(*) from calls) as attempted,
                (select count(*) from calls where was_reached) as reached,
                (select count(distinct coalesce(donor_id, -id)) from promised) as pledged,
                (select count(distinct coalesce(promised.donor_id, -promised.id))
                    from paid join promised on promised.id = paid.pledge_id) as paid,
                (select coalesce(sum(cents), 0)::bigint from promised) as pledged_cents,
                (select coalesce(sum(paid.amount_cents), 0)::bigint
                    from paid join promised on promised.id = paid.pledge_id) as paid_cents,
                (select coalesce(sum(paid.fee_cents), 0)::bigint
                    from paid join promised on promised.id = paid.pledge_id) as fees_cents
        """),
            {"campaign": campaign_id},
        )
        .mappings()
        .one()
    )
    return Funnel(**row)


def money_by_day(session: Session, campaign_id: int, zone: str) -> list[DayMoney]:
    """Return pledged, settled and net of each day from the first to the last with any."""
    rows = session.execute(
        text(f"""
            with paid as ({_PAID}), promised as (
                select id, pledged_on, amount_cents - written_off_cents as cents
                from pledge where campaign_id = :campaign and status <> 'cancelled'
            ), moves as (
                select pledged_on as day, cents as pledged, 0 as settled, 0 as net from promised
                union all
                select (paid.created_at at time zone :zone)::date, 0, paid.amount_cents,
                    paid.amount_cents - coalesce(paid.fee_cents, 0)
                from paid join promised on promised.id = paid.pledge_id
            )
            select days.day::date as day, coalesce(sum(pledged), 0)::bigint as pledged_cents,
                coalesce(sum(settled), 0)::bigint as settled_cents,
                coalesce(sum(net), 0)::bigint as net_cents
            from generate_series((select min(day) from moves), (select max(day) from moves),
                interval '1 day') as days(day)
            left join moves on moves.day = days.day::date
            group by days.day order by days.day
        """),
        {"campaign": campaign_id, "zone": zone},
    ).mappings()
    return [DayMoney(**row) for row in rows]


def by_segment(session: Session, campaign_id: int) -> list[RowMapping]:
    """Return each segment's donors, pledges and settled money."""
    return list(
        session.execute(
            text(f"""
                with paid as (
                    select pledge_id, sum(amount_cents) as cents from ({_PAID}) p group by pledge_id
                )
                select coalesce(a.segment, 'none') as segment, count(distinct a.donor_id) as donors,
                    count(distinct p.id) as pledges,
                    coalesce(sum(p.amount_cents - p.written_off_cents), 0)::bigint
                        as pledged_cents,
                    coalesce(sum(paid.cents), 0)::bigint as settled_cents
                from assignment a
                left join call_attempt t on t.assignment_id = a.id
                left join pledge p on p.call_attempt_id = t.id and p.status <> 'cancelled'
                left join paid on paid.pledge_id = p.id
                where a.campaign_id = :campaign and a.status <> 'planned'
                group by 1 order by settled_cents desc, donors desc
            """),
            {"campaign": campaign_id},
        ).mappings()
    )


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a team's work brought, and what a settled dollar cost."""

    code: str
    name: str
    kind: str
    assigned: int
    attempts: int
    reached: int
    pledges: int
    pledged_cents: int
    settled_cents: int
    cost_cents: int
    contract_to: date | None
    data_sharing_to: date | None

    @property
    def cost_a_dollar_cents(self) -> float | None:
        """Cost of a settled dollar; None until money has settled."""
        return 100 * self.cost_cents / self.settled_cents if self.settled_cents else None


def scorecards(session: Session, campaign_id: int | None = None) -> list[Scorecard]:
    """Return every team's card, over all campaigns or one; cost is by the team's own model."""
    rows = session.execute(
        text(f"""
            with paid as (
                select pledge_id, sum(amount_cents) as cents from ({_PAID}) p group by pledge_id
            ), calls as (
                select team_id, count(*) as attempts,
                    count(*) filter (where call_result in ({CONTACTED})) as reached
                from call_attempt
                where cast(:campaign as bigint) is null or campaign_id = :campaign group by team_id
            ), given as (
                select team_id, count(*) as assigned from assignment
                where status <> 'planned'
                    and (cast(:campaign as bigint) is null or campaign_id = :campaign)
                group by team_id
            ), promised as (
                select p.team_id, count(*) as pledges,
                    sum(p.amount_cents - p.written_off_cents) as pledged, sum(paid.cents) as settled
                from pledge p left join paid on paid.pledge_id = p.id
                where p.status <> 'cancelled'
                    and (cast(:campaign as bigint) is null or p.campaign_id = :campaign)
                group by p.team_id
            )
            select t.code, t.name, t.kind, t.contract_to, t.data_sharing_to,
                coalesce(given.assigned, 0) as assigned, coalesce(calls.attempts, 0) as attempts,
                coalesce(calls.reached, 0) as reached, coalesce(promised.pledges, 0) as pledges,
                coalesce(promised.pledged, 0)::bigint as pledged_cents,
                coalesce(promised.settled, 0)::bigint as settled_cents,
                t.cost_model as model, t.cost_cents as cents, t.cost_basis_points as basis_points,
                t.calls_per_hour
            from team t
            left join calls on calls.team_id = t.id
            left join given on given.team_id = t.id
            left join promised on promised.team_id = t.id
            order by settled_cents desc, t.code
        """),
        {"campaign": campaign_id},
    ).mappings()
    return [_card(dict(row)) for row in rows]


def _card(row: dict[str, Any]) -> Scorecard:
    price = Price(**{field.name: row.pop(field.name) for field in fields(Price)})
    return Scorecard(**row, cost_cents=price.cost_cents(row["attempts"], row["settled_cents"]))


_BATCH = f"select {', '.join(Batch.__dataclass_fields__)} from list_batch"


def batches(session: Session, limit: int = 100, before: int | None = None) -> list[Batch]:
    """Return the lists that were brought in, the newest first."""
    rows = session.execute(
        text(f"{_BATCH} where cast(:before as bigint) is null or id < :before"
             " order by id desc limit :limit"),
        {"limit": limit, "before": before},
    )  # fmt: skip
    return [Batch(**row) for row in rows.mappings()]


def batch(session: Session, batch_id: int) -> Batch | None:
    """Return one list, or None."""
    row = session.execute(text(f"{_BATCH} where id = :id"), {"id": batch_id}).mappings().first()
    return Batch(**row) if row else None


def quarantine_reasons(session: Session, batch_id: int) -> list[tuple[str, int]]:
    """Return why rows of a list were set aside, and how many each."""
    rows = session.execute(
        text("""select coalesce(reason, 'No reason given') as reason, count(*) as rows
            from staged_row where batch_id = :id and disposition = 'quarantined'
            group by 1 order by 2 desc, 1 limit 50"""),
        {"id": batch_id},
    )
    return [(row.reason, row.rows) for row in rows]


@dataclass(frozen=True, slots=True)
class PlanCard:
    """One allocation of donors to teams."""

    id: int
    campaign: str
    on_day: date
    status: str
    objective_cents: int
    summary: dict[str, Any]
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    published_at: datetime | None


_PLAN = """select p.id, c.code as campaign, p.on_day, p.status, p.objective_cents, p.summary,
    p.created_at, p.approved_by, p.approved_at, p.published_at
    from plan p join campaign c on c.id = p.campaign_id"""


def plans(session: Session, limit: int = 60, before: int | None = None) -> list[PlanCard]:
    """Return the plans, the newest first."""
    rows = session.execute(
        text(f"{_PLAN} where cast(:before as bigint) is null or p.id < :before"
             " order by p.id desc limit :limit"),
        {"limit": limit, "before": before},
    )  # fmt: skip
    return [PlanCard(**row) for row in rows.mappings()]


def plan(session: Session, plan_id: int) -> PlanCard | None:
    """Return one plan, or None."""
    row = session.execute(text(f"{_PLAN} where p.id = :id"), {"id": plan_id}).mappings().first()
    return PlanCard(**row) if row else None
