"""What 'equal tables' means: the columns that must not depend on how the same posts came.

`docs/architecture.md`, 'Nothing lost, nothing counted twice': whatever the order, batches, duplicates, workers and
runtime. Where a mention came too late for its own minute, only `EQUAL_WHEN_LATE` holds.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, Table, select

from mentions.records import LABELS, Post
from processors.store import schema
from processors.store.detail import decode_detail
from processors.store.opening import Store

EQUAL: Mapping[str, tuple[str, ...]] = {
    "mentions": (
        *("brand", "id", "source", "kind", "voice", "author_id", "author_key", "title", "text", "url", "lang"),
        *("label", "score", "text_weight", "weight", "created_at", "fold_tick", "in_reply_to", "root_id", "why"),
        *("query_version", "engine_version", "erased_at", "detail", "intents", "aspects"),
        *("sketch", "cluster", "behaviour"),
    ),
    "buckets": ("brand", "start", "source", "lang", "voice", *schema.BUCKET_COUNTS),
    "author_days": ("brand", "source", "author_id", "day", "mentions", *LABELS, "weight", "copies", "spam", "score"),
    "authors": (
        *("source", "author_id", "handle", "name", "followers", "profile_at", "profile_id"),
        *("first_at", "last_at"),
    ),
    "link_mentions": ("brand", "url", "id", "host", "created_at"),
    "campaigns": tuple(column.name for column in schema.campaigns.c),
    "spike_ticks": tuple(column.name for column in schema.spike_ticks.c),
    "alerts": tuple(column.name for column in schema.alerts.c if column.name != "historic"),
    "alert_steps": tuple(column.name for column in schema.alert_steps.c),
}
"""Equal when every `fold_tick` is the minute of its event time."""

MAY_DIFFER: Mapping[str, tuple[str, ...]] = {"mentions": ("received_at", "stored_at"), "alerts": ("historic",)}
"""Arrival times, and what follows from the clock: all other columns of these tables are in `EQUAL`."""

AFTER_DELETIONS: Mapping[str, tuple[str, ...]] = {
    **EQUAL,
    "authors": ("source", "author_id", "first_at", "last_at"),
    "alerts": tuple(name for name in EQUAL["alerts"] if name != "explanation"),
}
"""Equal where something was deleted: what an erased post told of its author cannot be untold by what is left, and an
alert is explained by what was left when it opened."""

FOLDED = ("fold_tick", "weight", "cluster", "behaviour")
"""What depends on when a mention was folded."""

EQUAL_WHEN_LATE: Mapping[str, tuple[str, ...]] = {
    "mentions": tuple(name for name in EQUAL["mentions"] if name not in FOLDED),
    "buckets": ("brand", "start", "source", "lang", "voice", *LABELS),
    "authors": EQUAL["authors"],
    "link_mentions": EQUAL["link_mentions"],
}
"""Equal whenever nothing was deleted, however late it came."""

_HASH = re.compile(r"(?:erased:)?[0-9a-f]{32}|\b[0-9a-f]{16}\b")
"""A keyed hash of a post or an author, or an alert's id."""
_MAY_HOLD_ONE = re.compile(r"[0-9a-f]{16}")
"""What every hash holds; looked for fifty times as fast in a long text."""
Key = tuple[object, ...]
Rows = dict[Key, dict[str, object]]


@dataclass(frozen=True)
class Names:
    """Turns a store's keyed hashes back into what they stand for, so that two stores can be compared.

    A hash that belongs to none of the known posts stays as it is and then differs, as it should.
    """

    known: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, posts: Iterable[Post]) -> "Names":
        """Of the posts that were played into a store, and of the posts that they name."""
        known: dict[str, str] = {}
        for post in posts:
            known[store.author_key(post.source, post.author.id)] = f"hash of author {post.source} {post.author.id}"
            for native_id in (post.native_id, post.in_reply_to, post.root_id, post.quoted_id):
                if native_id is not None:
                    known[store.erased_id(post.source, native_id)] = f"hash of post {post.source} {native_id}"
        return cls(known)

    def plain(self, value: object) -> object:
        """The same value without a key of the store's own, be it whole or within other words."""
        if isinstance(value, str) and _MAY_HOLD_ONE.search(value):
            return _HASH.sub(self._known, value)
        return value

    def _known(self, found: re.Match[str]) -> str:
        return self.known.get(found[0], found[0])

    def with_alerts(self, connection: Connection) -> "Names":
        """The same, and alerts by what they are about: their ids are made of that, hashes and all."""
        rows = connection.execute(select(schema.alerts)).all()
        told = {row.id: f"alert {row.kind} {row.brand} {self.plain(row.subject)} {row.opened_at}" for row in rows}
        return Names({**self.known, **told})


def tables(store: Store, posts: Iterable[Post] = (), columns: Mapping[str, tuple[str, ...]] = EQUAL) -> dict[str, Rows]:
    """The rows that count, by table and primary key.

    Args:
        posts: what was played into the store; needed where something was erased.
    """
    with store.reading() as connection:
        names = Names.of(store, posts).with_alerts(connection)
        return {
            name: dict(_row(row, schema.metadata.tables[name], wanted, names) for row in connection.execute(query))
            for name, wanted in columns.items()
            for query in [select(*(schema.metadata.tables[name].c[column] for column in wanted))]
        }


def _row(row: Any, table: Table, wanted: tuple[str, ...], names: Names) -> tuple[Key, dict[str, object]]:
    values = {column: names.plain(_readable(value)) for column, value in zip(wanted, row, strict=True)}
    return tuple(values[column.name] for column in table.primary_key), values


def _readable(value: object) -> object:
    """The JSON of `detail` as its fields, so that a difference can be read; a sketch in hexadecimal digits."""
    if isinstance(value, (bytes, memoryview)) and not bytes(value).startswith(b"{"):
        return bytes(value).hex()
    if isinstance(value, (bytes, memoryview)):
        detail, empty = decode_detail(value), decode_detail(None)
        return {name: item for name, item in structs.asdict(detail).items() if item != getattr(empty, name)}
    return value


def difference(left: Mapping[str, Rows], right: Mapping[str, Rows]) -> list[str]:
    """One sentence per row that differs; empty when the tables are equal."""
    found = []
    for name in sorted(left.keys() | right.keys()):
        ours, theirs = left.get(name, {}), right.get(name, {})
        found += [f"{name} {key}: only in the first" for key in sorted(ours.keys() - theirs.keys(), key=str)]
        found += [f"{name} {key}: only in the second" for key in sorted(theirs.keys() - ours.keys(), key=str)]
        for key in sorted(ours.keys() & theirs.keys(), key=str):
            changed = [c for c in ours[key] if ours[key][c] != theirs[key].get(c)]
            found += [f"{name} {key}: {c} is {ours[key][c]!r} and {theirs[key].get(c)!r}" for c in changed]
    return found


def assert_equal(left: Mapping[str, Rows], right: Mapping[str, Rows]) -> None:
    """Fail with every difference, a line each."""
    found = difference(left, right)
    assert not found, "the tables differ:\n" + "\n".join(found)
