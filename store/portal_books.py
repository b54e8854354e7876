"""What the treasurer sees: proofs and their rows, exceptions, suggestions, bank, pledges by age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.days import day_of
from store.evidence import ON_PLEDGES


@dataclass(frozen=True, slots=True)
class Proven:
    """One reconciliation: its period, its totals and what it proved."""

    id: int
    first_day: date
    last_day: date
    ran_at: datetime
    input_hash: str
    output_hash: str
    result: dict[str, Any]

    @property
    def invariants(self) -> list[dict[str, Any]]:
        """The proofs, each held, broken or not provable."""
        return list(self.result.get("invariants", []))

    @property
    def totals(self) -> dict[str, Any]:
        """The sums, by name."""
        return dict(self.result.get("totals", {}))

    def proof(self, number: int) -> dict[str, Any] | None:
        """Return one proof, or None."""
        return next((one for one in self.invariants if one.get("number") == number), None)


_RECONCILIATION = """select id, first_day, last_day, ran_at, input_hash, output_hash, result
    from reconciliation"""


def reconciliations(session: Session, limit: int = 30, before: int | None = None) -> list[Proven]:
    """Return the reconciliations, the newest first."""
    rows = session.execute(
        text(f"{_RECONCILIATION} where cast(:before as bigint) is null or id < :before"
             " order by id desc limit :limit"),
        {"limit": limit, "before": before},
    )  # fmt: skip
    return [Proven(**row) for row in rows.mappings()]


def reconciliation(session: Session, number: int) -> Proven | None:
    """Return one reconciliation, or None."""
    row = session.execute(text(f"{_RECONCILIATION} where id = :id"), {"id": number})
    found = row.mappings().first()
    return Proven(**found) if found else None


# Which rows a proof is about, by its number in FIELD.md; the period is half-open in UTC.
_LEDGER = """select id as "Row", reporting_category as "Category", amount_cents, fee_cents,
    net_cents, payout as "Payout", created_at from stripe_balance_transaction
    where created_at >= :starts and created_at < :ends order by created_at desc limit 500"""
_PAYOUTS = """select p.id as "Payout", p.status as "State", p.amount_cents,
    coalesce(sum(t.net_cents) filter (where t.type not like 'payout%'), 0)::bigint as rows_cents,
    count(t.id) filter (where t.type not like 'payout%') as "Rows", p.arrives_on as "Arrives",
    (select string_agg(b.reference, ', ') from payout_in_bank b where b.payout = p.id)
        as "Bank line"
    from stripe_payout p left join stripe_balance_transaction t on t.payout = p.id
    where p.created_at >= :starts and p.created_at < :ends
    group by p.id order by p.created_at desc limit 500"""
_REFUNDS = """select r.id as "Refund", r.charge as "Payment", r.status as "State", r.amount_cents,
    c.refunded_cents, c.captured_cents, r.created_at
    from stripe_refund r left join stripe_charge c on c.id = r.charge
    where r.created_at >= :starts and r.created_at < :ends order by r.created_at desc limit 500"""
_DISPUTES = """select d.id as "Dispute", d.charge as "Payment", d.status as "State", d.amount_cents,
    d.reason as "Reason", d.created_at from stripe_dispute d
    where d.created_at >= :starts and d.created_at < :ends order by d.created_at desc limit 500"""
_PLEDGES = """select p.ref as "Pledge", p.status as "State", p.amount_cents, p.written_off_cents,
    coalesce(sum(a.amount_cents) filter (where a.tier = 'confirmed'), 0)::bigint as paid_cents,
    p.pledged_on as "Pledged", p.due_on as "Due"
    from pledge p left join allocation a on a.pledge_id = p.id
    where p.pledged_on < (cast(:ends as timestamptz))::date
    group by p.id order by p.pledged_on desc limit 500"""
_PAYMENTS = """select c.id as "Payment", coalesce(c.raw ->> 'status', c.status) as "State",
    c.captured_cents, c.refunded_cents,
    coalesce(sum(a.amount_cents), 0)::bigint as allocated_cents, c.pledge_ref as "Reference",
    c.created_at from stripe_charge c left join allocation a on a.charge_id = c.id
    where c.created_at >= :starts and c.created_at < :ends
    group by c.id order by c.created_at desc limit 500"""
_ROWS_OF = {
    1: _LEDGER, 2: _LEDGER, 3: _LEDGER, 4: _PAYOUTS, 5: _LEDGER, 6: _PAYOUTS, 7: _REFUNDS,
    8: _DISPUTES, 9: _PLEDGES, 10: _PAYMENTS, 11: _PAYMENTS, 12: _LEDGER, 13: _PAYMENTS,
}  # fmt: skip


def proof_rows(session: Session, number: int, starts: datetime, ends: datetime) -> list[RowMapping]:
    """Return the rows that a proof is about, the newest first."""
    statement = _ROWS_OF.get(number, _LEDGER)
    return list(session.execute(text(statement), {"starts": starts, "ends": ends}).mappings())


@dataclass(frozen=True, slots=True)
class OpenException:
    """Something that does not fit, and what is proposed."""

    id: int
    kind: str
    subject: str
    amount_cents: int
    currency: str
    reason: str
    proposal: dict[str, Any]
    opened_on: date
    owner: str | None
    status: str
    resolution: str | None
    because: str | None
    resolved_by: str | None
    resolved_at: datetime | None

    def age(self, today: date, timezone: str) -> int:
        """Return for how many days it was open, until its decision or today."""
        last = day_of(self.resolved_at, timezone) if self.resolved_at else today
        return (last - self.opened_on).days


_EXCEPTION = """select id, kind, subject, amount_cents, currency, reason, proposal, opened_on,
    owner, status, resolution, because, resolved_by, resolved_at from book_exception"""


def exceptions(
    session: Session, status: str, limit: int = 300, after: int = 0, kind: str | None = None
) -> list[OpenException]:
    """Return exceptions of a status and perhaps a kind, in the order in which they were opened."""
    rows = session.execute(
        text(
            f"{_EXCEPTION} where status = :status and id > :after"
            " and (cast(:kind as text) is null or kind = :kind) order by id limit :limit"
        ),
        {"status": status, "limit": limit, "after": after, "kind": kind},
    )
    return [OpenException(**row) for row in rows.mappings()]


def exception_kinds(session: Session, status: str) -> Sequence[RowMapping]:
    """Return how many exceptions of a status there are of each kind, the most first."""
    return (
        session.execute(
            text("""
                select kind, count(*) as number
                from book_exception where status = :status group by kind
                order by number desc, kind"""),
            {"status": status},
        )
        .mappings()
        .all()
    )


def exception(session: Session, exception_id: int) -> OpenException | None:
    """Return one exception, or None."""
    row = session.execute(text(f"{_EXCEPTION} where id = :id"), {"id": exception_id})
    found = row.mappings().first()
    return OpenException(**found) if found else None


def payment_card(session: Session, charge_id: str) -> RowMapping | None:
    """Return a payment with who paid and what it pays, or None."""
    return (
        session.execute(
            text("""
                select c.id, coalesce(c.raw ->> 'status', c.status) as status, c.amount_cents,
                    c.captured_cents, c.refunded_cents,
                    c.currency, c.created_at, c.pledge_ref, c.payer_name, c.payer_email,
                    c.payer_phone, c.postal_code, c.method, c.card_country, t.payout, t.fee_cents
                from stripe_charge c
                left join stripe_balance_transaction t on t.id = c.balance_transaction
                where c.id = :id"""),
            {"id": charge_id},
        )
        .mappings()
        .first()
    )


_PLEDGE_CARD = """
    select p.id, p.ref, p.amount_cents, p.written_off_cents, p.status, p.pledged_on, p.due_on,
        coalesce(p.first_name, d.first_name) as first_name,
        coalesce(p.last_name, d.last_name) as last_name, coalesce(p.email, d.email) as email,
        coalesce(p.postal_code, d.postal_code) as postal_code, p.donor_id,
        coalesce((select sum(a.amount_cents) from allocation a
            where a.pledge_id = p.id and a.tier = 'confirmed'), 0)::bigint as paid_cents
    from pledge p left join donor d on d.id = p.donor_id"""


def pledges_that_may_fit(session: Session, charge_id: str) -> list[RowMapping]:
    """Return open pledges whose person, reference or amount resembles a payment, best first."""
    return list(
        session.execute(
            text(f"""
                with payment as (select * from stripe_charge where id = :id)
                select card.* from ({_PLEDGE_CARD}) card, payment
                where card.status = 'open' and (
                    card.ref = payment.pledge_ref
                    or lower(card.email) = lower(payment.payer_email)
                    or lower(card.last_name) = lower(split_part(payment.payer_name, ' ', -1))
                    or card.amount_cents = payment.captured_cents)
                order by (card.ref = payment.pledge_ref) desc nulls last,
                    (lower(card.email) = lower(payment.payer_email)) desc nulls last,
                    abs(card.amount_cents - payment.captured_cents), card.pledged_on
                limit 6"""),
            {"id": charge_id},
        ).mappings()
    )


def suggestions(session: Session, limit: int = 200) -> list[RowMapping]:
    """Return what the matcher suggests and a person decides, the surest first, with evidence."""
    return list(
        session.execute(
            text(f"""
                select a.id, a.charge_id, a.amount_cents, a.confidence, a.reason,
                    c.payer_name, c.payer_email, c.postal_code as payer_postal_code,
                    c.captured_cents, c.created_at, card.ref, card.first_name, card.last_name,
                    card.email, card.postal_code, card.amount_cents as pledge_cents,
                    card.paid_cents, card.pledged_on, card.due_on
                from allocation a join stripe_charge c on c.id = a.charge_id
                join ({_PLEDGE_CARD}) card on card.id = a.pledge_id
                where a.tier = 'suggested'
                order by a.confidence desc, a.id limit :limit"""),
            {"limit": limit},
        ).mappings()
    )


def bank_lines(session: Session, limit: int, before: int | None = None) -> list[RowMapping]:
    """Return the bank's lines, the newest first, with the payouts that each one is."""
    return list(
        session.execute(
            text("""select b.id, b.booked_on, b.amount_cents, b.currency, b.description,
                    b.reference, coalesce(b.payout, parts.payouts) as payout
                from bank_line b left join (
                    select bank_line_id, string_agg(payout, ', ' order by payout) as payouts
                    from bank_line_part group by 1) parts on parts.bank_line_id = b.id
                where cast(:before as bigint) is null or (b.booked_on, b.id) < (
                    select booked_on, id from bank_line where id = :before)
                order by b.booked_on desc, b.id desc limit :limit"""),
            {"limit": limit, "before": before},
        ).mappings()
    )


def pledges_by_age(session: Session, today: date) -> list[RowMapping]:
    """Return open pledges' money by how long it is overdue; not reportable to anybody.

    What payments probably pay is told apart: it counts as paid once a person confirms it.
    """
    return list(
        session.execute(
            text("""
                with open_part as (
                    select p.currency, p.due_on,
                        p.amount_cents - p.written_off_cents - coalesce(sum(a.amount_cents)
                            filter (where a.tier = 'confirmed'), 0) as cents,
                        coalesce(sum(a.amount_cents) filter (where a.tier = 'suggested'), 0)
                            as suggested
                    from pledge p left join allocation a on a.pledge_id = p.id
                    where p.status = 'open' group by p.id
                )
                select currency, case when due_on is null or due_on >= :today then 'Not due yet'
                        when due_on >= cast(:today as date) - 30 then 'Up to 30 days late'
                        when due_on >= cast(:today as date) - 60 then '31 to 60 days late'
                        when due_on >= cast(:today as date) - 90 then '61 to 90 days late'
                        else 'More than 90 days late' end as age,
                    count(*) as pledges, sum(cents)::bigint as cents,
                    sum(least(cents, suggested))::bigint as suggested_cents,
                    min(coalesce(due_on, :today)) as earliest
                from open_part where cents > 0 group by 1, 2
                order by currency, earliest desc"""),
            {"today": today},
        ).mappings()
    )


def trace(session: Session, charge_id: str) -> list[RowMapping]:
    """Return a payment's way: call, pledge, allocation, payout and bank line."""
    return list(
        session.execute(
            text(f"""
                select c.id as charge_id, c.created_at as charged_at, c.captured_cents,
                    c.currency, b.currency as settled_in,
                    a.amount_cents, a.tier, a.reason, a.confidence, a.decided_by,
                    p.ref, p.pledged_on, t.call_result, t.started_at as called_at,
                    team.name as team, b.payout, b.net_cents, b.fee_cents,
                    po.arrives_on, po.amount_cents as payout_cents, line.booked_on,
                    line.reference as bank_reference
                from stripe_charge c
                left join {ON_PLEDGES} a on a.charge_id = c.id
                left join pledge p on p.id = a.pledge_id
                left join call_attempt t on t.id = p.call_attempt_id
                left join team on team.id = t.team_id
                left join stripe_balance_transaction b on b.id = c.balance_transaction
                left join stripe_payout po on po.id = b.payout
                left join payout_in_bank line on line.payout = po.id
                where c.id = :id order by a.id, a.pledge_id"""),
            {"id": charge_id},
        ).mappings()
    )


def charge_of_pledge(session: Session, ref: str) -> str | None:
    """Return a payment of a pledge, be it one that went back, or None."""
    found: str | None = session.scalar(
        text(f"""select a.charge_id from {ON_PLEDGES} a join pledge p on p.id = a.pledge_id
            where p.ref = :ref order by a.id, a.charge_id limit 1"""),
        {"ref": ref},
    )
    return found


def has_pledge(session: Session, ref: str) -> bool:
    """Whether a pledge of this name is in sight."""
    found = session.scalar(text("select 1 from pledge where ref = :ref"), {"ref": ref})
    return found is not None
