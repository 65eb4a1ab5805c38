"""SQL of forgetting: what a deletion does to every table, in the transaction of its batch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from mentions.clock import EPOCH
from mentions.records import Deletion
from processors.arrival import BucketDelta, Deltas, bucket_key
from processors.author_days import AuthorDayKey, counted, day_of
from processors.store.arrivals import ERASED, add_to_buckets, detail_left
from processors.store.chunks import chunks
from processors.store.corrections import text_key
from processors.store.detail import decode_detail
from processors.store.folding import fold_mentions, replace_author_days
from processors.store.replies import PostKey, forget_names, hash_references, known_words
from processors.store.schema import authors, labels, mention_work, mentions, work_events
from processors.store.tombstones import Hashes, remember_deletions, remember_posts
from processors.store.types import Instant

_DAY = timedelta(days=1)
_COLUMNS = (
    *("brand", "id", "source", "author_id", "created_at", "lang", "voice", "label", "weight"),
    *("title", "text", "detail"),
)


@dataclass(frozen=True, slots=True)
class Condemned:
    """A stored mention that is about to be erased; `row` has `_COLUMNS`."""

    row: Any
    erased_at: datetime

    @property
    def author(self) -> tuple[str, str]:
        """Source and author id."""
        return self.row.source, self.row.author_id

    @property
    def post(self) -> PostKey:
        """Source and native id."""
        return self.row.source, self.row.id[len(self.row.source) + 1 :]


def obey(
    connection: Connection,
    hashes: Hashes,
    partition: int,
    deletions: Sequence[Deletion],
    folded_until: Callable[[str], int],
) -> int:
    """Apply deletions to all that is stored, and to all that will come; return how many mentions were erased."""
    remember_deletions(connection, hashes, partition, deletions)
    _date_back(connection, hashes, deletions)
    rows = condemned(connection, deletions)
    deleted = {(d.source, d.native_id) for d in deletions if d.native_id is not None}
    hash_references(connection, hashes, deleted | {entry.post for entry in rows})
    if rows:
        _erase(connection, hashes, partition, rows, folded_until)
    return len(rows)


def condemned(connection: Connection, deletions: Iterable[Deletion]) -> list[Condemned]:
    """The stored mentions that deletions are about; an author's posts from after the deletion stay."""
    found: dict[tuple[str, str], Condemned] = {}
    for row, at in _found(connection, list(deletions)):
        before = found.get((row.brand, row.id))
        found[row.brand, row.id] = Condemned(row, at if before is None else min(at, before.erased_at))
    return list(found.values())


def _found(connection: Connection, deletions: list[Deletion]) -> Iterator[tuple[Any, datetime]]:
    whole = select(*(mentions.c[name] for name in _COLUMNS)).where(mentions.c.erased_at.is_(None))
    posts: dict[str, datetime] = {}
    for deletion in deletions:
        if deletion.native_id is None:
            for row in connection.execute(whole.where(_written_before(deletion))):
                yield row, deletion.at
        else:
            id_ = f"{deletion.source}:{deletion.native_id}"
            posts[id_] = min(deletion.at, posts.get(id_, deletion.at))
    for chunk in chunks(sorted(posts)):
        for row in connection.execute(whole.where(mentions.c.id.in_(chunk))):
            yield row, posts[row.id]


def _written_before(deletion: Deletion) -> Any:
    mine = and_(mentions.c.source == deletion.source, mentions.c.author_id == deletion.author_id)
    return and_(mine, _before(deletion.at))


def _before(moment: Any) -> Any:
    """Written up to an author's deletion, by either clock: event time is the author's own and may run ahead."""
    return or_(mentions.c.created_at <= moment, mentions.c.received_at <= moment)


def _date_back(connection: Connection, hashes: Hashes, deletions: Iterable[Deletion]) -> None:
    """Of several deletions of one mention the earliest counts, whichever came first."""
    posts, people = [], []
    for deletion in deletions:
        if deletion.native_id is None:
            key = hashes.author_key(deletion.source, deletion.author_id or "")
            people.append({"of": key, "then": deletion.at})
        else:
            posts.append({"of": hashes.erased_id(deletion.source, deletion.native_id), "then": deletion.at})
    then = bindparam("then", type_=Instant())
    earlier = update(mentions).where(mentions.c.erased_at > then).values(erased_at=then)
    if posts:
        connection.execute(earlier.where(mentions.c.id == bindparam("of")), posts)
    if people:
        connection.execute(earlier.where(mentions.c.author_key == bindparam("of"), _before(then)), people)


def _erase(
    connection: Connection,
    hashes: Hashes,
    partition: int,
    rows: Sequence[Condemned],
    folded_until: Callable[[str], int],
) -> None:
    """Take text, names, handles and links of these mentions out of every table, and out of every sum."""
    remember_posts(connection, partition, {hashes.erased_id(*entry.post): entry.erased_at for entry in rows})
    words = known_words(connection, {entry.author for entry in rows})
    forget_names(connection, hashes, {entry.post: words[entry.author] for entry in rows if entry.author in words})
    _blank(connection, hashes, rows)
    _forget_copies(connection, rows)
    add_to_buckets(connection, _subtractions(rows))
    _recount_days(connection, rows, folded_until)
    _recount_authors(connection, hashes, rows)


def _blank(connection: Connection, hashes: Hashes, rows: Sequence[Condemned]) -> None:
    names = [
        {"old_brand": entry.row.brand, "old_id": entry.row.id, "new_id": hashes.erased_id(*entry.post)}
        for entry in rows
    ]
    left = [
        {
            "hashed_author": hashes.author_key(*entry.author),
            "at": entry.erased_at,
            "rest": detail_left(decode_detail(entry.row.detail)),
        }
        for entry in rows
    ]
    blank = {**ERASED, "detail": bindparam("rest")}
    connection.execute(
        update(mentions)
        .where(mentions.c.brand == bindparam("old_brand"), mentions.c.id == bindparam("old_id"))
        .values(id=bindparam("new_id"), author_key=bindparam("hashed_author"), erased_at=bindparam("at"), **blank),
        [name | extra for name, extra in zip(names, left, strict=True)],
    )
    for table, column, emptied in (
        (mention_work, "id", {}),
        (work_events, "id", {}),
        (labels, "text_key", {"text": None}),
    ):
        connection.execute(
            update(table)
            .where(table.c.brand == bindparam("old_brand"), table.c[column] == bindparam("old_id"))
            .values({column: bindparam("new_id"), **emptied}),
            names,
        )


def _forget_copies(connection: Connection, rows: Sequence[Condemned]) -> None:
    """A correction of the bare text keeps its label, under the hash of what the text was."""
    texts = {entry.row.text for entry in rows} | {f"{entry.row.title}\n{entry.row.text}" for entry in rows}
    for chunk in chunks(sorted({text_key(text) for text in texts if text})):
        connection.execute(update(labels).where(labels.c.text_key.in_(chunk)).values(text=None))


def _subtractions(rows: Sequence[Condemned]) -> Deltas:
    deltas: Deltas = {}
    for entry in rows:
        row = entry.row
        key = bucket_key(row.brand, row.created_at, row.source, row.lang, row.voice)
        deltas.setdefault(key, BucketDelta()).add(row.label, row.weight, sign=-1)
    return deltas


def _recount_days(connection: Connection, rows: Sequence[Condemned], folded_until: Callable[[str], int]) -> None:
    keys: set[AuthorDayKey] = {(entry.row.brand, *entry.author, day_of(entry.row.created_at)) for entry in rows}
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


def _recount_authors(connection: Connection, hashes: Hashes, rows: Sequence[Condemned]) -> None:
    """An author of whom nothing is left goes; of another one, first and last follow what is left."""
    erased_of: dict[tuple[str, str], dict[str, str]] = {}
    for entry in rows:
        erased_of.setdefault(entry.author, {})[entry.row.id] = hashes.erased_id(*entry.post)
    for (source, author_id), erased in sorted(erased_of.items()):
        person = and_(authors.c.source == source, authors.c.author_id == author_id)
        times = (func.min(mentions.c.created_at), func.max(mentions.c.created_at))
        written = and_(mentions.c.source == source, mentions.c.author_id == author_id)
        first, last = connection.execute(select(*times).where(written)).one()
        if first is None:
            connection.execute(authors.delete().where(person))
            continue
        profile = connection.execute(select(authors.c.profile_id).where(person)).scalar()
        changed = {"first_at": first, "last_at": last, "profile_id": erased.get(profile or "", profile)}
        connection.execute(update(authors).where(person).values(changed))


def first_trace(connection: Connection) -> datetime | None:
    """When the first of those was erased that still have a trace; None when none has."""
    traced = (mentions.c.erased_at.is_not(None), mentions.c.label.is_not(None))
    return connection.execute(select(func.min(mentions.c.erased_at)).where(*traced)).scalar()


def forget_traces(connection: Connection, until: datetime) -> datetime | None:
    """Take the last traces of mentions erased at or before `until`: label, weight, sketch and author hash.

    Returns:
        When the first of the others was erased.
    """
    connection.execute(
        update(mentions)
        .where(mentions.c.erased_at <= until, mentions.c.label.is_not(None))
        .values(label=None, score=None, text_weight=None, weight=None, author_key=None, detail=None)
    )
    return connection.execute(select(func.min(mentions.c.erased_at)).where(mentions.c.erased_at > until)).scalar()
