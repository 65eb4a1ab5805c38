"""Volume and net sentiment of brands: in all, by source, language and day, and against the period before.

Counts come from the five-minute buckets; what of a window's edges lies inside a bucket is counted from the mentions
themselves, so that any window is exact and agrees with the list of its mentions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection, Select, bindparam, case, func, select

from mentions.clock import BUCKET, bucket_of
from mentions.records import LABELS
from processors.store.brands import all_versions
from processors.store.coverage import completeness
from processors.store.figures import Figures, Tally, fields_of
from processors.store.schema import BUCKET_COUNTS, buckets, mentions
from processors.store.stored_brands import stored_brands

COMPARABLE_FROM = 0.8
"""Periods are compared when what was seen of both is at least this much (docs/architecture.md, 'Completeness')."""


class Part(NamedTuple):
    """What counts are kept apart by."""

    source: str
    lang: str
    voice: str


class SourceFigures(Figures, frozen=True, kw_only=True):
    """The part that one source brought. `completeness`: share of the window that it saw; None: it was never heard."""

    source: str
    completeness: float | None


class LanguageFigures(Figures, frozen=True, kw_only=True):
    """The part in one language, ISO 639-1 or `und`."""

    lang: str


class DayFigures(Figures, frozen=True, kw_only=True):
    """One day in the brand's time zone. `partial`: the window holds only part of it."""

    day: date
    partial: bool


class PreviousFigures(Figures, frozen=True, kw_only=True):
    """The period before.

    Attributes:
        comparable: both periods had the same sources and saw enough of them. `why_not`: what differs, for a person.
    """

    since: datetime
    until: datetime
    completeness: float | None
    comparable: bool
    why_not: str | None


class BrandSummary(Figures, frozen=True, kw_only=True):
    """One brand over a window. All figures are of the public's voice; `own` and `ambassador` count the other two.

    Attributes:
        completeness: of its sources, each by what it brought; None when none of them was ever heard.
        by_source, by_language: most mentions first. by_day: every day of the window, in order.
    """

    brand: str
    role: str
    time_zone: str
    own: int
    ambassador: int
    completeness: float | None
    by_source: tuple[SourceFigures, ...]
    by_language: tuple[LanguageFigures, ...]
    by_day: tuple[DayFigures, ...]
    previous: PreviousFigures


class Summary(Struct, frozen=True, kw_only=True):
    """Event time in [since, until), to the microsecond."""

    since: datetime
    until: datetime
    brands: tuple[BrandSummary, ...]


def summary(
    connection: Connection,
    since: datetime,
    until: datetime,
    *,
    brands: Sequence[str] | None = None,
    time_zone: str | None = None,
    previous_since: datetime | None = None,
    max_delay: Mapping[str, timedelta] | None = None,
) -> Summary:
    """Sum up brands over [since, until).

    Args:
        brands: in the order wanted; None: every brand that is watched or has mentions, by name.
        time_zone: for all brands, instead of each brand's own.
        previous_since: start of the period before, which ends at `since`; None: as long as the window. (A week of
            167 hours, in spring, is compared with the whole week before.)
        max_delay: by source, how long a poll holds (`processors.store.coverage.sources`).
    """
    before = previous_since if previous_since is not None else since - (until - since)
    known = {entry.brand.name: entry for entry in all_versions(connection)}
    if brands is None:
        watched = {name for name, entry in known.items() if not entry.retired}
        brands = sorted(watched.union(stored_brands(connection)))
    seen, seen_before = (
        completeness(connection, start, end, max_delay) for start, end in ((since, until), (before, since))
    )
    summaries = []
    for brand in brands:
        version = known.get(brand)
        zone = time_zone or (version.brand.time_zone if version else "UTC")
        days = [
            (day, partial, tally(connection, brand, start, end))
            for day, start, end, partial in days_of(since, until, ZoneInfo(zone))
        ]
        role = version.brand.role if version else "own"
        past = tally(connection, brand, before, since)
        summaries.append(_summary(brand, role, zone, days, (seen, seen_before), past, (before, since)))
    return Summary(since=since, until=until, brands=tuple(summaries))


def tally(connection: Connection, brand: str, since: datetime, until: datetime) -> dict[Part, Tally]:
    """Count the mentions of [since, until) that are not erased, by source, language and voice."""
    first, last = bucket_of(since + BUCKET - timedelta.resolution), bucket_of(until)
    if first >= last:
        return _counted_rows(connection, brand, since, until)
    counts = [_counted_buckets(connection, brand, first, last)]
    counts += [
        _counted_rows(connection, brand, start, end) for start, end in ((since, first), (last, until)) if start < end
    ]
    return _together(counts)


def mentions_by_stretch(
    connection: Connection, brands: Sequence[str], cuts: Sequence[datetime]
) -> dict[str, tuple[int, ...]]:
    """Count the public's mentions of brands between each cut and the next, by brand; `cuts`: ascending."""
    if any(bucket_of(cut) != cut for cut in cuts):
        return {
            brand: tuple(
                Tally.total(_public(tally(connection, brand, start, end)).values()).mentions
                for start, end in pairwise(cuts)
            )
            for brand in brands
        }
    column = buckets.c
    place = case(*((column.start < cut, number) for number, cut in enumerate(cuts[1:])), else_=len(cuts) - 1)
    counts = sum((column[label] for label in LABELS[1:]), column[LABELS[0]])
    rows = connection.execute(
        select(column.brand, place, func.sum(counts))
        .where(column.brand.in_(brands), column.start >= cuts[0], column.start < cuts[-1], column.voice == "public")
        .group_by(column.brand, place)
    )
    found = {brand: [0] * (len(cuts) - 1) for brand in brands}
    for brand, number, count in rows:
        found[brand][number] = int(count)  # PostgreSQL's sums of bigints are decimals
    return {brand: tuple(numbers) for brand, numbers in found.items()}


def span(connection: Connection, brands: Iterable[str] | None = None) -> tuple[datetime, datetime] | None:
    """The window that holds every counted mention, to whole buckets; None when there is none."""
    edges = [
        connection.execute(
            select(func.min(buckets.c.start), func.max(buckets.c.start)).where(buckets.c.brand == brand)
        ).one()
        for brand in (stored_brands(connection) if brands is None else brands)
    ]
    starts, ends = [edge[0] for edge in edges if edge[0]], [edge[1] for edge in edges if edge[1]]
    return (min(starts), max(ends) + BUCKET) if starts else None


def days_of(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[date, datetime, datetime, bool]]:
    """Cut [since, until) at midnight of `zone`: the day, start and end of its part, and whether it is only a part."""
    day = since.astimezone(zone).date()
    end = since
    while end < until:
        begin, end = _midnight(day, zone, since), _midnight(day + timedelta(days=1), zone, since)
        yield day, max(begin, since), min(end, until), begin < since or end > until
        day += timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo, like: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(like.tzinfo)


def _counted_buckets(connection: Connection, brand: str, first: datetime, last: datetime) -> dict[Part, Tally]:
    rows = connection.execute(_bucket_sums(), {"of": brand, "first": first, "last": last})
    return {Part(*row[:3]): Tally(*map(int, row[3:])) for row in rows}


@cache
def _bucket_sums() -> Select[Any]:
    """Built once: to build it takes longer than to add up a day."""
    column = buckets.c
    parts = (column.source, column.lang, column.voice)
    window = (column.start >= bindparam("first"), column.start < bindparam("last"))
    sums = (func.sum(column[name]) for name in BUCKET_COUNTS)
    return select(*parts, *sums).where(column.brand == bindparam("of"), *window).group_by(*parts)


def _counted_rows(connection: Connection, brand: str, since: datetime, until: datetime) -> dict[Part, Tally]:
    column = mentions.c
    parts = (column.source, column.lang, column.voice)
    rows = connection.execute(
        select(*parts, column.label, func.count(), func.sum(column.weight))
        .where(column.brand == brand, column.created_at >= since, column.created_at < until, column.erased_at.is_(None))
        .group_by(*parts, column.label)
    )
    return _together(
        {Part(*row[:3]): Tally(**{row.label: row[4], f"w_{row.label}": int(row[5])})}
        for row in rows
        if row.label in LABELS
    )


def _together(counts: Iterable[Mapping[Part, Tally]]) -> dict[Part, Tally]:
    found: dict[Part, list[Tally]] = {}
    for part, value in ((part, value) for count in counts for part, value in count.items()):
        found.setdefault(part, []).append(value)
    return {part: Tally.total(values) for part, values in found.items()}


def _summary(
    brand: str,
    role: str,
    zone: str,
    days: Sequence[tuple[date, bool, Mapping[Part, Tally]]],
    seen: tuple[Mapping[str, float], Mapping[str, float]],
    past: Mapping[Part, Tally],
    past_window: tuple[datetime, datetime],
) -> BrandSummary:
    counts = _together(tallies for _, _, tallies in days)
    public = _public(counts)
    by_source = _by(public, lambda part: part.source)
    voices = _by(counts, lambda part: part.voice)
    return BrandSummary(
        **fields_of(Tally.total(public.values())),
        brand=brand,
        role=role,
        time_zone=zone,
        own=voices.get("own", Tally()).mentions,
        ambassador=voices.get("ambassador", Tally()).mentions,
        completeness=_completeness(by_source, seen[0]),
        by_source=tuple(
            SourceFigures(**fields_of(count), source=source, completeness=seen[0].get(source))
            for source, count in _largest_first(by_source)
        ),
        by_language=tuple(
            LanguageFigures(**fields_of(count), lang=lang)
            for lang, count in _largest_first(_by(public, lambda part: part.lang))
        ),
        by_day=tuple(
            DayFigures(**fields_of(Tally.total(_public(tallies).values())), day=day, partial=partial)
            for day, partial, tallies in days
        ),
        previous=_previous(by_source, _by(_public(past), lambda part: part.source), seen, past_window),
    )


def _previous(
    now: Mapping[str, Tally],
    past: Mapping[str, Tally],
    seen: tuple[Mapping[str, float], Mapping[str, float]],
    window: tuple[datetime, datetime],
) -> PreviousFigures:
    shares = _completeness(now, seen[0]), _completeness(past, seen[1])
    why_not = _why_not(seen, shares)
    return PreviousFigures(
        **fields_of(Tally.total(past.values())),
        since=window[0],
        until=window[1],
        completeness=shares[1],
        comparable=why_not is None,
        why_not=why_not,
    )


def _why_not(
    seen: tuple[Mapping[str, float], Mapping[str, float]], shares: tuple[float | None, float | None]
) -> str | None:
    heard, heard_before = ({source for source, share in entry.items() if share > 0} for entry in seen)
    if heard != heard_before:
        return f"only one of the two periods has {', '.join(sorted(heard ^ heard_before))}"
    low = [share for share in shares if share is not None and share < COMPARABLE_FROM]
    return f"only {min(low):.0%} of a period was seen" if low else None


def _completeness(by_source: Mapping[str, Tally], seen: Mapping[str, float]) -> float | None:
    return average_seen({source: count.mentions for source, count in by_source.items()}, seen)


def average_seen(mentions: Mapping[str, int], seen: Mapping[str, float]) -> float | None:
    """Average what was seen of the sources, each by what it brought; alike when none brought anything.

    Args:
        mentions: by source, over as long a time as tells what is usual. seen: by source, in [0, 1].
    """
    volume = {source: count for source, count in mentions.items() if source in seen and count}
    weights = volume or dict.fromkeys(seen, 1)
    total = sum(weights.values())
    return sum(seen[source] * weight for source, weight in weights.items()) / total if total else None


def _public(counts: Mapping[Part, Tally]) -> dict[Part, Tally]:
    return {part: count for part, count in counts.items() if part.voice == "public"}


def _by(counts: Mapping[Part, Tally], name: Callable[[Part], str]) -> dict[str, Tally]:
    found: dict[str, list[Tally]] = {}
    for part, count in counts.items():
        found.setdefault(name(part), []).append(count)
    return {key: Tally.total(values) for key, values in found.items()}


def _largest_first(counts: Mapping[str, Tally]) -> list[tuple[str, Tally]]:
    return sorted(counts.items(), key=lambda item: (-item[1].mentions, item[0]))
