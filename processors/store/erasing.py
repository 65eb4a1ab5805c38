"""SQL of forgetting: what a deletion does to every table, in the transaction of its batch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from mentions.clock import EPOCH
from mentions.records import Deletion
from processors.arrival import BucketDelta, Deltas, bucket_key
from processors.author_days import AuthorDayKey, counted, day_of
from processors.erasure import without_names
from processors.store.arrivals import ERASED, add_to_buckets
from processors.store.folding import fold_mentions, replace_author_days
from processors.store.schema import authors, labels, mention_work, mentions, tombstones, work_events
from processors.store.upserts import insert

_DAY = timedelta(days=1)
_CHUNK = 400
"""Keys per statement: far below the number of variables that either database takes."""


class Hashes(Protocol):
    """Names that tell nobody (`processors.store.opening.Store`)."""

    def author_key(self, source: str, author_id: str) -> str:
        """Of an author."""
        ...

    def erased_id(self, source: str, native_id: str) -> str:
        """Of a post."""
        ...


@dataclass(frozen=True, slots=True)
class Condemned:
    """A stored mention that is about to be erased."""

    brand: str
    id: str
    source: str
    author_id: str
    erased_at: datetime
    row: Any

    @property
    def native_id(self) -> str:
        """The network's id."""
        return self.id[len(self.source) + 1 :]


def tombstone_of(hashes: Hashes, deletion: Deletion) -> str:
    """The key under which a deletion is remembered."""
    if deletion.native_id is not None:
        return hashes.erased_id(deletion.source, deletion.native_id)
    return hashes.author_key(deletion.source, deletion.author_id or "")


def any_tombstone(connection: Connection, partition: int) -> bool:
    """Whether anything was ever deleted here; if not, arrivals need no look-up."""
    return (
        connection.execute(select(tombstones.c.key).where(tombstones.c.partition == partition).limit(1)).first()
        is not None
    )


def find_tombstones(connection: Connection, partition: int, keys: Iterable[str]) -> dict[str, datetime]:
    """Those keys that were deleted, and when."""
    found: dict[str, datetime] = {}
    for chunk in _chunks(sorted(set(keys))):
        rows = connection.execute(
            select(tombstones.c.key, tombstones.c.at).where(
                tombstones.c.partition == partition, tombstones.c.key.in_(chunk)
            )
        )
        found |= {row.key: row.at for row in rows}
    return found


def remember(connection: Connection, partition: int, deleted: Mapping[str, datetime]) -> None:
    """Set tombstones; of two for one key the later deletion counts, since an author may come back in between."""
    if not deleted:
        return
    statement = insert(connection, tombstones)
    statement = statement.on_conflict_do_update(
        index_elements=["partition", "key"],
        set_={"at": statement.excluded.at},
        where=tombstones.c.at < statement.excluded.at,
    )
    connection.execute(statement, [{"partition": partition, "key": key, "at": at} for key, at in deleted.items()])


def condemned(connection: Connection, deletions: Sequence[Deletion]) -> list[Condemned]:
    """The stored mentions that deletions are about; an author's posts from after the deletion stay."""
    found: dict[tuple[str, str], Condemned] = {}
    for chunk in _chunks(list(deletions)):
        conditions = [_is_about(deletion) for deletion in chunk]
        rows = connection.execute(select(mentions).where(mentions.c.erased_at.is_(None), or_(*conditions)))
        for row in rows:
            at = min(d.at for d in chunk if _concerns(d, row))
            found[row.brand, row.id] = Condemned(row.brand, row.id, row.source, row.author_id, at, row)
    return list(found.values())


def _is_about(deletion: Deletion) -> Any:
    if deletion.native_id is not None:
        return mentions.c.id == f"{deletion.source}:{deletion.native_id}"
    return and_(
        mentions.c.source == deletion.source,
        mentions.c.author_id == deletion.author_id,
        mentions.c.created_at <= deletion.at,
    )


def _concerns(deletion: Deletion, row: Any) -> bool:
    if deletion.native_id is not None:
        return bool(row.id == f"{deletion.source}:{deletion.native_id}")
    return (row.source, row.author_id) == (deletion.source, deletion.author_id) and row.created_at <= deletion.at


def erase(
    connection: Connection,
    hashes: Hashes,
    partition: int,
    rows: Sequence[Condemned],
    folded_until: Callable[[str], int],
) -> None:
    """Take text, names, handles and links of these mentions out of every table, and out of every sum."""
    if not rows:
        return
    remember(connection, partition, {hashes.erased_id(row.source, row.native_id): row.erased_at for row in rows})
    forget_in_replies(connection, hashes, [(row.source, row.native_id, row.author_id) for row in rows])
    _blank(connection, hashes, rows)
    add_to_buckets(connection, _subtractions(rows))
    _recount_days(connection, rows, folded_until)
    _forget_authors(connection, {(row.source, row.author_id) for row in rows})


def _blank(connection: Connection, hashes: Hashes, rows: Sequence[Condemned]) -> None:
    names = [
        {"old_brand": row.brand, "old_id": row.id, "new_id": hashes.erased_id(row.source, row.native_id)}
        for row in rows
    ]
    hashed = [{"hashed_author": hashes.author_key(row.source, row.author_id), "at": row.erased_at} for row in rows]
    connection.execute(
        update(mentions)
        .where(mentions.c.brand == bindparam("old_brand"), mentions.c.id == bindparam("old_id"))
        .values(id=bindparam("new_id"), author_key=bindparam("hashed_author"), erased_at=bindparam("at"), **ERASED),
        [name | extra for name, extra in zip(names, hashed, strict=True)],
    )
    for table, column, blank in (
        (mention_work, "id", {}),
        (work_events, "id", {}),
        (labels, "text_key", {"text": None}),
    ):
        connection.execute(
            update(table)
            .where(table.c.brand == bindparam("old_brand"), table.c[column] == bindparam("old_id"))
            .values({column: bindparam("new_id"), **blank}),
            names,
        )


def _subtractions(rows: Sequence[Condemned]) -> Deltas:
    deltas: Deltas = {}
    for entry in rows:
        row = entry.row
        key = bucket_key(row.brand, row.created_at, row.source, row.lang, row.voice)
        deltas.setdefault(key, BucketDelta()).add(row.label, row.weight, sign=-1)
    return deltas


def _recount_days(connection: Connection, rows: Sequence[Condemned], folded_until: Callable[[str], int]) -> None:
    keys: set[AuthorDayKey] = {
        (entry.brand, entry.source, entry.author_id, day_of(entry.row.created_at)) for entry in rows
    }
    left = []
    for brand, source, author_id, day in sorted(keys):
        start = EPOCH + day * _DAY
        left += fold_mentions(
            connection,
            mentions.c.brand == brand,
            mentions.c.source == source,
            mentions.c.author_id == author_id,
            mentions.c.created_at >= start,
            mentions.c.created_at < start + _DAY,
            mentions.c.fold_tick <= folded_until(brand),
        )
    replace_author_days(connection, keys, counted(left))


def _forget_authors(connection: Connection, people: set[tuple[str, str]]) -> None:
    for source, author_id in sorted(people):
        mine = and_(mentions.c.source == source, mentions.c.author_id == author_id)
        if connection.execute(select(mentions.c.id).where(mine).limit(1)).first() is None:
            connection.execute(authors.delete().where(authors.c.source == source, authors.c.author_id == author_id))


def forget_in_replies(connection: Connection, hashes: Hashes, erased: Sequence[tuple[str, str, str]]) -> None:
    """Replies keep their text but no longer name whom they answered.

    Args:
        erased: (source, native id, author id) of each erased post. Replies point at its hash from now on.
    """
    for source, native_id, author_id in erased:
        is_parent = or_(mentions.c.in_reply_to == native_id, mentions.c.root_id == native_id)
        replies = connection.execute(select(mentions).where(mentions.c.source == source, is_parent)).all()
        if not replies:
            continue
        person = connection.execute(
            select(authors.c.handle, authors.c.name).where(authors.c.source == source, authors.c.author_id == author_id)
        ).first()
        handles, names = ([person.handle or ""], [person.name or ""]) if person else ([], [])
        hashed = hashes.erased_id(source, native_id)
        for reply in replies:
            connection.execute(
                update(mentions)
                .where(mentions.c.brand == reply.brand, mentions.c.id == reply.id)
                .values(
                    in_reply_to=hashed if reply.in_reply_to == native_id else reply.in_reply_to,
                    root_id=hashed if reply.root_id == native_id else reply.root_id,
                    text=without_names(reply.text, handles, names),
                    title=without_names(reply.title, handles, names),
                )
            )


def _chunks(items: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
