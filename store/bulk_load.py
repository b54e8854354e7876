"""Big loads: indexes and checks are laid aside and built once, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from store.bulk import copy_table, driver

_WORTH_IT = 50_000  # below, keeping the indexes as they are is cheaper
_SHARE = 0.2  # of the rows that are there already
_LOOKED_AT = 25  # the statistics of a first look; autovacuum looks again

_INDEXES = """
    select quote_ident(c.relname) as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = cast(:table as regclass) and not i.indisprimary
    and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
"""
_CONSTRAINTS = """
    select quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where conrelid = cast(:table as regclass)
    and (contype = 'f' or (:keys and contype in ('p', 'u') and not exists (
        select from pg_constraint f where f.confrelid = pg_constraint.conrelid
        and f.conindid = pg_constraint.conindid and f.contype = 'f')))
    order by contype <> 'f'
"""
_PRIMARY = """
    select quote_ident(relname) from pg_index join pg_class c on c.oid = indexrelid
    where indrelid = cast(:table as regclass) and indisprimary
"""
_DEFAULTS = """
    select attname, pg_get_expr(adbin, adrelid) from pg_attribute
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = cast(:table as regclass) and attname = any(:names)
"""


@dataclass(slots=True)
class Load:
    """One big load: which of its tables have laid their indexes aside, and which were empty."""

    session: Session
    laid_aside: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)

    def copy(self, table: str, rows: pa.Table) -> None:
        """Copy rows into a table of the load.

        What all rows share becomes the column's default for as long as the copy takes: it is
        read once, and not a million times.
        """
        if table not in self.laid_aside:
            copy_table(self.session, table, rows)
            return
        shared = {name: rows[name][0].as_py() for name in rows.column_names if _same(rows[name])}
        defaults = text(_DEFAULTS)
        names = {"table": table, "names": list(shared)}
        before = list(self.session.execute(defaults, names).all()) if shared else []
        for name, value in shared.items():
            self._default(table, name, sql.SQL("set default {}").format(sql.Literal(value)))
        copy_table(self.session, table, rows.drop_columns(list(shared)))
        for name, expression in before:
            again = f"set default {expression}" if expression else "drop default"
            self._default(table, name, sql.SQL(again))

    def _default(self, table: str, name: str, action: sql.Composable) -> None:
        statement = sql.SQL("alter table {} alter column {} {}").format(
            sql.Identifier(table), sql.Identifier(name), action
        )
        driver(self.session).execute(statement)


def _same(column: pa.ChunkedArray) -> bool:
    """Whether every row holds the same; the first and the last tell most that do not."""
    if len(column) == 0 or column[0] != column[-1]:
        return False
    if column.null_count:
        return bool(column.null_count == len(column))
    return bool(pc.all(pc.equal(column, column[0])).as_py())


@contextmanager
def bulk_load(session: Session, tables: Sequence[str], rows: int) -> Iterator[Load]:
    """Load many rows into these tables inside the block.

    A foreign key checked row by row costs more than the row itself, and so does an index that
    grows in no order. Where the load is large beside what is there, they are dropped and built
    again; nobody sees the tables in between, for the transaction holds them.
    """
    load = Load(session)
    for table in tables:
        there = _rows_there(session, table, int(rows / _SHARE) + 1) if rows >= _WORTH_IT else None
        if there is not None and rows >= there * _SHARE:
            load.laid_aside.add(table)
        if there == 0:
            load.empty.add(table)
    again: list[str] = []
    for table in sorted(load.laid_aside):
        again += _lay_aside(session, table, is_empty=table in load.empty)
    yield load
    for statement in sorted(again, key=lambda each: "FOREIGN KEY" in each):
        session.connection().exec_driver_sql(statement)
    if load.laid_aside:
        session.execute(text(f"set local default_statistics_target = {_LOOKED_AT}"))
        session.execute(text(f"analyze {', '.join(sorted(load.laid_aside))}"))
        session.execute(text("set local default_statistics_target to default"))


def _rows_there(session: Session, table: str, most: int) -> int:
    query = text(f"select count(*) from (select from {table} limit :most) each")
    return int(session.scalar(query, {"most": most}) or 0)


def _lay_aside(session: Session, table: str, *, is_empty: bool) -> list[str]:
    """Drop what is checked or kept row by row; return the statements that bring it back."""
    again = []
    if is_empty:
        # A table that is new in its transaction needs no log of its rows: this makes it new.
        key = session.scalar(text(_PRIMARY), {"table": table})
        session.execute(text(f"cluster {table} using {key}"))
    # Keys tell new rows from those that are there: they go only where nothing is.
    values = {"table": table, "keys": is_empty}
    for name, definition in session.execute(text(_CONSTRAINTS), values).all():
        session.execute(text(f"alter table {table} drop constraint {name}"))
        again.append(f"alter table {table} add constraint {name} {definition}")
    for name, definition in session.execute(text(_INDEXES), {"table": table}).all():
        session.execute(text(f"drop index {name}"))
        again.append(definition)
    return again
