"""The `file` source: follows a JSON Lines or CSV file that another program writes, or its standard output."""

import asyncio
import io
import os
import select
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

import msgspec

from ingest.sources.base import Dropped, Fetched, Item
from ingest.sources.csv_columns import plan, to_raw
from ingest.sources.csv_rows import CsvRows
from ingest.sources.file_fields import Rules, to_item
from ingest.sources.file_lines import BoundedLines
from ingest.sources.file_notes import Notes
from ingest.sources.file_posts import FileOptions
from ingest.sources.file_tail import CHUNK, PipeRecords, Position, Tail
from ingest.sources.jsonl import read_line
from mentions.clock import Clock
from mentions.errors import AtalayaError, UsageError
from mentions.records import Gap, SourceClass

POLL_SECONDS = 1.0
_PATIENCE = 0.5  # seconds that a thread waits for a pipe, and so the longest that closing takes


class FileSource:
    """Reads what is appended to a file, and finds its place again.

    A file that was replaced or cut short is read from its start, with a gap from the last good look when something may
    have been missed. Times such as `02/03/2015` need `options.time_format`: what is still to come cannot be sampled.

    Attributes:
        notes: warnings and fields kept out, for `sources` and `doctor`.
    """

    source_class: SourceClass = "poll"

    def __init__(
        self,
        path: str,
        *,
        name: str = "file",
        shard: str | None = None,
        options: FileOptions | None = None,
        stdin: BinaryIO | None = None,
    ) -> None:
        """Name the file.

        Args:
            path: the file, or `-` for `stdin`, which ends the source when it ends.
            name: `source` of records that name none.
            shard: tells two files apart; None: the path.
            options: how to read it; its `source` and `received_at` are not used.
            stdin: something with a file descriptor; None: the process's own.

        Raises:
            UsageError: the options are wrong.
        """
        self.name, self.shard = name, path if shard is None else shard
        self.notes = Notes()
        self._path = path
        self._options = options or FileOptions()
        self._rules = replace(self._options.rules(), source=name)
        self._is_csv = None if self._options.format == "auto" else self._options.format == "csv"
        self._stdin = stdin

    def read(self, cursor: str | None, clock: Clock) -> AsyncIterator[Fetched]:
        """Follow the file for ever, a look a second; read `-` to its end."""
        return self._read_pipe(clock) if self._path == "-" else self._follow(cursor, clock)

    async def _follow(self, cursor: str | None, clock: Clock) -> AsyncIterator[Fetched]:
        place = _parse_cursor(cursor)
        tail = Tail(self._path, place.position if place else None, self._is_csv, self._options.max_bytes)
        looked_at = place.at if place else None
        try:
            while True:
                now = clock.now()
                try:
                    fetched, at_end = await asyncio.to_thread(self._step, tail, looked_at, now)
                    looked_at = now
                except AtalayaError as error:
                    fetched, at_end = Fetched(state="down", detail=str(error)), True
                yield fetched
                if at_end:
                    await clock.sleep(POLL_SECONDS)
        finally:
            tail.close()

    def _step(self, tail: Tail, looked_at: datetime | None, now: datetime) -> tuple[Fetched, bool]:
        step = tail.step()
        moved_to = step.position if step.records or step.lost else None
        return Fetched(
            items=self._items(step.records, tail.header, tail.is_csv, now),
            cursor=msgspec.json.encode(_Place(moved_to, now)).decode() if moved_to else None,
            complete_until=now if step.at_end else None,
            gaps=(Gap(looked_at or now, now, step.lost),) if step.lost else (),
            state="live" if step.at_end else "catching_up",
        ), step.at_end

    async def _read_pipe(self, clock: Clock) -> AsyncIterator[Fetched]:
        pipe = (self._stdin or sys.stdin.buffer).fileno()
        records = PipeRecords(self._is_csv, self._options.max_bytes)
        data: bytes | None = None
        while data != b"":
            now = clock.now()
            data = await asyncio.to_thread(_read_some, pipe)
            try:
                fresh = [] if data is None else records.feed(data)
                items = self._items(fresh, records.header, records.is_csv, now)
            except UsageError as error:
                yield Fetched(state="down", detail=str(error))
                return
            yield Fetched(items=items, complete_until=now, state="live" if data != b"" else "done")

    def _items(
        self, records: Sequence[bytes | Dropped], header: bytes | None, is_csv: bool | None, now: datetime
    ) -> tuple[Item, ...]:
        rules = replace(self._rules, received_at=now)
        if not is_csv:
            return tuple(
                record if isinstance(record, Dropped) else read_line(record, rules, self.notes, self._options.max_bytes)
                for record in records
            )
        whole = b"".join(record for record in records if isinstance(record, bytes))
        dropped = [record for record in records if isinstance(record, Dropped)]
        return (*self._csv_items((header or b"") + whole, rules), *dropped)

    def _csv_items(self, table: bytes, rules: Rules) -> list[Item]:
        limit = self._options.max_bytes
        rows = CsvRows(BoundedLines(io.BytesIO(table), self._path, limit), self._path, self.notes, limit)
        columns = plan(rows.header, self._options.columns, self._path)
        fitting = map(rows.fit, rows)
        return [
            row if isinstance(row, Dropped) else to_item(to_raw(row, columns), rules, self.notes) for row in fitting
        ]


class _Place(msgspec.Struct, frozen=True):
    position: Position
    at: datetime


def _parse_cursor(cursor: str | None) -> _Place | None:
    """Read our own cursor; one that cannot be read is none, and reading starts at the beginning."""
    try:
        return None if cursor is None else msgspec.json.decode(cursor, type=_Place)
    except msgspec.DecodeError:
        return None


def _read_some(pipe: int) -> bytes | None:
    """Wait a moment for bytes: b"" at the end, None when nothing came."""
    ready, _, _ = select.select([pipe], [], [], _PATIENCE)
    return os.read(pipe, CHUNK) if ready else None
