"""People whom a list of refusals names without a phone or e-mail: by home, or by day of birth.

A name alone does not tell who is meant. Names are compared by their letters and figures alone; a
Jr is not his father. Of whoever is not there yet a digest is kept, so that a later list is marked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import Final

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from store import audit
from store.bulk import copy_rows


@dataclass(frozen=True, slots=True)
class Person:
    """What a list of refusals tells of somebody, as lists are normalised."""

    first_name: str | None
    last_name: str | None
    suffix: str | None
    street: str | None
    postal_code: str | None
    birth_date: date | None


def _letters(column: str) -> str:
    return rf"regexp_replace(lower({column}), '\W|_', '', 'g')"


_NAME: Final = f"{_letters('last_name')} || '|' || {_letters('first_name')}"
# Nothing where anything of it is missing. A home is its house number and ZIP code: streets are
# written in too many ways.
_KEYS: Final = f"""
    select {{told}}, lower(suffix) as suffix, key from {{people}} p, lateral (values
        (md5({_NAME} || '|' || left(postal_code, 5) || '|'
            || coalesce(substring(street from '[0-9]+'), nullif({_letters("street")}, '')))),
        (md5({_NAME} || '|' || to_char(birth_date, 'YYYY-MM-DD')))
    ) k (key) where key is not null and last_name <> '' and first_name <> ''
"""
_REMEMBER: Final = f"""
    insert into suppressed_person (kind, key, suffix, source, sha256, since)
    select distinct cast(:kind as text), key, suffix, cast(:source as text),
        cast(:sha256 as text), cast(:now as timestamptz)
    from ({_KEYS.format(told="1 as one", people="incoming_person")}) named
    on conflict do nothing
"""
# A donor may be named by a further home, and as whoever proved to be the same person.
_KNOWN_AS: Final = """(
    with recursive went (id, was) as (
        select merged_into_id, id from donor where status = 'merged'
        union select d.merged_into_id, went.was from went join donor d using (id)
        where d.status = 'merged'
    )
    select id, first_name, last_name, suffix, street, postal_code, birth_date from donor
    union all select d.id, first_name, last_name, suffix, a.street, a.postal_code, null
    from donor d join donor_address a on a.donor_id = d.id
    union all select went.id, first_name, last_name, suffix, street, postal_code, birth_date
    from went join donor d on d.id = went.was)"""
_MEANT: Final = f"""
    select distinct s.kind, d.id as donor_id, s.source, s.sha256
    from ({_KEYS.format(told="p.id", people=_KNOWN_AS)} and {{among}}) d
    join suppressed_person s on s.key = d.key
        and (s.suffix is null or d.suffix is null or s.suffix = d.suffix)
"""
_SUPPRESS: Final = f"""
    insert into suppression (kind, donor_id, source, sha256, since)
    select kind, donor_id, source, sha256, cast(:now as timestamptz)
    from ({_MEANT}) meant on conflict do nothing
"""


def remember(
    session: Session,
    kind: str,
    people: Iterable[Person],
    *,
    source: str,
    sha256: str | None,
    now: datetime,
) -> list[int]:
    """Keep whom a list names, and return the donors who are meant."""
    session.execute(
        text(
            "create temp table if not exists incoming_person (first_name text, last_name text,"
            " suffix text, street text, postal_code text, birth_date date) on commit drop"
        )
    )
    session.execute(text("truncate incoming_person"))
    columns = tuple(field.name for field in fields(Person))
    copy_rows(session, "incoming_person", columns, map(astuple, people))
    told = {"kind": kind, "source": source, "sha256": sha256}
    kept = session.execute(text(_REMEMBER), told | {"now": now})
    assert isinstance(kept, CursorResult)
    if kept.rowcount:
        detail = {"kind": kind, "persons": kept.rowcount}
        audit.append(session, "suppression.remember", f"source:{source}", detail, at=now)
    meant = session.execute(text(_MEANT.format(among="true")))
    mine = (kind, source, sha256)
    return [row.donor_id for row in meant if (row.kind, row.source, row.sha256) == mine]


def suppress_known(session: Session, now: datetime, among: str, batch_id: int) -> None:
    """Suppress those of a batch, a query of its donors, whom a list of refusals named before."""
    if any_there(session):
        named = text(_SUPPRESS.format(among=f"p.id in ({among})"))
        session.execute(named, {"now": now, "batch": batch_id})


def any_there(session: Session) -> bool:
    """Whether anybody is remembered."""
    return bool(session.scalar(text("select exists (select from suppressed_person)")))
