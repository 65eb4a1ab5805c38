"""`INSERT ... ON CONFLICT` on either database, compiled once and then run for many rows at the driver's own speed.

SQLAlchemy writes the SQL; only its per-row handling of parameters is left out (docs/decisions.md, 'Bulk inserts').
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from processors.store.bulk import insert_rows
from processors.store.types import Instant, as_driver


def insert(connection: Connection, table: Table) -> Any:
    """The dialect's INSERT, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return _insert(connection.dialect.name, table)


def _insert(dialect: str, table: Table) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def add_up(
    connection: Connection, table: Table, keys: tuple[str, ...], sums: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows, or add their columns `sums` to those of the row with the same `keys`.

    Args:
        rows: values of `keys`, then of `sums`.
    """
    write_all(connection, _adding(connection, table, keys, sums), rows)


@lru_cache(maxsize=32)
def _added(dialect: str, table: Table, keys: tuple[str, ...], sums: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: table.c[name] + statement.excluded[name] for name in sums}
    )


def _adding(connection: Connection, table: Table, keys: tuple[str, ...], sums: tuple[str, ...]) -> "Prepared":
    return prepared(connection, _added(connection.dialect.name, table, keys, sums), table, (*keys, *sums))


class Prepared:
    """A statement as the driver takes it: its SQL, and which of a row's values are times.

    Built by `prepared`; `columns` is the order of a row's values. `tail`: what follows the values, where many rows go
    into one statement (PostgreSQL); empty where the driver runs one statement for many rows faster (SQLite).
    """

    def __init__(self, connection: Connection, statement: Any, table: Table, columns: tuple[str, ...]) -> None:
        compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
        self.sql = str(compiled)
        self.table, self.columns = table, columns
        integers = connection.dialect.name == "sqlite"
        self.times = [at for at, name in enumerate(columns) if integers and isinstance(table.c[name].type, Instant)]
        self.tail = "" if integers else self.sql[self.sql.index(" ON CONFLICT ") :]
        if integers and tuple(compiled.positiontup or ()) != columns:
            order = [columns.index(name) for name in compiled.positiontup or ()]
            msg = f"write the columns of {table.name} in the order {order} of the table"
            raise ValueError(msg)


_prepared: dict[tuple[str, int], tuple[Any, Prepared]] = {}


def prepared(connection: Connection, statement: Any, table: Table, columns: tuple[str, ...]) -> Prepared:
    """Compile once. `statement` must be kept by the caller (a cached or module-level one), for it is the key."""
    key = (connection.dialect.name, id(statement))
    known = _prepared.get(key)
    if known is None:
        known = _prepared[key] = (statement, Prepared(connection, statement, table, columns))
    return known[1]


def write_all(connection: Connection, statement: Prepared, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement for every row; no two rows may have the same key."""
    if not rows:
        return
    if statement.tail:
        for _ in insert_rows(connection, statement.table, statement.columns, statement.tail, rows):
            pass
    else:
        connection.exec_driver_sql(statement.sql, [tuple(as_driver(row, statement.times)) for row in rows])
