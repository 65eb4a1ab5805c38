"""SQL of meeting a tombstone: what arrives behind its own deletion, or answers what was deleted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import structs
from sqlalchemy import Connection, select

from mentions.records import Post
from processors.store.arrivals import Arriving, stored_texts
from processors.store.chunks import chunks
from processors.store.progress import LogPartition
from processors.store.replies import Words, forget_names, hash_references
from processors.store.schema import mentions
from processors.store.tombstones import Hashes, find_tombstones, remember_posts


def meet_tombstones(
    connection: Connection, hashes: Hashes, log: LogPartition, arriving: Sequence[Arriving]
) -> list[Arriving]:
    """The same mentions, erased where they or their authors were deleted, and without references to what was."""
    posts = [entry.mention.post for entry in arriving]
    keys = {key for post in posts for key in _keys(hashes, post)}
    found = find_tombstones(connection, log.partition, keys)
    if not found:
        return list(arriving)
    clean = [_without_references(entry, hashes, found) for entry in arriving]
    met = _but_stored(connection, clean, [_met(entry, hashes, found) for entry in clean])
    gone = {e.erased_id: e.erased_at for e in met if e.erased_id and e.erased_at}
    news = {key: at for key, at in gone.items() if key not in found or at < found[key]}
    remember_posts(connection, range(log.partitions), news)
    return met


def _but_stored(connection: Connection, clean: list[Arriving], met: list[Arriving]) -> list[Arriving]:
    """Those that are stored with their text are repeats, however the partition knows of the deletion.

    Another partition, or the log before this one, may have told of it; here its turn is yet to come.
    """
    keys = {(entry.mention.brand, entry.mention.post.id) for entry in met if entry.erased_at is not None}
    stored = stored_texts(connection, keys)
    return [c if c.key in stored else m for c, m in zip(clean, met, strict=True)]


def hold_foreign_parents(connection: Connection, own: Collection[str], arriving: Sequence[Arriving]) -> None:
    """Keep those posts of other partitions' brands that these answer from being erased before this transaction ends.

    Call it before `meet_tombstones`: so either that sees the erasure, or the erasure, which waits, sees the answer.
    """
    if connection.dialect.name == "sqlite":  # it has one writer at a time
        return
    posts = [entry.mention.post for entry in arriving]
    parents = {f"{post.source}:{id_}" for post in posts for id_ in _above(post)}
    for chunk in chunks(sorted(parents)):
        query = select(mentions.c.id).where(mentions.c.id.in_(chunk), mentions.c.brand.not_in(sorted(own)))
        connection.execute(query.order_by(mentions.c.id, mentions.c.brand).with_for_update(read=True, key_share=True))


def forget_in_answers(connection: Connection, hashes: Hashes, erased: Sequence[Post]) -> None:
    """Posts that came already erased are no longer named by the answers that came before them."""
    hash_references(connection, hashes, [(post.source, post.native_id) for post in erased])
    words = {(post.source, post.native_id): Words(post.author.handle, post.author.name) for post in erased}
    forget_names(connection, hashes, words)


def _keys(hashes: Hashes, post: Post) -> list[str]:
    named = [post.native_id, *_above(post)]
    return [hashes.author_key(post.source, post.author.id), *(hashes.erased_id(post.source, id_) for id_ in named)]


def _above(post: Post) -> list[str]:
    """The posts that it answers."""
    return [reference for reference in (post.in_reply_to, post.root_id) if reference is not None]


def _met(entry: Arriving, hashes: Hashes, found: Mapping[str, datetime]) -> Arriving:
    post = entry.mention.post
    author_key = hashes.author_key(post.source, post.author.id)
    erased_id = hashes.erased_id(post.source, post.native_id)
    gone = [found[erased_id]] if erased_id in found else []
    # a post from behind the author's deletion, by both clocks, is one of an author who came back
    if author_key in found and min(post.created_at, post.received_at) <= found[author_key]:
        gone.append(found[author_key])
    if not gone:
        return entry
    return structs.replace(entry, erased_id=erased_id, author_key=author_key, erased_at=min(gone))


def _without_references(entry: Arriving, hashes: Hashes, found: Mapping[str, datetime]) -> Arriving:
    post = entry.mention.post
    changed = {
        name: hashed
        for name in ("in_reply_to", "root_id")
        if (reference := getattr(post, name)) is not None
        and (hashed := hashes.erased_id(post.source, reference)) in found
    }
    if not changed:
        return entry
    return structs.replace(entry, mention=structs.replace(entry.mention, post=structs.replace(post, **changed)))
