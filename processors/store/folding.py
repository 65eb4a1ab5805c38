"""SQL of folding: unfolded mentions out, what was remembered in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from functools import cache
from operator import itemgetter
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, and_, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from mentions.errors import NotOurs
from mentions.records import LABELS
from processors.author_days import AuthorDay, AuthorDayKey
from processors.fold import BrandState, FoldMention
from processors.store.arrivals import Row
from processors.store.bulk import insert_rows
from processors.store.chunks import chunks
from processors.store.own_brands import Own, among_own
from processors.store.schema import author_days, brand_state, mentions
from processors.store.schema import brands as brands_table
from processors.store.tombstones import Hashes
from processors.store.upserts import add_up, prepared, write_all
from processors.ticks import BEFORE_TIME

FOLD_COLUMNS = tuple(mentions.c[name] for name in FoldMention.__struct_fields__ if name not in ("key", "author"))
_READ = (*FOLD_COLUMNS, mentions.c.author_key)
_NAMES = tuple(column.name for column in mentions.columns)
_read = itemgetter(*(_NAMES.index(column.name) for column in _READ))
brand_and_tick: Callable[[Row], tuple[str, int]] = itemgetter(_NAMES.index("brand"), _NAMES.index("fold_tick"))
"""Of a row."""
_DAY_KEY = ("brand", "source", "author_id", "day")
DAY_SUMS = ("mentions", *LABELS, "weight", "copies", "spam", "score")
_STATES_OF = select(brand_state).where(brand_state.c.brand == bindparam("of"))
_STATE_COLUMNS = tuple(column.name for column in brand_state.columns)
_NEXT_REV = (
    "ON CONFLICT (brand, component) DO UPDATE SET version = excluded.version, rev = excluded.rev, "
    "folded_until = excluded.folded_until, data = excluded.data WHERE brand_state.rev = excluded.rev - 1 "
    "RETURNING brand"
)
_BRANDS = 200
"""Brands per statement: SQLite takes an expression of at most 1,000 levels."""


def fold_mentions(connection: Connection, hashes: Hashes, *where: object) -> list[FoldMention]:
    """Mentions as folding sees them."""
    rows = connection.execute(select(*_READ).where(*where))  # type: ignore[arg-type] # column conditions
    return [_fold_mention(hashes, *row) for row in rows.all()]  # one by one they cost more


def _fold_mention(hashes: Hashes, *row: Any) -> FoldMention:
    brand, id_, source, kind, voice, author_id, *others, author = row
    if author_id is None:
        return FoldMention(id_, author, brand, id_, source, kind, voice, None, *others)
    key = hashes.erased_id(source, id_[len(source) + 1 :])
    author = hashes.author_key(source, author_id)
    return FoldMention(key, author, brand, id_, source, kind, voice, author_id, *others)


def as_read(hashes: Hashes, row: Row) -> FoldMention:
    """A row that was just inserted and not changed since, as `fold_mentions` would read it."""
    mention = _fold_mention(hashes, *_read(row))
    if mention.created_at.tzinfo is UTC:
        return mention
    return structs.replace(mention, created_at=mention.created_at.astimezone(UTC))


def unfolded(
    connection: Connection, hashes: Hashes, folded_until: Mapping[str, int], until: Mapping[str, int]
) -> list[FoldMention]:
    """Mentions that no fold has seen: per brand those of ticks in (folded_until, until]."""
    found = []
    tick = mentions.c.fold_tick
    brands = sorted(brand for brand, folded in folded_until.items() if folded < until[brand])
    for start in range(0, len(brands), _BRANDS):
        ranges = (
            and_(mentions.c.brand == brand, tick > folded_until[brand], tick <= until[brand])
            for brand in brands[start : start + _BRANDS]
        )
        found += fold_mentions(connection, hashes, or_(*ranges))
    return found


def unfolded_ticks(connection: Connection, component: str, own: Own = None) -> dict[str, list[int]]:
    """Per known brand the ticks that hold unfolded mentions; brands without any are absent."""
    ticks = select(mentions.c.fold_tick).distinct()
    return {
        brand: list(connection.scalars(ticks.where(mentions.c.brand == brand, mentions.c.fold_tick >= first)))
        for brand, first in first_unfolded(connection, component, own).items()
    }


def first_unfolded(connection: Connection, component: str, own: Own = None) -> dict[str, int]:
    """Per known brand the first tick that holds unfolded mentions; brands without any are absent."""
    names = select(brands_table.c.name).where(*among_own(brands_table.c.name, own)).distinct().subquery()
    folded = (
        select(brand_state.c.folded_until)
        .where(brand_state.c.brand == names.c.name, brand_state.c.component == component)
        .correlate(names)  # of the row in hand; by itself it would be looked up for every brand at once
        .scalar_subquery()
    )
    # one index look-up per brand, however many mentions there are
    first = (
        select(func.min(mentions.c.fold_tick))
        .where(mentions.c.brand == names.c.name, mentions.c.fold_tick > func.coalesce(folded, BEFORE_TIME))
        .correlate(names)
        .scalar_subquery()
    )
    rows = connection.execute(select(names.c.name, first.label("tick")))
    return {row.name: row.tick for row in rows if row.tick is not None}


def load_states(connection: Connection, component: str, own: Own = None) -> dict[str, BrandState]:
    """What a component remembers, by brand."""
    mine = among_own(brand_state.c.brand, own)
    rows = connection.execute(select(brand_state).where(brand_state.c.component == component, *mine))
    return {
        row.brand: BrandState(row.brand, component, row.version, row.rev, row.folded_until, bytes(row.data))
        for row in rows
    }


def load_others(connection: Connection, brand: str) -> dict[str, BrandState]:
    """What the components of a brand remember, by component."""
    rows = connection.execute(_STATES_OF, {"of": brand})
    return {
        row.component: BrandState(brand, row.component, row.version, row.rev, row.folded_until, bytes(row.data))
        for row in rows
    }


def save_others(connection: Connection, states: Sequence[BrandState]) -> None:
    """Write what components remember beside the one whose row the fold is fenced by (`save_states`)."""
    rows = [(s.brand, s.component, s.version, s.rev, s.folded_until, s.data) for s in states]
    write_all(connection, prepared(connection, _saved(connection.dialect.name), brand_state, _STATE_COLUMNS), rows)


@cache
def _saved(dialect: str) -> Any:
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(brand_state)
    changed = {name: statement.excluded[name] for name in ("version", "rev", "folded_until", "data")}
    return statement.on_conflict_do_update(index_elements=["brand", "component"], set_=changed)


def confirm_states(connection: Connection, component: str, known: Mapping[str, BrandState], brands: set[str]) -> None:
    """Make sure that nobody else has folded these brands, or folds them before this transaction ends.

    Raises:
        NotOurs: somebody has: what arrives now must not go to a tick that is folded already.
    """
    query = select(brand_state.c.brand, brand_state.c.rev).where(brand_state.c.component == component)
    for chunk in chunks(sorted(brands)):
        # SQLite has one writer at a time; elsewhere the rows are held
        for brand, rev in connection.execute(query.where(brand_state.c.brand.in_(chunk)).with_for_update(read=True)):
            if brand not in known or known[brand].rev != rev:
                raise NotOurs(f"brand {brand}: another worker folded {component}")


def save_states(connection: Connection, states: Sequence[BrandState]) -> None:
    """Write a component's memory of brands, each as the next one (`rev`) of what was loaded.

    A brand that was never folded has no row, and no row is ever removed.

    Raises:
        NotOurs: one was changed since it was loaded.
    """
    rows = [(s.brand, s.component, s.version, s.rev, s.folded_until, s.data) for s in states]
    written = {brand for (brand,) in insert_rows(connection, brand_state, _STATE_COLUMNS, _NEXT_REV, rows)}
    for state in states:
        if state.brand not in written:
            raise NotOurs(f"brand {state.brand}: another worker folded {state.component}")


def add_author_days(connection: Connection, days: Mapping[AuthorDayKey, AuthorDay]) -> None:
    """Add counts to the days of authors."""
    add_up(connection, author_days, _DAY_KEY, DAY_SUMS, [(*key, *day_sums(day)) for key, day in days.items()])


def day_sums(day: AuthorDay) -> tuple[int, ...]:
    """What a day adds to the columns `DAY_SUMS`."""
    return (sum(day.counts), *day.counts, day.weight, day.copies, day.spam, day.score)


def replace_author_days(
    connection: Connection, keys: Iterable[AuthorDayKey], days: Mapping[AuthorDayKey, AuthorDay]
) -> None:
    """Put `days` in the place of the rows `keys`; a key without a day is removed."""
    for key in keys:
        connection.execute(
            author_days.delete().where(*(author_days.c[name] == part for name, part in zip(_DAY_KEY, key, strict=True)))
        )
    add_author_days(connection, days)
