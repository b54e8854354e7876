"""Much at once: indexes and checks are laid aside and built once, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from store.bulk import copy_table, driver

WORTH_IT = 50_000  # below, keeping the indexes as they are is cheaper
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
_REFERRING = """
    select conrelid::regclass::text as referring, quote_ident(conname) as name,
        pg_get_constraintdef(oid) as definition
    from pg_constraint where confrelid = cast(:table as regclass) and contype = 'f'
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
    """One big load: which of its tables have laid their indexes aside, and which were empty.

    `shared` is what all rows of a table hold. Where the table has laid its indexes aside, that is
    the columns' default for as long as the load takes: it is read once, and not a million times.
    """

    session: Session
    shared: Mapping[str, Mapping[str, Any]]
    laid_aside: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    _incoming: set[str] = field(default_factory=set)

    def copy(self, table: str, rows: pa.Table) -> None:
        """Copy rows into a table of the load."""
        is_new = table in self.empty  # for it was made anew
        copy_table(self.session, table, self._whole(table, rows), is_new=is_new)

    def copy_new(self, table: str, rows: pa.Table, unless: str = "false") -> None:
        """Copy rows; those whose key is there already are left out.

        So are those, `i`, of which `unless` holds; in an empty table they come in with the others.
        """
        if table in self.empty:
            self.copy(table, rows)
            return
        rows = self._whole(table, rows)
        names = ", ".join(rows.column_names)
        incoming = f"incoming_{table}"
        if table not in self._incoming:
            shape = f"(like {table} including defaults) on commit drop"
            self.session.execute(text(f"create temp table {incoming} {shape}"))
            self._incoming.add(table)
        copy_table(self.session, incoming, rows)
        chosen = f"select {names} from {incoming} i where not ({unless})"
        self.session.execute(text(f"insert into {table} ({names}) {chosen} on conflict do nothing"))
        self.session.execute(text(f"truncate {incoming}"))

    def _whole(self, table: str, rows: pa.Table) -> pa.Table:
        """Return the rows with what they share, where that is not the default meanwhile."""
        return rows if table in self.laid_aside else shared_by_all(rows, self.shared.get(table, {}))


def shared_by_all(rows: pa.Table, values: Mapping[str, Any]) -> pa.Table:
    """Return the rows with columns that say the same of each."""
    for name, value in values.items():
        rows = rows.append_column(name, pa.repeat(pa.scalar(value), rows.num_rows))
    return rows


def _set_defaults(load: Load, table: str) -> list[str]:
    """Make what all rows share the default; return the statements that take it back."""
    shared = load.shared.get(table, {})
    names = {"table": table, "names": list(shared)}
    before = load.session.execute(text(_DEFAULTS), names).all() if shared else []
    for name, value in shared.items():
        driver(load.session).execute(
            sql.SQL("alter table {} alter column {} set default {}").format(
                sql.Identifier(table), sql.Identifier(name), sql.Literal(value)
            )
        )
    return [
        f"alter table {table} alter column {name} "
        + (f"set default {expression}" if expression else "drop default")
        for name, expression in before
    ]


@contextmanager
def bulk_load(
    session: Session, expected: Mapping[str, int], shared: Mapping[str, Mapping[str, Any]]
) -> Iterator[Load]:
    """Load so many rows into each of these tables inside the block.

    A foreign key checked row by row costs more than the row itself, and so does an index that
    grows in no order. Where the load is large beside what is there, they are dropped and built
    again; nobody sees the tables in between, for the transaction holds them.
    """
    load = Load(session, shared)
    for table, rows in expected.items():
        there = rows_there(session, table, int(rows / _SHARE) + 1) if rows >= WORTH_IT else None
        if there is not None and rows >= there * _SHARE:
            load.laid_aside.add(table)
        if there == 0:
            load.empty.add(table)
    again: list[str] = []
    for table in sorted(load.laid_aside):
        again += _lay_aside(session, table, is_empty=table in load.empty)
        again += _set_defaults(load, table)
    yield load
    for statement in sorted(again, key=lambda each: "FOREIGN KEY" in each):
        session.connection().exec_driver_sql(statement)
    if load.laid_aside:
        session.execute(text(f"set local default_statistics_target = {_LOOKED_AT}"))
        session.execute(text(f"analyze {', '.join(sorted(load.laid_aside))}"))
        session.execute(text("set local default_statistics_target to default"))


@contextmanager
def bulk_removal(session: Session, table: str, rows: int) -> Iterator[None]:
    """Remove so many rows of a table inside the block.

    Whether anything still refers to a row is otherwise asked row by row, of each table that could.
    """
    found = session.execute(text(_REFERRING), {"table": table}).all()
    referring = found if rows >= WORTH_IT else []
    for each in referring:
        session.execute(text(f"alter table {each.referring} drop constraint {each.name}"))
    yield
    for each in referring:
        again = f"alter table {each.referring} add constraint {each.name} {each.definition}"
        session.connection().exec_driver_sql(again)


def rows_there(session: Session, table: str, most: int) -> int:
    """Return how many rows a table has, counted no further than so many."""
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
