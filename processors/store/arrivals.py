"""SQL of arrival: mentions, buckets, authors. Whatever is derived changes by the rows that `insert_new` returned."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from mentions.records import LABELS, ScoredMention
from processors.arrival import Deltas, LinkRow, MentionKey, Profile
from processors.store.bulk import insert_ignoring
from processors.store.chunks import chunks
from processors.store.detail import detail_of, encode_detail
from processors.store.findings import encode_findings
from processors.store.keys import among
from processors.store.opening import Store
from processors.store.schema import BUCKET_COUNTS, authors, buckets, drops, link_mentions, mentions
from processors.store.upserts import add_up, prepared, write_all

_KEY = (mentions.c.brand, mentions.c.id)
_BUCKET_KEY = ("brand", "start", "source", "lang", "voice")


class Arriving(Struct, frozen=True, gc=False):
    """A mention on its way into the table, with what time and tombstones made of it.

    Attributes:
        erased_at: set when it meets its tombstone; `erased_id` and `author_key` then stand for id and author.
    """

    mention: ScoredMention
    fold_tick: int
    author_key: str | None = None
    erased_id: str | None = None
    erased_at: datetime | None = None

    @property
    def key(self) -> MentionKey:
        """As it will stand in the table."""
        return self.mention.brand, self.erased_id or self.mention.post.id


Row = tuple[Any, ...]
"""A row of `mentions`, in the order of the table's columns; times as aware datetimes."""


def insert_new(connection: Connection, arriving: Sequence[Arriving], now: datetime) -> dict[MentionKey, Row]:
    """Insert mentions; return those that were not there before, by key."""
    rows = [tuple(_erased_row(entry, now).values()) if entry.erased_at else _row(entry, now) for entry in arriving]
    by_key = {row[:2]: row for row in rows}
    inserted = insert_ignoring(connection, mentions, rows, ("brand", "id"))
    return {(brand, id_): by_key[brand, id_] for brand, id_ in inserted}


def _row(entry: Arriving, now: datetime) -> Row:
    mention = entry.mention
    post = mention.post
    return (
        mention.brand,
        post.id,
        post.source,
        post.kind,
        mention.voice,
        post.author.id,
        None,
        post.title,
        post.text,
        post.url,
        mention.lang,
        mention.sentiment.label,
        mention.sentiment.score,
        mention.text_weight,
        mention.text_weight,
        post.created_at,
        post.received_at,
        now,
        entry.fold_tick,
        post.in_reply_to,
        post.root_id,
        mention.why,
        mention.query_version,
        mention.engine_version,
        None,
        encode_detail(detail_of(mention)),
        encode_findings(mention.intents),
        encode_findings(mention.aspects),
        mention.sketch or None,
        None,
        None,
    )


_COLUMNS = tuple(column.name for column in mentions.columns)
ERASED: Mapping[str, object] = {
    "author_id": None,
    "title": None,
    "text": None,
    "url": None,
    "in_reply_to": None,
    "root_id": None,
    "detail": None,
    "intents": None,
    "aspects": None,
}
"""The columns that can name or quote somebody, as an erased row has them; its sketch stays while it votes."""


def _erased_row(entry: Arriving, now: datetime) -> dict[str, object]:
    row = dict(zip(_COLUMNS, _row(entry, now), strict=True))
    known = {"id": entry.erased_id, "author_key": entry.author_key, "erased_at": entry.erased_at}
    return {**row, **ERASED, **known}


def add_links(connection: Connection, rows: Sequence[LinkRow]) -> None:
    """Note which mention holds which link."""
    if rows:
        for _ in insert_ignoring(connection, link_mentions, rows, ("id",)):
            pass


def stored_keys(connection: Connection, store: Store, keys: Collection[MentionKey]) -> set[MentionKey]:
    """Those mentions that are stored, erased ones included."""
    hashed = {(brand, store.erased_id(*id_.split(":", 1))): (brand, id_) for brand, id_ in keys}
    found = set()
    for chunk in chunks([*keys, *hashed]):
        rows = connection.execute(select(*_KEY).where(among(_KEY, chunk)))
        found |= {hashed.get((row.brand, row.id), (row.brand, row.id)) for row in rows}
    return found


def holds_any(connection: Connection) -> bool:
    """Whether the store holds any mention."""
    return connection.execute(select(mentions.c.id).limit(1)).first() is not None


def stored_texts(
    connection: Connection, keys: Collection[MentionKey]
) -> dict[MentionKey, tuple[str | None, str | None]]:
    """Title and text of those mentions that are stored."""
    texts: dict[MentionKey, tuple[str | None, str | None]] = {}
    for chunk in chunks(list(keys)):
        query = select(*_KEY, mentions.c.title, mentions.c.text).where(among(_KEY, chunk))
        texts |= {(row.brand, row.id): (row.title, row.text) for row in connection.execute(query)}
    return texts


def add_to_buckets(connection: Connection, deltas: Deltas) -> None:
    """Add counts and weights; a bucket that falls to nothing is removed, as if it had never been."""
    rows = [(*key, *delta.counts, *delta.weights) for key, delta in deltas.items()]
    add_up(connection, buckets, _BUCKET_KEY, BUCKET_COUNTS, rows)
    lessened = {key[:2] for key, delta in deltas.items() if min(delta.counts) < 0}
    for chunk in chunks(sorted(lessened)):
        touched = among((buckets.c.brand, buckets.c.start), chunk)
        connection.execute(buckets.delete().where(touched, *(buckets.c[label] == 0 for label in LABELS)))


def merge_authors(connection: Connection, profiles: Iterable[Profile]) -> None:
    """Merge what is told of authors by least and greatest, so that no order of arrival matters."""
    rows = [
        (
            profile.source,
            profile.author_id,
            profile.handle,
            profile.name,
            profile.followers,
            *(profile.known_at or (None, None)),
            profile.first_at,
            profile.last_at,
        )
        # in order, since workers of several partitions may write the same rows
        for profile in sorted(profiles, key=lambda profile: (profile.source, profile.author_id))
    ]
    columns = tuple(column.name for column in authors.columns)
    write_all(connection, prepared(connection, _merging(connection.dialect.name), authors, columns), rows)


@cache
def _merging(dialect: str) -> Any:
    postgres = dialect == "postgresql"
    statement = (postgresql if postgres else sqlite).insert(authors)
    new, old = statement.excluded, authors.c
    newer = and_(
        new.profile_at.is_not(None),
        or_(
            old.profile_at.is_(None),
            new.profile_at > old.profile_at,
            and_(new.profile_at == old.profile_at, new.profile_id > old.profile_id),
        ),
    )
    words = ("handle", "name", "followers", "profile_at", "profile_id")
    changes: dict[str, Any] = {name: case((newer, new[name]), else_=old[name]) for name in words}
    least, greatest = (func.least, func.greatest) if postgres else (func.min, func.max)
    changes |= {"first_at": least(old.first_at, new.first_at), "last_at": greatest(old.last_at, new.last_at)}
    return statement.on_conflict_do_update(index_elements=["source", "author_id"], set_=changes)


def count_drops(connection: Connection, counts: Mapping[tuple[str, str, str], int]) -> None:
    """Add to the drops behind the log; keys are (brand or "", source, reason)."""
    rows = [(*key, count) for key, count in sorted(counts.items())]  # in order, as above
    add_up(connection, drops, ("brand", "source", "reason"), ("count",), rows)
