"""Why did I get nothing? Per brand and source: what was seen, what matched, what was dropped and why, what is left."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, func, select

from mentions.records import FULL_WEIGHT
from processors.store.brands import current
from processors.store.coverage import Seen, counted
from processors.store.figures import Tally
from processors.store.schema import drops, mentions
from processors.store.stored_brands import stored_brands
from processors.store.summaries import tally


class FunnelRow(Struct, frozen=True, kw_only=True):
    """The way from one source to one brand over a window, half-open.

    What the source counted (`seen`, `deletions`, `dropped`, `matched`) falls into the window by when it was received,
    what is stored by its event time; so `matched` and `stored` differ where posts came late, too.

    Attributes:
        seen: all that the source sent, for whatever brand. `deletions`: of these, deletions that were passed on.
        dropped: of these, by reason (`mentions.drops`); `unmatched` by no brand's query.
        matched: posts that matched this brand.
        dropped_later: by reason, what was dropped behind the log since the store began: duplicates, edits, ...
        erased: deleted at the source after they were stored, and no longer counted in `stored`.
        stored: mentions in any voice. `weighted`: what they count together, 1.0 each at full weight.
    """

    brand: str
    source: str
    seen: int
    deletions: int
    dropped: Mapping[str, int]
    matched: int
    dropped_later: Mapping[str, int]
    erased: int
    stored: int
    weighted: float


class _Pair(NamedTuple):
    brand: str
    source: str


_UNKNOWN = _Pair("", "")


def funnel(
    connection: Connection,
    since: datetime,
    until: datetime,
    *,
    brands: Sequence[str] | None = None,
    source: str | None = None,
) -> list[FunnelRow]:
    """Follow what came in [since, until), for each brand and each source, by brand and source.

    `brands` None: every brand that is watched or has mentions. A source without anything for a brand has a row too.
    A last row with empty brand and source holds the log records that could not even be read, if there were any.
    """
    if brands is None:
        brands = sorted({entry.brand.name for entry in current(connection)}.union(stored_brands(connection)))
    seen = _by_source(counted(connection, since, until).items())
    stored = {_Pair(brand, name): count for brand in brands for name, count in _stored(connection, brand, since, until)}
    later, erased = _dropped_later(connection), _erased(connection, since, until)
    known = seen.keys() | {pair.source for pair in (*stored, *later, *erased) if pair.brand in brands}
    rows = [
        _row(pair, seen.get(name, Seen()), later.get(pair, {}), erased.get(pair, 0), stored.get(pair, Tally()))
        for brand in brands
        for name in sorted(known)
        if source in (None, name) and (pair := _Pair(brand, name))
    ]
    if source is None and _UNKNOWN in later:
        rows.append(_row(_UNKNOWN, Seen(), later[_UNKNOWN], 0, Tally()))
    return rows


def _row(pair: _Pair, seen: Seen, later: Mapping[str, int], erased: int, stored: Tally) -> FunnelRow:
    return FunnelRow(
        brand=pair.brand,
        source=pair.source,
        seen=seen.seen,
        deletions=seen.deletions,
        dropped=seen.dropped,
        matched=seen.hits.get(pair.brand, 0),
        dropped_later=later,
        erased=erased,
        stored=stored.mentions,
        weighted=stored.weight / FULL_WEIGHT,
    )


def _by_source(shards: Iterable[tuple[tuple[str, str, str], Seen]]) -> dict[str, Seen]:
    found: dict[str, list[Seen]] = {}
    for (_, source, _), seen in shards:
        found.setdefault(source, []).append(seen)
    return {
        source: Seen(
            seen=sum(entry.seen for entry in entries),
            matched=sum(entry.matched for entry in entries),
            deletions=sum(entry.deletions for entry in entries),
            hits=_added(entry.hits for entry in entries),
            dropped=_added(entry.dropped for entry in entries),
        )
        for source, entries in found.items()
    }


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for entry in counts:
        total.update(entry)
    return dict(sorted(total.items()))


def _stored(connection: Connection, brand: str, since: datetime, until: datetime) -> Iterable[tuple[str, Tally]]:
    found: dict[str, list[Tally]] = {}
    for part, count in tally(connection, brand, since, until).items():
        found.setdefault(part.source, []).append(count)
    return ((source, Tally.total(counts)) for source, counts in found.items())


def _dropped_later(connection: Connection) -> dict[_Pair, dict[str, int]]:
    found: dict[_Pair, dict[str, int]] = {}
    columns = (drops.c.brand, drops.c.source, drops.c.reason, drops.c.count)
    for brand, source, reason, count in connection.execute(select(*columns).order_by(*columns[:3])):
        found.setdefault(_Pair(brand, source), {})[reason] = int(count)
    return found


def _erased(connection: Connection, since: datetime, until: datetime) -> dict[_Pair, int]:
    column = mentions.c
    # The first condition is that of a small index which holds the erased mentions only.
    rows = connection.execute(
        select(column.brand, column.source, func.count())
        .where(column.erased_at.is_not(None), column.created_at >= since, column.created_at < until)
        .group_by(column.brand, column.source)
    )
    return {_Pair(row[0], row[1]): row[2] for row in rows}
