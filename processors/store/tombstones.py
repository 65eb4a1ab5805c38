"""SQL of tombstones: keyed hashes of what was deleted, so that it stays deleted when it comes again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, select

from mentions.records import Deletion
from processors.store.chunks import chunks
from processors.store.schema import tombstones
from processors.store.upserts import insert


class Hashes(Protocol):
    """Names that tell nobody (`processors.store.opening.Store`)."""

    def author_key(self, source: str, author_id: str) -> str:
        """Of an author."""
        ...

    def erased_id(self, source: str, native_id: str) -> str:
        """Of a post."""
        ...


def any_tombstone(connection: Connection, partition: int) -> bool:
    """Whether anything was ever deleted here; if not, arrivals need no look-up."""
    query = select(tombstones.c.key).where(tombstones.c.partition == partition).limit(1)
    return connection.execute(query).first() is not None


def find_tombstones(connection: Connection, partition: int, keys: Iterable[str]) -> dict[str, datetime]:
    """Those keys that were deleted, and when."""
    found: dict[str, datetime] = {}
    for chunk in chunks(sorted(set(keys))):
        rows = connection.execute(
            select(tombstones.c.key, tombstones.c.at).where(
                tombstones.c.partition == partition, tombstones.c.key.in_(chunk)
            )
        )
        found |= {row.key: row.at for row in rows}
    return found


def remember_deletions(connection: Connection, hashes: Hashes, partition: int, deletions: Iterable[Deletion]) -> None:
    """Set the tombstones of posts and authors."""
    posts: dict[str, datetime] = {}
    authors: dict[str, datetime] = {}
    for deletion in deletions:
        if deletion.native_id is not None:
            key = hashes.erased_id(deletion.source, deletion.native_id)
            posts[key] = min(deletion.at, posts.get(key, deletion.at))
        else:
            key = hashes.author_key(deletion.source, deletion.author_id or "")
            authors[key] = max(deletion.at, authors.get(key, deletion.at))
    remember_posts(connection, partition, posts)
    _remember(connection, partition, authors, lambda old, new: old < new)  # an author may come back in between


def remember_posts(connection: Connection, partition: int, posts: Mapping[str, datetime]) -> None:
    """Set the tombstones of posts, by erased id; of two times for one post the earlier counts."""
    _remember(connection, partition, posts, lambda old, new: old > new)


def _remember(connection: Connection, partition: int, deleted: Mapping[str, datetime], replaces: Any) -> None:
    if not deleted:
        return
    statement = insert(connection, tombstones)
    statement = statement.on_conflict_do_update(
        index_elements=["partition", "key"],
        set_={"at": statement.excluded.at},
        where=replaces(tombstones.c.at, statement.excluded.at),
    )
    connection.execute(statement, [{"partition": partition, "key": key, "at": at} for key, at in deleted.items()])
