"""The outbox: what was received and where reading goes on, in one SQLite transaction. Nothing leaves before it is here.

Records get consecutive offsets from 1. They are pruned only after their reader has them for good. `synchronous=FULL`:
a commit that returned survives a power cut.
"""

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from ingest import outbox_records
from ingest.counting import add_counts
from ingest.outbox_failures import explained
from ingest.outbox_records import DamagedError
from ingest.outbox_schema import SCHEMA, connect
from ingest.seen import SeenPosts, SeenRow
from mentions.codec import encode
from mentions.errors import OutboxUnavailable
from mentions.records import Counts, Deletion, Gap, Heartbeat, Mention, SourceClass

HEARTBEAT_ROWS, HEARTBEAT_BYTES = 10_000, 8 * 2**20
"""What heartbeats may take beyond the bounds: a full outbox must still say that it is alive."""

_PRUNED, _BYTES = "pruned_until", "record_bytes"
_KEPT = "payload FROM refused WHERE length(payload) > 0"


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
    """One outbox file. Threads may share an object, and objects the file.

    Args:
        outbox_id: only for a new file: its identity; by default a fresh UUID.
        max_rows, max_bytes: nothing is taken while unpruned records reach one of these, so that the last batch may
            pass it; None: bounded by the disk alone.

    Raises (from everything):
        OutboxUnavailable: locked for longer than 5 s, full disk, or not writable; nothing was changed.
        UsageError: no SQLite file, or a damaged one.
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
        # What a transaction has come to so far, written once at its end: `together` may change both hundreds of times.
        self._changed: dict[tuple[str, str], _Shard] = {}
        self._more_bytes = 0
        with explained(self.path):
            self._db = connect(self.path, durable=durable)
        try:
            stored = self._prepared(outbox_id or str(uuid.uuid4()))
        except BaseException:
            self._db.close()
            raise
        self.outbox_id = self.log_id = stored["outbox_id"]
        self.seen = SeenPosts(self._db, stored["secret"])

    def _prepared(self, outbox_id: str) -> dict[str, str]:
        facts = {"outbox_id": outbox_id, "secret": uuid.uuid4().hex, _PRUNED: "0", _BYTES: "0"}
        with self._transaction() as db:
            for statement in SCHEMA:
                db.execute(statement)
            outbox_records.check_tables(db)
            db.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?)", facts.items())
            return dict(db.execute("SELECT key, value FROM facts").fetchall())

    def close(self) -> None:
        """Fold the write-ahead log back into the file and let go of it."""
        with self._lock:
            self._db.close()

    # --- writing ---

    def commit(self, batch: Batch) -> None:
        """Make a batch durable: records, seen posts, counts, gaps and cursor, all or nothing.

        Raises:
            OutboxUnavailable: a bound is reached or the disk is full; the batch was not taken, offer it again.
        """
        payloads = [encode(record) for record in batch.records]
        with self._transaction():
            if payloads:
                self._check_room()
                self._append(payloads)
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
        with self._transaction():
            self._check_room(HEARTBEAT_ROWS, HEARTBEAT_BYTES)
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
            self._append([encode(beat)])
            self._save_shard(source, shard, _Shard(cursor=before.cursor, seq=beat.seq))
        return beat

    def prune(self, until: int) -> None:
        """Forget records up to and including offset `until`: their reader has them for good."""
        with self._transaction() as db:
            if until <= self._number(_PRUNED):
                return
            gone = "FROM records WHERE offset <= ?"
            (freed,) = db.execute(f"SELECT coalesce(sum(length(payload)), 0) {gone}", (until,)).fetchone()
            db.execute(f"DELETE {gone}", (until,))
            self._add_bytes(-freed)
            db.execute("UPDATE facts SET value = ? WHERE key = ?", (str(until), _PRUNED))

    def refuse(self, offset: int, at: datetime, reason: str) -> None:
        """Put a record that its reader can never take aside, into `refused`, so that the rest goes on."""
        with self._transaction() as db:
            row = db.execute("SELECT payload FROM records WHERE offset = ?", (offset,)).fetchone()
            if row is None:
                return
            db.execute("INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?)", (offset, at.isoformat(), reason, row[0]))
            db.execute("DELETE FROM records WHERE offset = ?", (offset,))
            self._add_bytes(-len(row[0]))

    def forget_refused(self, concerns: Callable[[bytes], bool]) -> int:
        """Empty the refused records that `concerns` says are to be forgotten; how many. Their offsets stay known."""
        with self._lock, explained(self.path):
            gone = [offset for offset, payload in self._refused() if concerns(payload)]
        if gone:
            with self._transaction() as db:
                db.executemany("UPDATE refused SET payload = x'' WHERE offset = ?", ((offset,) for offset in gone))
        return len(gone)

    def forget_refused_before(self, at: datetime) -> int:
        """Empty the records that were refused before `at`; how many. Their offsets stay known."""
        with self._lock, explained(self.path):
            gone = [offset for offset, refused_at, *_ in self.refused() if datetime.fromisoformat(refused_at) < at]
        if gone:
            with self._transaction() as db:
                db.executemany("UPDATE refused SET payload = x'' WHERE offset = ?", ((offset,) for offset in gone))
        return len(gone)

    def refused(self) -> list[tuple[int, str, str, bytes]]:
        """What was refused: offset, at (RFC 3339), reason, record."""
        with self._lock, explained(self.path):
            return self._db.execute(f"SELECT offset, at, reason, {_KEPT} ORDER BY offset").fetchall()

    def _refused(self) -> Iterator[tuple[int, bytes]]:
        yield from self._db.execute(f"SELECT offset, {_KEPT}")

    def scour(self) -> bool:
        """Fold the write-ahead log into the file and empty it, so that no pruned text stays readable on the disk.

        Returns:
            False when another connection that reads kept it from doing so: try again later.
        """
        with self._lock, explained(self.path):
            (busy, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    # --- reading ---

    def cursor(self, source: str, shard: str) -> str | None:
        """Where reading goes on; None before the first commit that had a cursor."""
        with self._lock, explained(self.path):
            return self._shard(source, shard).cursor

    def read(self, after: int, limit: int, max_bytes: int | None = None) -> list[tuple[int, bytes]]:
        """Up to `limit` records behind offset `after`, in order; the last one is the one that reaches `max_bytes`."""
        with self._lock, explained(self.path):
            return outbox_records.read(self._db, _PRUNED, after, limit, max_bytes)

    def pruned_until(self) -> int:
        """The highest offset that is gone; 0 when nothing was pruned."""
        with self._lock, explained(self.path):
            until = self._number(_PRUNED)
            if self._db.execute("SELECT 1 FROM records WHERE offset <= ?", (until,)).fetchone():
                raise DamagedError("records are there that are said to be gone")
            return until

    def last_offset(self) -> int:
        """The highest offset ever given; 0 in a new file."""
        with self._lock, explained(self.path):
            return outbox_records.last_offset(self._db)

    def rows(self) -> int:
        """How many records wait."""
        return self.last_offset() - self.pruned_until()

    def bytes_used(self) -> int:
        """How many bytes of records wait. What was seen, and the file's own overhead, come on top."""
        with self._lock, explained(self.path):
            return self._number(_BYTES) + self._more_bytes

    # --- facts ---

    def set_fact(self, key: str, value: str) -> None:
        """Keep a fact about this file, such as the phase of a replay."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))

    def fact(self, key: str) -> str | None:
        """A fact set earlier, or None."""
        with self._lock, explained(self.path):
            row = self._db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
            return None if row is None else str(row[0])

    # --- inside ---

    def _number(self, key: str) -> int:
        return outbox_records.number(self._db, key)

    def _append(self, payloads: Sequence[bytes]) -> None:
        self._db.executemany("INSERT INTO records (payload) VALUES (?)", zip(payloads))
        self._add_bytes(sum(map(len, payloads)))

    def _add_bytes(self, more: int) -> None:
        self._more_bytes += more

    def _check_room(self, rows_beyond: int = 0, bytes_beyond: int = 0) -> None:
        empties = "it empties as the pipeline catches up, or raise [outbox]"
        if self._max_rows is not None and self.rows() >= self._max_rows + rows_beyond:
            raise OutboxUnavailable(
                f"{self.path}: the outbox holds its bound of {self._max_rows} records; {empties} max_rows"
            )
        if self._max_bytes is not None and self.bytes_used() >= self._max_bytes + bytes_beyond:
            raise OutboxUnavailable(
                f"{self.path}: the outbox holds its bound of {self._max_bytes // 2**20} MB; {empties} max_megabytes"
            )

    def _shard(self, source: str, shard: str) -> "_Shard":
        changed = self._changed.get((source, shard))
        if changed is not None:
            return changed
        # Read anew in each transaction: another object may have written since.
        row = self._db.execute(
            "SELECT cursor, seq, counts, gaps FROM shards WHERE source = ? AND shard = ?", (source, shard)
        ).fetchone()
        return _Shard() if row is None else _Shard.from_row(row)

    def _save_shard(self, source: str, shard: str, state: "_Shard") -> None:
        self._changed[source, shard] = state

    def _write_changes(self) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO shards VALUES (?, ?, ?, ?, ?, ?)",
            [
                (*of, state.cursor, state.seq, _json(state.counts), _json(state.gaps))
                for of, state in self._changed.items()
            ],
        )
        if self._more_bytes:
            self._db.execute(
                "UPDATE facts SET value = CAST(value AS INTEGER) + ? WHERE key = ?", (self._more_bytes, _BYTES)
            )

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make everything written inside durable at once, and let what is read inside be the latest."""
        with self._transaction():
            yield

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self.path):
            if self._db.in_transaction:  # inside `together`
                yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._write_changes()
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # some failures roll back by themselves
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._changed.clear()
                self._more_bytes = 0


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
