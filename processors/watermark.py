"""How far everything has arrived: heartbeats in, one instant out. Pure; the formula is docs/architecture.md, 'Time'.

W(p) of a raw partition p is the least `complete_until` of its stream shards that hold and whose `at` is less than
`STALE` behind the greatest `at` in p; if none holds, that of its most advanced poll shard. The watermark is the least
W(p) over all raw partitions, none exempt, and it never falls.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentions.records import Heartbeat, SourceClass, Watermark

STALE = timedelta(minutes=2)
ShardKey = tuple[int, str]
"""Raw partition, and `outbox_id/source/shard`."""


@dataclass(frozen=True, slots=True)
class ShardClock:
    """The last word of one shard in one raw partition, with the greatest `complete_until` it ever gave."""

    raw_partitions: int
    source_class: SourceClass
    holds: bool
    at: datetime
    complete_until: datetime | None


def shard_name(beat: Heartbeat) -> str:
    """Tell shards of several outboxes apart."""
    return f"{beat.outbox_id}/{beat.source}/{beat.shard}"


def heard(clocks: Mapping[ShardKey, ShardClock], marks: Iterable[Watermark]) -> dict[ShardKey, ShardClock]:
    """Only the clocks that `marks` change. Hearing the same twice, or an old one late, changes nothing."""
    changed: dict[ShardKey, ShardClock] = {}
    for mark in marks:
        for beat in mark.heartbeats:
            key = (mark.raw_partition, shard_name(beat))
            before = changed.get(key) or clocks.get(key)
            after = _listen(before, beat, mark.raw_partitions)
            if after != before:
                changed[key] = after
    return changed


def _listen(before: ShardClock | None, beat: Heartbeat, raw_partitions: int) -> ShardClock:
    if before is None:
        return ShardClock(raw_partitions, beat.source_class, beat.holds, beat.at, beat.complete_until)
    known = [moment for moment in (before.complete_until, beat.complete_until) if moment is not None]
    # the later word; of two at one instant the one that holds, so that no repeat or order matters
    at, holds, source_class = max(
        (before.at, before.holds, before.source_class), (beat.at, beat.holds, beat.source_class)
    )
    return ShardClock(
        raw_partitions=max(raw_partitions, before.raw_partitions),
        source_class=source_class,
        holds=holds,
        at=at,
        complete_until=max(known, default=None),
    )


def watermark(clocks: Mapping[ShardKey, ShardClock], previous: datetime | None) -> datetime | None:
    """The watermark after these clocks; None until every raw partition has been heard."""
    partitions: dict[int, list[ShardClock]] = {}
    for (raw_partition, _), clock in clocks.items():
        partitions.setdefault(raw_partition, []).append(clock)
    expected = max((clock.raw_partitions for clock in clocks.values()), default=0)
    if len(partitions) < expected or not partitions:
        return previous
    marks = [_partition_mark(shards) for shards in partitions.values()]
    known = [mark for mark in marks if mark is not None]
    if len(known) < len(marks):
        return previous
    lowest = min(known)
    return lowest if previous is None else max(lowest, previous)


def _partition_mark(shards: list[ShardClock]) -> datetime | None:
    newest = max(shard.at for shard in shards)
    holding = [
        shard.complete_until
        for shard in shards
        if shard.source_class == "stream"
        and shard.holds
        and newest - shard.at < STALE
        and shard.complete_until is not None
    ]
    if holding:
        return min(holding)
    polled = [s.complete_until for s in shards if s.source_class == "poll" and s.complete_until is not None]
    return max(polled, default=None)
