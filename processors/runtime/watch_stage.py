"""Stage WATCH over Kafka: a chunk of the scored topic becomes one fenced transaction. The store keeps the truth."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from mentions.drops import Drop
from mentions.errors import AtalayaError, BrokerUnavailable, LogTruncated, NotOurs, Unavailable
from processors.report import BatchReport
from processors.runtime.chunks import Bounds, Chunk, Send
from processors.runtime.dead_letters import dead_letter
from processors.runtime.invalid_limit import InvalidLimit
from processors.runtime.isolating import ATTEMPTS, process_isolating, told
from processors.runtime.overwriting import Overwriting
from processors.runtime.patience import Patience
from processors.runtime.score_stage import FIRST_PAUSE, Topics
from processors.scored_batch import DeadLetter, Entries, ScoredBatch, read_scored
from processors.store import progress
from processors.store.alerting import Routing
from processors.store.opening import Store
from processors.store.progress import LogPartition
from processors.ticks import TimeRules
from processors.watch import Watch

log = logging.getLogger(__name__)


class WatchStage:
    """Keeps the store up with the scored topic (`processors.runtime.chunks.Stage`).

    Args:
        log_id: asks the brokers for the identity of the scored topic, and may block; asked at every assignment.
        observe: told of every committed batch, in the loop's thread.
        accept_gap: go on where the log begins although the store lacks what came before.
    """

    name = "watch"

    def __init__(
        self,
        topics: Topics,
        store: Store,
        rules: TimeRules,
        log_id: Callable[[], str],
        now: Callable[[], datetime],
        limit: InvalidLimit,
        *,
        observe: Callable[[BatchReport], None] = lambda _: None,
        accept_gap: bool = False,
        channels: Routing = (),
    ) -> None:
        self._channels = channels
        self._topics, self._store, self._rules, self._log_id = topics, store, rules, log_id
        self._now, self._limit, self._observe, self._accept_gap = now, limit, observe, accept_gap
        self._topic_id = ""
        self._watches: dict[int, tuple[Watch, int]] = {}
        self._patience = Patience("the store")
        self._overwriting = Overwriting(store)

    def waiting_for(self) -> str:
        """The store, while it cannot be written."""
        return self._patience.waiting_for

    # --- where to read ---

    async def positions(self, bounds: Mapping[int, Bounds]) -> dict[int, int]:
        """Behind the store's own progress, whatever the group has committed."""
        self._watches = {}  # what others wrote meanwhile is read from the store
        topic_id = await self._patience.until_done(lambda: asyncio.to_thread(self._log_id), BrokerUnavailable)
        if self._topic_id and topic_id != self._topic_id:
            raise LogTruncated(f"{self._topics.scored} was made anew while this worker ran: start it again")
        self._topic_id = topic_id
        return await self._patience.until_done(lambda: asyncio.to_thread(self._positions, bounds), Unavailable)

    def _positions(self, bounds: Mapping[int, Bounds]) -> dict[int, int]:
        return {partition: self._position(partition, bound) for partition, bound in bounds.items()}

    def _position(self, partition: int, bound: Bounds) -> int:
        log = self._partition(partition)
        with self._store.reading() as connection:
            stored = progress.load(connection, log)
        position = 0 if stored is None else stored.offset + 1
        if bound.begin <= position <= bound.end:
            return position
        if position < bound.begin and self._accept_gap:
            with self._store.writing() as connection:
                progress.accept_gap(connection, log, bound.begin - 1)
            return bound.begin
        raise LogTruncated(
            f"{self._topics.scored}, partition {partition}: the store needs record {position} next, but the topic "
            f"holds [{bound.begin}, {bound.end}). Was the store or the topic restored from an older copy, or were "
            "records kept too short a time? `--accept-gap` goes on without what is gone; `atalaya replay` adds posts "
            "that were recorded elsewhere"
        )

    def _partition(self, partition: int) -> LogPartition:
        return LogPartition(self._topic_id, self._topics.scored, partition, self._topics.scored_partitions)

    # --- processing ---

    async def process(self, chunk: Chunk, send: Send) -> None:
        """Commit a chunk; what was committed before is left out."""
        started = time.perf_counter()
        held = self._watches.get(chunk.partition)
        entries = chunk.entries(after=held[1] if held else -1)
        if not entries:
            return
        batch = self._read(chunk, entries)
        self._limit.add(len(entries), [letter.reason for letter in batch.dead])
        if batch.dead:
            await self._bury(batch.dead, chunk, send)
        for report in await self._committed(chunk, batch, send):
            self._observe(replace(report, seconds={self.name: time.perf_counter() - started}))
            self._overwriting.note(report.erased)

    async def close(self) -> None:
        """Wait for what goes on beside the work."""
        await self._overwriting.ended()

    async def _committed(self, chunk: Chunk, batch: ScoredBatch, send: Send) -> list[BatchReport]:
        """The batch whole, or without what our own code fails on again and again."""
        for attempt in range(ATTEMPTS):
            try:
                return await self._patience.until_done(
                    lambda: asyncio.to_thread(self._commit, chunk, batch), Unavailable, NotOurs
                )
            except AtalayaError:
                raise
            except Exception as error:
                log.warning("a batch failed", extra={"partition": chunk.partition, "first": chunk.first, **told(error)})
                await asyncio.sleep(FIRST_PAUSE * 2**attempt)
        buried: list[DeadLetter] = []
        reports = await self._patience.until_done(
            lambda: asyncio.to_thread(self._isolate, chunk, buried), Unavailable, NotOurs
        )
        await self._bury(buried, chunk, send)
        return reports

    async def _bury(self, letters: Sequence[DeadLetter], chunk: Chunk, send: Send) -> None:
        topics = self._topics
        records = [
            dead_letter(letter, chunk, read_from=topics.scored, write_to=topics.dead, stage=self.name)
            for letter in letters
        ]
        await self._patience.until_done(lambda: send(records), BrokerUnavailable)

    def _commit(self, chunk: Chunk, batch: ScoredBatch) -> list[BatchReport]:
        """One attempt: one transaction. No report when the store holds all of it already."""
        watch, offset = self._held(chunk)
        if offset >= chunk.last:
            self._watches[chunk.partition] = watch, offset
            return []
        if batch.first_offset != offset + 1:
            batch = self._read(chunk, chunk.entries(after=offset))
        report = watch.process(batch, self._now())
        self._watches[chunk.partition] = watch, report.last_offset
        return [replace(report, read=len(batch.entries))]

    def _isolate(self, chunk: Chunk, buried: list[DeadLetter]) -> list[BatchReport]:
        """Commit a chunk in parts; what our code fails on by itself is buried, and noted in `buried`."""

        def process(part: ScoredBatch) -> BatchReport:
            failed = [letter for letter in part.dead if letter.reason is Drop.FAILED]
            self._limit.add(0, [letter.reason for letter in failed])
            report = watch.process(part, self._now())
            buried.extend(failed)
            return replace(report, read=len(part.entries))

        watch, offset = self._held(chunk)
        entries = chunk.entries(after=offset)
        reports: list[BatchReport] = []
        read = partial(self._read, chunk)
        for report in process_isolating(process, read(entries), read) if entries else ():
            reports.append(report)
            self._watches[chunk.partition] = watch, report.last_offset
        return reports

    def _read(self, chunk: Chunk, entries: Entries) -> ScoredBatch:
        return read_scored(entries, self._partition(chunk.partition).owns)

    def _held(self, chunk: Chunk) -> tuple[Watch, int]:
        """The watch of the chunk's partition and the last offset in the store; not kept, should what follows fail."""
        held = self._watches.pop(chunk.partition) if chunk.partition in self._watches else None
        watch, offset = held or self._taken_over(chunk.partition)
        if offset + 1 < chunk.first:
            raise LogTruncated(
                f"{self._topics.scored}, partition {chunk.partition}: the store went back to record {offset} while "
                f"this worker was at {chunk.first}; start it again, and it reads from there"
            )
        return watch, offset

    def _taken_over(self, partition: int) -> tuple[Watch, int]:
        watch = Watch(self._store, self._partition(partition), self._rules, self._channels)
        return watch, watch.take_over().offset
