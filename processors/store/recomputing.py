"""Recomputing the derived tables from the stored mentions: into shadow tables, compared, and put in place if asked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from processors import author_days
from processors.fold import BrandState
from processors.recompute import Derived, MentionRow, recompute
from processors.store.comparing import Report, compare
from processors.store.folding import day_sums, load_states
from processors.store.opening import Store
from processors.store.schema import mentions
from processors.store.shadows import (
    AUTHOR_DAYS,
    AUTHORS,
    BRAND_STATE,
    BUCKETS,
    MENTIONS,
    SHADOWS,
    Shadow,
    shadow_session,
)
from processors.store.stored_brands import stored_brands
from processors.store.swapping import put_in_place, seen
from processors.store.tombstones import Hashes
from processors.store.upserts import add_up, prepared, write_all
from processors.ticks import BEFORE_TIME

CHUNK = 2000
"""Mentions in memory at a time."""
Tell = Callable[[str, int, int | None], None]
"""Told the phase, how much is done and of how much."""


def replay_store(
    store: Store, *, swap: bool = False, refold: bool = False, limit: int = 10, tell: Tell = lambda *_: None
) -> Report:
    """Recompute every derived table by the rule of `processors.recompute`, and compare; nothing else is changed.

    Memory does not grow with the store; the shadow tables lie on the disk. Writers go on meanwhile.

    Args:
        swap: put recomputed rows in the place of those that differ. What people wrote is never touched.
        refold: give every mention the minute of its event time, as if none had come late.
        limit: how many differing rows of each table are told.

    Raises:
        Unavailable: a worker wrote since the mentions were read, so that nothing was put in place.
        StoreUnavailable: locked, full or unreachable; nothing was changed.
    """
    with shadow_session(store) as session:
        with session.snapshot() as connection:
            before = seen(connection)
            _fill(connection, store, before.mentions, tell, refold=refold)
            report = _compare(connection, before.mentions, limit, tell, refold=refold)
        if not swap or report.equal:
            return report
        with session.writing() as connection:
            put_in_place(connection, before, [s for s in SHADOWS if report.table(s.name).wrong], store.place)
    if report.table(AUTHORS.name).surplus:
        store.overwrite_deleted()  # they were names of people of whom nothing is left
    return report.as_swapped()


def _fill(connection: Connection, hashes: Hashes, total: int, tell: Tell, *, refold: bool) -> None:
    states = load_states(connection, author_days.NAME)
    _expect_states(connection, states)
    done = 0
    for brand in stored_brands(connection):
        folded_until = states[brand].folded_until if brand in states else BEFORE_TIME
        for chunk in _chunks(connection, hashes, brand, refold=refold):
            _add(connection, recompute(chunk, folded_until, refold=refold))
            done += len(chunk)
            tell("recomputing", done, total)
    for shadow in SHADOWS:  # else their joins walk the whole of the greater table
        connection.execute(text(f"ANALYZE {shadow.shadow.name}"))


def _chunks(connection: Connection, hashes: Hashes, brand: str, *, refold: bool) -> Iterator[list[MentionRow]]:
    """The mentions of one brand in the order of folding, as the database finds them."""
    column = mentions.c
    order = (column.created_at, column.id) if refold else (column.fold_tick, column.created_at, column.id)
    chosen = select(*_COLUMNS).where(column.brand == brand).order_by(*order)
    with connection.execute(chosen, execution_options={"yield_per": CHUNK}) as rows:
        for part in rows.partitions():
            yield [MentionRow(_key(hashes, row), *row) for row in part]


def _key(hashes: Hashes, row: Any) -> str:
    return str(row.id) if row.erased_at is not None else hashes.erased_id(row.source, row.id[len(row.source) + 1 :])


_COLUMNS = tuple(mentions.c[name] for name in MentionRow.__struct_fields__ if name != "key")


def _expect_states(connection: Connection, states: Mapping[str, BrandState]) -> None:
    """Author days remember nothing beside their table."""
    rows = [(brand, author_days.NAME, author_days.VERSION, b"") for brand in states]
    _insert(connection, BRAND_STATE, rows)


def _add(connection: Connection, derived: Derived) -> None:
    """Add what some mentions amount to."""
    _insert(connection, MENTIONS, [(row.id, row.brand, row.fold_tick, row.weight) for row in derived.corrected])
    sums = [(*key, *delta.counts, *delta.weights) for key, delta in derived.buckets.items()]
    add_up(connection, BUCKETS.shadow, BUCKETS.keys, BUCKETS.columns, sums)
    days = [(*key, *day_sums(day)) for key, day in derived.days.items()]
    add_up(connection, AUTHOR_DAYS.shadow, AUTHOR_DAYS.keys, AUTHOR_DAYS.columns, days)
    spans = [(*key, *span) for key, span in derived.authors.items()]
    columns = (*AUTHORS.keys, *AUTHORS.columns)
    write_all(connection, prepared(connection, _merging(connection.dialect.name), AUTHORS.shadow, columns), spans)


def _insert(connection: Connection, shadow: Shadow, rows: Sequence[tuple[object, ...]]) -> None:
    names = (*shadow.keys, *shadow.columns)
    if rows:
        connection.execute(shadow.shadow.insert(), [dict(zip(names, row, strict=True)) for row in rows])


@cache
def _merging(dialect: str) -> Any:
    postgres = dialect == "postgresql"
    statement = (postgresql if postgres else sqlite).insert(AUTHORS.shadow)
    least, greatest = (func.least, func.greatest) if postgres else (func.min, func.max)
    new, old = statement.excluded, AUTHORS.shadow.c
    merged = {"first_at": least(old.first_at, new.first_at), "last_at": greatest(old.last_at, new.last_at)}
    return statement.on_conflict_do_update(index_elements=list(AUTHORS.keys), set_=merged)


def _compare(connection: Connection, total: int, limit: int, tell: Tell, *, refold: bool) -> Report:
    tables = []
    for done, shadow in enumerate(SHADOWS, start=1):
        tables.append(compare(connection, shadow, limit))
        tell("comparing", done, len(SHADOWS))
    equal = not any(table.wrong for table in tables)
    return Report(equal=equal, swapped=False, refold=refold, mentions=total, tables=tuple(tables))
