"""What was forwarded before: tells duplicates, edits, replies to a mention, and deletions that concern us.

Only keyed hashes are kept, so the table can outlive a deletion without naming anybody.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentions.clock import EPOCH
from mentions.codec import scrub
from mentions.conversation import REMEMBERED

_CHUNK = 500
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A forwarded post. `key`, `author`, `content` are 16-byte keyed hashes; `at` is its event time (kept: whole s)."""

    key: bytes
    author: bytes
    content: bytes
    brands: frozenset[str]
    at: datetime


class SeenPosts:
    """The `seen` table of an outbox; writes belong to the outbox's transaction."""

    def __init__(self, db: sqlite3.Connection, secret: str) -> None:
        self._db = db
        self._keyed = hashlib.blake2b(key=secret.encode(), digest_size=16)

    def key(self, *parts: str) -> bytes:
        """Keyed hash of a post's (source, native id) or an author's (source, author id)."""
        digest = self._keyed.copy()
        for part in parts:
            data = scrub(part).encode()
            digest.update(len(data).to_bytes(4, "big") + data)
        return digest.digest()

    def find(self, keys: Iterable[bytes]) -> dict[bytes, SeenRow]:
        """The rows of those keys that were forwarded."""
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, SeenRow] = {}
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            rows = self._db.execute(
                f"SELECT key, author, content, brands, at FROM seen WHERE key IN ({marks})",  # noqa: S608 # only marks
                chunk,
            )
            for key, author, content, brands, at in rows:
                names = frozenset(brands.split(",")) if brands else frozenset()
                found[key] = SeenRow(key, author, content, names, EPOCH + at * _SECOND)
        return found

    def authors(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those author keys of whom a post was forwarded."""
        found: set[bytes] = set()
        for key in keys:
            if self._db.execute("SELECT 1 FROM seen WHERE author = ? LIMIT 1", (key,)).fetchone():
                found.add(key)
        return found

    def remember(self, rows: Iterable[SeenRow]) -> None:
        """Write rows; a post that is known gains brands and keeps its first author, content and time."""
        self._db.executemany(
            "INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET brands = excluded.brands",
            [
                (row.key, row.author, row.content, ",".join(sorted(row.brands)), (row.at - EPOCH) // _SECOND)
                for row in rows
            ],
        )


def in_conversation(row: SeenRow, at: datetime) -> frozenset[str]:
    """Brands to whose conversation a reply at event time `at` belongs, its parent being `row`; to the whole second."""
    return row.brands if at.replace(microsecond=0) - row.at <= REMEMBERED else frozenset()


def merged(old: Mapping[bytes, SeenRow], new: SeenRow) -> SeenRow:
    """`new` with the brands, and the author, the content and the time of the first."""
    known = old.get(new.key)
    if known is None:
        return new
    return SeenRow(new.key, known.author, known.content, known.brands | new.brands, known.at)
