"""The outbox: what was received and where reading goes on, in one SQLite transaction. Nothing leaves before it is here.

Records get consecutive offsets from 1. They are pruned only after their reader has them for good. `synchronous=FULL`:
a commit that returned survives a power cut.
"""

import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from ingest.counting import add_counts
from ingest.outbox_schema import SCHEMA, connect
from ingest.seen import SeenPosts, SeenRow
from mentions.codec import encode
from mentions.errors import OutboxUnavailable
from mentions.records import Counts, Deletion, Gap, Heartbeat, Mention, SourceClass

HEARTBEAT_RESERVE = 10_000
"""Rows kept free for heartbeats when the bound is reached: a full outbox must still say that it is alive."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one commit makes durable together, for one source shard."""

    source: str
    shard: str
    records: Sequence[Mention | Deletion] = ()
    seen: Sequence[SeenRow] = ()
    counts: Counts = field(default_factory=Counts)
    gaps: Sequence[Gap] = ()
    cursor: str | None = None


class Outbox:
    """One outbox file. An object belongs to one thread at a time (a lock guards it); several may share the file.

    Args:
        outbox_id: only for a new file: its identity; by default a fresh UUID.
        max_rows: bound on unpruned records; None: bounded by the disk alone.

    Raises:
        OutboxUnavailable: locked for longer than 5 s, full disk, not writable, or no SQLite file at all.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        outbox_id: str | None = None,
        max_rows: int | None = None,
        max_bytes: int | None = None,
        durable: bool = True,
    ) -> None:
        self.path = Path(path)
        self._max_rows, self._max_bytes = max_rows, max_bytes
        self._lock = threading.RLock()
        with self._sentences():
            self._db = connect(self.path, durable=durable)
        self._shards: dict[tuple[str, str], _Shard] = {}
        with self._transaction() as db:
            for statement in SCHEMA:
                db.execute(statement)
            facts = {"outbox_id": outbox_id or str(uuid.uuid4()), "secret": uuid.uuid4().hex, "pruned_until": "0"}
            db.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?)", facts.items())
        with self._sentences():
            stored: dict[str, str] = dict(self._db.execute("SELECT key, value FROM facts").fetchall())
        self.outbox_id = self.log_id = stored["outbox_id"]
        self.seen = SeenPosts(self._db, stored["secret"])

    def close(self) -> None:
        """Fold the write-ahead log back into the file and let go of it."""
        with self._lock:
            self._db.close()

    # --- writing ---

    def commit(self, batch: Batch) -> None:
        """Make a batch durable: records, seen posts, counts, gaps and cursor, all or nothing.

        Raises:
            OutboxUnavailable: the bound is reached or the disk is full; the batch was not taken, offer it again.
        """
        payloads = [(encode(record),) for record in batch.records]
        with self._transaction() as db:
            if payloads:
                self._check_room(len(payloads))
                db.executemany("INSERT INTO records (payload) VALUES (?)", payloads)
            self.seen.remember(batch.seen)
            shard = self._shard(batch.source, batch.shard)
            shard = _Shard(
                cursor=shard.cursor if batch.cursor is None else batch.cursor,
                seq=shard.seq,
                counts=add_counts(shard.counts, batch.counts),
                gaps=(*shard.gaps, *batch.gaps),
            )
            self._save_shard(batch.source, batch.shard, shard)

    def heartbeat(
        self,
        source: str,
        shard: str,
        *,
        at: datetime,
        source_class: SourceClass,
        complete_until: datetime | None,
        holds: bool,
    ) -> Heartbeat:
        """Append a heartbeat that carries the counts and gaps committed since the last one of this shard."""
        with self._transaction() as db:
            self._check_room(1 - HEARTBEAT_RESERVE)
            before = self._shard(source, shard)
            beat = Heartbeat(
                outbox_id=self.outbox_id,
                source=source,
                shard=shard,
                seq=before.seq + 1,
                at=at,
                source_class=source_class,
                complete_until=complete_until,
                holds=holds,
                counts=before.counts,
                gaps=before.gaps,
            )
            db.execute("INSERT INTO records (payload) VALUES (?)", (encode(beat),))
            self._save_shard(source, shard, _Shard(cursor=before.cursor, seq=beat.seq))
        return beat

    def prune(self, until: int) -> None:
        """Forget records up to and including offset `until`: their reader has them for good."""
        with self._transaction() as db:
            db.execute("DELETE FROM records WHERE offset <= ?", (until,))
            db.execute(
                "UPDATE facts SET value = ? WHERE key = 'pruned_until' AND CAST(value AS INTEGER) < ?",
                (str(until), until),
            )

    def scour(self) -> None:
        """Fold the write-ahead log into the file and empty it, so that no pruned text stays readable on the disk."""
        with self._lock, self._sentences():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    # --- reading ---

    def cursor(self, source: str, shard: str) -> str | None:
        """Where reading goes on; None before the first commit that had a cursor."""
        with self._lock, self._sentences():
            return self._shard(source, shard).cursor

    def read(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Up to `limit` records behind offset `after`, in order."""
        with self._lock, self._sentences():
            return self._db.execute(
                "SELECT offset, payload FROM records WHERE offset > ? ORDER BY offset LIMIT ?", (after, limit)
            ).fetchall()

    def pruned_until(self) -> int:
        """The highest offset that is gone; 0 when nothing was pruned."""
        with self._lock, self._sentences():
            return int(self._fact("pruned_until"))

    def last_offset(self) -> int:
        """The highest offset ever given; 0 in a new file."""
        with self._lock, self._sentences():
            row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'records'").fetchone()
            return int(row[0]) if row else 0

    def rows(self) -> int:
        """How many records wait."""
        return self.last_offset() - self.pruned_until()

    def bytes_used(self) -> int:
        """Bytes of the file that hold data, without what pruning freed."""
        with self._lock, self._sentences():
            size, pages, free = (
                int(self._db.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_size", "page_count", "freelist_count")
            )
            return size * (pages - free)

    # --- inside ---

    def _fact(self, key: str) -> str:
        return str(self._db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()[0])

    def set_fact(self, key: str, value: str) -> None:
        """Keep a fact about this file, such as the phase of a replay."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))

    def fact(self, key: str) -> str | None:
        """A fact set earlier, or None."""
        with self._lock, self._sentences():
            row = self._db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
            return None if row is None else str(row[0])

    def _check_room(self, more: int) -> None:
        if self._max_rows is not None and self.rows() + more > self._max_rows:
            raise OutboxUnavailable(
                f"{self.path}: the outbox holds its bound of {self._max_rows} records; "
                "it empties as the pipeline catches up, or raise [outbox] max_rows"
            )
        if self._max_bytes is not None and self.bytes_used() > self._max_bytes:
            raise OutboxUnavailable(
                f"{self.path}: the outbox holds its bound of {self._max_bytes // 2**20} MB; "
                "it empties as the pipeline catches up, or raise [outbox] max_megabytes"
            )

    def _shard(self, source: str, shard: str) -> "_Shard":
        known = self._shards.get((source, shard))
        if known is None:
            row = self._db.execute(
                "SELECT cursor, seq, counts, gaps FROM shards WHERE source = ? AND shard = ?", (source, shard)
            ).fetchone()
            known = _Shard() if row is None else _Shard.from_row(row)
            self._shards[source, shard] = known
        return known

    def _save_shard(self, source: str, shard: str, state: "_Shard") -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO shards VALUES (?, ?, ?, ?, ?, ?)",
            (source, shard, state.cursor, state.seq, _json(state.counts), _json(state.gaps)),
        )
        self._shards[source, shard] = state

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make everything written inside durable at once."""
        with self._transaction():
            yield

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._sentences():
            if self._db.in_transaction:  # inside `together`
                yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._shards.clear()  # they may hold what the database does not
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Say what SQLite met in words that help."""
        try:
            yield
        except sqlite3.Error as error:
            raise OutboxUnavailable(f"{self.path}: {_explain(error)}") from error


@dataclass(frozen=True, slots=True)
class _Shard:
    cursor: str | None = None
    seq: int = 0
    counts: Counts = field(default_factory=Counts)
    gaps: tuple[Gap, ...] = ()

    @classmethod
    def from_row(cls, row: tuple[str | None, int, str, str]) -> "_Shard":
        cursor, seq, counts, gaps = row
        return cls(
            cursor,
            seq,
            msgspec.json.decode(counts, type=Counts),
            msgspec.json.decode(gaps, type=tuple[Gap, ...]),
        )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _explain(error: sqlite3.Error) -> str:
    text = str(error)
    if "full" in text:
        return "the disk is full; nothing was lost, and writing goes on when there is room again"
    if "locked" in text or "busy" in text:
        return "another process holds the outbox; one outbox belongs to one running Atalaya"
    if "not a database" in text or "malformed" in text:
        return (
            f"this is no healthy SQLite file ({text}); move it away to start a new outbox, its unread records are in it"
        )
    if "readonly" in text or "unable to open" in text:
        return f"cannot be written ({text}); check that the folder exists and its permissions"
    return text
