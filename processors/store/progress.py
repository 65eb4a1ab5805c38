"""How far a log was read: the fence that lets only one worker write, and the watermark's memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mentions.errors import NotOurs
from mentions.partitioning import partition_of
from mentions.records import Heartbeat, SourceClass
from processors.store.schema import coverage, dead_letters, progress, watermarks
from processors.store.tombstones import adopt_tombstones
from processors.store.upserts import insert, prepared, write_all
from processors.watermark import ShardClock, ShardKey

NOTHING_READ = -1


@dataclass(frozen=True, slots=True)
class LogPartition:
    """One partition of one log; `log_id` is the topic's or the outbox's UUID, so a recreated log is another one.

    Attributes:
        partitions: how many the log has; no part of its name, for it never changes.
    """

    log_id: str
    topic: str = "outbox"
    partition: int = 0
    partitions: int = 1

    def owns(self, key: str) -> bool:
        """Whether records with this key (a brand, or the name of a shard) are this partition's to act on."""
        return self.partitions == 1 or partition_of(key, self.partitions) == self.partition


@dataclass(frozen=True, slots=True)
class Progress:
    """The last offset whose effects are in the store, and the watermark then."""

    offset: int = NOTHING_READ
    watermark: datetime | None = None


def _row(log: LogPartition) -> object:
    return and_(progress.c.log_id == log.log_id, progress.c.topic == log.topic, progress.c.partition == log.partition)


def load(connection: Connection, log: LogPartition) -> Progress | None:
    """Read how far a log was processed, without taking it over; None when it never was."""
    row = connection.execute(select(progress.c.offset, progress.c.watermark).where(_row(log))).first()  # type: ignore[arg-type] # and_ of columns
    return None if row is None else Progress(row.offset, row.watermark)


def take_over(connection: Connection, log: LogPartition) -> Progress:
    """Load the progress of a log; a log never read starts before its first offset, and knows what was deleted."""
    if _begin(connection, log):
        adopt_tombstones(connection, log.partition)
    done = load(connection, log)
    if done is None:
        msg = "a row that was inserted or kept from being inserted can be read"
        raise AssertionError(msg)
    return done


_ELSEWHERE = select(progress.c.log_id, progress.c.topic, progress.c.partition, progress.c.offset).where(
    or_(progress.c.log_id != bindparam("mine"), progress.c.topic != bindparam("its"))
)
Elsewhere = frozenset[tuple[str, str, int, int]]
"""Log, topic, partition, offset."""


def elsewhere(connection: Connection, log: LogPartition) -> Elsewhere:
    """How far every other log was processed: as long as that is the same, nobody else wrote of this worker's brands."""
    rows = connection.execute(_ELSEWHERE, {"mine": log.log_id, "its": log.topic}).all()
    return frozenset((row[0], row[1], row[2], row[3]) for row in rows)


def _begin(connection: Connection, log: LogPartition) -> bool:
    """Whether the log was never read before."""
    first = {"log_id": log.log_id, "topic": log.topic, "partition": log.partition, "offset": NOTHING_READ}
    statement = insert(connection, progress).on_conflict_do_nothing().values(first)
    # a returned row: the count of an INSERT's rows is not told on every database
    return connection.execute(statement.returning(progress.c.offset)).first() is not None


def accept_gap(connection: Connection, log: LogPartition, offset: int) -> Progress:
    """Go on behind `offset` although records up to it were never processed: somebody accepts that they are gone.

    Never goes back. Whoever works on the log meanwhile finds that it moved.

    Returns:
        The progress now.
    """
    take_over(connection, log)
    connection.execute(update(progress).where(_row(log), progress.c.offset < offset).values(offset=offset))  # type: ignore[arg-type] # as above
    return take_over(connection, log)


def advance(connection: Connection, log: LogPartition, loaded: Progress, new: Progress) -> None:
    """Move on, or find out that somebody else did.

    Raises:
        NotOurs: the row no longer says what was loaded. Roll back, forget the memory, take over again.
    """
    changed = connection.execute(
        update(progress)
        .where(_row(log), progress.c.offset == loaded.offset)  # type: ignore[arg-type] # as above
        .values(offset=new.offset, watermark=new.watermark)
    )
    if changed.rowcount != 1:
        raise NotOurs(
            f"log {log.log_id}, partition {log.partition}: another worker went on from offset {loaded.offset}"
        )


def load_clocks(connection: Connection, log: LogPartition) -> dict[ShardKey, ShardClock]:
    """What every shard of a log last said."""
    rows = connection.execute(
        select(watermarks).where(
            watermarks.c.log_id == log.log_id,
            watermarks.c.topic == log.topic,
            watermarks.c.partition == log.partition,
        )
    )
    return {
        (row.raw_partition, row.shard): ShardClock(
            row.raw_partitions, cast(SourceClass, row.source_class), row.holds, row.at, row.complete_until
        )
        for row in rows
    }


def save_clocks(connection: Connection, log: LogPartition, changed: Mapping[ShardKey, ShardClock]) -> None:
    """Write the clocks that changed."""
    mine = (log.log_id, log.topic, log.partition)
    rows = [
        (*mine, part, shard, clock.raw_partitions, clock.source_class, clock.holds, clock.at, clock.complete_until)
        for (part, shard), clock in changed.items()
    ]
    write_all(connection, prepared(connection, _clocks(connection.dialect.name), watermarks, _CLOCK_COLUMNS), rows)


_CLOCK_COLUMNS = tuple(column.name for column in watermarks.columns)


@cache
def _clocks(dialect: str) -> Any:
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(watermarks)
    said = {name: statement.excluded[name] for name in _CLOCK_COLUMNS if name not in watermarks.primary_key}
    return statement.on_conflict_do_update(index_elements=list(watermarks.primary_key), set_=said)


def save_coverage(connection: Connection, beats: Iterable[Heartbeat]) -> None:
    """Keep what heartbeats counted, once each; one that counted nothing and saw no gap leaves no row."""
    rows = [_coverage_row(beat) for beat in beats if beat.counts.seen or beat.gaps]
    columns = tuple(column.name for column in coverage.columns)
    write_all(connection, prepared(connection, _covering(connection.dialect.name), coverage, columns), rows)


@cache
def _covering(dialect: str) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(coverage).on_conflict_do_nothing()


def _coverage_row(beat: Heartbeat) -> tuple[object, ...]:
    return (
        beat.outbox_id,
        beat.source,
        beat.shard,
        beat.seq,
        beat.at,
        beat.source_class,
        beat.complete_until,
        beat.holds,
        beat.counts.seen,
        beat.counts.matched,
        beat.counts.deletions,
        msgspec.json.encode(beat.counts.hits).decode(),
        msgspec.json.encode(beat.counts.dropped).decode(),
        msgspec.json.encode(beat.gaps).decode(),
    )


def bury(connection: Connection, log: LogPartition, letters: Sequence[Mapping[str, object]], at: datetime) -> None:
    """Keep log records that could not be used: each has `offset`, `reason`, `payload`."""
    place = {"log_id": log.log_id, "topic": log.topic, "partition": log.partition, "at": at}
    if letters:
        connection.execute(
            insert(connection, dead_letters).on_conflict_do_nothing(), [{**place, **letter} for letter in letters]
        )


def newest_watermark(connection: Connection, besides: str) -> datetime | None:
    """The greatest watermark that any log but `besides` has reached in this store."""
    return connection.execute(select(func.max(progress.c.watermark)).where(progress.c.log_id != besides)).scalar()


def has_begun(connection: Connection, log_id: str) -> bool:
    """Whether anything of a log was ever processed."""
    query = select(progress.c.offset).where(progress.c.log_id == log_id, progress.c.offset > NOTHING_READ)
    return connection.execute(query.limit(1)).first() is not None
