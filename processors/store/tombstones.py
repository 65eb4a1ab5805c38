"""SQL of tombstones: keyed hashes of what was deleted, so that it stays deleted when it comes again.

Each partition of a log has its own, and looks at no others: what a deletion does depends on where it stands in the
partition's own records. Only what became of a whole author's deletion, the erased posts, is told to every partition
(`remember_posts`), since answers to them may belong to brands of any.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, and_, case, func, literal, not_, or_, select

from mentions.records import Deletion
from processors.store.chunks import chunks
from processors.store.schema import tombstones
from processors.store.upserts import insert

_OF_POST = tombstones.c.key.startswith("erased:", autoescape=True)
"""Keys are those of `Hashes`: erased ids of posts, and bare hashes of authors."""


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
    remember_posts(connection, [partition], posts)
    _remember(connection, [partition], authors, lambda old, new: old < new)  # an author may come back in between


def remember_posts(connection: Connection, partitions: Iterable[int], posts: Mapping[str, datetime]) -> None:
    """Set the tombstones of posts, by erased id; of two times for one post the earlier counts."""
    _remember(connection, partitions, posts, lambda old, new: old > new)


def _remember(
    connection: Connection, partitions: Iterable[int], deleted: Mapping[str, datetime], replaces: Any
) -> None:
    # in order, since workers of several partitions may write the same rows
    rows = [{"partition": number, "key": key, "at": deleted[key]} for number in partitions for key in sorted(deleted)]
    if rows:
        connection.execute(_upsert(connection, replaces), rows)


def _upsert(connection: Connection, replaces: Any) -> Any:
    statement = insert(connection, tombstones)
    return statement.on_conflict_do_update(
        index_elements=["partition", "key"],
        set_={"at": statement.excluded.at},
        where=replaces(tombstones.c.at, statement.excluded.at),
    )


def adopt_tombstones(connection: Connection, partition: int) -> None:
    """Take over what the other partitions, whatever their log, know to be deleted.

    For a partition that begins: a move to another log, or to another number of partitions, forgets no deletion.
    """
    key, at = tombstones.c.key, tombstones.c.at
    theirs = (
        select(literal(partition), key, case((_OF_POST, func.min(at)), else_=func.max(at)))
        .where(tombstones.c.partition != partition)
        .group_by(key)
    )
    statement = insert(connection, tombstones).from_select(["partition", "key", "at"], theirs)
    new = statement.excluded.at
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["partition", "key"],
            set_={"at": new},
            where=or_(and_(_OF_POST, at > new), and_(not_(_OF_POST), at < new)),
        )
    )
