"""Which minutes of a brand were not seen well enough to be judged, from gaps and from how far each source has come."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Connection, func, select

from mentions.clock import tick_of, tick_start
from processors.completeness import ENOUGH
from processors.store.coverage import gaps_within
from processors.store.schema import BUCKET_COUNTS, buckets
from processors.watermark import ShardClock, ShardKey

USUAL = timedelta(days=14)
"""What a source usually brings is taken from so long before."""
GONE = timedelta(days=1)
"""A shard that has not spoken for so long is no source any more."""
Stretch = tuple[int, int]
"""The first and the last of some ticks."""
_COUNTS = tuple(buckets.c[name] for name in BUCKET_COUNTS if not name.startswith("w_"))


Missed = Mapping[str, Sequence[Stretch]]
"""By source, the stretches that one of its shards did not see."""


def incomplete(connection: Connection, brand: str, missed: Missed, window: Stretch) -> list[Stretch]:
    """The stretches of `window` in which the sources that saw all carry less than 80 % of the brand's usual volume."""
    first, last = window
    mine = {
        source: [(max(start, first), min(end, last)) for start, end in stretches if start <= last and end >= first]
        for source, stretches in missed.items()
    }
    return _too_little(mine, _usual(connection, brand, first)) if any(mine.values()) else []


def missed_by_sources(
    connection: Connection,
    clocks: Mapping[ShardKey, ShardClock],
    max_delay: Mapping[str, timedelta],
    window: Stretch,
) -> Missed:
    """What the sources missed of a window.

    Args:
        clocks: how far each shard has come. max_delay: how long a poll's last good look holds, by source.
    """
    first, last = window
    since, until = tick_start(first), tick_start(last + 1)
    found: dict[str, list[Stretch]] = {}
    for shard, gaps in gaps_within(connection, since, until).items():
        for gap in gaps:
            stretch = max(first, tick_of(gap.start)), min(last, _last_of(gap.end))
            if stretch[0] <= stretch[1]:
                found.setdefault(shard.source, []).append(stretch)
    newest = max((clock.at for clock in clocks.values()), default=until)
    for (_, name), clock in clocks.items():
        source = name.split("/")[1]
        reached = _reached(clock, max_delay.get(source, timedelta(0)))
        if newest - clock.at < GONE and (reached is None or reached < until):
            begins = first if reached is None else max(first, tick_of(reached))
            found.setdefault(source, []).append((begins, last))
    return found


def _reached(clock: ShardClock, delay: timedelta) -> datetime | None:
    if clock.complete_until is None:
        return None
    return clock.complete_until + (delay if clock.source_class == "poll" else timedelta(0))


def _last_of(end: datetime) -> int:
    """The last tick that a half-open stretch of time touches."""
    return tick_of(end) - (tick_start(tick_of(end)) == end)


def _usual(connection: Connection, brand: str, first: int) -> dict[str, int]:
    """Mentions by source of the fortnight before."""
    start = tick_start(first)
    total = func.sum(sum(_COUNTS[1:], _COUNTS[0]))
    query = (
        select(buckets.c.source, total)
        .where(buckets.c.brand == brand, buckets.c.start >= start - USUAL, buckets.c.start < start)
        .where(buckets.c.voice != "own")
        .group_by(buckets.c.source)
    )
    return {source: int(count) for source, count in connection.execute(query)}


def _too_little(missed: Mapping[str, Iterable[Stretch]], usual: Mapping[str, int]) -> list[Stretch]:
    """Where the sources that are missing carry more than a fifth; of a brand of which nothing is usual, any source."""
    total = sum(usual.values())
    edges = sorted({edge for stretches in missed.values() for first, last in stretches for edge in (first, last + 1)})
    found: list[Stretch] = []
    for start, end in pairwise(edges):
        lost = {s for s, stretches in missed.items() if any(first <= start <= last for first, last in stretches)}
        share = 1 - sum(usual.get(source, 0) for source in lost) / total if total else float(not lost)
        if lost and share < ENOUGH:
            if found and found[-1][1] == start - 1:
                found[-1] = found[-1][0], end - 1
            else:
                found.append((start, end - 1))
    return found
