"""What was seen of the world, from the heartbeats of the sources: counts, gaps, and how much of a window is covered."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select, text

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

    def span(self, delay: timedelta) -> list[tuple[datetime, datetime]]:
        """The time of which everything is here; a poll holds for `delay`."""
        if self.complete_until is None:
            return []
        return [(self.first_at, self.complete_until + (delay if self.source_class == "poll" else timedelta(0)))]


def sources(
    connection: Connection, since: datetime, until: datetime, max_delay: Mapping[str, timedelta] | None = None
) -> list[SourceRow]:
    """Say of every shard that was ever heard how it did in [since, until), by source and shard.

    `max_delay`: by source, how long a poll holds; a window counts as seen until the last good poll and this.
    """
    counts = counted(connection, since, until)
    return [
        _row(view, [counts.get(shard, Seen()) for shard in view.heard])
        for view in _views(connection, since, until, max_delay)
    ]


def completeness(
    connection: Connection, since: datetime, until: datetime, max_delay: Mapping[str, timedelta] | None = None
) -> dict[str, float]:
    """Say of every source that was ever heard which share of [since, until) the least complete of its shards saw.

    The same as in `sources`, without counting anything. Empty for an empty window.
    """
    least: dict[str, float] = {}
    for view in _views(connection, since, until, max_delay):
        if view.share is not None:
            least[view.source] = min(view.share, least.get(view.source, 1.0))
    return least


def counted(connection: Connection, since: datetime, until: datetime) -> dict[Shard, Seen]:
    """Add up what shards counted in heartbeats of [since, until)."""
    column = coverage.c
    texts = (column.hits, column.dropped)
    sums = (func.sum(column.seen), func.sum(column.matched), func.sum(column.deletions))
    # Idle heartbeats say the same by the thousand: each text is read once.
    rows = connection.execute(
        select(*_SHARD, *texts, func.count(), *sums)
        .where(column.at >= since, column.at < until)
        .group_by(*_SHARD, *texts)
    )
    totals: dict[Shard, _Total] = {}
    for outbox_id, source, shard, hits, dropped, times, *numbers in rows:
        total = totals.setdefault(Shard(outbox_id, source, shard), _Total())
        total.numbers = [old + int(new) for old, new in zip(total.numbers, numbers, strict=True)]
        total.add(total.hits, hits, times)
        total.add(total.dropped, dropped, times)
    return {shard: total.seen() for shard, total in totals.items()}


def gaps_within(connection: Connection, since: datetime, until: datetime) -> dict[Shard, tuple[Gap, ...]]:
    """Read the gaps that touch [since, until), in order and merged where they overlap; a gap is told after its end."""
    any_gap = text("gaps <> '[]'")  # to the letter as in the index that holds only these
    rows = connection.execute(select(*_SHARD, coverage.c.gaps).where(coverage.c.at >= since, any_gap))
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


class _Total:
    """Sums of one shard while they are added up."""

    def __init__(self) -> None:
        self.numbers = [0, 0, 0]
        self.hits: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()

    @staticmethod
    def add(counts: Counter[str], given: str, times: int) -> None:
        if given != "{}":
            for key, count in _decode_counts(given).items():
                counts[key] += count * times

    def seen(self) -> Seen:
        seen, matched, deletions = self.numbers
        hits, dropped = dict(sorted(self.hits.items())), dict(sorted(self.dropped.items()))
        return Seen(seen=seen, matched=matched, deletions=deletions, hits=hits, dropped=dropped)


class _View(NamedTuple):
    """One row of `sources` without its counts."""

    source: str
    shard: str
    heard: Mapping[Shard, _Heard]
    gaps: tuple[Gap, ...]
    share: float | None


def _views(
    connection: Connection, since: datetime, until: datetime, max_delay: Mapping[str, timedelta] | None
) -> list[_View]:
    """Put together what one shard of a source said from all the outboxes that it had."""
    gaps = gaps_within(connection, since, until)
    rows: dict[tuple[str, str], dict[Shard, _Heard]] = {}
    for shard, said in sorted(_heard(connection).items()):
        rows.setdefault((shard.source, shard.shard), {})[shard] = said
    views = []
    for (source, name), heard in rows.items():
        missing = merged(gap for shard in heard for gap in gaps.get(shard, ()))
        delay = (max_delay or {}).get(source, MAX_DELAY)
        share = covered_share(since, until, [span for said in heard.values() for span in said.span(delay)], missing)
        views.append(_View(source, name, heard, missing, share))
    return views


def _heard(connection: Connection) -> dict[Shard, _Heard]:
    """Read what every shard that was ever heard said last, and since when it speaks."""
    column = watermarks.c
    columns = (column.shard, column.source_class, column.at, column.complete_until, column.holds)
    heard: dict[Shard, _Heard] = {}
    for name, source_class, at, complete_until, holds in connection.execute(select(*columns).order_by(column.at)):
        heard[Shard(*name.split("/", 2))] = _Heard(source_class, at, at, complete_until, holds)
    return {
        shard: said._replace(first_at=_first_at(connection, shard) or said.last_at) for shard, said in heard.items()
    }


def _first_at(connection: Connection, shard: Shard) -> datetime | None:
    """From when on it has everything: a stream that looks back begins before its first word."""
    mine = (column == part for column, part in zip(_SHARD, shard, strict=True))
    first = select(coverage.c.at, coverage.c.complete_until).where(*mine).order_by(coverage.c.seq).limit(1)
    row = connection.execute(first).first()
    return None if row is None else min(moment for moment in row if moment is not None)


def _row(view: _View, counts: list[Seen]) -> SourceRow:
    newest = max(view.heard.values(), key=lambda said: said.last_at)
    dropped: Counter[str] = Counter()
    for entry in counts:
        dropped.update(entry.dropped)
    return SourceRow(
        source=view.source,
        shard=view.shard,
        source_class=newest.source_class,
        last_at=newest.last_at,
        complete_until=newest.complete_until,
        holds=newest.holds,
        seen=sum(entry.seen for entry in counts),
        matched=sum(entry.matched for entry in counts),
        deletions=sum(entry.deletions for entry in counts),
        dropped=dict(sorted(dropped.items())),
        gaps=view.gaps,
        completeness=view.share,
    )
