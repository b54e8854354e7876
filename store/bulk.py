"""Bulk in: COPY, never row by row."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from typing import Any, Literal, cast

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from psycopg import sql
from sqlalchemy import Connection
from sqlalchemy.orm import Session

_PIECE_ROWS = 25_000
_PIECES_AHEAD = 2


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


def copy_table(
    handle: Session | Connection, table: str, data: pa.Table, *, is_new: bool = False
) -> int:
    """Send an Arrow table into a table whose columns have the same names; return the rows.

    Nulls are sent unquoted, empty strings quoted, so that the two stay apart. Rows of a table that
    is new in its transaction are written as old ones: no later reader has to find out that they
    were committed.
    """
    options = "(FORMAT csv, FREEZE)" if is_new else "(FORMAT csv)"
    statement = _copy_statement(table, data.column_names, options)
    pieces = data.to_batches(max_chunksize=_PIECE_ROWS)
    with (
        ThreadPoolExecutor(1) as ahead,  # one piece is written while the server reads the other
        driver(handle).cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        waiting: deque[Future[pa.Buffer]] = deque()
        for piece in pieces:
            waiting.append(ahead.submit(_as_csv, piece))
            if len(waiting) == _PIECES_AHEAD:
                copy.write(waiting.popleft().result())
        while waiting:
            copy.write(waiting.popleft().result())
    return int(data.num_rows)


def _as_csv(piece: pa.RecordBatch) -> pa.Buffer:
    """Return rows as CSV, bare where no cell needs quotes: the server reads that faster."""
    table = pa.Table.from_batches([piece])
    if not any(map(_has_empty_texts, table.columns)):
        try:
            return _written(table, "none")
        except pa.ArrowInvalid:  # a cell holds a comma, a quote or the end of a line
            pass
    return _written(table, "needed")


def _has_empty_texts(column: pa.ChunkedArray) -> bool:
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    return is_text and bool(pc.any(pc.equal(pc.binary_length(column), 0)).as_py())


def _written(table: pa.Table, quoting: Literal["none", "needed"]) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    options = pa_csv.WriteOptions(include_header=False, quoting_style=quoting)
    pa_csv.write_csv(table, sink, options)
    return sink.getvalue()


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
