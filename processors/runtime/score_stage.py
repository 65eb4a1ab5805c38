"""Stage SCORE over Kafka: judge a chunk of the raw topic, write the scored topic, and await it all. No memory."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from mentions.codec import encode
from mentions.errors import BrokerUnavailable, LogTruncated
from mentions.partitioning import partition_of
from mentions.records import Deletion, ScoredMention, Watermark
from mentions.topics import KIND_HEADER
from processors.brand_book import BrandBook
from processors.runtime.chunks import Bounds, Chunk, Headers, Outgoing, Send
from processors.runtime.dead_letters import dead_letter
from processors.runtime.invalid_limit import InvalidLimit
from processors.runtime.isolating import told
from processors.runtime.patience import Patience
from processors.scoring import Judges, JudgingFailedError, Scored, UnknownVersionError, score

ATTEMPTS = 3
"""How often a record that our own code fails on, or whose brand version is unknown, is tried before it is buried."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""Seconds between two attempts; the pauses double."""
_SCORED: Headers = ((KIND_HEADER, b"scored.v1"),)
_DELETION: Headers = ((KIND_HEADER, b"deletion.v1"),)
_WATERMARK: Headers = ((KIND_HEADER, b"watermark.v1"),)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Topics:
    """Full names and partition counts of the topics that a worker reads and writes."""

    raw: str
    raw_partitions: int
    scored: str
    scored_partitions: int
    dead: str


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """What became of one chunk.

    Attributes:
        dead: by reason. newest: event time of the newest mention. seconds: from taking the chunk to its last delivery.
    """

    records: int
    mentions: int
    dead: Mapping[str, int] = field(default_factory=dict)
    newest: datetime | None = None
    retries: int = 0
    seconds: float = 0.0


class ScoreStage:
    """Judges raw records (`processors.runtime.chunks.Stage`).

    Args:
        book: the brand versions as known now. newer_book: looks again, and may block for a moment.
        observe: told of every chunk that is done.
        accept_gap: go on where the log begins although records before it were never read.
    """

    name = "score"

    def __init__(
        self,
        topics: Topics,
        judges: Judges,
        book: Callable[[], BrandBook],
        newer_book: Callable[[], BrandBook],
        now: Callable[[], datetime],
        limit: InvalidLimit,
        *,
        observe: Callable[[ScoreReport], None] = lambda _: None,
        accept_gap: bool = False,
    ) -> None:
        self._topics, self._judges, self._book, self._newer_book = topics, judges, book, newer_book
        self._now, self._limit, self._observe, self._accept_gap = now, limit, observe, accept_gap
        self._patience = Patience("the brokers")

    def waiting_for(self) -> str:
        """The brokers, while they do not take what was judged."""
        return self._patience.waiting_for

    async def close(self) -> None:
        """Nothing goes on beside the work."""

    async def positions(self, bounds: Mapping[int, Bounds]) -> dict[int, int]:
        """Where the group stands; a group that never read begins where the log begins."""
        return {partition: self._position(partition, bound) for partition, bound in bounds.items()}

    def _position(self, partition: int, bound: Bounds) -> int:
        if bound.committed is None or (bound.committed < bound.begin and self._accept_gap):
            return bound.begin
        if bound.begin <= bound.committed <= bound.end:
            return bound.committed
        raise LogTruncated(
            f"{self._topics.raw}, partition {partition}: the next record to judge is {bound.committed}, but the topic "
            f"holds [{bound.begin}, {bound.end}). Records that were never judged are gone; `--accept-gap` goes on "
            "without them"
        )

    async def process(self, chunk: Chunk, send: Send) -> None:
        """Judge and write; returns when every delivery was acknowledged."""
        started, self._patience.retries = time.perf_counter(), 0
        scored = await self._judged(chunk)
        self._limit.add(len(chunk.values), [letter.reason for letter in scored.dead])
        for records in self._waves(scored, chunk):
            if records:
                await self._patience.until_done(partial(send, records), BrokerUnavailable)
        self._tell(scored, chunk, time.perf_counter() - started)

    async def _judged(self, chunk: Chunk) -> Scored:
        entries, book, unknown, failures = chunk.entries(), self._book(), 0, Counter[int]()
        pause = FIRST_PAUSE
        while True:  # ends: every failure uses up one of the attempts of some record
            given_up = {offset for offset, times in failures.items() if times == ATTEMPTS}
            bury_unknown = unknown == ATTEMPTS
            try:
                return score(entries, book, self._judges, self._now(), bury_unknown=bury_unknown, given_up=given_up)
            except UnknownVersionError:  # it may have been made after the book was read
                unknown += 1
                book = await self._looked_again()
            except JudgingFailedError as failed:
                failures.update(failed.errors.keys())
                _tell_failures(chunk.partition, failed)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _looked_again(self) -> BrandBook:
        return await self._patience.until_done(lambda: asyncio.to_thread(self._newer_book), BrokerUnavailable)

    def _waves(self, scored: Scored, chunk: Chunk) -> list[list[Outgoing]]:
        """What may be sent together: each wave is awaited before the next.

        Mentions first; behind them what erases them; behind both what says that everything up to then is there.
        """
        places = self._topics
        dead = [
            dead_letter(letter, chunk, read_from=places.raw, write_to=places.dead, stage=self.name)
            for letter in scored.dead
        ]
        marks = scored.marks(chunk.partition, places.raw_partitions)
        return [
            [*map(self._mention, scored.mentions), *dead],
            self._everywhere(scored.deletions, _DELETION),
            self._everywhere(marks, _WATERMARK),
        ]

    def _mention(self, mention: ScoredMention) -> Outgoing:
        brand, places = mention.brand, self._topics
        partition = partition_of(brand, places.scored_partitions)
        return Outgoing(places.scored, partition, brand.encode(), encode(mention), _SCORED)

    def _everywhere(self, events: Sequence[Deletion | Watermark], headers: Headers) -> list[Outgoing]:
        values = [encode(event) for event in events]
        return [
            Outgoing(self._topics.scored, partition, None, value, headers)
            for value in values
            for partition in range(self._topics.scored_partitions)
        ]

    def _tell(self, scored: Scored, chunk: Chunk, seconds: float) -> None:
        dead: dict[str, int] = {}
        for letter in scored.dead:
            dead[letter.reason.value] = dead.get(letter.reason.value, 0) + 1
        newest = max((mention.post.created_at for mention in scored.mentions), default=None)
        report = ScoreReport(len(chunk.values), len(scored.mentions), dead, newest, self._patience.retries, seconds)
        self._observe(report)


def _tell_failures(partition: int, failed: JudgingFailedError) -> None:
    """One line, however many records failed."""
    offset, error = next(iter(failed.errors.items()))
    extra = {"records": len(failed.errors), "partition": partition, "first": offset, **told(error)}
    log.warning("judging failed", extra=extra)
