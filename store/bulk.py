"""Bulk in: COPY, never row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, cast

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
from psycopg import sql
from sqlalchemy import Connection
from sqlalchemy.orm import Session


def driver(handle: Session | Connection) -> psycopg.Connection[Any]:
    """Return the psycopg connection of the running transaction."""
    connection = handle.connection() if isinstance(handle, Session) else handle
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _copy_statement(table: str, columns: Sequence[str], options: str) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN " + options).format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


def copy_rows(
    handle: Session | Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Send rows of Python values into a table; return how many."""
    count = 0
    statement = _copy_statement(table, columns, "")
    with driver(handle).cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_table(handle: Session | Connection, table: str, data: pa.Table) -> int:
    """Send an Arrow table into a table whose columns have the same names; return the rows.

    Nulls are sent unquoted, empty strings quoted, so that the two stay apart.
    """
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    statement = _copy_statement(table, data.column_names, "(FORMAT csv)")
    with driver(handle).cursor() as cursor, cursor.copy(statement) as copy:
        for batch in data.to_batches(max_chunksize=50_000):
            buffer = BytesIO()
            pa_csv.write_csv(pa.Table.from_batches([batch]), buffer, options)
            copy.write(buffer.getbuffer())
    return int(data.num_rows)


def copy_out(handle: Session | Connection, statement: sql.Composable) -> BytesIO:
    """Return what COPY … TO STDOUT says.

    By libpq's own calls: psycopg's loop costs more a row than the row itself.
    """
    connection = driver(handle)
    libpq = connection.pgconn
    started = libpq.exec_(statement.as_bytes(connection))
    if started.status != psycopg.pq.ExecStatus.COPY_OUT:
        raise psycopg.errors.error_from_result(started)
    content = BytesIO()
    while True:
        size, data = libpq.get_copy_data(0)
        if size <= 0:
            break
        content.write(data)
    while (ended := libpq.get_result()) is not None:
        if ended.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(ended)
    return content
