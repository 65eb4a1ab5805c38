"""A store of many mentions in short time: an invented world through the pipeline, then its rows copied in bulk.

The world's two brands are played once by the embedded run. Each is then kept under further names, and each mention
copied under further ids, with its author, cluster, links and what it answers; what is derived (buckets, days of
authors, campaigns, alerts) is copied or multiplied with it, so that the tables agree as the pipeline would have left
them. Heartbeats are one a minute over the whole time, with a gap every few days.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, literal, select, update

from atalaya.embedded import EmbeddedRun, Plan
from ingest.simulation.brands import DEMO_BRANDS
from ingest.sources.simulated import SimulatedSource
from mentions.records import Gap
from mentions.settings import OutboxSettings, Settings, StoreSettings
from processors.store import brands as stored
from processors.store.opening import open_store
from processors.store.schema import (
    BUCKET_COUNTS,
    alert_steps,
    alerts,
    author_days,
    authors,
    buckets,
    campaigns,
    coverage,
    link_mentions,
    mentions,
    spike_ticks,
    watermarks,
)

UNTIL = datetime(2026, 11, 23, tzinfo=UTC)
WEEKS = 6
BRANDS = 6
_DAY_COUNTS = ("mentions", "positive", "neutral", "negative", "unjudged", "weight", "copies", "spam", "score")
_BEAT, _GAP_EVERY = timedelta(minutes=1), 5_000


def fill(url: str, folder: Path, *, volume: float, copies: int) -> int:
    """Fill an empty store; return how many mentions are in it.

    Args:
        volume: of the world; 1 is about 400 mentions a brand and day. copies: of every mention, itself included.
    """
    _play(url, folder, volume)
    with open_store(url) as store:
        with store.writing() as connection:
            for number in range(1, copies):
                _copy_mentions(connection, f"-{number}")
            _multiply(connection, copies)
            _beat(connection)
        for number in range(2, BRANDS // len(DEMO_BRANDS) + 1):
            with store.writing() as connection:
                _copy_brands(connection, f"-{number}")
        with store.writing() as connection:
            connection.exec_driver_sql("ANALYZE")
            return int(connection.execute(select(func.count()).select_from(mentions)).scalar_one())


def _play(url: str, folder: Path, volume: float) -> None:
    settings = Settings(store=StoreSettings(url=url), outbox=OutboxSettings(path=str(folder / "outbox.sqlite")))
    source = SimulatedSource(seed=1, days=7 * WEEKS, until=UNTIL, live=False, live_crisis=False, volume=volume)
    plan = Plan(settings=settings, sources=[source], brands=DEMO_BRANDS, max_delay={}, finite=True)
    asyncio.run(EmbeddedRun(plan).run())


def _copied(connection: Connection, table: Table, changed: Mapping[str, Any], *where: Any) -> None:
    """Insert a table's rows once more, with some columns changed."""
    columns = [changed.get(column.name, column) for column in table.columns]
    names = [column.name for column in table.columns]
    connection.execute(insert(table).from_select(names, select(*columns).where(*where)))


def _first(table: Table, column: str = "id") -> Any:
    """The condition that a row is of the world itself, not a copy: no id of the world has this ending."""
    return ~table.c[column].like("%-%")


def _copy_mentions(connection: Connection, ending: str) -> None:
    """Under new ids by new authors; the brands' own accounts and ambassadors stay who they are."""
    m, end = mentions.c, literal(ending)
    public = m.voice == "public"
    grown = {name: m[name] + end for name in ("id", "in_reply_to", "root_id", "cluster")}
    own = select(m.author_id).where(~public, m.author_id.is_not(None)).scalar_subquery()
    _copied(connection, mentions, {**grown, "author_id": m.author_id + end}, _first(mentions), public)
    _copied(connection, mentions, grown, _first(mentions), ~public)
    for people in (authors, author_days):
        author = people.c.author_id
        _copied(connection, people, {"author_id": author + end}, _first(people, "author_id"), author.not_in(own))
    _copied(connection, link_mentions, {"id": link_mentions.c.id + end}, _first(link_mentions))
    _copied(connection, campaigns, {"cluster": campaigns.c.cluster + end}, _first(campaigns, "cluster"))


def _multiply(connection: Connection, copies: int) -> None:
    """What is counted of all copies together."""
    m = mentions.c
    own = select(m.author_id).where(m.voice != "public", m.author_id.is_not(None)).scalar_subquery()
    connection.execute(update(buckets).values({name: buckets.c[name] * copies for name in BUCKET_COUNTS}))
    days = {name: author_days.c[name] * copies for name in _DAY_COUNTS}
    connection.execute(update(author_days).where(author_days.c.author_id.in_(own)).values(days))


def _copy_brands(connection: Connection, ending: str) -> None:
    for brand in DEMO_BRANDS:
        name = f"{brand.name}{ending}"
        new = msgspec.structs.replace(brand, name=name, role="competitor")
        stored.add_version(connection, new, who="benchmark", why="a further brand", now=UNTIL)
        for table in (mentions, author_days, link_mentions, buckets, campaigns, spike_ticks):
            _copied(connection, table, {"brand": literal(name)}, table.c.brand == brand.name)
        end, mine = literal(ending), select(alerts.c.id).where(alerts.c.brand == brand.name).scalar_subquery()
        _copied(connection, alert_steps, {"alert": alert_steps.c.alert + end}, alert_steps.c.alert.in_(mine))
        renamed = {"brand": literal(name), "id": alerts.c.id + end}
        _copied(connection, alerts, renamed, alerts.c.brand == brand.name)


def _beat(connection: Connection) -> None:
    """In place of the few heartbeats of a played world, those of a source that was heard all the time."""
    c = coverage.c
    shard = connection.execute(select(c.outbox_id, c.source, c.shard).limit(1)).one()._asdict()
    connection.execute(delete(coverage))
    began = UNTIL - timedelta(weeks=WEEKS)
    beats = [began + number * _BEAT for number in range((UNTIL - began) // _BEAT + 1)]
    connection.execute(insert(coverage), [_heartbeat(shard, number, at) for number, at in enumerate(beats, 1)])
    connection.execute(update(watermarks).values(at=UNTIL, complete_until=UNTIL))


def _heartbeat(shard: Mapping[str, Any], number: int, at: datetime) -> dict[str, Any]:
    gaps: Sequence[Gap] = (Gap(at - 7 * _BEAT, at - _BEAT, "connection lost"),) if number % _GAP_EVERY == 0 else ()
    return {
        **shard, "seq": number, "at": at, "source_class": "stream", "complete_until": at, "holds": True,
        "seen": 40, "matched": 17, "deletions": 0, "hits": '{"lumbre":9,"nubira":8}',
        "dropped": '{"duplicate":1,"unmatched":22}', "gaps": msgspec.json.encode(gaps).decode(),
    }  # fmt: skip
