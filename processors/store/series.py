"""How a brand's mentions and its negative spikes went over time: slots of equal length, from buckets and marks."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection, func, select

from mentions.clock import TICK, tick_of, tick_start
from processors.store.figures import ENOUGH, Figures, Tally, fields_of
from processors.store.schema import BUCKET_COUNTS, buckets, spike_ticks

SpikeState = Literal["usual", "learning", "incomplete"]
SEEN_BY = 2 / 3
"""Net sentiment over time takes stretches so long that at least this share of those with any opinion has enough."""
_FACTORS = (1, 2, 3, 4, 6, 8, 12, 24)
"""Slots that may be taken together."""


class Slot(Figures, frozen=True, kw_only=True):
    """The public's mentions of [start, end), event time."""

    start: datetime
    end: datetime


class Mark(Struct, frozen=True, kw_only=True):
    """What spike detection saw of the hour that ends at `at`, the most surprising of its slot.

    Attributes:
        at: end of its minute. negatives, total: votes of the rolling hour.
        expected, low, high: negatives that are usual then, and the band of the usual; None: nothing is learnt yet.
        state: `incomplete`: too little was heard to judge it. `learning`: the usual is still being learnt.
    """

    at: datetime
    negatives: float
    total: float
    expected: float | None
    low: float | None
    high: float | None
    score: float | None
    state: SpikeState


def tallies(
    connection: Connection, brand: str, since: datetime, until: datetime, step: timedelta
) -> list[tuple[datetime, Tally]]:
    """Count the public's mentions of each slot [start, start + step) of [since, until), oldest first.

    Args:
        since, until: ends of buckets, a whole number of steps apart. step: whole buckets.
    """
    column = buckets.c
    rows = connection.execute(
        select(column.start, *(func.sum(column[name]) for name in BUCKET_COUNTS))
        .where(column.brand == brand, column.start >= since, column.start < until, column.voice == "public")
        .group_by(column.start)
    )
    counts = [[0] * len(BUCKET_COUNTS) for _ in range((until - since) // step)]
    for start, *numbers in rows:
        slot = counts[(start - since) // step]
        for place, number in enumerate(numbers):
            slot[place] += int(number)  # PostgreSQL's sums of bigints are decimals
    return [(since + place * step, Tally(*numbers)) for place, numbers in enumerate(counts)]


def slots(counted: Sequence[tuple[datetime, Tally]], step: timedelta) -> list[Slot]:
    """Compute the figures of slots."""
    return [Slot(**fields_of(tally), start=start, end=start + step) for start, tally in counted]


def net_slots(counted: Sequence[tuple[datetime, Tally]], step: timedelta) -> list[Slot]:
    """Take slots together, the last ones whole, until most have enough opinions (30) for their net sentiment.

    The shortest stretch at which `SEEN_BY` of those with any opinion may be shown; if none is, the longest that still
    leaves two of them. Empty for fewer than two slots.
    """
    if len(counted) < 2:
        return []
    found: list[Slot] = []
    for factor in (factor for factor in _FACTORS if len(counted) // factor >= 2):
        found = slots(list(_joined(counted, factor)), factor * step)
        with_any = [slot for slot in found if slot.n]
        if with_any and sum(slot.n >= ENOUGH for slot in with_any) >= SEEN_BY * len(with_any):
            break
    return found


def _joined(counted: Sequence[tuple[datetime, Tally]], factor: int) -> Iterator[tuple[datetime, Tally]]:
    """Slots taken together from the last one back; what is left over at the beginning is left out."""
    for first in range(len(counted) % factor, len(counted), factor):
        part = counted[first : first + factor]
        yield part[0][0], Tally.total(tally for _, tally in part)


def marks(connection: Connection, brand: str, since: datetime, until: datetime, step: timedelta = TICK) -> list[Mark]:
    """Read what spike detection saw in [since, until): of each slot of `step` the mark that surprised most."""
    column = spike_ticks.c
    rows = connection.execute(
        select(spike_ticks)
        .where(column.brand == brand, column.tick >= tick_of(since), column.tick < tick_of(until))
        .order_by(column.tick)
    )
    width = max(1, step // TICK)
    first = tick_of(since)
    kept: dict[int, tuple[tuple[float, float], Mark]] = {}
    for row in rows:
        mark = _mark(row)
        rank = (mark.negatives - (mark.high or 0.0), mark.negatives)
        place = (row.tick - first) // width
        if place not in kept or rank >= kept[place][0]:
            kept[place] = rank, mark
    return [mark for _, (_, mark) in sorted(kept.items())]


def last_mark(connection: Connection, brand: str) -> Mark | None:
    """The newest mark of a brand; None: its negatives were never judged."""
    column = spike_ticks.c
    newest = select(spike_ticks).where(column.brand == brand).order_by(column.tick.desc()).limit(1)
    row = connection.execute(newest).first()
    return None if row is None else _mark(row)


def _mark(row: Any) -> Mark:
    names = ("negatives", "total", "expected", "low", "high", "score", "state")
    return Mark(at=tick_start(row.tick + 1), **{name: getattr(row, name) for name in names})
