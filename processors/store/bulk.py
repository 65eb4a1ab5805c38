"""Many rows into a table by one statement. For the one hot table: SQLAlchemy's own way costs twice as much.

Measured on 20,000 mentions: docs/decisions.md, 'Bulk inserts'.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table

from processors.store.types import Instant
from processors.store.upserts import as_driver

_SIZES = (256, 64, 16, 4, 1)
"""Rows per statement: few sizes, so that the database's prepared statements are used again."""


def insert_ignoring(
    connection: Connection, table: Table, rows: Sequence[Sequence[Any]], returning: tuple[str, ...]
) -> Iterator[Any]:
    """Insert rows that do not collide with a key; yield the columns `returning` of those that were inserted.

    Args:
        rows: values in the order of the table's columns; times as aware datetimes.
    """
    sqlite = connection.dialect.name == "sqlite"
    times = [place for place, column in enumerate(table.columns) if isinstance(column.type, Instant)] if sqlite else []
    start = 0
    for size in _SIZES:
        statement = _statement(table, size, returning, "?" if sqlite else "%s")
        while len(rows) - start >= size:
            values = _flat(rows[start : start + size], times)
            yield from connection.exec_driver_sql(statement, values)
            start += size


@lru_cache(maxsize=64)
def _statement(table: Table, size: int, returning: tuple[str, ...], mark: str) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    row = f"({', '.join([mark] * len(table.columns))})"
    return (
        f'INSERT INTO "{table.name}" ({names}) VALUES {", ".join([row] * size)} '  # noqa: S608 # our own schema's names
        f"ON CONFLICT DO NOTHING RETURNING {', '.join(returning)}"
    )


def _flat(rows: Sequence[Sequence[Any]], times: list[int]) -> tuple[Any, ...]:
    values: list[Any] = []
    for row in rows:
        values += as_driver(row, times)
    return tuple(values)
