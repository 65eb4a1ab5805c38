"""Drives one source: read, admit, commit, speak a heartbeat. Knows time only through its clock."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import structs
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from ingest.admission import Admitted, Hits, admit
from ingest.outbox import Batch, Outbox
from ingest.sources.base import Fetched, Item, Source, State
from mentions.clock import Clock
from mentions.errors import OutboxUnavailable
from mentions.records import Author, Counts, Mention, Post

_Done = TypeVar("_Done")
Introduce = Callable[[Sequence[str]], Awaitable[Mapping[str, Author]]]
"""Author ids to what is known of them; leaves out the unknown, answers quickly and never fails."""
HEARTBEAT_EVERY = timedelta(seconds=5)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is, for the metrics, `sources` and the console."""

    source: str
    shard: str
    state: State = "connecting"
    detail: str = ""
    last_success: datetime | None = None
    complete_until: datetime | None = None
    outbox_waits: bool = False


class Worker:
    """One source shard on its way into the outbox.

    Args:
        matcher: asked anew for every batch, so that a changed brand takes effect at once.
        observe: told after each commit what was counted, and how the source is.
        introduce: who is behind author ids, for networks whose posts do not tell; asked for mentions only.
    """

    def __init__(
        self,
        source: Source,
        outbox: Outbox,
        matcher: Callable[[], Hits],
        clock: Clock,
        observe: Callable[[Health, Counts, Fetched], None] = lambda *_: None,
        *,
        forward_all_deletions: bool = False,
        introduce: Introduce | None = None,
    ) -> None:
        self.source, self._outbox, self._matcher, self._clock = source, outbox, matcher, clock
        self._observe, self._forward_all, self._introduce = observe, forward_all_deletions, introduce
        self.health = Health(source.name, source.shard)
        self._beat_at: datetime | None = None
        self._holds = False

    async def run(self) -> None:
        """Read until the source ends or the task is cancelled; what was committed then has its cursor with it."""
        cursor = self._outbox.cursor(self.source.name, self.source.shard)
        reading = self.source.read(cursor, self._clock)
        async with contextlib.aclosing(reading) as fetches:  # type: ignore[type-var] # generators have aclose
            async for fetched in fetches:
                await self._take(fetched)
        await self._beat()

    async def _take(self, fetched: Fetched) -> None:
        counts = Counts()
        if fetched.items or fetched.cursor is not None or fetched.gaps:
            fetched = await self._introduced(fetched)
            counts = await self._until_taken(lambda: self._commit(fetched), meanwhile=self._beat_if_due)
        self._note(fetched)
        self._observe(self.health, counts, fetched)
        if self._is_beat_due():
            await self._beat()

    async def _introduced(self, fetched: Fetched) -> Fetched:
        """The same items, their authors with handle and name where these can be had quickly."""
        if self._introduce is None or not fetched.items:
            return fetched
        try:
            admitted = await _whole(lambda: self._admit(fetched))
        except OutboxUnavailable:  # the commit will wait for it; names are not worth waiting for
            return fetched
        ids = [record.post.author.id for record in admitted.records if isinstance(record, Mention)]
        known = await self._introduce(ids) if ids else {}
        return replace(fetched, items=tuple(_by(known, item) for item in fetched.items)) if known else fetched

    def _admit(self, fetched: Fetched) -> Admitted:
        return admit(fetched.items, self._matcher(), self._outbox.seen, forward_all_deletions=self._forward_all)

    def _commit(self, fetched: Fetched) -> Counts:
        with self._outbox.together():  # what another worker forwards meanwhile must be seen, and be there for good
            admitted = self._admit(fetched)
            self._outbox.commit(
                Batch(
                    self.source.name,
                    self.source.shard,
                    records=admitted.records,
                    seen=admitted.seen,
                    counts=admitted.counts,
                    gaps=fetched.gaps,
                    cursor=fetched.cursor,
                )
            )
        return admitted.counts

    def _note(self, fetched: Fetched) -> None:
        self._holds = fetched.holds
        working = fetched.state in ("live", "catching_up", "done")
        self.health = replace(
            self.health,
            state=fetched.state,
            detail=fetched.detail,
            last_success=self._clock.now() if working else self.health.last_success,
            complete_until=fetched.complete_until or self.health.complete_until,
        )

    def _is_beat_due(self) -> bool:
        return self._beat_at is None or self._clock.now() - self._beat_at >= HEARTBEAT_EVERY

    async def _beat(self) -> None:
        await self._until_taken(self._write_beat)

    async def _beat_if_due(self) -> None:
        """While a batch waits for room: the source is alive, and what it says of is what was committed before."""
        if self._is_beat_due():
            with contextlib.suppress(OutboxUnavailable):
                await _whole(self._write_beat)

    def _write_beat(self) -> None:
        """Everything noted so far is committed, so `complete_until` may be spoken."""
        now = self._clock.now()
        self._outbox.heartbeat(
            self.source.name,
            self.source.shard,
            at=now,
            source_class=self.source.source_class,
            complete_until=self.health.complete_until,
            holds=self._holds,
        )
        self._beat_at = now

    async def _until_taken(
        self, write: Callable[[], _Done], meanwhile: Callable[[], Awaitable[None]] | None = None
    ) -> _Done:
        """Offer the same thing again until the outbox takes it: back-pressure, and the answer to a full disk."""

        async def wait(retry: RetryCallState) -> None:
            self._say_waiting(retry)
            if meanwhile is not None:
                await meanwhile()

        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(OutboxUnavailable),
            wait=wait_exponential(multiplier=0.05, max=5),
            before_sleep=wait,
            sleep=self._clock.sleep,
        ):
            with attempt:
                done = await _whole(write)
        if self.health.outbox_waits:
            self.health = replace(self.health, outbox_waits=False)
        return done

    def _say_waiting(self, retry: RetryCallState) -> None:
        if retry.attempt_number == 1 or retry.attempt_number % 12 == 0:
            reason = retry.outcome.exception() if retry.outcome else None
            log.warning(
                "the outbox does not take records now",
                extra={"source": self.source.name, "shard": self.source.shard, "reason": str(reason)},
            )
        self.health = replace(self.health, outbox_waits=True)


async def _whole(write: Callable[[], _Done]) -> _Done:
    """Run a write in a thread; a cancellation waits for it, so that nobody closes the outbox under it."""
    writing = asyncio.ensure_future(asyncio.to_thread(write))
    try:
        return await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait([writing])
        raise


def _by(known: Mapping[str, Author], item: Item) -> Item:
    if isinstance(item, Post) and item.author.id in known:
        return structs.replace(item, author=known[item.author.id])
    return item
