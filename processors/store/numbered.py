"""Rows that are numbered 1, 2, 3, ... under a key and never change."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, func, select

from mentions.errors import StoreUnavailable
from processors.store.upserts import insert

_ATTEMPTS = 20


def add_numbered(
    connection: Connection, table: Table, number: str, key: Mapping[str, Any], values: Mapping[str, Any]
) -> int:
    """Insert a row under the next number of its key; that number.

    Raises:
        StoreUnavailable: others number rows of this key again and again.
    """
    newest = select(func.max(table.c[number])).where(*(table.c[name] == value for name, value in key.items()))
    for _ in range(_ATTEMPTS):
        next_number = (connection.execute(newest).scalar() or 0) + 1
        # Only in PostgreSQL can another writer have taken the number meanwhile; it is then seen next time.
        statement = insert(connection, table).on_conflict_do_nothing().returning(table.c[number])
        if connection.execute(statement, {**key, number: next_number, **values}).first() is not None:
            return next_number
    msg = f"{table.name}: {', '.join(map(str, key.values()))} is being changed by others again and again; try again"
    raise StoreUnavailable(msg)
