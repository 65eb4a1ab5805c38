"""SQL of arrival: mentions, buckets, authors. Whatever is derived changes by the rows that `insert_new` returned."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, or_, select, tuple_

from mentions.records import LABELS, ScoredMention
from processors.arrival import Deltas, MentionKey, Profile
from processors.store.detail import detail_of, encode_detail
from processors.store.schema import BUCKET_COUNTS, authors, buckets, drops, mentions
from processors.store.upserts import add_up, insert

_KEY = (mentions.c.brand, mentions.c.id)
_BUCKET_KEY = ("brand", "start", "source", "lang", "voice")


@dataclass(frozen=True, slots=True)
class Arriving:
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


def insert_new(connection: Connection, arriving: Sequence[Arriving], now: datetime) -> set[MentionKey]:
    """Insert mentions; return the keys of those that were not there before."""
    if not arriving:
        return set()
    statement = insert(connection, mentions).on_conflict_do_nothing().returning(*_KEY)
    rows = [_erased_row(entry, now) if entry.erased_at else _row(entry, now) for entry in arriving]
    return {(brand, id_) for brand, id_ in connection.execute(statement, rows)}


def _row(entry: Arriving, now: datetime) -> dict[str, object]:
    mention = entry.mention
    post = mention.post
    return {
        "brand": mention.brand,
        "id": post.id,
        "source": post.source,
        "kind": post.kind,
        "voice": mention.voice,
        "author_id": post.author.id,
        "author_key": None,
        "title": post.title,
        "text": post.text,
        "url": post.url,
        "lang": mention.lang,
        "label": mention.sentiment.label,
        "score": mention.sentiment.score,
        "text_weight": mention.text_weight,
        "weight": mention.text_weight,
        "created_at": post.created_at,
        "received_at": post.received_at,
        "stored_at": now,
        "fold_tick": entry.fold_tick,
        "in_reply_to": post.in_reply_to,
        "root_id": post.root_id,
        "why": mention.why,
        "query_version": mention.query_version,
        "engine_version": mention.engine_version,
        "erased_at": None,
        "detail": encode_detail(detail_of(mention)),
    }


ERASED: Mapping[str, object] = {
    "author_id": None,
    "title": None,
    "text": None,
    "url": None,
    "in_reply_to": None,
    "root_id": None,
    "detail": None,
}
"""The columns that can name or quote somebody, as an erased row has them."""


def _erased_row(entry: Arriving, now: datetime) -> dict[str, object]:
    return (
        _row(entry, now)
        | ERASED
        | {
            "id": entry.erased_id,
            "author_key": entry.author_key,
            "erased_at": entry.erased_at,
        }
    )


def stored_texts(
    connection: Connection, keys: Collection[MentionKey]
) -> dict[MentionKey, tuple[str | None, str | None]]:
    """Title and text of those mentions that are stored."""
    if not keys:
        return {}
    rows = connection.execute(select(*_KEY, mentions.c.title, mentions.c.text).where(tuple_(*_KEY).in_(list(keys))))
    return {(row.brand, row.id): (row.title, row.text) for row in rows}


def add_to_buckets(connection: Connection, deltas: Deltas) -> None:
    """Add counts and weights; a bucket that falls to nothing is removed, as if it had never been."""
    if not deltas:
        return
    rows = [
        dict(zip(_BUCKET_KEY, key, strict=True))
        | dict(zip(BUCKET_COUNTS, (*delta.counts, *delta.weights), strict=True))
        for key, delta in deltas.items()
    ]
    connection.execute(add_up(connection, buckets, _BUCKET_KEY, BUCKET_COUNTS), rows)
    if any(count < 0 for delta in deltas.values() for count in delta.counts):
        touched = tuple_(buckets.c.brand, buckets.c.start).in_([key[:2] for key in deltas])
        connection.execute(buckets.delete().where(touched, *(buckets.c[label] == 0 for label in LABELS)))


def merge_authors(connection: Connection, profiles: Iterable[Profile]) -> None:
    """Merge what is told of authors by least and greatest, so that no order of arrival matters."""
    rows = [
        {
            "source": profile.source,
            "author_id": profile.author_id,
            "handle": profile.handle,
            "name": profile.name,
            "followers": profile.followers,
            "profile_at": profile.known_at and profile.known_at[0],
            "profile_id": profile.known_at and profile.known_at[1],
            "first_at": profile.first_at,
            "last_at": profile.last_at,
        }
        for profile in profiles
    ]
    if not rows:
        return
    statement = insert(connection, authors)
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
    changes = {name: case((newer, new[name]), else_=old[name]) for name in words}
    least, greatest = (func.least, func.greatest) if connection.dialect.name == "postgresql" else (func.min, func.max)
    changes |= {"first_at": least(old.first_at, new.first_at), "last_at": greatest(old.last_at, new.last_at)}
    connection.execute(statement.on_conflict_do_update(index_elements=["source", "author_id"], set_=changes), rows)


def count_drops(connection: Connection, counts: Mapping[tuple[str, str, str], int]) -> None:
    """Add to the drops behind the log; keys are (brand or "", source, reason)."""
    rows = [
        {"brand": brand, "source": source, "reason": reason, "count": count}
        for (brand, source, reason), count in counts.items()
    ]
    if rows:
        connection.execute(add_up(connection, drops, ("brand", "source", "reason"), ("count",)), rows)
