"""Pledges in the database: made in calls, brought in files, written off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from campaign.errors import StateError, UnknownCodeError
from campaign.giving.pledges import add_months, default_due, ref_key, reference, schedule
from campaign.money import split_evenly
from models.giving import Instalment, Pledge
from store import audit
from store.bulk import copy_rows
from store.locks import Lock, wait_for

_FIELDS = (
    "ref",
    "first_name",
    "last_name",
    "email",
    "phone_e164",
    "postal_code",
    "amount_cents",
    "currency",
    "pledged_on",
    "due_on",
    "instalments",
    "team",
)


@dataclass(frozen=True, slots=True)
class PledgeCounts:
    """What became of the rows of a pledge file."""

    imported: int
    changed: int
    unchanged: int


def record_pledge(
    session: Session,
    *,
    amount_cents: int,
    pledged_on: date,
    at: datetime,
    donor_id: int | None = None,
    campaign_id: int | None = None,
    team_id: int | None = None,
    call_attempt_id: int | None = None,
    election_id: int | None = None,
    due_on: date | None = None,
    instalments: int = 1,
    currency: str = "usd",
    source: str = "call",
) -> str:
    """Record a promise and its instalments; return its reference.

    A call attempt makes one pledge: recorded again, the same reference comes back.
    """
    if call_attempt_id is not None:
        known = session.scalar(select(Pledge.ref).where(Pledge.call_attempt_id == call_attempt_id))
        if known is not None:
            return known
    number = session.execute(
        text("select nextval(pg_get_serial_sequence('pledge', 'id'))")
    ).scalar_one()
    pledge = Pledge(
        id=number,
        ref=reference(number),
        donor_id=donor_id,
        campaign_id=campaign_id,
        team_id=team_id,
        call_attempt_id=call_attempt_id,
        election_id=election_id,
        source=source,
        amount_cents=amount_cents,
        currency=currency,
        pledged_on=pledged_on,
        due_on=due_on,
        status="open",
        created_at=at,
    )
    session.add(pledge)
    session.flush()
    first_due = due_on or default_due(pledged_on)
    session.add_all(
        Instalment(
            pledge_id=number, number=part.number, due_on=part.due_on, amount_cents=part.amount_cents
        )
        for part in schedule(amount_cents, instalments, first_due)
    )
    if donor_id is not None:
        _copy_person(session, "p.id = :number", {"number": number})
    return pledge.ref


def _copy_person(session: Session, which: str, values: dict[str, object]) -> None:
    """Note on pledges who promised, as the donor was known then: payments are matched by it."""
    session.execute(
        text(
            "update pledge p set first_name = d.first_name, last_name = d.last_name, "
            "email = d.email, phone_e164 = d.phone_e164, postal_code = left(d.postal_code, 5) "
            f"from donor d where d.id = p.donor_id and {which}"
        ),
        values,
    )


def import_pledges(
    session: Session, pledges: pd.DataFrame, *, source: str, at: datetime
) -> PledgeCounts:
    """Bring in the rows of a pledge file, once each; a changed row changes its pledge.

    A pledge that was written off, made in a call or vouched for by a signature is left as it is
    and counts as unchanged. One that was paid may rise or fall: what it takes of its payments is
    decided anew by the next reconciliation.
    """
    # Two imports at once would both find a pledge missing: the second waits.
    wait_for(session, Lock.PLEDGE_FILE)
    session.execute(
        text(
            "create temporary table incoming_pledge (ref text, ref_key text primary key, "
            "first_name text, last_name text, email text, phone_e164 text, postal_code text, "
            "amount_cents bigint, currency text, pledged_on date, due_on date, instalments int, "
            "team text) on commit drop"
        )
    )
    once = pledges.assign(ref_key=pledges["ref"].map(ref_key)).drop_duplicates("ref_key")
    repeated = len(pledges) - len(once)
    columns = [*_FIELDS, "ref_key"]
    rows = once[columns].astype(object).where(once[columns].notna(), None)
    copy_rows(session, "incoming_pledge", columns, rows.itertuples(index=False, name=None))
    changed = _update_changed(session, at)
    imported = _insert_new(session, source, at)
    return PledgeCounts(
        imported=imported, changed=changed, unchanged=len(once) - imported - changed + repeated
    )


def unknown_teams(session: Session, codes: Iterable[str]) -> list[str]:
    """Return those of the codes that no team has: their pledges count for no team."""
    known = set(session.scalars(text("select code from team")))
    return sorted({str(code) for code in codes} - known)


_VALUES = (
    "first_name, last_name, email, phone_e164, postal_code, amount_cents, currency, "
    "pledged_on, due_on"
)


# One reference in two files, written "pl-7" and "PL-7 ", is one pledge (`giving.pledges.ref_key`).
_SAME = r"upper(regexp_replace(p.ref, '[\s#]+', '', 'g')) = i.ref_key"
_UNSIGNED = """not exists (
    select from report r, committee k where r.kind = 'treasurer' and r.status = 'signed' and (
        p.pledged_on between r.first_day and r.last_day or exists (
            select from allocation a join stripe_charge c on c.id = a.charge_id
            where a.pledge_id = p.id and (c.created_at at time zone k.timezone)::date
                between r.first_day and r.last_day)))"""


def _insert_new(session: Session, source: str, at: datetime) -> int:
    found = session.execute(
        text(
            f"insert into pledge (ref, {_VALUES}, team_code, team_id, source, status, "
            "created_at) "
            "select i.ref, i.first_name, i.last_name, i.email, i.phone_e164, i.postal_code, "
            "i.amount_cents, i.currency, i.pledged_on, i.due_on, i.team, t.id, :source, "
            "'open', :at "
            "from incoming_pledge i left join team t on t.code = i.team "
            f"where not exists (select 1 from pledge p where {_SAME}) "
            "order by i.ref returning id, ref"
        ),
        {"source": source, "at": at},
    ).all()
    _insert_instalments(session, [ref for _, ref in found])
    return len(found)


def _insert_instalments(session: Session, refs: list[str]) -> None:
    if not refs:
        return
    rows = session.execute(
        text(
            "select p.id, p.pledged_on, p.due_on, i.amount_cents, i.instalments from pledge p "
            f"join incoming_pledge i on {_SAME} where p.ref = any(:refs)"
        ),
        {"refs": refs},
    )
    copy_rows(
        session,
        "instalment",
        ["pledge_id", "number", "due_on", "amount_cents"],
        _parts(tuple(row) for row in rows),
    )


def _parts(
    pledges: Iterator[tuple[Any, ...]],
) -> Iterator[tuple[int, int, date, int]]:
    for pledge_id, pledged_on, due_on, amount_cents, count in pledges:
        first_due = due_on or default_due(pledged_on)
        if count == 1:
            yield pledge_id, 1, first_due, amount_cents
            continue
        for index, cents in enumerate(split_evenly(amount_cents, count)):
            yield pledge_id, index + 1, add_months(first_due, index), cents


_COMPARED = "first_name last_name email phone_e164 postal_code amount_cents pledged_on due_on"


def _update_changed(session: Session, at: datetime) -> int:
    """Take over what a newer file says of an open pledge that came from a file."""
    ours = ", ".join(f"p.{name}" for name in (*_COMPARED.split(), "team_code"))
    theirs = ", ".join(f"i.{name}" for name in (*_COMPARED.split(), "team"))
    changed = session.execute(
        text(
            "select p.id, p.ref, p.amount_cents, i.amount_cents from pledge p "
            f"join incoming_pledge i on {_SAME} where p.source <> 'call' "
            f"and p.status in ('open', 'fulfilled') and p.currency = i.currency and {_UNSIGNED} "
            f"and (({ours}) is distinct from ({theirs}) or i.instalments <> "
            "(select count(*) from instalment n where n.pledge_id = p.id)) order by p.id"
        )
    ).all()
    if not changed:
        return 0
    ids, refs = [row[0] for row in changed], [row[1] for row in changed]
    sets = ", ".join(f"{name} = i.{name}" for name in _COMPARED.split())
    session.execute(text("delete from instalment where pledge_id = any(:ids)"), {"ids": ids})
    # What was allocated to the old promise is decided anew by the next reconciliation.
    session.execute(text("delete from allocation where pledge_id = any(:ids)"), {"ids": ids})
    session.execute(
        text(
            f"update pledge p set {sets}, team_code = i.team, written_off_cents = 0 "
            f"from incoming_pledge i where {_SAME} and p.id = any(:ids)"
        ),
        {"ids": ids},
    )
    _insert_instalments(session, refs)
    audit.append(
        session,
        "pledges changed by a file",
        f"pledges:{len(ids)}",
        {"ids": ids[:1000], "cents": sum(row[3] - row[2] for row in changed)},
        at=at,
    )
    return len(ids)


def write_off(session: Session, ref: str, because: str, *, at: datetime, paid_cents: int) -> int:
    """Give up what is open of a pledge, with the reason; return the cents given up."""
    pledge = find(session, ref)
    open_cents = pledge.amount_cents - pledge.written_off_cents - paid_cents
    if open_cents <= 0 or pledge.status != "open":
        raise StateError(f"Nothing is open of pledge {pledge.ref}.")
    pledge.written_off_cents += open_cents
    pledge.status = "written_off"
    pledge.reason = because
    detail = {"cents": open_cents, "paid_cents": paid_cents}
    audit.append(session, "pledge written off", f"pledge:{pledge.id}", detail, at=at)
    return open_cents


def find(session: Session, ref: str) -> Pledge:
    """Return the pledge with this reference, in whatever case; else UnknownCodeError."""
    normal = func.upper(func.regexp_replace(Pledge.ref, r"[\s#]+", "", "g"))
    found = session.scalars(select(Pledge).where(normal == ref_key(ref))).first()
    if found is None:
        raise UnknownCodeError("pledge", ref[:40], None)
    return found


def paid_cents(session: Session, pledge_id: int) -> int:
    """Return what confirmed payments have brought for a pledge."""
    total = session.scalar(
        text(
            "select coalesce(sum(amount_cents), 0) from allocation "
            "where pledge_id = :id and tier = 'confirmed'"
        ),
        {"id": pledge_id},
    )
    return int(total or 0)
