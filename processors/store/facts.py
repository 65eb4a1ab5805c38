"""Small facts that a store keeps about itself in the table `meta`."""

from sqlalchemy import Connection, select

from processors.store.schema import meta
from processors.store.upserts import insert


def fact(connection: Connection, key: str) -> str | None:
    """A fact, or None."""
    return connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def set_fact(connection: Connection, key: str, value: str) -> None:
    """Keep a fact; a later one takes its place."""
    statement = insert(connection, meta)
    statement = statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
    connection.execute(statement, {"key": key, "value": value})


def facts_under(connection: Connection, prefix: str) -> dict[str, str]:
    """All facts whose key begins with `prefix`, by the rest of the key."""
    rows = connection.execute(select(meta.c.key, meta.c.value).where(meta.c.key.startswith(prefix, autoescape=True)))
    return {row.key[len(prefix) :]: row.value for row in rows}
