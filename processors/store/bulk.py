"""Many rows into a table by few statements, at the driver's own speed.

SQLAlchemy's handling of parameters costs more than an insert itself, and so does psycopg's reading of a statement with
thousands of `%s`, which it does anew each time: with PostgreSQL's own `$1` it reads nothing (docs/decisions.md, 'Bulk
inserts').
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Table

from processors.store.types import Instant, as_driver

_SIZES = (256, 64, 16, 4, 1)
"""Rows per statement: few sizes, so that the database's prepared statements are used again."""


def insert_ignoring(
    connection: Connection, table: Table, rows: Sequence[Sequence[Any]], returning: tuple[str, ...]
) -> Iterator[Any]:
    """Insert rows that do not collide with a key; yield the columns `returning` of those that were inserted.

    Args:
        rows: values in the order of the table's columns; times as aware datetimes.
    """
    columns = tuple(column.name for column in table.columns)
    tail = f"ON CONFLICT DO NOTHING RETURNING {', '.join(returning)}"
    sqlite = connection.dialect.name == "sqlite"
    times = [place for place, column in enumerate(table.columns) if isinstance(column.type, Instant)] if sqlite else []
    yield from insert_rows(connection, table.name, columns, tail, [as_driver(row, times) for row in rows])


def insert_rows(
    connection: Connection, table: str, columns: tuple[str, ...], tail: str, rows: Sequence[Sequence[Any]]
) -> Iterator[Any]:
    """Insert rows, many at once; yield what `tail` lets each statement return.

    Args:
        tail: what follows the values: `ON CONFLICT ...`, which must not meet one row twice in one call.
        rows: values as the driver takes them, in the order of `columns`.
    """
    sqlite, start = connection.dialect.name == "sqlite", 0
    for size in _SIZES:
        while len(rows) - start >= size:
            values = tuple([value for row in rows[start : start + size] for value in row])
            statement = _statement(table, columns, tail, size, sqlite)
            with _as_it_stands(connection, sqlite):
                found = connection.exec_driver_sql(statement, values)
            if found.returns_rows:
                yield from found.fetchall()
            start += size


@contextmanager
def _as_it_stands(connection: Connection, sqlite: bool) -> Iterator[None]:
    """Let psycopg send a statement as it is written, without looking for `%s` in it."""
    if sqlite:
        yield
        return
    from psycopg import Connection as Raw  # 0.3 s, which SQLite does without
    from psycopg import RawCursor

    raw = cast("Raw[Any]", connection.connection.dbapi_connection)
    usual, raw.cursor_factory = raw.cursor_factory, RawCursor
    try:
        yield
    finally:
        raw.cursor_factory = usual


@lru_cache(maxsize=256)
def _statement(table: str, columns: tuple[str, ...], tail: str, size: int, sqlite: bool) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    width = len(columns)
    rows = ", ".join(_marks(width * number, width, sqlite) for number in range(size))
    return f'INSERT INTO "{table}" ({names}) VALUES {rows} {tail}'  # noqa: S608 # our own schema's names


def _marks(before: int, width: int, sqlite: bool) -> str:
    return f"({', '.join('?' if sqlite else f'${before + place}' for place in range(1, width + 1))})"
