"""Puts recorded posts in order of event time: a sorting file in front of an outbox, for replays.

Bounded by the disk, not by memory. Three phases, each of which may be cut off and goes on: *staging* (starts over),
*ordering* (goes on behind the last ordered post), *ready* (an outbox like any other).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any, cast

import msgspec

from ingest.admission import Hits, admit
from ingest.outbox import Batch, Outbox
from ingest.outbox_failures import explained
from ingest.outbox_schema import connect
from ingest.sources.base import Dropped, Item
from mentions.clock import EPOCH, TICK, tick_of, tick_start
from mentions.codec import decode, encode, scrub
from mentions.errors import UsageError
from mentions.records import Counts, Deletion, Mention, Post

_SCHEMA = (
    # clustered by the order in which it is read; `rank` puts a deletion behind the posts of its instant
    "CREATE TABLE IF NOT EXISTS staged (at INTEGER, rank INTEGER, id TEXT, n INTEGER, payload BLOB NOT NULL,"
    " PRIMARY KEY (at, rank, id, n)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS dropped (reason TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS phase (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
_CHUNK = 2000
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_OF_A_TICK = TICK // _MICROSECOND
_DEFAULT_SOURCE = "file"
_ALL = "all"
Position = tuple[int, int, str, int]
_BEFORE_ALL: Position = (-(2**62), 0, "", 0)
_Row = tuple[Position, Post | Deletion]


@dataclass(frozen=True, slots=True)
class Staged:
    """How many posts and deletions lie in order, and how many lines could not be used, by reason."""

    items: int
    dropped: dict[str, int]


class Staging:
    """The file of one replay. `log_id` names input and options; it is the identity of the outbox inside.

    Raises (from everything):
        OutboxUnavailable: locked, full disk, or not writable; go on later.
        UsageError: not a file of this replay, or a damaged one.
    """

    def __init__(self, path: Path, log_id: str) -> None:
        self.path = path
        with explained(path):
            self._db = connect(path, durable=False)
        try:
            with explained(path):
                for statement in _SCHEMA:
                    self._db.execute(statement)
            self.outbox = Outbox(path, outbox_id=log_id, durable=False)
        except BaseException:
            self._db.close()
            raise
        if self.outbox.log_id != log_id:
            self.close()
            raise UsageError(f"{path}: this file stages another replay ({self.outbox.log_id}); move it away")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
        self.outbox.close()

    def remove(self) -> None:
        """Delete the file: everything in it is in the store."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    # --- staging ---

    def is_staged(self) -> bool:
        """Whether the whole input is in the file."""
        return bool(self._query("SELECT 1 FROM phase WHERE name = 'staged'"))

    def stage(self, items: Iterable[Item]) -> Iterator[int]:
        """Take the whole input, from its beginning; yields the number of items taken so far, now and then."""
        with self._transaction():
            for table in ("staged", "dropped", "sources"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 # names from the line above
        numbered = enumerate(items)
        while chunk := list(islice(numbered, _CHUNK)):
            with self._transaction():
                self._stage_chunk(chunk)
            yield chunk[-1][0] + 1
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO phase VALUES ('staged', 'yes')")

    def _stage_chunk(self, chunk: Sequence[tuple[int, Item]]) -> None:
        rows = []
        for number, item in chunk:
            if isinstance(item, Dropped):
                self._db.execute(
                    "INSERT INTO dropped VALUES (?, 1) ON CONFLICT (reason) DO UPDATE SET count = count + 1",
                    (item.reason.value,),
                )
            elif isinstance(item, Deletion):
                rows.append((_micros(item.at), 1, "", number, encode(item)))
            else:
                rows.append((_micros(item.created_at), 0, scrub(item.id), number, encode(Mention(item, ()))))
        self._db.executemany("INSERT INTO staged VALUES (?, ?, ?, ?, ?)", rows)
        names = {(item.source,) for _, item in chunk if not isinstance(item, Dropped)}
        self._db.executemany("INSERT OR IGNORE INTO sources VALUES (?)", names)

    def summary(self) -> Staged:
        """What was staged."""
        ((items,),) = self._query("SELECT count(*) FROM staged")
        return Staged(items, dict(self._query("SELECT reason, count FROM dropped")))

    def last_moment(self) -> datetime | None:
        """Event time of the last staged item."""
        ((last,),) = self._query("SELECT max(at) FROM staged")
        return None if last is None else EPOCH + last * _MICROSECOND

    # --- ordering ---

    def is_ordered(self) -> bool:
        """Whether the outbox inside holds everything."""
        return self.outbox.fact("ordered") == _ALL

    def order(self, matcher: Hits, allowance: timedelta) -> Iterator[int]:
        """Fill the outbox in order of event time, with a heartbeat behind each minute of it; yields items done.

        Posts of one minute and of several sources lie source by source. The last heartbeat is `allowance` ahead, so
        that the tick of the last post is folded. Once everything is in order, nothing is done.
        """
        if self.is_ordered():
            return
        sources = [name for (name,) in self._query("SELECT name FROM sources ORDER BY name")] or [_DEFAULT_SOURCE]
        done = int(self.outbox.fact("ordered_items") or 0)
        after = self._position()
        while chunk := self._rows(after):
            with self.outbox.together():
                self._order_chunk(chunk, matcher, sources, after)
                after = chunk[-1][0]
                done += len(chunk)
                self.outbox.set_fact("ordered", msgspec.json.encode(after).decode())
                self.outbox.set_fact("ordered_items", str(done))
            yield done
        with self.outbox.together():
            self._finish(sources, allowance)

    def _order_chunk(
        self, chunk: Sequence[_Row], matcher: Hits, sources: Sequence[str], after: Position | None
    ) -> None:
        """A minute may go on in the next chunk; its heartbeat waits for the first post of another minute."""
        before = None if after is None else _tick(after)
        for tick, rows in groupby(chunk, key=lambda row: _tick(row[0])):
            if before is not None and before != tick:
                self._beat(sources, tick_start(before) + TICK)
            self._admit([item for _, item in rows], matcher)
            before = tick

    def _rows(self, after: Position | None) -> list[_Row]:
        rows = self._query(
            "SELECT at, rank, id, n, payload FROM staged WHERE (at, rank, id, n) > (?, ?, ?, ?)"
            " ORDER BY at, rank, id, n LIMIT ?",
            (*(after or _BEFORE_ALL), _CHUNK),
        )
        return [((at, rank, id_, n), _item(payload)) for at, rank, id_, n, payload in rows]

    def _admit(self, items: Sequence[Post | Deletion], matcher: Hits) -> None:
        for source in sorted({item.source for item in items}):
            admitted = admit([item for item in items if item.source == source], matcher, self.outbox.seen)
            self.outbox.commit(
                Batch(source, "replay", records=admitted.records, seen=admitted.seen, counts=admitted.counts)
            )

    def _beat(self, sources: Sequence[str], until: datetime) -> None:
        for source in sources:
            self.outbox.heartbeat(source, "replay", at=until, source_class="stream", complete_until=until, holds=True)

    def _finish(self, sources: Sequence[str], allowance: timedelta) -> None:
        last, dropped = self.last_moment(), self.summary().dropped
        if dropped:
            counts = Counts(seen=sum(dropped.values()), dropped=dropped)
            self.outbox.commit(Batch(sources[0], "replay", counts=counts))
        if last is not None:
            self._beat(sources, tick_start(tick_of(last)) + TICK + allowance)
        self.outbox.set_fact("ordered", _ALL)

    def _position(self) -> Position | None:
        text = self.outbox.fact("ordered")
        return None if text is None else msgspec.json.decode(text, type=Position)

    # --- inside ---

    def _query(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with explained(self.path):
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # some failures roll back by themselves
                    self._db.execute("ROLLBACK")
                raise


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def _item(payload: bytes) -> Post | Deletion:
    event = decode(payload)
    if isinstance(event, Mention):
        return event.post
    return cast(Deletion, event)


def _tick(position: Position) -> int:
    return position[0] // _MICROSECONDS_OF_A_TICK
