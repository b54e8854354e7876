"""Pairs of donors who may be one: what waits for a decision, and what was decided."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from campaign.errors import InputError, StateError, UnknownCodeError
from campaign.lists.identity.answers import joinable
from campaign.lists.identity.clusters import components
from campaign.lists.identity.records import NUMBERS, PERSON, REGISTERS
from campaign.lists.identity.waiting import KNOWN_KINDS, OF_ONE_NAME, Kind, kind_of
from store import audit, lists, merging
from store.bulk import copy_rows
from store.frames import read_columns

_OPEN: Final = (
    "donor_pair p join donor a on a.id = p.first_id and a.status <> 'merged'"
    " join donor b on b.id = p.second_id and b.status <> 'merged' where p.status = 'waiting'"
)
_SIDE: Final = """jsonb_build_object('name', concat_ws(' ', {d}.first_name, {d}.middle_name,
    {d}.last_name, {d}.suffix), 'born', {d}.birth_date, 'phone', {d}.phone_e164, 'email', {d}.email,
    'address', concat_ws(', ', {d}.street, {d}.city, {d}.state, {d}.postal_code))"""


# A person's first row, and those that came after it.
_ROWS: Final = "(1 + (select count(*) from row_end e where e.donor_id = {d}.id))"


def write_waiting(session: Session, doubts: pd.DataFrame, batch_id: int) -> int:
    """Keep the pairs that a person should look at; decided ones stay decided."""
    rows = [
        (min(a, b), max(a, b), "waiting", p, json.dumps(evidence), batch_id)
        for a, b, p, evidence in doubts.itertuples(index=False, name=None)
        if a != b
    ]
    columns = ("first_id", "second_id", "status", "probability", "evidence", "batch_id")
    names = ", ".join(columns)
    session.execute(
        text(f"create temp table asking on commit drop as select {names} from donor_pair limit 0")
    )
    copy_rows(session, "asking", columns, rows)
    session.execute(
        text(
            f"insert into donor_pair ({names}) select distinct on (first_id, second_id) {names}"
            " from asking order by first_id, second_id, probability desc on conflict do nothing"
        )
    )
    session.execute(text("drop table asking"))
    return len(rows)


def told_apart(session: Session) -> list[tuple[int, int]]:
    """Return the pairs that a person said are two people."""
    return _pairs(session, "not_same")


def undecided(session: Session) -> list[tuple[int, int]]:
    """Return the pairs that nobody has decided yet, and that have more in common than a name.

    Two of one name in one town are what any two are until a list tells of both: that it may.
    """
    return _pairs(
        session,
        "waiting",
        "evidence ->> 'but' is not null"
        " or evidence -> 'agree' ?| array['phone', 'e-mail', 'address', 'day of birth']",
    )


def _pairs(session: Session, status: str, only: str = "true") -> list[tuple[int, int]]:
    query = text(f"select first_id, second_id from donor_pair where status = :status and ({only})")
    return [(first, second) for first, second in session.execute(query, {"status": status})]


def choice(session: Session, campaign: str | None) -> str:
    """Return what the campaign file says of men of one name in one home: ask, or join.

    Of the campaign that is named, else of the newest.
    """
    said = session.scalar(
        text(
            f"select settings #>> '{{duplicates,{CHOICE}}}' from campaign"
            " where code = coalesce(:code, code) order by id desc limit 1"
        ),
        {"code": campaign},
    )
    return said or ASK


CHOICE, ASK, JOIN = "same_name_same_home", "ask", "join"
BY_FILE = "the campaign file"  # who decided, where no person did


def kinds(session: Session, batch_id: int | None = None) -> list[tuple[Kind, float, int]]:
    """Return the kinds of pairs that wait, how likely they are one, and how many, likeliest first.

    Of every list, or of one. How likely is the kind's measured share, else what the model thinks.
    """
    found: dict[str, tuple[Kind, float, int]] = {}
    for (but, agree), count, probable in _reasons(session, batch_id):
        kind = kind_of(but, agree)
        _, sure, before = found.get(kind.code, (kind, 0.0, 0))
        share = kind.share if kind.share is not None else min(probable, _SUREST)
        found[kind.code] = (kind, sure + share * count, before + count)
    told = [(kind, sure / count, count) for kind, sure, count in found.values()]
    return sorted(told, key=lambda one: (-round(one[1], 2), -one[2]))


_SUREST: Final = 0.99  # a model is never surer
_REASON: Final = "p.evidence ->> 'but', coalesce(p.evidence -> 'agree', '[]')"


_OF_BATCH: Final = "(p.batch_id = :batch or cast(:batch as bigint) is null)"


def _reasons(
    session: Session, batch_id: int | None = None
) -> list[tuple[tuple[str | None, list[str]], int, float]]:
    rows = session.execute(
        text(
            f"select {_REASON}, count(*), avg(p.probability) from {_OPEN} and {_OF_BATCH}"
            " group by 1, 2 order by 1"
        ),
        {"batch": batch_id},
    )
    return [((but, agree), count, probable) for but, agree, count, probable in rows]


def waiting(
    session: Session, code: str | None = None, *, first: int | None = None, after: int = 0
) -> list[dict[str, Any]]:
    """Return pairs that wait, of one kind or of each, side by side.

    Kinds in their order; of each first the pairs whose answer tells most: likely ones, of people
    whom many rows of lists are about.
    """
    places = {kind.code: place for place, (kind, _, _) in enumerate(kinds(session))}
    rows = session.execute(
        text(
            "select p.first_id, p.second_id, round(p.probability::numeric, 3)::float"
            f" as probability, p.evidence, {_SIDE.format(d='a')} as first,"
            f" {_SIDE.format(d='b')} as second from {_OPEN} and {_OF_KIND}"
            f" order by p.probability * {_ROWS.format(d='a')} * {_ROWS.format(d='b')} desc,"
            " p.first_id, p.second_id limit :first offset :after"
        ),
        {**_of_kind(session, code and [code]), "first": first, "after": after},
    ).mappings()
    told = [{"kind": _kind_of(row["evidence"]).code, **row} for row in rows]
    return sorted(told, key=lambda pair: places[pair["kind"]])


def _kind_of(evidence: dict[str, Any]) -> Kind:
    return kind_of(evidence.get("but"), evidence.get("agree", ()))


_OF_KIND: Final = f"(:every or jsonb_build_array({_REASON}) = any(cast(:reasons as jsonb[])))"


def _of_kind(session: Session, codes: Container[str] | None) -> dict[str, Any]:
    """Return what tells the pairs of some kinds from others; of every kind where none is named."""
    if codes is None:
        return {"every": True, "reasons": []}
    told = [told for told, _, _ in _reasons(session) if kind_of(*told).code in codes]
    return {"every": False, "reasons": [json.dumps(each) for each in told]}


def of_kind(session: Session, codes: Container[str], batch_id: int | None = None) -> pd.DataFrame:
    """Return first_id, second_id, but and why of pairs of some kinds that wait, or of a list's."""
    rows = session.execute(
        text(
            f"select p.first_id, p.second_id, {_REASON} as agree from {_OPEN} and {_OF_KIND}"
            f" and {_OF_BATCH} order by p.first_id, p.second_id"
        ),
        {**_of_kind(session, codes), "batch": batch_id},
    ).all()
    pairs = [(first, second, but, kind_of(but, agree).why) for first, second, but, agree in rows]
    return pd.DataFrame(pairs, columns=["first_id", "second_id", "but", "why"])


# A donor's own record; each further home; each number that a register has for them.
_RECORDS = """
    with named as (select d.* from donor d join asking on asking.donor_id = d.id)
    select null::bigint, d.id, null, null, (select min(n.external_id)
            from donor_external_id n where n.donor_id = d.id and n.space = {numbers}),
        d.first_name, d.middle_name, d.last_name, d.suffix, d.gender, d.birth_date, d.birth_year,
        nullif(concat_ws(' ', d.phone_e164, (select string_agg(p.phone_e164, ' ')
            from donor_phone p where p.donor_id = d.id)), ''),
        nullif(concat_ws(' ', d.email, (select string_agg(e.email, ' ')
            from donor_email e where e.donor_id = d.id)), ''),
        d.street, d.city, d.state, d.postal_code, d.employer, d.occupation from named d
    union all
    select null, d.id, null, null, null, d.first_name, d.middle_name, d.last_name, d.suffix,
        d.gender, d.birth_date, d.birth_year, null, null, a.street, a.city, a.state, a.postal_code,
        null, null from named d join donor_address a on a.donor_id = d.id
    union all
    select null, d.id, x.space, x.external_id, null, d.first_name, d.middle_name, d.last_name,
        d.suffix, d.gender, d.birth_date, d.birth_year, null, null, null, null, null, null, null,
        null from named d join donor_external_id x on x.donor_id = d.id
        and x.space = any({registers})
"""


def records_of(session: Session, donors: Iterable[int], registers: Sequence[str]) -> pa.Table:
    """Return all that is known of some donors, as identity compares them."""
    session.execute(text("create temp table asking (donor_id bigint) on commit drop"))
    copy_rows(session, "asking", ("donor_id",), ((donor,) for donor in set(donors)))
    types = {field.name: field.type for field in PERSON}
    values = {"numbers": NUMBERS, "registers": list(registers)}
    found = read_columns(session, _RECORDS, types, values).cast(PERSON)
    session.execute(text("drop table asking"))
    return found


def answer(
    session: Session,
    pairs: pd.DataFrame,
    verdict: str,
    *,
    by: str,
    now: datetime,
    batch_id: int | None = None,
) -> int:
    """Keep one answer to many pairs, each as a decision of its own; return how many.

    The pairs have first_id, second_id and rule: what a merge says of itself. Whoever is one with
    several becomes the first of them.
    """
    sides = list(pairs[["first_id", "second_id"]].itertuples(index=False, name=None))
    session.execute(
        text("create temp table answered (first_id bigint, second_id bigint) on commit drop")
    )
    copy_rows(session, "answered", ("first_id", "second_id"), sides)
    session.execute(
        text(
            "update donor_pair p set status = :verdict, decided_by = :by, decided_at = :now"
            " from answered s where s.first_id = p.first_id and s.second_id = p.second_id"
        ),
        {"verdict": verdict, "by": by, "now": now},
    )
    session.execute(text("drop table answered"))
    if verdict == "merged":
        rules = dict(zip(pairs.first_id, pairs.rule, strict=True))
        rules |= dict(zip(pairs.second_id, pairs.rule, strict=True))
        merges = [(kept, gone, rules[gone]) for kept, gone in _leads(pairs) if kept != gone]
        merging.merge_donors(session, merges, now=now, batch_id=batch_id)
    else:
        told = (("donor.not_same", f"donor:{low}", {"other": high}) for low, high in sides)
        audit.append_all(session, told, at=now)
    return len(sides)


def _leads(pairs: pd.DataFrame) -> Iterable[tuple[int, int]]:
    """Return for each donor of the pairs the lowest one that they make it one with."""
    donors = np.unique(pairs[["first_id", "second_id"]].to_numpy(np.int64))
    first, second = (np.searchsorted(donors, pairs[side]) for side in ("first_id", "second_id"))
    lead = pd.Series(donors).groupby(components(len(donors), first, second)).transform("min")
    return zip(lead.tolist(), donors.tolist(), strict=True)


def answer_kind(
    session: Session,
    code: str,
    verdict: str,
    *,
    by: str,
    now: datetime,
    keep: bool,
    batch_id: int | None = None,
) -> dict[str, Any]:
    """Say of all pairs of a kind that they are merged or not_same; return how many it concerns.

    Of every list, or of those that one list asked about.

    Pairs that would bring two together who may not be one wait on. No list comes in meanwhile.
    """
    lists.lock_admission(session)
    asked = of_kind(session, [code], batch_id)
    if asked.empty:
        refuse_unknown(session, code)
    said = asked.assign(rule=[f"{why}; {by} said so of all of these" for why in asked.why])
    fits = _joinable(session, said) if verdict == "merged" else said
    if keep:
        answer(session, fits, verdict, by=by, now=now)
    counts = {"merged": 0, "not_same": 0, verdict: len(fits)}
    return {"kind": code, "asked": len(asked), **counts, "left": len(asked) - len(fits)}


def refuse_unknown(session: Session, code: str) -> None:
    """Refuse a kind that is none; one of which nothing waits any more is fine."""
    if code not in KNOWN_KINDS:
        raise UnknownCodeError("kind of pair", code, [kind.code for kind, _, _ in kinds(session)])


def join_of_one_name(session: Session, batch_id: int, now: datetime) -> int:
    """Join what a list asked of men of one name in one home, as the campaign file says."""
    asked = of_kind(session, OF_ONE_NAME, batch_id)
    said = asked.assign(rule=[f"{why}; {BY_FILE} says join" for why in asked.why])
    fits = _joinable(session, said)
    return answer(session, fits, "merged", by=BY_FILE, now=now, batch_id=batch_id)


def _joinable(session: Session, asked: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that may be one, all taken together."""
    if asked.empty:
        return asked
    people = records_of(session, {*asked.first_id, *asked.second_id}, REGISTERS)
    return asked[joinable(people, asked, registers=REGISTERS, not_same=told_apart(session))]


def decide(
    session: Session, first: int, second: int, verdict: str, *, by: str, now: datetime
) -> None:
    """Keep what a person said of two people: merged or not_same. Nobody moves them meanwhile."""
    lists.lock_admission(session)
    low, high = sorted((first, second))
    for donor in (low, high):
        status = session.scalar(text("select status from donor where id = :id"), {"id": donor})
        if status is None or low == high:
            raise InputError(f"There is no donor {donor}." if low != high else "Name two donors.")
        if status == "merged":
            raise StateError(f"Donor {donor} was merged into another already.")
    if verdict == "merged":
        _remember(session, low, high, verdict, by=by, now=now)
        merging.merge_donors(session, [(low, high, f"{by} said so")], now=now)
    else:
        remember_not_same(session, low, high, by=by, now=now)


def answered(session: Session, limit: int, after: int = 0) -> list[RowMapping]:
    """Return the answers of people, the newest first, but for the first so many of them.

    `gone` is who was merged into the other.
    """
    return list(
        session.execute(
            text("""
                select p.first_id, p.second_id, p.status, p.decided_at, p.decided_by,
                    concat_ws(' ', a.first_name, a.last_name) as first_name,
                    concat_ws(' ', b.first_name, b.last_name) as second_name,
                    case p.first_id when b.merged_into_id then p.second_id else
                        case p.second_id when a.merged_into_id then p.first_id end end as gone
                from donor_pair p join donor a on a.id = p.first_id
                join donor b on b.id = p.second_id
                where p.status in ('merged', 'not_same') and p.decided_by is not null
                order by p.decided_at desc, p.first_id, p.second_id
                limit :limit offset :after"""),
            {"limit": limit, "after": after},
        ).mappings()
    )


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
