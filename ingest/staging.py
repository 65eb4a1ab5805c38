"""Puts recorded posts in order of event time: a sorting file in front of an outbox, for replays.

Bounded by the disk, not by memory. Three phases, each of which may be cut off and goes on: *staging* (starts over),
*ordering* (goes on behind the last ordered post), *ready* (an outbox like any other).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import cast

import msgspec

from ingest.admission import Hits, admit
from ingest.outbox import Batch, Outbox
from ingest.outbox_schema import connect
from ingest.sources.base import Dropped, Item
from mentions.clock import EPOCH, TICK, tick_of, tick_start
from mentions.codec import decode, encode
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
_DEFAULT_SOURCE = "file"
Position = tuple[int, int, str, int]


@dataclass(frozen=True, slots=True)
class Staged:
    """How many posts and deletions lie in order, and how many lines could not be used, by reason."""

    items: int
    dropped: dict[str, int]


class Staging:
    """The file of one replay. `log_id` names input and options; it is the identity of the outbox inside."""

    def __init__(self, path: Path, log_id: str) -> None:
        self.path = path
        self._db = connect(path, durable=False)
        for statement in _SCHEMA:
            self._db.execute(statement)
        self.outbox = Outbox(path, outbox_id=log_id, durable=False)

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
        return self._phase("staged") is not None

    def stage(self, items: Iterable[Item]) -> Iterator[int]:
        """Take the whole input, from its beginning; yields the number of items taken so far, now and then."""
        for table in ("staged", "dropped", "sources"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 # names from the line above
        numbered = enumerate(items)
        while chunk := list(islice(numbered, _CHUNK)):
            self._db.execute("BEGIN")
            self._stage_chunk(chunk)
            self._db.execute("COMMIT")
            yield chunk[-1][0] + 1
        self._set_phase("staged", "yes")

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
                rows.append((_micros(item.created_at), 0, item.id, number, encode(Mention(item, ()))))
        self._db.executemany("INSERT INTO staged VALUES (?, ?, ?, ?, ?)", rows)
        names = {(item.source,) for _, item in chunk if not isinstance(item, Dropped)}
        self._db.executemany("INSERT OR IGNORE INTO sources VALUES (?)", names)

    def summary(self) -> Staged:
        """What was staged."""
        (items,) = self._db.execute("SELECT count(*) FROM staged").fetchone()
        return Staged(items, dict(self._db.execute("SELECT reason, count FROM dropped").fetchall()))

    def last_moment(self) -> datetime | None:
        """Event time of the last staged item."""
        (last,) = self._db.execute("SELECT max(at) FROM staged").fetchone()
        return None if last is None else EPOCH + last * _MICROSECOND

    # --- ordering ---

    def is_ordered(self) -> bool:
        """Whether the outbox inside holds everything."""
        return self.outbox.fact("ordered") == "all"

    def order(self, matcher: Hits, allowance: timedelta) -> Iterator[int]:
        """Fill the outbox in order of event time, with heartbeats per minute of that time; yields items done.

        The last heartbeat is `allowance` ahead, so that the tick of the last post is folded.
        """
        sources = [name for (name,) in self._db.execute("SELECT name FROM sources ORDER BY name")] or [_DEFAULT_SOURCE]
        done = int(self.outbox.fact("ordered_items") or 0)
        while chunk := self._minutes(self._position()):
            with self.outbox.together():
                for tick, rows in groupby(chunk, key=lambda row: tick_of(EPOCH + row[0][0] * _MICROSECOND)):
                    items = [item for _, item in rows]
                    self._admit(items, matcher)
                    self._beat(sources, tick_start(tick) + TICK)
                done += len(chunk)
                self.outbox.set_fact("ordered", msgspec.json.encode(chunk[-1][0]).decode())
                self.outbox.set_fact("ordered_items", str(done))
            yield done
        with self.outbox.together():
            self._finish(sources, allowance)

    def _minutes(self, after: Position) -> list[tuple[Position, Post | Deletion]]:
        """The next rows, to the end of a minute: a heartbeat must not part the posts of one minute."""
        rows = self._rows("(at, rank, id, n) > (?, ?, ?, ?)", (*after, _CHUNK))
        if len(rows) == _CHUNK:
            last = rows[-1][0]
            end = _micros(tick_start(tick_of(EPOCH + last[0] * _MICROSECOND)) + TICK)
            rows += self._rows("(at, rank, id, n) > (?, ?, ?, ?) AND at < ?", (*last, end, -1))
        return rows

    def _rows(self, where: str, values: tuple[object, ...]) -> list[tuple[Position, Post | Deletion]]:
        query = f"SELECT at, rank, id, n, payload FROM staged WHERE {where} ORDER BY at, rank, id, n LIMIT ?"  # noqa: S608
        return [((at, rank, id_, n), _item(payload)) for at, rank, id_, n, payload in self._db.execute(query, values)]

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
        self.outbox.set_fact("ordered", "all")

    def _position(self) -> Position:
        text = self.outbox.fact("ordered")
        if text is None or text == "all":
            return (_micros(EPOCH) - 2**62, 0, "", 0) if text is None else (2**62, 0, "", 0)
        return cast(Position, msgspec.json.decode(text, type=Position))

    def _phase(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM phase WHERE name = ?", (name,)).fetchone()
        return None if row is None else cast(str, row[0])

    def _set_phase(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO phase VALUES (?, ?)", (name, value))


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def _item(payload: bytes) -> Post | Deletion:
    event = decode(payload)
    if isinstance(event, Mention):
        return event.post
    return cast(Deletion, event)
