"""Many rows into a table by few statements, at the driver's own speed.

SQLAlchemy's handling of parameters costs more than an insert itself, and so do psycopg's thousands of parameters for
one statement: PostgreSQL gets all rows as one text of JSON instead (docs/decisions.md, 'Bulk inserts').
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from msgspec import Struct, defstruct, json
from sqlalchemy import Connection, LargeBinary, Table

from processors.store.types import Instant, as_driver

_SIZES = (256, 64, 16, 4, 1)
"""Rows per statement of SQLite: few sizes, so that its prepared statements are used again."""
_ROWS = 512
"""Rows per statement of PostgreSQL: what a batch brings goes at once, and a text stays small."""


def insert_ignoring(
    connection: Connection, table: Table, rows: Sequence[Sequence[Any]], returning: tuple[str, ...]
) -> Iterator[Any]:
    """Insert rows that do not collide with a key; yield the columns `returning` of those that were inserted.

    Args:
        rows: values in the order of the table's columns; times as aware datetimes.
    """
    if not rows:
        return
    columns = tuple(column.name for column in table.columns)
    tail = f"ON CONFLICT DO NOTHING RETURNING {', '.join(returning)}"
    if connection.dialect.name == "sqlite":
        times = [place for place, column in enumerate(table.columns) if isinstance(column.type, Instant)]
        rows = [tuple(as_driver(row, times)) for row in rows]
        if _inserted_all(connection, table, columns, rows):
            places = [columns.index(name) for name in returning]
            yield from ([row[place] for place in places] for row in rows)
            return
    yield from insert_rows(connection, table, columns, tail, rows)


def _inserted_all(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> bool:
    """Insert rows into SQLite, unless one collides with a key: whether they are inserted.

    Most batches repeat nothing, and row by row, without telling which it took, SQLite needs three quarters of the time.
    """
    connection.exec_driver_sql("SAVEPOINT all_rows")
    statement = _of_marks(table, columns, "ON CONFLICT DO NOTHING", 1)
    inserted = connection.exec_driver_sql(statement, list(rows)).rowcount
    if inserted != len(rows):
        connection.exec_driver_sql("ROLLBACK TO all_rows")
    connection.exec_driver_sql("RELEASE all_rows")
    return inserted == len(rows)


def insert_rows(
    connection: Connection, table: Table, columns: tuple[str, ...], tail: str, rows: Sequence[Sequence[Any]]
) -> Iterator[Any]:
    """Insert rows, many at once; yield what `tail` lets each statement return.

    Args:
        tail: what follows the values: `ON CONFLICT ...`, which must not meet one row twice in one call.
        rows: values as the driver takes them, in the order of `columns`.
    """
    statements = _for_sqlite if connection.dialect.name == "sqlite" else _for_postgresql
    for statement, values in statements(table, columns, tail, rows):
        found = connection.exec_driver_sql(statement, values)
        if found.returns_rows:
            yield from found.fetchall()


_Statements = Iterator[tuple[str, tuple[Any, ...]]]


def _for_sqlite(table: Table, columns: tuple[str, ...], tail: str, rows: Sequence[Sequence[Any]]) -> _Statements:
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            yield _of_marks(table, columns, tail, size), tuple(chain.from_iterable(rows[start : start + size]))
            start += size


def _for_postgresql(table: Table, columns: tuple[str, ...], tail: str, rows: Sequence[Sequence[Any]]) -> _Statements:
    statement, binary, record = _of_json(table, columns, tail), _binary(table, columns), _record(columns)
    for start in range(0, len(rows), _ROWS):
        found = [record(*_as_json(row, binary)) for row in rows[start : start + _ROWS]]
        yield statement, (json.encode(found).decode(),)


def _as_json(row: Sequence[Any], binary: Sequence[int]) -> Sequence[Any]:
    r"""A row as PostgreSQL reads it out of JSON: bytes as `\\x` and hexadecimal digits."""
    if not binary:
        return row
    values = list(row)
    for place in binary:
        if values[place] is not None:
            values[place] = f"\\x{values[place].hex()}"
    return values


@lru_cache(maxsize=256)
def _record(columns: tuple[str, ...]) -> type[Struct]:
    """What is written as a JSON object with these keys, faster than a dictionary."""
    return defstruct("Row", [str(name) for name in columns], gc=False)  # not SQLAlchemy's kind of text


@lru_cache(maxsize=256)
def _binary(table: Table, columns: tuple[str, ...]) -> list[int]:
    """Which of the columns hold bytes."""
    return [place for place, name in enumerate(columns) if isinstance(table.columns[name].type, LargeBinary)]


@lru_cache(maxsize=256)
def _of_marks(table: Table, columns: tuple[str, ...], tail: str, size: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f'INSERT INTO "{table.name}" ({_names(columns)}) VALUES {", ".join([row] * size)} {tail}'  # noqa: S608 # our own schema's names


@lru_cache(maxsize=256)
def _of_json(table: Table, columns: tuple[str, ...], tail: str) -> str:
    names = _names(columns)
    rows = f'json_populate_recordset(NULL::"{table.name}", %s::json)'
    return f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM {rows} {tail}'  # noqa: S608 # our own schema's names


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
