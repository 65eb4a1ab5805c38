"""Which stretch of time a store knows of."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from processors.store.schema import coverage, watermarks
from processors.store.summaries import span


def heard_span(connection: Connection) -> tuple[datetime, datetime] | None:
    """The window from the first counted heartbeat to the last word of any shard, inclusive; None when none spoke."""
    first = connection.execute(select(func.min(coverage.c.at))).scalar()
    last = connection.execute(select(func.max(watermarks.c.at))).scalar()
    if first is None or last is None:
        return None
    return first, max(first, last) + timedelta(microseconds=1)


def known_span(connection: Connection) -> tuple[datetime, datetime] | None:
    """The window that holds every counted mention and every word of a source; None of an empty store."""
    known = [window for window in (heard_span(connection), span(connection)) if window is not None]
    if not known:
        return None
    return min(start for start, _ in known), max(end for _, end in known)
