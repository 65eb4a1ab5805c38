"""SQL of forgetting: what a deletion does to every table, in the transaction of its batch."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from mentions.clock import EPOCH
from mentions.records import Deletion
from processors.arrival import BucketDelta, Deltas, bucket_key
from processors.author_days import AuthorDayKey, counted, day_of
from processors.store.alert_erasing import rename_in_alerts
from processors.store.arrivals import ERASED, add_to_buckets
from processors.store.author_words import forget_words
from processors.store.chunks import chunks
from processors.store.corrections import text_key
from processors.store.folding import fold_mentions, replace_author_days
from processors.store.keys import among, beside
from processors.store.own_brands import Own, among_own
from processors.store.progress import LogPartition
from processors.store.replies import PostKey, Words, forget_names, hash_references
from processors.store.schema import authors, label_events, labels, link_mentions, mention_work, mentions, work_events
from processors.store.tombstones import Hashes, remember_deletions, remember_posts
from processors.store.types import Instant

_DAY = timedelta(days=1)
_COLUMNS = (
    *("brand", "id", "source", "author_id", "created_at", "lang", "voice", "label", "weight"),
    *("title", "text"),
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
    log: LogPartition,
    own: Own,
    deletions: Sequence[Deletion],
    folded_until: Callable[[str], int],
) -> int:
    """Apply deletions to all that is stored, and to all that will come, of a partition's own brands.

    Returns:
        How many mentions were erased.
    """
    remember_deletions(connection, hashes, log.partition, deletions)
    _date_back(connection, hashes, own, deletions)
    rows = condemned(connection, own, deletions)
    forget_words(connection, {(d.source, d.author_id) for d in deletions if d.author_id is not None}, own)
    deleted = {(d.source, d.native_id) for d in deletions if d.native_id is not None}
    if rows:
        _remember_by_author(connection, hashes, log, deleted, rows)
        _erase(connection, hashes, rows, folded_until)
    hash_references(connection, hashes, deleted - {entry.post for entry in rows})
    return len(rows)


def _remember_by_author(
    connection: Connection, hashes: Hashes, log: LogPartition, deleted: Container[PostKey], rows: Sequence[Condemned]
) -> None:
    """Tell every partition which posts went with their author: answers to them may belong to any.

    The others reach every partition by themselves, each in its place among the records there.
    """
    posts = {hashes.erased_id(*entry.post): entry.erased_at for entry in rows if entry.post not in deleted}
    remember_posts(connection, range(log.partitions), posts)


def condemned(connection: Connection, own: Own, deletions: Iterable[Deletion]) -> list[Condemned]:
    """The stored mentions that deletions are about; an author's posts from after the deletion stay."""
    found: dict[tuple[str, str], Condemned] = {}
    for row, at in _found(connection, own, list(deletions)):
        before = found.get((row.brand, row.id))
        found[row.brand, row.id] = Condemned(row, at if before is None else min(at, before.erased_at))
    return list(found.values())


def _found(connection: Connection, own: Own, deletions: list[Deletion]) -> Iterator[tuple[Any, datetime]]:
    whole = select(*(mentions.c[name] for name in _COLUMNS)).where(
        mentions.c.erased_at.is_(None), *among_own(mentions.c.brand, own)
    )
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


def _date_back(connection: Connection, hashes: Hashes, own: Own, deletions: Iterable[Deletion]) -> None:
    """Of several deletions of one mention the earliest counts, whichever came first."""
    posts, people = [], []
    for deletion in deletions:
        if deletion.native_id is None:
            key = hashes.author_key(deletion.source, deletion.author_id or "")
            people.append({"of": key, "then": deletion.at})
        else:
            posts.append({"of": hashes.erased_id(deletion.source, deletion.native_id), "then": deletion.at})
    then = bindparam("then", type_=Instant())
    mine = (mentions.c.erased_at > then, *among_own(mentions.c.brand, own))
    earlier = update(mentions).where(*mine).values(erased_at=then)
    if posts:
        connection.execute(earlier.where(mentions.c.id == bindparam("of")), posts)
    if people:
        connection.execute(earlier.where(mentions.c.author_key == bindparam("of"), _before(then)), people)


def _erase(
    connection: Connection, hashes: Hashes, rows: Sequence[Condemned], folded_until: Callable[[str], int]
) -> None:
    """Take text, names, handles and links of these mentions out of every table, and out of every sum."""
    people = hold_authors(connection, {entry.author for entry in rows})
    words = {author: Words(row.handle, row.name) for author, row in people.items() if row.handle or row.name}
    _blank(connection, hashes, rows)
    # behind it: an answer that held its parent (`hold_foreign_parents`) is there to be seen once the parent is renamed
    hash_references(connection, hashes, {entry.post for entry in rows})
    forget_names(connection, hashes, {entry.post: words[entry.author] for entry in rows if entry.author in words})
    _forget_copies(connection, rows)
    add_to_buckets(connection, _subtractions(rows))
    _recount_days(connection, hashes, rows, folded_until)
    _recount_authors(connection, hashes, rows, people)


def hold_authors(connection: Connection, people: Collection[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """The rows of authors, by source and author id, held until this transaction ends.

    What is left of an author is counted over all brands, and so over those of other partitions: of two that erase at
    once the second must count behind the first, or each would leave what the other takes.
    """
    found: dict[tuple[str, str], Any] = {}
    key = (authors.c.source, authors.c.author_id)
    for chunk in chunks(sorted(people)):
        query = select(*key, authors.c.handle, authors.c.name, authors.c.profile_id).where(among(key, chunk))
        for row in connection.execute(query.order_by(*key).with_for_update()):
            found[row.source, row.author_id] = row
    return found


def _blank(connection: Connection, hashes: Hashes, rows: Sequence[Condemned]) -> None:
    names = [
        {"old_brand": entry.row.brand, "old_id": entry.row.id, "new_id": hashes.erased_id(*entry.post)}
        for entry in rows
    ]
    left = [
        {
            "hashed_author": hashes.author_key(*entry.author),
            "at": entry.erased_at,
        }
        for entry in rows
    ]
    connection.execute(
        update(mentions)
        .where(mentions.c.brand == bindparam("old_brand"), mentions.c.id == bindparam("old_id"))
        .values(id=bindparam("new_id"), author_key=bindparam("hashed_author"), erased_at=bindparam("at"), **ERASED),
        [name | extra for name, extra in zip(names, left, strict=True)],
    )
    gone = (link_mentions.c.brand == bindparam("old_brand"), link_mentions.c.id == bindparam("old_id"))
    connection.execute(link_mentions.delete().where(*gone), names)
    rename_in_alerts(connection, [(n["old_brand"], n["old_id"], n["new_id"]) for n in names])
    for table, column, emptied in (
        (mention_work, "id", {}),
        (work_events, "id", {}),
        (labels, "text_key", {"text": None}),
        (label_events, "text_key", {}),
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


def _recount_days(
    connection: Connection, hashes: Hashes, rows: Sequence[Condemned], folded_until: Callable[[str], int]
) -> None:
    keys: set[AuthorDayKey] = {(entry.row.brand, *entry.author, day_of(entry.row.created_at)) for entry in rows}
    recount_days(connection, hashes, keys, folded_until)


def recount_days(
    connection: Connection, hashes: Hashes, keys: Collection[AuthorDayKey], folded_until: Callable[[str], int]
) -> None:
    """Count days of authors anew, from the mentions that are left and folded."""
    left = []
    for brand, source, author_id, day in sorted(keys):
        start = EPOCH + day * _DAY
        left += fold_mentions(
            connection,
            hashes,
            beside(mentions.c.brand) == brand,
            mentions.c.source == source,
            mentions.c.author_id == author_id,
            mentions.c.created_at >= start,
            mentions.c.created_at < start + _DAY,
            mentions.c.fold_tick <= folded_until(brand),
        )
    replace_author_days(connection, keys, counted(left))


def _recount_authors(
    connection: Connection, hashes: Hashes, rows: Sequence[Condemned], people: Mapping[tuple[str, str], Any]
) -> None:
    """An author of whom nothing is left goes; of another one, first and last follow what is left."""
    erased_of: dict[tuple[str, str], dict[str, str]] = {}
    for entry in rows:
        erased_of.setdefault(entry.author, {})[entry.row.id] = hashes.erased_id(*entry.post)
    for (source, author_id), held in sorted(people.items()):
        person = and_(authors.c.source == source, authors.c.author_id == author_id)
        times = (func.min(mentions.c.created_at), func.max(mentions.c.created_at))
        written = and_(mentions.c.source == source, mentions.c.author_id == author_id)
        first, last = connection.execute(select(*times).where(written)).one()
        if first is None:
            connection.execute(authors.delete().where(person))
            forget_words(connection, [(source, author_id)])
            continue
        profile = erased_of[source, author_id].get(held.profile_id or "", held.profile_id)
        changed = {"first_at": first, "last_at": last, "profile_id": profile}
        connection.execute(update(authors).where(person).values(changed))


TRACES = ("label", "score", "text_weight", "weight", "author_key", "sketch", "cluster", "behaviour")
"""What an erased mention keeps while it votes."""


def first_trace(connection: Connection, own: Own) -> datetime | None:
    """When the first of those was erased that still have a trace; None when none has."""
    traced = (mentions.c.erased_at.is_not(None), mentions.c.label.is_not(None), *among_own(mentions.c.brand, own))
    return connection.execute(select(func.min(mentions.c.erased_at)).where(*traced)).scalar()


def forget_traces(connection: Connection, own: Own, until: datetime) -> datetime | None:
    """Take the last traces of mentions erased at or before `until`: label, weight, sketch and author hash.

    Returns:
        When the first of the others was erased.
    """
    mine = among_own(mentions.c.brand, own)
    connection.execute(
        update(mentions)
        .where(mentions.c.erased_at <= until, mentions.c.label.is_not(None), *mine)
        .values(dict.fromkeys(TRACES))
    )
    later = select(func.min(mentions.c.erased_at)).where(mentions.c.erased_at > until, *mine)
    return connection.execute(later).scalar()
