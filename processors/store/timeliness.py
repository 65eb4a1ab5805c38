"""How fast mentions get here, and how many of them no engine could judge."""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, select

from processors.store.figures import nearest_rank
from processors.store.schema import mentions

MOST = 1_000
"""Mentions looked at: enough for a 95th percentile, however busy the hour."""
RECENT = timedelta(hours=1)


class Timeliness(Struct, frozen=True, kw_only=True):
    """From being written to being stored, in seconds, of a brand's mentions written in the last hour.

    Attributes:
        n: how many were written, at most `MOST`, the newest. p50, p95: quantiles (nearest rank); None: there was none.
    """

    n: int
    p50: float | None
    p95: float | None


def timeliness(connection: Connection, brand: str, now: datetime) -> Timeliness:
    """Measure the last hour before `now`. What a replay or an import brings is older and does not count."""
    column = mentions.c
    rows = connection.execute(
        select(column.created_at, column.stored_at)
        .where(column.brand == brand, column.created_at > now - RECENT, column.created_at <= now)
        .order_by(column.created_at.desc())
        .limit(MOST)
    )
    ages = sorted(max(0.0, (row.stored_at - row.created_at).total_seconds()) for row in rows)
    return Timeliness(n=len(ages), p50=nearest_rank(ages, 0.5), p95=nearest_rank(ages, 0.95))
