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
_WITH_ID: Final = ("gift", "pledge", "call_attempt", "suppression")
_FOLLOWERS: Final = ("staged_row", *_WITH_ID)
_LEADS: Final = {"donor_phone": "phone_e164", "donor_email": "email"}
_CONTACTS: Final = {
    "donor_phone": "phone_e164",
    "donor_email": "email",
    "donor_address": "key",
    "donor_external_id": "space, external_id",
}
BLANKS: Final = (
    "first_name", "middle_name", "last_name", "suffix", "phone_e164", "line_type",
    "phone_timezone", "email", "street", "city", "state", "postal_code", "country", "county",
    "timezone", "birth_date", "birth_year", "gender", "occupation", "employer", "household_id",
)  # fmt: skip

_UNLESS_KNOWN: Final = (
    " and not exists (select from suppression s where s.donor_id = m.kept_id and s.kind = t.kind)"
)


def _moved_ids(table: str) -> str:
    """Return the SQL of the rows that follow from one person to the other."""
    unless = _UNLESS_KNOWN if table == "suppression" else ""
    return (
        f"'{table}', (select coalesce(jsonb_agg(t.id), '[]') from {table} t"
        f" where t.donor_id = m.gone_id{unless})"
    )


def _moved_contacts(table: str, key: str, lead: str | None) -> str:
    """Return the SQL of the contacts that only the person who goes had."""
    own = f" union select array[g.{lead}] where g.{lead} is distinct from k.{lead}" if lead else ""
    return (
        f"'{table}', (select coalesce(jsonb_agg(to_jsonb(c.key)), '[]') from ("
        f"select array[{key}] as key from {table} t where t.donor_id = m.gone_id{own}) c"
        f" where c.key not in (select array[{key}] from {table} t where t.donor_id = m.kept_id)"
        " and c.key[1] is not null)"
    )


# Everything that goes back when the merge is taken back (`unmerging`).
_EVIDENCE: Final = f"""jsonb_build_object(
    'rows', (select coalesce(jsonb_agg(jsonb_build_array(r.batch_id, r.source_row)), '[]')
        from staged_row r where r.donor_id = m.gone_id),
    'moved', jsonb_build_object({", ".join(map(_moved_ids, (*_WITH_ID, "assignment")))}),
    'contacts', jsonb_build_object({
    ", ".join(_moved_contacts(table, key, _LEADS.get(table)) for table, key in _CONTACTS.items())
}),
    'kept', to_jsonb(k), 'gone', jsonb_build_object('status', g.status,
        'status_reason', g.status_reason))"""


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
            f" select m.kept_id, m.gone_id, m.rule, {_EVIDENCE}, :batch, :now from merging m"
            " join donor k on k.id = m.kept_id join donor g on g.id = m.gone_id"
        ),
        {"batch": batch_id, "now": now},
    )
    _move_contacts(session)
    _withdraw_second_calls(session, now)
    _keep_apart(session)
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


def _move_contacts(session: Session) -> None:
    filled = ", ".join(f"{name} = coalesce(d.{name}, g.{name})" for name in BLANKS)
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


def _keep_apart(session: Session) -> None:
    """Whom a person told apart from the one who goes is another than the one who stays, too."""
    session.execute(
        text(
            "insert into donor_pair (first_id, second_id, status, probability, evidence,"
            " decided_by, decided_at)"
            " select distinct on (1, 2) least(m.kept_id, o.other), greatest(m.kept_id, o.other),"
            " 'not_same', o.probability, o.evidence, o.decided_by, o.decided_at from merging m"
            " join lateral (select p.*, p.first_id + p.second_id - m.gone_id as other"
            "   from donor_pair p where p.status = 'not_same'"
            "   and m.gone_id in (p.first_id, p.second_id)) o on o.other <> m.kept_id"
            " on conflict (first_id, second_id) do update set status = 'not_same',"
            " decided_by = excluded.decided_by, decided_at = excluded.decided_at"
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


_SIDE: Final = """jsonb_build_object('name', concat_ws(' ', {d}.first_name, {d}.middle_name,
    {d}.last_name, {d}.suffix), 'born', {d}.birth_date, 'phone', {d}.phone_e164, 'email', {d}.email,
    'address', concat_ws(', ', {d}.street, {d}.city, {d}.state, {d}.postal_code))"""


def pairs(session: Session, status: str = "waiting") -> list[dict[str, Any]]:
    """Return the pairs of people who may be one, side by side, the likeliest first."""
    rows = session.execute(
        text(
            "select p.first_id, p.second_id, round(p.probability::numeric, 3)::float"
            f" as probability, p.evidence, {_SIDE.format(d='a')} as first,"
            f" {_SIDE.format(d='b')} as second"
            " from donor_pair p join donor a on a.id = p.first_id"
            " join donor b on b.id = p.second_id"
            " where p.status = :status and a.status <> 'merged' and b.status <> 'merged'"
            " order by p.probability desc, p.first_id, p.second_id"
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
    if verdict == "merged":
        _remember(session, low, high, verdict, by=by, now=now)
        merge_donors(session, [(low, high, f"{by} said so")], now=now)
    else:
        remember_not_same(session, low, high, by=by, now=now)


def remember_not_same(session: Session, one: int, other: int, *, by: str, now: datetime) -> None:
    """Keep that two are two people: no later list makes them one."""
    low, high = sorted((one, other))
    _remember(session, low, high, "not_same", by=by, now=now)
    audit.append(session, "donor.not_same", f"donor:{low}", {"other": high}, at=now)


def _remember(
    session: Session, low: int, high: int, verdict: str, *, by: str, now: datetime
) -> None:
    session.execute(
        text(
            "insert into donor_pair (first_id, second_id, status, probability, evidence,"
            " decided_by, decided_at) values (:low, :high, :verdict, 0.5, '{}', :by, :now)"
            " on conflict (first_id, second_id) do update set status = :verdict,"
            " decided_by = :by, decided_at = :now"
        ),
        {"low": low, "high": high, "verdict": verdict, "by": by, "now": now},
    )
