"""`INSERT ... ON CONFLICT` on either database."""

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: Connection, table: Table) -> Any:
    """The dialect's INSERT, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def add_up(connection: Connection, table: Table, keys: tuple[str, ...], sums: tuple[str, ...]) -> Any:
    """An INSERT that adds the columns `sums` to those of a row with the same `keys`."""
    statement = insert(connection, table)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: table.c[name] + statement.excluded[name] for name in sums}
    )
