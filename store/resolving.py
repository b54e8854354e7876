"""What people decide about exceptions and payments, kept with who, when, why, before and after."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.books.exceptions import ANSWERS, resolutions
from campaign.errors import InputError, StateError, UnknownCodeError
from store import audit, pledges
from store.changes import rows_changed
from store.reports import require_unsigned


@dataclass(frozen=True, slots=True)
class Case:
    """An exception as it stands."""

    id: int
    kind: str
    subject: str
    status: str

    @property
    def payment(self) -> str | None:
        """The payment that it is about, where it is about one."""
        return self.subject.removeprefix("charge:") if self.subject.startswith("charge:") else None


def resolve(
    session: Session,
    name: str,
    answer: str,
    *,
    because: str,
    actor: str,
    at: datetime,
    today: date,
) -> dict[str, Any]:
    """Resolve an exception; the next reconciliation keeps to it. Return what was decided."""
    because = because.strip()
    if not because:
        raise InputError("Say why with --because: the record needs a reason.")
    word, _, ref = answer.partition(":")
    if word not in ANSWERS:
        raise InputError(f"--as must be one of {', '.join(ANSWERS)} (pledge and not take :REF).")
    case = case_of(session, name, today)
    if case.payment and word not in ("noted", "refund"):
        require_unsigned(session, case.payment)
    if word == "undo":
        reopen(session, case, because=because, actor=actor, at=at)
        return {"exception": case.id, "as": "undo"}
    verdicts = _verdicts(session, case, word, ref)
    before = {"allocations": _pays(session, case)}
    after = {"verdicts": [{"verdict": kind, "pledge_id": pledge} for kind, pledge in verdicts]}
    close(
        session,
        case,
        resolution=answer,
        because=because,
        actor=actor,
        at=at,
        before=before,
        after=after,
    )
    decide(session, case, verdicts, because=because, actor=actor, at=at)
    return {"exception": case.id, "as": answer, **after}


def _pays(session: Session, case: Case) -> list[dict[str, Any]]:
    return allocations_of(session, case.payment) if case.payment else []


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


def case_of(session: Session, name: str, today: date) -> Case:
    """Return the exception with this number or about this payment; locked, so that one decides.

    A payment without an exception gets one: its suggestions may be confirmed or refused, too.
    """
    found = session.execute(
        text(
            "select id, kind, subject, status from book_exception where id::text = :name "
            "or subject = :name or subject = 'charge:' || :name "
            "order by status, id limit 1 for update"
        ),
        {"name": name},
    ).first()
    if found is not None:
        return Case(*found)
    charge = session.execute(
        text("select id, amount_cents, currency from stripe_charge where id = :name"),
        {"name": name},
    ).first()
    if charge is None:
        raise UnknownCodeError("exception or payment", name[:60], _open_names(session))
    created = session.execute(
        text(
            "insert into book_exception (kind, subject, amount_cents, currency, reason, opened_on, "
            "status) values ('suggestion', :subject, :cents, :currency, "
            "'A person looks at what is suggested.', :today, 'open') "
            "returning id, kind, subject, status"
        ),
        {
            "subject": f"charge:{charge.id}",
            "cents": charge.amount_cents,
            "currency": charge.currency,
            "today": today,
        },
    ).one()
    return Case(*created)


def _open_names(session: Session) -> list[str]:
    rows = session.scalars(
        text("select id from book_exception where status = 'open' order by id limit 8")
    )
    return [str(row) for row in rows]


def allocations_of(session: Session, payment: str) -> list[dict[str, Any]]:
    """Return what a payment pays now."""
    rows = session.execute(
        text(
            "select a.pledge_id, p.ref, a.amount_cents, a.tier from allocation a "
            "join pledge p on p.id = a.pledge_id where a.charge_id = :id order by a.pledge_id"
        ),
        {"id": payment},
    )
    return [dict(row) for row in rows.mappings()]


def decide(
    session: Session,
    case: Case,
    verdicts: list[tuple[str, int | None]],
    *,
    because: str,
    actor: str,
    at: datetime,
) -> None:
    """Keep verdicts (pays, not, gift, not_campaign) about the case's payment."""
    for verdict, pledge_id in verdicts:
        session.execute(
            text(
                "insert into payment_decision (charge_id, pledge_id, verdict, exception_id, "
                "because, decided_by, decided_at) values (:charge, :pledge, :verdict, :case, "
                ":because, :actor, :at) on conflict (charge_id, pledge_id) do update set "
                "verdict = excluded.verdict, exception_id = excluded.exception_id, "
                "because = excluded.because, decided_by = excluded.decided_by, "
                "decided_at = excluded.decided_at"
            ),
            {
                "charge": case.payment,
                "pledge": pledge_id,
                "verdict": verdict,
                "case": case.id,
                "because": because,
                "actor": actor,
                "at": at,
            },
        )


def close(
    session: Session,
    case: Case,
    *,
    resolution: str,
    because: str,
    actor: str,
    at: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Resolve an open exception; StateError when somebody did so before."""
    if case.status != "open":
        raise StateError(f"Exception {case.id} is decided already: take that decision back first.")
    session.execute(
        text(
            "update book_exception set status = 'resolved', resolution = :resolution, "
            "because = :because, resolved_by = :actor, resolved_at = :at, before = :before, "
            "after = :after where id = :id"
        ),
        {
            "id": case.id,
            "resolution": resolution,
            "because": because,
            "actor": actor,
            "at": at,
            "before": json.dumps(before),
            "after": json.dumps(after),
        },
    )
    detail = {"as": resolution, "before": before, "after": after}
    audit.append(session, "exception resolved", f"exception:{case.id}", detail, actor=actor, at=at)


def assign(session: Session, name: str, owner: str, *, actor: str, at: datetime) -> int:
    """Note who looks into an open exception; an empty name frees it. Return its number."""
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 19 else 0
    found = session.execute(
        text(
            "update book_exception set owner = :owner where id = :id and status = 'open' "
            "returning id"
        ),
        {"id": number, "owner": owner.strip() or None},
    ).scalar()
    if found is None:
        raise UnknownCodeError("open exception", name[:60], _open_names(session))
    detail = {"is_assigned": bool(owner.strip())}
    audit.append(session, "exception.assign", f"exception:{number}", detail, actor=actor, at=at)
    return number


def reopen(session: Session, case: Case, *, because: str, actor: str, at: datetime) -> None:
    """Take a resolution back, with the decisions that it made."""
    if case.status == "open":
        raise StateError(f"Exception {case.id} is open: there is nothing to take back.")
    gone = session.execute(
        text("delete from payment_decision where exception_id = :id"), {"id": case.id}
    )
    session.execute(
        text(
            "update book_exception set status = 'open', resolution = null, because = null, "
            "resolved_by = null, resolved_at = null, before = null, after = null where id = :id"
        ),
        {"id": case.id},
    )
    detail = {"decisions": rows_changed(gone), "because_given": bool(because)}
    audit.append(session, "resolution undone", f"exception:{case.id}", detail, actor=actor, at=at)
