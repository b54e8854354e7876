"""What other lists tell, too, is told again when the batch that told it first goes.

A gift, a number, an address or a refusal is kept once, under the first list that tells of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign.lists.admission import RETOLD, Ints, told_again
from campaign.lists.columns import flags
from store.admission import CONTACTS, LEADS, follow, next_id
from store.bulk import copy_rows
from store.bulk_load import bulk_load, shared_by_all
from store.forgetting import FORGOTTEN
from store.frames import read_columns
from store.lists import Batch
from store.people import part_values
from store.suppressions import Subject, free_staying, suppress_many

_ROW: Final = {"source_row": pa.int64(), "donor_id": pa.int64()}
# Rows that are not about those who stay are not looked at.
_OF_STAYING: Final = """
    select r.source_row, r.donor_id from staged_row r join staying s on s.id = r.donor_id
    where r.batch_id = {batch} order by r.source_row
"""
_PARTS: Final = """
    select p.batch_id, p.number, p.first_row, p.rows, b.source,
        coalesce(b.mapping ->> 'space', b.source) as space
    from list_part p join list_batch b on b.id = p.batch_id
    where p.batch_id in (select r.batch_id from staged_row r
        join staying s on s.id = r.donor_id) order by 1, 2
"""


@dataclass(slots=True)
class Said:
    """What lists say about calling those who stay."""

    consent: dict[int, tuple[int, bool]] = field(default_factory=dict)  # by the newest list
    refused: defaultdict[tuple[str, str], set[int]] = field(
        default_factory=lambda: defaultdict(set)
    )  # by kind and source

    def add(self, part: Any, rows: pa.Table, own: Ints) -> None:
        """Add the rows of a list; within it the first word of each counts."""
        for donor, word in zip(own.tolist(), rows["consent_call"].to_pylist(), strict=True):
            if word is not None and self.consent.get(donor, (0, word))[0] != part.batch_id:
                self.consent[donor] = (part.batch_id, word)
        for kind in ("do_not_call", "deceased"):
            self.refused[kind, f"list:{part.source}"].update(own[flags(rows[kind])].tolist())


# What the law keeps of somebody forgotten stands in no list any more.
_IS_KNOWN: Final = f"d.status_reason is distinct from '{FORGOTTEN}'"
_CLEAR: Final = f"""
    delete from {{table}} t using staying s, donor d where s.id = t.donor_id and d.id = s.id
    and {_IS_KNOWN}
"""


def name_staying(session: Session, query: str, **values: object) -> None:
    """Name those of whom is told again, in the table `staying`."""
    session.execute(text("drop table if exists staying"))
    session.execute(text(f"create temp table staying on commit drop as {query}"), values)
    session.execute(text("analyze staying"))


def tell_again(session: Session) -> Said:
    """Write what lists tell of those in the table `staying`, as if they came in now.

    Gifts that are there stay. Return what the lists say of calls.
    """
    for table in CONTACTS:
        session.execute(text(_CLEAR.format(table=table)))
    said = Said()
    with bulk_load(session, {}, {}) as load:
        next_gift = 0
        for part, rows, own in _rows_told(session):
            said.add(part, rows, own)
            for name, told in told_again(rows, own, part.space).items():
                shared = {"batch_id": part.batch_id}
                if name == "gift":
                    shared["source"] = part.source
                    first = next_gift or next_id(session, name)
                    next_gift = first + told.num_rows
                    told = told.append_column("id", pa.array(np.arange(first, next_gift)))
                load.copy_new(name, shared_by_all(told, shared), LEADS.get(name, "false"))
        if next_gift:
            follow(session, "gift")
    _say_consent(session, said)
    return said


def _rows_told(session: Session) -> Iterator[tuple[Any, pa.Table, Ints]]:
    """Yield the rows of lists that are about those who stay, and who each is about."""
    for part in session.execute(text(_PARTS)).all():
        ends = read_columns(session, _OF_STAYING, _ROW, {"batch": part.batch_id})
        places = np.asarray(ends["source_row"]) - part.first_row
        mine = (places >= 0) & (places < part.rows)
        if mine.any():
            rows = part_values(session, part.batch_id, part.number, RETOLD)
            yield part, rows.take(pa.array(places[mine])), np.asarray(ends["donor_id"])[mine]


def _say_consent(session: Session, said: Said) -> None:
    session.execute(text("create temp table said (id bigint, call boolean) on commit drop"))
    rows = ((donor, word) for donor, (_, word) in said.consent.items())
    copy_rows(session, "said", ("id", "call"), rows)
    session.execute(
        text(
            "update donor d set consent = case when s.call is null then d.consent - 'call'"
            " else d.consent || jsonb_build_object('call', s.call) end"
            " from staying t left join said s on s.id = t.id"
            " where d.id = t.id and d.consent -> 'call' is distinct from to_jsonb(s.call)"
            f" and {_IS_KNOWN}"
        )
    )


# What the batch itself said: it came in with it.
_TAKE_BACK: Final = """
    delete from suppression where source = :source and since = :since
    and donor_id in (select id from staying) returning donor_id
"""


def release(session: Session, batch: Batch, said: Said, now: datetime) -> None:
    """Take back whom the batch alone kept from calls: by its marks, or by a number it told."""
    values = {"source": f"list:{batch.source}", "since": batch.admitted_at}
    released = {row.donor_id for row in session.execute(text(_TAKE_BACK), values)}
    for (kind, source), donors in sorted(said.refused.items()):
        again = [Subject(donor_id=donor) for donor in sorted(donors & released)]
        if again:
            suppress_many(session, kind, again, source=source, now=now)
    free_staying(session, now)
