"""The brands that have mentions, found without reading the mentions."""

from sqlalchemy import Connection, func, select

from processors.store.schema import mentions


def stored_brands(connection: Connection) -> list[str]:
    """Name the brands of stored mentions in order, configured or not: one step in an index for each."""
    first = select(func.min(mentions.c.brand).label("name")).cte("names", recursive=True)
    following = select(func.min(mentions.c.brand)).where(mentions.c.brand > first.c.name).scalar_subquery()
    names = first.union_all(select(following).where(first.c.name.is_not(None)))
    return list(connection.execute(select(names.c.name).where(names.c.name.is_not(None))).scalars())
