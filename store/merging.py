"""Two people who proved to be one, and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.errors import InputError, StateError
from store import audit
from store.bulk import copy_rows

# Tables that point to a person, with the columns that may not hold a value twice a person.
_FOLLOWERS: Final = ("gift", "staged_row", "pledge", "call_attempt", "suppression")
_CONTACTS: Final = {
    "donor_phone": "phone_e164",
    "donor_email": "email",
    "donor_address": "key",
    "donor_external_id": "space, external_id",
}
_BLANKS: Final = (
    "first_name", "middle_name", "last_name", "suffix", "phone_e164", "line_type",
    "phone_timezone", "email", "street", "city", "state", "postal_code", "country", "county",
    "timezone", "birth_date", "birth_year", "gender", "occupation", "employer", "household_id",
)  # fmt: skip


def merge_donors(
    session: Session,
    merges: Iterable[tuple[int, int, str]],
    *,
    now: datetime,
    batch_id: int | None = None,
) -> int:
    """Let each second person become the first, with the rule that says so; return how many.

    Everything that stood on the second one follows; its record stays, pointing to the first.
    """
    rows = [(kept, gone, rule) for kept, gone, rule in merges if kept != gone]
    if not rows:
        return 0
    session.execute(
        text(
            "create temp table if not exists merging (kept_id bigint, gone_id bigint, rule text)"
            " on commit drop"
        )
    )
    session.execute(text("truncate merging"))
    copy_rows(session, "merging", ("kept_id", "gone_id", "rule"), rows)
    session.execute(
        text(
            "insert into donor_merge (kept_id, gone_id, rule, evidence, batch_id, merged_at)"
            " select m.kept_id, m.gone_id, m.rule, jsonb_build_object("
            "   'rows', (select coalesce("
            "     jsonb_agg(jsonb_build_array(r.batch_id, r.source_row)), '[]')"
            "     from staged_row r where r.donor_id = m.gone_id),"
            "   'gifts', (select coalesce(jsonb_agg(g.id), '[]') from gift g"
            "     where g.donor_id = m.gone_id)), :batch, :now from merging m"
        ),
        {"batch": batch_id, "now": now},
    )
    _move_contacts(session)
    _withdraw_second_calls(session, now)
    for table in (*_FOLLOWERS, "assignment"):
        session.execute(
            text(
                f"update {table} t set donor_id = m.kept_id from merging m"
                " where t.donor_id = m.gone_id" + (_UNLESS_KNOWN if table == "suppression" else "")
            )
        )
    session.execute(
        text(
            "update donor d set status = 'merged', merged_into_id = m.kept_id,"
            " status_reason = 'is donor ' || m.kept_id || ': ' || m.rule, updated_at = :now"
            " from merging m where d.id = m.gone_id"
        ),
        {"now": now},
    )
    for kept, gone, rule in rows:
        audit.append(session, "donor.merge", f"donor:{kept}", {"gone": gone, "rule": rule}, at=now)
    return len(rows)


_UNLESS_KNOWN = (
    " and not exists (select from suppression s where s.donor_id = m.kept_id and s.kind = t.kind)"
)


def _move_contacts(session: Session) -> None:
    filled = ", ".join(f"{name} = coalesce(d.{name}, g.{name})" for name in _BLANKS)
    session.execute(
        text(
            "insert into donor_phone (donor_id, phone_e164, line_type, batch_id)"
            " select m.kept_id, g.phone_e164, g.line_type, coalesce(g.first_batch_id, 0)"
            " from merging m join donor g on g.id = m.gone_id join donor k on k.id = m.kept_id"
            " where g.phone_e164 <> k.phone_e164 on conflict do nothing"
        )
    )
    session.execute(
        text(
            "insert into donor_email (donor_id, email, batch_id)"
            " select m.kept_id, g.email, coalesce(g.first_batch_id, 0)"
            " from merging m join donor g on g.id = m.gone_id join donor k on k.id = m.kept_id"
            " where g.email <> k.email on conflict do nothing"
        )
    )
    for table, key in _CONTACTS.items():
        columns = [c for c in _columns(session, table) if c != "donor_id"]
        names = ", ".join(columns)
        session.execute(
            text(
                f"insert into {table} (donor_id, {names}) select m.kept_id,"
                f" {', '.join('t.' + c for c in columns)} from {table} t"
                f" join merging m on m.gone_id = t.donor_id on conflict do nothing -- {key}"
            )
        )
    session.execute(
        text(
            f"update donor d set {filled}, provenance = d.provenance || g.provenance,"
            " consent = g.consent || d.consent"
            " from merging m join donor g on g.id = m.gone_id where d.id = m.kept_id"
        )
    )


def _columns(session: Session, table: str) -> list[str]:
    rows = session.execute(
        text("select column_name from information_schema.columns where table_name = :table"),
        {"table": table},
    )
    return [row.column_name for row in rows]


def _withdraw_second_calls(session: Session, now: datetime) -> None:
    """Nobody has two open assignments: the one of the person that goes is withdrawn."""
    session.execute(
        text(
            "update assignment a set status = 'withdrawn', updated_at = :now,"
            " reason = 'is the same person as another' from merging m"
            " where a.donor_id = m.gone_id and a.status in ('open', 'handed_out')"
        ),
        {"now": now},
    )


def pairs(session: Session, status: str = "waiting") -> list[dict[str, Any]]:
    """Return the pairs of people who may be one, the likeliest first."""
    rows = session.execute(
        text(
            "select first_id, second_id, round(probability::numeric, 3)::float as probability,"
            " evidence from donor_pair where status = :status"
            " order by probability desc, first_id, second_id"
        ),
        {"status": status},
    ).mappings()
    return [dict(row) for row in rows]


def decide_pair(
    session: Session, first: int, second: int, verdict: str, *, by: str, now: datetime
) -> None:
    """Keep what a person said of two people: merged or not_same."""
    low, high = sorted((first, second))
    for donor in (low, high):
        status = session.scalar(text("select status from donor where id = :id"), {"id": donor})
        if status is None or low == high:
            raise InputError(f"There is no donor {donor}." if low != high else "Name two donors.")
        if status == "merged":
            raise StateError(f"Donor {donor} was merged into another already.")
    session.execute(
        text(
            "insert into donor_pair (first_id, second_id, status, probability, evidence,"
            " decided_by, decided_at) values (:low, :high, :verdict, 0.5, '{}', :by, :now)"
            " on conflict (first_id, second_id) do update set status = :verdict,"
            " decided_by = :by, decided_at = :now"
        ),
        {"low": low, "high": high, "verdict": verdict, "by": by, "now": now},
    )
    if verdict == "merged":
        merge_donors(session, [(low, high, f"{by} said so")], now=now)
    else:
        audit.append(session, "donor.not_same", f"donor:{low}", {"other": high}, at=now)
