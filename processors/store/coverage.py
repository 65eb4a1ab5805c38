"""What was seen of the world, from the heartbeats of the sources: counts, gaps, and how much of a window is covered."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from mentions.records import Gap, SourceClass
from processors.store.schema import coverage, watermarks

MAX_DELAY = timedelta(hours=1)
"""How long a poll is taken to hold when its source's own delay is not given: four times the usual 15 minutes."""
_decode_counts = msgspec.json.Decoder(dict[str, int]).decode
_decode_gaps = msgspec.json.Decoder(tuple[Gap, ...]).decode


class Shard(NamedTuple):
    """One shard of a source, as one outbox knows it."""

    outbox_id: str
    source: str
    shard: str


class Seen(Struct, frozen=True, kw_only=True):
    """What a shard counted in a window; `hits` by brand, `dropped` by reason."""

    seen: int = 0
    matched: int = 0
    deletions: int = 0
    hits: Mapping[str, int] = {}
    dropped: Mapping[str, int] = {}


class SourceRow(Struct, frozen=True, kw_only=True):
    """One shard of a source over a window, half-open.

    Attributes:
        source_class: in JSON `class`.
        last_at: its last heartbeat, inside the window or not. complete_until: all that it received up to here is here.
        gaps: those that touch the window, merged where they overlap.
        completeness: share of the window that it saw, 0..1; None for an empty window.
    """

    source: str
    shard: str
    source_class: SourceClass = msgspec.field(name="class")
    last_at: datetime
    complete_until: datetime | None
    holds: bool
    seen: int
    matched: int
    deletions: int
    dropped: Mapping[str, int]
    gaps: tuple[Gap, ...]
    completeness: float | None


class _Heard(NamedTuple):
    source_class: SourceClass
    first_at: datetime
    last_at: datetime
    complete_until: datetime | None
    holds: bool


def sources(
    connection: Connection, since: datetime, until: datetime, max_delay: Mapping[str, timedelta] | None = None
) -> list[SourceRow]:
    """Say of every shard that was ever heard how it did in [since, until), by source and shard.

    `max_delay`: by source, how long a poll holds; a window counts as seen until the last good poll and this.
    """
    counts = counted(connection, since, until)
    gaps = gaps_within(connection, since, until)
    rows: dict[tuple[str, str], list[Shard]] = {}
    heard = _heard(connection)
    for shard in sorted(heard):
        rows.setdefault((shard.source, shard.shard), []).append(shard)
    return [
        _row(
            since,
            until,
            {shard: heard[shard] for shard in shards},
            counts,
            gaps,
            (max_delay or {}).get(source, MAX_DELAY),
        )
        for (source, _), shards in rows.items()
    ]


def completeness_by_source(rows: Iterable[SourceRow]) -> dict[str, float]:
    """Take of each source the least complete of its shards; shards without a verdict are left out."""
    least: dict[str, float] = {}
    for row in rows:
        if row.completeness is not None:
            least[row.source] = min(row.completeness, least.get(row.source, 1.0))
    return least


def counted(connection: Connection, since: datetime, until: datetime) -> dict[Shard, Seen]:
    """Add up what shards counted in heartbeats of [since, until)."""
    column = coverage.c
    within = (column.at >= since, column.at < until)
    sums = connection.execute(
        select(*_SHARD, *(func.sum(column[name]).label(name) for name in ("seen", "matched", "deletions")))
        .where(*within)
        .group_by(*_SHARD)
    ).all()
    # Most heartbeats say the same of these, so that few texts need to be read.
    hits, dropped = (_added(connection, name, within) for name in ("hits", "dropped"))
    found = {}
    for row in sums:
        shard = Shard(row.outbox_id, row.source, row.shard)
        found[shard] = Seen(
            seen=int(row.seen),
            matched=int(row.matched),
            deletions=int(row.deletions),
            hits=hits.get(shard, {}),
            dropped=dropped.get(shard, {}),
        )
    return found


def gaps_within(connection: Connection, since: datetime, until: datetime) -> dict[Shard, tuple[Gap, ...]]:
    """Read the gaps that touch [since, until), in order and merged where they overlap; a gap is told after its end."""
    rows = connection.execute(
        select(*_SHARD, coverage.c.gaps).where(coverage.c.at >= since, coverage.c.gaps != "[]").order_by(coverage.c.at)
    )
    found: dict[Shard, list[Gap]] = {}
    for row in rows:
        for gap in _decode_gaps(row.gaps):
            if gap.start < until and gap.end > since:
                found.setdefault(Shard(row.outbox_id, row.source, row.shard), []).append(gap)
    return {shard: merged(gaps) for shard, gaps in found.items()}


def merged(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Join gaps that overlap or touch; each joined one keeps all their reasons."""
    joined: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: (gap.start, gap.end)):
        if joined and gap.start <= joined[-1].end:
            last = joined.pop()
            reasons = dict.fromkeys([*last.why.split("; "), *gap.why.split("; ")])
            gap = Gap(last.start, max(last.end, gap.end), "; ".join(reasons))
        joined.append(gap)
    return tuple(joined)


def covered_share(
    since: datetime, until: datetime, spans: Iterable[tuple[datetime, datetime]], gaps: Iterable[Gap]
) -> float | None:
    """Share of [since, until) that lies in any of `spans` and in no gap, 0..1; None for an empty window."""
    if until <= since:
        return None
    seen = timedelta(0)
    missing = merged(gaps)
    for span in merged(Gap(start, end, "") for start, end in spans):
        start, end = max(span.start, since), min(span.end, until)
        if start < end:
            lost = (min(gap.end, end) - max(gap.start, start) for gap in missing if gap.start < end and gap.end > start)
            seen += end - start - sum(lost, timedelta(0))
    return seen / (until - since)


_SHARD = (coverage.c.outbox_id, coverage.c.source, coverage.c.shard)


def _added(connection: Connection, name: str, within: tuple[object, ...]) -> dict[Shard, dict[str, int]]:
    column = coverage.c[name]
    rows = connection.execute(
        select(*_SHARD, column.label("counts"), func.count().label("times"))
        .where(*within, column != "{}")  # type: ignore[arg-type] # column conditions
        .group_by(*_SHARD, column)
    )
    found: dict[Shard, Counter[str]] = {}
    for row in rows:
        total = found.setdefault(Shard(row.outbox_id, row.source, row.shard), Counter())
        for key, count in _decode_counts(row.counts).items():
            total[key] += count * row.times
    return {shard: dict(sorted(total.items())) for shard, total in found.items()}


def _heard(connection: Connection) -> dict[Shard, _Heard]:
    """Every shard that was ever heard: what it said last, and since when it speaks."""
    column = watermarks.c
    first = {
        Shard(row.outbox_id, row.source, row.shard): row.first_at
        for row in connection.execute(select(*_SHARD, func.min(coverage.c.at).label("first_at")).group_by(*_SHARD))
    }
    heard: dict[Shard, _Heard] = {}
    for row in connection.execute(
        select(column.shard, column.source_class, column.at, column.complete_until, column.holds)
    ):
        shard = Shard(*row.shard.split("/", 2))
        before = heard.get(shard)
        if before is None or before.last_at <= row.at:
            start = first.get(shard, row.at)
            heard[shard] = _Heard(row.source_class, start, row.at, row.complete_until, row.holds)
    return heard


def _row(
    since: datetime,
    until: datetime,
    heard: Mapping[Shard, _Heard],
    counts: Mapping[Shard, Seen],
    gaps: Mapping[Shard, tuple[Gap, ...]],
    max_delay: timedelta,
) -> SourceRow:
    """Make one row of a source's shard, which may have had several outboxes."""
    newest = max(heard.values(), key=lambda entry: entry.last_at)
    mine = [counts.get(shard, Seen()) for shard in heard]
    missing = merged(gap for shard in heard for gap in gaps.get(shard, ()))
    grace = max_delay if newest.source_class == "poll" else timedelta(0)
    spans = [(entry.first_at, entry.complete_until + grace) for entry in heard.values() if entry.complete_until]
    dropped: Counter[str] = Counter()
    for entry in mine:
        dropped.update(entry.dropped)
    shard = next(iter(heard))
    return SourceRow(
        source=shard.source,
        shard=shard.shard,
        source_class=newest.source_class,
        last_at=newest.last_at,
        complete_until=newest.complete_until,
        holds=newest.holds,
        seen=sum(entry.seen for entry in mine),
        matched=sum(entry.matched for entry in mine),
        deletions=sum(entry.deletions for entry in mine),
        dropped=dict(sorted(dropped.items())),
        gaps=missing,
        completeness=covered_share(since, until, spans, missing),
    )


def heard_span(connection: Connection) -> tuple[datetime, datetime] | None:
    """The window from the first counted heartbeat to the last word of any shard, inclusive; None when none spoke."""
    first = connection.execute(select(func.min(coverage.c.at))).scalar()
    last = connection.execute(select(func.max(watermarks.c.at))).scalar()
    if first is None or last is None:
        return None
    return first, max(first, last) + timedelta(microseconds=1)
