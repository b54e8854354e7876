"""Two people who proved to be one, and the way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from store import audit
from store.bulk import copy_rows
from store.locks import hold_calls
from store.suppressions import any_there, mark_suppressed, withdraw_assignments

_Merge = tuple[int, int, str]  # who is kept, who goes, and the rule that says so

# Tables that point to a person, with the columns that may not hold a value twice a person.
_WITH_ID: Final = ("gift", "pledge", "call_attempt", "suppression")
_FOLLOWERS: Final = ("row_end", *_WITH_ID)
# What leads, as it stands beside: an address by its key.
_LEADS: Final = {
    "donor_phone": "{d}.phone_e164",
    "donor_email": "{d}.email",
    "donor_address": "regexp_replace(lower({d}.street || '|' || coalesce({d}.postal_code, '')),"
    " '[^a-z0-9|]+', ' ', 'g')",
}
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
    " and not exists (select from suppression s where s.donor_id = m.kept_id"
    " and (s.kind, s.source) = (t.kind, t.source) and s.sha256 is not distinct from t.sha256)"
)


def _moved_ids(table: str) -> str:
    """Return the SQL of the rows that follow from one person to the other."""
    unless = _UNLESS_KNOWN if table == "suppression" else ""
    return (
        f"select m.gone_id, jsonb_agg(t.id) as told from {table} t"
        f" join merging m on m.gone_id = t.donor_id where true{unless} group by m.gone_id"
    )


def _moved_contacts(table: str, key: str) -> str:
    """Return the SQL of the contacts that only the person who goes had."""
    lead = _LEADS.get(table, "")
    theirs, others = lead.format(d="g"), lead.format(d="k")
    own = (
        f" union select m.gone_id, m.kept_id, array[{theirs}] from merging m"
        " join donor g on g.id = m.gone_id join donor k on k.id = m.kept_id"
        f" where {theirs} is distinct from {others}"
    )
    return (
        "select c.gone_id, jsonb_agg(to_jsonb(c.key)) as told from ("
        f"select m.gone_id, m.kept_id, array[{key}] as key from merging m"
        f" join {table} t on t.donor_id = m.gone_id{own if lead else ''}) c"
        f" left join (select m.kept_id, array[{key}] as key from merging m"
        f" join {table} t on t.donor_id = m.kept_id) o on o.kept_id = c.kept_id and o.key = c.key"
        " where o.key is null and c.key[1] is not null group by c.gone_id"
    )


# Everything that goes back when the merge is taken back (`unmerging`), each table read once.
_MOVED: Final = (*_WITH_ID, "assignment")
_KEPT_OF: Final = {
    "row": "select m.gone_id, jsonb_agg(jsonb_build_array(t.batch_id, t.source_row)) as told"
    " from row_end t join merging m on m.gone_id = t.donor_id group by m.gone_id",
    **{table: _moved_ids(table) for table in _MOVED},
    **{table: _moved_contacts(table, key) for table, key in _CONTACTS.items()},
}


def _told(tables: Iterable[str]) -> str:
    return ", ".join(f"'{table}', coalesce(of_{table}.told, '[]')" for table in tables)


_KEEP_EVIDENCE: Final = f"""
    with {", ".join(f"of_{name} as ({query})" for name, query in _KEPT_OF.items())}
    insert into donor_merge (kept_id, gone_id, rule, evidence, batch_id, merged_at)
    select m.kept_id, m.gone_id, m.rule, jsonb_build_object(
        'rows', coalesce(of_row.told, '[]'), 'moved', jsonb_build_object({_told(_MOVED)}),
        'contacts', jsonb_build_object({_told(_CONTACTS)}), 'kept', to_jsonb(k),
        'gone', jsonb_build_object('status', g.status, 'status_reason', g.status_reason)),
        :batch, :now
    from merging m join donor k on k.id = m.kept_id join donor g on g.id = m.gone_id
        {" ".join(f"left join of_{name} on of_{name}.gone_id = m.gone_id" for name in _KEPT_OF)}
"""


# The rows of those who go are told of apart from them: they belong to another from now on.
_TELL_ROWS: Final = """
    insert into row_end (batch_id, source_row, donor_id, disposition)
    select d.first_batch_id, d.first_row, d.id, 'imported' from donor d
    join merging m on m.gone_id = d.id where d.first_row is not null
"""


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
    people = sorted({donor for kept, gone, _ in rows for donor in (kept, gone)})
    hold_calls(session, "donor_id = any(:people)", people=people)  # their results come along
    for round_ in _rounds(rows):
        _merge(session, round_, now, batch_id)
    told = (
        ("donor.merge", f"donor:{kept}", {"gone": gone, "rule": rule}) for kept, gone, rule in rows
    )
    audit.append_all(session, told, at=now)
    if any_there(session):  # a hold on the one who goes is one on the one who stays
        mark_suppressed(session, now, donors=[kept for kept, _, _ in rows])
        withdraw_assignments(session, now)
    return len(rows)


def _rounds(rows: Sequence[_Merge]) -> list[list[_Merge]]:
    """Part the merges so that nobody takes in two at once: each fills what the one before left."""
    rounds: list[list[_Merge]] = []
    taken: Counter[int] = Counter()
    for row in rows:
        if taken[row[0]] == len(rounds):
            rounds.append([])
        rounds[taken[row[0]]].append(row)
        taken[row[0]] += 1
    return rounds


def _merge(session: Session, rows: Sequence[_Merge], now: datetime, batch_id: int | None) -> None:
    session.execute(
        text(
            "create temp table if not exists merging (kept_id bigint, gone_id bigint, rule text)"
            " on commit drop"
        )
    )
    session.execute(text("truncate merging"))
    copy_rows(session, "merging", ("kept_id", "gone_id", "rule"), rows)
    session.execute(text("analyze merging"))
    session.execute(text(_TELL_ROWS))
    session.execute(text(_KEEP_EVIDENCE), {"batch": batch_id, "now": now})
    _move_contacts(session)
    _withdraw_second_calls(session, now)
    _pass_on_pairs(session)
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
            " status_reason = 'is donor ' || m.kept_id || ': ' || m.rule, updated_at = :now,"
            " first_row = null"
            " from merging m where d.id = m.gone_id"
        ),
        {"now": now},
    )


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
    session.execute(
        text(
            "insert into donor_address (donor_id, key, street, city, state, postal_code, country,"
            f" batch_id) select m.kept_id, {_LEADS['donor_address'].format(d='g')}, g.street,"
            " g.city, g.state, g.postal_code, g.country, coalesce(g.first_batch_id, 0)"
            " from merging m join donor g on g.id = m.gone_id join donor k on k.id = m.kept_id"
            " where g.street is not null and num_nonnulls(k.street, k.postal_code) > 0"
            " and (g.street, g.postal_code) is distinct from (k.street, k.postal_code)"
            " on conflict do nothing"
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


def _pass_on_pairs(session: Session) -> None:
    """Whom a person told apart from the one who goes is another than the one who stays, too.

    And what was asked about the one who goes is asked about the one who stays.
    """
    session.execute(
        text(
            "insert into donor_pair (first_id, second_id, status, probability, evidence, batch_id,"
            " decided_by, decided_at)"
            " select distinct on (1, 2) least(o.one, o.other), greatest(o.one, o.other), o.status,"
            " o.probability, o.evidence, o.batch_id, o.decided_by, o.decided_at from ("
            "   select coalesce(f.kept_id, p.first_id) as one,"
            "     coalesce(s.kept_id, p.second_id) as other, p.* from donor_pair p"
            "     left join merging f on f.gone_id = p.first_id"
            "     left join merging s on s.gone_id = p.second_id"
            "   where p.status in ('not_same', 'waiting')"
            "     and (f.gone_id is not null or s.gone_id is not null)) o where o.one <> o.other"
            " order by 1, 2, o.status, o.probability desc"
            " on conflict (first_id, second_id) do update set status = 'not_same',"
            " decided_by = excluded.decided_by, decided_at = excluded.decided_at"
            " where excluded.status = 'not_same'"
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
            " where a.donor_id = m.gone_id and a.status in ('planned', 'open', 'handed_out')"
        ),
        {"now": now},
    )
