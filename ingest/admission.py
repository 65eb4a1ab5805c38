"""Which received items enter the outbox: posts that concern a brand, once, and deletions of what was forwarded.

`(what was forwarded before, items) -> (records, rows to remember, counts)`; the outbox makes it durable.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ingest.seen import SeenPosts, SeenRow, in_conversation, merged
from ingest.sources.base import Item
from mentions.drops import Drop
from mentions.records import Counts, Deletion, Hit, Mention, Post


class Hits(Protocol):
    """Who says which brands a post belongs to (`mentions.conversation.BrandMatcher`)."""

    def hits(self, post: Post, seen: "SeenBrands") -> tuple[Hit, ...]:
        """One hit per brand, in order of name; empty when none."""
        ...


class SeenBrands(Protocol):
    """Brands of whose conversation a post with that native id (same source) is part."""

    def __call__(self, native_id: str, /) -> frozenset[str]:
        """Empty when it was not forwarded, or longer ago than a conversation lasts."""
        ...


@dataclass(frozen=True, slots=True)
class Admitted:
    """What of some items goes on, and the account of the rest."""

    records: tuple[Mention | Deletion, ...]
    seen: tuple[SeenRow, ...]
    counts: Counts


@dataclass(slots=True)
class _Account:
    records: list[Mention | Deletion] = field(default_factory=list)
    fresh: dict[bytes, SeenRow] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    matched: int = 0
    deletions: int = 0


def admit(items: Sequence[Item], matcher: Hits, seen: SeenPosts, *, forward_all_deletions: bool = False) -> Admitted:
    """Sort items into records and drops, in the order received.

    Args:
        forward_all_deletions: for an outbox that is younger than the store's mentions, and so cannot know what was
            forwarded before its time.
    """
    known = seen.find(_parent_keys(items, seen))
    matched = list(_match(items, matcher, seen, known))
    known |= seen.find(row.key for _, _, row in matched if row is not None)
    account = _Account()
    for item, hits, row in matched:
        if isinstance(item, Post):
            _take_post(item, hits, row, known, account)
        elif isinstance(item, Deletion):
            _take_deletion(item, seen, account, everything=forward_all_deletions)
        else:
            account.dropped[item.reason.value] += 1
    counts = Counts(
        seen=len(items),
        matched=account.matched,
        deletions=account.deletions,
        hits=dict(account.hits),
        dropped=dict(account.dropped),
    )
    return Admitted(tuple(account.records), tuple(account.fresh.values()), counts)


def _parent_keys(items: Sequence[Item], seen: SeenPosts) -> Iterable[bytes]:
    for item in items:
        if isinstance(item, Post):
            for parent in (item.in_reply_to, item.root_id, item.quoted_id):
                if parent is not None:
                    yield seen.key(item.source, parent)


def _match(
    items: Sequence[Item], matcher: Hits, seen: SeenPosts, known: dict[bytes, SeenRow]
) -> Iterable[tuple[Item, tuple[Hit, ...], SeenRow | None]]:
    """Each item with its hits and, if it has any, its row; a post of these is a possible parent of those behind it."""
    within: dict[bytes, SeenRow] = {}
    for item in items:
        if not isinstance(item, Post):
            yield item, (), None
            continue
        post = item

        def brands_of(native_id: str, post: Post = post) -> frozenset[str]:
            key = seen.key(post.source, native_id)
            row = merged(known, within[key]) if key in within else known.get(key)
            return frozenset() if row is None else in_conversation(row, post.created_at)

        hits = matcher.hits(post, brands_of)
        row = _row(post, hits, seen) if hits else None
        if row is not None:
            within[row.key] = merged(within, row)
        yield post, hits, row


def _row(post: Post, hits: tuple[Hit, ...], seen: SeenPosts) -> SeenRow:
    return SeenRow(
        key=seen.key(post.source, post.native_id),
        author=seen.key("author", post.source, post.author.id),
        content=seen.key("content", post.title or "", post.text),
        brands=frozenset(hit.brand for hit in hits),
        at=post.created_at,
    )


def _take_post(
    post: Post, hits: tuple[Hit, ...], row: SeenRow | None, known: dict[bytes, SeenRow], account: _Account
) -> None:
    if row is None:
        account.dropped[Drop.UNMATCHED.value] += 1
        return
    key = row.key
    before = account.fresh.get(key) or known.get(key)
    if before is not None and row.brands <= before.brands:
        same = before.content == row.content
        account.dropped[(Drop.DUPLICATE if same else Drop.EDIT_IGNORED).value] += 1
        return
    new_hits = hits if before is None else tuple(hit for hit in hits if hit.brand not in before.brands)
    account.fresh[key] = merged({key: before} if before else {}, row)
    account.records.append(Mention(post, new_hits))
    account.matched += 1
    for hit in new_hits:
        account.hits[hit.brand] += 1


def _take_deletion(deletion: Deletion, seen: SeenPosts, account: _Account, *, everything: bool) -> None:
    if everything or _was_forwarded(deletion, seen, account):
        account.records.append(deletion)
        account.deletions += 1
    else:
        account.dropped[Drop.DELETION_UNKNOWN.value] += 1


def _was_forwarded(deletion: Deletion, seen: SeenPosts, account: _Account) -> bool:
    if deletion.native_id is not None:
        key = seen.key(deletion.source, deletion.native_id)
        return key in account.fresh or bool(seen.find([key]))
    author = seen.key("author", deletion.source, deletion.author_id or "")
    return any(row.author == author for row in account.fresh.values()) or bool(seen.authors([author]))
