"""Volume by the hour, and what there is to choose from: two small questions to the buckets."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from processors.store.schema import buckets

HOUR = timedelta(hours=1)


def by_hour(connection: Connection, brand: str, until: datetime, hours: int) -> list[tuple[int, int]]:
    """Count the public's mentions, and the negative ones among them, of each of the last `hours` hours, oldest first.

    The hours end at `until`, which must be the end of a bucket; a bucket is counted in the hour that holds its start.
    """
    since = until - hours * HOUR
    column = buckets.c
    every = column.positive + column.neutral + column.negative + column.unjudged
    rows = connection.execute(
        select(column.start, func.sum(every), func.sum(column.negative))
        .where(column.brand == brand, column.start >= since, column.start < until, column.voice == "public")
        .group_by(column.start)
    )
    counts = [[0, 0] for _ in range(hours)]
    for start, count, negative in rows:
        hour = counts[(start - since) // HOUR]
        hour[0] += int(count)
        hour[1] += int(negative)
    return [(count, negative) for count, negative in counts]


def sources_and_languages(
    connection: Connection, brands: Collection[str], since: datetime
) -> tuple[list[str], list[str]]:
    """Name the sources and the languages that brought anything since then, in order."""
    column = buckets.c
    rows = connection.execute(
        select(column.source, column.lang).where(column.brand.in_(brands), column.start >= since).distinct()
    ).all()
    return sorted({row.source for row in rows}), sorted({row.lang for row in rows})
