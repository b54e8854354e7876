"""Big loads: indexes and checks are laid aside and built once, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

_WORTH_IT = 50_000  # below, keeping the indexes as they are is cheaper
_SHARE = 0.2  # of the rows that are there already

_INDEXES = """
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i where i.indrelid = cast(:table as regclass) and not i.indisprimary
    and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
"""
_CONSTRAINTS = """
    select quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where conrelid = cast(:table as regclass)
    and (contype = 'f' or (contype = 'u' and not exists (
        select from pg_constraint f where f.confrelid = pg_constraint.conrelid
        and f.conindid = pg_constraint.conindid and f.contype = 'f')))
    order by contype desc
"""


@contextmanager
def bulk_load(session: Session, tables: Sequence[str], rows: int) -> Iterator[None]:
    """Load many rows into these tables inside the block.

    A foreign key checked row by row costs more than the row itself, and so does an index that
    grows in no order. Where the load is large beside what is there, they are dropped and built
    again; nobody sees the tables in between, for the transaction holds them.
    """
    laid_aside = [table for table in tables if _is_large(session, table, rows)]
    again: list[str] = []
    for table in laid_aside:
        for name, definition in session.execute(text(_CONSTRAINTS), {"table": table}).all():
            session.execute(text(f"alter table {table} drop constraint {name}"))
            again.append(f"alter table {table} add constraint {name} {definition}")
        for name, definition in session.execute(text(_INDEXES), {"table": table}).all():
            session.execute(text(f"drop index {name}"))
            again.append(definition)
    yield
    for statement in sorted(again, key=lambda each: "FOREIGN KEY" in each):
        session.connection().exec_driver_sql(statement)
    for table in laid_aside:
        session.execute(text(f"analyze {table}"))


def _is_large(session: Session, table: str, rows: int) -> bool:
    if rows < _WORTH_IT:
        return False
    there = session.scalar(
        text(f"select count(*) from (select from {table} limit :most) each"),
        {"most": int(rows / _SHARE) + 1},
    )
    return rows >= (there or 0) * _SHARE
