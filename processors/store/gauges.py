"""SQL of the figures that are shown as gauges, each cheap on a store of a million mentions: none reads the mentions."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from mentions.clock import bucket_of
from processors.store.figures import Tally
from processors.store.schema import BUCKET_COUNTS, alerts, buckets, campaigns
from processors.store.series import Mark, last_mark


def tally_since(connection: Connection, since: datetime, until: datetime) -> dict[str, Tally]:
    """Count the public's mentions of each brand in the whole buckets of [since, until), to five minutes."""
    b = buckets.c
    rows = connection.execute(
        select(b.brand, *(func.sum(b[name]) for name in BUCKET_COUNTS))
        .where(b.start >= bucket_of(since), b.start < until, b.voice == "public")
        .group_by(b.brand)
    )
    return {row[0]: Tally(*map(int, row[1:])) for row in rows}


def last_marks(connection: Connection, brands: tuple[str, ...]) -> dict[str, Mark]:
    """What was seen at each brand's last mark."""
    found = {brand: last_mark(connection, brand) for brand in brands}
    return {brand: mark for brand, mark in found.items() if mark is not None}


def open_alerts(connection: Connection) -> dict[tuple[str, str, str], int]:
    """How many alerts are open, by brand, kind and severity."""
    a = alerts.c
    rows = connection.execute(
        select(a.brand, a.kind, a.severity, func.count())
        .where(a.closed_at.is_(None))
        .group_by(a.brand, a.kind, a.severity)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def opened_alerts(connection: Connection, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
    """How many alerts opened in (since, until], by brand and kind."""
    a = alerts.c
    rows = connection.execute(
        select(a.brand, a.kind, func.count()).where(a.opened_at > since, a.opened_at <= until).group_by(a.brand, a.kind)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def opened_campaigns(connection: Connection, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
    """How many campaigns opened in (since, until], by brand and kind."""
    c = campaigns.c
    rows = connection.execute(
        select(c.brand, c.kind, func.count()).where(c.opened_at > since, c.opened_at <= until).group_by(c.brand, c.kind)
    )
    return {(row[0], row[1]): row[2] for row in rows}


WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}
"""How far each window of `mentions.metric_names.WINDOWS` looks back."""
